//! A browser that nobody needs is closed, and the member who comes back to it is still signed in.

use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use ticketfall::browser::{Browser, give_back, take_session};
use ticketfall::clock::Clock;
use ticketfall::monitoring::{BrowserPlan, BrowserSeat};
use ticketfall::store::profiles::{BrowserChoice, Profile};
use ticketfall_core::ids::ProfileId;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;

const SOON: Duration = Duration::from_secs(20);
const IDLE: Duration = Duration::from_mins(6);

/// A member's seat, and a site that signs in until the browser is closed.
struct Stage {
    seat: BrowserSeat,
    clock: Clock,
    site: Url,
    _serving: JoinSet<()>,
    _home: TempDir,
}

fn ada() -> ProfileId {
    ProfileId::new("ada").unwrap()
}

impl Stage {
    async fn set() -> Self {
        let home = TempDir::new().unwrap();
        let login = get(async || ([(SET_COOKIE, "www.example.com/club=in; Path=/; HttpOnly")], "in"));
        let cookies = get(async |sent: HeaderMap| {
            sent.get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let router = Router::new().route("/login", login).route("/whoami", cookies);
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let plan = BrowserPlan { headless: true, close_when_idle: true, ..BrowserPlan::new(home.path()) };
        let profile = Profile {
            id: ada(),
            label: "Ada".to_owned(),
            browser: BrowserChoice::Local,
            proxy: None,
            seats_max: None,
            cost_max: None,
            created_at: Timestamp::UNIX_EPOCH,
        };
        let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
        Self { seat: plan.seat(&profile, None, clock), clock, site, _serving: serving, _home: home }
    }

    fn url(&self, path: &str) -> Url {
        self.site.join(path).unwrap()
    }

    /// Nobody needs the browser for so long, which takes no time.
    async fn nobody_needs(&self, browser: &Browser, time: Duration) {
        tokio::time::pause();
        tokio::time::advance(time).await;
        tokio::time::resume();
        // An answer, or that there is none, shows that everything that was due has begun.
        drop(browser.user_agent().await);
    }
}

#[tokio::test]
async fn a_browser_that_nobody_needs_is_closed_and_opens_signed_in_as_before() {
    let stage = Stage::set().await;
    let browser = stage.seat.open().await.unwrap().unwrap();
    browser.open(&stage.url("/login")).await.unwrap().wait_for_load(SOON).await.unwrap();
    let hosts = [stage.site.host_str().unwrap().to_owned()];
    let taken = take_session(&browser, ada(), &hosts, None, Timestamp::UNIX_EPOCH).await.unwrap();
    stage.nobody_needs(&browser, IDLE).await;
    tokio::time::timeout(SOON, browser.closed()).await.unwrap();
    assert!(stage.seat.running().await.is_none());

    let browser = stage.seat.open().await.unwrap().unwrap();
    assert!(browser.cookies(&hosts).await.unwrap().cookies.is_empty(), "it keeps no cookie without an end");
    assert_eq!(give_back(&browser, &taken.session).await.unwrap().cookies.len(), 1);
    let page = browser.open(&stage.url("/whoami")).await.unwrap();
    page.wait_for_load(SOON).await.unwrap();
    assert!(page.html().await.unwrap().contains("www.example.com/club=in"));
    assert!(give_back(&browser, &taken.session).await.unwrap().cookies.is_empty(), "once is enough");
    stage.seat.close().await;
}

#[tokio::test]
async fn a_browser_in_which_a_person_is_busy_stays_open() {
    let stage = Stage::set().await;
    let browser = stage.seat.open().await.unwrap().unwrap();
    for _ in 0..3 {
        stage.nobody_needs(&browser, IDLE / 2).await;
        assert!(stage.seat.in_use().await.is_some());
    }
    let order_page = stage.clock.now() + SignedDuration::from_mins(40);
    stage.seat.keep_until(order_page).await;
    stage.nobody_needs(&browser, Duration::from_mins(39)).await;
    assert!(browser.is_open());
    stage.nobody_needs(&browser, Duration::from_mins(2)).await;
    tokio::time::timeout(SOON, browser.closed()).await.unwrap();
}

#[tokio::test]
async fn a_renewal_that_finds_the_browser_open_does_not_keep_it_open() {
    let stage = Stage::set().await;
    let browser = stage.seat.open().await.unwrap().unwrap();
    stage.nobody_needs(&browser, IDLE / 2).await;
    assert!(stage.seat.running().await.is_some());
    stage.nobody_needs(&browser, IDLE / 2).await;
    tokio::time::timeout(SOON, browser.closed()).await.unwrap();
}

#[tokio::test]
async fn two_who_open_it_at_once_get_the_same_browser() {
    let stage = Stage::set().await;
    let (one, other) = tokio::join!(stage.seat.open(), stage.seat.open());
    assert_eq!(one.unwrap().unwrap().pid(), other.unwrap().unwrap().pid());
    assert!(stage.seat.running().await.unwrap().user_agent().await.is_ok());
    stage.seat.close().await;
}
