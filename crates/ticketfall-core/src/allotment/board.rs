//! The seats of a snapshot that nobody has yet, in lots that shrink as
//! members are given seats. A lot is never changed: what is left of it is new.

use std::collections::{BTreeMap, HashMap};

use super::Fixed;
use crate::ids::AreaId;
use crate::offer::{Block, Offer, Part, PartSeats, SeatGroup, Snapshot, Stock};
use crate::seat::SeatRun;
use crate::taken::Taken;

/// Free seats of one offer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lot<'a> {
    /// The offer's position in the snapshot.
    pub(super) at: usize,
    pub(super) offer: &'a Offer,
    /// The board's number of its area.
    pub(super) area: usize,
    pub(super) seats: LotSeats,
    pub(super) is_free: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum LotSeats {
    /// These adjacent ones.
    Run(SeatRun),
    /// What the offer's number is without so many.
    Number { taken: u32 },
}

pub(super) struct Board<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) areas: BTreeMap<&'a AreaId, usize>,
    lots: Vec<Lot<'a>>,
    free: usize,
    /// Made when seats are first taken: of most readings nobody is given any.
    places: Option<Places>,
}

/// The lots by where their seats are.
#[derive(Default)]
struct Places {
    rows: HashMap<(usize, i32), Vec<usize>, Fixed>,
    numbers: HashMap<usize, Vec<usize>, Fixed>,
}

impl Places {
    fn add(&mut self, area: usize, seats: LotSeats, lot: usize) {
        match seats {
            LotSeats::Run(run) => self.rows.entry((area, run.y)).or_default().push(lot),
            LotSeats::Number { .. } => self.numbers.entry(area).or_default().push(lot),
        }
    }
}

impl<'a> Board<'a> {
    /// The board of all blocks in which somebody may find something.
    pub(super) fn new(snapshot: &'a Snapshot, taken: &Taken, may_fit: impl Fn(&Block) -> bool) -> Self {
        let (areas, lots) = (BTreeMap::new(), Vec::new());
        let mut board = Self { snapshot, areas, lots, free: 0, places: None };
        for (first, block) in snapshot.offers.blocks().filter(|(_, block)| may_fit(block)) {
            for (at, offer) in block.offers().iter().enumerate() {
                board.add_offer(first + at, offer, taken);
            }
        }
        board
    }

    /// The offers of an area mostly stand together.
    fn number(&mut self, area: &'a AreaId) -> usize {
        if let Some(last) = self.lots.last().filter(|lot| lot.offer.area == *area) {
            return last.area;
        }
        let next = self.areas.len();
        *self.areas.entry(area).or_insert(next)
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.free == 0
    }

    pub(super) fn lot(&self, at: usize) -> Lot<'a> {
        self.lots[at]
    }

    /// The free lots from a position on.
    pub(super) fn lots_from(&self, first: usize) -> impl Iterator<Item = (usize, Lot<'a>)> {
        self.lots.iter().copied().enumerate().skip(first).filter(|(_, lot)| lot.is_free)
    }

    pub(super) fn lots_end(&self) -> usize {
        self.lots.len()
    }

    /// Takes the seats of a group out of every lot that has them.
    pub(super) fn take(&mut self, group: &SeatGroup) {
        if self.places.is_none() {
            let mut places = Places::default();
            for (at, lot) in self.lots_from(0) {
                places.add(lot.area, lot.seats, at);
            }
            self.places = Some(places);
        }
        for part in &group.parts {
            let Some(area) = self.areas.get(&part.area).copied() else { continue };
            match part.seats {
                PartSeats::Run(run) => self.take_run(area, run),
                PartSeats::Any(seats) => self.take_any(area, part, seats),
            }
        }
    }

    fn add_offer(&mut self, at: usize, offer: &'a Offer, taken: &Taken) {
        let whole = Lot {
            at,
            offer,
            area: self.number(&offer.area),
            seats: LotSeats::Number { taken: 0 },
            is_free: true,
        };
        match &offer.stock {
            Stock::Runs(runs) => {
                let rows = taken.in_area(&offer.area);
                for left in runs.iter().flat_map(|run| rows.left_of(*run)) {
                    self.add(Lot { seats: LotSeats::Run(left), ..whole });
                }
            }
            Stock::Count { .. } => {
                let taken = taken.count(&offer.area, offer.band.as_deref(), offer.market);
                self.add_number(whole, taken);
            }
        }
    }

    fn add(&mut self, lot: Lot<'a>) {
        if let Some(places) = &mut self.places {
            places.add(lot.area, lot.seats, self.lots.len());
        }
        self.lots.push(lot);
        self.free += 1;
    }

    fn add_number(&mut self, lot: Lot<'a>, taken: u32) {
        let is_left = match &lot.offer.stock {
            Stock::Count { available: Some(available), .. } => *available > taken,
            Stock::Count { available: None, .. } => taken == 0,
            Stock::Runs(_) => false,
        };
        if is_left {
            self.add(Lot { seats: LotSeats::Number { taken }, ..lot });
        }
    }

    fn remove(&mut self, lot: usize) {
        self.lots[lot].is_free = false;
        self.free -= 1;
    }

    fn take_run(&mut self, area: usize, taken: SeatRun) {
        let row = self.places.as_mut().and_then(|places| places.rows.remove(&(area, taken.y)));
        for at in row.into_iter().flatten() {
            let lot = self.lots[at];
            match lot.seats {
                LotSeats::Run(run) if run.overlaps(&taken) => {
                    self.remove(at);
                    run.without(&taken).for_each(|left| self.add(Lot { seats: LotSeats::Run(left), ..lot }));
                }
                LotSeats::Run(_) | LotSeats::Number { .. } => self.put_back(area, lot.seats, at),
            }
        }
    }

    fn take_any(&mut self, area: usize, part: &Part, seats: u32) {
        let lots = self.places.as_mut().and_then(|places| places.numbers.remove(&area));
        for at in lots.into_iter().flatten() {
            let lot = self.lots[at];
            match lot.seats {
                LotSeats::Number { taken }
                    if lot.offer.band == part.band && lot.offer.market == part.market =>
                {
                    self.remove(at);
                    self.add_number(lot, taken.saturating_add(seats));
                }
                LotSeats::Number { .. } | LotSeats::Run(_) => self.put_back(area, lot.seats, at),
            }
        }
    }

    fn put_back(&mut self, area: usize, seats: LotSeats, lot: usize) {
        if let Some(places) = &mut self.places {
            places.add(area, seats, lot);
        }
    }
}
