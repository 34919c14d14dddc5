//! Whether the service lives: for whoever looks after processes. It tells nothing about members,
//! sellers or seats, and so needs no token.

use axum::extract::State;
use axum::http::StatusCode;

use super::{Api, Problem};
use crate::store::profiles;

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", operation_id = "alive", tag = "service", security(()), responses(
    (status = 200, description = "It does.", body = String, content_type = "text/plain")))]
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// Whether it can be asked for searches: whether the store answers.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "service", security(()), responses(
    (status = 200, description = "It can.", body = String, content_type = "text/plain"),
    (status = 503, description = "It cannot.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn ready(State(api): State<Api>) -> Result<&'static str, Problem> {
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
