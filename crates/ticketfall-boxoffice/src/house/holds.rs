//! Locks, baskets and purchases of members, and every reason to refuse them. All of a request happens, or nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use super::House;
use super::agenda::Due;
use crate::event::{Band, ClassId, EventId};
use crate::member::MemberId;
use crate::money::Pence;
use crate::refusal::Refusal;
use crate::stadium::Place;
use crate::stock::{Buyer, Change, Market, Offer, Standing, Wanted};

/// More seats than this in one request are no honest number.
const QUANTITY_MAX: usize = 50;
/// More than the seats of the ground, so that ids of different events never meet.
const IDS_PER_EVENT: u64 = 100_000;

/// A seat that is locked, as its answer names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pick {
    pub(crate) id: u64,
    pub(crate) place: Place,
    pub(crate) band: Band,
}

/// A concrete seat that somebody wants, and the class to buy it as.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selection {
    pub(crate) place: Place,
    pub(crate) class: ClassId,
}

/// Who wants seats of which event and market, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    pub(crate) by: MemberId,
    pub(crate) event: EventId,
    pub(crate) market: Market,
    pub(crate) now: Duration,
}

/// A seat in a basket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BasketLine {
    pub(crate) id: u64,
    pub(crate) event: EventId,
    pub(crate) place: Place,
    pub(crate) until: Duration,
    pub(crate) class: ClassId,
    pub(crate) price: Pence,
}

impl House {
    /// Locks the best available seats for a while.
    pub(crate) fn lock_best(&mut self, claim: Claim, wanted: &Wanted) -> Result<Vec<Pick>, Refusal> {
        self.check_sale(claim, wanted.quantity)?;
        let Claim { by, event, now, .. } = claim;
        let stock = self.stocks.get_mut(&event).ok_or(Refusal::EventClosed)?;
        let best = stock.best(wanted);
        if best.is_empty() {
            return Err(Refusal::SeatGone);
        }
        let until = now + Duration::from_secs(self.script.limits.lock_seconds);
        let mut picks = Vec::new();
        for place in best {
            let taken = stock.take(place, Change { to: Standing::Locked { by, until }, at: now });
            let band = stock.seat(place).filter(|_| taken).ok_or(Refusal::SeatGone)?.offer.band;
            self.holdings.entry(by).or_default().insert((event, place));
            picks.push(Pick { id: seat_id(&self.stadium, event, place), place, band });
        }
        self.agenda.put_down(until, Due::HoldsEnd { event, by });
        Ok(picks)
    }

    /// Moves seats that the member has locked, by id, to the basket.
    pub(crate) fn put_in_basket(&mut self, claim: Claim, seats: &[(u64, ClassId)]) -> Result<(), Refusal> {
        if seats.is_empty() || has_twins(seats.iter().map(|(id, _)| id)) {
            return Err(Refusal::WrongQuantity);
        }
        if self.is_closed(claim.event, claim.now) {
            return Err(Refusal::EventClosed);
        }
        // Every seat is looked at before the first one changes, so that a refusal leaves nothing half done.
        let mut changes = Vec::new();
        for &(id, class) in seats {
            let (place, offer) = self.locked_seat(claim, id).ok_or(Refusal::NotLocked)?;
            changes.push((place, self.basket_standing(claim, offer, class)?));
        }
        let Claim { by, event, now, .. } = claim;
        for (place, to) in changes {
            if let Some(stock) = self.stocks.get_mut(&event) {
                stock.keep(place, by, Change { to, at: now });
            }
        }
        self.agenda.put_down(now + self.basket_lasts(), Due::HoldsEnd { event, by });
        Ok(())
    }

    /// Takes concrete seats that are on sale straight into the basket.
    pub(crate) fn select(&mut self, claim: Claim, seats: &[Selection]) -> Result<(), Refusal> {
        if has_twins(seats.iter().map(|seat| seat.place)) {
            return Err(Refusal::WrongQuantity);
        }
        self.check_sale(claim, seats.len())?;
        let Claim { by, event, now, .. } = claim;
        let mut changes = Vec::new();
        for &Selection { place, class } in seats {
            let seat = self.stocks.get(&event).and_then(|stock| stock.seat(place));
            let seat = seat.filter(|seat| seat.standing == Standing::OnSale).ok_or(Refusal::SeatGone)?;
            changes.push((place, self.basket_standing(claim, seat.offer, class)?));
        }
        for (place, to) in changes {
            let stock = self.stocks.get_mut(&event);
            if stock.is_some_and(|stock| stock.take(place, Change { to, at: now })) {
                self.holdings.entry(by).or_default().insert((event, place));
            }
        }
        self.agenda.put_down(now + self.basket_lasts(), Due::HoldsEnd { event, by });
        Ok(())
    }

