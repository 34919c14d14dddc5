//! How fast each client asks.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::member::MemberId;

const WINDOW: Duration = Duration::from_mins(1);

/// The requests of the last minute, by client; those without a session count as one client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pacemaker(BTreeMap<Option<MemberId>, VecDeque<Duration>>);

impl Pacemaker {
    /// Counts a request, or says how long to wait where `limit` were counted in the last minute.
    pub(crate) fn wait(&mut self, client: Option<MemberId>, limit: usize, now: Duration) -> Option<Duration> {
        let asked = self.0.entry(client).or_default();
        while asked.front().is_some_and(|first| *first + WINDOW <= now) {
            asked.pop_front();
        }
        if asked.len() < limit {
            asked.push_back(now);
            return None;
        }
        Some(asked.front().map_or(WINDOW, |first| (*first + WINDOW).saturating_sub(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_over_the_limit_waits_until_the_oldest_request_is_a_minute_old() {
        let mut pacemaker = Pacemaker::default();
        let mut ask = |client, second| pacemaker.wait(client, 2, Duration::from_secs(second));
        assert_eq!(ask(Some(1), 0), None);
        assert_eq!(ask(Some(1), 10), None);
        assert_eq!(ask(Some(1), 15), Some(Duration::from_secs(45)));
        assert_eq!(ask(Some(2), 15), None);
        assert_eq!(ask(Some(1), 60), None);
        assert_eq!(ask(Some(1), 61), Some(Duration::from_secs(9)));
    }
}
