//! The HTTP client of one profile: its own proxy and connections, one TLS configuration for all.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use http::StatusCode;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use rustls::client::Resumption;
use url::{Host, Url};

use super::{Answer, BODY_MAX, Failure, Request, TransportError};
use crate::address::is_private;
use crate::session::Proxy;
use crate::telemetry::stages;
use crate::trust::Trust;

/// Connections that stay open: a look's, and one beside it for a hold.
const IDLE_MAX: usize = 2;

/// How long a connection stays open for the next request: longer than a hold's steps are apart, and than looks are; who
/// only waits in line keeps none.
const IDLE_FOR: Duration = Duration::from_secs(15);

/// How long a connection may take to be made.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// TLS sessions that a profile may resume.
const RESUMED_MAX: usize = 8;

/// What a SOCKS proxy replies where the site, and not the proxy, stands in the way.
const REPLIES_OF_THE_SITE: [&str; 4] =
    ["network unreachable", "host unreachable", "connection refused", "ttl expired"];

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// No TLS version that the provider speaks.
    #[error("set up TLS")]
    Tls(#[source] rustls::Error),
    /// The proxy, or something else of the client.
    #[error("make an HTTP client")]
    Client(#[source] reqwest::Error),
}

/// What all clients share of TLS: the certificates that are trusted, and how.
#[derive(Debug, Clone)]
pub struct Tls(ClientConfig);

impl Tls {
    /// Trusts the authorities of Mozilla's list.
    pub fn new() -> Result<Self, NetworkError> {
        Self::trusting(&Trust::default())
    }

    /// Trusts these authorities, whether a seller shows their certificate or a proxy.
    pub fn trusting(trust: &Trust) -> Result<Self, NetworkError> {
        trust.config().map(Self).map_err(NetworkError::Tls)
    }

    /// The shared configuration with a memory of its own, so that no two members are seen as one.
    fn of_a_profile(&self) -> ClientConfig {
        let mut config = self.0.clone();
        config.resumption = Resumption::in_memory_sessions(RESUMED_MAX);
        config
    }
}

/// One profile's way to sellers; clones share its connections.
#[derive(Clone)]
pub struct Network {
    way: Arc<Way>,
    client: Arc<Mutex<Option<reqwest::Client>>>,
}

/// What a client is made of, once there is something to ask.
struct Way {
    tls: ClientConfig,
    proxy: Option<Proxy>,
    private: bool,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Way { tls: _, proxy, private } = &*self.way;
        f.debug_struct("Network").field("proxy", proxy).field("private", private).finish_non_exhaustive()
    }
}

impl Way {
    fn client(&self) -> Result<reqwest::Client, NetworkError> {
        let guard =
            Guard { private: self.private, proxy: self.proxy.as_ref().map(|proxy| proxy.host.clone()) };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .redirect(Policy::none())
            // A hold that is sent again by itself could be granted twice.
            .retry(reqwest::retry::never())
            .no_proxy()
            .pool_max_idle_per_host(IDLE_MAX)
            .pool_idle_timeout(IDLE_FOR)
            .connect_timeout(CONNECT_MAX)
            .dns_resolver(Arc::new(guard));
        if let Some(proxy) = &self.proxy {
            let proxy = reqwest::Proxy::all(proxy.url().reveal()).map_err(NetworkError::Client)?;
            builder = builder.proxy(proxy);
        }
        builder.build().map_err(NetworkError::Client)
    }
}

impl Network {
    /// A client through the profile's proxy, if it has one; `private` allows this machine and private networks.
    pub fn new(tls: &Tls, proxy: Option<&Proxy>, private: bool) -> Result<Self, NetworkError> {
        let way = Way { tls: tls.of_a_profile(), proxy: proxy.cloned(), private };
        // Made at once, so that a proxy which cannot be used is told to who names it.
        let client = way.client()?;
        Ok(Self { way: Arc::new(way), client: Arc::new(Mutex::new(Some(client))) })
    }

