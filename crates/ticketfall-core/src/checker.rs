//! Decides whether a snapshot has what a member wants, and says why each
//! offer was refused.

mod cut;
mod reason;
#[cfg(test)]
pub(crate) mod sample;
mod scatter;
mod terms;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::mem;

use serde::Serialize;

pub(crate) use cut::{Piece, Rank, Wish};
pub use reason::Reason;
pub(crate) use scatter::{Draft, Pool, Shortlist, sizes};
pub(crate) use terms::{full_price, terms};

use crate::criteria::Criteria;
use crate::ids::AreaId;
use crate::offer::{Market, Offer, SeatGroup, Snapshot};
use crate::plan::Plan;
use crate::taken::Taken;

/// The most groups of one verdict.
pub const GROUPS_MAX: usize = 32;

/// An offer that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// Its position in the snapshot.
    pub offer: usize,
    /// Where its seats are.
    pub area: AreaId,
    /// Why it does not fit.
    pub reason: Reason,
}

/// What the checker says of a snapshot; each offer either fits or is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The groups that fit, best first, [`GROUPS_MAX`] at most.
    pub groups: Vec<SeatGroup>,
    /// How many offers have seats that fit, also those of groups beyond the most.
    pub fitting: usize,
    /// The others, in the seller's order.
    pub refusals: Vec<Refusal>,
}

/// Judges every offer of a snapshot.
///
/// Groups are ordered by fewest parts (one, when together), then the member's order of areas, then the cheaper,
/// then what leaves no single seat behind, then the front row (lower Y), then the lower X, then the seller's order.
/// A group is cut from the front end of a run. Seats that need not be together are combined within one market, by
/// place only: an offer that knows but a number, or restricts how many are sold at once, makes groups by itself.
/// A number that is not known may be asked for.
pub fn check_ticket(criteria: &Criteria, snapshot: &Snapshot, plan: &Plan) -> Verdict {
    check(Wish { criteria, plan, taken: &Taken::default() }, snapshot)
}

/// The first group that [`check_ticket`] would list if the seats of `taken` were not on sale.
pub fn best_group(criteria: &Criteria, snapshot: &Snapshot, plan: &Plan, taken: &Taken) -> Option<SeatGroup> {
    let wish = Wish { criteria, plan, taken };
    let wanted = wish.wanted();
    let mut best: Option<(Rank, Piece)> = None;
    let mut loose = Loose::default();
    for (at, offer) in snapshot.offers.iter().enumerate() {
        let judged = wish.judge(at, offer, |piece| {
            let rank = piece.rank(wanted.min(piece.seats));
            if piece.seats < wanted {
                loose.add(wish, offer, piece);
            } else if best.is_none_or(|(best, _)| rank < best) {
                best = Some((rank, piece));
            }
        });
        // A refusal needs no words here: it was built on the stack.
        drop(judged);
    }
    match best {
        Some((_, piece)) => wish.group(snapshot, &[(piece, wanted)]),
        None => wish.group(snapshot, &best_draft(&loose.pools(wanted, snapshot))?.cuts()),
    }
}

pub(crate) fn check(wish: Wish<'_>, snapshot: &Snapshot) -> Verdict {
    let mut sorted = Sorted::default();
    for (at, offer) in snapshot.offers.iter().enumerate() {
        sorted.judge(wish, at, offer);
    }
    sorted.verdict(wish, snapshot)
}

/// The pieces of a snapshot: whole groups, and what has to be combined first.
#[derive(Default)]
struct Sorted {
    whole: Vec<(Rank, Piece)>,
    /// The largest piece of each offer that cannot make a group by itself.
    seeds: Vec<Piece>,
    loose: Loose,
    fitting: usize,
    refusals: Vec<Refusal>,
}

