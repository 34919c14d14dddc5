//! What requests bring along: paths, queries and bodies, each refused as a problem where it cannot be read.

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Problem;

/// The variable parts of a path.
pub(super) struct Path<T>(pub(super) T);

/// The query.
pub(super) struct Query<T>(pub(super) T);

/// Which page of a list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// How many at most.
    pub(super) limit: Option<u32>,
    /// What `next` of the page before says.
    pub(super) cursor: Option<String>,
}

/// A JSON body; an empty one is an empty object.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(path)| Self(path)).map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST, "bad-path", "the path cannot be read")
                .detail(error.body_text())
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Query(query)| Self(query)).map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST, "bad-query", "the query cannot be read")
                .detail(error.body_text())
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|error| unread(&error))?;
        let value = if bytes.trim_ascii().is_empty() {
            Value::Object(Map::new())
        } else {
            serde_json::from_slice(&bytes).map_err(|error| {
                Problem::new(StatusCode::BAD_REQUEST, "bad-json", "the body is no JSON").detail(format!(
                    "it breaks at line {}, column {}",
                    error.line(),
                    error.column()
                ))
            })?
        };
        if !value.is_object() {
            return Err(Problem::unusable("cannot read the body: it must be an object"));
        }
        T::deserialize(value).map(Self).map_err(|error| Problem::unusable(in_words(&error)))
    }
}

/// Values of ours say themselves what cannot be done.
fn in_words(error: &serde_json::Error) -> String {
    let error = error.to_string();
    if error.starts_with("take ") {
        format!("cannot {error}")
    } else {
        format!("cannot read the body: {error}")
    }
}

/// A body that did not come, or that is too long.
pub(super) fn unread(error: &BytesRejection) -> Problem {
    Problem::new(error.status(), "unread", "the body cannot be read").detail(error.body_text())
}
