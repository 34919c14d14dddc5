//! Signs of life of the tasks that watch and search, and the ways to begin them anew. Giving a sign costs one
//! relaxed write.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;

/// Of a watch.
#[derive(Debug, Default)]
pub(super) struct WatchLife {
    is_gone: AtomicBool,
    dropped: AtomicU64,
    again: Notify,
}

/// Of a search.
#[derive(Debug, Default)]
pub(super) struct SearchLife {
    turns: AtomicU64,
    is_unproven: AtomicBool,
    given_up: CancellationToken,
}

impl WatchLife {
    /// It has ended by a mistake of ours, or runs again.
    pub(super) fn is_gone_now(&self, is_gone: bool) {
        self.is_gone.store(is_gone, Ordering::Relaxed);
    }

    pub(super) fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed)
    }

    /// Somebody was not told, for want of room.
    pub(super) fn drops(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Lets it begin anew.
    pub(super) fn begin_anew(&self) {
        self.again.notify_one();
    }

    /// Ends when it is to begin anew.
    pub(super) async fn to_begin_anew(&self) {
        self.again.notified().await;
    }
}

impl SearchLife {
    /// It does something.
    pub(super) fn turns(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn turned(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Whether seats may be kept for it of which no basket has told yet.
    pub(super) fn is_unproven_now(&self, is_unproven: bool) {
        self.is_unproven.store(is_unproven, Ordering::Relaxed);
    }

    pub(super) fn is_unproven(&self) -> bool {
        self.is_unproven.load(Ordering::Relaxed)
    }

    /// Ends it where it stands.
    pub(super) fn give_up(&self) {
        self.given_up.cancel();
    }

    /// Runs `search` until it ends, or is given up.
    pub(super) async fn until_given_up(&self, search: impl Future<Output = ()>) {
        let _given_up = self.given_up.run_until_cancelled(search).await;
    }
}

/// A panic in what a search does ends the search, and no other.
pub(super) fn rethrown<T>(error: JoinError) -> Option<T> {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_cancelled) => None,
    }
}
