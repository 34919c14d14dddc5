//! Signing in, staying signed in, and what those get who are not.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::json;
use ticketfall_boxoffice::{SESSION_COOKIE, Script};

use crate::visitor::{ADA, RESALE, Visitor, open};

#[tokio::test(start_paused = true)]
async fn a_session_cookie_has_a_slash_in_its_name_and_is_kept_from_scripts() {
    let office = open(Script::default());
    let mut ada = Visitor::new(&office);
    let reply = ada.sign_in(ADA, &office.members()[0].password).await;
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("northend.example/northend="), "{cookie}");
    assert!(cookie.contains("; Path=/northend; HttpOnly"), "{cookie}");
    assert_eq!(reply.location(), "/northend/");
    assert_eq!(office.log().last().unwrap().note, "signed in ada@example.org");
}

#[tokio::test(start_paused = true)]
async fn a_visitor_gets_one_cookie_and_keeps_it() {
    let office = open(Script::default());
    let mut visitor = Visitor::new(&office);
    assert!(visitor.page("/").await.header("set-cookie").starts_with("visitor="));
    assert_eq!(visitor.page("/").await.header("set-cookie"), "");
}

#[tokio::test(start_paused = true)]
async fn a_request_outside_the_site_gives_no_second_identity() {
    let office = open(Script::default());
    let reply = Visitor::new(&office).send(Request::get("/favicon.ico"), Body::empty()).await;
    assert_eq!((reply.status, reply.header("set-cookie")), (StatusCode::NOT_FOUND, ""));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_told_on_the_form() {
    let office = open(Script::default());
    let mut visitor = Visitor::new(&office);
    let reply = visitor.sign_in(ADA, "guess").await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert!(reply.body.contains("do not belong together") && !reply.token().is_empty());
    assert!(!visitor.cookies.contains_key(SESSION_COOKIE));
}

#[tokio::test(start_paused = true)]
async fn a_form_of_another_visitor_is_refused() {
    let office = open(Script::default());
    let token = Visitor::new(&office).page("/Authentication/Login").await.token();
    let password = office.members()[0].password.clone();
    let fields = [("email", ADA), ("password", password.as_str()), ("__RequestVerificationToken", &token)];
    let reply = Visitor::new(&office).form("/Authentication/Login", &fields).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn pages_send_the_signed_out_to_the_form_and_back() {
    let office = open(Script::default());
    let mut visitor = Visitor::new(&office);
    let reply = visitor.page("/EDP/Event/Index/4001?position=2").await;
    assert_eq!(reply.status, StatusCode::FOUND);
    assert!(reply.location().starts_with("/northend/Authentication/Login?ReturnUrl=%2Fnorthend%2FEDP"));
    assert!(reply.location().contains("PublishLogoutDataLayer=true"));
    let form = visitor.page(reply.location().strip_prefix("/northend").unwrap()).await;
    let back = form.between("name=\"ReturnUrl\" value=\"", "\"").to_owned();
    assert_eq!(back, "/northend/EDP/Event/Index/4001?position=2");
    for page in ["/Checkout/Basket", "/Checkout/Payment/Index"] {
        assert!(visitor.page(page).await.location().contains("/Authentication/Login"), "{page}");
    }
}

#[tokio::test(start_paused = true)]
async fn feeds_and_writes_tell_the_signed_out_that_the_session_timed_out() {
    let office = open(Script::default());
    let mut visitor = Visitor::new(&office);
    let feeds =
        [RESALE, "/EDP/Event/Config/4001", "/EDP/Ism/SeatMap?eventId=4001", "/Checkout/Basket/ItemsCount"];
    for feed in feeds {
        let location = visitor.feed(feed).await.location().to_owned();
        assert!(
            location.starts_with("/northend/Error/CommonWithTitle?key=Message_SessionTimeout_Light"),
            "{feed}"
        );
    }
    let reply = visitor.write(Method::POST, "/EDP/BestAvailable/ResaleSeats", &json!({})).await;
    assert!(reply.location().contains("Message_SessionTimeout_Light"));
    let page = visitor.page("/Error/CommonWithTitle?key=Message_SessionTimeout_Light").await;
    assert!(page.body.contains("Your session has timed out"));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_not_used_ends() {
    let office = open(Script::default());
    let mut ada = Visitor::signed_in(&office, ADA).await;
    for _ in 0..2 {
        tokio::time::advance(Duration::from_mins(29)).await;
        assert_eq!(ada.feed(RESALE).await.status, StatusCode::OK);
    }
    tokio::time::advance(Duration::from_mins(30)).await;
    assert_eq!(ada.feed(RESALE).await.status, StatusCode::FOUND);
    assert_eq!(office.log().last().unwrap().member, None);
}

#[tokio::test(start_paused = true)]
async fn whoever_signs_out_is_signed_out() {
    let office = open(Script::default());
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let mut other_tab = ada.clone();
    let reply = ada.page("/Authentication/Logout").await;
    assert_eq!(reply.location(), "/northend/?PublishLogoutDataLayer=true");
    assert_eq!(other_tab.feed(RESALE).await.status, StatusCode::FOUND);
}

#[tokio::test(start_paused = true)]
async fn the_house_can_end_a_members_sessions() {
    let office = open(Script::default());
    let mut ada = Visitor::signed_in(&office, ADA).await;
    office.sign_out(ADA);
    assert_eq!(ada.feed(RESALE).await.status, StatusCode::FOUND);
}
