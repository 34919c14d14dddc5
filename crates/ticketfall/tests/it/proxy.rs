//! Real proxies on loopback, a real Chromium and the real HTTP client: both go through the member's proxy,
//! and a proxy that fails is told apart from a site that fails.

mod http;
mod socks;
mod stage;
mod tls;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::http::{HeaderMap, Method};
use bytes::Bytes;
use jiff::Timestamp;
use rustix::process::{Pid, getpgid};
use tempfile::TempDir;
use ticketfall::browser::{Browser, Error, LocalOptions, take_session};
use ticketfall::clock::Clock;
use ticketfall::seller::gate::Gate;
use ticketfall::seller::transport::{Answer, Failure, Request, TransportError};
use ticketfall::seller::{Client, Definitions, Network, Tls, Transport};
use ticketfall::session::{Jar, Origin, Proxy, Session};
use ticketfall::trust::Trust;
use ticketfall_core::ids::{EventId, ProfileId, SellerId};
use ticketfall_core::reading::Reading;
use tokio::net::TcpListener;
use url::Url;

use stage::{Kind, Stage, Temper};

const SOON: Duration = Duration::from_secs(20);
const BROWSER: &str = "browser.northend.example";
const SESSION: &str = "session.northend.example";

async fn started(directory: &TempDir, proxy: Proxy) -> Browser {
    started_with(directory, proxy, Trust::default()).await
}

async fn started_with(directory: &TempDir, proxy: Proxy, trust: Trust) -> Browser {
    let proxy = Some(proxy);
    let options = LocalOptions { headless: true, proxy, trust, ..LocalOptions::new(directory.path()) };
    Browser::start(&options).await.unwrap()
}

fn at(host: &str, path: &str) -> Url {
    Url::parse(&format!("http://{host}{path}")).unwrap()
}

async fn get(proxy: &Proxy, url: Url) -> Result<Answer, TransportError> {
    get_with(proxy, url, &Trust::default()).await
}

async fn get_with(proxy: &Proxy, url: Url, trust: &Trust) -> Result<Answer, TransportError> {
    let network = Network::new(&Tls::trusting(trust).unwrap(), Some(proxy), true).unwrap();
    let request = Request { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new() };
    Transport::Network(network).send(request, SOON).await
}

/// What the session and the browser say of a page that they cannot get.
async fn complaints(proxy: &Proxy) -> (TransportError, Error) {
    complaints_with(proxy, &Trust::default()).await
}

async fn complaints_with(proxy: &Proxy, trust: &Trust) -> (TransportError, Error) {
    let home = TempDir::new().unwrap();
    let session = get_with(proxy, at(SESSION, "/"), trust).await.unwrap_err();
    let browser = started_with(&home, proxy.clone(), trust.clone()).await;
    let page = browser.open(&at(BROWSER, "/")).await.map(drop).unwrap_err();
    browser.close().await;
    (session, page)
}

async fn both_go_through(kind: Kind, temper: Temper) {
    let stage = Stage::set(kind, temper).await;
    let proxy = if temper == Temper::Strict { stage.proxy() } else { stage.open_proxy() };
    let (home, trust) = (TempDir::new().unwrap(), stage.identity.trust());
    let browser = started_with(&home, proxy.clone(), trust.clone()).await;
    let page = browser.open(&at(BROWSER, "/login")).await.unwrap();
    page.wait_for_load(SOON).await.unwrap();
    assert!(page.html().await.unwrap().contains("Signed in"));
    let hosts = [BROWSER.to_owned()];
    let taken =
        take_session(&browser, ProfileId::new("ada").unwrap(), &hosts, Some(proxy), Timestamp::UNIX_EPOCH);
    let session = taken.await.unwrap().session;
    assert_eq!(session.jar.len(), 1);
    let answer = get_with(session.proxy.as_ref().unwrap(), at(SESSION, "/"), &trust).await.unwrap();
    assert_eq!(&answer.body[..], b"<p>Northend");
    assert!(stage.visits(BROWSER) > 0 && stage.visits(SESSION) == 1);

    let other = browser.open(&Url::parse(&format!("http://{}/", stage.site)).unwrap()).await.unwrap();
    other.wait_for_load(SOON).await.unwrap();
    assert!(stage.visits("127.0.0.1") > 0, "an address of this machine went around the proxy");
    browser.close().await;
}

