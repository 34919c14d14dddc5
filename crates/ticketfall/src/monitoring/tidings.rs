//! What a watch has to say to all of its members: only the latest counts, and they hear it in the order in which
//! they began to listen.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};

/// What a watch has to say to all of its members; it changes seldom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tidings {
    /// When seats last fell.
    pub(super) fell_at: Option<Timestamp>,
    /// Until when the seller may not be asked.
    pub(super) barred_until: Option<Timestamp>,
    /// Whether that is over, and the look that tells whether the seller is well again is on its way.
    pub(super) is_trying: bool,
}

impl Tidings {
    /// Until when the seller is not asked, as far as that is known at `now`.
    pub(super) fn barred(self, now: Timestamp) -> Option<Timestamp> {
        self.barred_until.filter(|until| self.is_trying || *until > now)
    }
}

/// Who tells them.
#[derive(Debug)]
pub(super) struct Teller {
    said: watch::Sender<Tidings>,
    bell: Arc<Notify>,
}

/// Who hears them.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    said: watch::Receiver<Tidings>,
    bell: Arc<Notify>,
}

/// Nothing to say yet.
pub(super) fn tidings() -> (Teller, Listener) {
    let (said, heard) = watch::channel(Tidings::default());
    let bell = Arc::<Notify>::default();
    (Teller { said, bell: Arc::clone(&bell) }, Listener { said: heard, bell })
}

impl Teller {
    pub(super) fn latest(&self) -> Tidings {
        *self.said.borrow()
    }

    /// Tells everybody, where it is news.
    pub(super) fn tell(&self, next: Tidings) {
        if self.said.send_if_modified(|tidings| std::mem::replace(tidings, next) != next) {
            self.bell.notify_waiters();
        }
    }
}

impl Listener {
    pub(super) fn latest(&self) -> Tidings {
        *self.said.borrow()
    }

    /// Ends when there is news; never once the watch has ended.
    pub(super) async fn changed(&mut self) {
        let rung = self.bell.notified();
        tokio::pin!(rung);
        rung.as_mut().enable();
        if !self.said.has_changed().unwrap_or(false) {
            rung.await;
        }
        self.said.mark_unchanged();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn fell(second: i64) -> Tidings {
        Tidings { fell_at: Timestamp::from_second(second).ok(), ..Tidings::default() }
    }

    #[test]
    fn news_is_heard_once_also_by_who_was_busy() {
        let (teller, mut listener) = tidings();
        assert_eq!(listener.changed().now_or_never(), None);
        teller.tell(fell(1));
        teller.tell(fell(2));
        assert_eq!(listener.changed().now_or_never(), Some(()));
        assert_eq!(listener.latest(), fell(2));
        teller.tell(fell(2));
        assert_eq!(listener.changed().now_or_never(), None, "the same again is no news");
    }

    #[tokio::test]
    async fn who_listened_first_hears_it_first() {
        let (teller, listener) = tidings();
        let heard = std::sync::Mutex::new(Vec::new());
        let listen = async |number: usize| {
            let mut own = listener.clone();
            own.changed().await;
            heard.lock().unwrap().push(number);
        };
        let all = futures_util::future::join_all((0..20).map(listen));
        tokio::join!(all, async { teller.tell(fell(1)) });
        assert_eq!(heard.into_inner().unwrap(), (0..20).collect::<Vec<_>>());
    }
}