    /// Gives back everything that the member has locked or in the basket at an event; the answer is how many seats.
    pub(crate) fn release(&mut self, by: MemberId, event: EventId, now: Duration) -> usize {
        let held = self.held(by, event, |_| true);
        self.put_on_sale_again(event, by, &held, now);
        held.len()
    }

    /// Buys everything in the member's basket.
    pub(crate) fn pay(&mut self, by: MemberId, now: Duration) -> Vec<BasketLine> {
        let lines = self.basket(by);
        for line in &lines {
            if let Some(stock) = self.stocks.get_mut(&line.event) {
                let to = Standing::Bought { by: Buyer::Member(by), price: line.price };
                stock.keep(line.place, by, Change { to, at: now });
            }
        }
        lines
    }

    /// What the member has in the basket, in the order of the map.
    pub(crate) fn basket(&self, by: MemberId) -> Vec<BasketLine> {
        let holdings = self.holdings.get(&by).into_iter().flatten();
        holdings
            .filter_map(|&(event, place)| {
                let standing = self.stocks.get(&event)?.seat(place)?.standing;
                let Standing::InBasket { until, class, price, .. } = standing else { return None };
                Some(BasketLine {
                    id: seat_id(&self.stadium, event, place),
                    event,
                    place,
                    until,
                    class,
                    price,
                })
            })
            .collect()
    }

    /// Puts on sale again what the member's time is up for.
    pub(super) fn end_holds(&mut self, event: EventId, by: MemberId, at: Duration) {
        let ended = self.held(by, event, |until| until <= at);
        self.put_on_sale_again(event, by, &ended, at);
    }

    /// What the member has locked or in the basket at an event, where its end is as asked.
    fn held(&self, by: MemberId, event: EventId, ends: impl Fn(Duration) -> bool) -> Vec<Place> {
        let Some(stock) = self.stocks.get(&event) else { return Vec::new() };
        let places = self.holdings.get(&by).into_iter().flatten().filter(|(of, _)| *of == event);
        places
            .map(|(_, place)| *place)
            .filter(|place| {
                stock.seat(*place).and_then(|seat| seat.standing.hold()).is_some_and(|(_, until)| ends(until))
            })
            .collect()
    }

    /// The seat with this id, where the member has it locked.
    fn locked_seat(&self, claim: Claim, id: u64) -> Option<(Place, Offer)> {
        let mut held = self.holdings.get(&claim.by)?.iter().filter(|(event, _)| *event == claim.event);
        let (event, place) = held.find(|(event, place)| seat_id(&self.stadium, *event, *place) == id)?;
        let seat = self.stocks.get(event)?.seat(*place)?;
        matches!(seat.standing, Standing::Locked { .. }).then_some((*place, seat.offer))
    }

    fn check_sale(&self, claim: Claim, quantity: usize) -> Result<(), Refusal> {
        if self.is_closed(claim.event, claim.now) {
            return Err(Refusal::EventClosed);
        }
        if quantity == 0 || quantity > QUANTITY_MAX {
            return Err(Refusal::WrongQuantity);
        }
        let held = self.holdings.get(&claim.by).into_iter().flatten();
        let had = held.filter(|(event, _)| *event == claim.event).count();
        if had + quantity > self.script.limits.posted { Err(Refusal::OverTheLimit) } else { Ok(()) }
    }

    /// How a seat stands once it is in the basket, where it may be sold that way.
    fn basket_standing(&self, claim: Claim, offer: Offer, class: ClassId) -> Result<Standing, Refusal> {
        if offer.market != claim.market {
            return Err(Refusal::WrongMarket);
        }
        let listed = self.events.get(&claim.event).and_then(|event| event.price(offer.band, class));
        let listed = listed.ok_or(Refusal::WrongPriceClass)?;
        let price = match offer.market {
            Market::Primary => listed,
            Market::Exchange => offer.price,
        };
        Ok(Standing::InBasket { by: claim.by, until: claim.now + self.basket_lasts(), class, price })
    }

    fn basket_lasts(&self) -> Duration {
        Duration::from_mins(self.script.limits.basket_minutes)
    }
}

fn has_twins<T: Ord>(all: impl Iterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    !all.into_iter().all(|one| seen.insert(one))
}

pub(super) fn seat_id(stadium: &crate::stadium::Stadium, event: EventId, place: Place) -> u64 {
    u64::from(event.0) * IDS_PER_EVENT + u64::from(stadium.number(place).unwrap_or_default())
}
