//! One step of a state machine: when it happens, and what it wants done.

use jiff::Timestamp;

/// What a step is given and what it gathers.
#[derive(Debug)]
pub(crate) struct Moment<E> {
    pub(crate) now: Timestamp,
    pub(crate) effects: Vec<E>,
}

impl<E> Moment<E> {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { now, effects: Vec::new() }
    }

    pub(crate) fn push(&mut self, effect: E) {
        self.effects.push(effect);
    }
}
