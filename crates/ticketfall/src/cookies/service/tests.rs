//! What a service may answer, and what becomes of it; the service is a router on loopback.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::Router;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;

const ROW: &str = r#"[{"name": "a", "value": "hush", "domain": "club.example"}]"#;

async fn serving(router: Router) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let mut serving = JoinSet::new();
    serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (origin, serving)
}

fn settings() -> CookieSettings {
    CookieSettings {
        url: None,
        pointer: None,
        private: true,
        together: 1,
        timeout: 5,
        headers: BTreeMap::new(),
    }
}

fn service(origin: &str, pointer: Option<&str>) -> Service {
    let settings = CookieSettings {
        url: Some(format!("{origin}/{{profile}}/cookies").parse().unwrap()),
        pointer: pointer.map(|pointer| pointer.parse().unwrap()),
        ..settings()
    };
    Service::new(&settings, &Environment::default()).unwrap()
}

fn ada() -> ProfileId {
    ProfileId::new("ada").unwrap()
}

/// What becomes of an answer that every profile gets.
async fn fetched(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> Result<usize, String> {
    let (origin, _serving) = serving(Router::new().fallback(async move || answer.clone())).await;
    let fetched = service(&origin, None).fetch(&ada()).await;
    fetched.map(|imported| imported.cookies.len()).map_err(|error| error.to_string().replace(&origin, "IT"))
}

#[tokio::test]
async fn each_profile_has_an_address_of_its_own() {
    let only_ada = Router::new().route("/ada/cookies", get(async || ROW));
    let (origin, _serving) = serving(only_ada).await;
    let service = service(&origin, None);
    assert_eq!(service.fetch(&ada()).await.unwrap().cookies.len(), 1);
    let ben = service.fetch(&ProfileId::new("ben").unwrap()).await.unwrap_err();
    assert!(ben.to_string().ends_with("it knows no such profile (status 404)"), "{ben}");
    let traversal = service.fetch(&ProfileId::new("..").unwrap()).await.unwrap_err();
    assert_eq!(traversal, FetchError::Name("..".to_owned()));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let redirect = (StatusCode::FOUND, [(LOCATION, "/elsewhere?token=hush")]);
    let elsewhere = Router::new()
        .route("/ada/cookies", get(async move || redirect))
        .route("/elsewhere", get(async || ROW));
    let (origin, _serving) = serving(elsewhere).await;
    let error = service(&origin, None).fetch(&ada()).await.unwrap_err().to_string();
    assert!(error.ends_with("redirects are not followed (status 302)"), "{error}");
}

#[tokio::test]
async fn an_answer_without_cookies_is_an_error_and_is_not_repeated() {
    assert_eq!(fetched("").await.unwrap_err(), super::super::Error::Empty.to_string());
    assert!(fetched("<html>hush</html>").await.unwrap_err().starts_with("find cookies in it"));
    assert!(!fetched("[\"hush").await.unwrap_err().contains("hush"));
    let refused = fetched((StatusCode::UNAUTHORIZED, "hush")).await.unwrap_err();
    assert_eq!(refused, "use the answer of IT: it refuses the secrets of [cookies.headers] (status 401)");
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_read_to_its_end() {
    let error = fetched(" ".repeat(BYTES_MAX + 1)).await.unwrap_err();
    assert!(error.starts_with("read a cookies file of"), "{error}");
}

#[tokio::test]
async fn a_service_that_asks_to_slow_down_is_asked_no_more() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let busy = Router::new().fallback(async move || {
        counted.fetch_add(1, Ordering::Relaxed);
        StatusCode::TOO_MANY_REQUESTS
    });
    let (origin, _serving) = serving(busy).await;
    let service = service(&origin, None);
    for _ in 0..3 {
        let error = service.fetch(&ada()).await.unwrap_err();
        assert!(matches!(error, FetchError::SlowDown(_)) && error.is_unreachable(), "{error}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_service_that_is_gone_is_unreachable() {
    let gone = service("http://127.0.0.1:1", None);
    assert!(gone.fetch(&ada()).await.unwrap_err().is_unreachable());
    assert!(gone.reach().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_answer_is_not_waited_for() {
    let (origin, _serving) = serving(Router::new().fallback(std::future::pending::<()>)).await;
    let silent = service(&origin, None);
    assert!(matches!(silent.fetch(&ada()).await.unwrap_err(), FetchError::Late { .. }));
}

#[tokio::test]
async fn whatever_its_first_page_answers_a_service_is_there() {
    let (origin, _serving) = serving(Router::new()).await;
    assert_eq!(service(&origin, None).reach().await, Ok(()));
}

#[tokio::test]
async fn cookies_may_lie_deeper_in_the_answer() {
    let answer = format!("{{\"data\": {{\"cookies\": {ROW}}}}}");
    let (origin, _serving) = serving(Router::new().fallback(async move || answer.clone())).await;
    let service = service(&origin, Some("/data/cookies"));
    assert_eq!(service.fetch(&ada()).await.unwrap().cookies.len(), 1);
}

#[test]
fn without_an_address_there_is_no_service() {
    let error = Service::new(&settings(), &Environment::default()).unwrap_err();
    assert_eq!(error.to_string(), "fetch cookies: cookies.url is not set");
}
