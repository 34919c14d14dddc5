//! Whether the service lives: for whoever looks after processes. It tells nothing about members,
//! sellers or seats, and so needs no token.

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "It does.", body = String)))]
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// Whether it can be asked for searches.
#[utoipa::path(get, path = "/readyz", responses((status = 200, description = "It can.", body = String)))]
pub(super) async fn ready() -> &'static str {
    "ok"
}
