//! `monitors`: searches and how they stand, and starting and stopping one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{EventId, EventKey, ProfileId, SellerId};
use ticketfall_core::status::Status;

use super::answer::{Page, foreign_cursor, page_size, tagged};
use super::given::{Body, PageQuery, Path, Query};
use super::search::Monitor;
use super::{Api, Problem, profiles, shown};
use crate::store::monitors::{self, MonitorRow};

/// Every search, by profile: those that run, and those that ran.
#[utoipa::path(get, path = "/api/v1/monitors", operation_id = "listMonitors", tag = "monitors", params(PageQuery), responses(
    (status = 200, description = "A page of them.", body = Page<Monitor>),
    (status = 304, description = "Nothing has changed."),
    (status = 400, description = "The query cannot be read.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(api): State<Api>,
    headers: HeaderMap,
    Query(asked): Query<PageQuery>,
) -> Result<Response, Problem> {
    let size = page_size(asked.limit)?;
    let mark = asked.cursor.as_deref().map(|cursor| mark(cursor).ok_or_else(foreign_cursor));
    let found = monitors::page(&api.store, mark.transpose()?, size + 1).await?;
    let page = Page::of(found, size, cursor);
    Ok(tagged(&headers, &page.map(|row| Monitor::of(&api, row))))
}

/// Starts the profile's search; one that runs takes up the configuration at once.
#[utoipa::path(put, path = "/api/v1/profiles/{profile}/monitor", operation_id = "startMonitor", tag = "monitors",
    params(("profile" = String, Path, description = "Whose.")), request_body = shown::Configuration, responses(
    (status = 200, description = "It runs already, and has taken up the configuration.", body = Monitor),
    (status = 201, description = "It is started.", body = Monitor),
    (status = 404, description = "There is no such profile.", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The profile searches elsewhere.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Something is missing: `refusals` has all of it.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn start(
    State(api): State<Api>,
    Path(profile): Path<ProfileId>,
    Body(configuration): Body<Configuration>,
) -> Result<Response, Problem> {
    let ran = runs(&api, &profile);
    api.supervisor.start(&profile, configuration).await?;
    let status = if ran { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(standing(&api, &profile).await?)).into_response())
}

/// How the profile's search stands; one that was never started is `Stopped`.
#[utoipa::path(get, path = "/api/v1/profiles/{profile}/monitor", operation_id = "getMonitor", tag = "monitors",
    params(("profile" = String, Path, description = "Whose.")), responses(
    (status = 200, description = "The search.", body = Monitor),
    (status = 304, description = "Nothing has changed."),
    (status = 404, description = "There is no such profile.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(profile): Path<ProfileId>,
) -> Result<Response, Problem> {
    Ok(tagged(&headers, &standing(&api, &profile).await?))
}

/// Stops the profile's search, and waits for a hold on its way; what does not run stays so.
#[utoipa::path(delete, path = "/api/v1/profiles/{profile}/monitor", operation_id = "stopMonitor", tag = "monitors",
    params(("profile" = String, Path, description = "Whose.")), responses(
    (status = 200, description = "It does not run.", body = Monitor),
    (status = 404, description = "There is no such profile.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn stop(
    State(api): State<Api>,
    Path(profile): Path<ProfileId>,
) -> Result<Json<Monitor>, Problem> {
    profiles::found(&api.store, &profile).await?;
    api.supervisor.stop(&profile).await;
    Ok(Json(standing(&api, &profile).await?))
}

/// What keeps such a search from starting, without starting it.
#[utoipa::path(post, path = "/api/v1/profiles/{profile}/monitor/check", operation_id = "checkMonitor", tag = "monitors",
    params(("profile" = String, Path, description = "Whose.")), request_body = shown::Configuration, responses(
    (status = 204, description = "Nothing does."),
    (status = 404, description = "There is no such profile.", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The profile searches elsewhere.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Something is missing: `refusals` has all of it.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn check(
    State(api): State<Api>,
    Path(profile): Path<ProfileId>,
    Body(configuration): Body<Configuration>,
) -> Result<StatusCode, Problem> {
    let refusals = api.supervisor.check(&profile, &configuration).await?;
    if refusals.is_empty() { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::refused(&refusals)) }
}

fn runs(api: &Api, profile: &ProfileId) -> bool {
    let running = api.supervisor.status(profile);
    running.is_some_and(|(_, view)| !matches!(view.status, Status::Stopped { .. } | Status::Blocked { .. }))
}

/// The search that runs, else the last one.
async fn standing(api: &Api, profile: &ProfileId) -> Result<Monitor, Problem> {
    profiles::found(&api.store, profile).await?;
    let running = api.supervisor.status(profile).map(|(key, _)| key);
    let rows = monitors::of_profiles(&api.store, vec![profile.clone()]).await?;
    let at = rows.iter().position(|row| Some(&row.key) == running.as_ref()).unwrap_or_default();
    Ok(rows.into_iter().nth(at).map_or_else(|| Monitor::never(profile), |row| Monitor::of(api, row)))
}

fn cursor(row: &MonitorRow) -> String {
    let mark = [row.profile.as_str(), row.key.seller.as_str(), row.key.event.as_str()];
    serde_json::to_string(&mark).expect("names are plain data")
}

fn mark(cursor: &str) -> Option<(ProfileId, EventKey)> {
    let (profile, seller, event): (ProfileId, SellerId, EventId) = serde_json::from_str(cursor).ok()?;
    Some((profile, EventKey { seller, event }))
}
