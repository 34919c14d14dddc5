//! What is sent back, and how it is delivered.

use std::io;
use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use super::PREFIX;

/// One answer, with what the log says about it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
    pub(crate) note: String,
    pub(crate) delivery: Delivery,
}

/// How an answer reaches its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    AtOnce,
    After(Duration),
    Never,
    /// The body breaks off in the middle.
    Cut,
}

impl Answer {
    fn new(content_type: &'static str, body: Bytes) -> Self {
        let answer = Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            body,
            note: "ok".to_owned(),
            delivery: Delivery::AtOnce,
        };
        answer.with(CONTENT_TYPE, content_type).with(CACHE_CONTROL, "no-store")
    }

    pub(crate) fn page(page: &impl Template) -> Self {
        Self::html(
            page.render().expect("a template only fails when its writer does, and a string never does"),
        )
    }

    pub(crate) fn html(text: impl Into<Bytes>) -> Self {
        Self::new("text/html; charset=utf-8", text.into())
    }

    pub(crate) fn text(text: impl Into<Bytes>) -> Self {
        Self::new("text/plain; charset=utf-8", text.into())
    }

    pub(crate) fn json(value: &impl Serialize) -> Self {
        Self::json_bytes(serde_json::to_vec(value).expect("our own shapes have text keys only").into())
    }

    pub(crate) fn json_bytes(body: Bytes) -> Self {
        Self::new("application/json; charset=utf-8", body)
    }

    pub(crate) fn empty() -> Self {
        Self::new("text/plain; charset=utf-8", Bytes::new())
    }

    /// A redirect to a path under the club's prefix.
    pub(crate) fn redirect(path: &str) -> Self {
        Self::redirect_to(&format!("{PREFIX}{path}"))
    }

    pub(crate) fn redirect_to(target: &str) -> Self {
        Self { status: StatusCode::FOUND, ..Self::empty().with(LOCATION, target) }
            .note(format!("redirect to {target}"))
    }

    pub(crate) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// The same with this header in place of any other of its name, where the value can be one.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.retain(|(other, _)| *other != name);
            self.headers.push((name, value));
        }
        self
    }

    pub(crate) fn set_cookie(mut self, cookie: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            self.headers.push((SET_COOKIE, value));
        }
        self
    }

    pub(crate) async fn deliver(self) -> Response {
        match self.delivery {
            Delivery::AtOnce | Delivery::Cut => {}
            Delivery::After(delay) => tokio::time::sleep(delay).await,
            Delivery::Never => std::future::pending().await,
        }
        let cut = self.delivery == Delivery::Cut;
        let mut response =
            Response::new(if cut { cut_off(&self.body) } else { Body::from(self.body.clone()) });
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        if cut {
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(self.body.len()));
        }
        response
    }
}

/// The first half, then a broken connection.
fn cut_off(body: &Bytes) -> Body {
    let half = body.slice(..body.len() / 2);
    Body::from_stream(stream::iter([Ok(half), Err(io::Error::from(io::ErrorKind::ConnectionReset))]))
}
