//! Falls: seats that are on sale now and were not before, each recorded once,
//! with when it was first and last seen. Only understood readings come here.

mod level;
mod shown;
mod sold;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::AreaId;
use crate::offer::{Market, Offer, PartSeats, Snapshot};
use crate::plan::Plan;
use crate::price::Price;
use level::Levels;
use shown::Shown;

/// One fall of an event; later falls have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FallId(pub u64);

impl fmt::Display for FallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Seats that fell together: adjacent ones, or a number of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fall {
    /// Its number within the event.
    pub id: FallId,
    /// Where the seats are.
    pub area: AreaId,
    /// What the area is called, where that is known.
    pub area_name: Option<Arc<str>>,
    /// Who sells them.
    pub market: Market,
    /// The seat quality's code, as the seller writes it.
    pub band: Option<Arc<str>>,
    /// What one seat cost at the full price when it fell, where that is known.
    pub price: Option<Price>,
    /// Which seats; where only a number is known and not even that, one.
    pub seats: PartSeats,
    /// The first reading that showed them.
    pub first_seen: Timestamp,
    /// The last reading that showed one of them.
    pub last_seen: Timestamp,
    /// The first reading that showed none of them.
    pub gone_at: Option<Timestamp>,
}

impl Fall {
    /// In words: "East Lower 5, row 11, seats 22–23, £61.00 each".
    pub fn describe(&self, plan: &Plan) -> String {
        let seats = plan.seats_in_words(&self.area, self.area_name.as_ref(), &self.seats);
        self.price.map_or_else(|| format!("{seats}, price unknown"), |price| format!("{seats}, {price} each"))
    }
}

/// What one reading changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FallChanges {
    /// New falls.
    pub fell: Vec<Fall>,
    /// Falls of which no seat is on sale any more.
    pub gone: Vec<Fall>,
}

/// Whether it is known what was on sale before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Unknown,
    Known,
}

/// The seats on sale at one event, and the falls of which some still are.
///
/// The first snapshot tells what is on sale to begin with and is no fall. A seat that left and came back falls
/// again; so does one that became cheaper than it was since it came (a higher price is no fall). Of a number, only
/// an increase is a fall: it does not tell which seats changed. It grows with what is on sale, never with time.
#[derive(Debug, Clone)]
pub struct Falls {
    before: Before,
    shown: Shown,
    levels: Levels,
    open: BTreeMap<FallId, Fall>,
    next: u64,
}

impl Default for Falls {
    fn default() -> Self {
        Self::resume(Vec::new(), None)
    }
}

impl Falls {
    /// Goes on after a restart with the falls that were not gone, and the last number ever given.
    ///
    /// What else the next snapshot shows is no fall: when it came is not known.
    pub fn resume(open: Vec<Fall>, last: Option<FallId>) -> Self {
        let highest = open.iter().map(|fall| fall.id).chain(last).max();
        let open: BTreeMap<_, _> = open.into_iter().map(|fall| (fall.id, fall)).collect();
        let shown = Shown::of_falls(open.values());
        let levels = Levels::of_falls(open.values());
        Self { before: Before::Unknown, shown, levels, open, next: highest.map_or(0, |id| id.0 + 1) }
    }

    /// The falls of which a seat is on sale, oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Fall> {
        self.open.values()
    }

    /// Takes up what a reading shows.
    pub fn observe(&mut self, snapshot: &Snapshot, now: Timestamp) -> FallChanges {
        let mut fell = Vec::new();
        let mut news = News { before: self.before, next: self.next, now, fell: &mut fell };
        self.shown.update(snapshot, &mut news);
        self.levels.update(snapshot, &mut news);
        self.next = news.next;
        self.before = Before::Known;
        self.open.extend(fell.iter().map(|fall| (fall.id, fall.clone())));
        let gone = self.close(now);
        FallChanges { fell, gone }
    }

    /// Takes up that a reading was the same as the last one.
    pub fn still(&mut self, now: Timestamp) {
        if self.before == Before::Known {
            self.open.values_mut().for_each(|fall| fall.last_seen = now);
        }
    }

    fn close(&mut self, now: Timestamp) -> Vec<Fall> {
        let on_sale: BTreeSet<FallId> = self.shown.falls().chain(self.levels.falls()).collect();
        let gone = self.open.extract_if(.., |id, _| !on_sale.contains(id));
        let gone = gone.map(|(_, fall)| Fall { gone_at: Some(now), ..fall }).collect();
        self.still(now);
        gone
    }
}

/// Where the falls of one reading are written down.
struct News<'a> {
    before: Before,
    next: u64,
    now: Timestamp,
    fell: &'a mut Vec<Fall>,
}

impl News<'_> {
    /// Whether seats that were not shown before have fallen.
    fn is_news(&self) -> bool {
        self.before == Before::Known
    }

    fn fall(&mut self, offer: &Offer, price: Option<Price>, seats: PartSeats) -> FallId {
        let id = FallId(self.next);
        self.next += 1;
        self.fell.push(Fall {
            id,
            area: offer.area.clone(),
            area_name: offer.area_name.clone(),
            market: offer.market,
            band: offer.band.clone(),
            price,
            seats,
            first_seen: self.now,
            last_seen: self.now,
            gone_at: None,
        });
        id
    }
}
