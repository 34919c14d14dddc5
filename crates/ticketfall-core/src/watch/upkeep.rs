//! Which member's session is renewed, and whose configuration taken up, after
//! which look: spread out, so that members do not do it at once.

use std::collections::BTreeMap;

use crate::ids::ProfileId;

/// A session is renewed after so many looks.
pub(super) const RENEW_EVERY: u64 = 100;
/// A changed configuration is taken up after so many looks.
pub(super) const RECONFIGURE_EVERY: u64 = 30;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upkeep {
    Renew,
    Reconfigure,
}

/// Looks counted, and what is due after which of them.
#[derive(Debug, Default)]
pub(super) struct UpkeepPlan {
    looks: u64,
    joined: BTreeMap<ProfileId, u64>,
    joins: u64,
    due: BTreeMap<u64, Vec<(ProfileId, u64, Upkeep)>>,
}

impl UpkeepPlan {
    pub(super) fn looks(&self) -> u64 {
        self.looks
    }

    /// Plans a member's upkeep from now on, unless it is planned already.
    pub(super) fn join(&mut self, profile: &ProfileId) {
        if self.joined.contains_key(profile) {
            return;
        }
        self.joins += 1;
        self.joined.insert(profile.clone(), self.joins);
        for (upkeep, every) in [(Upkeep::Renew, RENEW_EVERY), (Upkeep::Reconfigure, RECONFIGURE_EVERY)] {
            let first = self.looks + 1 + spread(profile) % every;
            self.due.entry(first).or_default().push((profile.clone(), self.joins, upkeep));
        }
    }

    /// Forgets a member; what was planned for it is dropped when its turn comes.
    pub(super) fn leave(&mut self, profile: &ProfileId) {
        self.joined.remove(profile);
    }

    /// Counts a look, and calls with all that is due after it.
    pub(super) fn looked(&mut self, mut call: impl FnMut(ProfileId, Upkeep)) {
        self.looks += 1;
        for (profile, join, upkeep) in self.due.remove(&self.looks).unwrap_or_default() {
            if self.joined.get(&profile) != Some(&join) {
                continue;
            }
            let every = match upkeep {
                Upkeep::Renew => RENEW_EVERY,
                Upkeep::Reconfigure => RECONFIGURE_EVERY,
            };
            self.due.entry(self.looks + every).or_default().push((profile.clone(), join, upkeep));
            call(profile, upkeep);
        }
    }
}

/// A number that differs between profiles and not between runs (FNV-1a).
fn spread(profile: &ProfileId) -> u64 {
    profile
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(plan: &mut UpkeepPlan, times: u64) -> Vec<(u64, Upkeep)> {
        let mut due = vec![];
        for _ in 0..times {
            let look = plan.looks() + 1;
            plan.looked(|_, upkeep| due.push((look, upkeep)));
        }
        due
    }

    #[test]
    fn a_session_is_renewed_every_hundred_looks_and_a_configuration_taken_up_every_thirty() {
        let mut plan = UpkeepPlan::default();
        plan.join(&ProfileId::new("ada").unwrap());
        let due = looked(&mut plan, 1_000);
        let renewals: Vec<u64> = due.iter().filter(|(_, u)| *u == Upkeep::Renew).map(|(n, _)| *n).collect();
        assert_eq!(renewals.len(), 10);
        assert!(renewals.windows(2).all(|pair| pair[1] - pair[0] == 100));
        let taken_up = due.iter().filter(|(_, u)| *u == Upkeep::Reconfigure).count();
        assert!((33..=34).contains(&taken_up), "{taken_up}");
    }

    #[test]
    fn members_do_not_renew_at_once() {
        let mut plan = UpkeepPlan::default();
        for n in 0..1_000 {
            plan.join(&ProfileId::new(format!("member-{n}")).unwrap());
        }
        let mut most = 0;
        for _ in 0..100 {
            let mut now = 0;
            plan.looked(|_, upkeep| now += u32::from(upkeep == Upkeep::Renew));
            most = most.max(now);
        }
        assert!(most <= 30, "{most} of 1,000 members renewed after one look");
    }

    #[test]
    fn who_left_or_joined_twice_has_no_second_plan() {
        let (mut plan, ada) = (UpkeepPlan::default(), ProfileId::new("ada").unwrap());
        plan.join(&ada);
        plan.join(&ada);
        plan.leave(&ada);
        plan.join(&ada);
        let due = looked(&mut plan, 100);
        assert_eq!(due.iter().filter(|(_, u)| *u == Upkeep::Renew).count(), 1);
        plan.leave(&ada);
        assert_eq!(looked(&mut plan, 100), []);
    }
}
