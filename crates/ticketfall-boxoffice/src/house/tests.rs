//! Time, falls, rivals and holds, decided by hand-moved clocks.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::books::{Cause, Fate, Owner};
use crate::event::{CUP_TIE, ClassId, LEAGUE_MATCH};
use crate::money::Pence;
use crate::script::{Closing, Fall, Limits, Opening, Rivals, Weather};
use crate::stock::{Market, Wanted};

const ADA: MemberId = 0;
const BEN: MemberId = 1;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn house(script: Script) -> House {
    House::open(7, script, 12, String::new())
}

fn two_seats() -> Fall {
    Fall::of(LEAGUE_MATCH).area("East Lower 5").seats(2).price(Pence(7_500)).at(secs(90))
}

fn one_rival(reaction: u64) -> Rivals {
    Rivals { count: 1, reaction_ms: [reaction, reaction], appetite: 1.0, max_price: None }
}

fn wanted(quantity: usize) -> Wanted {
    let price = Pence(0)..=Pence(10_000_000);
    Wanted {
        market: Market::Exchange,
        quantity,
        together: true,
        area: None,
        hidden: BTreeSet::new(),
        band: None,
        price,
    }
}

fn adult(house: &House, event: EventId) -> ClassId {
    house.event(event).unwrap().prices().next().unwrap().class
}

fn claim(by: MemberId, now: Duration) -> Claim {
    Claim { by, event: LEAGUE_MATCH, market: Market::Exchange, now }
}

fn lock(house: &mut House, by: MemberId, quantity: usize, now: Duration) -> Result<Vec<Pick>, Refusal> {
    house.advance(now);
    house.lock_best(claim(by, now), &wanted(quantity))
}

fn put(house: &mut House, by: MemberId, picks: &[Pick], now: Duration) -> Result<(), Refusal> {
    house.advance(now);
    let class = adult(house, LEAGUE_MATCH);
    let seats: Vec<(u64, ClassId)> = picks.iter().map(|pick| (pick.id, class)).collect();
    house.put_in_basket(claim(by, now), &seats)
}

fn on_sale(house: &mut House, now: Duration) -> usize {
    house.advance(now);
    house.books(now).seats_on_sale(LEAGUE_MATCH).len()
}

#[test]
fn a_fall_comes_at_its_time_and_not_before() {
    let mut house = house(Script { falls: vec![two_seats()], ..Script::default() });
    assert_eq!(on_sale(&mut house, millis(89_999)), 0);
    assert_eq!(on_sale(&mut house, secs(90)), 2);
    let falls = house.books(secs(90)).falls;
    assert_eq!(
        (falls[0].at, falls[0].cause, falls[0].area_name.as_str()),
        (secs(90), Cause::Script, "East Lower 5")
    );
}

#[test]
fn a_fall_repeats_as_often_as_it_says() {
    let fall = Fall { count: 3, every: secs(10), ..two_seats() };
    let mut house = house(Script { falls: vec![fall], ..Script::default() });
    assert_eq!(on_sale(&mut house, secs(109)), 4);
    assert_eq!(on_sale(&mut house, secs(1_000)), 6);
}

#[test]
fn a_fall_in_a_row_that_does_not_exist_is_told_in_the_books() {
    let mut house = house(Script { falls: vec![two_seats().row("Nought")], ..Script::default() });
    house.advance(secs(90));
    let told = house.books(secs(90)).not_fallen;
    assert!(told[0].contains("no row \"Nought\"; its rows are"), "{told:?}");
}

#[test]
fn a_rival_takes_a_fall_after_its_reaction() {
    let mut house = house(Script { falls: vec![two_seats()], rivals: one_rival(5), ..Script::default() });
    assert_eq!(on_sale(&mut house, millis(90_004)), 2);
    assert_eq!(on_sale(&mut house, millis(90_005)), 0);
    let fate = house.books(secs(91)).falls[0].seats[0].fate.clone();
    assert_eq!(fate, Fate::Taken { rival: "Magpie".to_owned(), at: millis(90_005) });
}

#[test]
fn a_rival_finds_nothing_where_a_member_was_quicker() {
    let mut house = house(Script { falls: vec![two_seats()], rivals: one_rival(5), ..Script::default() });
    let picks = lock(&mut house, ADA, 2, millis(90_004)).unwrap();
    house.advance(secs(91));
    assert_eq!(picks.len(), 2);
    assert_eq!(house.books(secs(91)).member("ada@example.org").unwrap().locked.len(), 2);
}

