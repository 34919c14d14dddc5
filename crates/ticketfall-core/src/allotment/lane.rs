//! What is left for members who want the same but for areas and cap: sorted
//! once a reading, so that the best, or that there is none, is known at once.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::Fixed;
use super::board::{Board, Lot, LotSeats};
use crate::checker::{Loose, Piece, Wish, terms};
use crate::criteria::TypeWanted;
use crate::offer::{Offer, SeatGroup, Stock};
use crate::price::Currency;
use crate::seat::SeatRun;

/// The most lanes that are kept; members with rarer wishes have theirs sorted for themselves.
const LANES_MAX: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct LaneKey<'a> {
    wanted_type: &'a TypeWanted,
    seats: u32,
    together: bool,
    rows: &'a [String],
    currency: Currency,
    anywhere: bool,
}

/// The lanes of one reading.
#[derive(Default)]
pub(super) struct Lanes<'a>(HashMap<LaneKey<'a>, Lane, Fixed>);

impl<'a> Lanes<'a> {
    /// The best group that is left for a member.
    pub(super) fn best(&mut self, wish: Wish<'a>, board: &Board<'_>) -> Option<SeatGroup> {
        let criteria = wish.criteria;
        let key = LaneKey {
            wanted_type: &criteria.wanted_type,
            seats: wish.wanted(),
            together: wish.together(),
            rows: &criteria.rows,
            currency: criteria.price_max.currency(),
            anywhere: criteria.areas.is_empty(),
        };
        if self.0.len() < LANES_MAX || self.0.contains_key(&key) {
            self.0.entry(key).or_default().best(wish, board)
        } else {
            Lane::default().best(wish, board)
        }
    }
}

/// A lot that makes a group by itself; the order is that of groups within one area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    price: i64,
    single: bool,
    y: i32,
    x: i32,
    offer: usize,
    end: i32,
    lot: usize,
}

#[derive(Default)]
struct Lane {
    /// By the board's number of the area; one for all when any will do.
    areas: Vec<BinaryHeap<Reverse<Entry>>>,
    /// The lots that have been sorted in.
    seen: usize,
    /// The highest cap in minor units at which seats of any area, not together, found nothing.
    hopeless: Option<i64>,
}

impl Lane {
    fn best(&mut self, wish: Wish<'_>, board: &Board<'_>) -> Option<SeatGroup> {
        self.sort_in(wish, board);
        let cuts = match self.whole(wish, board) {
            Some(piece) => vec![(piece, wish.wanted())],
            None => self.apart(wish, board)?,
        };
        wish.group(board.snapshot, &cuts)
    }

    fn sort_in(&mut self, wish: Wish<'_>, board: &Board<'_>) {
        let anywhere = wish.criteria.areas.is_empty();
        self.areas.resize_with(if anywhere { 1 } else { board.areas.len() }, BinaryHeap::new);
        for (at, lot) in board.lots_from(self.seen) {
            let offer = &board.snapshot.offers[lot.offer];
            if let Some(piece) = piece(wish, offer, lot).filter(|piece| piece.seats >= wish.wanted()) {
                let area = if anywhere { 0 } else { board.areas[&offer.area] };
                self.areas[area].push(Reverse(entry(piece, wish.wanted(), at)));
            }
        }
        self.seen = board.lots_end();
    }

    /// The best lot that makes a group by itself, in the dearest area that has one.
    fn whole(&mut self, wish: Wish<'_>, board: &Board<'_>) -> Option<Piece> {
        let (cap, wanted) = (wish.criteria.price_max.minor(), &wish.criteria.areas);
        if wanted.is_empty() {
            return self.first(0, cap, board);
        }
        wanted.iter().find_map(|area| self.first(*board.areas.get(area)?, cap, board))
    }

    fn first(&mut self, area: usize, cap: i64, board: &Board<'_>) -> Option<Piece> {
        let heap = self.areas.get_mut(area)?;
        while heap.peek().is_some_and(|Reverse(entry)| !board.lot(entry.lot).is_free) {
            heap.pop();
        }
        let Reverse(entry) = heap.peek().filter(|Reverse(entry)| entry.price <= cap)?;
        Some(of_lot(board.lot(entry.lot), 0, entry.price))
    }

    /// Seats that need not be together, of several lots.
    fn apart(&mut self, wish: Wish<'_>, board: &Board<'_>) -> Option<Vec<(Piece, u32)>> {
        let (cap, anywhere) = (wish.criteria.price_max.minor(), wish.criteria.areas.is_empty());
        if wish.together() || self.hopeless.is_some_and(|hopeless| cap <= hopeless) {
            return None;
        }
        let mut loose = Loose::default();
        for (_, lot) in board.lots_from(0) {
            let offer = &board.snapshot.offers[lot.offer];
            let rank = wish.criteria.area_rank(&offer.area);
            let piece = rank.and_then(|area| Some(Piece { area, ..piece(wish, offer, lot)? }));
            if let Some(piece) = piece.filter(|piece| piece.price <= cap) {
                loose.add(wish, offer, piece);
            }
        }
        let best = loose.best(wish.wanted(), board.snapshot);
        if best.is_none() && anywhere {
            self.hopeless = self.hopeless.max(Some(cap));
        }
        best
    }
}

/// The lot as a piece of a group, when it fits but for its area and the cap.
fn piece(wish: Wish<'_>, offer: &Offer, lot: Lot) -> Option<Piece> {
    let price = terms(offer, &wish.criteria.wanted_type, wish.plan).ok()?.price;
    wish.sold_at_once(offer).ok()?;
    match (lot.seats, &offer.stock) {
        (LotSeats::Run(run), _) => wish.row(offer, run.y).ok()?,
        (LotSeats::Number { taken }, Stock::Count { available, together }) => {
            wish.number((*available, *together), taken).ok().map(drop)?;
        }
        (LotSeats::Number { .. }, Stock::Runs(_)) => return None,
    }
    let is_comparable = price.currency() == wish.criteria.price_max.currency();
    is_comparable.then(|| of_lot(lot, wish.wanted(), price.minor()))
}

fn of_lot(lot: Lot, number: u32, price: i64) -> Piece {
    let (run, seats) = match lot.seats {
        LotSeats::Run(run) => (Some(run), run.seats()),
        LotSeats::Number { .. } => (None, number),
    };
    Piece { offer: lot.offer, area: 0, price, run, seats }
}

fn entry(piece: Piece, wanted: u32, lot: usize) -> Entry {
    let rank = piece.rank(wanted);
    let SeatRun { y, start, end } = piece.run.unwrap_or(SeatRun { y: rank.y, start: rank.x, end: rank.end });
    Entry { price: piece.price, single: rank.singles > 0, y, x: start, offer: piece.offer, end, lot }
}
