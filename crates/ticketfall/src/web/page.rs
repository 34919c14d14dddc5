//! How pages are drawn, and what is drawn in place of one.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::store;

/// Why there is no such page now.
#[derive(Debug)]
pub(super) enum Failed {
    /// The store failed.
    Store(store::Error),
    /// There is nothing of that name; says what.
    NotFound(String),
}

#[derive(Template)]
#[template(path = "failed.html")]
struct Page<'a> {
    title: &'a str,
    words: &'a str,
}

impl From<store::Error> for Failed {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let (status, title, words) = match self {
            Self::Store(error) => {
                tracing::error!(%error, "cannot draw a page");
                let words = format!(
                    "Ticketfall cannot {error}. The log says more; `ticketfall doctor` looks for why."
                );
                (StatusCode::INTERNAL_SERVER_ERROR, "That did not work", words)
            }
            Self::NotFound(what) => {
                (StatusCode::NOT_FOUND, "Not here", format!("There is no {what}. It may have been removed."))
            }
        };
        (status, draw(&Page { title, words: &words })).into_response()
    }
}

/// A page as an answer.
pub(super) fn draw(page: &impl Template) -> Response {
    Html(page.render().expect("a page is drawn into memory")).into_response()
}

/// The same, for what was asked and not done.
pub(super) fn refuse(page: &impl Template) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, draw(page)).into_response()
}

/// On to another page, after something was done.
pub(super) fn onward(to: &str) -> Response {
    Redirect::to(to).into_response()
}
