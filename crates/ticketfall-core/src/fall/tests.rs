use proptest::prelude::*;

use super::*;
use crate::checker::sample::{count, offer, pounds, runs, snapshot};
use crate::offer::Stock;

/// Falls as the only eye sees them.
#[derive(Default)]
struct One(Falls);

impl One {
    fn resume(open: Vec<Fall>, last: Option<FallId>) -> Self {
        Self(Falls::resume(open.into_iter().map(|fall| (fall, Eye::Everybody)).collect(), last))
    }

    fn observe(&mut self, snapshot: &Snapshot, now: Timestamp) -> FallChanges {
        self.0.observe(&Eye::Everybody, snapshot, now)
    }

    fn still(&mut self, now: Timestamp) {
        self.0.still(&Eye::Everybody, now);
    }

    fn open(&self) -> impl Iterator<Item = &Fall> {
        self.0.open()
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn seats(fall: &Fall) -> (i32, i32, i32) {
    match &fall.seats {
        PartSeats::Run(run) => (run.y, run.start, run.end),
        PartSeats::Any(seats) => panic!("{seats} seats have no place"),
    }
}

fn numbers(falls: &[Fall]) -> Vec<PartSeats> {
    falls.iter().map(|fall| fall.seats.clone()).collect()
}

/// Falls that have seen that nothing is on sale.
fn sold_out() -> One {
    let mut falls = One::default();
    assert_eq!(falls.observe(&Snapshot::default(), at(0)), FallChanges::default());
    falls
}

#[test]
fn what_is_on_sale_to_begin_with_is_no_fall() {
    let mut falls = One::default();
    let on_sale = snapshot([offer("1", 50, runs(&[(7, 1, 4)])), offer("2", 50, count(Some(3), None))]);
    assert_eq!(falls.observe(&on_sale, at(0)), FallChanges::default());
    assert_eq!(falls.observe(&on_sale, at(1)), FallChanges::default());
    assert_eq!(falls.observe(&Snapshot::default(), at(2)), FallChanges::default());
}

#[test]
fn every_fall_is_recorded_once_with_first_and_last_seen() {
    let mut falls = sold_out();
    let on_sale = snapshot([offer("1", 50, runs(&[(7, 120, 122)]))]);
    let changes = falls.observe(&on_sale, at(5));
    let [fall] = &changes.fell[..] else { panic!("one fall, not {:?}", changes.fell) };
    assert_eq!((seats(fall), fall.price, fall.first_seen), ((7, 120, 122), Some(pounds(50)), at(5)));
    assert_eq!(falls.observe(&on_sale, at(6)), FallChanges::default());
    falls.still(at(7));
    let changes = falls.observe(&Snapshot::default(), at(8));
    let gone = Fall { last_seen: at(7), gone_at: Some(at(8)), ..fall.clone() };
    assert_eq!(changes, FallChanges { gone: vec![gone], ..FallChanges::default() });
    assert_eq!(falls.open().count(), 0);
}

#[test]
fn seats_that_leave_and_come_back_fall_again() {
    let mut falls = sold_out();
    let pair = snapshot([offer("1", 50, runs(&[(7, 1, 2)]))]);
    let first = falls.observe(&pair, at(1)).fell[0].id;
    falls.observe(&Snapshot::default(), at(2));
    let second = falls.observe(&pair, at(3)).fell[0].id;
    assert!(first < second);
}

#[test]
fn a_fall_lasts_as_long_as_one_of_its_own_seats() {
    let mut falls = sold_out();
    let first = falls.observe(&snapshot([offer("1", 50, runs(&[(7, 1, 4)]))]), at(1)).fell[0].id;
    assert_eq!(falls.observe(&snapshot([offer("1", 50, runs(&[(7, 3, 4)]))]), at(2)), FallChanges::default());
    let changes = falls.observe(&snapshot([offer("1", 50, runs(&[(7, 1, 3)]))]), at(3));
    assert_eq!(changes.fell.iter().map(seats).collect::<Vec<_>>(), [(7, 1, 2)]);
    let changes = falls.observe(&snapshot([offer("1", 50, runs(&[(7, 1, 2)]))]), at(4));
    assert_eq!(changes.gone.iter().map(|fall| fall.id).collect::<Vec<_>>(), [first]);
}

#[test]
fn a_lower_price_is_a_fall_and_a_higher_one_is_not() {
    let mut falls = One::default();
    let priced = |pounds| snapshot([offer("1", pounds, runs(&[(7, 1, 2)]))]);
    falls.observe(&priced(60), at(0));
    let cheaper = falls.observe(&priced(50), at(1));
    assert_eq!((cheaper.fell.len(), cheaper.fell[0].price), (1, Some(pounds(50))));
    assert_eq!(falls.observe(&priced(60), at(2)), FallChanges::default());
    assert_eq!(falls.observe(&priced(50), at(3)), FallChanges::default());
    let cheapest = falls.observe(&priced(40), at(4));
    assert_eq!((cheapest.fell.len(), cheapest.gone.len()), (1, 1));
}

#[test]
fn an_unknown_price_that_becomes_known_is_no_fall() {
    let mut falls = One::default();
    let unpriced = Offer { price: None, ..offer("1", 0, runs(&[(7, 1, 2)])) };
    falls.observe(&snapshot([unpriced]), at(0));
    assert_eq!(falls.observe(&snapshot([offer("1", 50, runs(&[(7, 1, 2)]))]), at(1)), FallChanges::default());
    assert_eq!(falls.observe(&snapshot([offer("1", 40, runs(&[(7, 1, 2)]))]), at(2)).fell.len(), 1);
}

#[test]
fn a_higher_number_is_a_fall_of_the_difference_until_it_sinks_back() {
    let mut falls = One::default();
    let on_sale = |number| snapshot([offer("1", 50, count(number, None))]);
    falls.observe(&on_sale(Some(3)), at(0));
    assert_eq!(numbers(&falls.observe(&on_sale(Some(5)), at(1)).fell), [PartSeats::Any(2)]);
    assert_eq!(numbers(&falls.observe(&on_sale(Some(6)), at(2)).fell), [PartSeats::Any(1)]);
    assert_eq!(numbers(&falls.observe(&on_sale(Some(5)), at(3)).gone), [PartSeats::Any(1)]);
    assert_eq!(falls.observe(&on_sale(Some(4)), at(4)), FallChanges::default());
    assert_eq!(numbers(&falls.observe(&on_sale(Some(3)), at(5)).gone), [PartSeats::Any(2)]);
}

#[test]
fn an_unknown_number_where_there_was_none_is_a_fall_of_one() {
    let mut falls = sold_out();
    let some = snapshot([offer("1", 50, count(None, None))]);
    assert_eq!(numbers(&falls.observe(&some, at(1)).fell), [PartSeats::Any(1)]);
    let three = snapshot([offer("1", 50, count(Some(3), None))]);
    assert_eq!(falls.observe(&three, at(2)), FallChanges::default());
    assert_eq!(falls.observe(&snapshot([offer("1", 50, count(Some(0), None))]), at(3)).gone.len(), 1);
}

#[test]
fn offers_that_are_counted_together_are_one_number() {
    let mut falls = One::default();
    let halves = |first, second| {
        snapshot([offer("1", 50, count(Some(first), None)), offer("1", 60, count(Some(second), None))])
    };
    falls.observe(&halves(1, 3), at(0));
    assert_eq!(falls.observe(&halves(3, 1), at(1)), FallChanges::default());
    assert_eq!(numbers(&falls.observe(&halves(3, 2), at(2)).fell), [PartSeats::Any(1)]);
}

#[test]
fn open_falls_survive_a_restart_and_nothing_else_falls() {
    let mut before = sold_out();
    let on_sale = snapshot([offer("1", 50, runs(&[(7, 1, 4)])), offer("2", 50, count(Some(2), None))]);
    let fell = before.observe(&on_sale, at(1)).fell;
    let mut falls = One::resume(before.open().cloned().collect(), Some(FallId(9)));
    let more = snapshot([offer("1", 50, runs(&[(7, 3, 8)])), offer("2", 50, count(Some(5), None))]);
    assert_eq!(falls.observe(&more, at(60)), FallChanges::default());
    assert_eq!(
        falls.open().map(|fall| (fall.id, fall.last_seen)).collect::<Vec<_>>(),
        [(fell[0].id, at(60)), (fell[1].id, at(60))]
    );
    let less = snapshot([offer("1", 50, runs(&[(7, 5, 9)])), offer("2", 50, count(Some(3), None))]);
    let changes = falls.observe(&less, at(61));
    assert_eq!((changes.fell[0].id, seats(&changes.fell[0])), (FallId(10), (7, 9, 9)));
    assert_eq!(changes.gone.iter().map(|fall| fall.id).collect::<Vec<_>>(), [fell[0].id, fell[1].id]);
}

#[test]
fn a_fall_that_left_during_a_restart_is_gone() {
    let mut before = sold_out();
    before.observe(
        &snapshot([offer("1", 50, runs(&[(7, 1, 2)])), offer("2", 50, count(Some(2), None))]),
        at(1),
    );
    let mut falls = One::resume(before.open().cloned().collect(), None);
    falls.still(at(30));
    let gone = falls.observe(&Snapshot::default(), at(60)).gone;
    assert_eq!(gone.iter().map(|fall| fall.last_seen).collect::<Vec<_>>(), [at(1), at(1)]);
}

#[test]
fn a_seat_that_is_listed_twice_falls_once_in_any_order() {
    let (cheap, dear) = (offer("1", 50, runs(&[(7, 1, 4)])), offer("1", 60, runs(&[(7, 1, 6)])));
    let mut falls = sold_out();
    let fell = falls.observe(&snapshot([dear.clone(), cheap.clone()]), at(1)).fell;
    assert_eq!(fell.iter().map(seats).collect::<Vec<_>>(), [(7, 1, 4), (7, 5, 6)]);
    assert_eq!(falls.observe(&snapshot([cheap, dear]), at(2)), FallChanges::default());
}

#[test]
fn the_ends_of_the_map_are_seats_too() {
    let mut falls = sold_out();
    let everything = snapshot([offer("1", 50, runs(&[(7, i32::MIN, i32::MAX), (7, 3, i32::MAX)]))]);
    assert_eq!(falls.observe(&everything, at(1)).fell.len(), 1);
    assert_eq!(falls.observe(&everything, at(2)), FallChanges::default());
}

/// One row of seats by their price in pounds; 0 is not on sale. Runs of one price are one offer.
fn row(cells: &[i64]) -> Snapshot {
    let mut offers: Vec<Offer> = Vec::new();
    for (x, price) in (0..).zip(cells).filter(|(_, price)| **price > 0) {
        match offers.last_mut() {
            Some(Offer { price: Some(last), stock: Stock::Runs(runs), .. })
                if *last == pounds(*price) && runs[0].end + 1 == x =>
            {
                runs[0].end = x;
            }
            Some(_) | None => offers.push(offer("1", *price, runs(&[(0, x, x)]))),
        }
    }
    snapshot(offers)
}

/// What is known of one seat in the model: the lowest price since it came, and the fall it is in.
type Seat = Option<(i64, Option<FallId>)>;

proptest! {
    #[test]
    fn every_seat_newly_on_sale_is_in_exactly_one_new_fall(
        readings in prop::collection::vec(prop::collection::vec(prop::sample::select(vec![0, 0, 50, 60]), 8), 1..12),
    ) {
        let (mut falls, mut seats) = (One::default(), vec![Seat::None; 8]);
        for (second, cells) in (0..).zip(&readings) {
            let changes = falls.observe(&row(cells), at(second));
            let before = seats.clone();
            for (x, price) in cells.iter().enumerate() {
                let is_news = second > 0 && *price > 0 && before[x].is_none_or(|(lowest, _)| *price < lowest);
                let of: Vec<_> = changes.fell.iter().filter(|fall| has(fall, x)).collect();
                prop_assert_eq!(of.len(), usize::from(is_news), "seat {} of {:?}", x, changes.fell);
                seats[x] = match (of.first(), before[x]) {
                    _ if *price == 0 => None,
                    (Some(fall), _) => {
                        prop_assert_eq!(fall.price, Some(pounds(*price)));
                        Some((*price, Some(fall.id)))
                    }
                    (None, Some(known)) => Some(known),
                    (None, None) => Some((*price, None)),
                };
            }
            let alive = |id| seats.iter().flatten().any(|(_, fall)| *fall == Some(id));
            prop_assert!(falls.open().all(|fall| alive(fall.id) && fall.last_seen == at(second)));
            prop_assert!(changes.gone.iter().all(|fall| !alive(fall.id) && fall.gone_at == Some(at(second))));
            let open: BTreeSet<_> = falls.open().map(|fall| fall.id).collect();
            prop_assert_eq!(open, seats.iter().flatten().filter_map(|(_, fall)| *fall).collect::<BTreeSet<_>>());
        }
    }

    #[test]
    fn numbers_that_fell_and_are_gone_add_up(readings in prop::collection::vec(0..9_u32, 1..20)) {
        let mut falls = One::default();
        let mut fell = 0;
        for (second, number) in (0..).zip(&readings) {
            let changes = falls.observe(&snapshot([offer("1", 50, count(Some(*number), None))]), at(second));
            fell += changes.fell.iter().map(any).sum::<u32>();
            prop_assert!(falls.open().map(any).sum::<u32>() >= number.saturating_sub(readings[0]));
            prop_assert!(*number > 0 || falls.open().count() == 0);
        }
        let rises = readings.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).sum::<u32>();
        prop_assert_eq!(fell, rises);
    }

    #[test]
    fn a_restart_changes_no_open_fall(first in prop::collection::vec(prop::sample::select(vec![0, 50, 60]), 8)) {
        let mut before = sold_out();
        before.observe(&row(&first), at(1));
        let mut after = One::resume(before.open().cloned().collect(), None);
        prop_assert_eq!(after.observe(&row(&first), at(2)), before.observe(&row(&first), at(2)));
        prop_assert_eq!(after.open().collect::<Vec<_>>(), before.open().collect::<Vec<_>>());
    }
}

fn has(fall: &Fall, x: usize) -> bool {
    i32::try_from(x).is_ok_and(|x| match &fall.seats {
        PartSeats::Run(run) => run.contains(0, x),
        PartSeats::Any(_) => false,
    })
}

fn any(fall: &Fall) -> u32 {
    match &fall.seats {
        PartSeats::Any(seats) => *seats,
        PartSeats::Run(run) => run.seats(),
    }
}
