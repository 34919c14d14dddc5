//! A real Chromium and a small site: what is taken from the browser, what is given back, what goes wrong.

mod site;

use std::process::Command;
use std::time::Duration;

use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, getpgid, kill_process_group};
use tempfile::TempDir;
use ticketfall::browser::{
    self, Browser, Closed, Endpoint, Error, LocalOptions, Page, PutOutcome, give_back, take_session,
};
use ticketfall::session::cookie::{Attributes, Domain, SameSite};
use ticketfall::session::{Cookie, Session};
use ticketfall_core::ids::ProfileId;
use url::Url;

use site::Site;

const SOON: Duration = Duration::from_secs(20);
const CLUB_COOKIE: &str = "www.example.com/club";

/// A member with a browser on an empty profile, and a site to sign in to.
struct Member {
    browser: Browser,
    site: Site,
    profile_dir: TempDir,
}

impl Member {
    async fn new() -> Self {
        let profile_dir = TempDir::new().unwrap();
        let browser = started(&profile_dir).await;
        Self { browser, site: Site::start().await, profile_dir }
    }

    async fn signed_in() -> (Self, Page) {
        let member = Self::new().await;
        let page = member.browser.open(&member.site.url("/login")).await.unwrap();
        page.wait_for_load(SOON).await.unwrap();
        (member, page)
    }

    async fn session(&self) -> Session {
        let profile = ProfileId::new("ada").unwrap();
        let taken = take_session(&self.browser, profile, &[self.site.host()], None, now()).await.unwrap();
        assert_eq!(taken.refused, []);
        taken.session
    }

    async fn put(&self, cookie: Cookie) -> PutOutcome {
        self.browser.put_cookies(&[cookie]).await.unwrap().remove(0).outcome
    }

    async fn end(self) {
        self.browser.close().await;
        drop(self.profile_dir);
    }
}

#[expect(clippy::disallowed_methods, reason = "the browser has the wall's clock, and ends cookies by it")]
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap()
}

fn leader(browser: &Browser) -> Pid {
    Pid::from_raw(browser.pid().unwrap().cast_signed()).unwrap()
}

/// How many processes of the group run; the dead whom nobody has buried yet do not count.
fn living(group: Pid) -> usize {
    let output = Command::new("ps").args(["-eo", "pgid=,stat="]).output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let group = group.as_raw_nonzero().to_string();
    let rows = listed.lines().filter_map(|row| row.trim().split_once(char::is_whitespace));
    rows.filter(|(pgid, state)| *pgid == group && !state.trim().starts_with('Z')).count()
}

fn headless(profile_dir: &TempDir) -> LocalOptions {
    LocalOptions { headless: true, ..LocalOptions::new(profile_dir.path()) }
}

async fn started(profile_dir: &TempDir) -> Browser {
    match Browser::start(&headless(profile_dir)).await {
        Err(Error::Missing { tried }) => {
            panic!("this test needs Chromium (looked for {tried}): scripts/test installs it")
        }
        result => result.unwrap(),
    }
}

fn cookie(name: &str, domain: &str, attributes: Attributes) -> Cookie {
    Cookie::new(name, "1", Domain::parse(domain).unwrap(), "/").unwrap().with(attributes)
}

#[tokio::test]
async fn a_session_cookie_with_slashes_in_its_name_is_taken_and_signs_http_in() {
    let (member, page) = Member::signed_in().await;
    let session = member.session().await;
    let taken = session.jar.cookies().find(|cookie| cookie.name() == CLUB_COOKIE).unwrap();
    assert_eq!(taken.value().reveal(), "in");
    assert!(taken.attributes.http_only);
    let header = session.jar.header_for(&member.site.url("/whoami"), now()).unwrap();
    assert_eq!(header.to_str().unwrap(), "www.example.com/club=in");
    assert_eq!(page.evaluate("navigator.userAgent").await.unwrap(), session.user_agent);
    member.end().await;
}

#[tokio::test]
async fn what_the_http_session_gained_is_given_back_to_the_browser() {
    let (member, page) = Member::signed_in().await;
    let mut session = member.session().await;
    let basket = HeaderValue::from_static("www.example.com/basket=7; Path=/; HttpOnly; Max-Age=86400");
    session.jar.store_response(&member.site.url("/hold"), [&basket], now());
    let given = give_back(&member.browser, &session).await.unwrap();
    assert_eq!(given.cookies.len(), 1);
    assert_eq!(
        (&*given.cookies[0].name, &given.cookies[0].outcome),
        ("www.example.com/basket", &PutOutcome::Set)
    );
    session.note_given_back(given.mark);
    assert!(give_back(&member.browser, &session).await.unwrap().cookies.is_empty());
    page.navigate(&member.site.url("/whoami")).await.unwrap();
    page.wait_for_load(SOON).await.unwrap();
    assert!(page.html().await.unwrap().contains("www.example.com/basket=7"));
    member.end().await;
}

