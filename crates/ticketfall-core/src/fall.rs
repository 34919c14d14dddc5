//! Falls: seats that are on sale now and were not before, each recorded once,
//! with when it was first and last seen. Only understood readings come here.

mod level;
mod shown;
mod sight;
mod sold;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::eye::Eye;
use crate::ids::AreaId;
use crate::offer::{Market, Offer, PartSeats, Snapshot};
use crate::plan::Plan;
use crate::price::Price;
use level::Levels;
use shown::Shown;
use sight::{Elsewhere, Sight};

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
    /// Whether seats that had fallen for another eye have come in sight.
    pub reached: bool,
}

/// Whether it is known what was on sale before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Before {
    #[default]
    Unknown,
    Known,
}

/// The seats on sale at one event as each eye is shown them, and the falls of which some still are.
///
/// The first snapshot of an eye tells what is on sale to begin with and is no fall. Afterwards seats fall when an eye is
/// shown them that was not before, unless they are of a fall that is still on sale: that has come in sight for one more.
/// A seat that left and came back falls again; so does one that became cheaper than it was since it came (a higher price
/// is no fall). Of a number, only an increase is a fall: it does not tell which seats changed. A fall is gone when an
/// eye that was shown it is no more, and no other is. It grows with what is on sale, never with time.
#[derive(Debug, Clone)]
pub struct Falls {
    sights: BTreeMap<Eye, Sight>,
    open: BTreeMap<FallId, Fall>,
    next: u64,
}

impl Default for Falls {
    fn default() -> Self {
        Self::resume(Vec::new(), None)
    }
}

impl Falls {
    /// Goes on after a restart with the falls that were not gone, each with the eye that was shown it last, and the last
    /// number ever given.
    ///
    /// What else the next snapshot shows is no fall: when it came is not known.
    pub fn resume(open: Vec<(Fall, Eye)>, last: Option<FallId>) -> Self {
        let highest = open.iter().map(|(fall, _)| fall.id).chain(last).max();
        let mut seen_by: BTreeMap<Eye, BTreeSet<FallId>> = BTreeMap::new();
        for (fall, eye) in &open {
            seen_by.entry(eye.clone()).or_default().insert(fall.id);
        }
        let open: BTreeMap<_, _> = open.into_iter().map(|(fall, _)| (fall.id, fall)).collect();
        let shown = Shown::of_falls(open.values());
        let sights = seen_by.into_iter().map(|(eye, falls)| {
            let levels = Levels::of_falls(open.values().filter(|fall| falls.contains(&fall.id)));
            (eye, Sight::unlit(shown.only(&falls), levels))
        });
        Self { sights: sights.collect(), open, next: highest.map_or(0, |id| id.0 + 1) }
    }

    /// An eye begins to look, for the first time or again.
    pub fn begin(&mut self, eye: &Eye) {
        let sight = self.sights.entry(eye.clone()).or_default();
        let falls = self.open.values().filter(|fall| sight.falls.contains(&fall.id));
        sight.begin(Levels::of_falls(falls));
    }

    /// An eye looks no more. What only it was shown may be on sale for long: that it is gone, nobody has seen.
    pub fn end(&mut self, eye: &Eye) {
        if let Some(sight) = self.sights.get_mut(eye) {
            sight.end();
        }
    }

    /// The falls of which a seat is on sale, as far as anybody knows, oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Fall> {
        self.open.values()
    }

    /// Those of them that an eye was shown last.
    pub fn open_to(&self, eye: &Eye) -> impl Iterator<Item = &Fall> {
        let falls = self.sights.get(eye).into_iter().flat_map(|sight| &sight.falls);
        falls.filter_map(|id| self.open.get(id))
    }

    /// Takes up what a reading showed an eye.
    pub fn observe(&mut self, eye: &Eye, snapshot: &Snapshot, now: Timestamp) -> FallChanges {
        let mut sight = self.sights.remove(eye).unwrap_or_default();
        let mut fell = Vec::new();
        let mut news = News { before: sight.before, next: self.next, now, reached: false, fell: &mut fell };
        let dropped = sight.update(snapshot, Elsewhere { sights: &self.sights, open: &self.open }, &mut news);
        let reached = news.reached;
        self.next = news.next;
        self.sights.insert(eye.clone(), sight);
        self.open.extend(fell.iter().map(|fall| (fall.id, fall.clone())));
        let dropped = dropped.into_iter().chain(self.stamp(eye, &fell)).collect();
        let gone = self.close(&dropped, now);
        self.still(eye, now);
        FallChanges { fell, gone, reached }
    }

    /// Takes up that an eye's reading was the same as its last one.
    pub fn still(&mut self, eye: &Eye, now: Timestamp) {
        let Some(sight) = self.sights.get(eye).filter(|sight| sight.before == Before::Known) else { return };
        for id in &sight.falls {
            if let Some(fall) = self.open.get_mut(id) {
                fall.last_seen = now;
            }
        }
    }

    /// Seats that fell belong to their fall for every other eye that is shown them too; says of which they did before.
    fn stamp(&mut self, eye: &Eye, fell: &[Fall]) -> BTreeSet<FallId> {
        let others = self.sights.iter_mut().filter(|(other, _)| *other != eye);
        others.flat_map(|(_, sight)| sight.stamp(fell)).collect()
    }

    /// Ends falls that an eye is not shown any more, where no other is that looks.
    fn close(&mut self, dropped: &BTreeSet<FallId>, now: Timestamp) -> Vec<Fall> {
        let is_gone =
            |id: &&FallId| !self.sights.values().any(|sight| sight.is_lit && sight.falls.contains(id));
        let gone: BTreeSet<FallId> = dropped.iter().filter(is_gone).copied().collect();
        if !gone.is_empty() {
            self.sights.values_mut().for_each(|sight| sight.forget(&gone));
        }
        let gone = gone.iter().filter_map(|id| self.open.remove(id));
        gone.map(|fall| Fall { gone_at: Some(now), ..fall }).collect()
    }
}

/// Where the falls of one reading are written down.
struct News<'a> {
    before: Before,
    next: u64,
    now: Timestamp,
    /// Whether seats of a fall that others were shown are news to this eye.
    reached: bool,
    fell: &'a mut Vec<Fall>,
}

impl News<'_> {
    /// Whether seats that were not shown before have fallen.
    fn is_news(&self) -> bool {
        self.before == Before::Known
    }

    /// Notes that seats of a fall that others were shown have come in sight.
    fn reach(&mut self) {
        self.reached |= self.is_news();
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
