//! Which member gets which fallen seats, so that our own members never
//! compete: no two are given the same seat.

mod board;
mod lane;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher};

use jiff::Timestamp;

use crate::checker::Wish;
use crate::criteria::Criteria;
use crate::ids::ProfileId;
use crate::offer::{Block, SeatGroup, Snapshot};
use crate::plan::Plan;
use crate::price::Price;
use crate::taken::Taken;
use board::Board;
use lane::Lanes;

/// Hashes without a random seed: what core answers depends on what it is asked alone.
type Fixed = BuildHasherDefault<DefaultHasher>;

/// A member who wants seats; one a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeker<'a> {
    /// Who.
    pub profile: &'a ProfileId,
    /// What they want.
    pub criteria: &'a Criteria,
    /// The highest comes first.
    pub priority: i32,
    /// Since when they have waited without getting seats.
    pub waiting_since: Timestamp,
}

/// Seats that one member may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allotted {
    /// Who.
    pub profile: ProfileId,
    /// Which seats.
    pub group: SeatGroup,
}

/// Gives each seeker in turn the best group that is left, as [`crate::checker::best_group`] finds it.
///
/// The order is: the higher priority, then who has waited longest, then the profile's name. No two get the same
/// seat, nor more seats than a number on sale; an unknown number is given to one seeker at a time.
pub fn allot(snapshot: &Snapshot, plan: &Plan, seekers: &[Seeker<'_>], taken: &Taken) -> Vec<Allotted> {
    let reach = Reach::of(seekers);
    let mut board = Board::new(snapshot, taken, |block| reach.includes(block));
    let mut lanes = Lanes::of(seekers.iter().map(|seeker| seeker.criteria));
    let mut hopeless: HashSet<&Criteria, Fixed> = HashSet::default();
    let mut allotted = Vec::new();
    for seeker in in_order(seekers) {
        let criteria = seeker.criteria;
        if board.is_empty() {
            break;
        }
        // Seats only ever leave the board, so that what found nothing once finds nothing again.
        if hopeless.contains(criteria) {
            continue;
        }
        let wish = Wish { criteria, plan, taken };
        if let Some(group) = lanes.best(wish, &board) {
            board.take(&group);
            allotted.push(Allotted { profile: seeker.profile.clone(), group });
        } else {
            hopeless.insert(criteria);
        }
    }
    allotted
}

/// The most that seekers pay, and the fewest seats that they take together: nobody looks farther.
struct Reach {
    caps: Vec<Price>,
    seats: u32,
}

impl Reach {
    fn of(seekers: &[Seeker<'_>]) -> Self {
        let mut reach = Self { caps: Vec::new(), seats: u32::MAX };
        for Seeker { criteria, .. } in seekers {
            let cap = criteria.price_max;
            match reach.caps.iter_mut().find(|other| other.currency() == cap.currency()) {
                Some(other) if other.minor() < cap.minor() => *other = cap,
                Some(_) => {}
                None => reach.caps.push(cap),
            }
            reach.seats = reach.seats.min(if criteria.wants_together() { criteria.wanted() } else { 1 });
        }
        reach
    }

    /// Whether a block may have something for one of them.
    fn includes(&self, block: &Block) -> bool {
        let affords = |cheapest: Price| {
            let cap = self.caps.iter().find(|cap| cap.currency() == cheapest.currency());
            cap.is_some_and(|cap| cheapest.minor() <= cap.minor())
        };
        block.longest() >= self.seats && block.cheapest().is_none_or(affords)
    }
}

fn in_order<'s>(seekers: &[Seeker<'s>]) -> Vec<Seeker<'s>> {
    let mut order = seekers.to_vec();
    order.sort_unstable_by(|a, b| {
        let earlier = a.waiting_since.cmp(&b.waiting_since);
        b.priority.cmp(&a.priority).then(earlier).then_with(|| a.profile.cmp(b.profile))
    });
    order
}
