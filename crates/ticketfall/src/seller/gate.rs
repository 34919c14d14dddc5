//! The one way to a host: every request of every profile passes here, so that
//! the host's pace is kept whoever asks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use std::time::Duration;

use jiff::Timestamp;
use ticketfall_core::pace::{Answered, Pace, PaceRules, Purpose, Quota};
use ticketfall_core::reading::Reading;

use crate::clock::Clock;

/// How long a hold waits for its turn; what takes longer is worth less than the next fall.
const HOLD_PATIENCE: Duration = Duration::from_secs(2);

/// Politeness to one host, shared by all who ask it.
#[derive(Debug)]
pub struct Gate {
    pace: Mutex<Pace>,
    clock: Clock,
}

impl Gate {
    /// A gate in front of a host with these rules; the seed decides the jitter of its back-off.
    pub fn new(rules: PaceRules, seed: u64, clock: Clock) -> Self {
        Self { pace: Mutex::new(Pace::new(rules, seed)), clock }
    }

    /// Takes one request from the budget, or says when to come again.
    fn try_pass(&self, purpose: Purpose) -> Result<(), Timestamp> {
        self.pace().ask(purpose, self.clock.now())
    }

    /// When a request of this purpose may be sent, where that is not now; takes nothing from the budget.
    pub fn opens_at(&self, purpose: Purpose) -> Option<Timestamp> {
        self.pace().opens_at(purpose, self.clock.now())
    }

    /// Waits until a request may be sent, and takes it from the budget; a hold that would wait long is refused.
    pub async fn pass(&self, purpose: Purpose) -> Result<(), Reading> {
        while let Err(until) = self.try_pass(purpose) {
            let wait = self.clock.until(until);
            if purpose == Purpose::Hold && wait > HOLD_PATIENCE {
                return Err(Reading::SlowDown { wait: Some(wait) });
            }
            self.clock.sleep_until(until).await;
        }
        Ok(())
    }

    /// Takes in what an answer, or its absence, said about asking again.
    pub fn answered(&self, reading: Option<&Reading>) {
        let answer = match reading {
            Some(Reading::SlowDown { wait }) => Answered::SlowDown(*wait),
            Some(Reading::Failing { .. } | Reading::Unknown { .. }) => Answered::Failing(None),
            Some(
                Reading::Seats(_)
                | Reading::Unchanged
                | Reading::Queue { .. }
                | Reading::SignedOut
                | Reading::Human { .. }
                | Reading::Blocked { .. }
                | Reading::KeyMissing { .. }
                | Reading::NotOnSale { .. },
            )
            | None => Answered::Fine,
        };
        self.pace().answered(answer, self.clock.now());
    }

    /// Takes in what the host says of how often it may still be asked.
    pub(super) fn told(&self, quota: Quota) {
        self.pace().told(quota, self.clock.now());
    }

    /// Until when nothing may be sent, if that is so now.
    pub fn barred_until(&self) -> Option<Timestamp> {
        self.pace().barred_until(self.clock.now())
    }

    /// How many requests are left now, where there is a budget.
    pub fn left(&self) -> Option<u32> {
        self.pace().left(self.clock.now())
    }

    /// The rules it keeps.
    pub fn rules(&self) -> PaceRules {
        *self.pace().rules()
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One gate a host.
#[derive(Debug)]
pub struct Gates {
    by_host: Mutex<BTreeMap<String, Arc<Gate>>>,
    clock: Clock,
    seed: u64,
}

impl Gates {
    /// No hosts yet.
    pub fn new(clock: Clock, seed: u64) -> Self {
        Self { by_host: Mutex::default(), clock, seed }
    }

    /// The gate of `host`; the first who asks brings its rules.
    pub fn of(&self, host: &str, rules: PaceRules) -> Arc<Gate> {
        let mut gates = self.by_host.lock().unwrap_or_else(PoisonError::into_inner);
        let seed = self.seed.wrapping_add(gates.len() as u64);
        let gate =
            gates.entry(host.to_owned()).or_insert_with(|| Arc::new(Gate::new(rules, seed, self.clock)));
        Arc::clone(gate)
    }

    /// Every host and its gate, by name.
    pub fn all(&self) -> Vec<(String, Arc<Gate>)> {
        let gates = self.by_host.lock().unwrap_or_else(PoisonError::into_inner);
        gates.iter().map(|(host, gate)| (host.clone(), Arc::clone(gate))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ticketfall_core::pace::Budget;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn all_profiles_share_the_budget_of_a_host() {
        let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
        let gates = Gates::new(clock, 1);
        let budget = Budget { requests: 2, window: Duration::from_secs(10), reserve: 0 };
        let rules = PaceRules { budget: Some(budget), ..PaceRules::default() };
        gates.of("exchange.example", rules).pass(Purpose::Look).await.unwrap();
        gates.of("exchange.example", PaceRules::default()).pass(Purpose::Look).await.unwrap();
        assert_eq!(gates.of("exchange.example", rules).opens_at(Purpose::Look), Some(second(10)));
        gates.of("exchange.example", rules).pass(Purpose::Look).await.unwrap();
        assert_eq!(clock.now(), second(10));
        gates.of("other.example", rules).pass(Purpose::Look).await.unwrap();
        assert_eq!(clock.now(), second(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_does_not_wait_for_a_seller_that_asked_to_slow_down() {
        let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
        let gate = Gate::new(PaceRules::default(), 1, clock);
        gate.answered(Some(&Reading::SlowDown { wait: Some(Duration::from_secs(90)) }));
        let refused = gate.pass(Purpose::Hold).await;
        assert_eq!(refused, Err(Reading::SlowDown { wait: Some(Duration::from_secs(90)) }));
        gate.pass(Purpose::Look).await.unwrap();
        assert_eq!(clock.now(), second(90));
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
}
