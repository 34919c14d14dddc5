//! Groups of seats that need not be together: the fewest parts, then what
//! every group is ranked by. Nothing here looks at all pieces for each piece.

use super::cut::{Piece, Rank};
use crate::configuration::SeatCount;
use crate::offer::Offers;
use crate::seat::SeatRun;

/// A group in the making: so many seats of each piece, and its rank.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Draft {
    pub(crate) rank: Rank,
    cuts: Vec<Cut>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cut {
    run: SeatRun,
    offer: usize,
    area: usize,
    price: i64,
    seats: u32,
}

impl Draft {
    fn new(mut cuts: Vec<(Piece, u32)>) -> Option<Self> {
        cuts.sort_by_key(|(piece, seats)| piece.rank(*seats));
        let ranks = cuts.iter().map(|(piece, seats)| piece.rank(*seats));
        let rank = ranks.reduce(|sum, next| Rank {
            parts: sum.parts + next.parts,
            area: sum.area.max(next.area),
            cost: sum.cost + next.cost,
            singles: sum.singles + next.singles,
            ..sum
        })?;
        let cut = |(piece, seats): (Piece, u32)| {
            let Piece { offer, area, price, run, .. } = piece;
            run.map(|run| Cut { run, offer, area, price, seats })
        };
        Some(Self { rank, cuts: cuts.into_iter().filter_map(cut).collect() })
    }

    pub(crate) fn cuts(&self) -> Vec<(Piece, u32)> {
        let piece = |cut: &Cut| {
            let Cut { run, offer, area, price, seats } = *cut;
            (Piece { offer, area, price, run: Some(run), seats: run.seats() }, seats)
        };
        self.cuts.iter().map(piece).collect()
    }
}

/// The best few of the pieces of one size, of which no two share a seat; they are added best first.
pub(crate) struct Shortlist<'a> {
    offers: &'a Offers,
    /// So many that a group can use some, its first piece can share seats with others, and one is still left.
    most: usize,
    pieces: Vec<Piece>,
}

impl<'a> Shortlist<'a> {
    pub(crate) fn new(wanted: u32, offers: &'a Offers) -> Self {
        Self { offers, most: 2 * wanted as usize + 1, pieces: Vec::new() }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.pieces.len() >= self.most
    }

    /// Leaves out a piece that shares a seat with a better one: sellers list a seat twice now and then.
    pub(crate) fn add(&mut self, piece: Piece) {
        if !self.is_full() && !self.pieces.iter().any(|better| overlap(self.offers, better, &piece)) {
            self.pieces.push(piece);
        }
    }
}

/// In how many sizes pieces are told apart; the last is for all that have so many seats or more.
pub(crate) fn sizes(wanted: u32) -> u32 {
    wanted.clamp(1, SeatCount::MAX)
}

/// Pieces that may be combined, by their size from one up: of one market, or of an offer that is only sold alone.
pub(crate) struct Pool<'a> {
    wanted: u32,
    offers: &'a Offers,
    sizes: Vec<Shortlist<'a>>,
}

impl<'a> Pool<'a> {
    pub(crate) fn new(wanted: u32, offers: &'a Offers, mut pieces: Vec<Piece>) -> Self {
        pieces.sort_unstable_by_key(Piece::order);
        let mut sizes: Vec<_> = (0..sizes(wanted)).map(|_| Shortlist::new(wanted, offers)).collect();
        for piece in pieces {
            let size = (piece.seats as usize).clamp(1, sizes.len());
            sizes[size - 1].add(piece);
        }
        Self::of(wanted, offers, sizes)
    }

    pub(crate) fn of(wanted: u32, offers: &'a Offers, sizes: Vec<Shortlist<'a>>) -> Self {
        Self { wanted, offers, sizes }
    }

    /// The best group that one of the best pieces of a size can start.
    pub(crate) fn best(&self) -> Option<Draft> {
        self.sizes.iter().flat_map(|size| &size.pieces).filter_map(|piece| self.with(*piece)).min()
    }

    /// The group that starts with this piece: what is still needed comes from the best piece that has it all,
    /// else from the largest ones, so that the parts are as few as can be.
    pub(crate) fn with(&self, first: Piece) -> Option<Draft> {
        let start = first.seats.min(self.wanted);
        let mut cuts = vec![(first, start)];
        let mut needed = self.wanted - start;
        while needed > 0 {
            let piece = self.next(needed, &cuts)?;
            let seats = piece.seats.min(needed);
            cuts.push((piece, seats));
            needed -= seats;
        }
        Draft::new(cuts)
    }

    fn next(&self, needed: u32, cuts: &[(Piece, u32)]) -> Option<Piece> {
        let is_free = |piece: &&Piece| !cuts.iter().any(|(used, _)| overlap(self.offers, used, piece));
        let free = |size: &Shortlist<'a>| size.pieces.iter().find(is_free).copied();
        let (smaller, enough) = self.sizes.split_at((needed as usize).min(self.sizes.len()) - 1);
        let best = enough.iter().filter_map(free).min_by_key(|piece| piece.rank(piece.seats.min(needed)));
        best.or_else(|| smaller.iter().rev().find_map(free))
    }
}

fn overlap(offers: &Offers, one: &Piece, other: &Piece) -> bool {
    let area = |piece: &Piece| &offers[piece.offer].area;
    one.run.zip(other.run).is_some_and(|(one, other)| one.overlaps(&other)) && area(one) == area(other)
}
