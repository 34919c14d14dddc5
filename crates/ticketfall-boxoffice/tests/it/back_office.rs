//! What whoever runs the simulation asks over HTTP.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::visitor::{ADA, Reply, Visitor, open_with_two_seats};

async fn post_fall(visitor: &mut Visitor, body: &str) -> Reply {
    let request = Request::post("/_boxoffice/fall").header("content-type", "application/json");
    visitor.send(request, Body::from(body.to_owned())).await
}

#[tokio::test(start_paused = true)]
async fn a_fall_can_be_posted() {
    let office = open_with_two_seats();
    let mut anybody = Visitor::new(&office);
    let fall =
        post_fall(&mut anybody, r#"{"event":4002,"area":"West Upper 7","seats":3,"price":"81.50"}"#).await;
    assert_eq!(fall.status, StatusCode::OK, "{}", fall.body);
    let fall = fall.json();
    assert_eq!(
        (&fall["price"], &fall["market"], &fall["cause"]),
        (&json!(8_150), &json!("exchange"), &json!("injected"))
    );
    assert_eq!(fall["seats"][2]["fate"], json!({ "what": "still_there" }));
    assert_eq!(office.books().seats_on_sale(4002).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_fall_that_cannot_come_is_told() {
    let office = open_with_two_seats();
    let mut anybody = Visitor::new(&office);
    for (body, why) in [
        (r#"{"event":4002,"area":"Moon"}"#, "no area"),
        (r#"{"event":4002,"area":"West Upper 7","row":"!"}"#, "no row"),
        (r#"{"event":4002,"seat":2}"#, "unknown field"),
    ] {
        let reply = post_fall(&mut anybody, body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert!(reply.body.contains(why), "{}", reply.body);
    }
    let form = anybody.send(Request::post("/_boxoffice/fall"), Body::from("{}")).await;
    assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test(start_paused = true)]
async fn books_and_log_are_told_without_secrets() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    ada.hold(2).await;
    let state = ada.send(Request::get("/_boxoffice/state"), Body::empty()).await;
    assert_eq!(state.json()["members"][0]["basket"][0]["standing"], "in_basket");
    assert_eq!(state.json()["violations"], json!([]));
    let log = ada.send(Request::get("/_boxoffice/log"), Body::empty()).await;
    assert_eq!(log.json().as_array().unwrap().len(), office.log().len());
    let told = format!("{}{}", state.body, log.body);
    let password = office.members()[0].password.clone();
    for secret in ada.cookies.values().chain([&ada.key, &password]) {
        assert!(!told.contains(secret));
    }
}

#[tokio::test(start_paused = true)]
async fn asking_about_the_simulation_is_not_in_its_log() {
    let office = open_with_two_seats();
    let mut anybody = Visitor::new(&office);
    anybody.send(Request::get("/_boxoffice/state"), Body::empty()).await;
    assert_eq!(
        anybody.send(Request::get("/_boxoffice/other"), Body::empty()).await.status,
        StatusCode::NOT_FOUND
    );
    assert!(office.log().is_empty());
}
