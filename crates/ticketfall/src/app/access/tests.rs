use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use futures_util::stream::pending;
use futures_util::{FutureExt as _, StreamExt as _};
use tower::ServiceExt as _;

use super::*;

const HOST: &str = "127.0.0.1:7474";

fn access(directory: &tempfile::TempDir) -> Access {
    let clock = Clock::starting_at("2026-11-28T15:00:00Z".parse().unwrap());
    let proxy = HostName::try_from("tickets.example".to_owned()).unwrap();
    Access::open(directory.path(), (HOST.parse().unwrap(), vec![proxy]), clock).unwrap()
}

fn router(access: &Access) -> Router {
    let secret = Router::new().route("/secret", get(|| async { "seats" }).post(|| async { "done" }));
    let open = || async {
        (
            [(header::CONTENT_TYPE, "text/event-stream")],
            Body::from_stream(pending::<Result<String, std::io::Error>>()),
        )
    };
    let secret = secret.route("/stream", get(open));
    let routes = secret.merge(enter_routes(access.clone())).merge(revoke_routes(access.clone()));
    routes.merge(proof_routes(access.clone())).layer(from_fn_with_state(access.clone(), guard))
}

async fn answer(access: &Access, request: Request<Body>) -> Response<Body> {
    router(access).oneshot(request).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

fn ask(method: &str, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
    headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value))
        .body(Body::empty())
        .unwrap()
}

