//! How the line moves: who was let through by when, and how long a number still waits.

use std::time::Duration;

use crate::script::{Pause, Room};

const MINUTE_MILLIS: u128 = 60_000;

/// When the line moves, and how fast.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    starts: Duration,
    pauses: Vec<Pause>,
    per_minute: u32,
}

impl Schedule {
    pub(super) fn of(room: &Room) -> Self {
        Self { starts: room.first_through(), pauses: room.pauses.clone(), per_minute: room.per_minute }
    }

    pub(super) fn has_started(&self, now: Duration) -> bool {
        self.starts <= now
    }

    pub(super) fn is_paused(&self, now: Duration) -> bool {
        self.pauses.iter().any(|pause| (pause.at..pause.end()).contains(&now))
    }

    /// The last number that was let through by `now`; they begin at one.
    pub(super) fn served(&self, now: Duration) -> u64 {
        let numbers = self.moving(now).as_millis() * u128::from(self.per_minute) / MINUTE_MILLIS;
        u64::try_from(numbers).unwrap_or(u64::MAX)
    }

    /// How long `number` still waits, if the line is not stopped; nobody knows while it is.
    pub(super) fn wait(&self, number: u64, now: Duration) -> Option<Duration> {
        if self.is_paused(now) {
            return None;
        }
        let moving = (u128::from(number) * MINUTE_MILLIS).div_ceil(u128::from(self.per_minute));
        let moving = Duration::from_millis(u64::try_from(moving).unwrap_or(u64::MAX));
        Some(self.starts.saturating_sub(now) + moving.saturating_sub(self.moving(now)))
    }

    /// For how long the line has moved by `now`.
    fn moving(&self, now: Duration) -> Duration {
        let stopped = |pause: &Pause| pause.end().min(now).saturating_sub(pause.at.max(self.starts));
        let stopped: Duration = self.pauses.iter().map(stopped).sum();
        now.saturating_sub(self.starts).saturating_sub(stopped)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn pause(at: u64, lasts: u64) -> Pause {
        Pause { at: secs(at), lasts: secs(lasts) }
    }

    fn schedule(pauses: Vec<Pause>) -> Schedule {
        Schedule { starts: secs(60), pauses, per_minute: 30 }
    }

    #[test]
    fn numbers_are_let_through_at_a_steady_rate_from_the_start() {
        let schedule = schedule(Vec::new());
        assert_eq!(
            [0, 60, 61, 62, 63, 64, 120].map(|second| schedule.served(secs(second))),
            [0, 0, 0, 1, 1, 2, 30]
        );
        assert_eq!(schedule.wait(5, secs(10)), Some(secs(60)));
        assert_eq!(schedule.wait(5, secs(66)), Some(secs(4)));
        assert_eq!(schedule.wait(5, secs(99)), Some(secs(0)));
    }

    #[test]
    fn nobody_is_let_through_in_a_pause_and_its_end_is_not_known() {
        let schedule = schedule(vec![pause(0, 30), pause(50, 20), pause(80, 100)]);
        assert_eq!(
            [70, 80, 100, 179, 180, 182].map(|second| schedule.served(secs(second))),
            [0, 5, 5, 5, 5, 6]
        );
        assert_eq!(schedule.wait(9, secs(100)), None);
        assert_eq!(schedule.wait(9, secs(180)), Some(secs(8)));
    }

    proptest! {
        #[test]
        fn the_line_never_moves_back_and_a_wait_ends_when_it_says(
            at in 0..200_u64, lasts in 0..200_u64, now in 0..600_u64, number in 1..300_u64,
        ) {
            let schedule = schedule(vec![pause(at, lasts)]);
            prop_assert!(schedule.served(secs(now)) <= schedule.served(secs(now + 1)));
            if let Some(wait) = schedule.wait(number, secs(now)) {
                let calm = schedule.moving(secs(now) + wait).saturating_sub(schedule.moving(secs(now)));
                let starts = secs(60).saturating_sub(secs(now));
                prop_assume!(calm + starts == wait);
                prop_assert!(schedule.served(secs(now) + wait) >= number);
            }
        }
    }
}
