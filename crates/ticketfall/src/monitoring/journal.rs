//! The order in which one search's records are written: as they came, also those that are written beside the work
//! that made them.

use std::convert::Infallible;
use std::sync::Mutex;

use tokio::sync::oneshot;

use super::locked;

/// Gives out turns.
#[derive(Debug, Default)]
pub(super) struct Journal {
    last: Mutex<Option<oneshot::Receiver<Infallible>>>,
}

/// The right to write once everything before it is written; over when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    before: Option<oneshot::Receiver<Infallible>>,
    _is_over: oneshot::Sender<Infallible>,
}

impl Journal {
    /// The turn after all that were given out before.
    pub(super) fn turn(&self) -> Turn {
        let (is_over, until) = oneshot::channel();
        let before = locked(&self.last).replace(until);
        Turn { before, _is_over: is_over }
    }
}

impl Turn {
    /// Ends when it is this turn's time.
    pub(super) async fn comes(&mut self) {
        if let Some(before) = self.before.take() {
            // Nothing is ever sent: that the turn before is over is all there is to know.
            let _over = before.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn turns_come_in_the_order_in_which_they_were_given_out() {
        let journal = Journal::default();
        let (mut first, mut second, mut third) = (journal.turn(), journal.turn(), journal.turn());
        assert_eq!(third.comes().now_or_never(), None);
        assert_eq!(second.comes().now_or_never(), None);
        assert_eq!(first.comes().now_or_never(), Some(()));
        drop(first);
    }

    #[tokio::test]
    async fn who_gives_its_turn_up_is_not_waited_for() {
        let journal = Journal::default();
        let (first, second, mut third) = (journal.turn(), journal.turn(), journal.turn());
        drop(second);
        drop(first);
        assert_eq!(third.comes().now_or_never(), Some(()));
    }
}
