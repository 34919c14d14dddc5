//! What the proxies of the tests have in common: a site that they all lead to, and a log of what went through.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::Html;
use axum::routing::get;
use ticketfall::session::Proxy;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use super::tls::{self, Identity};
use super::{http, socks};

pub(super) const USER: &str = "ada";
pub(super) const PASSWORD: &str = "north end:£1";

/// How a proxy of the tests behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Temper {
    /// Lets everybody through.
    Open,
    /// Wants a name and a password.
    Strict,
    /// Takes connections and says nothing.
    Silent,
    /// Says that it cannot reach the site.
    Cut,
}

/// What a proxy knows of one connection through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// Somebody wanted to go here without having signed in, where that is wanted.
    TurnedAway,
    /// Let through to this host.
    Through(String),
    /// The site was given a password.
    PasswordAtSite,
}

/// The inside of a proxy: what it does with a target, whatever its protocol.
#[derive(Debug, Clone)]
pub(super) struct Door {
    pub(super) temper: Temper,
    site: SocketAddr,
    log: Arc<Mutex<Vec<Seen>>>,
}

impl Door {
    pub(super) fn note(&self, seen: Seen) {
        self.log.lock().unwrap().push(seen);
    }

    /// Every name leads to the site, so only who asks the proxy finds it.
    pub(super) async fn open(&self, host: &str) -> TcpStream {
        self.note(Seen::Through(host.to_owned()));
        TcpStream::connect(self.site).await.unwrap()
    }
}

/// What a proxy speaks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Http,
    /// HTTP over TLS, with a certificate that nobody else vouches for.
    Https,
    Socks,
}

/// A site, and a proxy that leads to it.
#[derive(Debug)]
pub(super) struct Stage {
    kind: Kind,
    pub(super) site: SocketAddr,
    proxy: SocketAddr,
    door: Door,
    pub(super) identity: Identity,
    _serving: JoinSet<()>,
}

impl Stage {
    pub(super) async fn set(kind: Kind, temper: Temper) -> Self {
        let mut serving = JoinSet::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = listener.local_addr().unwrap();
        let door = Door { temper, site, log: Arc::default() };
        let pages = Router::new()
            .route("/login", get(login))
            .route("/private", get(private))
            .fallback(async || Html("<p>Northend"))
            .with_state(door.clone());
        serving.spawn(async move { axum::serve(listener, pages).await.unwrap() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = listener.local_addr().unwrap();
        let identity = Identity::made();
        let acceptor = identity.acceptor();
        let over_tls = move |near, door| tls::link(near, door, acceptor.clone());
        match kind {
            Kind::Https => serving.spawn(serve(listener, door.clone(), over_tls)),
            Kind::Http => serving.spawn(serve(listener, door.clone(), http::link::<TcpStream>)),
            Kind::Socks => serving.spawn(serve(listener, door.clone(), socks::link)),
        };
        Self { kind, site, proxy, door, identity, _serving: serving }
    }

    /// The proxy with the right password.
    pub(super) fn proxy(&self) -> Proxy {
        self.proxy_with(PASSWORD)
    }

    pub(super) fn proxy_with(&self, password: &str) -> Proxy {
        let mut url = Url::parse(&self.open_proxy().server()).unwrap();
        url.set_username(USER).unwrap();
        url.set_password(Some(password)).unwrap();
        url.as_str().parse().unwrap()
    }

    /// The proxy for who has no password.
    pub(super) fn open_proxy(&self) -> Proxy {
        let kind = match self.kind {
            Kind::Http => "http",
            Kind::Https => "https",
            Kind::Socks => "socks5",
        };
        format!("{kind}://{}", self.proxy).parse().unwrap()
    }

    /// How often somebody went through to `host`.
    pub(super) fn visits(&self, host: &str) -> usize {
        let wanted = Seen::Through(host.to_owned());
        self.door.log.lock().unwrap().iter().filter(|seen| **seen == wanted).count()
    }

    /// How often somebody was turned away.
    pub(super) fn turned_away(&self) -> usize {
        self.door.log.lock().unwrap().iter().filter(|seen| **seen == Seen::TurnedAway).count()
    }

    /// Whether a password went as far as the site.
    pub(super) fn told_the_site_a_password(&self) -> bool {
        self.door.log.lock().unwrap().contains(&Seen::PasswordAtSite)
    }
}

async fn login() -> ([(HeaderName, &'static str); 1], Html<&'static str>) {
    ([(SET_COOKIE, "club=in; Path=/")], Html("<p>Signed in"))
}

/// A part of the site that wants a password of its own.
async fn private(
    State(door): State<Door>,
    headers: HeaderMap,
) -> (StatusCode, [(HeaderName, &'static str); 1]) {
    if headers.contains_key(AUTHORIZATION) {
        door.note(Seen::PasswordAtSite);
    }
    (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Basic realm=\"Members\"")])
}

async fn serve<F, L>(listener: TcpListener, door: Door, link: F)
where
    F: Fn(TcpStream, Door) -> L + Send + 'static,
    L: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let mut links = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        links.spawn(link(stream, door.clone()));
    }
}
