//! The one TLS configuration with which remote browsers are spoken to.

use std::sync::{Arc, LazyLock};

use rustls::ClientConfig;

use crate::trust::Trust;

static CONFIG: LazyLock<Arc<ClientConfig>> =
    LazyLock::new(|| Arc::new(Trust::default().config().expect("ring supports the default TLS versions")));

pub(super) fn config() -> Arc<ClientConfig> {
    Arc::clone(&CONFIG)
}
