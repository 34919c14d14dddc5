//! A small site of our own: it signs people in with a club's kind of cookie and says what it was sent.

use std::net::SocketAddr;

use axum::Router;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::Html;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;

/// A site on a port of its own; it ends when it is dropped.
pub(super) struct Site {
    address: SocketAddr,
    _serving: JoinSet<()>,
}

impl Site {
    pub(super) async fn start() -> Self {
        let pages = Router::new()
            .route("/login", get(login))
            .route("/whoami", get(who_am_i))
            .route("/form", get(|| async { Html(FORM) }))
            .route("/welcome", get(|| async { Html("<p>Welcome") }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, pages).await.unwrap() });
        Self { address, _serving: serving }
    }

    pub(super) fn host(&self) -> String {
        self.address.ip().to_string()
    }

    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }
}

const FORM: &str = "<form action=/welcome><input name=who value=nobody><button>Go</button></form>";

async fn login() -> ([(HeaderName, &'static str); 1], Html<&'static str>) {
    ([(SET_COOKIE, "www.example.com/club=in; Path=/; HttpOnly")], Html("<p>Signed in"))
}

async fn who_am_i(headers: HeaderMap) -> Html<String> {
    let sent = headers.get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Html(format!("<pre>{sent}</pre>"))
}
