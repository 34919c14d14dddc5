//! Whether the service lives: for whoever looks after processes, without a token and without a word about members,
//! sellers or seats. And how it does, for those who have one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Api, Problem};
use crate::store::profiles;

/// How the service itself does.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServiceHealth {
    /// Whether nothing is wrong.
    is_well: bool,
    /// When it was last looked at; null where nobody does.
    #[schema(value_type = Option<String>, format = DateTime)]
    observed_at: Option<Timestamp>,
    /// How many searches are still to start again with the service.
    starting_again: usize,
    /// What is wrong.
    troubles: Vec<Trouble>,
}

/// Something that is wrong with the service itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Trouble {
    /// With which part: `watch`, `sight`, `queue`, `search`, `stream`, `store` or `clock`.
    part: &'static str,
    /// Which seller's, where it is one's.
    seller: Option<String>,
    /// Which event's, where it is one's.
    event: Option<String>,
    /// Which member's, where it is one's.
    profile: Option<String>,
    /// What, for people.
    words: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// What mends it: `restart`, `restartWhenProven` (no hold is disturbed), `passes` or `person`.
    remedy: &'static str,
    /// The same for people.
    advice: &'static str,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", operation_id = "alive", tag = "service", security(()), responses(
    (status = 200, description = "It does.", body = String, content_type = "text/plain")))]
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// How it does: what is stuck, full, behind, blind or wrong, and what mends that.
#[utoipa::path(get, path = "/api/v1/health", operation_id = "health", tag = "service", responses(
    (status = 200, description = "How it does.", body = ServiceHealth)))]
pub(super) async fn health(State(api): State<Api>) -> Json<ServiceHealth> {
    let health = api.supervisor.health();
    let troubles: Vec<Trouble> = health.troubles.iter().map(Trouble::of).collect();
    let starting_again = api.supervisor.starting_again();
    Json(ServiceHealth {
        is_well: troubles.is_empty(),
        observed_at: health.observed_at,
        starting_again,
        troubles,
    })
}

impl Trouble {
    fn of(trouble: &ticketfall_core::health::Trouble) -> Self {
        let event = trouble.concern.event();
        Self {
            part: trouble.concern.name(),
            seller: event.map(|key| key.seller.to_string()),
            event: event.map(|key| key.event.to_string()),
            profile: trouble.concern.profile().map(ToString::to_string),
            words: trouble.words.clone(),
            since: trouble.since,
            remedy: trouble.remedy.name(),
            advice: trouble.remedy.words(),
        }
    }
}

/// Whether it can be asked for searches: whether the store answers, and keeps up.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "service", security(()), responses(
    (status = 200, description = "It can.", body = String, content_type = "text/plain"),
    (status = 503, description = "It cannot.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn ready(State(api): State<Api>) -> Result<&'static str, Problem> {
    if api.supervisor.health().store().is_some() {
        let problem =
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", "the store does not keep up");
        return Err(problem.detail("the log says why"));
    }
    match profiles::page(&api.store, None, 1).await {
        Ok(_) => Ok("ok"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            let problem =
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", "the store does not answer");
            Err(problem.detail("the log says why"))
        }
    }
}
