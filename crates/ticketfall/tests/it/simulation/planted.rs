//! Mistakes that a process could make, planted between it and its line: the judge must find every one of them.

use std::sync::{LazyLock, Mutex};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{Method, StatusCode};
use ticketfall_boxoffice::{PREFIX, QUEUE_PREFIX};

use crate::rehearsal::Tamper;

const BODY_MAX: usize = 16 << 20;

/// A mistake, what makes it, and words of the complaint that it must bring.
pub(super) struct Planted {
    pub(super) name: &'static str,
    pub(super) tamper: Tamper,
    pub(super) complaint: &'static str,
    /// A day on which it is found.
    pub(super) found_on: u64,
}

pub(super) const PLANTED: [Planted; 13] = [
    planted(
        "Retry-After is not read",
        |router| router.layer(from_fn(deaf_to_retry_after)),
        "was to wait until",
        20,
    ),
    planted(
        "a check is taken for an empty feed",
        |router| router.layer(from_fn(blind_to_checks)),
        "asks after",
        8,
    ),
    planted("a waiting room is polled", |router| router.layer(from_fn(blind_to_queues)), "asks after", 13),
    planted("a release is not sent", |router| router.layer(from_fn(keeping)), "nobody knows", 11),
    planted("a hold is sent twice", |router| router.layer(from_fn(holding_twice)), "two things at once", 1),
    planted(
        "a look is sent twice",
        |router| router.layer(from_fn(looking_twice)),
        "sooner than the seller allows",
        2,
    ),
    planted("pages are read over and over", |router| router.layer(from_fn(hammering)), "over the budget", 1),
    planted(
        "what is not understood is none",
        |router| router.layer(from_fn(unknown_is_none)),
        "could not be read",
        45,
    ),
    planted(
        "an old feed is read again",
        |router| router.layer(from_fn(reading_old_feeds)),
        "is told as fallen",
        1,
    ),
    planted("a seat more is asked for", |router| router.layer(from_fn(greedy)), "seats and allows", 24),
    planted(
        "the first basket is not read",
        |router| router.layer(from_fn(careless)),
        "before the basket was read",
        1,
    ),
    planted("a grant is taken for a refusal", |router| router.layer(from_fn(forgetful)), "nobody knows", 1),
    planted(
        "the payment page is opened",
        |router| router.layer(from_fn(paying)),
        "asks for a payment page",
        1,
    ),
];

const fn planted(name: &'static str, tamper: Tamper, complaint: &'static str, found_on: u64) -> Planted {
    Planted { name, tamper, complaint, found_on }
}

fn is_look(request: &Request) -> bool {
    request.uri().path().contains("/EDP/Seats/Available")
}

fn is_basket(request: &Request) -> bool {
    request.uri().path().ends_with("/Checkout/Basket")
}

fn is_hold(request: &Request) -> bool {
    let path = request.uri().path();
    path.contains("/EDP/BestAvailable/") || path.contains("/EDP/Ism/Select")
}

fn json(text: &'static str) -> Response {
    Response::builder().header(CONTENT_TYPE, "application/json").body(Body::from(text)).unwrap()
}

/// The answer as far as it came, and its body where that came whole.
async fn read(answer: Response) -> (Response, Option<Bytes>) {
    let (parts, body) = answer.into_parts();
    match to_bytes(body, BODY_MAX).await {
        Ok(body) => (Response::from_parts(parts, Body::from(body.clone())), Some(body)),
        Err(_) => (Response::from_parts(parts, Body::empty()), None),
    }
}

/// The request twice over; what it is about is sent as often as asked for.
async fn copies(request: Request) -> (Request, impl Fn() -> Request) {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_MAX).await.unwrap();
    let again = {
        let (parts, body) = (parts.clone(), body.clone());
        move || Request::from_parts(parts.clone(), Body::from(body.clone()))
    };
    (Request::from_parts(parts, Body::from(body)), again)
}

async fn deaf_to_retry_after(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    answer.headers_mut().remove(RETRY_AFTER);
    answer
}

