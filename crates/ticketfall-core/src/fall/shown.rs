//! The seats on sale by their place, with the fall that each belongs to.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use super::sight::Elsewhere;
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
pub(super) struct Seats {
    pub(super) run: SeatRun,
    /// The lowest price since they came.
    lowest: Option<Price>,
    fall: Option<FallId>,
}

/// What was known of seats before a reading.
#[derive(Clone, Copy)]
enum Known {
    /// This eye was shown them.
    Here(Seats),
    /// Others were.
    Elsewhere(Seats),
    Nowhere,
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

    /// The seats of one row.
    pub(super) fn row(&self, area: &AreaId, y: i32) -> &[Seats] {
        self.0.get(area).and_then(|rows| rows.get(&y)).map_or(&[], Vec::as_slice)
    }

    /// Nothing but the seats of these falls.
    pub(super) fn only(&self, falls: &BTreeSet<FallId>) -> Self {
        let is_of_them = |seats: &&Seats| seats.fall.is_some_and(|fall| falls.contains(&fall));
        let row = |(y, row): (&i32, &Vec<Seats>)| (*y, row.iter().filter(is_of_them).copied().collect());
        let area = |(area, rows): (&AreaId, &BTreeMap<i32, Vec<Seats>>)| {
            (
                area.clone(),
                rows.iter().map(row).filter(|(_, row): &(i32, Vec<Seats>)| !row.is_empty()).collect(),
            )
        };
        Self(self.0.iter().map(area).collect())
    }

    /// Seats of a fall belong to it from now on; false where it has none of these.
    pub(super) fn stamp(&mut self, fall: &Fall) -> bool {
        let PartSeats::Run(run) = fall.seats else { return false };
        let Some(row) = self.0.get_mut(&fall.area).and_then(|rows| rows.get_mut(&run.y)) else {
            return false;
        };
        if !row.iter().any(|seats| seats.run.overlaps(&run)) {
            return false;
        }
        *row = row.iter().flat_map(|seats| seats.stamped(run, fall)).collect();
        row.sort_by_key(|seats| seats.run);
        true
    }

    pub(super) fn update(&mut self, snapshot: &Snapshot, elsewhere: Elsewhere<'_>, news: &mut News<'_>) {
        let mut rows: Rows<Seats> = BTreeMap::new();
        for (area, listed) in listed(snapshot) {
            let now = listed.into_iter().map(|(y, row)| {
                let before = Row::new(self.row(&area, y), &area, elsewhere, row.len());
                (y, before.now(row, news))
            });
            let now = now.collect();
            rows.insert(area, now);
        }
        self.0 = rows;
    }
}

impl Seats {
    /// The same, those of the fall's run as its own.
    fn stamped(self, run: SeatRun, fall: &Fall) -> impl Iterator<Item = Self> + use<> {
        let (start, end) = (self.run.start.max(run.start), self.run.end.min(run.end));
        let shared = SeatRun::new(run.y, start, end).filter(|_| self.run.y == run.y);
        let lowest = lower(self.lowest, fall.price);
        let its_own = shared.map(|run| Self { run, lowest, fall: Some(fall.id) });
        self.run.without(&run).map(move |run| Self { run, ..self }).chain(its_own)
    }
}

