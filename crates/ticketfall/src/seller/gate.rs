//! The one way to a host: every request of every profile passes here, so that
//! the host's pace is kept whoever asks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use ticketfall_core::pace::{Answered, Pace, PaceRules, Purpose, Quota};
use ticketfall_core::reading::Reading;
use tokio::sync::Notify;

use crate::clock::Clock;

/// How long a hold waits for its turn; what takes longer is worth less than the next fall.
const HOLD_PATIENCE: Duration = Duration::from_secs(2);

/// So many requests for upkeep are on their way at once, at most: a crowd that gets ready needs no more room than that,
/// here and at the host.
const UPKEEP_AT_ONCE: usize = 32;

/// A place in line for upkeep, kept over all of its requests; the lowest is served first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn(u64);

/// Politeness to one host, shared by all who ask it.
#[derive(Debug)]
pub struct Gate {
    pace: Mutex<Pace>,
    clock: Clock,
    numbers: AtomicU64,
    line: Mutex<BTreeMap<(Turn, u64), Arc<Notify>>>,
    upkeep: AtomicUsize,
}

/// The right to send one request; whoever waits for room may go on when it is dropped.
#[derive(Debug)]
#[must_use = "a request that was not answered yet takes room"]
pub struct Pass<'g> {
    upkeep_at: Option<&'g Gate>,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(gate) = self.upkeep_at {
            gate.upkeep.fetch_sub(1, Ordering::Relaxed);
            gate.call_the_first();
        }
    }
}

/// Somebody's request in line; gone from it when dropped.
struct Place<'g> {
    gate: &'g Gate,
    at: (Turn, u64),
    called: Arc<Notify>,
}

impl Place<'_> {
    fn is_first(&self) -> bool {
        self.gate.line().first_key_value().is_some_and(|(first, _)| *first == self.at)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.gate.line().remove(&self.at);
        self.gate.call_the_first();
    }
}

impl Gate {
    /// A gate in front of a host with these rules; the seed decides the jitter of its back-off.
    pub fn new(rules: PaceRules, seed: u64, clock: Clock) -> Self {
        Self {
            pace: Mutex::new(Pace::new(rules, seed)),
            clock,
            numbers: AtomicU64::new(0),
            line: Mutex::default(),
            upkeep: AtomicUsize::new(0),
        }
    }

    /// Takes one request from the budget, or says when to come again.
    fn try_pass(&self, purpose: Purpose) -> Result<(), Timestamp> {
        self.pace().ask(purpose, self.clock.now())
    }

    /// When a request of this purpose may be sent, where that is not now; takes nothing from the budget.
    pub fn opens_at(&self, purpose: Purpose) -> Option<Timestamp> {
        self.pace().opens_at(purpose, self.clock.now())
    }

    /// A place in line behind all that was given out before.
    pub fn turn(&self) -> Turn {
        Turn(self.number())
    }

