//! Whether the service lives: for whoever looks after processes. It tells nothing about members,
//! sellers or seats, and so needs no token.

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", operation_id = "alive", tag = "service", security(()), responses(
    (status = 200, description = "It does.", body = String, content_type = "text/plain")))]
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// Whether it can be asked for searches.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "service", security(()), responses(
    (status = 200, description = "It can.", body = String, content_type = "text/plain")))]
pub(super) async fn ready() -> &'static str {
    "ok"
}