impl Known {
    /// The seats as they go on, at the price that they are listed at now; none when they fall.
    fn goes_on(self, part: SeatRun, price: Option<Price>, news: &mut News<'_>) -> Option<Seats> {
        let seats = match self {
            Self::Here(seats) => (!is_cheaper(price, seats.lowest)).then_some(seats),
            Self::Elsewhere(seats) if news.is_news() => {
                seats.fall.filter(|_| !is_cheaper(price, seats.lowest)).map(|_| seats)
            }
            Self::Elsewhere(seats) => Some(seats),
            Self::Nowhere => (!news.is_news()).then_some(Seats { run: part, lowest: None, fall: None }),
        }?;
        if matches!(self, Self::Elsewhere(_)) {
            news.reach();
        }
        Some(Seats { run: part, lowest: lower(seats.lowest, price), fall: seats.fall })
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

/// A walk along a row, from left to right.
struct Row<'a> {
    before: slice::Iter<'a, Seats>,
    current: Option<&'a Seats>,
    area: &'a AreaId,
    elsewhere: Elsewhere<'a>,
    now: Vec<Seats>,
    falling: Option<SeatRun>,
}

impl<'a> Row<'a> {
    fn new(before: &'a [Seats], area: &'a AreaId, elsewhere: Elsewhere<'a>, runs: usize) -> Self {
        let now = Vec::with_capacity(runs);
        Self { before: before.iter(), current: None, area, elsewhere, now, falling: None }
    }

    /// The row as it is now: seats that stay keep their fall, seats that came or became cheaper fall.
    fn now(mut self, mut listed: Vec<Listed<'_>>, news: &mut News<'_>) -> Vec<Seats> {
        // The order must not depend on the seller's: a seat listed twice would seem to change its price.
        listed.sort_by_key(|listed| {
            let price = listed.price.map(Price::minor);
            (listed.run.start, price.is_none(), price, listed.offer.market, listed.run.end)
        });
        let mut reached: Option<i32> = None;
        for next in listed {
            let start =
                reached.map_or(next.run.start, |reached| next.run.start.max(reached.saturating_add(1)));
            if start > next.run.end || reached == Some(i32::MAX) {
                continue;
            }
            reached = Some(next.run.end);
            self.add(Listed { run: SeatRun { start, ..next.run }, ..next }, news);
        }
        self.now
    }

    fn add(&mut self, listed: Listed<'_>, news: &mut News<'_>) {
        let mut rest = Some(listed.run);
        while let Some(run) = rest {
            let (part, known) = self.known(run);
            match known.goes_on(part, listed.price, news) {
                Some(seats) => {
                    self.land(listed, news);
                    self.now.push(seats);
                }
                None => {
                    self.falling =
                        Some(SeatRun { start: self.falling.map_or(part.start, |f| f.start), ..part });
                }
            }
            rest = part.end.checked_add(1).and_then(|start| SeatRun::new(run.y, start, run.end));
        }
        self.land(listed, news);
    }

    /// The first seats of a run of which the same is known, and what.
    fn known(&mut self, run: SeatRun) -> (SeatRun, Known) {
        match self.seats_from(run.start).filter(|seats| seats.run.start <= run.end) {
            Some(seats) if seats.run.start <= run.start => {
                (SeatRun { end: seats.run.end.min(run.end), ..run }, Known::Here(seats))
            }
            Some(seats) => self.known_elsewhere(SeatRun { end: seats.run.start - 1, ..run }),
            None => self.known_elsewhere(run),
        }
    }

    fn known_elsewhere(&self, run: SeatRun) -> (SeatRun, Known) {
        let (mut part, mut known) = (run, Known::Nowhere);
        for seats in self.elsewhere.seats_from(self.area, run.y, run.start) {
            if seats.run.start > run.start {
                part.end = part.end.min(seats.run.start - 1);
                continue;
            }
            part.end = part.end.min(seats.run.end);
            known = match known {
                Known::Elsewhere(other) => Known::Elsewhere(Seats {
                    lowest: lower(other.lowest, seats.lowest),
                    fall: other.fall.or(seats.fall),
                    ..other
                }),
                Known::Here(_) | Known::Nowhere => Known::Elsewhere(seats),
            };
        }
        (part, known)
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

/// The lower of two prices; the one that is known where only one is.
fn lower(one: Option<Price>, other: Option<Price>) -> Option<Price> {
    if is_cheaper(other, one) { other } else { one.or(other) }
}

fn is_cheaper(price: Option<Price>, lowest: Option<Price>) -> bool {
    price.zip(lowest).and_then(|(price, lowest)| price.compare(lowest)) == Some(Ordering::Less)
}
