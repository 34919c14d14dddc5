//! Holds as they are kept: what each state says, and what keeps a profile from going.

use ticketfall_core::ids::AreaId;
use ticketfall_core::offer::{Market, Part, PartSeats};
use ticketfall_core::price::Currency;
use ticketfall_core::seat::SeatRun;

use super::*;
use crate::store::profiles;
use crate::store::tests::{ada, at, key, with_ada};

pub(in crate::store) fn two_seats(profile: &ProfileId, key: &EventKey) -> AskedHold {
    let part = Part {
        area: AreaId::new("1234").unwrap(),
        area_name: Some("East Lower 5".into()),
        market: Market::Exchange,
        band: Some("12".into()),
        class: Some("1".into()),
        price: Price::new(6_100, Currency::GBP),
        seats: PartSeats::Run(SeatRun::new(7, 120, 121).unwrap()),
    };
    let group = SeatGroup { parts: vec![part] };
    AskedHold { profile: profile.clone(), key: key.clone(), group, at: at(1) }
}

fn proven() -> HoldState {
    let seat = BasketSeat {
        event: Some(EventId::new("501").unwrap()),
        area: Some("East Lower 5".into()),
        block: None,
        row: Some("11".into()),
        seat: Some("22".into()),
        price: Some(Price::new(6_100, Currency::GBP)),
    };
    HoldState::Proven { seats: vec![seat], expires_at: Some(at(600)) }
}

fn left(second: i64) -> HoldState {
    let HoldState::Proven { seats, .. } = proven() else { unreachable!() };
    HoldState::Left { seats, expires_at: Some(at(second)) }
}

async fn becomes(state: HoldState) -> HoldRow {
    let store = with_ada().await;
    let id = asked(&store, two_seats(&ada().id, &key())).await.unwrap();
    assert!(settled(&store, id, state, at(3)).await.unwrap());
    recent(&store, 1).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_hold_is_open_from_the_moment_it_is_asked_for() {
    let store = with_ada().await;
    let id = asked(&store, two_seats(&ada().id, &key())).await.unwrap();
    let open = open_for(&store, &ada().id).await.unwrap();
    let expected = HoldRow {
        id,
        asked: two_seats(&ada().id, &key()),
        total: Some(Price::new(12_200, Currency::GBP)),
        state: HoldState::Asked,
        changed_at: at(1),
    };
    assert_eq!(open, [expected]);
}

#[tokio::test]
async fn every_state_comes_back_as_it_went_in() {
    let states = [
        HoldState::Asked,
        HoldState::Granted,
        proven(),
        left(600),
        HoldState::Refused { reason: "seat taken".to_owned() },
        HoldState::Released,
        HoldState::Expired,
        HoldState::Gone,
        HoldState::Unknown { reason: "no answer in 30 s".to_owned() },
    ];
    for state in states {
        let row = becomes(state.clone()).await;
        assert_eq!((row.state, row.changed_at), (state, at(3)));
    }
}

#[tokio::test]
async fn only_what_the_seller_may_be_keeping_is_open() {
    let store = with_ada().await;
    for (state, open) in [
        (HoldState::Granted, 1),
        (proven(), 1),
        (left(600), 1),
        (HoldState::Unknown { reason: String::new() }, 1),
        (HoldState::Refused { reason: String::new() }, 0),
        (HoldState::Released, 0),
        (HoldState::Expired, 0),
        (HoldState::Gone, 0),
    ] {
        let id = asked(&store, two_seats(&ada().id, &key())).await.unwrap();
        settled(&store, id, state.clone(), at(2)).await.unwrap();
        assert_eq!(open_for(&store, &ada().id).await.unwrap().len(), open, "{state:?}");
        settled(&store, id, HoldState::Released, at(3)).await.unwrap();
    }
}

#[tokio::test]
async fn only_what_was_proven_is_left() {
    for (state, is_left) in [(HoldState::Granted, false), (proven(), true), (HoldState::Gone, false)] {
        let store = with_ada().await;
        let id = asked(&store, two_seats(&ada().id, &key())).await.unwrap();
        settled(&store, id, state, at(2)).await.unwrap();
        assert_eq!(super::left(&store, id).await.unwrap(), is_left);
        let kept = recent(&store, 1).await.unwrap().remove(0).state;
        assert_eq!(kept == left(600), is_left, "{kept:?}");
    }
}

#[tokio::test]
async fn a_proven_hold_of_an_earlier_run_is_left_and_over_with_its_basket() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path(), at(0)).await.unwrap();
    profiles::add(&store, ada()).await.unwrap();
    let id = asked(&store, two_seats(&ada().id, &key())).await.unwrap();
    settled(&store, id, proven(), at(2)).await.unwrap();
    drop(store);
    for (now, state) in [(599, left(600)), (600, HoldState::Expired)] {
        let store = Store::open(home.path(), at(now)).await.unwrap();
        assert_eq!(recent(&store, 1).await.unwrap().remove(0).state, state);
    }
}

#[tokio::test]
async fn a_hold_nobody_asked_for_is_not_settled() {
    let store = with_ada().await;
    assert!(!settled(&store, HoldId(99), HoldState::Gone, at(1)).await.unwrap());
}

#[tokio::test]
async fn the_holds_at_an_event_are_read_from_a_time_on() {
    let store = with_ada().await;
    let other = EventKey { event: EventId::new("502").unwrap(), ..key() };
    let late = AskedHold { at: at(5), ..two_seats(&ada().id, &key()) };
    for hold in [two_seats(&ada().id, &key()), late.clone(), two_seats(&ada().id, &other)] {
        asked(&store, hold).await.unwrap();
    }
    let found = at_event(&store, &key(), at(1), 10).await.unwrap();
    assert_eq!((found.len(), &found[0].asked), (2, &late));
    assert_eq!(at_event(&store, &key(), at(2), 10).await.unwrap().len(), 1);
    assert_eq!(at_event(&store, &key(), at(1), 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn numbers_that_are_near_come_nearest_first() {
    let store = with_ada().await;
    for _ in 0..6 {
        asked(&store, two_seats(&ada().id, &key())).await.unwrap();
    }
    assert_eq!(numbers_near(&store, 3, 3).await.unwrap(), [3, 2, 4]);
    assert_eq!(numbers_near(&store, 90, 2).await.unwrap(), [6, 5]);
    assert_eq!(numbers_near(&store, i64::MIN, 2).await.unwrap(), [1, 2]);
}
