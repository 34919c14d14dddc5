//! How fast one host may be asked, counted over every profile: a budget for
//! any window of time, back-off with seeded jitter, and `Retry-After`.

use std::collections::VecDeque;
use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;

/// So many requests in any window of so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests of every kind.
    pub requests: u32,
    /// The length of the window.
    pub window: Duration,
    /// Of `requests`, those that looks may not use, so that a hold never waits for one.
    pub reserve: u32,
}

/// How one host wants to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaceRules {
    /// The least time between two looks at one event.
    pub floor: Duration,
    /// The most requests, where there is such a limit.
    pub budget: Option<Budget>,
    /// The wait after a first failure; each further one doubles it.
    pub backoff_min: Duration,
    /// The longest wait after failures.
    pub backoff_max: Duration,
}

impl Default for PaceRules {
    fn default() -> Self {
        Self {
            floor: Duration::ZERO,
            budget: None,
            backoff_min: Duration::from_secs(2),
            backoff_max: Duration::from_mins(5),
        }
    }
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A look.
    Look,
    /// The upkeep of a member's session, which can wait: getting ready, a fresh page key, a basket that
    /// nobody holds anything in.
    Upkeep,
    /// A hold, its proof or its release.
    Hold,
}

/// What an answer says about asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// The seller is well.
    Fine,
    /// Asked to slow down, for so long where it says so.
    SlowDown(Option<Duration>),
    /// The seller is failing, or not understood; for so long where it says so.
    Failing(Option<Duration>),
}

/// What a host itself says of how often it may still be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests that are left.
    pub left: u32,
    /// When there will be new ones, where it says so.
    pub resets_at: Option<Timestamp>,
}

/// Politeness to one host.
#[derive(Debug)]
pub struct Pace {
    rules: PaceRules,
    sent: VecDeque<Timestamp>,
    /// Of `sent`, those for upkeep.
    upkeep: VecDeque<Timestamp>,
    barred_until: Option<Timestamp>,
    /// Looks wait until then, so that the host's own quota lasts.
    spread_until: Option<Timestamp>,
    failures: u32,
    jitter: Rng,
}

impl Pace {
    /// A pace that has sent nothing yet; the seed decides its jitter.
    pub fn new(rules: PaceRules, seed: u64) -> Self {
        let jitter = Rng::with_seed(seed);
        let (sent, upkeep) = (VecDeque::new(), VecDeque::new());
        Self { rules, sent, upkeep, barred_until: None, spread_until: None, failures: 0, jitter }
    }

    /// The rules it keeps.
    pub fn rules(&self) -> &PaceRules {
        &self.rules
    }

    /// Takes one request from the budget, or says when to come again.
    pub fn ask(&mut self, purpose: Purpose, now: Timestamp) -> Result<(), Timestamp> {
        if let Some(until) = self.opens_at(purpose, now) {
            return Err(until);
        }
        if self.rules.budget.is_some() {
            self.sent.push_back(now);
            if purpose == Purpose::Upkeep {
                self.upkeep.push_back(now);
            }
        }
        Ok(())
    }

    /// When a request may be sent, where that is not now; takes nothing from the budget.
    pub fn opens_at(&mut self, purpose: Purpose, now: Timestamp) -> Option<Timestamp> {
        if let Some(until) = self.barred_until(now) {
            return Some(until);
        }
        if let Some(until) = self.spread_until.filter(|until| *until > now && purpose == Purpose::Look) {
            return Some(until);
        }
        let budget = self.rules.budget?;
        self.forget_before(now, budget.window);
        self.free_again(purpose, budget)
    }

    /// Takes in what the host says of its quota: a used-up one bars everything until it begins anew, and what is
    /// left of one is spread over the time until then.
    pub fn told(&mut self, quota: Quota, now: Timestamp) {
        let Some(resets_at) = quota.resets_at.filter(|at| *at > now) else {
            if quota.left == 0 {
                self.answered(Answered::SlowDown(None), now);
            }
            return;
        };
        if quota.left == 0 {
            self.barred_until = Some(self.barred_until.map_or(resets_at, |barred| barred.max(resets_at)));
            return;
        }
        let rest = Duration::try_from(resets_at.duration_since(now)).unwrap_or_default();
        self.spread_until = Some(later(now, rest / quota.left));
    }

