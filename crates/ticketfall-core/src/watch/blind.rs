//! How long no reading could be understood.

use std::time::Duration;

use jiff::Timestamp;

/// Blind time, running and in all.
#[derive(Debug, Default)]
pub(super) struct Blind {
    since: Option<Timestamp>,
    past: Duration,
}

impl Blind {
    /// Takes in whether the latest reading was understood.
    pub(super) fn saw(&mut self, understood: bool, now: Timestamp) {
        if understood {
            self.past += self.now(now);
            self.since = None;
        } else {
            self.since.get_or_insert(now);
        }
    }

    /// Since when it lasts, when it does.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// How long it has lasted, when it lasts.
    pub(super) fn now(&self, now: Timestamp) -> Duration {
        self.since
            .map_or(Duration::ZERO, |since| Duration::try_from(now.duration_since(since)).unwrap_or_default())
    }

    /// All blind time so far.
    pub(super) fn total(&self, now: Timestamp) -> Duration {
        self.past + self.now(now)
    }
}
