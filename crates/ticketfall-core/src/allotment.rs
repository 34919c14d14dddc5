//! Which member gets which fallen seats, so that our own members never
//! compete: no two are given the same seat.

mod board;
mod lane;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use jiff::Timestamp;

use crate::checker::Wish;
use crate::criteria::Criteria;
use crate::ids::ProfileId;
use crate::offer::{SeatGroup, Snapshot};
use crate::plan::Plan;
use crate::taken::Taken;
use board::Board;
use lane::Lanes;

/// Hashes without a random seed: what core answers depends on what it is asked alone.
type Fixed = BuildHasherDefault<DefaultHasher>;

/// A member who wants seats; one a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeker {
    /// Who.
    pub profile: ProfileId,
    /// What they want.
    pub criteria: Arc<Criteria>,
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
pub fn allot(snapshot: &Snapshot, plan: &Plan, seekers: &[Seeker], taken: &Taken) -> Vec<Allotted> {
    let mut board = Board::new(snapshot, taken);
    let mut lanes = Lanes::default();
    let mut hopeless: HashSet<&Criteria, Fixed> = HashSet::default();
    let mut allotted = Vec::new();
    for seeker in in_order(seekers) {
        let criteria = &*seeker.criteria;
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

fn in_order(seekers: &[Seeker]) -> Vec<&Seeker> {
    let mut order: Vec<_> = seekers.iter().collect();
    order.sort_unstable_by(|a, b| {
        let earlier = a.waiting_since.cmp(&b.waiting_since);
        b.priority.cmp(&a.priority).then(earlier).then_with(|| a.profile.cmp(&b.profile))
    });
    order
}
