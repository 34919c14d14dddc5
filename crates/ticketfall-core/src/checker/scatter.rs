//! Groups of seats that need not be together: the fewest parts, then what
//! every group is ranked by. Nothing here looks at all pieces for each piece.

use super::cut::{Piece, Rank};
use crate::configuration::SeatCount;
use crate::offer::Offer;
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

/// Pieces that may be combined: of one market, or of one offer that is only sold alone.
pub(crate) struct Pool<'a> {
    wanted: u32,
    offers: &'a [Offer],
    /// Best first; no two share a seat.
    pieces: Vec<Piece>,
    /// For each size from one, the best few pieces that have at least so many seats.
    enough: Vec<Vec<usize>>,
}

impl<'a> Pool<'a> {
    pub(crate) fn new(wanted: u32, offers: &'a [Offer], pieces: Vec<Piece>) -> Self {
        let mut pieces = disjoint(offers, pieces);
        pieces.sort_by_key(|piece| piece.rank(1).alone());
        let widest =
            pieces.iter().map(|piece| piece.seats.min(wanted)).max().unwrap_or(0).min(SeatCount::MAX);
        let mut enough = vec![Vec::new(); widest as usize];
        // So many that a group can use some, and its first piece cover others, and one is still left.
        let few = 2 * wanted as usize + 1;
        for (at, piece) in pieces.iter().enumerate() {
            let sizes = piece.seats.min(wanted) as usize;
            enough.iter_mut().take(sizes).filter(|best| best.len() < few).for_each(|best| best.push(at));
        }
        Self { wanted, offers, pieces, enough }
    }

    /// How many seats it has.
    pub(crate) fn seats(&self) -> u32 {
        self.pieces.iter().fold(0, |sum, piece| sum.saturating_add(piece.seats))
    }

    /// The best group of all that its best pieces of each size can start.
    pub(crate) fn best(&self) -> Option<Draft> {
        self.enough.iter().flatten().filter_map(|at| self.with(self.pieces[*at])).min()
    }

    /// The group that starts with this piece: what is still needed comes from the best piece that has it all,
    /// else from the largest ones, so that the parts are as few as can be.
    pub(crate) fn with(&self, first: Piece) -> Option<Draft> {
        let start = first.seats.min(self.wanted);
        let mut cuts = vec![(first, start)];
        let mut needed = self.wanted - start;
        while needed > 0 {
            let sizes = self.enough.len().min(needed as usize);
            let free = |at: &&usize| !cuts.iter().any(|(used, _)| self.overlap(used, &self.pieces[**at]));
            let next = self.enough[..sizes].iter().rev().find_map(|best| best.iter().find(free))?;
            let piece = self.pieces[*next];
            let seats = piece.seats.min(needed);
            cuts.push((piece, seats));
            needed -= seats;
        }
        Draft::new(cuts)
    }

    fn overlap(&self, one: &Piece, other: &Piece) -> bool {
        let area = |piece: &Piece| &self.offers[piece.offer].area;
        one.run.zip(other.run).is_some_and(|(one, other)| one.overlaps(&other)) && area(one) == area(other)
    }
}

impl Rank {
    /// Without what depends on how many seats are cut.
    fn alone(self) -> Self {
        Self { singles: 0, ..self }
    }
}

/// The pieces without seats that another one has too: sellers list a seat twice now and then.
fn disjoint(offers: &[Offer], mut pieces: Vec<Piece>) -> Vec<Piece> {
    let row = |piece: &Piece| (&offers[piece.offer].area, piece.run.map(|run| run.y));
    pieces.sort_by(|a, b| row(a).cmp(&row(b)).then_with(|| a.run.cmp(&b.run)).then(a.offer.cmp(&b.offer)));
    let mut kept: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let Some(run) = piece.run else { continue };
        let reached = kept.last().filter(|last| row(last) == row(&piece)).and_then(|last| last.run);
        let start = match reached {
            Some(last) if last.end >= run.start => last.end.checked_add(1),
            Some(_) | None => Some(run.start),
        };
        if let Some(run) = start.and_then(|start| SeatRun::new(run.y, start, run.end)) {
            kept.push(Piece { run: Some(run), seats: run.seats(), ..piece });
        }
    }
    kept
}
