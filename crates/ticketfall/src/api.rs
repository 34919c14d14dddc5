//! The API: what programs may ask of the service, one module a resource. It sees the store and the
//! supervisor, never a seller, a browser or a secret.

mod answer;
mod cookies;
mod description;
mod events;
mod falls;
mod given;
mod health;
mod holds;
mod module;
mod monitors;
mod notes;
mod notices;
mod numbers;
mod problem;
mod profiles;
mod search;
mod sellers;
mod shown;
mod spread;
mod stream;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock::Clock;
use crate::monitoring::{SellerView, Supervisor};
use crate::store::Store;

use description::Description;
use stream::Hearing;

pub use problem::Problem;

/// The longest cookies file, in bytes.
const COOKIES_MAX: usize = 8 * 1024 * 1024;

/// What the API answers from.
#[derive(Debug, Clone)]
pub struct Api {
    /// The searches.
    pub supervisor: Supervisor,
    /// What outlives a run.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
}

/// Every route of the API.
pub fn router(api: Api) -> Router {
    let run = format!("{:x}", api.clock.now().as_microsecond());
    let hearing = Hearing::new(api.supervisor.notices().clone(), run);
    let stream = OpenApiRouter::new().routes(routes!(stream::listen)).with_state(hearing);
    let (router, document) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::health))
        .routes(routes!(numbers::metrics))
        .routes(routes!(profiles::list, profiles::add))
        .routes(routes!(profiles::get, profiles::change, profiles::remove))
        .routes(routes!(notes::list))
        .routes(routes!(monitors::get, monitors::start, monitors::stop))
        .routes(routes!(monitors::check))
        .routes(routes!(monitors::list))
        .routes(routes!(sellers::list))
        .routes(routes!(sellers::get))
        .routes(routes!(sellers::budgets))
        .routes(routes!(events::list))
        .routes(routes!(events::get))
        .routes(routes!(falls::list))
        .routes(routes!(holds::list))
        .routes(routes!(holds::get))
        .routes(routes!(holds::story))
        .routes(routes!(cookies::list, cookies::update))
        .routes(routes!(cookies::get))
        .routes(routes!(notices::test))
        .merge(
            OpenApiRouter::new().routes(routes!(cookies::import)).layer(DefaultBodyLimit::max(COOKIES_MAX)),
        )
        .with_state(api)
        .merge(stream)
        .split_for_parts();
    router.merge(description::routes(&document)).merge(module::routes())
}

/// A name as one part of a path.
fn in_path(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}
