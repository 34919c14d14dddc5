//! The one way to a host: every request of every profile passes here, so that
//! the host's pace is kept whoever asks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use ticketfall_core::pace::{Answered, Pace, PaceRules, Purpose};

use crate::clock::Clock;

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
    pub fn try_pass(&self, purpose: Purpose) -> Result<(), Timestamp> {
        self.pace().ask(purpose, self.clock.now())
    }

    /// Waits until a request may be sent, and takes it from the budget.
    pub async fn pass(&self, purpose: Purpose) {
        while let Err(until) = self.try_pass(purpose) {
            self.clock.sleep_until(until).await;
        }
    }

    /// Takes in what an answer said about asking again.
    pub fn answered(&self, answer: Answered) {
        self.pace().answered(answer, self.clock.now());
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
    gates: Mutex<BTreeMap<String, Arc<Gate>>>,
    clock: Clock,
    seed: u64,
}

impl Gates {
    /// No hosts yet.
    pub fn new(clock: Clock, seed: u64) -> Self {
        Self { gates: Mutex::default(), clock, seed }
    }

    /// The gate of `host`; the first who asks brings its rules.
    pub fn of(&self, host: &str, rules: PaceRules) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let seed = self.seed.wrapping_add(gates.len() as u64);
        let gate =
            gates.entry(host.to_owned()).or_insert_with(|| Arc::new(Gate::new(rules, seed, self.clock)));
        Arc::clone(gate)
    }

    /// Every host and its gate, by name.
    pub fn all(&self) -> Vec<(String, Arc<Gate>)> {
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
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
        gates.of("exchange.example", rules).pass(Purpose::Look).await;
        gates.of("exchange.example", PaceRules::default()).pass(Purpose::Look).await;
        gates.of("exchange.example", rules).pass(Purpose::Hold).await;
        assert_eq!(clock.now(), Timestamp::from_second(10).unwrap());
        gates.of("other.example", rules).pass(Purpose::Look).await;
        assert_eq!(clock.now(), Timestamp::from_second(10).unwrap());
    }
}