#[tokio::test]
async fn what_the_browser_drops_or_changes_is_told() {
    let member = Member::new().await;
    let plain = Attributes::default();
    let ends = |at| Attributes { expires: Some(at), ..Attributes::default() };
    let none = Attributes { same_site: Some(SameSite::None), ..Attributes::default() };
    let secure = Attributes { secure: true, ..Attributes::default() };
    let set = member.put(cookie("a/b", ".club.example", plain.clone())).await;
    let dropped = member.put(cookie("ended", "club.example", ends(Timestamp::UNIX_EPOCH))).await;
    let clamped =
        member.put(cookie("long", "club.example", ends(now() + SignedDuration::from_hours(50_000)))).await;
    let unsaid = member.put(cookie("none", "club.example", none)).await;
    let host = member.put(cookie("__Host-a", "club.example", secure)).await;
    let refused = member.put(cookie("__Host-b", "club.example", plain)).await;
    assert_eq!(set, PutOutcome::Set);
    assert_eq!(dropped, PutOutcome::Dropped);
    assert_eq!(clamped, PutOutcome::Changed { what: vec!["expiry"] });
    assert_eq!(unsaid, PutOutcome::Changed { what: vec!["same site"] });
    assert_eq!(host, PutOutcome::Set);
    assert!(matches!(refused, PutOutcome::Refused { .. } | PutOutcome::Dropped), "{refused:?}");
    member.end().await;
}

#[tokio::test]
async fn one_bad_cookie_does_not_keep_the_good_ones_out() {
    let member = Member::new().await;
    let good = cookie("good", "club.example", Attributes::default());
    let partition_key = Some(serde_json::json!({"topLevelSite": 7}));
    let bad =
        cookie("bad", "club.example", Attributes { partition_key, secure: true, ..Attributes::default() });
    let reports = member.browser.put_cookies(&[bad, good]).await.unwrap();
    assert!(matches!(reports[0].outcome, PutOutcome::Refused { .. }), "{reports:?}");
    assert_eq!(reports[1].outcome, PutOutcome::Set);
    member.end().await;
}

#[tokio::test]
async fn every_attribute_survives_the_way_into_the_browser_and_out() {
    let member = Member::new().await;
    let partition_key =
        Some(serde_json::json!({"topLevelSite": "https://club.example", "hasCrossSiteAncestor": false}));
    let given = Attributes {
        expires: Some(now() + SignedDuration::from_hours(24)),
        secure: true,
        http_only: true,
        same_site: Some(SameSite::None),
        partition_key,
    };
    let cookies = [
        cookie("shared/x", ".club.example", given.clone()),
        cookie("own/x", "tickets.club.example", given),
        cookie("plain", "tickets.club.example", Attributes::default()),
    ];
    let reports = member.browser.put_cookies(&cookies).await.unwrap();
    assert!(reports.iter().all(|report| report.outcome == PutOutcome::Set), "{reports:?}");
    let held = member.browser.cookies(&["tickets.club.example".to_owned()]).await.unwrap();
    assert!(cookies.iter().all(|given| held.cookies.contains(given)), "{held:?}");
    assert!(member.browser.cookies(&["else.example".to_owned()]).await.unwrap().cookies.is_empty());
    member.end().await;
}

#[tokio::test]
async fn the_tab_at_the_site_is_used_again() {
    let (member, page) = Member::signed_in().await;
    let before = member.browser.pages().await.unwrap().len();
    let order = member.browser.open(&member.site.url("/whoami")).await.unwrap();
    assert_eq!(member.browser.pages().await.unwrap().len(), before);
    assert_eq!(page.url().await.unwrap(), order.url().await.unwrap());
    member.browser.open(&Url::parse("data:text/html,elsewhere").unwrap()).await.unwrap();
    assert_eq!(member.browser.pages().await.unwrap().len(), before + 1);
    member.end().await;
}

#[tokio::test]
async fn a_form_is_filled_and_sent_and_the_next_page_waited_for() {
    let (member, page) = Member::signed_in().await;
    page.navigate(&member.site.url("/form")).await.unwrap();
    page.wait_for_load(SOON).await.unwrap();
    page.fill("input[name=who]", "Ada \"L\" </script> ' \\ £").await.unwrap();
    page.click("button").await.unwrap();
    let at = page.wait_for_url(|url| url.path() == "/welcome", SOON).await.unwrap();
    assert!(at.query_pairs().any(|(name, value)| name == "who" && value == "Ada \"L\" </script> ' \\ £"));
    page.wait_for_load(SOON).await.unwrap();
    assert!(page.screenshot().await.unwrap().starts_with(b"\x89PNG"));
    member.end().await;
}

