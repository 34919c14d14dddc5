//! What is due, in exact time order; what is due at one instant happens in the order it was put down.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::event::EventId;
use crate::member::MemberId;

/// Something that happens by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    ScriptFall(usize),
    Weather,
    RivalBuys { rival: usize, fall: usize },
    HoldsEnd { event: EventId, by: MemberId },
}

#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    due: BTreeMap<(Duration, u64), Due>,
    put_down: u64,
}

impl Agenda {
    pub(super) fn put_down(&mut self, at: Duration, due: Due) {
        self.due.insert((at, self.put_down), due);
        self.put_down += 1;
    }

    /// Takes the first thing that is due at `now` or before.
    pub(super) fn next(&mut self, now: Duration) -> Option<(Duration, Due)> {
        let first = self.due.first_entry().filter(|first| first.key().0 <= now)?;
        let ((at, _), due) = first.remove_entry();
        Some((at, due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_in_order_and_not_before_its_time() {
        let mut agenda = Agenda::default();
        for (seconds, index) in [(5, 0), (2, 1), (5, 2), (9, 3)] {
            agenda.put_down(Duration::from_secs(seconds), Due::ScriptFall(index));
        }
        let due: Vec<Due> =
            std::iter::from_fn(|| agenda.next(Duration::from_secs(5)).map(|(_, due)| due)).collect();
        assert_eq!(due, [Due::ScriptFall(1), Due::ScriptFall(0), Due::ScriptFall(2)]);
    }
}
