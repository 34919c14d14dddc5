//! Judges one offer, and finds the free seats of it that can make a group.

use std::sync::Arc;

use super::Reason;
use super::terms::{Terms, terms, within};
use crate::criteria::Criteria;
use crate::offer::{Offer, Part, PartSeats, Quantity, SeatGroup, Snapshot, Stock};
use crate::plan::Plan;
use crate::seat::SeatRun;
use crate::taken::Taken;

/// Free seats of one offer that are adjacent, or a number of them without a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) offer: usize,
    /// The member's rank of the area.
    pub(crate) area: usize,
    /// Minor units a seat, in the cap's currency.
    pub(crate) price: i64,
    /// Nothing where only the number is known.
    pub(crate) run: Option<SeatRun>,
    pub(crate) seats: u32,
}

/// Where a group stands among others: the order of the fields is the order of what matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    pub(crate) parts: usize,
    pub(crate) area: usize,
    pub(crate) cost: i128,
    pub(crate) singles: usize,
    pub(crate) y: i32,
    pub(crate) x: i32,
    pub(crate) offer: usize,
    pub(crate) end: i32,
}

impl Piece {
    /// The rank of a group of `seats` cut from its front end; seats without a place stand behind all others.
    pub(crate) fn rank(&self, seats: u32) -> Rank {
        let place = self.run.unwrap_or(SeatRun { y: i32::MAX, start: i32::MAX, end: i32::MAX });
        Rank {
            parts: 1,
            area: self.area,
            cost: i128::from(self.price) * i128::from(seats),
            singles: usize::from(self.run.is_some() && self.seats - seats == 1),
            y: place.y,
            x: place.start,
            offer: self.offer,
            end: place.end,
        }
    }

    /// Where it stands among pieces, whatever is cut from it.
    pub(crate) fn order(&self) -> Rank {
        Rank { singles: 0, ..self.rank(1) }
    }
}

/// The first `seats` seats of a run that has them.
pub(crate) fn front(run: SeatRun, seats: u32) -> SeatRun {
    let reach = i64::from(run.start) + i64::from(seats) - 1;
    SeatRun { end: i32::try_from(reach).unwrap_or(run.end).min(run.end), ..run }
}

/// A member's criteria, and what they are judged against besides the offers.
#[derive(Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) criteria: &'a Criteria,
    pub(crate) plan: &'a Plan,
    pub(crate) taken: &'a Taken,
}