    /// Takes in what an answer said.
    pub fn answered(&mut self, answer: Answered, now: Timestamp) {
        let wait = match answer {
            Answered::Fine => {
                self.failures = 0;
                return;
            }
            Answered::SlowDown(wait) | Answered::Failing(wait) => wait,
        };
        self.failures = self.failures.saturating_add(1);
        let until = later(now, wait.unwrap_or_default().max(self.backoff()));
        self.barred_until = Some(self.barred_until.map_or(until, |barred| barred.max(until)));
    }

    /// Until when nothing may be sent, if that is so at `now`.
    pub fn barred_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.barred_until.filter(|until| *until > now)
    }

    /// How many requests are left at `now`, where there is a budget.
    pub fn left(&mut self, now: Timestamp) -> Option<u32> {
        let budget = self.rules.budget?;
        self.forget_before(now, budget.window);
        Some(budget.requests.saturating_sub(self.sent_recently()))
    }

    fn sent_recently(&self) -> u32 {
        u32::try_from(self.sent.len()).unwrap_or(u32::MAX)
    }

    fn forget_before(&mut self, now: Timestamp, window: Duration) {
        for sent in [&mut self.sent, &mut self.upkeep] {
            while sent.front().is_some_and(|at| later(*at, window) <= now) {
                sent.pop_front();
            }
        }
    }

    /// When the request that stands in the way leaves the window.
    fn free_again(&self, purpose: Purpose, budget: Budget) -> Option<Timestamp> {
        let unreserved = budget.requests.saturating_sub(budget.reserve).max(1);
        let blocking = match purpose {
            Purpose::Look => in_the_way(&self.sent, unreserved),
            // However many members there are, half of what looks may use is left to them.
            Purpose::Upkeep => {
                in_the_way(&self.sent, unreserved).max(in_the_way(&self.upkeep, unreserved.div_ceil(2)))
            }
            Purpose::Hold => in_the_way(&self.sent, budget.requests.max(1)),
        };
        Some(later(blocking?, budget.window))
    }

    /// Doubles with each failure; between half and all of that, so that hosts are not asked in step.
    fn backoff(&mut self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(20);
        let full = self.rules.backoff_min.saturating_mul(1 << doublings).min(self.rules.backoff_max);
        let half = u64::try_from(full.as_millis() / 2).unwrap_or(u64::MAX / 2);
        Duration::from_millis(half + self.jitter.u64(0..=half))
    }
}

/// The request that has to leave the window first, where as many as `most` are in it.
fn in_the_way(sent: &VecDeque<Timestamp>, most: u32) -> Option<Timestamp> {
    let over = sent.len().checked_sub(usize::try_from(most).unwrap_or(usize::MAX))?;
    sent.get(over).copied()
}