async fn blind_to_checks(request: Request, next: Next) -> Response {
    let is_look = is_look(&request);
    let (answer, body) = read(next.run(request).await).await;
    let said = String::from_utf8_lossy(body.as_deref().unwrap_or_default()).into_owned();
    let is_check = ["Identity Verified", "block", "Paused", "Restricted", "abuse"]
        .iter()
        .any(|word| said.contains(word));
    if is_look && is_check { json("[]") } else { answer }
}

async fn blind_to_queues(request: Request, next: Next) -> Response {
    let is_look = is_look(&request);
    let mut answer = next.run(request).await;
    let target = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_queue =
        target.contains(QUEUE_PREFIX) || answer.headers_mut().remove("x-queueit-redirect").is_some();
    if is_look && is_queue { json("[]") } else { answer }
}

async fn keeping(request: Request, next: Next) -> Response {
    if request.method() == Method::DELETE { json("") } else { next.run(request).await }
}

async fn holding_twice(request: Request, next: Next) -> Response {
    if !is_hold(&request) {
        return next.run(request).await;
    }
    let (request, again) = copies(request).await;
    let other = next.clone();
    let (answer, _) = tokio::join!(next.run(request), other.run(again()));
    answer
}

async fn looking_twice(request: Request, next: Next) -> Response {
    if !is_look(&request) {
        return next.run(request).await;
    }
    let (request, again) = copies(request).await;
    let other = next.clone();
    let (answer, _) = tokio::join!(next.run(request), other.run(again()));
    answer
}

async fn hammering(request: Request, next: Next) -> Response {
    let (request, again) = copies(request).await;
    if request.method() == Method::GET && !is_look(&request) {
        for _ in 0..20 {
            drop(next.clone().run(again()).await);
        }
    }
    next.run(request).await
}

async fn unknown_is_none(request: Request, next: Next) -> Response {
    let is_look = is_look(&request);
    let (answer, body) = read(next.run(request).await).await;
    let is_understood = body.is_some_and(|body| body.starts_with(b"["));
    if is_look && !is_understood && answer.status() != StatusCode::FOUND { json("[]") } else { answer }
}

async fn reading_old_feeds(request: Request, next: Next) -> Response {
    /// Feeds that were read before, oldest first.
    static BEFORE: LazyLock<Mutex<Vec<Bytes>>> = LazyLock::new(Mutex::default);
    if !is_look(&request) {
        return next.run(request).await;
    }
    let (answer, body) = read(next.run(request).await).await;
    let Some(body) = body.filter(|body| body.starts_with(b"[")) else { return answer };
    let mut before = BEFORE.lock().unwrap();
    before.push(body);
    let old = before[before.len() / 2].clone();
    Response::builder().header(CONTENT_TYPE, "application/json").body(Body::from(old)).unwrap()
}

async fn greedy(request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !is_hold(&request) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let mut asked: serde_json::Value =
        serde_json::from_slice(&to_bytes(body, BODY_MAX).await.unwrap()).unwrap();
    asked["Quantity"] = (asked["Quantity"].as_u64().unwrap() + 1).into();
    let body = serde_json::to_vec(&asked).unwrap();
    parts.headers.remove(http::header::CONTENT_LENGTH);
    next.run(Request::from_parts(parts, Body::from(body))).await
}

async fn careless(request: Request, next: Next) -> Response {
    if !is_basket(&request) {
        return next.run(request).await;
    }
    let page = "<html><body><p>Your basket is empty</p></body></html>";
    Response::builder().header(CONTENT_TYPE, "text/html").body(Body::from(page)).unwrap()
}

async fn forgetful(request: Request, next: Next) -> Response {
    let is_last_step = request.method() == Method::PUT && request.uri().path().contains("/EDP/Ism/Select");
    let answer = next.run(request).await;
    if is_last_step && answer.status().is_success() {
        return Response::builder().status(StatusCode::BAD_REQUEST).body(Body::from("no")).unwrap();
    }
    answer
}

async fn paying(request: Request, next: Next) -> Response {
    if is_basket(&request) {
        let (request, again) = copies(request).await;
        let mut payment = again();
        *payment.uri_mut() = format!("{PREFIX}/Checkout/Payment/1").parse().unwrap();
        drop(next.clone().run(payment).await);
        return next.run(request).await;
    }
    next.run(request).await
}