impl Wish<'_> {
    pub(crate) fn wanted(&self) -> u32 {
        self.criteria.wanted()
    }

    pub(crate) fn together(&self) -> bool {
        self.criteria.wants_together()
    }

    /// Whether an offer has seats that fit, alone or (when not together) with those of others.
    pub(crate) fn judge(&self, at: usize, offer: &Offer, mut each: impl FnMut(Piece)) -> Result<(), Reason> {
        let area = self.criteria.area_rank(&offer.area).ok_or(Reason::WrongArea)?;
        let Terms { price, .. } = terms(offer, &self.criteria.wanted_type, self.plan)?;
        within(price, self.criteria.price_max)?;
        self.sold_at_once(offer)?;
        let piece = Piece { offer: at, area, price: price.minor(), run: None, seats: 0 };
        match &offer.stock {
            Stock::Runs(runs) => self.runs(offer, runs, |run| {
                each(Piece { run: Some(run), seats: run.seats(), ..piece });
            }),
            Stock::Count { available, together } => {
                let taken = self.taken.count(&offer.area, offer.band.as_deref(), offer.market);
                let seats = self.number((*available, *together), taken)?;
                each(Piece { seats, ..piece });
                Ok(())
            }
        }
    }

    /// Whether seats of an offer may be bought together with seats of others: any number of them is sold.
    pub(crate) fn combines(&self, offer: &Offer) -> bool {
        let Quantity { min, max, step } = offer.quantity;
        min <= 1 && step <= 1 && max.is_none_or(|max| self.wanted() <= max)
    }

    pub(crate) fn sold_at_once(&self, offer: &Offer) -> Result<(), Reason> {
        let wanted = self.wanted();
        let sold = offer.quantity.allows(wanted);
        sold.then_some(()).ok_or(Reason::QuantityNotSold { wanted, quantity: offer.quantity })
    }

    fn runs(&self, offer: &Offer, runs: &[SeatRun], mut each: impl FnMut(SeatRun)) -> Result<(), Reason> {
        let (taken, wanted) = (self.taken.in_area(&offer.area), self.wanted());
        let least = if self.together() { wanted } else { 1 };
        let (mut listed, mut longest, mut found, mut other_row) = (0_u32, 0, false, None);
        for run in runs {
            if let Err(name) = self.row(offer, run.y) {
                other_row.get_or_insert(name);
                continue;
            }
            listed = listed.saturating_add(run.seats());
            longest = longest.max(run.seats());
            for left in taken.left_of(*run).filter(|left| left.seats() >= least) {
                found = true;
                each(left);
            }
        }
        match (found, other_row) {
            (true, _) => Ok(()),
            (false, _) if longest >= least => Err(Reason::Taken),
            (false, Some(row)) if listed == 0 => Err(Reason::WrongRow { row: row.cloned() }),
            (false, _) if listed >= wanted => Err(Reason::NotTogether { longest, wanted }),
            (false, _) => Err(Reason::TooFew { available: listed, wanted }),
        }
    }

    /// Whether a row is wanted; when it is not, its name where that is known.
    pub(crate) fn row(&self, offer: &Offer, y: i32) -> Result<(), Option<&Arc<str>>> {
        if self.criteria.rows.is_empty() {
            return Ok(());
        }
        let name = self.plan.row_name(&offer.area, y);
        name.is_some_and(|name| self.criteria.wants_row(name)).then_some(()).ok_or(name)
    }

    /// How many are left of a [`Stock::Count`]. An unknown number may be asked for, by one member at a time.
    pub(crate) fn number(&self, stock: (Option<u32>, Option<u32>), taken: u32) -> Result<u32, Reason> {
        let wanted = self.wanted();
        if !self.criteria.rows.is_empty() {
            return Err(Reason::WrongRow { row: None });
        }
        match stock {
            (Some(available), _) if available < wanted => Err(Reason::TooFew { available, wanted }),
            (_, Some(longest)) if wanted > 1 && self.together() && longest < wanted => {
                Err(Reason::NotTogether { longest, wanted })
            }
            (Some(available), _) if available.saturating_sub(taken) < wanted => Err(Reason::Taken),
            (None, _) if taken > 0 => Err(Reason::Taken),
            (Some(available), _) => Ok(available - taken),
            (None, _) => Ok(wanted),
        }
    }

    /// The group of so many seats of each piece, from the front end of each.
    pub(crate) fn group(&self, snapshot: &Snapshot, cuts: &[(Piece, u32)]) -> Option<SeatGroup> {
        let part = |(piece, seats): &(Piece, u32)| {
            let offer = snapshot.offers.get(piece.offer)?;
            let terms = terms(offer, &self.criteria.wanted_type, self.plan).ok()?;
            let seats = piece.run.map_or(PartSeats::Any(*seats), |run| PartSeats::Run(front(run, *seats)));
            Some(part(offer, terms, seats, self.plan))
        };
        cuts.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| SeatGroup { parts })
    }
}

fn part(offer: &Offer, terms: Terms<'_>, seats: PartSeats, plan: &Plan) -> Part {
    Part {
        area: offer.area.clone(),
        area_name: offer.area_name.as_ref().or_else(|| plan.area_name(&offer.area)).cloned(),
        market: offer.market,
        band: offer.band.clone(),
        class: terms.class.cloned(),
        price: terms.price,
        seats,
    }
}
