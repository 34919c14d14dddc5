//! Somebody who asks the service: with its token, unless the test is about having none.

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Request, StatusCode, header};
use futures_util::StreamExt as _;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::rehearsal::{HOST, Scene};

/// A program with the service's token.
pub(super) struct Caller {
    router: Router,
    token: String,
}

/// What it was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

/// Server-sent events as they come in.
pub(super) struct Listening {
    body: BodyDataStream,
    text: String,
}

/// One server-sent event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) event: String,
    pub(super) id: String,
    pub(super) data: Value,
}

impl Caller {
    pub(super) fn of(scene: &Scene) -> Self {
        let faces = scene.faces();
        Self { router: faces.router, token: scene.token() }
    }

    /// A request with the token.
    pub(super) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Self::bare(method, path).header(header::AUTHORIZATION, format!("Bearer {}", self.token))
    }

    /// A request without it.
    pub(super) fn bare(method: &str, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(path).header(header::HOST, HOST)
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// Asks without a body.
    pub(super) async fn ask(&self, method: &str, path: &str) -> Answer {
        self.send(self.request(method, path).body(Body::empty()).unwrap()).await
    }

    /// Asks with a JSON body.
    pub(super) async fn give(&self, method: &str, path: &str, body: Value) -> Answer {
        let request = self.request(method, path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let answer = self.ask("GET", path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.json()
    }

    /// Asks whether anything is new since the answer with `tag`.
    pub(super) async fn is_new(&self, path: &str, tag: &str) -> bool {
        let request = self.request("GET", path).header(header::IF_NONE_MATCH, tag);
        match self.send(request.body(Body::empty()).unwrap()).await {
            Answer { status: StatusCode::OK, .. } => true,
            Answer { status: StatusCode::NOT_MODIFIED, text, .. } => {
                assert_eq!(text, "");
                false
            }
            other => panic!("{other:?}"),
        }
    }

    /// Listens, from after `last` where that is given.
    pub(super) async fn listen(&self, query: &str, last: Option<&str>) -> Listening {
        let mut request = self.request("GET", &format!("/api/v1/stream{query}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Listening { body: response.into_body().into_data_stream(), text: String::new() }
    }
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub(super) fn tag(&self) -> &str {
        self.headers[header::ETAG].to_str().unwrap()
    }

    /// A refusal as RFC 9457 has it, by the last word of its type.
    pub(super) fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        let kind = problem["type"].as_str().unwrap().strip_prefix("urn:ticketfall:").unwrap();
        (self.status.as_u16(), kind.to_owned())
    }
}

impl Listening {
    /// The next event; comments are passed over.
    pub(super) async fn next(&mut self) -> Told {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let told = Told::read(&self.text[..end]);
                self.text.drain(..end + 2);
                if let Some(told) = told {
                    return told;
                }
                continue;
            }
            let bytes = self.body.next().await.unwrap().unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next bytes that come in, whatever they are.
    pub(super) async fn comment(&mut self) -> String {
        let bytes = self.body.next().await.unwrap().unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    /// The next event of this kind.
    pub(super) async fn until(&mut self, event: &str) -> Told {
        loop {
            let told = self.next().await;
            if told.event == event {
                return told;
            }
        }
    }
}

impl Told {
    fn read(text: &str) -> Option<Self> {
        let field = |name: &str| {
            let lines = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            lines.collect::<String>()
        };
        let data = field("data");
        let data = (!data.is_empty()).then(|| serde_json::from_str(&data).unwrap())?;
        Some(Self { event: field("event"), id: field("id"), data })
    }

    pub(super) fn number(&self) -> u64 {
        self.id.split_once('-').unwrap().1.parse().unwrap()
    }
}
