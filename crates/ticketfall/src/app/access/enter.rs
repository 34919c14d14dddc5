//! The way into the dashboard: a link that works once, exchanged for a cookie by a form, since a GET
//! changes nothing and programs that look at links would use it up.

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use super::Access;
use crate::web;

#[derive(Deserialize)]
struct Code {
    #[serde(default)]
    code: String,
}

/// The routes that a link leads to.
pub(in crate::app) fn routes(access: Access) -> Router {
    Router::new().route("/enter", get(ask).post(enter)).with_state(access)
}

async fn ask(Query(given): Query<Code>) -> Response {
    web::enter(&given.code).into_response()
}

async fn enter(State(access): State<Access>, Form(given): Form<Code>) -> Response {
    let Some((visit, seconds)) = access.redeem(&given.code) else {
        return (StatusCode::UNAUTHORIZED, web::link_used_up()).into_response();
    };
    let cookie =
        format!("{}={visit}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}", access.cookie_name());
    let mut response = Redirect::to("/").into_response();
    let cookie = HeaderValue::try_from(cookie).expect("hexadecimal and digits make a header");
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}
