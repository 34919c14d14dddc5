//! What becomes of falls, by holds and wishes.

use jiff::{SignedDuration, Timestamp};
use ticketfall_core::configuration::Configuration;
use ticketfall_core::fall::FallId;
use ticketfall_core::ids::{AreaId, EventId, EventKey, ProfileId, SellerId};
use ticketfall_core::offer::{Market, Part, SeatGroup};
use ticketfall_core::price::{Currency, Price};
use ticketfall_core::seat::SeatRun;

use super::*;
use crate::store::Store;
use crate::store::holds::{self, AskedHold};
use crate::store::profiles::{self, BrowserChoice, Profile};

fn at(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
}

fn area() -> AreaId {
    AreaId::new("1220").unwrap()
}

/// Two seats at £61 that lived nine seconds.
fn fall() -> Fall {
    Fall {
        id: FallId(1),
        area: area(),
        area_name: Some("East Lower 5".into()),
        market: Market::Exchange,
        band: None,
        price: Some(Price::new(6_100, Currency::GBP)),
        seats: PartSeats::Run(SeatRun::new(7, 20, 21).unwrap()),
        first_seen: at(100),
        last_seen: at(108),
        gone_at: Some(at(109)),
    }
}

fn wish(json: &str) -> Criteria {
    serde_json::from_str::<Configuration>(json).unwrap().criteria()
}

/// A hold for seats of row 7, asked for at this second.
async fn hold(second: i64, (start, end): (i32, i32), state: HoldState) -> HoldRow {
    let store = Store::in_memory().unwrap();
    let ada = Profile {
        id: ProfileId::new("ada").unwrap(),
        label: "Ada".to_owned(),
        browser: BrowserChoice::None,
        proxy: None,
        seats_max: None,
        cost_max: None,
        created_at: at(0),
    };
    profiles::add(&store, ada.clone()).await.unwrap();
    let part = Part {
        area: area(),
        area_name: None,
        market: Market::Exchange,
        band: None,
        class: None,
        price: Price::new(6_100, Currency::GBP),
        seats: PartSeats::Run(SeatRun::new(7, start, end).unwrap()),
    };
    let key = EventKey { seller: SellerId::new("northend").unwrap(), event: EventId::new("1").unwrap() };
    let group = SeatGroup { parts: vec![part] };
    let asked = AskedHold { profile: ada.id, key: key.clone(), group, at: at(second) };
    let id = holds::asked(&store, asked).await.unwrap();
    holds::settled(&store, id, state, at(second)).await.unwrap();
    holds::at_event(&store, &key, at(0), 1).await.unwrap().remove(0)
}

fn judged(holds: &[HoldRow], wishes: &[Criteria], fall: &Fall) -> Fate {
    Court::new(holds, wishes.iter().cloned(), &Plan::default()).fate(fall)
}

#[tokio::test]
async fn seats_that_were_held_are_caught_whatever_came_after() {
    let proven = HoldState::Proven { seats: Vec::new(), expires_at: None };
    for state in [proven, HoldState::Gone, HoldState::Released] {
        let held = hold(101, (21, 22), state.clone()).await;
        assert_eq!(judged(&[held], &[], &fall()), Fate::Caught, "{state:?}");
    }
}

#[tokio::test]
async fn a_hold_for_other_seats_or_at_another_time_catches_nothing() {
    for (second, seats) in [(101, (22, 23)), (99, (20, 21)), (400, (20, 21))] {
        let held = hold(second, seats, HoldState::Gone).await;
        assert_ne!(judged(&[held], &[], &fall()), Fate::Caught, "{second} {seats:?}");
    }
}

#[tokio::test]
async fn what_the_seller_refused_was_missed_for_that() {
    let refused = hold(101, (20, 21), HoldState::Refused { reason: "seat taken".to_owned() }).await;
    assert_eq!(judged(&[refused], &[wish("{}")], &fall()), Fate::Missed(Why::Refused));
}

#[test]
fn what_nobody_wanted_was_missed_for_the_reason_that_comes_nearest() {
    let dear = wish(r#"{"maxPrice": {"amount": "50.00", "currency": "GBP"}}"#);
    let elsewhere = wish(r#"{"selectedAreas": ["1"]}"#);
    let many = wish(r#"{"seatCount": 3}"#);
    let why = |wishes: &[Criteria]| judged(&[], wishes, &fall());
    assert_eq!(why(&[]), Fate::Missed(Why::NobodyLooked));
    assert_eq!(why(std::slice::from_ref(&elsewhere)), Fate::Missed(Why::WrongPlace));
    assert_eq!(why(&[elsewhere, dear.clone()]), Fate::Missed(Why::TooDear));
    assert_eq!(why(&[many]), Fate::Missed(Why::TooFew));
    assert_eq!(why(&[dear, wish("{}")]), Fate::Missed(Why::TakenFirst));
}

#[test]
fn what_is_there_still_is_not_missed() {
    assert_eq!(judged(&[], &[], &Fall { gone_at: None, ..fall() }), Fate::OnSale);
}

#[test]
fn the_most_frequent_reason_comes_first() {
    use Fate::{Caught, Missed, OnSale};
    let fates = [Missed(Why::TooFew), Caught, Missed(Why::TooDear), OnSale, Missed(Why::TooDear)];
    let tally = Tally::of(&fates);
    assert_eq!((tally.caught, tally.on_sale, tally.missed), (1, 1, 3));
    assert_eq!(tally.why_not, [(2, "too dear"), (1, "too few")]);
}
