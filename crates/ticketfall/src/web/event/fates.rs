//! What became of each fall: caught, or missed and why, as far as holds and what members want now tell it.

use std::collections::BTreeMap;

use ticketfall_core::checker::{Reason, check_ticket};
use ticketfall_core::criteria::Criteria;
use ticketfall_core::fall::Fall;
use ticketfall_core::offer::{PartSeats, Snapshot};
use ticketfall_core::plan::Plan;

use crate::store::holds::{HoldRow, HoldState};

/// So many different wishes are asked; a page has to be drawn soon.
const WISHES_MAX: usize = 16;

/// What became of a fall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// Some of its seats are or were in a basket of ours.
    Caught,
    /// It is on sale still.
    OnSale,
    /// It was not; for this reason.
    Missed(Why),
}

/// Why a fall was not caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// Somebody else was quicker.
    TakenFirst,
    /// The seller said no.
    Refused,
    TooDear,
    TooFew,
    NotTogether,
    WrongPlace,
    PriceUnknown,
    /// Nobody wanted anything.
    NobodyLooked,
}

impl Why {
    /// In words that follow a number.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::TakenFirst => "taken first",
            Self::Refused => "refused by the seller",
            Self::TooDear => "too dear",
            Self::TooFew => "too few",
            Self::NotTogether => "not together",
            Self::WrongPlace => "in no wanted area, row or type",
            Self::PriceUnknown => "without a price that can be compared",
            Self::NobodyLooked => "while nobody was searching",
        }
    }
}

/// What decides the fate of a fall.
pub(super) struct Court<'a> {
    pub(super) holds: &'a [HoldRow],
    pub(super) wishes: Vec<Criteria>,
    pub(super) plan: &'a Plan,
}

impl<'a> Court<'a> {
    /// Judges by these holds, and by what is wanted now, each wish once.
    pub(super) fn new(holds: &'a [HoldRow], wishes: impl Iterator<Item = Criteria>, plan: &'a Plan) -> Self {
        let mut known: Vec<Criteria> = Vec::new();
        for wish in wishes {
            if known.len() < WISHES_MAX && !known.contains(&wish) {
                known.push(wish);
            }
        }
        Self { holds, wishes: known, plan }
    }

    /// What became of a fall.
    pub(super) fn fate(&self, fall: &Fall) -> Fate {
        let mut is_refused = false;
        for hold in self.holds.iter().filter(|hold| hold.is_for(fall)) {
            match hold.state {
                HoldState::Proven { .. }
                | HoldState::Left { .. }
                | HoldState::Gone
                | HoldState::Expired
                | HoldState::Released => {
                    return Fate::Caught;
                }
                HoldState::Refused { .. } => is_refused = true,
                HoldState::Asked | HoldState::Granted | HoldState::Unknown { .. } => {}
            }
        }
        if fall.gone_at.is_none() {
            return Fate::OnSale;
        }
        Fate::Missed(if is_refused { Why::Refused } else { self.why_not(fall) })
    }

    /// The reason that comes nearest to catching it.
    fn why_not(&self, fall: &Fall) -> Why {
        let snapshot = Snapshot { offers: vec![fall.offer()].into() };
        let whys = self.wishes.iter().map(|wish| {
            let verdict = check_ticket(wish, &snapshot, self.plan);
            verdict.refusals.first().map_or(Why::TakenFirst, |refusal| why(&refusal.reason))
        });
        whys.min().unwrap_or(Why::NobodyLooked)
    }
}

/// How many of each fate, and of each reason the most frequent first.
pub(super) struct Tally {
    pub(super) caught: usize,
    pub(super) on_sale: usize,
    pub(super) missed: usize,
    pub(super) why_not: Vec<(usize, &'static str)>,
}

impl Tally {
    pub(super) fn of(fates: &[Fate]) -> Self {
        let mut whys: BTreeMap<Why, usize> = BTreeMap::new();
        for fate in fates {
            match fate {
                Fate::Missed(why) => *whys.entry(*why).or_default() += 1,
                Fate::Caught | Fate::OnSale => {}
            }
        }
        let count = |wanted: Fate| fates.iter().filter(|fate| **fate == wanted).count();
        let mut why_not: Vec<_> = whys.into_iter().map(|(why, count)| (count, why.words())).collect();
        why_not.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        let missed = why_not.iter().map(|(count, _)| count).sum();
        Self { caught: count(Fate::Caught), on_sale: count(Fate::OnSale), missed, why_not }
    }
}

/// How many seats fell.
pub(super) fn seats(fall: &Fall) -> u32 {
    match &fall.seats {
        PartSeats::Run(run) => run.seats(),
        PartSeats::Any(seats) => *seats,
    }
}

fn why(reason: &Reason) -> Why {
    match reason {
        Reason::WrongArea | Reason::WrongType | Reason::WrongRow { .. } => Why::WrongPlace,
        Reason::PriceUnknown | Reason::OtherCurrency { .. } => Why::PriceUnknown,
        Reason::TooDear { .. } => Why::TooDear,
        Reason::QuantityNotSold { .. } | Reason::TooFew { .. } => Why::TooFew,
        Reason::NotTogether { .. } => Why::NotTogether,
        Reason::Taken => Why::TakenFirst,
    }
}

#[cfg(test)]
mod tests;
