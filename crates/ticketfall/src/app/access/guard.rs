//! The one layer over every route: whose host, whose page, whose token. Whatever passes gets the headers
//! that keep a page of ours to itself.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Access;
use super::revoke::until_revoked;
use crate::api::Problem;
use crate::web;

/// What is answered without a token: whether the service lives, the way in, what the way in looks like, and that the
/// service is the one it seems.
const OPEN: [&str; 4] = ["/healthz", "/readyz", "/enter", "/proof"];
const OPEN_BELOW: &str = "/assets/";

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'";

/// Lets a request pass, or refuses it before any route sees it.
pub(in crate::app) async fn guard(State(access): State<Access>, request: Request, next: Next) -> Response {
    let mut response = match refusal(&access, &request) {
        Some(refused) => refused,
        None => until_revoked(&access, next.run(request).await),
    };
    protect(response.headers_mut());
    response
}

fn refusal(access: &Access, request: &Request) -> Option<Response> {
    let host = text(request.headers(), header::HOST).or_else(|| request.uri().host().map(str::to_owned));
    let Some(host) = host.filter(|host| access.is_own_host(host)) else {
        let problem = Problem::new(StatusCode::MISDIRECTED_REQUEST, "not-our-host", "this is not that host")
            .detail("open it as 127.0.0.1 or localhost; `api.hosts` has the names of a proxy in front of it");
        return Some(problem.into_response());
    };
    if is_foreign(access, request, &host) {
        let problem =
            Problem::new(StatusCode::FORBIDDEN, "foreign-page", "a page of another site asked this");
        return Some(problem.into_response());
    }
    let path = request.uri().path();
    if OPEN.contains(&path) || path.starts_with(OPEN_BELOW) || is_let_in(access, request.headers()) {
        return None;
    }
    Some(turned_away(request))
}

/// Whether another site's page sent a request that may change something.
fn is_foreign(access: &Access, request: &Request, host: &str) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let headers = request.headers();
    match text(headers, header::ORIGIN) {
        Some(origin) => !access.is_own_origin(&origin, host),
        // No page sends its cookies without an origin; a program brings its token.
        None => bearer(headers).is_none(),
    }
}

fn is_let_in(access: &Access, headers: &HeaderMap) -> bool {
    if let Some(given) = bearer(headers) {
        return access.is_token(&given);
    }
    let name = access.cookie_name();
    let cookies = text(headers, header::COOKIE).unwrap_or_default();
    cookies
        .split("; ")
        .filter_map(|pair| pair.split_once('='))
        .any(|(key, value)| key == name && access.is_visit(value))
}

fn turned_away(request: &Request) -> Response {
    let wants_page =
        text(request.headers(), header::ACCEPT).is_some_and(|accept| accept.contains("text/html"));
    let mut response = if wants_page {
        (StatusCode::UNAUTHORIZED, web::signed_out()).into_response()
    } else {
        Problem::new(StatusCode::UNAUTHORIZED, "token-needed", "a token is needed")
            .detail(
                "send `Authorization: Bearer …` with the token in the file `api-token` of the data directory",
            )
            .into_response()
    };
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ticketfall\""));
    response
}

fn protect(headers: &mut HeaderMap) {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Without a referrer, a form would name no origin either.
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let given = text(headers, header::AUTHORIZATION)?;
    let (scheme, token) = given.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
