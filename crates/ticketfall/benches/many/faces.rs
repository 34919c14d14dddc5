//! Every page that grows with members could be slow: how long each takes, and how many bytes it has.

use std::fmt;

use axum::Router;
use axum::body::Body;
use http::header::{AUTHORIZATION, HOST};
use http_body_util::BodyExt as _;
use ticketfall::api::Api;
use ticketfall::app::Faces;
use ticketfall_boxoffice::LEAGUE_MATCH;
use tower::ServiceExt as _;

use crate::Outcome;
use crate::stage::{Service, seconds};

const ADDRESS: &str = "127.0.0.1:7474";
/// The middle one of so many counts.
const TIMES: usize = 9;

/// A page as it was answered.
pub(crate) struct Page {
    path: String,
    bytes: usize,
    seconds: f64,
}

/// Asks for every page, as a browser and a program do.
pub(crate) async fn ask(service: &Service) -> Outcome<Vec<Page>> {
    let api =
        Api { supervisor: service.supervisor.clone(), store: service.store.clone(), clock: service.clock };
    let router = Faces::new(api, &service.home, ADDRESS.parse()?, service.clock)?.router;
    let token = std::fs::read_to_string(service.home.join("api-token"))?;
    let event = format!("/events/boxoffice/{LEAGUE_MATCH}");
    let paths = [
        "/",
        "/?show=looking&page=2",
        "/?q=member+42",
        "/members/member-00000",
        "/events",
        &event,
        "/cookies",
        "/set-up",
        "/budgets",
        "/api/v1/monitors",
        "/api/v1/monitors?limit=500",
        "/api/v1/profiles",
        "/api/v1/profiles/member-00000/monitor",
        "/api/v1/events",
        &format!("/api/v1{event}"),
        "/api/v1/falls",
        "/api/v1/holds",
        "/metrics",
    ];
    let mut pages = Vec::new();
    for path in paths {
        let mut took = Vec::new();
        let mut bytes = 0;
        for _ in 0..TIMES {
            let began = service.clock.now();
            bytes = answered(&router, path, token.trim()).await?;
            took.push(seconds(began, service.clock.now()));
        }
        took.sort_by(f64::total_cmp);
        pages.push(Page { path: path.to_owned(), bytes, seconds: took[TIMES / 2] });
    }
    Ok(pages)
}

async fn answered(router: &Router, path: &str, token: &str) -> Outcome<usize> {
    let request =
        http::Request::get(path).header(HOST, ADDRESS).header(AUTHORIZATION, format!("Bearer {token}"));
    let response = router.clone().oneshot(request.body(Body::empty())?).await?;
    if !response.status().is_success() {
        return Err(format!("{path} was answered with {}", response.status()).into());
    }
    Ok(response.into_body().collect().await?.to_bytes().len())
}

impl Page {
    /// A row of a table: this page, and how often it is as large and as slow as that one.
    pub(crate) fn against(&self, few: &Self) -> impl fmt::Display {
        #[expect(clippy::cast_precision_loss, reason = "a page is small")]
        let bytes = self.bytes as f64 / few.bytes as f64;
        let slower = self.seconds / few.seconds;
        format!("| `{}` | {} | {:.1} | {bytes:.1} | {slower:.1} |", self.path, self.bytes, self.seconds * 1e3)
    }
}
