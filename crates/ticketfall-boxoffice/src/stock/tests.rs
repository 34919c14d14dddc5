//! A seat has one owner, whatever is asked in whatever order.

use proptest::prelude::*;

use super::*;
use crate::event;

const AREA: AreaId = AreaId(1201);

fn place(x: u16) -> Place {
    Place { area: AREA, y: 3, x }
}

fn offer(pounds: u32) -> Offer {
    Offer { market: Market::Exchange, band: event::SIDE, price: Pence(pounds * 100) }
}

fn stock(seats: &[(u16, u32)]) -> Stock {
    let mut stock = Stock::default();
    for &(x, pounds) in seats {
        assert!(stock.offer(place(x), offer(pounds), 0, Duration::ZERO));
    }
    stock
}

fn wanted(quantity: usize, together: bool) -> Wanted {
    let price = Pence(0)..=Pence(10_000_000);
    Wanted {
        market: Market::Exchange,
        quantity,
        together,
        area: None,
        hidden: BTreeSet::new(),
        band: None,
        price,
    }
}

fn xs(places: &[Place]) -> Vec<u16> {
    places.iter().map(|place| place.x).collect()
}

fn lock(by: MemberId) -> Change {
    Change { to: Standing::Locked { by, until: Duration::from_mins(1) }, at: Duration::ZERO }
}

#[test]
fn adjacent_seats_on_the_same_terms_are_one_run() {
    let stock = stock(&[(1, 75), (2, 75), (3, 80), (5, 80)]);
    let runs = runs(stock.on_sale(Market::Exchange));
    let ends: Vec<(u16, u16)> = runs.iter().map(|run| (run.first_x, run.last_x)).collect();
    assert_eq!(ends, [(1, 2), (3, 3), (5, 5)]);
}

#[test]
fn the_best_seats_come_from_the_end_of_the_shortest_run_that_fits() {
    let stock = stock(&[(1, 75), (2, 75), (3, 75), (4, 75), (6, 75), (7, 75), (8, 75)]);
    assert_eq!(xs(&stock.best(&wanted(2, true))), [7, 8]);
    assert_eq!(xs(&stock.best(&wanted(4, true))), [1, 2, 3, 4]);
    assert!(xs(&stock.best(&wanted(5, true))).is_empty());
    assert_eq!(xs(&stock.best(&wanted(5, false))), [1, 2, 3, 4, 6]);
    assert!(xs(&stock.best(&wanted(8, false))).is_empty());
}

#[test]
fn what_is_asked_for_is_kept_to() {
    let mut stock = stock(&[(1, 75), (4, 90)]);
    let primary = Offer { market: Market::Primary, ..offer(75) };
    stock.offer(place(9), primary, 0, Duration::ZERO);
    let dear = Wanted { price: Pence(7_501)..=Pence(9_000), ..wanted(1, true) };
    assert_eq!(xs(&stock.best(&dear)), [4]);
    assert_eq!(xs(&stock.best(&Wanted { market: Market::Primary, ..wanted(1, true) })), [9]);
    assert!(xs(&stock.best(&Wanted { area: Some(AreaId(1202)), ..wanted(1, true) })).is_empty());
    assert!(xs(&stock.best(&Wanted { band: Some(event::GOAL), ..wanted(1, true) })).is_empty());
}

#[test]
fn a_seat_that_is_given_back_is_on_sale_under_its_new_fall() {
    let mut stock = stock(&[(1, 75)]);
    assert!(stock.take(place(1), lock(0)));
    assert_eq!(stock.on_sale(Market::Exchange).count(), 0);
    assert!(!stock.give_back(place(1), 1, 5, Duration::ZERO));
    assert!(stock.give_back(place(1), 0, 5, Duration::ZERO));
    assert_eq!(stock.on_sale(Market::Exchange).count(), 1);
    assert_eq!(stock.seat(place(1)).unwrap().fall, 5);
}

#[derive(Clone, Debug)]
enum Step {
    Take(u16, MemberId),
    Buy(u16, MemberId),
    GiveBack(u16, MemberId),
}

fn step() -> impl Strategy<Value = Step> {
    let seat_and_member = (0_u16..6, 0_usize..3);
    prop_oneof![
        seat_and_member.clone().prop_map(|(x, by)| Step::Take(x, by)),
        seat_and_member.clone().prop_map(|(x, by)| Step::Buy(x, by)),
        seat_and_member.prop_map(|(x, by)| Step::GiveBack(x, by)),
    ]
}

/// What the stock should say, kept by nothing but the answers it gave.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    OnSale,
    Held(MemberId),
    Bought(MemberId),
}

proptest! {
    #[test]
    fn a_seat_never_has_two_owners(steps in prop::collection::vec(step(), 1..80)) {
        let mut stock = stock(&[(0, 75), (1, 75), (2, 75), (3, 75), (4, 75), (5, 75)]);
        let mut told = [Told::OnSale; 6];
        for step in steps {
            let (x, granted, expected, after) = match step {
                Step::Take(x, by) => {
                    (x, stock.take(place(x), lock(by)), told[usize::from(x)] == Told::OnSale, Told::Held(by))
                }
                Step::Buy(x, by) => {
                    let to = Standing::Bought { by: Buyer::Member(by), price: Pence(1) };
                    let granted = stock.keep(place(x), by, Change { to, at: Duration::ZERO });
                    (x, granted, told[usize::from(x)] == Told::Held(by), Told::Bought(by))
                }
                Step::GiveBack(x, by) => {
                    let granted = stock.give_back(place(x), by, 0, Duration::ZERO);
                    (x, granted, told[usize::from(x)] == Told::Held(by), Told::OnSale)
                }
            };
            prop_assert_eq!(granted, expected);
            if granted {
                told[usize::from(x)] = after;
            }
            let free = told.iter().filter(|told| **told == Told::OnSale).count();
            prop_assert_eq!(stock.on_sale(Market::Exchange).count(), free);
        }
    }
}
