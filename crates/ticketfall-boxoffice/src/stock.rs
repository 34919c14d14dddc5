//! The seats of one event that ever came on sale, and who has each. A seat has one standing, so never two owners.
//! Everything else in the stadium is sold to season-ticket holders and is not kept here.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::{Band, ClassId};
use crate::member::MemberId;
use crate::money::Pence;
use crate::stadium::{AreaId, Place};

/// Who sells a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Market {
    /// The club, at the price list.
    Primary,
    /// Another member over the ticket exchange, at a price of its own.
    Exchange,
}

/// On what terms a seat is sold; a primary price is that of an adult.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offer {
    pub(crate) market: Market,
    pub(crate) band: Band,
    pub(crate) price: Pence,
}

/// Who a seat is sold to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Buyer {
    Member(MemberId),
    Rival(usize),
}

/// Where a seat stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    OnSale,
    Locked { by: MemberId, until: Duration },
    InBasket { by: MemberId, until: Duration, class: ClassId, price: Pence },
    Bought { by: Buyer, price: Pence },
}

impl Standing {
    /// The member who has it locked or in the basket, and until when.
    pub(crate) fn hold(&self) -> Option<(MemberId, Duration)> {
        match *self {
            Self::Locked { by, until } | Self::InBasket { by, until, .. } => Some((by, until)),
            Self::OnSale | Self::Bought { .. } => None,
        }
    }
}

/// One seat that came on sale: its terms, the last fall that brought it, and where it stands since when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seat {
    pub(crate) offer: Offer,
    pub(crate) fall: usize,
    pub(crate) standing: Standing,
    pub(crate) since: Duration,
}

/// A change of standing, and when it happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) to: Standing,
    pub(crate) at: Duration,
}

/// Adjacent seats of one row on the same terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) area: AreaId,
    pub(crate) y: u16,
    pub(crate) first_x: u16,
    pub(crate) last_x: u16,
    pub(crate) offer: Offer,
}

impl Run {
    pub(crate) fn len(&self) -> usize {
        usize::from(self.last_x - self.first_x) + 1
    }

    pub(crate) fn places(&self) -> impl DoubleEndedIterator<Item = Place> + use<> {
        let Self { area, y, first_x, last_x, .. } = *self;
        (first_x..=last_x).map(move |x| Place { area, y, x })
    }
}

/// What a buyer asks the stock for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) market: Market,
    pub(crate) quantity: usize,
    pub(crate) together: bool,
    pub(crate) area: Option<AreaId>,
    /// Areas that are not for this buyer.
    pub(crate) hidden: BTreeSet<AreaId>,
    pub(crate) band: Option<Band>,
    pub(crate) price: RangeInclusive<Pence>,
}

impl Wanted {
    fn accepts(&self, run: &Run) -> bool {
        self.area.is_none_or(|area| area == run.area)
            && !self.hidden.contains(&run.area)
            && self.band.is_none_or(|band| band == run.offer.band)
            && self.price.contains(&run.offer.price)
    }
}

/// Every seat of one event that ever came on sale, with an index of what is on sale now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stock {
    seats: BTreeMap<Place, Seat>,
    on_sale: BTreeMap<(Market, Place), Offer>,
}

impl Stock {
    pub(crate) fn seat(&self, place: Place) -> Option<&Seat> {
        self.seats.get(&place)
    }

    pub(crate) fn seats(&self) -> impl Iterator<Item = (Place, &Seat)> {
        self.seats.iter().map(|(place, seat)| (*place, seat))
    }

    /// The seats of one row that ever came on sale.
    pub(crate) fn row(&self, area: AreaId, y: u16) -> impl Iterator<Item = (u16, &Seat)> {
        let ends = (Place { area, y, x: 0 }, Place { area, y, x: u16::MAX });
        self.seats.range(ends.0..=ends.1).map(|(place, seat)| (place.x, seat))
    }