#[test]
fn a_rival_takes_no_more_than_the_posted_limit() {
    let mut house =
        house(Script { falls: vec![two_seats().seats(6)], rivals: one_rival(5), ..Script::default() });
    assert_eq!(on_sale(&mut house, secs(91)), 2);
}

#[test]
fn what_is_given_back_is_noticed_anew() {
    let mut house = house(Script { falls: vec![two_seats()], rivals: one_rival(5_000), ..Script::default() });
    lock(&mut house, ADA, 2, secs(91)).unwrap();
    assert_eq!(house.release(ADA, LEAGUE_MATCH, secs(92)), 2);
    assert_eq!(on_sale(&mut house, secs(95)), 2);
    assert_eq!(on_sale(&mut house, secs(97)), 0);
}

#[test]
fn rivals_leave_the_opening_alone() {
    let opening = Opening { lots: 5, seats: 1, ..Opening::default() };
    let mut house = house(Script { opening, rivals: one_rival(5), ..Script::default() });
    assert_eq!(on_sale(&mut house, secs(60)), 5);
}

#[test]
fn a_lock_without_the_basket_ends_after_its_time_and_falls_again() {
    let mut house = house(Script { falls: vec![two_seats()], ..Script::default() });
    lock(&mut house, ADA, 2, secs(100)).unwrap();
    assert_eq!(on_sale(&mut house, millis(159_999)), 0);
    assert_eq!(on_sale(&mut house, secs(160)), 2);
    let books = house.books(secs(160));
    assert_eq!(books.falls[0].seats[1].fate, Fate::GivenBack { at: secs(160) });
    assert_eq!((books.falls[1].cause, books.falls[1].at), (Cause::GivenBack, secs(160)));
}

#[test]
fn a_basket_is_lost_exactly_at_its_end() {
    let mut house = house(Script { falls: vec![two_seats()], ..Script::default() });
    let picks = lock(&mut house, ADA, 2, secs(100)).unwrap();
    put(&mut house, ADA, &picks, secs(110)).unwrap();
    house.advance(millis(709_999));
    assert_eq!(house.basket(ADA).len(), 2);
    house.advance(secs(710));
    assert_eq!(house.basket(ADA).len(), 0);
}

#[test]
fn a_lock_that_ended_cannot_go_to_the_basket() {
    let mut house = house(Script { falls: vec![two_seats()], ..Script::default() });
    let picks = lock(&mut house, ADA, 2, secs(100)).unwrap();
    assert_eq!(put(&mut house, BEN, &picks, secs(101)), Err(Refusal::NotLocked));
    assert_eq!(put(&mut house, ADA, &picks, secs(160)), Err(Refusal::NotLocked));
}

#[test]
fn locks_baskets_and_purchases_all_count_against_the_posted_limit() {
    let fall = Fall { count: 4, every: secs(1), ..two_seats() };
    let limits = Limits { posted: 3, ..Limits::default() };
    let mut house = house(Script { falls: vec![fall], limits, ..Script::default() });
    let first = lock(&mut house, ADA, 1, secs(100)).unwrap();
    put(&mut house, ADA, &first, secs(100)).unwrap();
    assert_eq!(house.pay(ADA, secs(101)).len(), 1);
    lock(&mut house, ADA, 2, secs(102)).unwrap();
    assert_eq!(lock(&mut house, ADA, 1, secs(103)), Err(Refusal::OverTheLimit));
    assert_eq!(house.release(ADA, LEAGUE_MATCH, secs(104)), 2);
    assert_eq!(lock(&mut house, ADA, 3, secs(104)), Err(Refusal::OverTheLimit));
    assert!(lock(&mut house, BEN, 2, secs(105)).is_ok());
}

#[test]
fn nothing_is_sold_after_the_closing() {
    let closings = vec![Closing { at: secs(95), event: LEAGUE_MATCH }];
    let mut house = house(Script { falls: vec![two_seats()], closings, ..Script::default() });
    let session = house.sessions.open(ADA, secs(0));
    assert!(house.admit(LEAGUE_MATCH, &session, millis(94_999)).is_ok());
    assert!(house.admit(LEAGUE_MATCH, &session, secs(95)).is_err());
    assert_eq!(lock(&mut house, ADA, 1, secs(95)), Err(Refusal::EventClosed));
}

