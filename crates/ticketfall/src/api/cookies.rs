//! `cookies`: fresh ones for many members, as a job that can be followed, and one member's from a file.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, LOCATION};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ticketfall_core::ids::ProfileId;
use utoipa::ToSchema;

use super::answer::tagged;
use super::given::{Body, Path, unread};
use super::{Api, Problem, profiles};
use crate::config::cookies::TOGETHER_MAX;
use crate::monitoring::cookie_update::{FailureKind, Outcome, ProfileReport, Step};
use crate::monitoring::{CookieJob, CookiesFrom, JobError, JobState};

/// Whose cookies to update.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Wanted {
    /// The members; all of them when nobody is named.
    #[schema(value_type = Vec<String>)]
    profiles: Vec<ProfileId>,
    /// How many members at once, in place of the configured number.
    #[schema(minimum = 1, maximum = 32)]
    together: Option<u32>,
    /// Who is asked: the configured `service`, or `gologin`.
    #[schema(value_type = String)]
    from: CookiesFrom,
}

/// An update of cookies.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CookieUpdate {
    /// Its number.
    id: u64,
    /// `running`, `done` or `interrupted`.
    state: &'static str,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// When it was over.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Where each member is, or was last.
    profiles: Vec<Progress>,
    /// What became of those that are over: each cookie by its name, never by its value.
    #[schema(value_type = Vec<Object>)]
    reports: Vec<ProfileReport>,
}

/// Where one member's update is.
#[derive(Debug, Serialize, ToSchema)]
struct Progress {
    /// Whose.
    profile: String,
    /// `looking`, `fetching`, `opening`, `putting` or `keeping`.
    #[schema(value_type = String)]
    step: Step,
}

/// Starts an update; one goes on at a time.
#[utoipa::path(post, path = "/api/v1/cookies/update", operation_id = "updateCookies", tag = "cookies", request_body = Wanted, responses(
    (status = 202, description = "It has begun: follow it at its `Location`.", body = CookieUpdate),
    (status = 404, description = "There is nobody to update.", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "One goes on, or there is no service to ask.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn update(State(api): State<Api>, Body(wanted): Body<Wanted>) -> Result<Response, Problem> {
    for profile in &wanted.profiles {
        profiles::found(&api.store, profile).await?;
    }
    if wanted.together.is_some_and(|together| !(1..=TOGETHER_MAX).contains(&together)) {
        return Err(Problem::unusable(format!(
            "cannot take that as together: it must be from 1 to {TOGETHER_MAX}"
        )));
    }
    let job = api.supervisor.update_cookies(wanted.profiles, wanted.together, wanted.from).await?;
    let place = [(LOCATION, format!("/api/v1/cookies/update/{}", job.id))];
    Ok((StatusCode::ACCEPTED, place, Json(CookieUpdate::from(job))).into_response())
}

/// The updates of this run that are remembered, the latest first.
#[utoipa::path(get, path = "/api/v1/cookies/update", operation_id = "listCookieUpdates", tag = "cookies", responses(
    (status = 200, description = "A few.", body = Vec<CookieUpdate>),
    (status = 304, description = "Nothing has changed.")))]
pub(super) async fn list(State(api): State<Api>, headers: HeaderMap) -> Response {
    let jobs: Vec<CookieUpdate> = api.supervisor.cookie_jobs().into_iter().map(CookieUpdate::from).collect();
    tagged(&headers, &jobs)
}

/// How far an update is.
#[utoipa::path(get, path = "/api/v1/cookies/update/{update}", operation_id = "getCookieUpdate", tag = "cookies",
    params(("update" = u64, Path, description = "Its number.")), responses(
    (status = 200, description = "The update.", body = CookieUpdate),
    (status = 304, description = "Nothing has changed."),
    (status = 404, description = "There is none of that number.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let job = api.supervisor.cookie_job(id);
    let job = job.ok_or_else(|| Problem::not_found("no update of this run has that number"))?;
    Ok(tagged(&headers, &CookieUpdate::from(job)))
}

/// Puts the cookies of a file into the member's browser, where there is one, and renews the session.
#[utoipa::path(post, path = "/api/v1/profiles/{profile}/cookies", operation_id = "importCookies", tag = "cookies",
    params(("profile" = String, Path, description = "Whose.")),
    request_body(content = String, content_type = "application/octet-stream", description = "Netscape, JSON of an extension, DevTools or Playwright."),
    responses(
    (status = 200, description = "What became of each cookie, by name.", body = Object),
    (status = 404, description = "There is no such profile.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It holds no cookies, or they could not be kept.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn import(
    State(api): State<Api>,
    Path(profile): Path<ProfileId>,
    file: Result<Bytes, BytesRejection>,
) -> Result<Json<ProfileReport>, Problem> {
    let file = file.map_err(|error| unread(&error))?;
    profiles::found(&api.store, &profile).await?;
    let report = api.supervisor.import_cookies(profile, &file).await;
    let report = report.map_err(|error| Problem::unusable(format!("cannot {error}")))?;
    match &report.outcome {
        Outcome::Updated(_) => Ok(Json(report)),
        Outcome::Failed(failed) if failed.kind == FailureKind::NoProfile => {
            Err(Problem::no_profile(&report.profile))
        }
        Outcome::Failed(failed) => {
            let problem = Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "cookies-not-kept",
                "the cookies were not kept",
            );
            Err(problem.detail(format!("cannot {failed}")))
        }
    }
}

impl From<CookieJob> for CookieUpdate {
    fn from(job: CookieJob) -> Self {
        Self {
            id: job.id,
            state: match job.state {
                JobState::Running => "running",
                JobState::Done => "done",
                JobState::Interrupted => "interrupted",
            },
            started_at: job.started_at,
            ended_at: job.ended_at,
            profiles: job
                .steps
                .into_iter()
                .map(|(profile, step)| Progress { profile: profile.to_string(), step })
                .collect(),
            reports: job.reports,
        }
    }
}

impl From<JobError> for Problem {
    fn from(error: JobError) -> Self {
        let conflict = |kind: &str, title: &str, error: &JobError| {
            Self::new(StatusCode::CONFLICT, kind, title).detail(format!("cannot {error}"))
        };
        match error {
            JobError::NoGoLogin => conflict("no-gologin", "GoLogin cannot be asked", &error),
            JobError::Source(_) => conflict("no-cookie-service", "no cookie service can be asked", &error),
            JobError::Running(_) => conflict("update-running", "an update goes on", &error),
            JobError::Nobody => Self::not_found("nobody is there to update: add a profile first"),
            JobError::Store(error) => error.into(),
        }
    }
}
