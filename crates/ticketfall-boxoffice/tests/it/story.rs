//! Whole ways through the site, and that a run can be repeated.

use std::time::Duration;

use axum::http::StatusCode;
use ticketfall_boxoffice::{Books, BoxOffice, Fate, Limits, LogLine, Rivals, Script, Settings, Weather};

use crate::visitor::{ADA, BEN, RESALE, Visitor, open, two_seats};

#[tokio::test(start_paused = true)]
async fn a_person_signs_in_looks_holds_and_pays() {
    let office = open(Script { falls: vec![two_seats().at(Duration::from_secs(90))], ..Script::default() });
    let mut ada = Visitor::signed_in(&office, ADA).await;
    assert!(ada.read_key(4001).await.body.contains("currently has no seats available"));
    tokio::time::advance(Duration::from_secs(90)).await;
    assert!(ada.read_key(4001).await.body.contains("£75.00"));
    ada.hold(2).await;
    let payment = ada.page("/Checkout/Payment/Index").await;
    assert!(payment.body.contains("£150.00"));
    let unsigned = ada.form("/Checkout/Payment/Pay", &[]).await;
    assert_eq!(unsigned.status, StatusCode::BAD_REQUEST);
    let paid = ada.form("/Checkout/Payment/Pay", &[("__RequestVerificationToken", &payment.token())]).await;
    assert!(paid.body.contains("Thank you, Ada"), "{}", paid.body);
    let books = office.books();
    assert_eq!(books.member(ADA).unwrap().bought.len(), 2);
    assert_eq!(
        books.falls[0].seats[0].fate,
        Fate::Bought { member: ADA.to_owned(), at: Duration::from_secs(90) }
    );
    assert_eq!(office.log().last().unwrap().note, "paid for 2");
    tokio::time::advance(Duration::from_hours(1)).await;
    assert_eq!(office.books().member(ADA).unwrap().bought.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn there_is_nothing_to_pay_for_an_empty_basket() {
    let office = open(Script::default());
    let mut ada = Visitor::signed_in(&office, ADA).await;
    assert_eq!(ada.page("/Checkout/Payment/Index").await.location(), "/northend/Checkout/Basket");
    let key = ada.key.clone();
    let reply = ada.form("/Checkout/Payment/Pay", &[("__RequestVerificationToken", &key)]).await;
    assert_eq!(reply.location(), "/northend/Checkout/Basket");
}

#[tokio::test(start_paused = true)]
async fn a_rival_is_quicker_by_five_milliseconds() {
    let rivals = Rivals { count: 1, reaction_ms: [5, 5], appetite: 1.0, max_price: None };
    let falls = vec![two_seats().at(Duration::from_secs(90))];
    let office = open(Script { falls, rivals, ..Script::default() });
    let mut ada = Visitor::signed_in(&office, ADA).await;
    tokio::time::advance(Duration::from_secs(90)).await;
    assert!(ada.feed(RESALE).await.body.contains("£75.00"));
    tokio::time::advance(Duration::from_millis(5)).await;
    assert_eq!(ada.lock(2).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(office.log().last().unwrap().note, "refused: seat taken");
}

/// Two members look and take what they can for ten minutes; what they were sent, and what was written down.
async fn run(seed: u64) -> (String, Books, Vec<LogLine>) {
    let weather = Weather { falls_per_minute: 12.0, ..Weather::default() };
    let rivals = Rivals { count: 6, ..Rivals::default() };
    let script = Script { weather, rivals, ..Script::default() };
    let office = BoxOffice::open(Settings { seed, script, ..Settings::default() });
    let mut members = [Visitor::signed_in(&office, ADA).await, Visitor::signed_in(&office, BEN).await];
    let mut sent = Vec::new();
    for second in 0..600 {
        let member = &mut members[second % 2];
        sent.push(member.feed(RESALE).await);
        if second % 50 < 2 {
            sent.push(member.read_key(4001).await);
            sent.push(member.lock(1).await);
            sent.push(member.page("/Checkout/Basket").await);
        }
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    (format!("{sent:?}"), office.books(), office.log())
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_and_requests_give_the_same_bytes() {
    let (first, second, other) = (run(11).await, run(11).await, run(12).await);
    assert!(first == second, "two runs of one seed differ");
    assert!(first.0 != other.0, "another seed gives the same");
    assert_eq!(first.1.violations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "cannot use the script: [limits] key_seconds = 0")]
async fn a_script_that_makes_no_sense_opens_no_doors() {
    open(Script { limits: Limits { key_seconds: 0, ..Limits::default() }, ..Script::default() });
}
