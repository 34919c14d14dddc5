//! Sessions on their way into the store: all that come while one is written are written at once, so that a crowd that
//! gets ready waits for the disk together.

use std::sync::{Arc, Mutex};

use ticketfall_core::ids::ProfileId;

use super::{locked, record};
use crate::session::Session;
use crate::store::Store;
use crate::store::profiles::Sealed;
use crate::store::sessions::KeptSession;
use crate::vault::{Purpose, Vault};

#[derive(Debug)]
pub(super) struct Sessions {
    store: Store,
    vault: Arc<Vault>,
    waiting: Mutex<Vec<(ProfileId, KeptSession)>>,
    /// Held by who writes; what comes meanwhile is written by the next.
    writing: tokio::sync::Mutex<()>,
}

impl Sessions {
    pub(super) fn new(store: Store, vault: Arc<Vault>) -> Self {
        Self { store, vault, waiting: Mutex::default(), writing: tokio::sync::Mutex::default() }
    }

    /// Seals a session; ends when it is written.
    pub(super) async fn keep(&self, session: &Session) {
        let sealed = Sealed(self.vault.seal(&session.profile, Purpose::Session, &session.to_bytes()));
        let kept = KeptSession { sealed, taken_at: session.taken_at };
        locked(&self.waiting).push((session.profile.clone(), kept));
        let _writing = self.writing.lock().await;
        let all = std::mem::take(&mut *locked(&self.waiting));
        if !all.is_empty() {
            record::sessions(&self.store, all).await;
        }
    }
}
