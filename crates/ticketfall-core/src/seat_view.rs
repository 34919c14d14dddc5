//! Concrete seats from a seller's seat map: what a hold that was refused
//! asks for next. A map shows seats; prices come from the latest snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::checker::{Verdict, Wish, check};
use crate::criteria::Criteria;
use crate::ids::AreaId;
use crate::offer::{Market, Offer, PriceClass, Quantity, Snapshot, Stock};
use crate::plan::Plan;
use crate::price::Price;
use crate::seat::SeatRun;
use crate::taken::Taken;

/// The seats that a map shows as available.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeatMap {
    /// In the seller's order.
    pub areas: Vec<MapArea>,
}

/// One area of a map, or the part of it that has one price band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapArea {
    /// Where.
    pub area: AreaId,
    /// What it is called, where that is known.
    pub name: Option<Arc<str>>,
    /// The seat quality's code, as the seller writes it.
    pub band: Option<Arc<str>>,
    /// The buyer classes of the band.
    pub classes: Arc<[PriceClass]>,
    /// What one seat costs, where the map says so.
    pub price: Option<Price>,
    /// The available seats.
    pub runs: Vec<SeatRun>,
}

/// A seat map, and what explains it.
#[derive(Debug, Clone, Copy)]
pub struct SeatView<'a> {
    /// The seats.
    pub map: &'a SeatMap,
    /// The latest snapshot, for its prices.
    pub known: &'a Snapshot,
    /// What rows are called.
    pub plan: &'a Plan,
    /// Whose seats they are.
    pub market: Market,
}

/// Judges the seats of a map that are not taken, as [`crate::checker::check_ticket`] does those of a snapshot.
pub fn view_seats(criteria: &Criteria, view: SeatView<'_>, taken: &Taken) -> Verdict {
    check(Wish { criteria, plan: view.plan, taken }, &view.snapshot())
}

/// The runs of available seats in a row whose first cell stands at `first`.
pub fn runs_of(y: i32, first: i32, cells: impl IntoIterator<Item = bool>) -> Vec<SeatRun> {
    let mut runs: Vec<SeatRun> = Vec::new();
    let mut adjacent = false;
    for (x, available) in (first..=i32::MAX).zip(cells) {
        match runs.last_mut().filter(|_| adjacent && available) {
            Some(run) => run.end = x,
            None => runs.extend(available.then_some(SeatRun { y, start: x, end: x })),
        }
        adjacent = available;
    }
    runs
}

impl SeatView<'_> {
    /// The map as offers: what the latest snapshot sells at its price, and the rest at the map's.
    ///
    /// A map's classes have the club's own prices: on the exchange, where they say nothing, the price is unknown.
    pub fn snapshot(&self) -> Snapshot {
        let priced = Priced::new(self.known, self.market);
        let mut offers = Vec::new();
        for area in &self.map.areas {
            let mut sold: BTreeMap<Option<usize>, Vec<SeatRun>> = BTreeMap::new();
            for run in &area.runs {
                priced.split(&area.area, *run, |offer, run| sold.entry(offer).or_default().push(run));
            }
            offers.extend(sold.into_iter().map(|(offer, runs)| {
                let known = offer.or_else(|| priced.number(area)).and_then(|at| self.known.offers.get(at));
                let stock = Stock::Runs(runs);
                known.map_or_else(|| self.unpriced(area), Offer::clone).with(stock, area)
            }));
        }
        Snapshot { offers: offers.into() }
    }

    fn unpriced(&self, area: &MapArea) -> Offer {
        let classes = match self.market {
            Market::Primary => Arc::clone(&area.classes),
            Market::Exchange => {
                area.classes.iter().map(|class| PriceClass { price: None, ..class.clone() }).collect()
            }
        };
        Offer {
            area: area.area.clone(),
            area_name: None,
            market: self.market,
            band: area.band.clone(),
            kind: None,
            price: area.price,
            classes,
            quantity: Quantity::default(),
            stock: Stock::Runs(Vec::new()),
        }
    }
}

impl Offer {
    fn with(self, stock: Stock, area: &MapArea) -> Self {
        Self { area_name: self.area_name.or_else(|| area.name.clone()), stock, ..self }
    }
}