    /// Waits until a request may be sent, and takes it from the budget. A hold that would wait long is refused;
    /// upkeep waits in line, so that whoever began first is ready first, and for room.
    pub async fn pass(&self, purpose: Purpose, turn: Turn) -> Result<Pass<'_>, Reading> {
        if purpose == Purpose::Upkeep {
            return Ok(self.pass_in_line(turn).await);
        }
        while let Err(until) = self.try_pass(purpose) {
            let wait = self.clock.until(until);
            if purpose == Purpose::Hold && wait > HOLD_PATIENCE {
                return Err(Reading::SlowDown { wait: Some(wait) });
            }
            self.clock.sleep_until(until).await;
        }
        Ok(Pass { upkeep_at: None })
    }

    async fn pass_in_line(&self, turn: Turn) -> Pass<'_> {
        let place = self.join(turn);
        loop {
            if !place.is_first() || self.upkeep.load(Ordering::Relaxed) >= UPKEEP_AT_ONCE {
                place.called.notified().await;
                continue;
            }
            match self.try_pass(Purpose::Upkeep) {
                Ok(()) => {
                    // Only the first in line comes here, and it leaves the line after this.
                    self.upkeep.fetch_add(1, Ordering::Relaxed);
                    return Pass { upkeep_at: Some(self) };
                }
                Err(until) => self.clock.sleep_until(until).await,
            }
        }
    }

    /// Only the first can go on; waking everybody would cost a crowd its square.
    fn call_the_first(&self) {
        if let Some((_, called)) = self.line().first_key_value() {
            called.notify_one();
        }
    }

    fn join(&self, turn: Turn) -> Place<'_> {
        let (at, called) = ((turn, self.number()), Arc::<Notify>::default());
        self.line().insert(at, Arc::clone(&called));
        Place { gate: self, at, called }
    }

    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    fn line(&self) -> MutexGuard<'_, BTreeMap<(Turn, u64), Arc<Notify>>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
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
        let look = async |host: &str, rules: PaceRules| {
            drop(gates.of(host, rules).pass(Purpose::Look, Turn::default()).await.unwrap());
        };
        look("exchange.example", rules).await;
        look("exchange.example", PaceRules::default()).await;
        assert_eq!(gates.of("exchange.example", rules).opens_at(Purpose::Look), Some(second(10)));
        look("exchange.example", rules).await;
        assert_eq!(clock.now(), second(10));
        look("other.example", rules).await;
        assert_eq!(clock.now(), second(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_does_not_wait_for_a_seller_that_asked_to_slow_down() {
        let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
        let gate = Gate::new(PaceRules::default(), 1, clock);
        gate.answered(Some(&Reading::SlowDown { wait: Some(Duration::from_secs(90)) }));
        let refused = gate.pass(Purpose::Hold, Turn::default()).await.err();
        assert_eq!(refused, Some(Reading::SlowDown { wait: Some(Duration::from_secs(90)) }));
        drop(gate.pass(Purpose::Look, Turn::default()).await.unwrap());
        assert_eq!(clock.now(), second(90));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_began_first_is_ready_first() {
        let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
        let budget = Budget { requests: 2, window: Duration::from_secs(10), reserve: 0 };
        let gate = Gate::new(PaceRules { budget: Some(budget), ..PaceRules::default() }, 1, clock);
        let done = Mutex::new(Vec::new());
        let upkeep = async |name: &'static str, turn: Turn| {
            for request in 1..=2 {
                drop(gate.pass(Purpose::Upkeep, turn).await.unwrap());
                done.lock().unwrap().push((name, request, clock.now().as_second()));
            }
        };
        let (ada, ben, cleo) = (gate.turn(), gate.turn(), gate.turn());
        let impatient = tokio::time::timeout(Duration::from_secs(15), upkeep("ben", ben));
        let (.., given_up) = tokio::join!(upkeep("cleo", cleo), upkeep("ada", ada), impatient);
        assert!(given_up.is_err());
        let expected = [("cleo", 1, 0), ("ada", 1, 10), ("ada", 2, 20), ("cleo", 2, 30)];
        assert_eq!(*done.lock().unwrap(), expected, "who gives up is not waited for");
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_has_so_many_requests_for_upkeep_on_their_way_and_looks_pass_beside_them() {
        let gate = Gate::new(PaceRules::default(), 1, Clock::starting_at(Timestamp::UNIX_EPOCH));
        let (under_way, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let upkeep = async || {
            let pass = gate.pass(Purpose::Upkeep, Turn::default()).await.unwrap();
            most.fetch_max(under_way.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
            under_way.fetch_sub(1, Ordering::Relaxed);
            drop(pass);
        };
        let all = futures_util::future::join_all((0..UPKEEP_AT_ONCE * 3).map(|_| upkeep()));
        let look = tokio::time::timeout(Duration::from_millis(1), gate.pass(Purpose::Look, Turn::default()));
        let (_, look) = tokio::join!(all, look);
        assert!(look.is_ok(), "a look waits for nobody's upkeep");
        assert_eq!(most.into_inner(), UPKEEP_AT_ONCE);
        assert_eq!(gate.clock.now(), second(3));
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
}
