//! The last word of every search for the store, written beside the searches: all that came meanwhile at once, so
//! that a fall that thousands hear of is one write.

use std::sync::{Arc, Mutex};

use tokio_util::task::TaskTracker;

use super::{locked, record};
use crate::store::Store;
use crate::store::statuses::StatusRow;

/// The words that are not written yet.
#[derive(Debug)]
pub(super) struct Statuses {
    store: Store,
    tasks: TaskTracker,
    waiting: Mutex<Vec<StatusRow>>,
    /// Held by who writes; what comes meanwhile is written by the next.
    writing: tokio::sync::Mutex<()>,
}

impl Statuses {
    pub(super) fn new(store: Store, tasks: TaskTracker) -> Arc<Self> {
        Arc::new(Self { store, tasks, waiting: Mutex::default(), writing: tokio::sync::Mutex::default() })
    }

    /// Writes the status soon.
    pub(super) fn tell(self: &Arc<Self>, status: StatusRow) {
        let is_first = {
            let mut waiting = locked(&self.waiting);
            let was_empty = waiting.is_empty();
            waiting.push(status);
            was_empty
        };
        if is_first {
            let all = Arc::clone(self);
            self.tasks.spawn(async move { all.write().await });
        }
    }

    /// Ends when all that was told before is written.
    pub(super) async fn write(&self) {
        let _writing = self.writing.lock().await;
        let told = std::mem::take(&mut *locked(&self.waiting));
        if !told.is_empty() {
            record::statuses(&self.store, told).await;
        }
    }
}