/// Which offers of a snapshot sell the seats of a row, and which only a number in an area.
struct Priced<'a> {
    rows: BTreeMap<(&'a AreaId, i32), Vec<(SeatRun, usize)>>,
    numbers: BTreeMap<&'a AreaId, Vec<(usize, Option<&'a str>)>>,
}

impl<'a> Priced<'a> {
    fn new(known: &'a Snapshot, market: Market) -> Self {
        let mut priced = Self { rows: BTreeMap::new(), numbers: BTreeMap::new() };
        for (at, offer) in known.offers.iter().enumerate().filter(|(_, offer)| offer.market == market) {
            match &offer.stock {
                Stock::Runs(runs) => {
                    for run in runs {
                        priced.rows.entry((&offer.area, run.y)).or_default().push((*run, at));
                    }
                }
                Stock::Count { .. } => {
                    priced.numbers.entry(&offer.area).or_default().push((at, offer.band.as_deref()));
                }
            }
        }
        priced.rows.values_mut().for_each(|row| row.sort_unstable());
        priced
    }

    /// Gives each part of a run with the offer that sells it, or none.
    fn split(&self, area: &AreaId, run: SeatRun, mut each: impl FnMut(Option<usize>, SeatRun)) {
        let mut rest = Some(run);
        for (sold, offer) in self.rows.get(&(area, run.y)).into_iter().flatten() {
            let Some(current) = rest.filter(|current| current.overlaps(sold)) else { continue };
            let shared =
                SeatRun { start: sold.start.max(current.start), end: sold.end.min(current.end), ..current };
            for part in current.without(&shared) {
                if part.start < shared.start {
                    each(None, part);
                }
            }
            each(Some(*offer), shared);
            rest = current.without(&shared).find(|part| part.start > shared.end);
        }
        if let Some(rest) = rest {
            each(None, rest);
        }
    }

