//! Seats that are not to be asked for: held or in flight for our own members,
//! or refused a moment ago.

use std::collections::BTreeMap;
use std::iter;
use std::sync::Arc;

use crate::ids::AreaId;
use crate::offer::{Market, Part, PartSeats, SeatGroup};
use crate::seat::SeatRun;

type Rows = BTreeMap<i32, Vec<SeatRun>>;

/// When others may ask for seats that one member has let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Free {
    /// Nobody else has them.
    AtOnce,
    /// The next reading tells whether somebody else has them.
    AfterALook,
    /// The seller refused them a moment ago.
    Later,
}

/// The seats by their place, and numbers of seats where no place is known.
///
/// What is taken twice is free only when it is freed twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    seats: BTreeMap<AreaId, Rows>,
    counts: BTreeMap<AreaId, Vec<Counted>>,
}

/// A number taken of everything that one market sells in an area at one band.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Counted {
    market: Market,
    band: Option<Arc<str>>,
    seats: u32,
}

impl Taken {
    /// Whether nothing is taken.
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty() && self.counts.is_empty()
    }

    /// Takes the seats of a group.
    pub fn take(&mut self, group: &SeatGroup) {
        for part in &group.parts {
            match &part.seats {
                PartSeats::Run(run) => self.take_run(&part.area, *run),
                PartSeats::Any(seats) => self.take_any(part, *seats),
            }
        }
    }

    /// Gives back what was taken with the same group; anything else is left alone.
    pub fn free(&mut self, group: &SeatGroup) {
        for part in &group.parts {
            match &part.seats {
                PartSeats::Run(run) => self.free_run(&part.area, *run),
                PartSeats::Any(seats) => self.free_any(part, *seats),
            }
        }
    }

    /// Whether the seat at `x` of row `y` is taken.
    pub fn covers(&self, area: &AreaId, y: i32, x: i32) -> bool {
        self.in_area(area).row(y).iter().any(|run| run.contains(y, x))
    }

    /// How many seats without a place are taken of what `market` sells in `area` at `band`.
    pub fn count(&self, area: &AreaId, band: Option<&str>, market: Market) -> u32 {
        let counted = self.counts.get(area).into_iter().flatten();
        counted.filter(|counted| counted.is(band, market)).map(|counted| counted.seats).sum()
    }

    pub(crate) fn in_area(&self, area: &AreaId) -> TakenRows<'_> {
        TakenRows(self.seats.get(area))
    }

    fn take_run(&mut self, area: &AreaId, run: SeatRun) {
        let row = self.seats.entry(area.clone()).or_default().entry(run.y).or_default();
        let at = row.partition_point(|other| *other < run);
        row.insert(at, run);
    }

    fn free_run(&mut self, area: &AreaId, run: SeatRun) {
        let Some(rows) = self.seats.get_mut(area) else { return };
        if let Some(row) = rows.get_mut(&run.y) {
            if let Ok(at) = row.binary_search(&run) {
                row.remove(at);
            }
            if row.is_empty() {
                rows.remove(&run.y);
            }
        }
        if rows.is_empty() {
            self.seats.remove(area);
        }
    }

    fn take_any(&mut self, part: &Part, seats: u32) {
        let counts = self.counts.entry(part.area.clone()).or_default();
        match counts.iter_mut().find(|counted| counted.is(part.band.as_deref(), part.market)) {
            Some(counted) => counted.seats = counted.seats.saturating_add(seats),
            None => counts.push(Counted { market: part.market, band: part.band.clone(), seats }),
        }
    }

    fn free_any(&mut self, part: &Part, seats: u32) {
        let Some(counts) = self.counts.get_mut(&part.area) else { return };
        if let Some(counted) = counts.iter_mut().find(|counted| counted.is(part.band.as_deref(), part.market))
        {
            counted.seats = counted.seats.saturating_sub(seats);
        }
        counts.retain(|counted| counted.seats > 0);
        if counts.is_empty() {
            self.counts.remove(&part.area);
        }
    }
}

