//! The seats on sale by their place, with the fall that each belongs to.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::slice;

use super::{Fall, FallId, News};
use crate::checker::full_price;
use crate::ids::AreaId;
use crate::offer::{Offer, PartSeats, Snapshot, Stock};
use crate::price::Price;
use crate::seat::SeatRun;

type Rows<T> = BTreeMap<AreaId, BTreeMap<i32, Vec<T>>>;

/// Seats by area and row; no two of one row overlap, and they stand from left to right.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown(Rows<Seats>);

/// Adjacent seats that have been on sale under the same circumstances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seats {
    run: SeatRun,
    /// The lowest price since they came.
    lowest: Option<Price>,
    fall: Option<FallId>,
}

/// Seats as a snapshot lists them.
#[derive(Debug, Clone, Copy)]
struct Listed<'a> {
    run: SeatRun,
    price: Option<Price>,
    offer: &'a Offer,
}

impl Shown {
    /// The seats of falls; where two have the same seat, it belongs to the later one.
    pub(super) fn of_falls<'a>(falls: impl DoubleEndedIterator<Item = &'a Fall>) -> Self {
        let mut rows: Rows<Seats> = BTreeMap::new();
        for fall in falls.rev() {
            let PartSeats::Run(run) = fall.seats else { continue };
            let row = rows.entry(fall.area.clone()).or_default().entry(run.y).or_default();
            let left = row.iter().fold(vec![run], |left, later| {
                left.into_iter().flat_map(|run| run.without(&later.run)).collect()
            });
            row.extend(left.into_iter().map(|run| Seats { run, lowest: fall.price, fall: Some(fall.id) }));
        }
        rows.values_mut().flat_map(BTreeMap::values_mut).for_each(|row| row.sort_by_key(|seats| seats.run));
        Self(rows)
    }

    /// The falls that have a seat on sale, some more than once.
    pub(super) fn falls(&self) -> impl Iterator<Item = FallId> {
        self.0.values().flat_map(BTreeMap::values).flatten().filter_map(|seats| seats.fall)
    }

    pub(super) fn update(&mut self, snapshot: &Snapshot, news: &mut News<'_>) {
        let mut rows: Rows<Seats> = BTreeMap::new();
        for (area, listed) in listed(snapshot) {
            let before = self.0.get(&area);
            let now = listed.into_iter().map(|(y, row)| {
                let before = before.and_then(|rows| rows.get(&y)).map_or(&[][..], Vec::as_slice);
                (y, row_now(before, row, news))
            });
            rows.insert(area.clone(), now.collect());
        }
        self.0 = rows;
    }
}

fn listed(snapshot: &Snapshot) -> Rows<Listed<'_>> {
    let mut rows: Rows<Listed<'_>> = BTreeMap::new();
    for offer in &snapshot.offers {
        let Stock::Runs(runs) = &offer.stock else { continue };
        if !rows.contains_key(&offer.area) {
            rows.insert(offer.area.clone(), BTreeMap::new());
        }
        let Some(area) = rows.get_mut(&offer.area) else { continue };
        let price = full_price(offer);
        for run in runs {
            area.entry(run.y).or_default().push(Listed { run: *run, price, offer });
        }
    }
    rows
}

/// One row as it is now: seats that stay keep their fall, seats that came or became cheaper fall.
fn row_now(before: &[Seats], mut listed: Vec<Listed<'_>>, news: &mut News<'_>) -> Vec<Seats> {
    // The order must not depend on the seller's: a seat listed twice would seem to change its price.
    listed.sort_by_key(|listed| {
        let price = listed.price.map(Price::minor);
        (listed.run.start, price.is_none(), price, listed.offer.market, listed.run.end)
    });
    let mut row =
        Row { before: before.iter(), current: None, now: Vec::with_capacity(listed.len()), falling: None };
    let mut reached: Option<i32> = None;
    for next in listed {
        let start = reached.map_or(next.run.start, |reached| next.run.start.max(reached.saturating_add(1)));
        if start > next.run.end || reached == Some(i32::MAX) {
            continue;
        }
        reached = Some(next.run.end);
        row.add(Listed { run: SeatRun { start, ..next.run }, ..next }, news);
    }
    row.now
}

/// A walk along a row, from left to right.
struct Row<'a> {
    before: slice::Iter<'a, Seats>,
    current: Option<&'a Seats>,
    now: Vec<Seats>,
    falling: Option<SeatRun>,
}

impl Row<'_> {
    fn add(&mut self, listed: Listed<'_>, news: &mut News<'_>) {
        let mut rest = Some(listed.run);
        while let Some(run) = rest {
            let known = self.seats_from(run.start).filter(|seats| seats.run.start <= run.end);
            let cut = known.map_or(run.end, |seats| {
                if seats.run.start > run.start { seats.run.start - 1 } else { seats.run.end.min(run.end) }
            });
            let part = SeatRun { end: cut, ..run };
            let known = known.filter(|seats| seats.run.start <= run.start);
            match known.filter(|seats| !is_cheaper(listed.price, seats.lowest)) {
                Some(seats) => {
                    self.land(listed, news);
                    self.now.push(Seats { run: part, lowest: seats.lowest.or(listed.price), ..seats });
                }
                None if news.is_news() || known.is_some() => {
                    self.falling =
                        Some(SeatRun { start: self.falling.map_or(part.start, |f| f.start), ..part });
                }
                None => {
                    self.land(listed, news);
                    self.now.push(Seats { run: part, lowest: listed.price, fall: None });
                }
            }
            rest = cut.checked_add(1).and_then(|start| SeatRun::new(run.y, start, run.end));
        }
        self.land(listed, news);
    }

    /// The first seats from before that end at `x` or later.
    fn seats_from(&mut self, x: i32) -> Option<Seats> {
        while self.current.is_none_or(|seats| seats.run.end < x) {
            self.current = Some(self.before.next()?);
        }
        self.current.copied()
    }

    /// Writes down the seats that have fallen so far as one fall.
    fn land(&mut self, listed: Listed<'_>, news: &mut News<'_>) {
        let Some(run) = self.falling.take() else { return };
        let fall = news.fall(listed.offer, listed.price, PartSeats::Run(run));
        self.now.push(Seats { run, lowest: listed.price, fall: Some(fall) });
    }
}

fn is_cheaper(price: Option<Price>, lowest: Option<Price>) -> bool {
    price.zip(lowest).and_then(|(price, lowest)| price.compare(lowest)) == Some(Ordering::Less)
}