    /// The one offer that sells an unplaced number in the area, of its band where both name one.
    fn number(&self, area: &MapArea) -> Option<usize> {
        let band = area.band.as_deref();
        let fits = |(_, other): &&(usize, Option<&str>)| band.is_none() || other.is_none() || *other == band;
        let mut numbers = self.numbers.get(&area.area)?.iter().filter(fits);
        let (offer, _) = numbers.next()?;
        numbers.next().is_none().then_some(*offer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::checker::sample::{area, class, count, offer, plan, pounds, runs, snapshot, wanting};
    use crate::checker::{Reason, check_ticket};
    use crate::offer::PartSeats;

    fn run(y: i32, start: i32, end: i32) -> SeatRun {
        SeatRun::new(y, start, end).unwrap()
    }

    fn block(runs: Vec<SeatRun>) -> MapArea {
        let classes = Arc::from([class("1", "Adult", Some(60)), class("2", "Junior", Some(20))]);
        MapArea { area: area("1"), name: Some("Block 1".into()), band: None, classes, price: None, runs }
    }

    fn view(map: &SeatMap, known: &Snapshot, market: Market) -> Verdict {
        view_seats(&wanting(2), SeatView { map, known, plan: &plan(), market }, &Taken::default())
    }

    #[test]
    fn cells_become_runs_of_available_seats() {
        let cells = [true, false, true, true, false, false, true];
        assert_eq!(runs_of(4, 10, cells), [run(4, 10, 10), run(4, 12, 13), run(4, 16, 16)]);
        assert_eq!(runs_of(4, 1, []), []);
        assert_eq!(runs_of(4, i32::MAX, [true, true]), [run(4, i32::MAX, i32::MAX)]);
    }

    #[test]
    fn a_seat_on_the_map_costs_what_the_snapshot_says() {
        let map = SeatMap { areas: vec![block(vec![run(1, 1, 6)])] };
        let known = snapshot([offer("1", 75, runs(&[(1, 3, 4)]))]);
        let verdict = view(&map, &known, Market::Exchange);
        let part = &verdict.groups[0].parts[0];
        assert_eq!((part.price, &part.seats), (pounds(75), &PartSeats::Run(run(1, 3, 4))));
        assert_eq!(part.area_name.as_deref(), Some("Block 1"));
        assert_eq!(verdict.groups.len(), 1);
        assert_eq!(verdict.refusals[0].reason, Reason::PriceUnknown);
    }

    #[test]
    fn the_clubs_own_seats_cost_what_the_map_says_for_the_dearest_class() {
        let map = SeatMap { areas: vec![block(vec![run(1, 1, 2)])] };
        let verdict = view(&map, &Snapshot::default(), Market::Primary);
        assert_eq!(verdict.groups[0].parts[0].price, pounds(60));
        assert_eq!(verdict.groups[0].parts[0].class.as_deref(), Some("1"));
    }

    #[test]
    fn one_number_in_the_area_tells_the_price_of_its_seats() {
        let map = SeatMap { areas: vec![block(vec![run(1, 1, 2)])] };
        let one = offer("1", 45, count(Some(2), None));
        let verdict = view(&map, &snapshot([one.clone()]), Market::Exchange);
        assert_eq!(verdict.groups[0].parts[0].price, pounds(45));
        let two = snapshot([one, offer("1", 90, count(Some(2), None))]);
        assert_eq!(view(&map, &two, Market::Exchange).refusals[0].reason, Reason::PriceUnknown);
    }

    #[test]
    fn a_price_of_the_other_market_says_nothing() {
        let map = SeatMap { areas: vec![block(vec![run(1, 1, 2)])] };
        let known = snapshot([offer("1", 45, runs(&[(1, 1, 2)]))]);
        assert_eq!(view(&map, &known, Market::Primary).groups[0].parts[0].price, pounds(60));
    }

    #[test]
    fn taken_seats_of_the_map_are_left_out() {
        let map = SeatMap { areas: vec![block(vec![run(1, 1, 4)])] };
        let known = snapshot([offer("1", 75, runs(&[(1, 1, 4)]))]);
        let mut taken = Taken::default();
        taken.take(&view(&map, &known, Market::Exchange).groups[0]);
        let view = SeatView { map: &map, known: &known, plan: &plan(), market: Market::Exchange };
        let next = view_seats(&wanting(2), view, &taken);
        assert_eq!(next.groups[0].parts[0].seats, PartSeats::Run(run(1, 3, 4)));
    }

    proptest! {
        #[test]
        fn a_map_splits_into_offers_without_losing_a_seat(
            sold in prop::collection::vec((0..12_i32, 0..4_i32), 0..6), start in 0..6_i32, more in 0..9_i32,
        ) {
            let sold: Vec<_> = sold.into_iter().map(|(start, more)| (1, start, start + more)).collect();
            let known = snapshot(sold.iter().map(|sold| offer("1", 50, runs(&[*sold]))).collect::<Vec<_>>());
            let map = SeatMap { areas: vec![block(vec![run(1, start, start + more)])] };
            let view = SeatView { map: &map, known: &known, plan: &plan(), market: Market::Exchange };
            let mut seats = vec![];
            for offer in &view.snapshot().offers {
                let Stock::Runs(runs) = &offer.stock else { continue };
                for x in runs.iter().flat_map(|run| run.start..=run.end) {
                    let is_sold = sold.iter().any(|(y, start, end)| run(*y, *start, *end).contains(1, x));
                    prop_assert_eq!(offer.price.is_some(), is_sold);
                    seats.push(x);
                }
            }
            seats.sort_unstable();
            prop_assert_eq!(seats, (start..=start + more).collect::<Vec<_>>());
        }

        #[test]
        fn a_map_of_what_is_on_sale_reads_like_the_snapshot(on_sale in prop::collection::btree_set(0..20_i32, 1..12)) {
            let row = runs_of(1, 0, (0..20).map(|x| on_sale.contains(&x)));
            let known = snapshot([Offer { stock: Stock::Runs(row.clone()), ..offer("1", 50, runs(&[])) }]);
            let map = SeatMap { areas: vec![block(row)] };
            let direct = check_ticket(&wanting(2), &known, &plan());
            let groups = |verdict: Verdict| {
                verdict.groups.into_iter().flat_map(|group| group.parts).map(|part| part.seats).collect::<Vec<_>>()
            };
            prop_assert_eq!(groups(view(&map, &known, Market::Exchange)), groups(direct));
        }
    }
}
