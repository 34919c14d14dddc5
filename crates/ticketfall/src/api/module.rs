//! `window.api` and the module behind it, for the dashboard's pages and for whoever imports it.

use axum::Router;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const TYPES: &str = "text/plain; charset=utf-8";

/// The files, which hold nothing secret.
pub(super) fn routes() -> Router {
    Router::new()
        .route(
            "/assets/ticketfall-api.js",
            get(async || file(SCRIPT, include_str!("../../assets/ticketfall-api.js"))),
        )
        .route(
            "/assets/ticketfall-api.d.ts",
            get(async || file(TYPES, include_str!("../../assets/ticketfall-api.d.ts"))),
        )
        .route(
            "/assets/window-api.js",
            get(async || file(SCRIPT, include_str!("../../assets/window-api.js"))),
        )
}

type File = ([(HeaderName, &'static str); 2], &'static str);

fn file(kind: &'static str, text: &'static str) -> File {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text)
}