    /// Closes the connections that nothing is under way on; the next request makes its own, with the TLS session resumed.
    pub(super) fn rest(&self) {
        *self.locked_client() = None;
    }

    fn client(&self) -> Result<reqwest::Client, NetworkError> {
        let mut kept = self.locked_client();
        let client = kept.take().map_or_else(|| self.way.client(), Ok)?;
        *kept = Some(client.clone());
        Ok(client)
    }

    fn locked_client(&self) -> MutexGuard<'_, Option<reqwest::Client>> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn send(&self, request: Request) -> Result<Answer, TransportError> {
        self.guard_literal(&request.url)?;
        let client =
            self.client().map_err(|error| TransportError::unsent(Failure::Connect(error.to_string())))?;
        let asked = client
            .request(request.method, request.url)
            .headers(request.headers)
            .body(request.body)
            .build()
            .map_err(|error| TransportError::unsent(Failure::Connect(told(&error))))?;
        let mut answer = client.execute(asked).await.map_err(|error| self.failed(error))?;
        if answer.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED && self.way.proxy.is_some() {
            return Err(TransportError::unsent(Failure::Proxy(
                "it refuses the name or the password".to_owned(),
            )));
        }
        let (status, headers) = (answer.status(), answer.headers().clone());
        let told =
            answer.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        let mut body = BytesMut::with_capacity(told.min(BODY_MAX));
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.failed(error))? {
            if body.len() + chunk.len() > BODY_MAX {
                return Err(TransportError::maybe(Failure::TooLarge(BODY_MAX)));
            }
            body.extend_from_slice(&chunk);
        }
        // The connection is back in the pool only when its own task has run, and a hold may follow at once.
        tokio::task::yield_now().await;
        stages::over("answered");
        Ok(Answer { status, headers, body: body.freeze() })
    }

    /// An address in the URL never meets the resolver, so it is checked here.
    fn guard_literal(&self, url: &Url) -> Result<(), TransportError> {
        let address: Option<IpAddr> = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) | None => None,
        };
        match address {
            Some(address) if !self.way.private && is_private(address) => {
                Err(TransportError::unsent(Failure::PrivateAddress(address.to_string())))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn failed(&self, error: reqwest::Error) -> TransportError {
        let error = error.without_url();
        if let Some(PrivateHost(host)) = cause::<PrivateHost>(&error) {
            return TransportError::unsent(Failure::PrivateAddress(host.clone()));
        }
        if !error.is_connect() {
            return TransportError::maybe(Failure::Broken(told(&error)));
        }
        let why = told(&error);
        let is_reply = REPLIES_OF_THE_SITE.iter().any(|reply| why.ends_with(reply));
        let at_seller = self.way.proxy.is_none() || is_reply || cause::<rustls::Error>(&error).is_some();
        TransportError::unsent(if at_seller { Failure::Connect(why) } else { Failure::Proxy(why) })
    }
}

/// The deepest cause, which says the most.
fn told(error: &reqwest::Error) -> String {
    chain(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn chain<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// The first cause of a type, also inside of I/O errors, which hide theirs.
fn cause<E: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    chain(error).find_map(|error| {
        let inner = error.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
        error.downcast_ref::<E>().or_else(|| inner?.downcast_ref::<E>())
    })
}

#[derive(Debug, thiserror::Error)]
#[error("{0} has only private addresses")]
struct PrivateHost(String);

/// Resolves names, and forgets addresses that are not public: checked when connecting, so that no name
/// can change its mind after a check.
#[derive(Debug)]
struct Guard {
    private: bool,
    /// The member's own proxy may stand anywhere.
    proxy: Option<String>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let free = self.private || self.proxy.as_ref().is_some_and(|proxy| proxy.eq_ignore_ascii_case(&host));
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let kept: Vec<SocketAddr> = found.filter(|address| free || !is_private(address.ip())).collect();
            if kept.is_empty() {
                return Err(PrivateHost(host).into());
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}
