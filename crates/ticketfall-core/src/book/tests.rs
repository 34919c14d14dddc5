//! Stories of two members who are shown different things at one event.

use super::*;
use crate::checker::sample::{count, offer, runs, snapshot};
use crate::ids::{AreaId, ProfileId};
use crate::offer::{Market, Part, PartSeats};
use crate::price::{Currency, Price};
use crate::seat::SeatRun;

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(super) fn alone(name: &str) -> Eye {
    Eye::Alone(ProfileId::new(name).unwrap())
}

pub(super) fn group(start: i32, end: i32) -> SeatGroup {
    let part = Part {
        area: AreaId::new("1").unwrap(),
        area_name: None,
        market: Market::Exchange,
        band: None,
        class: None,
        price: Price::new(5_000, Currency::GBP),
        seats: PartSeats::Run(SeatRun::new(7, start, end).unwrap()),
    };
    SeatGroup { parts: vec![part] }
}

fn is_taken(book: &Book, x: i32) -> bool {
    book.taken().covers(&AreaId::new("1").unwrap(), 7, x)
}

/// A pair of seats of one row, in a snapshot of its own.
fn pair(start: i32) -> Snapshot {
    snapshot([offer("1", 50, runs(&[(7, start, start + 1)]))])
}

fn ids(falls: &[Fall]) -> Vec<u64> {
    falls.iter().map(|fall| fall.id.0).collect()
}

/// A book in which both have seen that nothing is on sale.
fn two_who_look() -> (Book, Writer, Writer) {
    let mut book = Book::new(vec![], None);
    let (ada, ben) = (book.begin(alone("ada")), book.begin(alone("ben")));
    for writer in [ada, ben] {
        assert_eq!(book.observe(writer, &Snapshot::default(), at(0)), FallChanges::default());
    }
    (book, ada, ben)
}

#[test]
fn what_one_watch_has_taken_no_other_finds_free() {
    let (mut book, ada, ben) = two_who_look();
    book.take(ada, group(1, 2));
    assert!(is_taken(&book, 1));
    book.let_go(ben, group(1, 2), Free::AtOnce, at(1));
    assert!(is_taken(&book, 1), "what ben never took is not ben's to let go");
    let freed = book.freed();
    book.let_go(ada, group(1, 2), Free::AtOnce, at(1));
    assert!(!is_taken(&book, 1) && book.freed() > freed);
}

#[test]
fn what_was_refused_is_free_for_everybody_after_a_while() {
    let (mut book, ada, _) = two_who_look();
    book.take(ada, group(1, 2));
    book.let_go(ada, group(1, 2), Free::Later, at(0));
    book.warm_up(at(14));
    assert!(is_taken(&book, 1));
    book.warm_up(at(15));
    assert!(!is_taken(&book, 1));
}

#[test]
fn what_a_watch_that_has_ended_claimed_is_free_after_a_while() {
    let (mut book, ada, _) = two_who_look();
    book.take(ada, group(1, 2));
    book.end(ada, at(0));
    book.warm_up(at(14));
    assert!(is_taken(&book, 1));
    book.warm_up(at(15));
    assert!(!is_taken(&book, 1));
    book.take(ada, group(1, 2));
    assert!(book.taken().is_empty(), "who has ended claims nothing");
}

#[test]
fn a_swap_of_seats_that_were_not_taken_takes_only_the_choice() {
    let (mut book, ada, _) = two_who_look();
    assert_eq!(book.swap(ada, &group(1, 2), |_| None), None);
    assert!(book.taken().is_empty());
    book.take(ada, group(1, 2));
    assert_eq!(
        book.swap(ada, &group(1, 2), |taken| taken.is_empty().then(|| group(5, 6))),
        Some(group(5, 6))
    );
    assert!(is_taken(&book, 5) && !is_taken(&book, 1));
}

#[test]
fn seats_that_fall_for_two_are_one_fall_that_both_hear_of() {
    let (mut book, ada, ben) = two_who_look();
    let first = book.observe(ada, &pair(1), at(1));
    assert_eq!((ids(&first.fell), first.reached), (vec![0], false));
    let second = book.observe(ben, &pair(1), at(2));
    assert_eq!((ids(&second.fell), second.reached), (vec![], true));
    assert_eq!(book.observe(ben, &pair(1), at(3)), FallChanges::default());
    let [fall] = &book.open_falls(ben)[..] else { panic!("one fall") };
    assert_eq!((fall.first_seen, fall.last_seen), (at(1), at(3)));
    assert_eq!(book.observe(ada, &Snapshot::default(), at(4)), FallChanges::default());
    let gone = book.observe(ben, &Snapshot::default(), at(5)).gone;
    assert_eq!((ids(&gone), gone[0].last_seen), (vec![0], at(3)));
}

#[test]
fn falls_of_different_eyes_have_different_numbers() {
    let (mut book, ada, ben) = two_who_look();
    assert_eq!(ids(&book.observe(ada, &pair(1), at(1)).fell), [0]);
    assert_eq!(ids(&book.observe(ben, &pair(5), at(1)).fell), [1]);
    assert_eq!(ids(&book.observe(ada, &Snapshot::default(), at(2)).gone), [0]);
    assert_eq!(ids(&book.open_falls(ben)), [1]);
}

