//! What pages are made of besides HTML: compiled in, the same for everybody.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

/// Name, kind and text of each.
const FILES: [(&str, &str, &str); 8] = [
    ("style.css", STYLE, include_str!("../../assets/style.css")),
    ("mark.svg", PICTURE, include_str!("../../assets/mark.svg")),
    ("enter.js", SCRIPT, include_str!("../../assets/enter.js")),
    ("dashboard.js", SCRIPT, include_str!("../../assets/dashboard.js")),
    ("stream.js", SCRIPT, include_str!("../../assets/stream.js")),
    ("morph.js", SCRIPT, include_str!("../../assets/morph.js")),
    ("times.js", SCRIPT, include_str!("../../assets/times.js")),
    ("tell.js", SCRIPT, include_str!("../../assets/tell.js")),
];

pub(super) async fn file(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(file, _, _)| *file == name) {
        Some((_, kind, text)) => {
            ([(CONTENT_TYPE, *kind), (CACHE_CONTROL, "no-cache")], *text).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