/// Follows a link as a browser does: the cookie that it is given.
async fn visit(access: &Access, link: &str) -> Option<String> {
    let code = link.split_once("code=").unwrap().1.to_owned();
    let request = Request::builder()
        .method("POST")
        .uri("/enter")
        .header(header::HOST, HOST)
        .header(header::ORIGIN, format!("http://{HOST}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("code={code}")))
        .unwrap();
    let response = answer(access, request).await;
    let cookie = response.headers().get(header::SET_COOKIE)?.to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    Some(cookie.split(';').next().unwrap().to_owned())
}

#[tokio::test(start_paused = true)]
async fn without_a_token_nothing_is_answered_not_even_that_there_is_nothing() {
    let home = tempfile::tempdir().unwrap();
    let access = access(&home);
    for (method, path) in [
        ("GET", "/secret"),
        ("GET", "/nothing"),
        ("GET", "/healthz/../secret"),
        ("HEAD", "/secret"),
        ("OPTIONS", "/secret"),
    ] {
        let response = answer(&access, ask(method, path, &[])).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
        assert!(!text(response).await.contains("seats"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_token_in_the_file_lets_in_and_another_does_not() {
    let home = tempfile::tempdir().unwrap();
    let access = access(&home);
    let token = std::fs::read_to_string(home.path().join("api-token")).unwrap();
    let bearer = format!("Bearer {}", token.trim());
    let response = answer(&access, ask("GET", "/secret", &[("authorization", &bearer)])).await;
    assert_eq!((response.status(), text(response).await.as_str()), (StatusCode::OK, "seats"));
    for other in ["Bearer 0", "Bearer ", &bearer.replace("Bearer", "Basic"), &bearer[..bearer.len() - 1]] {
        let response = answer(&access, ask("GET", "/secret", &[("authorization", other)])).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_lets_one_browser_in_once() {
    let home = tempfile::tempdir().unwrap();
    let access = access(&home);
    let link = access.link();
    let cookie = visit(&access, &link).await.unwrap();
    let response = answer(&access, ask("GET", "/secret", &[("cookie", &cookie)])).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(visit(&access, &link).await, None, "a link works once");
}

#[tokio::test(start_paused = true)]
async fn looking_at_a_link_does_not_use_it_up() {
    let home = tempfile::tempdir().unwrap();
    let access = access(&home);
    let link = access.link();
    let path = link.split_once(HOST).unwrap().1;
    assert_eq!(answer(&access, ask("GET", path, &[])).await.status(), StatusCode::OK);
    assert!(visit(&access, &link).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn links_and_visits_end() {
    let home = tempfile::tempdir().unwrap();
    let access = access(&home);
    let (early, late) = (access.link(), access.link());
    let cookie = visit(&access, &early).await.unwrap();
    tokio::time::advance(LINK_AGE_MAX.unsigned_abs()).await;
    assert_eq!(visit(&access, &late).await, None, "the link is too old");
    tokio::time::advance(VISIT.unsigned_abs()).await;
    let response = answer(&access, ask("GET", "/secret", &[("cookie", &cookie)])).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "the visit is over");
}

#[tokio::test(start_paused = true)]
async fn a_cookie_survives_a_restart_and_ends_with_the_token() {
    let home = tempfile::tempdir().unwrap();
    let first = access(&home);
    let link = first.link();
    let cookie = visit(&first, &link).await.unwrap();
    let ask = || ask("GET", "/secret", &[("cookie", &cookie)]);
    assert_eq!(answer(&access(&home), ask()).await.status(), StatusCode::OK);
    std::fs::remove_file(home.path().join("api-token")).unwrap();
    assert_eq!(answer(&access(&home), ask()).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn a_cookie_that_was_changed_lets_nobody_in() {
    let home = tempfile::tempdir().unwrap();
    let access = access(&home);
    let link = access.link();
    let cookie = visit(&access, &link).await.unwrap();
    let (until, signature) = cookie.split_once('.').unwrap();
    for forged in [
        format!("{until}9.{signature}"),
        format!("{until}."),
        format!("{until}.{}", signature.to_uppercase()),
        "ticketfall_7474=".to_owned(),
    ] {
        let response = answer(&access, ask("GET", "/secret", &[("cookie", &forged)])).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{forged}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_only_resolves_to_this_machine_is_not_ours() {
    let home = tempfile::tempdir().unwrap();
    let access = access(&home);
    let token = format!("Bearer {}", access.0.token.borrow().expose());
    for (host, is_ours) in [
        ("127.0.0.1:7474", true),
        ("localhost:7474", true),
        ("[::1]:7474", true),
        ("tickets.example", true),
        ("tickets.example:8443", true),
        ("evil.example:7474", false),
        ("tickets.example.evil.example", false),
        ("127.0.0.1:7475", false),
        ("127.0.0.1", false),
        ("127.0.0.1:7474.evil.example", false),
        ("", false),
    ] {
        let request = Request::builder()
            .uri("/secret")
            .header(header::HOST, host)
            .header(header::AUTHORIZATION, &token);
        let status = answer(&access, request.body(Body::empty()).unwrap()).await.status();
        assert_eq!(status, if is_ours { StatusCode::OK } else { StatusCode::MISDIRECTED_REQUEST }, "{host}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_sites_page_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let access = access(&home);
    let link = access.link();
    let cookie = visit(&access, &link).await.unwrap();
    for origin in [
        Some("http://evil.example"),
        Some("null"),
        Some("http://127.0.0.1:7475"),
        Some("https://127.0.0.1:7474"),
        None,
    ] {
        let mut headers = vec![("cookie", cookie.as_str())];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let response = answer(&access, ask("POST", "/secret", &headers)).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{origin:?}");
    }
    let ours = [("cookie", cookie.as_str()), ("origin", "http://127.0.0.1:7474")];
    assert_eq!(answer(&access, ask("POST", "/secret", &ours)).await.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn behind_a_proxy_a_page_of_ours_may_change_something_and_no_other() {
    let home = tempfile::tempdir().unwrap();
    let access = access(&home);
    let cookie = visit(&access, &access.link()).await.unwrap();
    for (origin, is_ours) in [
        ("https://tickets.example", true),
        ("http://tickets.example", true),
        ("https://evil.example", false),
        ("https://tickets.example:8443", false),
        ("http://127.0.0.1:7474", false),
    ] {
        let mut request = ask("POST", "/secret", &[("cookie", &cookie), ("origin", origin)]);
        request.headers_mut().insert(header::HOST, "tickets.example".parse().unwrap());
        let status = answer(&access, request).await.status();
        assert_eq!(status, if is_ours { StatusCode::OK } else { StatusCode::FORBIDDEN }, "{origin}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_answer_keeps_to_itself() {
    let home = tempfile::tempdir().unwrap();
    let access = access(&home);
    for path in ["/secret", "/enter?code=%22%3E%3Cscript%3E"] {
        let response = answer(&access, ask("GET", path, &[("accept", "text/html")])).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert!(!text(response).await.contains("<script>"));
    }
}

#[test]
fn a_token_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    access(&home);
    let path = home.path().join("api-token");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Token::open(home.path()), Err(TokenError::Open(_))));
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_lets_out_programs_browsers_links_and_streams() {
    let home = tempfile::tempdir().unwrap();
    let access = access(&home);
    let old = format!("Bearer {}", access.0.token.borrow().expose());
    let (used, unused) = (access.link(), access.link());
    let cookie = visit(&access, &used).await.unwrap();
    let stream = answer(&access, ask("GET", "/stream", &[("authorization", &old)])).await;
    let mut stream = stream.into_body().into_data_stream();
    assert!(stream.next().now_or_never().is_none(), "nothing is said, and the stream is open");
    let revoked = answer(&access, ask("POST", "/api/v1/token", &[("authorization", &old)])).await;
    assert_eq!((revoked.status(), text(revoked).await.as_str()), (StatusCode::NO_CONTENT, ""));

    assert!(stream.next().now_or_never().expect("the stream ends at once").is_none());
    assert_eq!(visit(&access, &unused).await, None, "the link leads nowhere");
    for header in [("authorization", old.as_str()), ("cookie", cookie.as_str())] {
        let response = answer(&access, ask("GET", "/secret", &[header])).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{}", header.0);
    }
    let kept = std::fs::read_to_string(home.path().join("api-token")).unwrap();
    let new = format!("Bearer {}", kept.trim());
    let response = answer(&access, ask("GET", "/secret", &[("authorization", &new)])).await;
    assert_eq!(response.status(), StatusCode::OK, "the new one is in the file");
}

#[tokio::test(start_paused = true)]
async fn a_service_proves_that_it_has_the_token_for_its_own_address_alone() {
    let home = tempfile::tempdir().unwrap();
    let access = access(&home);
    let token = access.0.token.borrow().expose().to_owned();
    let challenge = Challenge::random();
    let path = format!("/proof?challenge={}", challenge.as_str());
    let response = answer(&access, ask("GET", &path, &[])).await;
    assert_eq!(response.status(), StatusCode::OK);
    let proven = text(response).await;
    assert_eq!(proven, proof(&token, HOST.parse().unwrap(), challenge.as_str()));
    assert_ne!(
        proven,
        proof(&token, "127.0.0.1:7475".parse().unwrap(), challenge.as_str()),
        "another address"
    );
    assert_ne!(
        proven,
        proof(&token, HOST.parse().unwrap(), Challenge::random().as_str()),
        "another question"
    );
    for path in ["/proof", "/proof?challenge=", "/proof?challenge=dashboard+until+1"] {
        assert_eq!(answer(&access, ask("GET", path, &[])).await.status(), StatusCode::BAD_REQUEST, "{path}");
    }
}