#[test]
fn weather_keeps_to_its_rate_and_to_its_events() {
    let weather = Weather { falls_per_minute: 10.0, events: vec![CUP_TIE], ..Weather::default() };
    let mut house = house(Script { weather, ..Script::default() });
    house.advance(secs(3_600));
    let falls = house.books(secs(3_600)).falls;
    assert!((450..750).contains(&falls.len()), "{}", falls.len());
    assert!(falls.iter().all(|fall| fall.event == CUP_TIE && fall.cause == Cause::Weather));
    let markets: BTreeSet<Market> = falls.iter().map(|fall| fall.market).collect();
    assert_eq!(markets.len(), 2);
}

#[test]
fn looking_often_or_once_gives_the_same_books() {
    let weather = Weather { falls_per_minute: 30.0, ..Weather::default() };
    let rivals = Rivals { count: 8, ..Rivals::default() };
    let script = Script { weather, rivals, falls: vec![two_seats()], ..Script::default() };
    let (mut often, mut once) = (house(script.clone()), house(script));
    (0..600).for_each(|second| often.advance(secs(second)));
    once.advance(secs(599));
    assert_eq!(often.books(secs(599)), once.books(secs(599)));
}

#[derive(Clone, Debug)]
enum Step {
    Lock(MemberId, usize),
    PutAll(MemberId),
    Select(MemberId, usize),
    Release(MemberId),
    Pay(MemberId),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let member = 0_usize..4;
    prop_oneof![
        (member.clone(), 1_usize..4).prop_map(|(by, quantity)| Step::Lock(by, quantity)),
        member.clone().prop_map(Step::PutAll),
        (member.clone(), 0_usize..20).prop_map(|(by, nth)| Step::Select(by, nth)),
        member.clone().prop_map(Step::Release),
        member.prop_map(Step::Pay),
        (1_u64..90_000).prop_map(Step::Wait),
    ]
}

fn take_step(house: &mut House, step: &Step, now: Duration) -> Duration {
    let mut now = now;
    match *step {
        Step::Lock(by, quantity) => drop(lock(house, by, quantity, now)),
        Step::PutAll(by) => {
            let held = house.holdings.get(&by).cloned().unwrap_or_default();
            let ids = held.into_iter().map(|(event, place)| Pick {
                id: holds::seat_id(&house.stadium, event, place),
                place,
                band: event::SIDE,
            });
            let picks: Vec<Pick> = ids.collect();
            drop(put(house, by, &picks, now));
        }
        Step::Select(by, nth) => {
            let class = adult(house, LEAGUE_MATCH);
            let seats = house.stock(LEAGUE_MATCH).unwrap().seats().nth(nth);
            let seats: Vec<Selection> =
                seats.map(|(place, _)| Selection { place, class }).into_iter().collect();
            drop(house.select(claim(by, now), &seats));
        }
        Step::Release(by) => drop(house.release(by, LEAGUE_MATCH, now)),
        Step::Pay(by) => drop(house.pay(by, now)),
        Step::Wait(millis) => now += Duration::from_millis(millis),
    }
    house.advance(now);
    now
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_books_are_sound_after_every_step(seed in 0_u64..1_000, steps in prop::collection::vec(step(), 1..40)) {
        let weather = Weather { falls_per_minute: 20.0, exchange_share: 1.0, ..Weather::default() };
        let rivals = Rivals { count: 3, appetite: 0.5, ..Rivals::default() };
        let limits = Limits { basket_minutes: 1, lock_seconds: 20, ..Limits::default() };
        let mut house = House::open(seed, Script { weather, rivals, limits, ..Script::default() }, 4, String::new());
        let mut now = secs(60);
        house.advance(now);
        for step in steps {
            now = take_step(&mut house, &step, now);
            let violations = house.books(now).violations();
            prop_assert!(violations.is_empty(), "{violations:?}");
        }
    }
}

#[test]
fn unsound_books_are_told() {
    let mut house = house(Script { falls: vec![two_seats()], ..Script::default() });
    let picks = lock(&mut house, ADA, 2, secs(100)).unwrap();
    let late = house.books(secs(200)).violations();
    assert!(late.iter().any(|violation| violation.contains("past its end")), "{late:?}");
    house.holdings.entry(BEN).or_default().insert((LEAGUE_MATCH, picks[0].place));
    let twice = house.books(secs(101)).violations();
    assert!(
        twice.iter().any(|violation| violation.contains("belongs to ada@example.org and to ben@example.org"))
    );
    house.script.limits.posted = 1;
    let over = house.books(secs(101)).violations();
    assert!(over.iter().any(|violation| violation.contains("ada@example.org has 2 seats of event 4001")));
    let owner = house.books(secs(101)).seats[0].owner.clone();
    assert!(matches!(owner, Owner::Locked { .. }));
}
