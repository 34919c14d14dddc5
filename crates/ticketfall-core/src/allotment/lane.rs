//! What is left for members who want the same but for areas and cap: sorted
//! once a reading, so that the best, or that there is none, is known at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Fixed;
use super::board::{Board, Lot, LotSeats};
use crate::checker::{Draft, Piece, Pool, PoolKey, Rank, Shortlist, Wish, sizes, terms};
use crate::criteria::{Criteria, TypeWanted};
use crate::offer::{SeatGroup, Stock};
use crate::price::Currency;

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

impl<'a> LaneKey<'a> {
    fn of(criteria: &'a Criteria) -> Self {
        Self {
            wanted_type: &criteria.wanted_type,
            seats: criteria.wanted(),
            together: criteria.wants_together(),
            rows: &criteria.rows,
            currency: criteria.price_max.currency(),
            anywhere: criteria.areas.is_empty(),
        }
    }
}

/// The lanes of one reading.
pub(super) struct Lanes<'a>(HashMap<LaneKey<'a>, Lane, Fixed>);

impl<'a> Lanes<'a> {
    /// Lanes for members who want this; nothing that is too dear for all members of a lane comes into it.
    pub(super) fn of(wishes: impl Iterator<Item = &'a Criteria>) -> Self {
        let mut lanes: HashMap<_, Lane, Fixed> = HashMap::default();
        for criteria in wishes {
            let (key, cap) = (LaneKey::of(criteria), criteria.price_max.minor());
            if let Some(lane) = lanes.get_mut(&key) {
                lane.cap = lane.cap.max(cap);
            } else if lanes.len() < LANES_MAX {
                lanes.insert(key, Lane::up_to(cap));
            }
        }
        Self(lanes)
    }

    /// The best group that is left for a member.
    pub(super) fn best(&mut self, wish: Wish<'a>, board: &Board<'_>) -> Option<SeatGroup> {
        match self.0.get_mut(&LaneKey::of(wish.criteria)) {
            Some(lane) => lane.best(wish, board),
            None => Lane::up_to(wish.criteria.price_max.minor()).best(wish, board),
        }
    }
}

/// A lot by where it stands among others of its area; a single seat that it leaves counts only for whole groups.
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

/// Lots by the board's number of their area; in one place when any area will do.
type ByArea = BTreeMap<usize, BTreeSet<Entry>>;

struct Lane {
    /// The highest cap of its members in minor units.
    cap: i64,
    /// The lots that make a group by themselves.
    whole: ByArea,
    /// The smaller ones, where seats need not be together, by what may be combined and by size.
    loose: BTreeMap<PoolKey, Vec<ByArea>>,
    /// The lots that have been sorted in.
    seen: usize,
    /// The highest cap in minor units at which seats of any area, not together, found nothing.
    hopeless: Option<i64>,
}

impl Lane {
    fn up_to(cap: i64) -> Self {
        Self { cap, whole: ByArea::new(), loose: BTreeMap::new(), seen: 0, hopeless: None }
    }

    fn best(&mut self, wish: Wish<'_>, board: &Board<'_>) -> Option<SeatGroup> {
        self.sort_in(wish, board);
        let mut whole = None;
        visit(&mut self.whole, wish, board, |piece| {
            whole = Some(piece);
            false
        });
        let cuts = match whole {
            Some(piece) => vec![(piece, wish.wanted())],
            None => self.apart(wish, board)?.cuts(),
        };
        wish.group(board.snapshot, &cuts)
    }

    fn sort_in(&mut self, wish: Wish<'_>, board: &Board<'_>) {
        let wanted = wish.wanted();
        for (at, lot) in board.lots_from(self.seen) {
            let Some(piece) = piece(wish, lot).filter(|piece| piece.price <= self.cap) else {
                continue;
            };
            let area = if wish.criteria.areas.is_empty() { 0 } else { lot.area };
            if piece.seats >= wanted {
                self.whole.entry(area).or_default().insert(entry(piece.rank(wanted), piece, at));
            } else if !wish.together() {
                let lists = self.loose.entry(PoolKey::of(wish, lot.offer, piece)).or_default();
                lists.resize_with(sizes(wanted) as usize, ByArea::new);
                let size = (piece.seats as usize).clamp(1, lists.len());
                lists[size - 1].entry(area).or_default().insert(entry(piece.order(), piece, at));
            }
        }
        self.seen = board.lots_end();
    }

    /// Seats that need not be together, of several lots; there is no lot that has enough.
    fn apart(&mut self, wish: Wish<'_>, board: &Board<'_>) -> Option<Draft> {
        let (wanted, cap) = (wish.wanted(), wish.criteria.price_max.minor());
        if self.hopeless.is_some_and(|hopeless| cap <= hopeless) {
            return None;
        }
        let offers = &board.snapshot.offers;
        let pools = self.loose.values_mut().map(|sizes| {
            let shortlist = |size: &mut ByArea| {
                let mut best = Shortlist::new(wanted, offers);
                visit(size, wish, board, |piece| {
                    best.add(piece);
                    !best.is_full()
                });
                best
            };
            Pool::of(wanted, offers, sizes.iter_mut().map(shortlist).collect())
        });
        let best = pools.filter_map(|pool| pool.best()).min();
        if best.is_none() && wish.criteria.areas.is_empty() {
            self.hopeless = self.hopeless.max(Some(cap));
        }
        best
    }
}

/// Shows the free lots under the cap, best first, until it is told to stop; lots that are gone are dropped.
fn visit(lots: &mut ByArea, wish: Wish<'_>, board: &Board<'_>, mut go_on: impl FnMut(Piece) -> bool) {
    let wanted = &wish.criteria.areas;
    let anywhere = wanted.is_empty().then_some((0, 0));
    let areas = wanted.iter().enumerate().filter_map(|(rank, area)| Some((rank, *board.areas.get(area)?)));
    for (rank, area) in anywhere.into_iter().chain(areas) {
        let Some(entries) = lots.get_mut(&area) else { continue };
        let mut gone = Vec::new();
        let mut stopped = false;
        for entry in &*entries {
            let lot = board.lot(entry.lot);
            if !lot.is_free {
                gone.push(*entry);
            } else if entry.price > wish.criteria.price_max.minor() {
                break;
            } else if !go_on(Piece { area: rank, ..of_lot(lot, wish.wanted(), entry.price) }) {
                stopped = true;
                break;
            }
        }
        for entry in gone {
            entries.remove(&entry);
        }
        if stopped {
            return;
        }
    }
}

/// The lot as a piece of a group, when it fits but for its area and the cap.
fn piece(wish: Wish<'_>, lot: Lot<'_>) -> Option<Piece> {
    let offer = lot.offer;
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

fn of_lot(lot: Lot<'_>, number: u32, price: i64) -> Piece {
    let (run, seats) = match lot.seats {
        LotSeats::Run(run) => (Some(run), run.seats()),
        LotSeats::Number { .. } => (None, number),
    };
    Piece { offer: lot.at, area: 0, price, run, seats }
}

fn entry(rank: Rank, piece: Piece, lot: usize) -> Entry {
    let Rank { singles, y, x, offer, end, .. } = rank;
    Entry { price: piece.price, single: singles > 0, y, x, offer, end, lot }
}
