//! A stand-in for GoLogin, its desktop app and its cloud in one, that starts a real Chromium.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tempfile::TempDir;
use ticketfall::browser::{Browser, LocalOptions};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;

pub(crate) const TOKEN: &str = "hush-hush";
pub(crate) const PROFILE: &str = "5f1c";
const A_PAGE: usize = 30;
const PROFILES: usize = 45;

/// How it answers everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Willing,
    /// With a 429.
    TooMuch,
    /// As Cloudflare does, in plain text.
    RateLimited,
}

#[derive(Debug)]
struct Inside {
    mood: Mood,
    proxy: Value,
    asked: Vec<String>,
    cookies: Value,
    running: Option<Browser>,
    directory: TempDir,
}

type Shared = State<Arc<Mutex<Inside>>>;

/// A stand-in that listens; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct StandIn {
    pub(crate) url: Url,
    inside: Arc<Mutex<Inside>>,
    _serving: JoinSet<()>,
}

impl StandIn {
    pub(crate) async fn start(mood: Mood) -> Self {
        let inside = Inside {
            mood,
            proxy: json!({"mode": "none"}),
            asked: Vec::new(),
            cookies: json!([]),
            running: None,
            directory: TempDir::new().unwrap(),
        };
        let inside = Arc::new(Mutex::new(inside));
        let router = Router::new()
            .route("/browser/start-profile", post(start))
            .route("/browser/stop-profile", post(stop))
            .route("/browser/v2", get(list))
            .route("/browser/{id}", get(show))
            .route("/browser/{id}/cookies", get(cookies).post(put_cookies))
            .route("/browser/{id}/web", post(start_in_cloud).delete(stop))
            .layer(middleware::from_fn_with_state(Arc::clone(&inside), guard))
            .with_state(Arc::clone(&inside));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, inside, _serving: serving }
    }

    pub(crate) fn has_proxy(&self, proxy: Value) {
        self.inside.lock().unwrap().proxy = proxy;
    }

    pub(crate) fn has_cookies(&self, cookies: Value) {
        self.inside.lock().unwrap().cookies = cookies;
    }

    pub(crate) fn kept_cookies(&self) -> Value {
        self.inside.lock().unwrap().cookies.clone()
    }

    /// What it was asked, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.inside.lock().unwrap().asked.clone()
    }

    pub(crate) fn runs_a_browser(&self) -> bool {
        self.inside.lock().unwrap().running.is_some()
    }
}

/// Only the desktop app asks for no token.
async fn guard(State(inside): Shared, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    inside.lock().unwrap().asked.push(format!("{} {path}", request.method()));
    match inside.lock().unwrap().mood {
        Mood::Willing => {}
        Mood::TooMuch => return StatusCode::TOO_MANY_REQUESTS.into_response(),
        Mood::RateLimited => return (StatusCode::FORBIDDEN, "error code: 1015").into_response(),
    }
    let is_local = path.ends_with("-profile");
    let bearer = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if is_local || bearer == Some(&*format!("Bearer {TOKEN}")) {
        next.run(request).await
    } else {
        (StatusCode::UNAUTHORIZED, TOKEN).into_response()
    }
}

/// Starts Chromium, and returns the two lines that it writes: port and path.
async fn chromium(inside: &Mutex<Inside>) -> (String, String) {
    let directory = inside.lock().unwrap().directory.path().to_owned();
    let options = LocalOptions { headless: true, ..LocalOptions::new(&directory) };
    let browser = Browser::start(&options).await.unwrap();
    inside.lock().unwrap().running = Some(browser);
    let written = std::fs::read_to_string(directory.join("DevToolsActivePort")).unwrap();
    let (port, path) = written.split_once('\n').unwrap();
    (port.to_owned(), path.to_owned())
}

async fn start(State(inside): Shared, Json(asked): Json<Value>) -> Response {
    if asked != json!({"profileId": PROFILE, "sync": true}) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (port, path) = chromium(&inside).await;
    Json(json!({"status": "success", "wsUrl": format!("ws://127.0.0.1:{port}{path}")})).into_response()
}

async fn start_in_cloud(State(inside): Shared, Path(id): Path<String>) -> Response {
    if id != PROFILE {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (port, _) = chromium(&inside).await;
    Json(json!({"remoteOrbitaUrl": format!("http://127.0.0.1:{port}/?token={TOKEN}")})).into_response()
}

async fn stop(State(inside): Shared) -> StatusCode {
    let browser = inside.lock().unwrap().running.take();
    if let Some(browser) = browser {
        browser.close().await;
    }
    StatusCode::NO_CONTENT
}

async fn list(Query(asked): Query<BTreeMap<String, usize>>) -> Json<Value> {
    let first = (asked["page"] - 1) * A_PAGE;
    let rows = (first..PROFILES.min(first + A_PAGE))
        .map(|at| json!({"id": at.to_string(), "name": "Ada", "os": "lin"}));
    Json(json!({"profiles": rows.collect::<Vec<_>>(), "allProfilesCount": PROFILES}))
}

async fn show(State(inside): Shared, Path(id): Path<String>) -> Json<Value> {
    Json(json!({"id": id, "name": "Ada", "proxy": inside.lock().unwrap().proxy}))
}

async fn cookies(State(inside): Shared) -> Json<Value> {
    Json(inside.lock().unwrap().cookies.clone())
}

async fn put_cookies(
    State(inside): Shared,
    Query(asked): Query<BTreeMap<String, String>>,
    Json(cookies): Json<Value>,
) -> StatusCode {
    if asked.get("fromUser").is_none_or(|value| value != "true") || !cookies.is_array() {
        return StatusCode::BAD_REQUEST;
    }
    inside.lock().unwrap().cookies = cookies;
    StatusCode::NO_CONTENT
}
