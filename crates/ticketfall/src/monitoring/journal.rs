//! The order in which one member's records are written: as they came, also those that are written beside the work
//! that made them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::locked;

/// Gives out turns; clones give out turns of the same order.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal(Arc<Order>);

#[derive(Debug, Default)]
struct Order {
    turns: Mutex<Turns>,
    one_is_over: Notify,
}

#[derive(Debug, Default)]
struct Turns {
    given: u64,
    open: BTreeSet<u64>,
}

/// The right to write once everything before it is written; over when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    number: u64,
    order: Arc<Order>,
}

impl Journal {
    /// The turn after all that were given out before.
    pub(super) fn turn(&self) -> Turn {
        let mut turns = locked(&self.0.turns);
        let number = turns.given;
        turns.given += 1;
        turns.open.insert(number);
        Turn { number, order: Arc::clone(&self.0) }
    }

    /// Ends when everything that was given a turn before is written.
    pub(super) async fn is_written(&self) {
        self.turn().comes().await;
    }
}

impl Turn {
    /// Ends when it is this turn's time.
    pub(super) async fn comes(&self) {
        loop {
            // Asked for first: a turn that is over after the look below is heard of.
            let next = self.order.one_is_over.notified();
            if locked(&self.order.turns).open.first() == Some(&self.number) {
                return;
            }
            next.await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        locked(&self.order.turns).open.remove(&self.number);
        self.order.one_is_over.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn turns_come_in_the_order_in_which_they_were_given_out() {
        let journal = Journal::default();
        let (first, second, third) = (journal.turn(), journal.turn(), journal.turn());
        assert_eq!(third.comes().now_or_never(), None);
        assert_eq!(second.comes().now_or_never(), None);
        assert_eq!(first.comes().now_or_never(), Some(()));
        drop(first);
        assert_eq!(second.comes().now_or_never(), Some(()));
    }

    #[tokio::test]
    async fn who_waits_hears_that_its_turn_has_come() {
        let journal = Journal::default();
        let (first, second) = (journal.turn(), journal.turn());
        let mut waiting = Box::pin(second.comes());
        assert_eq!(waiting.as_mut().now_or_never(), None);
        drop(first);
        assert_eq!(waiting.now_or_never(), Some(()));
    }

    #[tokio::test]
    async fn who_gives_its_turn_up_lets_nobody_pass_whoever_was_before_it() {
        let journal = Journal::default();
        let (first, second, third) = (journal.turn(), journal.turn(), journal.turn());
        drop(second);
        assert_eq!(third.comes().now_or_never(), None, "the first is not written yet");
        drop(first);
        assert_eq!(third.comes().now_or_never(), Some(()));
        drop(third);
        assert_eq!(journal.is_written().now_or_never(), Some(()));
    }
}
