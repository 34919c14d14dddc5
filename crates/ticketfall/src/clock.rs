//! The one place that reads the wall clock. It is read once; from then on time passes as the
//! runtime's does, so a paused runtime pauses it and a corrected wall clock does not move it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// What time it is; cheap to copy, and all copies agree.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    wall: Timestamp,
    origin: Instant,
    /// What the machine's clock shows; none where time is rehearsed.
    machine: Option<fn() -> Timestamp>,
}

impl Clock {
    /// A clock that shows the wall clock's time as of now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
    pub fn system() -> Self {
        Self::starting_at(Timestamp::now()).beside(Timestamp::now)
    }

    /// A clock that shows `wall` now and goes on from there.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
    pub fn starting_at(wall: Timestamp) -> Self {
        Self { wall, origin: Instant::now(), machine: None }
    }

    /// The same clock, which knows what the machine's clock shows.
    #[must_use]
    pub fn beside(self, machine: fn() -> Timestamp) -> Self {
        Self { machine: Some(machine), ..self }
    }

    /// By how much the machine's clock is ahead: it was set, or the machine slept, since this one was read.
    pub fn apart(&self) -> SignedDuration {
        self.machine.map_or(SignedDuration::ZERO, |machine| machine().duration_since(self.now()))
    }

    /// The time now, to the microsecond as the store keeps it; never earlier than an answer it gave before.
    pub fn now(&self) -> Timestamp {
        let now = self.wall.checked_add(self.origin.elapsed()).unwrap_or(Timestamp::MAX);
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// How long until `when`: nothing when that has passed.
    pub fn until(&self, when: Timestamp) -> Duration {
        when.duration_since(self.now()).try_into().unwrap_or_default()
    }

    /// Waits until `when`; does not wait when that has passed.
    pub async fn sleep_until(&self, when: Timestamp) {
        tokio::time::sleep(self.until(when)).await;
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    fn kick_off() -> Timestamp {
        "2026-11-28T15:00:00Z".parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_passes_as_the_runtime_does() {
        let clock = Clock::starting_at(kick_off());
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(clock.now().to_string(), "2026-11-28T15:00:01.5Z");
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleeper_wakes_when_it_asked_to() {
        let clock = Clock::starting_at(kick_off());
        let when = kick_off() + 90.minutes();
        clock.sleep_until(when).await;
        assert_eq!(clock.now(), when);
    }

    #[tokio::test(start_paused = true)]
    async fn a_time_that_has_passed_is_not_waited_for() {
        let clock = Clock::starting_at(kick_off());
        clock.sleep_until(kick_off() - 1.hour()).await;
        assert_eq!(clock.now(), kick_off());
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_time_is_not_passed() {
        let clock = Clock::starting_at(Timestamp::MAX);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(clock.now().as_microsecond(), Timestamp::MAX.as_microsecond());
    }
}