#[tokio::test]
async fn both_go_through_an_http_proxy() {
    both_go_through(Kind::Http, Temper::Open).await;
}

#[tokio::test]
async fn both_sign_in_to_an_http_proxy() {
    both_go_through(Kind::Http, Temper::Strict).await;
}

#[tokio::test]
async fn both_go_through_a_proxy_that_is_reached_over_tls() {
    both_go_through(Kind::Https, Temper::Open).await;
}

#[tokio::test]
async fn both_sign_in_to_a_proxy_that_is_reached_over_tls() {
    both_go_through(Kind::Https, Temper::Strict).await;
}

#[tokio::test]
async fn a_proxy_whose_certificate_nobody_vouches_for_is_told_by_both() {
    let stage = Stage::set(Kind::Https, Temper::Open).await;
    let stranger = Stage::set(Kind::Https, Temper::Open).await.identity.trust();
    for trust in [Trust::default(), stranger] {
        let (session, page) = complaints_with(&stage.open_proxy(), &trust).await;
        assert!(matches!(session.failure, Failure::Proxy(_)), "{session:?}");
        let told = page.to_string();
        assert!(told.starts_with("get through the proxy: its certificate is not"), "{told}");
    }
    assert_eq!(stage.visits(BROWSER) + stage.visits(SESSION), 0);
}

#[tokio::test]
async fn a_proxy_behind_tls_says_why_it_lets_nobody_through() {
    let strict = Stage::set(Kind::Https, Temper::Strict).await;
    let (_, page) = complaints_with(&strict.proxy_with("hush"), &strict.identity.trust()).await;
    assert_eq!(page.to_string(), "get through the proxy: it refuses the name or the password");
    let cut = Stage::set(Kind::Https, Temper::Cut).await;
    let home = TempDir::new().unwrap();
    let browser = started_with(&home, cut.open_proxy(), cut.identity.trust()).await;
    let page = browser.open(&at(BROWSER, "/")).await.map(drop).unwrap_err();
    assert!(matches!(page, Error::Navigate { .. }), "a site out of its reach is not its failure: {page:?}");
    browser.close().await;
}

#[tokio::test]
async fn both_go_through_a_socks_proxy() {
    both_go_through(Kind::Socks, Temper::Open).await;
}

#[tokio::test]
async fn both_sign_in_to_a_socks_proxy() {
    both_go_through(Kind::Socks, Temper::Strict).await;
}

#[tokio::test]
async fn a_window_that_a_page_opens_is_signed_in_too() {
    let stage = Stage::set(Kind::Http, Temper::Strict).await;
    let home = TempDir::new().unwrap();
    let browser = started(&home, stage.proxy()).await;
    let page = browser.open(&Url::parse("data:text/html,hello").unwrap()).await.unwrap();
    page.evaluate("void window.open('http://popup.northend.example/login')").await.unwrap();
    let arrived = async {
        while stage.visits("popup.northend.example") == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, arrived).await.unwrap();
    browser.close().await;
}

#[tokio::test]
async fn a_site_that_asks_for_a_password_does_not_get_the_proxys() {
    let stage = Stage::set(Kind::Http, Temper::Strict).await;
    let home = TempDir::new().unwrap();
    let browser = started(&home, stage.proxy()).await;
    browser.open(&at(BROWSER, "/login")).await.unwrap().wait_for_load(SOON).await.unwrap();
    let before = stage.visits(BROWSER);
    drop(browser.open(&at(BROWSER, "/private")).await);
    assert!(stage.visits(BROWSER) > before);
    assert!(!stage.told_the_site_a_password());
    browser.close().await;
}

#[tokio::test]
async fn a_wrong_password_is_told_by_both_and_asked_for_once() {
    for kind in [Kind::Http, Kind::Socks] {
        let stage = Stage::set(kind, Temper::Strict).await;
        let (session, page) = complaints(&stage.proxy_with("hush")).await;
        assert!(matches!(session.failure, Failure::Proxy(_)), "{kind:?}: {session:?}");
        assert_eq!(
            page.to_string(),
            "get through the proxy: it refuses the name or the password",
            "{kind:?}"
        );
        assert!(!format!("{session:?} {session} {page:?}").contains("hush"));
        assert_eq!(stage.visits(BROWSER) + stage.visits(SESSION), 0);
        assert!((2..20).contains(&stage.turned_away()), "{}", stage.turned_away());
    }
}

