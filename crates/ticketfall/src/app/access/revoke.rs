//! A new token while the service runs: whoever came in by the old one is let out, streams that are open too.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use futures_util::StreamExt as _;

use super::Access;
use crate::api::Problem;

/// The route that revokes the token.
pub(in crate::app) fn routes(access: Access) -> Router {
    Router::new().route("/api/v1/token", post(revoke)).with_state(access)
}

/// The new token is told by its file alone.
async fn revoke(State(access): State<Access>) -> Response {
    match access.revoke() {
        Ok(()) => {
            tracing::warn!("the API's token was revoked: programs and browsers have to come in anew");
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => {
            tracing::error!("cannot revoke the token: cannot {error}");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "not-kept", "there is no new token")
                .detail(format!("cannot {error}"))
                .into_response()
        }
    }
}

/// The same answer, broken off when the token is revoked where it could go on for ever.
pub(super) fn until_revoked(access: &Access, response: Response) -> Response {
    let is_stream =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    if !is_stream {
        return response;
    }
    let (parts, body) = response.into_parts();
    let access = access.clone();
    let revoked = Box::pin(async move { access.revoked().await });
    Response::from_parts(parts, Body::from_stream(body.into_data_stream().take_until(revoked)))
}
