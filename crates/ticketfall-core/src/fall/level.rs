//! How many seats are on sale where only a number is known, and which falls
//! raised it. When the number sinks, the latest fall is gone first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::sight::Elsewhere;
use super::{Fall, FallId, News};
use crate::checker::full_price;
use crate::ids::AreaId;
use crate::offer::{Market, Offer, PartSeats, Snapshot, Stock};
use crate::price::Price;

/// What is counted together: the price is no part of it, for a changed price is no other seat.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Counted {
    area: AreaId,
    market: Market,
    band: Option<Arc<str>>,
}

/// A number of seats; nothing when some are on sale and nobody says how many.
type Number = Option<u32>;

#[derive(Debug, Clone, Default)]
pub(super) struct Levels(BTreeMap<Counted, Level>);

#[derive(Debug, Clone)]
struct Level {
    number: Number,
    /// Falls, and the number before each.
    falls: Vec<(FallId, u32)>,
}

/// The offers that are counted together.
#[derive(Clone, Copy)]
struct Listed<'a> {
    number: Number,
    price: Option<Price>,
    offer: &'a Offer,
}

impl Levels {
    pub(super) fn of_falls<'a>(falls: impl Iterator<Item = &'a Fall>) -> Self {
        let mut levels: BTreeMap<Counted, Level> = BTreeMap::new();
        for fall in falls {
            let PartSeats::Any(seats) = fall.seats else { continue };
            let counted = Counted { area: fall.area.clone(), market: fall.market, band: fall.band.clone() };
            let level = levels.entry(counted).or_insert(Level::NONE);
            let floor = level.number.unwrap_or(0);
            level.falls.push((fall.id, floor));
            level.number = Some(floor.saturating_add(seats));
        }
        Self(levels)
    }

    pub(super) fn falls(&self) -> impl Iterator<Item = FallId> {
        self.0.values().flat_map(|level| level.falls.iter().map(|(fall, _)| *fall))
    }

    /// Those that raised one number.
    pub(super) fn falls_of(&self, counted: &Counted) -> impl Iterator<Item = FallId> {
        self.0.get(counted).into_iter().flat_map(|level| level.falls.iter().map(|(fall, _)| *fall))
    }

    pub(super) fn forget(&mut self, gone: &BTreeSet<FallId>) {
        self.0.values_mut().for_each(|level| level.falls.retain(|(fall, _)| !gone.contains(fall)));
    }

    pub(super) fn update(&mut self, snapshot: &Snapshot, elsewhere: Elsewhere<'_>, news: &mut News<'_>) {
        let listed = listed(snapshot);
        self.0.retain(|counted, _| listed.contains_key(counted));
        for (counted, listed) in listed {
            let others = || elsewhere.rises(&counted);
            let mut level = self.0.remove(&counted).unwrap_or(Level::NONE);
            level.update(&listed, others, news);
            self.0.insert(counted, level);
        }
    }
}

impl Level {
    const NONE: Self = Self { number: Some(0), falls: Vec::new() };

    fn update(
        &mut self,
        listed: &Listed<'_>,
        others: impl Fn() -> BTreeMap<FallId, u32>,
        news: &mut News<'_>,
    ) {
        if !news.is_news() {
            self.climb(u32::MAX, others(), news);
            self.lift(listed.number);
        }
        if let Some(number) = listed.number {
            self.falls.retain(|(_, floor)| *floor < number);
        }
        let risen = match (self.number, listed.number) {
            (Some(before), Some(now)) => now.saturating_sub(before),
            (Some(0), None) => 1,
            (Some(_) | None, None) | (None, Some(_)) => 0,
        };
        if risen > 0 && news.is_news() {
            let risen = risen - self.climb(risen, others(), news);
            let floor = self.number.unwrap_or(0);
            if risen > 0 {
                let fall = news.fall(listed.offer, listed.price, PartSeats::Any(risen));
                self.falls.push((fall, floor));
            }
        }
        self.number = listed.number;
    }

    /// Takes what others saw fall, in order, for the reason why the number rises by so many seats at most; says by how
    /// many that has explained it.
    fn climb(&mut self, most: u32, others: BTreeMap<FallId, u32>, news: &mut News<'_>) -> u32 {
        let mut climbed = 0;
        for (fall, seats) in others {
            if climbed == most {
                break;
            }
            if self.falls.iter().any(|(known, _)| *known == fall) {
                continue;
            }
            let (floor, seats) = (self.number.unwrap_or(0), seats.min(most - climbed));
            self.falls.push((fall, floor));
            self.number = Some(floor.saturating_add(seats));
            climbed += seats;
            news.reach();
        }
        climbed
    }

    /// Puts what was on sale besides the falls, which is not known after a restart, below them.
    fn lift(&mut self, number: Number) {
        let besides = number.zip(self.number).map_or(0, |(now, fallen)| now.saturating_sub(fallen));
        self.falls.iter_mut().for_each(|(_, floor)| *floor = floor.saturating_add(besides));
    }
}

fn listed(snapshot: &Snapshot) -> BTreeMap<Counted, Listed<'_>> {
    let mut listed: BTreeMap<Counted, Listed<'_>> = BTreeMap::new();
    for offer in &snapshot.offers {
        let Stock::Count { available, .. } = offer.stock else { continue };
        if available == Some(0) {
            continue;
        }
        let counted = Counted { area: offer.area.clone(), market: offer.market, band: offer.band.clone() };
        let next = Listed { number: available, price: full_price(offer), offer };
        let sum = match listed.remove(&counted) {
            Some(other) => other.and(next),
            None => next,
        };
        listed.insert(counted, sum);
    }
    listed
}

impl Listed<'_> {
    /// Both together, at the lower price.
    fn and(self, other: Self) -> Self {
        let number = self.number.zip(other.number).map(|(a, b)| a.saturating_add(b));
        let minor = |listed: &Self| listed.price.map_or(i64::MAX, Price::minor);
        if minor(&other) < minor(&self) { Self { number, ..other } } else { Self { number, ..self } }
    }
}
