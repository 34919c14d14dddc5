//! What is known of an event before anybody looks: read once for everybody
//! who wants it, and again when it may have changed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::MutexGuard;

use super::locked;
use crate::seller::Prepared;

/// Prices and names change seldom; what was read is good for this long.
const GOOD_FOR: Duration = Duration::from_mins(10);

/// One event's config and plan, shared by its members.
#[derive(Debug, Default)]
pub(super) struct EventFacts {
    known: Mutex<Arc<Prepared>>,
    /// When they were read; who holds this lock reads, and the others wait for what comes of it.
    read_at: tokio::sync::Mutex<Option<Timestamp>>,
}

impl EventFacts {
    /// What is known now; empty before anybody has read it.
    pub(super) fn known(&self) -> Arc<Prepared> {
        Arc::clone(&locked(&self.known))
    }

    /// What is known and still good, or the turn to read it; others wait until it is over.
    pub(super) async fn turn(&self, now: Timestamp) -> Turn<'_> {
        let read_at = self.read_at.lock().await;
        // Who waited for the lock may come with an earlier time than what was read meanwhile.
        let age = |at: Timestamp| Duration::try_from(now.duration_since(at)).unwrap_or_default();
        let is_good = |at: Timestamp| age(at) < GOOD_FOR;
        if read_at.is_some_and(is_good) {
            Turn::Known(self.known())
        } else {
            Turn::Read(ToRead { facts: self, read_at })
        }
    }
}

/// Whether an event has to be read.
#[derive(Debug)]
pub(super) enum Turn<'f> {
    /// It is known.
    Known(Arc<Prepared>),
    /// It is this member's turn.
    Read(ToRead<'f>),
}

/// The turn to read an event; dropped without a result, the next one has it.
#[derive(Debug)]
pub(super) struct ToRead<'f> {
    facts: &'f EventFacts,
    read_at: MutexGuard<'f, Option<Timestamp>>,
}

impl ToRead<'_> {
    /// Lets everybody know what was read.
    pub(super) fn done(mut self, prepared: Prepared, now: Timestamp) -> Arc<Prepared> {
        let prepared = Arc::new(prepared);
        *locked(&self.facts.known) = Arc::clone(&prepared);
        *self.read_at = Some(now);
        prepared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    #[tokio::test]
    async fn an_event_is_read_once_for_everybody_and_again_when_it_is_old() {
        let facts = EventFacts::default();
        let mut reads = vec![];
        for at in [0, 0, 5, 9, 10, 11] {
            if let Turn::Read(turn) = facts.turn(minute(at)).await {
                turn.done(Prepared::default(), minute(at));
                reads.push(at);
            }
        }
        assert_eq!(reads, [0, 10]);
    }

    #[tokio::test]
    async fn who_waited_for_another_to_read_does_not_read_again() {
        let facts = EventFacts::default();
        let Turn::Read(turn) = facts.turn(minute(1)).await else { panic!("nothing is known yet") };
        turn.done(Prepared::default(), minute(2));
        assert!(matches!(facts.turn(minute(1)).await, Turn::Known(_)));
    }

    #[tokio::test]
    async fn what_could_not_be_read_is_read_by_the_next() {
        let facts = EventFacts::default();
        drop(facts.turn(minute(0)).await);
        assert!(matches!(facts.turn(minute(0)).await, Turn::Read(_)));
    }
}