/// `at` and a while, at the end of time at the latest.
pub fn later(at: Timestamp, wait: Duration) -> Timestamp {
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap()
    }

    fn budgeted(requests: u32, reserve: u32) -> Pace {
        let budget = Budget { requests, window: Duration::from_mins(1), reserve };
        Pace::new(PaceRules { budget: Some(budget), ..PaceRules::default() }, 1)
    }

    #[test]
    fn looks_leave_the_reserve_to_holds() {
        let mut pace = budgeted(3, 1);
        assert_eq!(pace.ask(Purpose::Look, at(0)), Ok(()));
        assert_eq!(pace.ask(Purpose::Look, at(1_000)), Ok(()));
        assert_eq!(pace.ask(Purpose::Look, at(2_000)), Err(at(60_000)));
        assert_eq!(pace.ask(Purpose::Hold, at(2_000)), Ok(()));
        assert_eq!(pace.ask(Purpose::Hold, at(3_000)), Err(at(60_000)));
        assert_eq!(pace.left(at(3_000)), Some(0));
        assert_eq!(pace.ask(Purpose::Look, at(60_000)), Err(at(61_000)));
        assert_eq!(pace.ask(Purpose::Look, at(61_000)), Ok(()));
    }

    #[test]
    fn upkeep_leaves_half_to_looks() {
        let mut pace = budgeted(10, 2);
        for second in 0..4 {
            assert_eq!(pace.ask(Purpose::Upkeep, at(second * 1_000)), Ok(()));
        }
        assert_eq!(pace.ask(Purpose::Upkeep, at(4_000)), Err(at(60_000)));
        for second in 4..8 {
            assert_eq!(pace.ask(Purpose::Look, at(second * 1_000)), Ok(()));
        }
        assert_eq!(pace.ask(Purpose::Look, at(8_000)), Err(at(60_000)));
        assert_eq!(pace.ask(Purpose::Upkeep, at(60_000)), Ok(()), "what has left the window is free again");
    }

    #[test]
    fn upkeep_uses_no_more_than_looks_leave() {
        let mut pace = budgeted(10, 2);
        for second in 0..7 {
            assert_eq!(pace.ask(Purpose::Look, at(second * 1_000)), Ok(()));
        }
        assert_eq!(pace.ask(Purpose::Upkeep, at(7_000)), Ok(()));
        assert_eq!(pace.ask(Purpose::Upkeep, at(8_000)), Err(at(60_000)));
    }

    #[test]
    fn retry_after_is_obeyed_by_holds_too() {
        let mut pace = budgeted(100, 0);
        pace.answered(Answered::SlowDown(Some(Duration::from_secs(90))), at(0));
        assert_eq!(pace.ask(Purpose::Hold, at(89_999)), Err(at(90_000)));
        assert_eq!(pace.ask(Purpose::Hold, at(90_000)), Ok(()));
    }

    #[test]
    fn a_shorter_wait_never_shortens_a_longer_one() {
        let mut pace = budgeted(100, 0);
        pace.answered(Answered::SlowDown(Some(Duration::from_secs(90))), at(0));
        pace.answered(Answered::Failing(None), at(10));
        assert_eq!(pace.barred_until(at(20)), Some(at(90_000)));
    }

    #[test]
    fn back_off_doubles_with_jitter_up_to_its_longest() {
        let mut pace = budgeted(100, 0);
        for failure in 0..12 {
            let now = at(failure * 1_000_000);
            pace.answered(Answered::Failing(None), now);
            let wait = pace.barred_until(now).unwrap().duration_since(now).as_millis();
            let full = (2_000_i128 << failure.min(20)).min(300_000);
            assert!((full / 2..=full).contains(&wait), "{wait} ms after failure {failure}");
        }
        pace.answered(Answered::Fine, at(99_000_000));
        pace.answered(Answered::Failing(None), at(99_000_000));
        assert!(pace.barred_until(at(99_000_000)).unwrap() <= at(99_002_000));
    }

    #[test]
    fn a_used_up_quota_bars_until_it_begins_anew() {
        let mut pace = budgeted(100, 0);
        pace.told(Quota { left: 0, resets_at: Some(at(90_000)) }, at(0));
        assert_eq!(pace.ask(Purpose::Hold, at(89_999)), Err(at(90_000)));
        assert_eq!(pace.ask(Purpose::Look, at(90_000)), Ok(()));
        pace.told(Quota { left: 0, resets_at: None }, at(100_000));
        assert!(pace.barred_until(at(100_000)).is_some());
    }

    #[test]
    fn what_is_left_of_a_quota_is_spread_over_its_time() {
        let mut pace = budgeted(100, 0);
        pace.told(Quota { left: 9, resets_at: Some(at(90_000)) }, at(0));
        assert_eq!(pace.ask(Purpose::Look, at(0)), Err(at(10_000)));
        assert_eq!(pace.ask(Purpose::Hold, at(0)), Ok(()));
        pace.told(Quota { left: 5_000, resets_at: Some(at(5_000)) }, at(1_000));
        assert_eq!(pace.ask(Purpose::Look, at(1_001)), Ok(()));
    }

    proptest! {
        #[test]
        fn no_window_ever_sees_more_than_the_budget(
            gaps in prop::collection::vec(0_i64..5_000, 1..200),
            requests in 1_u32..20,
        ) {
            let mut pace = budgeted(requests, requests / 3);
            let (mut now, mut sent) = (0, Vec::new());
            for (n, gap) in gaps.into_iter().enumerate() {
                now += gap;
                let purpose = [Purpose::Hold, Purpose::Look, Purpose::Upkeep][n % 3];
                match pace.ask(purpose, at(now)) {
                    Ok(()) => sent.push(now),
                    Err(until) => prop_assert!(until > at(now)),
                }
            }
            for (n, first) in sent.iter().enumerate() {
                let in_window = sent[n..].iter().filter(|at| **at - first < 60_000).count();
                prop_assert!(in_window <= usize::try_from(requests).unwrap());
            }
        }

        #[test]
        fn the_same_seed_waits_the_same(seed: u64) {
            let waits = |seed| {
                let mut pace = Pace::new(PaceRules::default(), seed);
                (0..8).map(|_| { pace.answered(Answered::Failing(None), at(0)); pace.barred_until(at(0)) }).collect::<Vec<_>>()
            };
            prop_assert_eq!(waits(seed), waits(seed));
        }
    }
}
