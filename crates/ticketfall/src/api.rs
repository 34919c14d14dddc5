//! The API: what programs may ask of the service, one module a resource. It sees the store and the
//! supervisor, never a seller, a browser or a secret.

mod health;
mod monitors;
mod problem;

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock::Clock;
use crate::monitoring::Supervisor;
use crate::store::Store;

pub use problem::Problem;

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

#[derive(Debug, OpenApi)]
#[openapi(info(
    title = "Ticketfall",
    description = "Watches ticket exchanges for the members you look after."
))]
struct Description;

/// Every route of the API.
pub fn router(api: Api) -> Router {
    let (router, _description) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(monitors::list))
        .split_for_parts();
    router.with_state(api)
}