#[test]
fn what_an_eye_is_shown_first_is_no_fall_and_tells_nobody_elses_news() {
    let (mut book, ada, _) = two_who_look();
    let chloe = book.begin(alone("chloe"));
    assert_eq!(book.observe(chloe, &pair(1), at(1)), FallChanges::default());
    assert_eq!(ids(&book.observe(ada, &pair(1), at(2)).fell), [0], "ada's reading before did not show it");
    assert_eq!(ids(&book.open_falls(chloe)), [0]);
    assert_eq!(book.observe(ada, &Snapshot::default(), at(3)), FallChanges::default());
    assert_eq!(ids(&book.observe(chloe, &Snapshot::default(), at(4)).gone), [0]);
}

#[test]
fn seats_that_are_partly_of_a_fall_of_another_fall_for_the_rest() {
    let (mut book, ada, ben) = two_who_look();
    book.observe(ada, &snapshot([offer("1", 50, runs(&[(7, 3, 4)]))]), at(1));
    let wider = snapshot([offer("1", 50, runs(&[(7, 1, 6)]))]);
    let changes = book.observe(ben, &wider, at(2));
    let seats: Vec<_> = changes.fell.iter().map(|fall| fall.seats.clone()).collect();
    let run = |start, end| PartSeats::Run(SeatRun { y: 7, start, end });
    assert_eq!(seats, [run(1, 2), run(5, 6)]);
    assert!(changes.reached);
    assert_eq!(book.observe(ada, &wider, at(3)).fell, []);
}

#[test]
fn a_lower_price_for_one_is_one_fall_for_both() {
    let (mut book, ada, ben) = two_who_look();
    let priced = |pounds| snapshot([offer("1", pounds, runs(&[(7, 1, 2)]))]);
    book.observe(ada, &priced(60), at(1));
    let cheaper = book.observe(ben, &priced(50), at(2));
    assert_eq!((ids(&cheaper.fell), ids(&cheaper.gone)), (vec![1], vec![0]));
    assert_eq!(book.observe(ada, &priced(50), at(3)), FallChanges::default());
    assert_eq!(ids(&book.open_falls(ada)), [1]);
}

#[test]
fn of_numbers_the_greatest_rise_counts_and_not_the_sum() {
    let (mut book, ada, ben) = two_who_look();
    let number = |seats| snapshot([offer("1", 50, count(Some(seats), None))]);
    assert_eq!(ids(&book.observe(ada, &number(2), at(1)).fell), [0]);
    let changes = book.observe(ben, &number(3), at(2));
    let seats: Vec<_> = changes.fell.iter().map(|fall| fall.seats.clone()).collect();
    assert_eq!((seats, changes.reached), (vec![PartSeats::Any(1)], true));
    assert_eq!(book.observe(ada, &number(3), at(3)).fell, []);
    assert_eq!(book.observe(ada, &Snapshot::default(), at(4)).gone, []);
    assert_eq!(ids(&book.observe(ben, &Snapshot::default(), at(5)).gone), [0, 1]);
}

#[test]
fn what_only_one_who_left_was_shown_is_open_until_its_eye_is_back() {
    let (mut book, ada, ben) = two_who_look();
    book.observe(ada, &pair(1), at(1));
    book.end(ada, at(2));
    assert_eq!(book.observe(ben, &Snapshot::default(), at(3)), FallChanges::default());
    let again = book.begin(alone("ada"));
    let [fall] = &book.open_falls(again)[..] else { panic!("it is not known to be gone") };
    assert_eq!((fall.last_seen, fall.gone_at), (at(1), None));
    assert_eq!(ids(&book.observe(again, &pair(5), at(60)).gone), [0]);
}

#[test]
fn what_one_who_left_was_shown_goes_on_for_who_is_shown_it_now() {
    let (mut book, ada, ben) = two_who_look();
    book.observe(ada, &pair(1), at(1));
    book.end(ada, at(2));
    let changes = book.observe(ben, &pair(1), at(3));
    assert_eq!((ids(&changes.fell), changes.reached), (vec![], true));
    assert_eq!(ids(&book.observe(ben, &Snapshot::default(), at(4)).gone), [0]);
    assert_eq!(ids(&book.observe(ben, &pair(1), at(5)).fell), [1]);
}

#[test]
fn after_a_restart_only_who_was_shown_a_fall_can_tell_that_it_is_gone() {
    let (mut before, ada, ben) = two_who_look();
    before.observe(ada, &pair(1), at(1));
    before.observe(ben, &pair(5), at(1));
    let open = [(ada, alone("ada")), (ben, alone("ben"))]
        .into_iter()
        .flat_map(|(writer, eye)| before.open_falls(writer).into_iter().map(move |fall| (fall, eye.clone())));
    let mut book = Book::new(open.collect(), Some(FallId(7)));
    let (ada, ben) = (book.begin(alone("ada")), book.begin(alone("ben")));
    assert_eq!(book.observe(ben, &pair(5), at(60)), FallChanges::default());
    assert_eq!(ids(&book.observe(ada, &Snapshot::default(), at(61)).gone), [0]);
    assert_eq!(ids(&book.observe(ada, &pair(1), at(62)).fell), [8]);
}

#[test]
fn a_watch_whose_eyes_another_has_now_writes_nothing() {
    let (mut book, old, _) = two_who_look();
    let new = book.begin(alone("ada"));
    assert_eq!(book.observe(old, &pair(1), at(1)), FallChanges::default());
    assert_eq!(book.observe(new, &Snapshot::default(), at(2)), FallChanges::default());
    book.end(old, at(3));
    assert_eq!(ids(&book.observe(new, &pair(1), at(4)).fell), [0]);
    assert_eq!(book.observe(new, &pair(1), at(5)), FallChanges::default());
}