    pub(crate) fn on_sale(&self, market: Market) -> impl Iterator<Item = (Place, Offer)> {
        let first = Place { area: AreaId(0), y: 0, x: 0 };
        let last = Place { area: AreaId(u32::MAX), y: u16::MAX, x: u16::MAX };
        self.on_sale.range((market, first)..=(market, last)).map(|((_, place), offer)| (*place, *offer))
    }

    /// What of the stock fits, as runs in the order of the map; nothing where there is too little of it.
    pub(crate) fn fitting(&self, wanted: &Wanted) -> Vec<Run> {
        let mut fitting = runs(self.on_sale(wanted.market));
        // Seats that need not be together may come one by one.
        let least = if wanted.together { wanted.quantity } else { 1 };
        fitting.retain(|run| wanted.accepts(run) && run.len() >= least);
        let enough = fitting.iter().map(Run::len).sum::<usize>() >= wanted.quantity;
        if enough { fitting } else { Vec::new() }
    }

    /// The seats that a buyer is given: from the end of the shortest run that fits, else run after run.
    pub(crate) fn best(&self, wanted: &Wanted) -> Vec<Place> {
        let fitting = self.fitting(wanted);
        let in_one = fitting.iter().filter(|run| run.len() >= wanted.quantity).min_by_key(|run| run.len());
        match in_one {
            Some(run) => run.places().skip(run.len() - wanted.quantity).collect(),
            // Only seats that need not be together get here: no single run was long enough.
            None => fitting.iter().flat_map(Run::places).take(wanted.quantity).collect(),
        }
    }

    /// Puts a seat on sale that no fall brought before; false where it was brought already.
    pub(crate) fn offer(&mut self, place: Place, offer: Offer, fall: usize, at: Duration) -> bool {
        if self.seats.contains_key(&place) {
            return false;
        }
        self.seats.insert(place, Seat { offer, fall, standing: Standing::OnSale, since: at });
        self.on_sale.insert((offer.market, place), offer);
        true
    }

    /// Gives a seat that is on sale to somebody; false where it is not on sale.
    pub(crate) fn take(&mut self, place: Place, change: Change) -> bool {
        self.change(place, change, |standing| *standing == Standing::OnSale)
    }

    /// Moves a seat on that `by` has locked or in the basket; false where it is somebody else's.
    pub(crate) fn keep(&mut self, place: Place, by: MemberId, change: Change) -> bool {
        self.change(place, change, |standing| standing.hold().is_some_and(|(holder, _)| holder == by))
    }

    /// Puts a seat on sale again that `by` has locked or in the basket, under the number of a new fall.
    pub(crate) fn give_back(&mut self, place: Place, by: MemberId, fall: usize, at: Duration) -> bool {
        let given = self.keep(place, by, Change { to: Standing::OnSale, at });
        if given && let Some(seat) = self.seats.get_mut(&place) {
            seat.fall = fall;
        }
        given
    }

    fn change(&mut self, place: Place, change: Change, allowed: impl Fn(&Standing) -> bool) -> bool {
        let Some(seat) = self.seats.get_mut(&place).filter(|seat| allowed(&seat.standing)) else {
            return false;
        };
        seat.standing = change.to;
        seat.since = change.at;
        let key = (seat.offer.market, place);
        if change.to == Standing::OnSale {
            self.on_sale.insert(key, seat.offer);
        } else {
            self.on_sale.remove(&key);
        }
        true
    }
}

/// Joins seats in the order of the map into runs.
pub(crate) fn runs(seats: impl Iterator<Item = (Place, Offer)>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (Place { area, y, x }, offer) in seats {
        match runs.last_mut() {
            Some(run) if (run.area, run.y, run.offer) == (area, y, offer) && run.last_x + 1 == x => {
                run.last_x = x;
            }
            Some(_) | None => runs.push(Run { area, y, first_x: x, last_x: x, offer }),
        }
    }
    runs
}

#[cfg(test)]
mod tests;
