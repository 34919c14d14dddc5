//! Every kind of fault as its client meets it, and what is really booked meanwhile.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use ticketfall_boxoffice::{Fault, FaultKind, RequestKind};

use crate::visitor::{ADA, BEN, RESALE, Reply, Visitor, open_with_two_seats};

/// The answer of the exchange feed under a fault, and the one after it.
async fn struck(kind: FaultKind) -> Reply {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    office.inject(Fault::once(kind).on(RequestKind::Availability));
    let reply = ada.feed(RESALE).await;
    assert!(office.log().last().unwrap().note.contains("fault: "));
    assert!(ada.feed(RESALE).await.body.contains("£75.00"), "the fault struck twice");
    reply
}

#[tokio::test(start_paused = true)]
async fn a_status_comes_bare_and_with_its_retry_after() {
    let reply = struck(FaultKind::Status { status: 429, retry_after: Some(30) }).await;
    assert_eq!((reply.status, reply.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "30"));
    for status in [400, 403, 404, 500, 503] {
        assert_eq!(struck(FaultKind::Status { status, retry_after: None }).await.status, status);
    }
}

#[tokio::test(start_paused = true)]
async fn the_signs_of_a_block_come_as_the_wire_writes_them() {
    assert_eq!(struck(FaultKind::Block).await.body, "{\"response\":\"block\"}");
    assert!(struck(FaultKind::Abuse).await.body.contains("<abuse-component action=\"block\">"));
    assert!(struck(FaultKind::Paused).await.body.contains("Your Browsing Activity Has Been Paused"));
    assert!(struck(FaultKind::Identity).await.body.contains("Let's Get Your Identity Verified"));
    let restricted = struck(FaultKind::Restricted).await;
    assert!(restricted.status == StatusCode::FORBIDDEN && restricted.body.contains("Restricted access"));
}

#[tokio::test(start_paused = true)]
async fn nonsense_comes_with_a_good_status() {
    for (kind, body) in [(FaultKind::Garbage, "<!doctype html>"), (FaultKind::EmptyBody, "")] {
        let reply = struck(kind).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(reply.body.starts_with(body));
    }
    let nulls = struck(FaultKind::NullFields).await.json();
    assert_eq!(nulls[0]["AreaId"], Value::Null);
    assert_eq!(nulls[0]["PriceBands"][0]["AvailableSeatsIntervals"][0]["YCoord"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn redirects_lead_to_the_form_or_nowhere() {
    assert!(struck(FaultKind::SignedOut).await.location().contains("Message_SessionTimeout_Light"));
    assert_eq!(struck(FaultKind::RedirectLoop).await.location(), format!("/northend{RESALE}"));
}

#[tokio::test(start_paused = true)]
async fn a_truncated_body_breaks_off() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let whole = ada.feed(RESALE).await.body.len().to_string();
    office.inject(Fault::once(FaultKind::Truncated));
    let request = Request::get(format!("/northend{RESALE}")).header("X-Requested-With", "XMLHttpRequest");
    let response = ada.send_raw(request, Body::empty()).await;
    assert_eq!(response.headers()["content-length"], whole.as_str());
    assert!(response.into_body().collect().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_comes_late_and_is_booked_at_once() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    office.inject(Fault::once(FaultKind::Slow(Duration::from_secs(8))).on(RequestKind::Lock));
    let began = office.now();
    assert_eq!(ada.lock(2).await.status, StatusCode::OK);
    assert_eq!(office.now(), began + Duration::from_secs(8));
    assert_eq!(office.log().last().unwrap().at, began);
}

#[tokio::test(start_paused = true)]
async fn a_grant_can_be_followed_by_silence() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let locked = ada.lock(2).await.json();
    office.inject(Fault::once(FaultKind::GrantThenSilence).on(RequestKind::Put));
    assert!(tokio::time::timeout(Duration::from_secs(30), ada.put(&locked)).await.is_err());
    assert_eq!(ada.feed("/Checkout/Basket/ItemsCount").await.body, "2");
}

#[tokio::test(start_paused = true)]
async fn a_good_answer_can_leave_the_basket_empty() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    office.inject(Fault::once(FaultKind::EmptyBasket).on(RequestKind::Hold).times(2));
    let locked = ada.lock(2).await;
    assert_eq!(locked.status, StatusCode::OK);
    assert_eq!(ada.put(&locked.json()).await.status, StatusCode::OK);
    assert_eq!(ada.feed("/Checkout/Basket/ItemsCount").await.body, "0");
}

#[tokio::test(start_paused = true)]
async fn a_key_can_turn_stale_at_the_worst_moment() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    office.inject(Fault::once(FaultKind::StaleKey).on(RequestKind::Hold));
    assert_eq!(ada.lock(2).await.status, StatusCode::BAD_REQUEST);
    assert!(office.log().last().unwrap().note.starts_with("refused: stale key"));
    ada.read_key(4001).await;
    assert_eq!(ada.lock(2).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_fault_can_be_for_one_member_and_one_minute() {
    let office = open_with_two_seats();
    let (mut ada, mut ben) = (Visitor::signed_in(&office, ADA).await, Visitor::signed_in(&office, BEN).await);
    office.inject(Fault::once(FaultKind::Block).member(BEN).lasting(Duration::from_mins(1)));
    for _ in 0..3 {
        assert!(ben.feed(RESALE).await.body.contains("block"));
        assert!(ada.feed(RESALE).await.body.contains("£75.00"));
        tokio::time::advance(Duration::from_secs(15)).await;
    }
    tokio::time::advance(Duration::from_secs(15)).await;
    assert!(ben.feed(RESALE).await.body.contains("£75.00"));
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_is_added_late_begins_then() {
    let office = open_with_two_seats();
    tokio::time::advance(Duration::from_hours(1)).await;
    let mut ada = Visitor::signed_in(&office, ADA).await;
    office.inject(Fault::once(FaultKind::Block).lasting(Duration::from_mins(1)));
    assert!(ada.feed(RESALE).await.body.contains("block"));
}

#[tokio::test(start_paused = true)]
async fn a_captcha_stands_before_all_that_its_member_asks_until_a_person_answers_it() {
    let office = open_with_two_seats();
    let (mut ada, mut ben) = (Visitor::signed_in(&office, ADA).await, Visitor::signed_in(&office, BEN).await);
    office.inject(Fault::once(FaultKind::Captcha).on(RequestKind::Availability));
    assert!(ada.feed(RESALE).await.location().starts_with("/northend/Captcha?ReturnUrl="));
    let demanded = ada.page("/EDP/Event/Index/4001").await.location().to_owned();
    assert!(ada.go(&demanded).await.body.contains("I'm not a robot"));
    assert!(ben.feed(RESALE).await.body.contains("£75.00"), "it is for one member");
    let form = "ReturnUrl=%2Fnorthend%2FEDP%2FEvent%2FIndex%2F4001";
    let answer = |said: &str| Body::from(format!("{form}{said}"));
    let missed = ada.send(Request::post("/northend/Captcha"), answer("")).await;
    assert!(missed.body.contains("The box was not ticked"));
    assert_eq!(ada.feed(RESALE).await.status, StatusCode::FOUND);
    let passed = ada.send(Request::post("/northend/Captcha"), answer("&person=yes")).await;
    assert_eq!(passed.location(), "/northend/EDP/Event/Index/4001");
    assert!(ada.feed(RESALE).await.body.contains("£75.00"));
}