#[tokio::test]
async fn a_dead_proxy_is_told_by_both() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    for address in ["http://", "http://ada:hush@", "socks5://", "socks5://ada:hush@"] {
        let proxy = format!("{address}127.0.0.1:{port}").parse().unwrap();
        let (session, page) = complaints(&proxy).await;
        assert!(matches!(session.failure, Failure::Proxy(_)), "{address}: {session:?}");
        assert!(
            page.to_string().starts_with("get through the proxy: it cannot be reached"),
            "{address}: {page}"
        );
    }
}

#[tokio::test]
async fn a_search_through_a_dead_proxy_names_the_proxy() {
    let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
    let seller = SellerId::new("boxoffice").unwrap();
    let definition = Arc::new(Definitions::shipped().get(&seller).unwrap().at_origin(&at(SESSION, "/")));
    let proxy = "http://ada:hush@127.0.0.1:1".parse().unwrap();
    let transport = Transport::Network(Network::new(&Tls::new().unwrap(), Some(&proxy), true).unwrap());
    let gate = Arc::new(Gate::new(definition.pace, 1, clock));
    let session = Session::new(
        ProfileId::new("ada").unwrap(),
        Jar::default(),
        "Browser/1".to_owned(),
        Timestamp::UNIX_EPOCH,
        Origin::Imported,
    );
    let client = Client::new(definition, transport, gate, Arc::new(Mutex::new(session)), clock);
    let told = client.prepare(&EventId::new("501").unwrap(), None).await;
    let Err(Reading::Failing { reason }) = told.outcome else { panic!("{told:?}") };
    assert!(reason.starts_with("cannot get through the proxy: "), "{reason}");
    assert!(!format!("{reason} {:?}", told.exchanges).contains("hush"));
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_says_nothing_is_not_a_slow_seller() {
    for kind in [Kind::Http, Kind::Socks] {
        let stage = Stage::set(kind, Temper::Silent).await;
        let url = Url::parse("https://session.northend.example/").unwrap();
        let error = get(&stage.proxy(), url).await.unwrap_err();
        assert!(matches!(error.failure, Failure::Proxy(_)), "{kind:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_site_that_the_proxy_cannot_reach_is_the_sites_failure() {
    let stage = Stage::set(Kind::Socks, Temper::Cut).await;
    let (session, page) = complaints(&stage.proxy()).await;
    assert!(matches!(session.failure, Failure::Connect(_)), "{session:?}");
    assert!(matches!(page, Error::Navigate { .. }), "{page:?}");
}

#[tokio::test]
async fn a_seller_whose_tls_fails_behind_a_proxy_is_the_sellers_failure() {
    let stage = Stage::set(Kind::Http, Temper::Open).await;
    let url = Url::parse("https://session.northend.example/").unwrap();
    let error = get(&stage.open_proxy(), url).await.unwrap_err();
    assert!(matches!(error.failure, Failure::Connect(_)), "{error:?}");
    assert_eq!(stage.visits(SESSION), 1);
}

/// A browser whose service is gone without a word, with all that it served; returns its process group.
fn orphaned(directory: &TempDir, proxy: Proxy) -> Pid {
    let service = tokio::runtime::Runtime::new().unwrap();
    let browser = service.block_on(started(directory, proxy));
    let group = getpgid(Pid::from_raw(browser.pid().unwrap().cast_signed())).unwrap();
    std::mem::forget(browser);
    service.shutdown_background();
    group
}

#[tokio::test]
async fn a_browser_that_is_taken_over_is_still_signed_in_to_its_proxy() {
    for kind in [Kind::Http, Kind::Socks] {
        let stage = Stage::set(kind, Temper::Strict).await;
        let home = TempDir::new().unwrap();
        let orphaned =
            std::thread::scope(|scope| scope.spawn(|| orphaned(&home, stage.proxy())).join().unwrap());
        let browser = started(&home, stage.proxy()).await;
        let leader = Pid::from_raw(browser.pid().unwrap().cast_signed());
        assert_eq!(getpgid(leader).unwrap(), orphaned, "{kind:?}: it was started anew");
        let page = browser.open(&at(BROWSER, "/login")).await.unwrap();
        page.wait_for_load(SOON).await.unwrap();
        assert!(stage.visits(BROWSER) > 0, "{kind:?}");
        browser.close().await;
    }
}
