//! `monitors`: every search and how it stands.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;

/// A search and how it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Monitor {
    /// Whose.
    profile: String,
    /// The seller.
    seller: String,
    /// The seller's number of the event.
    event: String,
    /// The status, word for word.
    status: String,
}

/// Every search and how it stands.
#[utoipa::path(get, path = "/api/v1/monitors", responses((status = 200, description = "The searches.", body = Vec<Monitor>)))]
pub(super) async fn list(State(api): State<Api>) -> Json<Vec<Monitor>> {
    let monitors = api.supervisor.statuses().into_iter().map(|(profile, watched, view)| Monitor {
        profile: profile.to_string(),
        seller: watched.seller.to_string(),
        event: watched.event.to_string(),
        status: view.label,
    });
    Json(monitors.collect())
}
