//! `notices/test`: whether notices arrive.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;

/// Who was told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TestTold {
    /// Where the webhook is, where there is one.
    webhook: Option<String>,
    /// Whether it took the notice.
    delivered: Option<bool>,
    /// The same in words.
    words: String,
}

/// Tells everybody a notice that says nothing: the stream, the log, and the webhook at once.
#[utoipa::path(post, path = "/api/v1/notices/test", operation_id = "testNotices", tag = "service", responses(
    (status = 200, description = "Who was told, and whether the webhook took it.", body = TestTold)))]
pub(super) async fn test(State(api): State<Api>) -> Json<TestTold> {
    let told = match api.supervisor.test_notices().await.webhook {
        None => TestTold {
            webhook: None,
            delivered: None,
            words: "told the stream and the log; there is no webhook: set notify.webhook for one".to_owned(),
        },
        Some((place, Ok(()))) => TestTold {
            words: format!("told the stream, the log, and the webhook {place}, which took it"),
            webhook: Some(place),
            delivered: Some(true),
        },
        Some((place, Err(why))) => TestTold {
            words: format!("told the stream and the log; the webhook {place} did not take it: {why}"),
            webhook: Some(place),
            delivered: Some(false),
        },
    };
    Json(told)
}
