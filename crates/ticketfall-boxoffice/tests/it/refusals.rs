//! Every 400, what the log calls it, and how little the client is told.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use ticketfall_boxoffice::{Closing, Fall, LEAGUE_MATCH, Limits, Pace, Script};

use crate::visitor::{ADA, BEN, RESALE, Reply, Visitor, lock_body, open, open_with_two_seats, two_seats};

const LOCK: &str = "/EDP/BestAvailable/ResaleSeats";

fn refused(office: &ticketfall_boxoffice::BoxOffice, reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.body);
    office.log().last().unwrap().note.clone()
}

#[tokio::test(start_paused = true)]
async fn a_key_is_stale_after_its_time_and_good_when_read_again() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    tokio::time::advance(Duration::from_mins(5)).await;
    assert_eq!(refused(&office, &ada.lock(1).await), "refused: stale key");
    ada.read_key(4001).await;
    assert_eq!(ada.lock(1).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_key_can_be_used_up_by_writes() {
    let limits = Limits { key_writes: Some(1), ..Limits::default() };
    let office = open(Script { limits, ..Script::default() });
    office.fall(two_seats()).unwrap();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    assert_eq!(ada.lock(1).await.status, StatusCode::OK);
    assert_eq!(refused(&office, &ada.lock(1).await), "refused: stale key");
}

#[tokio::test(start_paused = true)]
async fn another_members_key_is_stale() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    ada.key = Visitor::signed_in(&office, BEN).await.key;
    assert_eq!(refused(&office, &ada.lock(1).await), "refused: stale key");
}