#[tokio::test]
async fn what_does_not_happen_in_a_page_is_told() {
    let (member, page) = Member::signed_in().await;
    let told = async |result: Result<(), Error>| result.unwrap_err().to_string();
    assert_eq!(told(page.click("#none").await).await, r##"find "#none" in the page"##);
    let thrown = page.evaluate("null.x").await.map(drop);
    assert!(told(thrown).await.starts_with("run a script in the page: TypeError"));
    let waited = page.wait_for_url(|_| false, Duration::from_millis(300)).await.map(drop);
    assert_eq!(told(waited).await, "wait longer than 300ms for the page to go where it is expected");
    let nowhere = Url::parse("http://127.0.0.1:1/x?token=hush").unwrap();
    let error = told(page.navigate(&nowhere).await).await;
    assert_eq!(error, "open http://127.0.0.1:1/x in the browser: net::ERR_UNSAFE_PORT");
    member.end().await;
}

#[tokio::test]
async fn a_killed_browser_is_noticed_and_its_profile_starts_again() {
    let (member, page) = Member::signed_in().await;
    kill_process_group(leader(&member.browser), Signal::KILL).unwrap();
    let closed = tokio::time::timeout(SOON, member.browser.closed()).await.unwrap();
    assert_eq!(closed, Closed::Ended);
    assert!(matches!(page.html().await, Err(Error::Closed(Closed::Ended))));
    drop(member.browser);
    started(&member.profile_dir).await.close().await;
}

#[tokio::test]
async fn a_browser_that_outlived_us_is_taken_over_and_ended_with_the_rest() {
    let (member, page) = Member::signed_in().await;
    let (first, url) = (leader(&member.browser), page.url().await.unwrap());
    let group = getpgid(Some(first)).unwrap();
    std::mem::forget((page, member.browser));
    let adopted = started(&member.profile_dir).await;
    assert_eq!(getpgid(Some(leader(&adopted))).unwrap(), group);
    assert!(adopted.pages().await.unwrap().iter().any(|tab| tab.url == url.as_str()));
    assert_eq!(adopted.cookies(&[member.site.host()]).await.unwrap().cookies.len(), 1);
    adopted.close().await;
    assert_eq!(living(group), 0);
}

#[tokio::test]
async fn a_browser_that_was_started_in_another_way_is_started_anew() {
    let member = Member::new().await;
    let group = getpgid(Some(leader(&member.browser))).unwrap();
    std::mem::forget(member.browser);
    let proxy = Some("http://127.0.0.1:1".parse().unwrap());
    let other = Browser::start(&LocalOptions { proxy, ..headless(&member.profile_dir) }).await.unwrap();
    assert_eq!(living(group), 0);
    assert_ne!(getpgid(Some(leader(&other))).unwrap(), group);
    other.close().await;
}

#[tokio::test]
async fn a_profile_that_somebody_else_has_open_is_not_opened_twice() {
    let member = Member::new().await;
    std::fs::remove_file(member.profile_dir.path().join("DevToolsActivePort")).unwrap();
    let error = Browser::start(&headless(&member.profile_dir)).await.unwrap_err();
    assert!(matches!(error, Error::InUse { .. }), "{error}");
    assert!(error.to_string().contains("close that one first"), "{error}");
    member.end().await;
}

#[tokio::test]
async fn a_closed_browser_leaves_nothing_running() {
    let member = Member::new().await;
    let leader = leader(&member.browser);
    assert_ne!(living(leader), 0);
    member.browser.close().await;
    assert_eq!(living(leader), 0);
    assert!(matches!(member.browser.user_agent().await, Err(Error::Closed(_))));
}

#[tokio::test]
async fn a_browser_that_is_forgotten_ends_too() {
    let member = Member::new().await;
    let leader = leader(&member.browser);
    let clone = member.browser.clone();
    drop(member.browser);
    assert!(clone.user_agent().await.is_ok());
    drop(clone);
    let gone = async {
        while living(leader) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, gone).await.unwrap();
}

#[tokio::test]
async fn an_attached_browser_goes_on_when_we_let_go() {
    let member = Member::new().await;
    let port_file = std::fs::read_to_string(member.profile_dir.path().join("DevToolsActivePort")).unwrap();
    let (port, path) = port_file.split_once('\n').unwrap();
    for address in [format!("http://127.0.0.1:{port}"), format!("ws://127.0.0.1:{port}{path}")] {
        let endpoint: Endpoint = address.parse().unwrap();
        let attached = Browser::attach(&endpoint).await.unwrap();
        assert_eq!(attached.pid(), None);
        assert_eq!(attached.user_agent().await.unwrap(), member.browser.user_agent().await.unwrap());
        attached.close().await;
    }
    assert!(member.browser.user_agent().await.is_ok());
    member.end().await;
}

#[tokio::test]
async fn the_installed_chromium_is_found_and_says_its_version() {
    let found = browser::find(None).await.expect("scripts/test installs Chromium");
    assert!(found.version.contains(|c: char| c.is_ascii_digit()), "{found:?}");
}
