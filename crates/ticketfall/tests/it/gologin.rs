//! GoLogin as a kind of browser, against a stand-in of its interfaces that starts a real Chromium.

pub(crate) mod standin;

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;
use ticketfall::browser::Error;
use ticketfall::browser::gologin::{Api, GoLogin, Settings};
use ticketfall::clock::Clock;
use ticketfall::cookies;
use ticketfall::monitoring::BrowserPlan;
use ticketfall::store::profiles::{BrowserChoice, GoLoginApi, Profile};
use ticketfall_core::ids::ProfileId;
use url::Url;

use standin::{Mood, PROFILE, StandIn, TOKEN};

const SOON: Duration = Duration::from_secs(20);

fn clock() -> Clock {
    Clock::starting_at(Timestamp::UNIX_EPOCH)
}

fn access(home: &TempDir, url: &Url, token: &str) -> Arc<GoLogin> {
    let token_file = home.path().join("token");
    if !token_file.exists() {
        std::fs::write(&token_file, token).unwrap();
        std::fs::set_permissions(&token_file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let settings = Settings {
        local: url.clone(),
        cloud: url.clone(),
        token_file: Some(token_file),
        data_dir: home.path().to_owned(),
    };
    GoLogin::new(settings, clock()).unwrap()
}

fn ada(api: GoLoginApi) -> Profile {
    Profile {
        id: ProfileId::new("ada").unwrap(),
        label: "Ada".to_owned(),
        browser: BrowserChoice::GoLogin { id: PROFILE.to_owned(), api },
        proxy: None,
        seats_max: None,
        cost_max: None,
        created_at: Timestamp::UNIX_EPOCH,
    }
}

async fn is_started_attached_to_and_stopped(api: GoLoginApi) {
    let (gologin, home) = (StandIn::start(Mood::Willing).await, TempDir::new().unwrap());
    let plan =
        BrowserPlan { gologin: Some(access(&home, &gologin.url, TOKEN)), ..BrowserPlan::new(home.path()) };
    let seat = plan.seat(&ada(api), None, clock());
    assert!(seat.running().await.is_none());
    assert!(gologin.asked().is_empty(), "nothing is started before it is needed");
    let browser = seat.open().await.unwrap().unwrap();
    let page = browser.open(&Url::parse("data:text/html,<title>Northend</title>").unwrap()).await.unwrap();
    page.wait_for_load(SOON).await.unwrap();
    assert_eq!(page.evaluate("document.title").await.unwrap(), "Northend");
    assert!(seat.running().await.is_some() && gologin.runs_a_browser());
    seat.close().await;
    assert!(!gologin.runs_a_browser());
    assert_eq!(gologin.asked().len(), 2, "{:?}", gologin.asked());
}

#[tokio::test]
async fn a_profile_of_the_desktop_app_is_started_attached_to_and_stopped() {
    is_started_attached_to_and_stopped(GoLoginApi::Local).await;
}

#[tokio::test]
async fn a_profile_of_the_cloud_is_started_attached_to_and_stopped() {
    is_started_attached_to_and_stopped(GoLoginApi::Cloud).await;
}

#[tokio::test]
async fn the_profiles_proxy_is_the_sessions_too() {
    let (gologin, home) = (StandIn::start(Mood::Willing).await, TempDir::new().unwrap());
    let access = access(&home, &gologin.url, TOKEN);
    let plan = BrowserPlan { gologin: Some(access), ..BrowserPlan::new(home.path()) };
    let ada = ada(GoLoginApi::Local);
    assert_eq!(plan.own_proxy(&ada.browser).await.unwrap(), None);
    gologin.has_proxy(json!({
        "mode": "http", "host": "p.northend.example", "port": 8080, "username": "ada", "password": "hush",
    }));
    let proxy = plan.own_proxy(&ada.browser).await.unwrap();
    assert_eq!(proxy, Some("http://ada:hush@p.northend.example:8080".parse().unwrap()));
    gologin.has_proxy(json!({"mode": "tor"}));
    let unknown = plan.own_proxy(&ada.browser).await.unwrap_err().to_string();
    assert!(unknown.contains("of the kind tor, which the session cannot use"), "{unknown}");
}

#[tokio::test]
async fn every_page_of_the_list_is_read() {
    let (gologin, home) = (StandIn::start(Mood::Willing).await, TempDir::new().unwrap());
    let access = access(&home, &gologin.url, TOKEN);
    let profiles = access.profiles().await.unwrap();
    assert_eq!(profiles.len(), 45);
    assert_eq!(profiles[44].id, "44");
    assert_eq!(access.count().await.unwrap(), 45);
    assert_eq!(gologin.asked().len(), 3);
}

#[tokio::test]
async fn cookies_are_read_and_written_as_gologin_keeps_them() {
    let (gologin, home) = (StandIn::start(Mood::Willing).await, TempDir::new().unwrap());
    let access = access(&home, &gologin.url, TOKEN);
    let row = json!([{"name": "www.example.com/club", "value": "in", "domain": ".northend.example", "path": "/",
        "sameSite": "no_restriction", "secure": true, "session": true}]);
    gologin.has_cookies(row);
    let bytes = access.cookies(PROFILE).await.unwrap();
    assert_eq!(cookies::read(&bytes).unwrap().cookies[0].name(), "www.example.com/club");
    access.put_cookies(PROFILE, b"[]".to_vec()).await.unwrap();
    assert_eq!(gologin.kept_cookies(), json!([]));
}

#[tokio::test]
async fn too_many_questions_are_never_repeated_not_even_after_a_restart() {
    for mood in [Mood::TooMuch, Mood::RateLimited] {
        let (gologin, home) = (StandIn::start(mood).await, TempDir::new().unwrap());
        let first = access(&home, &gologin.url, TOKEN);
        let error = first.profiles().await.unwrap_err();
        assert!(matches!(error, Error::GoLoginClosed { .. }), "{mood:?}: {error}");
        let restarted = access(&home, &gologin.url, TOKEN);
        for access in [first, restarted] {
            assert!(matches!(access.start(PROFILE, Api::Local).await, Err(Error::GoLoginClosed { .. })));
            assert!(matches!(access.proxy(PROFILE).await, Err(Error::GoLoginClosed { .. })));
        }
        assert_eq!(gologin.asked(), ["GET /browser/v2"], "{mood:?}");
    }
}

#[tokio::test]
async fn no_error_shows_a_token() {
    let (gologin, home) = (StandIn::start(Mood::Willing).await, TempDir::new().unwrap());
    let wrong = access(&home, &gologin.url, "wrong-hush");
    let refused = wrong.profiles().await.unwrap_err();
    assert_eq!(refused.to_string(), "have GoLogin list the profiles: it refuses the token");
    let nowhere = Url::parse("http://ada:hush@127.0.0.1:1/hush").unwrap();
    let (unreachable, elsewhere) = (access(&home, &nowhere, TOKEN), TempDir::new().unwrap());
    let lost = unreachable.profiles().await.unwrap_err();
    let absent = access(&elsewhere, &gologin.url, TOKEN).start("none", Api::Cloud).await.unwrap_err();
    assert_eq!(absent.to_string(), "have GoLogin start the profile: it knows no such profile");
    let cloud = access(&elsewhere, &gologin.url, TOKEN);
    let endpoint = cloud.start(PROFILE, Api::Cloud).await.unwrap();
    cloud.stop(PROFILE, Api::Cloud).await.unwrap();
    let shown = format!("{refused:?} {lost} {lost:?} {absent:?} {endpoint} {endpoint:?}");
    assert!(!shown.contains("hush"), "{shown}");
}