impl Sorted {
    fn judge(&mut self, wish: Wish<'_>, at: usize, offer: &Offer) {
        let (wanted, before, mut seed) = (wish.wanted(), self.whole.len(), None::<Piece>);
        let largest = |piece: Piece| (Reverse(piece.seats), piece.order());
        let judged = wish.judge(at, offer, |piece| {
            if piece.seats >= wanted {
                self.whole.push((piece.rank(wanted), piece));
            } else if seed.is_none_or(|seed| largest(piece) < largest(seed)) {
                seed = Some(piece);
            }
            self.loose.add(wish, offer, piece);
        });
        match judged {
            Err(reason) => self.refuse(at, offer, reason),
            Ok(()) if self.whole.len() > before => self.fitting += 1,
            Ok(()) => self.seeds.extend(seed),
        }
    }

    fn refuse(&mut self, at: usize, offer: &Offer, reason: Reason) {
        self.refusals.push(Refusal { offer: at, area: offer.area.clone(), reason });
    }

    fn verdict(mut self, wish: Wish<'_>, snapshot: &Snapshot) -> Verdict {
        let wanted = wish.wanted();
        let drafts = self.drafts(wish, snapshot);
        self.refusals.sort_by_key(|refusal| refusal.offer);
        self.whole.sort_unstable_by_key(|(rank, _)| *rank);
        let whole = self.whole.into_iter().map(|(_, piece)| vec![(piece, wanted)]);
        let cuts = whole.chain(drafts.iter().map(Draft::cuts)).take(GROUPS_MAX);
        let groups = cuts.filter_map(|cuts| wish.group(snapshot, &cuts)).collect();
        Verdict { groups, fitting: self.fitting, refusals: self.refusals }
    }

    /// The groups of several parts: the best, then the best with each offer that cannot make one by itself.
    fn drafts(&mut self, wish: Wish<'_>, snapshot: &Snapshot) -> Vec<Draft> {
        let loose = mem::take(&mut self.loose);
        let pools = loose.pools(wish.wanted(), snapshot);
        let mut drafts = Vec::new();
        for seed in mem::take(&mut self.seeds) {
            let offer = &snapshot.offers[seed.offer];
            let key = PoolKey::of(wish, offer, seed);
            if let Some(draft) = pools[&key].with(seed) {
                self.fitting += 1;
                drafts.push(draft);
            } else {
                // Seats that are listed twice count once at most: there are fewer than wanted.
                let available = loose.seats(key).min(wish.wanted() - 1);
                let reason = Reason::TooFew { available, wanted: wish.wanted() };
                self.refuse(seed.offer, offer, reason);
            }
        }
        let best = if self.whole.is_empty() { best_draft(&pools) } else { None };
        drafts.sort();
        drafts.dedup();
        drafts.retain(|draft| Some(draft) != best.as_ref());
        best.into_iter().chain(drafts).collect()
    }
}

/// Which pieces may be combined with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PoolKey {
    market: Market,
    alone: Option<usize>,
}

impl PoolKey {
    pub(crate) fn of(wish: Wish<'_>, offer: &Offer, piece: Piece) -> Self {
        Self { market: offer.market, alone: (!wish.combines(offer)).then_some(piece.offer) }
    }
}

/// Pieces of which several make a group, by what may be combined.
#[derive(Default)]
struct Loose(BTreeMap<PoolKey, Vec<Piece>>);

impl Loose {
    fn add(&mut self, wish: Wish<'_>, offer: &Offer, piece: Piece) {
        if !wish.together() && piece.run.is_some() {
            self.0.entry(PoolKey::of(wish, offer, piece)).or_default().push(piece);
        }
    }

    fn seats(&self, key: PoolKey) -> u32 {
        self.0.get(&key).into_iter().flatten().fold(0, |sum, piece| sum.saturating_add(piece.seats))
    }

    fn pools<'a>(&self, wanted: u32, snapshot: &'a Snapshot) -> BTreeMap<PoolKey, Pool<'a>> {
        let pool = |(key, pieces): (&PoolKey, &Vec<Piece>)| {
            (*key, Pool::new(wanted, &snapshot.offers, pieces.clone()))
        };
        self.0.iter().map(pool).collect()
    }
}

fn best_draft(pools: &BTreeMap<PoolKey, Pool<'_>>) -> Option<Draft> {
    pools.values().filter_map(Pool::best).min()
}
