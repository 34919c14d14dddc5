//! Who gets what of a snapshot, and who is told of it.

use super::{Effect, Moment, Standing, Watch};
use crate::allotment::{Seeker, allot};
use crate::book::Book;
use crate::checker::best_group;
use crate::offer::Snapshot;
use crate::taken::Taken;

impl Watch {
    pub(super) fn share_out(&mut self, book: &mut Book, moment: &mut Moment) {
        let counted = (self.changes, book.freed());
        let Some(snapshot) = self.latest.clone().filter(|_| self.allotted_at != counted) else { return };
        self.allotted_at = counted;
        if snapshot.offers.is_empty() {
            self.told.clear();
            return;
        }
        let seekers: Vec<Seeker<'_>> = self
            .members
            .standing(Standing::Seeking)
            .map(|(profile, member)| Seeker {
                profile,
                criteria: &member.criteria,
                priority: member.priority,
                waiting_since: member.waiting_since,
            })
            .collect();
        for allotted in allot(&snapshot, &self.plan, &seekers, book.taken()) {
            book.take(self.writer, allotted.group.clone());
            self.on_stands(&allotted.profile, Standing::Sitting);
            moment.push(Effect::Allot(allotted.profile, allotted.group));
        }
        self.allotted_at = (self.changes, book.freed());
        self.tell_the_notified(&snapshot, book.taken(), moment);
    }

    /// One notice for one match: told again only after the seats were gone or others are better.
    fn tell_the_notified(&mut self, snapshot: &Snapshot, taken: &Taken, moment: &mut Moment) {
        for (profile, member) in self.members.standing(Standing::Notified) {
            match best_group(&member.criteria, snapshot, &self.plan, taken) {
                Some(group) if self.told.get(profile) != Some(&group) => {
                    self.told.insert(profile.clone(), group.clone());
                    moment.push(Effect::Match(profile.clone(), group));
                }
                Some(_) => {}
                None => {
                    self.told.remove(profile);
                }
            }
        }
    }
}
