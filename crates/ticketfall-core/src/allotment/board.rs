//! The seats of a snapshot that nobody has yet, in lots that shrink as
//! members are given seats. A lot is never changed: what is left of it is new.

use std::collections::{BTreeMap, HashMap};

use super::Fixed;
use crate::ids::AreaId;
use crate::offer::{Offer, Part, PartSeats, SeatGroup, Snapshot, Stock};
use crate::seat::SeatRun;
use crate::taken::Taken;

/// Free seats of one offer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lot {
    pub(super) offer: usize,
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
    lots: Vec<Lot>,
    free: usize,
    rows: HashMap<(usize, i32), Vec<usize>, Fixed>,
    numbers: HashMap<usize, Vec<usize>, Fixed>,
}

impl<'a> Board<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, taken: &Taken) -> Self {
        let mut board = Self {
            snapshot,
            areas: BTreeMap::new(),
            lots: Vec::with_capacity(snapshot.offers.len()),
            free: 0,
            rows: HashMap::default(),
            numbers: HashMap::default(),
        };
        for (at, offer) in snapshot.offers.iter().enumerate() {
            let next = board.areas.len();
            board.areas.entry(&offer.area).or_insert(next);
            board.add_offer(at, offer, taken);
        }
        board
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.free == 0
    }

    pub(super) fn lot(&self, at: usize) -> Lot {
        self.lots[at]
    }

    /// The free lots from a position on.
    pub(super) fn lots_from(&self, first: usize) -> impl Iterator<Item = (usize, Lot)> {
        self.lots.iter().copied().enumerate().skip(first).filter(|(_, lot)| lot.is_free)
    }

    pub(super) fn lots_end(&self) -> usize {
        self.lots.len()
    }

    /// Takes the seats of a group out of every lot that has them.
    pub(super) fn take(&mut self, group: &SeatGroup) {
        for part in &group.parts {
            let Some(area) = self.areas.get(&part.area).copied() else { continue };
            match part.seats {
                PartSeats::Run(run) => self.take_run(area, run),
                PartSeats::Any(seats) => self.take_any(area, part, seats),
            }
        }
    }

    fn add_offer(&mut self, at: usize, offer: &'a Offer, taken: &Taken) {
        match &offer.stock {
            Stock::Runs(runs) => {
                let rows = taken.in_area(&offer.area);
                for left in runs.iter().flat_map(|run| rows.left_of(*run)) {
                    self.add_run(at, left);
                }
            }
            Stock::Count { .. } => {
                let taken = taken.count(&offer.area, offer.band.as_deref(), offer.market);
                self.add_number(at, taken);
            }
        }
    }

    fn add(&mut self, offer: usize, seats: LotSeats) -> usize {
        self.lots.push(Lot { offer, seats, is_free: true });
        self.free += 1;
        self.lots.len() - 1
    }

    fn add_run(&mut self, offer: usize, run: SeatRun) {
        let lot = self.add(offer, LotSeats::Run(run));
        let area = self.areas[&self.snapshot.offers[offer].area];
        self.rows.entry((area, run.y)).or_default().push(lot);
    }

    fn add_number(&mut self, offer: usize, taken: u32) {
        let Offer { area, stock, .. } = &self.snapshot.offers[offer];
        let is_left = match stock {
            Stock::Count { available: Some(available), .. } => *available > taken,
            Stock::Count { available: None, .. } => taken == 0,
            Stock::Runs(_) => false,
        };
        if is_left {
            let lot = self.add(offer, LotSeats::Number { taken });
            self.numbers.entry(self.areas[area]).or_default().push(lot);
        }
    }

    fn remove(&mut self, lot: usize) {
        self.lots[lot].is_free = false;
        self.free -= 1;
    }

    fn take_run(&mut self, area: usize, taken: SeatRun) {
        let Some(row) = self.rows.remove(&(area, taken.y)) else { return };
        for lot in row {
            let Lot { offer, seats, .. } = self.lots[lot];
            match seats {
                LotSeats::Run(run) if run.overlaps(&taken) => {
                    self.remove(lot);
                    run.without(&taken).for_each(|left| self.add_run(offer, left));
                }
                LotSeats::Run(_) | LotSeats::Number { .. } => {
                    self.rows.entry((area, taken.y)).or_default().push(lot);
                }
            }
        }
    }

    fn take_any(&mut self, area: usize, part: &Part, seats: u32) {
        let Some(lots) = self.numbers.remove(&area) else { return };
        for lot in lots {
            let Lot { offer, seats: before, .. } = self.lots[lot];
            let Offer { band, market, .. } = &self.snapshot.offers[offer];
            match before {
                LotSeats::Number { taken } if *band == part.band && *market == part.market => {
                    self.remove(lot);
                    self.add_number(offer, taken.saturating_add(seats));
                }
                LotSeats::Number { .. } | LotSeats::Run(_) => {
                    self.numbers.entry(area).or_default().push(lot);
                }
            }
        }
    }
}