impl Counted {
    fn is(&self, band: Option<&str>, market: Market) -> bool {
        self.market == market && self.band.as_deref() == band
    }
}

/// What is taken in one area, looked up once for all of its runs.
#[derive(Clone, Copy)]
pub(crate) struct TakenRows<'a>(Option<&'a Rows>);

impl<'a> TakenRows<'a> {
    fn row(self, y: i32) -> &'a [SeatRun] {
        self.0.and_then(|rows| rows.get(&y)).map_or(&[], Vec::as_slice)
    }

    /// What is left of a run, from left to right.
    pub(crate) fn left_of(self, run: SeatRun) -> impl Iterator<Item = SeatRun> + use<'a> {
        let mut taken = self.row(run.y).iter();
        let mut rest = Some(run);
        iter::from_fn(move || {
            loop {
                let current = rest?;
                let Some(next) = taken.find(|next| next.overlaps(&current)) else {
                    return rest.take();
                };
                rest = next.end.checked_add(1).and_then(|start| SeatRun::new(run.y, start, current.end));
                let left = next.start.checked_sub(1).and_then(|end| SeatRun::new(run.y, current.start, end));
                if left.is_some() {
                    return left;
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::price::{Currency, Price};

    fn area() -> AreaId {
        AreaId::new("12").unwrap()
    }

    fn group(seats: PartSeats) -> SeatGroup {
        let part = Part {
            area: area(),
            area_name: None,
            market: Market::Exchange,
            band: Some("A".into()),
            class: None,
            price: Price::new(5_000, Currency::GBP),
            seats,
        };
        SeatGroup { parts: vec![part] }
    }

    fn run(start: i32, end: i32) -> SeatRun {
        SeatRun::new(7, start, end).unwrap()
    }

    #[test]
    fn what_is_taken_twice_is_free_only_when_freed_twice() {
        let two = group(PartSeats::Run(run(3, 4)));
        let mut taken = Taken::default();
        taken.take(&two);
        taken.take(&two);
        taken.free(&two);
        assert!(taken.covers(&area(), 7, 4) && !taken.covers(&area(), 7, 5));
        taken.free(&two);
        taken.free(&two);
        assert!(taken.is_empty());
    }

    #[test]
    fn numbers_are_counted_by_area_band_and_market() {
        let three = group(PartSeats::Any(3));
        let mut taken = Taken::default();
        taken.take(&three);
        taken.take(&group(PartSeats::Any(2)));
        assert_eq!(taken.count(&area(), Some("A"), Market::Exchange), 5);
        assert_eq!(taken.count(&area(), None, Market::Exchange), 0);
        assert_eq!(taken.count(&area(), Some("A"), Market::Primary), 0);
        let mut other_band = three.clone();
        other_band.parts[0].band = None;
        taken.free(&other_band);
        taken.free(&three);
        assert_eq!(taken.count(&area(), Some("A"), Market::Exchange), 2);
    }

    proptest! {
        #[test]
        fn what_is_left_of_a_run_is_what_nothing_covers(
            taken_runs in prop::collection::vec((-3..12_i32, 0..4_i32), 0..6), start in -2..4_i32, length in 0..9_i32,
        ) {
            let mut taken = Taken::default();
            for (start, length) in taken_runs {
                taken.take(&group(PartSeats::Run(run(start, start + length))));
            }
            let whole = run(start, start + length);
            let left: Vec<_> = taken.in_area(&area()).left_of(whole).collect();
            for x in -5..20 {
                let free = whole.contains(7, x) && !taken.covers(&area(), 7, x);
                prop_assert_eq!(left.iter().filter(|run| run.contains(7, x)).count(), usize::from(free));
            }
            prop_assert!(left.windows(2).all(|pair| pair[0].end + 1 < pair[1].start));
        }
    }
}
