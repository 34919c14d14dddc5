//! `/metrics`: the service in numbers, for Prometheus.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use super::{Api, Problem};

/// The format that Prometheus has always read.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The service in numbers.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "service", responses(
    (status = 200, description = "All of them, in Prometheus' text format.", body = String, content_type = "text/plain")))]
pub(super) async fn metrics(State(api): State<Api>) -> Result<Response, Problem> {
    Ok(([(CONTENT_TYPE, FORMAT)], api.supervisor.metrics().await?).into_response())
}
