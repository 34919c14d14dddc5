//! How requests reach a seller: over the network through the profile's own proxy, or into a router of
//! this process. One request, one answer; nothing is followed, repeated or kept.

mod network;

use std::fmt;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tower::ServiceExt as _;
use url::Url;

use super::exchange_record::shown_url;

pub use network::{Network, NetworkError, Tls};

/// The largest body that is read, in bytes, after decompression.
pub const BODY_MAX: usize = 32 << 20;

/// Whether a request may have reached the seller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Surely not.
    No,
    /// Perhaps: what it asked for may have been done.
    Maybe,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The profile's proxy, not the seller, stood in the way.
    #[error("get through the proxy: {0}")]
    Proxy(String),
    /// The host is in a private network, and the definition does not allow that.
    #[error("connect to {0}: it is in a private network; a definition allows that with `private = true`")]
    PrivateAddress(String),
    /// The connection could not be made.
    #[error("connect to the seller: {0}")]
    Connect(String),
    /// Nothing came in time.
    #[error("get an answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The body is larger than any seller's answer is.
    #[error("read an answer of more than {} MiB", .0 >> 20)]
    TooLarge(usize),
    /// The connection broke.
    #[error("read the seller's answer: {0}")]
    Broken(String),
}

/// A request that got no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failure}")]
pub struct TransportError {
    /// Why.
    pub failure: Failure,
    /// Whether it may have reached the seller all the same.
    pub sent: Sent,
}

impl TransportError {
    fn unsent(failure: Failure) -> Self {
        Self { failure, sent: Sent::No }
    }

    fn maybe(failure: Failure) -> Self {
        Self { failure, sent: Sent::Maybe }
    }

    /// Whether the seller failed, and not something on the way that is the profile's own.
    pub fn is_the_sellers(&self) -> bool {
        !matches!(self.failure, Failure::Proxy(_) | Failure::PrivateAddress(_))
    }
}

/// One request; what it shows of itself has no secret in it.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Each name once.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, {} bytes", self.method, shown_url(&self.url), self.body.len())
    }
}

/// One answer, whole; a page may hold its key, so only the size of its body is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} bytes", self.status, self.body.len())
    }
}

/// A way to a seller; cloning it is cheap and shares its connections.
#[derive(Debug, Clone)]
pub enum Transport {
    /// Over the network.
    Network(Network),
    /// Into a router of this process: the box office in tests, on virtual time too.
    InProcess(Router),
}

impl Transport {
    /// Sends a request and reads the whole answer within `timeout`.
    pub async fn send(&self, request: Request, timeout: Duration) -> Result<Answer, TransportError> {
        let answer = async {
            match self {
                Self::Network(network) => network.send(request).await,
                Self::InProcess(router) => in_process(router.clone(), request).await,
            }
        };
        match tokio::time::timeout(timeout, answer).await {
            Ok(answer) => answer,
            // How far the request came is not known, so it may have been granted.
            Err(_) => Err(TransportError::maybe(Failure::Timeout(timeout))),
        }
    }

    /// Closes connections that are not used, so that who only waits costs neither side one.
    pub fn rest(&self) {
        match self {
            Self::Network(network) => network.rest(),
            Self::InProcess(_) => {}
        }
    }
}

async fn in_process(router: Router, request: Request) -> Result<Answer, TransportError> {
    let host = request.url.authority().parse().expect("the authority of a URL is one of a header");
    let target = &request.url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut asked = http::Request::new(Body::from(request.body));
    *asked.method_mut() = request.method;
    *asked.uri_mut() = target.parse().map_err(|error| {
        TransportError::unsent(Failure::Connect(format!("the router takes no such path: {error}")))
    })?;
    *asked.headers_mut() = request.headers;
    asked.headers_mut().insert(http::header::HOST, host);
    let answer = match router.oneshot(asked).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let (parts, body) = answer.into_parts();
    let body = Limited::new(body, BODY_MAX).collect().await.map_err(|error| {
        TransportError::maybe(if error.is::<LengthLimitError>() {
            Failure::TooLarge(BODY_MAX)
        } else {
            Failure::Broken(error.to_string())
        })
    })?;
    Ok(Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() })
}

#[cfg(test)]
mod tests;
