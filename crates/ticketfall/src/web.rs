//! The dashboard: pages for people, drawn by the server. It sees the store and the supervisor, never a
//! seller, a browser or a secret.

mod assets;
mod budgets;
mod cookies;
mod door;
mod event;
mod frame;
mod hold;
mod links;
mod member;
mod members;
mod page;
mod sellers;
mod set_up;
mod status;
mod venue;
mod words;

use axum::Router;
use axum::routing::{get, post};
use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::monitoring::{SellerView, Supervisor};
use crate::store::Store;

pub use door::{enter, link_used_up, signed_out};

/// What pages are drawn from.
#[derive(Debug, Clone)]
pub struct Web {
    /// The searches.
    pub supervisor: Supervisor,
    /// What outlives a run.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
}

/// A venue's time; without a seller, that of nowhere in particular.
fn venue_time(seller: Option<&SellerView>) -> TimeZone {
    seller.map_or(TimeZone::UTC, |seller| seller.time_zone.clone())
}

/// Every page.
pub fn router(web: Web) -> Router {
    Router::new()
        .route("/", get(members::page))
        .route("/members", post(member::add))
        .route("/members/{name}", get(member::page))
        .route("/members/{name}/start", post(member::start))
        .route("/members/{name}/again", post(member::start_again))
        .route("/members/{name}/stop", post(member::stop))
        .route("/members/{name}/browser", post(member::browser))
        .route("/members/{name}/order-page", post(member::order_page))
        .route("/members/{name}/remove", post(member::remove))
        .route("/holds/{number}", get(hold::page))
        .route("/events", get(event::list))
        .route("/events/{seller}/{event}", get(event::page))
        .route("/cookies", get(cookies::page))
        .route("/cookies/update", post(cookies::update))
        .route("/cookies/import", post(cookies::import))
        .route("/budgets", get(budgets::page))
        .route("/sellers", get(sellers::page))
        .route("/set-up", get(set_up::page))
        .route("/assets/{file}", get(assets::file))
        .with_state(web)
}
