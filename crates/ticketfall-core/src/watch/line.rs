//! The members of a watch, counted by what they want as they come, change and go, so that a look costs the same
//! however many they are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::{Member, Standing};
use crate::ids::ProfileId;

/// All members of a watch.
#[derive(Debug, Default)]
pub(super) struct Line {
    members: BTreeMap<ProfileId, Member>,
    /// How many in line ask for each interval.
    intervals: BTreeMap<Duration, usize>,
    waiting: usize,
    /// Whose session may be looked with, the next in line for seats first.
    able: BTreeSet<Place>,
}

/// Where a member stands in line: those who seek come first, then the allotment's order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    standing: Standing,
    priority: Reverse<i32>,
    waiting_since: Timestamp,
    profile: ProfileId,
}

impl Place {
    fn of(profile: &ProfileId, member: &Member) -> Self {
        let Member { standing, priority, waiting_since, .. } = *member;
        Self { standing, priority: Reverse(priority), waiting_since, profile: profile.clone() }
    }
}

impl Line {
    /// Enters a member, or what it wants now.
    pub(super) fn enter(&mut self, profile: ProfileId, member: Member) {
        self.leave(&profile);
        self.count(&profile, &member);
        self.members.insert(profile, member);
    }

    pub(super) fn leave(&mut self, profile: &ProfileId) {
        if let Some(member) = self.members.remove(profile) {
            self.uncount(profile, &member);
        }
    }

    /// Whether that is news.
    pub(super) fn stand(&mut self, profile: &ProfileId, standing: Standing) -> bool {
        let Some(member) = self.members.get(profile).filter(|member| member.standing != standing) else {
            return false;
        };
        let member = Member { standing, ..member.clone() };
        self.enter(profile.clone(), member);
        true
    }

    pub(super) fn contains(&self, profile: &ProfileId) -> bool {
        self.members.contains_key(profile)
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// How many a look is worth a request for.
    pub(super) fn in_line(&self) -> usize {
        self.waiting
    }

    /// Whether somebody has no session.
    pub(super) fn somebody_is_unable(&self) -> bool {
        self.able.len() < self.members.len()
    }

    /// The shortest that members in line ask for.
    pub(super) fn interval(&self) -> Option<Duration> {
        self.intervals.first_key_value().map(|(interval, _)| *interval)
    }

    /// The next in line for seats, whose session is then known to be good and whose connection is open when seats
    /// fall; nobody when nobody is in line.
    pub(super) fn looker(&self) -> Option<&ProfileId> {
        self.able.first().filter(|_| self.waiting > 0).map(|place| &place.profile)
    }

    /// Everybody who stands so, by name.
    pub(super) fn standing(&self, standing: Standing) -> impl Iterator<Item = (&ProfileId, &Member)> {
        self.members.iter().filter(move |(_, member)| member.standing == standing)
    }

    fn count(&mut self, profile: &ProfileId, member: &Member) {
        if member.standing.is_in_line() {
            self.waiting += 1;
            *self.intervals.entry(member.interval).or_default() += 1;
        }
        if member.standing != Standing::Unable {
            self.able.insert(Place::of(profile, member));
        }
    }

    fn uncount(&mut self, profile: &ProfileId, member: &Member) {
        if member.standing.is_in_line() {
            self.waiting -= 1;
            if let Some(count) = self.intervals.get_mut(&member.interval) {
                *count -= 1;
                if *count == 0 {
                    self.intervals.remove(&member.interval);
                }
            }
        }
        self.able.remove(&Place::of(profile, member));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::checker::sample;

    const STANDINGS: [Standing; 4] =
        [Standing::Seeking, Standing::Sitting, Standing::Notified, Standing::Unable];

    fn profile(number: usize) -> ProfileId {
        ProfileId::new(format!("member-{number}")).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_counted_is_what_a_count_of_all_members_says(
            story in prop::collection::vec((0_usize..6, 0_usize..6, 1_u64..4, -1_i32..2), 1..60),
        ) {
            let mut line = Line::default();
            for (number, what, seconds, priority) in story {
                let profile = profile(number);
                match STANDINGS.get(what) {
                    Some(standing) if line.contains(&profile) => {
                        let before = line.members[&profile].standing;
                        prop_assert_eq!(line.stand(&profile, *standing), before != *standing);
                    }
                    Some(standing) => line.enter(profile, Member {
                        criteria: std::sync::Arc::new(sample::wanting(2)),
                        interval: Duration::from_secs(seconds),
                        priority,
                        waiting_since: Timestamp::UNIX_EPOCH,
                        standing: *standing,
                    }),
                    None => line.leave(&profile),
                }
                let in_line: Vec<_> = line.members.values().filter(|m| m.standing.is_in_line()).collect();
                let able = line.members.iter().filter(|(_, m)| m.standing != Standing::Unable);
                let first = able.min_by_key(|(name, m)| (m.standing, Reverse(m.priority), *name));
                let looker = first.map(|(profile, _)| profile).filter(|_| !in_line.is_empty());
                prop_assert_eq!(line.in_line(), in_line.len());
                prop_assert_eq!(line.interval(), in_line.iter().map(|m| m.interval).min());
                prop_assert_eq!(line.looker(), looker);
                let unable = line.members.values().any(|m| m.standing == Standing::Unable);
                prop_assert_eq!(line.somebody_is_unable(), unable);
            }
        }
    }
}
