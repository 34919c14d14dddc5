//! Invented offers for tests, plain and drawn at random.

use std::sync::Arc;

use proptest::prelude::*;

use crate::criteria::{Criteria, TypeWanted};
use crate::ids::AreaId;
use crate::offer::{Market, Offer, PriceClass, Quantity, Snapshot, Stock};
use crate::plan::{AreaPlan, Plan};
use crate::price::{Currency, Price};
use crate::seat::SeatRun;

pub(crate) fn pounds(pounds: i64) -> Price {
    Price::new(pounds * 100, Currency::GBP)
}

pub(crate) fn area(id: &str) -> AreaId {
    AreaId::new(id).unwrap()
}

pub(crate) fn class(id: &str, name: &str, price: Option<i64>) -> PriceClass {
    PriceClass { id: id.into(), name: name.into(), price: price.map(pounds) }
}

/// Runs of seats by `(y, start, end)`.
pub(crate) fn runs(runs: &[(i32, i32, i32)]) -> Stock {
    Stock::Runs(runs.iter().map(|(y, start, end)| SeatRun::new(*y, *start, *end).unwrap()).collect())
}

pub(crate) fn count(available: Option<u32>, together: Option<u32>) -> Stock {
    Stock::Count { available, together }
}

/// An offer of the exchange at so many pounds a seat.
pub(crate) fn offer(id: &str, price: i64, stock: Stock) -> Offer {
    Offer {
        area: area(id),
        area_name: None,
        market: Market::Exchange,
        band: None,
        kind: None,
        price: Some(pounds(price)),
        classes: Arc::from([]),
        quantity: Quantity::default(),
        stock,
    }
}

pub(crate) fn snapshot(offers: impl Into<Vec<Offer>>) -> Snapshot {
    let offers = offers.into();
    let blocks = offers.chunks(2).map(|offers| Arc::new(offers.to_vec().into()));
    Snapshot { offers: blocks.collect() }
}

/// So many seats together in any area for at most £100 each.
pub(crate) fn wanting(seats: u32) -> Criteria {
    Criteria {
        seats,
        together: true,
        wanted_type: TypeWanted::All,
        areas: Vec::new(),
        rows: Vec::new(),
        price_max: pounds(100),
    }
}

/// Rows 0 to 2 of areas 1 to 3 are printed A to C; row 3 has no name.
pub(crate) fn plan() -> Plan {
    let rows = || (0..).zip(["A", "B", "C"].map(Arc::from)).collect();
    let named =
        |id: &str| AreaPlan { name: Some(format!("Block {id}").into()), rows: rows(), ..AreaPlan::default() };
    Plan { areas: ["1", "2", "3"].map(|id| (area(id), named(id))).into() }
}

fn areas() -> impl Strategy<Value = AreaId> {
    prop::sample::select(vec!["1", "2", "3", "4"]).prop_map(area)
}

fn prices() -> impl Strategy<Value = Option<Price>> {
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(Price::new(5_000, Currency::EUR))),
        8 => prop::sample::select(vec![0, 40, 50, 60, 100, 120]).prop_map(|price| Some(pounds(price))),
    ]
}

fn stocks() -> impl Strategy<Value = Stock> {
    let run = (0..4_i32, 0..16_i32, 0..5_i32)
        .prop_map(|(y, start, more)| SeatRun::new(y, start, start + more).unwrap());
    prop_oneof![
        4 => prop::collection::vec(run, 0..4).prop_map(Stock::Runs),
        1 => (prop::option::of(0..6_u32), prop::option::of(0..4_u32))
            .prop_map(|(available, together)| count(available, together)),
    ]
}

fn quantities() -> impl Strategy<Value = Quantity> {
    let odd = (1..3_u32, prop::option::of(1..5_u32), 1..3_u32);
    prop_oneof![
        4 => Just(Quantity::default()),
        1 => odd.prop_map(|(min, max, step)| Quantity { min, max, step }),
    ]
}

prop_compose! {
    fn offers()(
        area in areas(), price in prices(), stock in stocks(), quantity in quantities(),
        primary in any::<bool>(), classes in prop::sample::subsequence(vec![0, 1, 2], 0..=3),
    ) -> Offer {
        let classes = classes.into_iter().map(|at| {
            [class("1", "Adult", Some(60)), class("2", "Junior", Some(20)), class("3", "Carer", None)][at].clone()
        });
        let market = if primary { Market::Primary } else { Market::Exchange };
        Offer { area, market, price, classes: classes.collect(), quantity, stock, ..offer("1", 0, runs(&[])) }
    }
}

/// Up to a dozen offers, some with the same seats, unknown prices or odd quantities.
pub(crate) fn snapshots() -> impl Strategy<Value = Snapshot> {
    prop::collection::vec(offers(), 0..12).prop_map(snapshot)
}

prop_compose! {
    /// Anything that a member may want of [`snapshots`].
    pub(crate) fn criteria()(
        seats in 1..5_u32, together in any::<bool>(),
        wanted in prop::sample::select(vec!["All", "All", "All", "junior", "block 1", "3", "Nobody"]),
        areas in prop::sample::subsequence(vec!["3", "1", "2"], 0..=3).prop_shuffle(),
        anywhere in any::<bool>(), rows in prop::sample::select(vec!["", "", "", "a", "C"]),
        cap in prop::sample::select(vec![50, 60, 100, 120]),
    ) -> Criteria {
        let areas = if anywhere { Vec::new() } else { areas.into_iter().map(area).collect() };
        let rows = if rows.is_empty() { Vec::new() } else { vec![rows.to_owned()] };
        Criteria { seats, together, wanted_type: wanted.parse().unwrap(), areas, rows, price_max: pounds(cap) }
    }
}