#[tokio::test(start_paused = true)]
async fn a_write_must_carry_its_headers_once() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let key = ada.key.clone();
    let body = || Body::from(lock_body(1).to_string());
    let doubled = ada.write_request(Method::POST, LOCK).header("RequestVerificationToken", &key);
    assert_eq!(
        refused(&office, &ada.send(doubled, body()).await),
        "refused: repeated header RequestVerificationToken"
    );
    let origins =
        ada.write_request(Method::POST, LOCK).header("Origin", "http://a").header("Origin", "http://a");
    assert_eq!(refused(&office, &ada.send(origins, body()).await), "refused: repeated header Origin");
    for (missing, note) in [
        ("requestverificationtoken", "refused: no key"),
        ("x-requested-with", "refused: not xhr"),
        ("content-type", "refused: not json"),
    ] {
        let mut request = ada.write_request(Method::POST, LOCK);
        request.headers_mut().unwrap().remove(missing);
        assert_eq!(refused(&office, &ada.send(request, body()).await), note);
    }
    let mut release = ada.write_request(Method::DELETE, "/EDP/Ism/PurgeLocks?eventId=4001");
    release.headers_mut().unwrap().remove("requestverificationtoken");
    assert_eq!(refused(&office, &ada.send(release, Body::empty()).await), "refused: no key");
    let one_origin = ada.write_request(Method::POST, LOCK).header("Origin", "http://a");
    assert_eq!(ada.send(one_origin, body()).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn what_a_lock_may_not_ask_is_refused() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    for (field, value, note) in [
        ("Quantity", json!(0), "refused: wrong quantity"),
        ("Quantity", json!(51), "refused: wrong quantity"),
        ("Quantity", json!(5), "refused: over the limit"),
        ("Quantity", json!(3), "refused: seat taken"),
        ("EventId", json!(4003), "refused: event closed"),
        ("EventId", json!(4004), "refused: event closed"),
        ("EventId", json!(9), "refused: event closed"),
    ] {
        let mut body = lock_body(1);
        body[field] = value;
        assert_eq!(refused(&office, &ada.write(Method::POST, LOCK, &body).await), note, "{body}");
    }
    let counted = office.books().member(ADA).unwrap().refusals.clone();
    assert_eq!((counted["wrong_quantity"], counted["event_closed"]), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_makes_no_sense_is_refused() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    for text in ["", "{", "[]", "{\"EventId\":4001}", "{\"EventId\":4001,\"Quantity\":-1}", "\u{0}"] {
        let request = ada.write_request(Method::POST, LOCK);
        let reply = ada.send(request, Body::from(text)).await;
        assert!(refused(&office, &reply).starts_with("refused: malformed body"), "{text}");
    }
    let request = ada.write_request(Method::POST, LOCK);
    let reply = ada.send(request, Body::from(vec![b' '; 70_000])).await;
    assert!(refused(&office, &reply).starts_with("refused: malformed body"));
}

#[tokio::test(start_paused = true)]
async fn what_a_put_may_not_ask_is_refused() {
    let office = open(Script::default());
    office.fall(Fall::of(LEAGUE_MATCH).area("East Lower 4").seats(2)).unwrap();
    let (mut ada, mut ben) = (Visitor::signed_in(&office, ADA).await, Visitor::signed_in(&office, BEN).await);
    let locked = ada.lock(2).await.json();
    let id = &locked["LockedSeats"][0]["Id"];
    let put =
        |id: &Value, class: u32| json!({ "EventId": 4001, "Seats": [{ "Id": id, "PriceClassId": class }] });
    let twice = json!({ "EventId": 4001, "Seats": [{ "Id": id, "PriceClassId": 101 }, { "Id": id, "PriceClassId": 101 }] });
    for (body, note) in [
        (put(id, 102), "refused: wrong price class"),
        (put(id, 211), "refused: wrong price class"),
        (put(&json!(7), 101), "refused: not locked"),
        (json!({ "EventId": 4001, "Seats": [] }), "refused: wrong quantity"),
        (json!({ "EventId": 4002, "Seats": [{ "Id": id, "PriceClassId": 211 }] }), "refused: not locked"),
        (twice, "refused: wrong quantity"),
    ] {
        assert_eq!(refused(&office, &ada.write(Method::PUT, LOCK, &body).await), note, "{body}");
    }
    let regular = ada.write(Method::PUT, "/EDP/BestAvailable/RegularSeats", &put(id, 101)).await;
    assert_eq!(refused(&office, &regular), "refused: wrong market");
    assert_eq!(refused(&office, &ben.write(Method::PUT, LOCK, &put(id, 101)).await), "refused: not locked");
    assert_eq!(ada.write(Method::PUT, LOCK, &put(id, 101)).await.status, StatusCode::OK);
    assert_eq!(refused(&office, &ada.write(Method::PUT, LOCK, &put(id, 101)).await), "refused: not locked");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_closes_sells_nothing_more() {
    let closings = vec![Closing { at: Duration::from_mins(1), event: LEAGUE_MATCH }];
    let office = open(Script { closings, ..Script::default() });
    office.fall(two_seats()).unwrap();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!(refused(&office, &ada.lock(1).await), "refused: event closed");
    assert!(ada.feed(RESALE).await.location().contains("EventNoAvailableSalesModesOrSoldOut"));
}

#[tokio::test(start_paused = true)]
async fn a_stale_key_and_a_lost_seat_read_alike_in_turns_of_page_and_text() {
    let office = open_with_two_seats();
    let (mut ada, mut ben) = (Visitor::signed_in(&office, ADA).await, Visitor::signed_in(&office, BEN).await);
    ben.lock(2).await;
    let gone = [ada.lock(1).await, ada.lock(1).await];
    ada.key = "stale".to_owned();
    let stale = [ada.lock(1).await, ada.lock(1).await];
    for (gone, stale) in gone.iter().zip(&stale) {
        assert_eq!((&gone.body, gone.header("content-type")), (&stale.body, stale.header("content-type")));
    }
    assert_ne!(gone[0].header("content-type"), gone[1].header("content-type"));
    let notes: Vec<String> = office.log().iter().rev().take(4).map(|line| line.note.clone()).collect();
    assert_eq!(notes[0..2], ["refused: stale key", "refused: stale key"]);
    assert_eq!(notes[2..4], ["refused: seat taken", "refused: seat taken"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_too_fast_is_told_how_long_to_wait() {
    let office = open(Script { pace: Pace { requests_per_minute: Some(5) }, ..Script::default() });
    let mut ada = Visitor::signed_in(&office, ADA).await;
    for _ in 0..4 {
        assert_eq!(ada.feed(RESALE).await.status, StatusCode::OK);
    }
    tokio::time::advance(Duration::from_secs(20)).await;
    let reply = ada.feed(RESALE).await;
    assert_eq!((reply.status, reply.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "40"));
    tokio::time::advance(Duration::from_secs(40)).await;
    assert_eq!(ada.feed(RESALE).await.status, StatusCode::OK);
}
