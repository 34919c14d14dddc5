//! The dashboard: pages for people, drawn by the server. It sees the store and the supervisor, never a
//! seller, a browser or a secret.

mod assets;
mod door;
mod members;

use axum::Router;
use axum::routing::get;

use crate::clock::Clock;
use crate::monitoring::Supervisor;
use crate::store::Store;

pub use door::{enter, link_used_up, signed_out};

/// What pages are drawn from.
#[derive(Debug, Clone)]
pub struct Web {
    /// The searches.
    pub supervisor: Supervisor,
    /// What outlives a run.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
}

/// Every page.
pub fn router(web: Web) -> Router {
    Router::new().route("/", get(members::page)).route("/assets/{file}", get(assets::file)).with_state(web)
}
