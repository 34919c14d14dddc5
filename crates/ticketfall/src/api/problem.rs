//! Refusals as RFC 9457 has them: a type, a title, and what to do.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use ticketfall_core::ids::ProfileId;
use utoipa::ToSchema;

use crate::monitoring::{Need, Refusal, StartError};
use crate::quote::excerpt;
use crate::store;

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem, for programs.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong here, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// All that keeps a search from starting.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refusals: Vec<Refused>,
}

/// One thing that a search lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Refused {
    /// What is missing, for programs: `profile`, `browser`, `signedIn`, `event`, `seller`, `keyword`, `limits` …
    name: &'static str,
    /// The same for people.
    words: String,
    /// What to do about it.
    advice: String,
    /// The word of the status that a running search would have for it.
    status: &'static str,
}

impl Problem {
    /// A problem of the kind `kind`, without its prefix.
    pub fn new(status: StatusCode, kind: &str, title: &str) -> Self {
        Self {
            kind: format!("urn:ticketfall:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: None,
            refusals: Vec::new(),
        }
    }

    /// The same, with what is wrong here and what to do; a value that is quoted in it is not repeated at any length.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(excerpt(&detail.into()));
        self
    }

    /// Nobody of that name.
    pub(super) fn no_profile(id: &ProfileId) -> Self {
        Self::new(StatusCode::NOT_FOUND, "no-profile", "there is no such profile")
            .detail(format!("nobody is called {id}; GET /api/v1/profiles shows who is there"))
    }

    /// Something else that is not there.
    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is no such thing").detail(what)
    }

    /// A value that cannot be taken; `detail` says which and why.
    pub(super) fn unusable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unusable", "a value cannot be used").detail(detail)
    }

    pub(super) fn refused(refusals: &[Refusal]) -> Self {
        let needs: Vec<Need> = refusals.iter().map(Refusal::need).collect();
        let status = if needs.contains(&Need::Profile) {
            StatusCode::NOT_FOUND
        } else if needs.contains(&Need::Search) {
            StatusCode::CONFLICT
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let refusals: Vec<_> = refusals.iter().map(Refused::of).collect();
        let words: Vec<&str> = refusals.iter().map(|refused| &*refused.words).collect();
        let problem = Self::new(status, "cannot-start", "the search cannot start");
        Self { detail: Some(words.join("; ")), refusals, ..problem }
    }
}

impl Refused {
    fn of(refusal: &Refusal) -> Self {
        Self {
            name: refusal.need().name(),
            words: excerpt(&refusal.to_string()),
            advice: excerpt(&refusal.advice()),
            status: refusal.status(),
        }
    }
}

impl From<store::Error> for Problem {
    /// Where files lie is told to the log alone.
    fn from(error: store::Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "cannot answer");
        let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "store", "the database cannot be used");
        problem.detail("the log says why, and `ticketfall doctor` looks for what is wrong")
    }
}

impl From<StartError> for Problem {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Refused(refusals) => Self::refused(&refusals),
            StartError::Store(error) => error.into(),
            StartError::Connection(error) => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "connection", "no connection can be set up")
                    .detail(format!("cannot {error}"))
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}
