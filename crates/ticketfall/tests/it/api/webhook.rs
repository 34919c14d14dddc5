//! The webhook: signed, tried again with growing waits, told each thing once until it has arrived.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use ticketfall::config::cookies::{HeaderSource, Place};
use ticketfall::config::{Environment, NotifySettings};
use ticketfall::notify::Notice;
use ticketfall::notify::webhook::Webhook;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::rehearsal::profile;

use super::*;

const SECRET: &str = "hush-hush-webhook";

/// When the doors open.
fn now() -> jiff::Timestamp {
    "2026-11-22T21:41:00Z".parse().unwrap()
}

/// Somebody who is told, and answers as it was told to.
#[derive(Clone, Default)]
struct Ear {
    heard: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Ear {
    /// Opens; the first deliveries are answered with these statuses, all others are taken.
    async fn open(answers: &[u16]) -> (Self, String, JoinSet<()>) {
        let ear = Self { answers: Arc::new(Mutex::new(answers.to_vec())), ..Self::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?key=hush", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", post(hear)).with_state(ear.clone());
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        (ear, url, serving)
    }

    fn heard(&self) -> Vec<Value> {
        self.heard.lock().unwrap().iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect()
    }

    async fn until_heard(&self, count: usize) {
        while self.heard.lock().unwrap().len() < count {
            tokio::task::yield_now().await;
        }
    }
}

async fn hear(State(ear): State<Ear>, headers: HeaderMap, body: String) -> StatusCode {
    ear.heard.lock().unwrap().push((headers, body));
    let mut answers = ear.answers.lock().unwrap();
    let status = if answers.is_empty() { 204 } else { answers.remove(0) };
    StatusCode::from_u16(status).unwrap()
}

fn webhook(url: &str, events: &[&str]) -> Webhook {
    let variables = std::collections::BTreeMap::from([("TICKETFALL_HOOK".to_owned(), SECRET.to_owned())]);
    let environment = Environment { variables, ..Environment::default() };
    let settings = NotifySettings {
        webhook: Some(url.parse().unwrap()),
        secret: Some(HeaderSource {
            place: Place::Variable("TICKETFALL_HOOK".to_owned()),
            prefix: String::new(),
        }),
        events: events.iter().map(|&event| event.to_owned()).collect(),
        private: true,
    };
    Webhook::new(&settings, &environment).unwrap().unwrap()
}

fn told(reason: &str) -> Notice {
    let watched = ticketfall_core::ids::EventKey {
        seller: ticketfall_core::ids::SellerId::new("boxoffice").unwrap(),
        event: ticketfall_core::ids::EventId::new("4001").unwrap(),
    };
    let status = "SessionError".to_owned();
    Notice::Status { profile: profile("ada"), watched, status, reason: Some(reason.to_owned()) }
}

#[tokio::test]
async fn a_delivery_is_signed_with_its_time_and_shows_no_secret() {
    let (ear, url, _serving) = Ear::open(&[]).await;
    let story = async |r: &mut Scene| {
        let answer = {
            r.supervisor.tell_webhook(webhook(&url, &["status"]));
            Caller::of(r).give("POST", "/api/v1/notices/test", json!({})).await
        };
        assert_eq!(answer.json()["delivered"], true, "{}", answer.text);
        let (headers, body) = ear.heard.lock().unwrap()[0].clone();
        let signature = headers["ticketfall-signature"].to_str().unwrap();
        let (seconds, hex) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("{seconds}.{body}").as_bytes());
        let digest = mac.finalize().into_bytes();
        let expected = digest.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert_eq!(hex, expected);
        assert_eq!(
            (&ear.heard()[0]["event"], &headers["ticketfall-delivery"]),
            (&json!("test"), &"test".parse().unwrap())
        );
        assert!(!answer.text.contains("key=hush") && !body.contains(SECRET), "{}", answer.text);
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test]
async fn what_is_told_again_before_it_has_arrived_is_delivered_once_and_again_after_that() {
    let (ear, url, _serving) = Ear::open(&[503]).await;
    let story = async |r: &mut Scene| {
        r.supervisor.tell_webhook(webhook(&url, &["status"]));
        tokio::task::yield_now().await;
        let tell = |reason: &str| r.supervisor.notices().tell(now(), told(reason));
        tell("look at it");
        ear.until_heard(1).await;
        tell("look at it");
        tell("look at something else");
        ear.until_heard(2).await;
        let heard: Vec<Value> = ear.heard().iter().map(|notice| notice["reason"].clone()).collect();
        assert_eq!(heard, ["look at it", "look at something else"]);
        let waiting = loop {
            let first = ticketfall::store::deliveries::first(&r.store).await.unwrap().unwrap();
            if first.tries == 1 {
                break first;
            }
            tokio::task::yield_now().await;
        };
        assert!(waiting.body.contains("look at it"), "{}", waiting.body);
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test]
async fn what_was_not_delivered_is_delivered_after_a_restart() {
    let (ear, url, _serving) = Ear::open(&[]).await;
    let story = async |r: &mut Scene| {
        let told_at = now();
        let body = json!({ "event": "status" }).to_string();
        ticketfall::store::deliveries::add(&r.store, "one".to_owned(), body, told_at).await.unwrap();
        r.crash().await;
        r.supervisor.tell_webhook(webhook(&url, &["status"]));
        ear.until_heard(1).await;
        while ticketfall::store::deliveries::first(&r.store).await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
        assert_eq!(ear.heard(), [json!({ "event": "status" })]);
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test]
async fn who_answers_gone_is_told_no_more_of_it() {
    let (ear, url, _serving) = Ear::open(&[410]).await;
    let story = async |r: &mut Scene| {
        r.supervisor.tell_webhook(webhook(&url, &["status"]));
        tokio::task::yield_now().await;
        r.supervisor.notices().tell(now(), told("look at it"));
        ear.until_heard(1).await;
        while ticketfall::store::deliveries::first(&r.store).await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
    };
    Rehearsal::of(Script::default()).warns("a notice is given up").run(story).await;
}

#[test]
fn a_webhook_without_a_secret_or_on_this_machine_is_refused() {
    let settings = |url: &str, private: bool| NotifySettings {
        webhook: Some(url.parse().unwrap()),
        secret: None,
        events: Vec::new(),
        private,
    };
    for (url, private, why) in [
        ("https://hooks.example/1", false, "without notify.secret"),
        ("http://hooks.example/1", true, "only https"),
        ("https://169.254.169.254/1", false, "notify.private = true allows it"),
    ] {
        let refused = Webhook::new(&settings(url, private), &Environment::default()).unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
}
