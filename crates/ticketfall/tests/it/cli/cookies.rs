//! Cookies in and out: a stand-in of a cookie service, real files and a real Chromium.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use ticketfall::browser::{Browser, LocalOptions};
use ticketfall::cookies;
use ticketfall::session::{Cookie, Session};
use ticketfall::store::sessions;
use ticketfall::vault::{Options, Purpose, Vault};
use ticketfall_core::ids::ProfileId;
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{User, now};

const TOKEN: &str = "Bearer hush-token";

/// A cookie service on loopback, which lets requests through in groups.
struct Service {
    origin: String,
    inner: Arc<Inner>,
    _server: JoinSet<()>,
}

struct Inner {
    together: Barrier,
    waiting: AtomicUsize,
}

impl Service {
    async fn open(together: usize) -> Self {
        let inner = Inner { together: Barrier::new(together), waiting: 0.into() };
        let inner = Arc::new(inner);
        let router = Router::new().route("/v1/{profile}/cookies", axum::routing::get(answer));
        let router = router.with_state(inner.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, inner, _server: server }
    }

    /// A user whose configuration knows the way here, with members who have no browser.
    fn user(&self, members: &[&str]) -> User {
        let user = configured(&self.origin);
        for member in members {
            assert_eq!(user.runs(&format!("profile add {member} --browser none")).code, 0);
        }
        user
    }
}

fn configured(origin: &str) -> User {
    let user = User::new();
    let token = user.write("token", "hush-token\n");
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    let text = format!(
        "[browser]\nheadless = true\n[cookies]\nurl = '{origin}/v1/{{profile}}/cookies'\npointer = '/data'\n\
         private = true\n[cookies.headers]\nAuthorization = {{ file = '{}', prefix = 'Bearer ' }}\n",
        token.display()
    );
    user.write("config/ticketfall/ticketfall.toml", &text);
    user
}

async fn answer(
    State(inner): State<Arc<Inner>>,
    Path(profile): Path<String>,
    headers: HeaderMap,
) -> Result<String, StatusCode> {
    if headers.get(AUTHORIZATION).is_none_or(|sent| sent != TOKEN) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    inner.waiting.fetch_add(1, Ordering::SeqCst);
    inner.together.wait().await;
    match profile.as_str() {
        "nobody" => Err(StatusCode::NOT_FOUND),
        _ => Ok(json!({ "data": rows() }).to_string()),
    }
}

fn rows() -> Value {
    let tomorrow = now().as_second() + 86_400;
    json!([
        { "name": "northend.example/club", "value": "hush-a", "domain": "northend.example", "httpOnly": true,
          "expirationDate": tomorrow },
        { "name": "brief", "value": "hush-b", "domain": ".northend.example" },
        { "name": "none", "value": "hush-c", "domain": ".northend.example", "sameSite": "no_restriction" },
        { "name": "old", "value": "hush-d", "domain": ".northend.example", "expirationDate": 1 },
        { "name": "__Host-x", "value": "hush-e", "domain": "northend.example" },
        { "name": "broken", "value": "hush-f" },
    ])
}

async fn kept(user: &User, profile: &str) -> Session {
    let id = ProfileId::new(profile).unwrap();
    let sealed = sessions::get(&user.store().await, &id).await.unwrap().unwrap().sealed.0;
    let (vault, _) = Vault::open(&user.data_dir(), &Options::default()).unwrap();
    Session::from_bytes(&vault.unseal(&id, Purpose::Session, &sealed).unwrap()).unwrap()
}

fn names<'c>(cookies: impl IntoIterator<Item = &'c Cookie>) -> Vec<&'c str> {
    let mut names: Vec<_> = cookies.into_iter().map(Cookie::name).collect();
    names.sort_unstable();
    names
}

fn outcomes(report: &Value) -> Vec<(&str, &str)> {
    let cookies = report["cookies"].as_array().unwrap().iter();
    cookies.map(|one| (one["name"].as_str().unwrap(), one["outcome"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fetched_cookies_are_in_the_browser_and_in_the_session_and_all_else_is_explained() {
    let service = Service::open(1).await;
    let user = configured(&service.origin);
    assert_eq!(user.runs("profile add ada").code, 0);
    let run = user.runs("cookies update --json");
    assert_eq!(run.code, 0, "{} {}", run.stdout, run.stderr);
    let report = &run.json()[0];
    assert_eq!((&report["profile"], &report["inBrowser"]), (&"ada".into(), &true.into()));
    let told = outcomes(report);
    assert_eq!(told[..3], [("northend.example/club", "set"), ("brief", "set"), ("none", "changed")]);
    assert!(matches!(told[3], ("__Host-x", "refused" | "dropped")), "{report:#}");
    assert_eq!(told[4], ("old", "dropped"));
    assert_eq!(report["leftOut"].as_array().unwrap().len(), 1);
    assert!(!run.stdout.contains("hush") && !run.stderr.contains("hush"));

    let session = kept(&user, "ada").await;
    assert_eq!(names(session.jar.cookies()), ["brief", "none", "northend.example/club"]);
    assert_eq!(names(session.gains()), ["brief", "none"], "what the closed browser forgot is owed to it");
    let options = LocalOptions { headless: true, ..LocalOptions::new(user.data_dir().join("browsers/ada")) };
    let browser = Browser::start(&options).await.unwrap();
    let held = browser.cookies(&["northend.example".to_owned()]).await.unwrap().cookies;
    browser.close().await;
    let club = held.iter().find(|cookie| cookie.name() == "northend.example/club").unwrap();
    assert_eq!(club.value().reveal(), "hush-a");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_are_updated_at_once_and_told_in_order() {
    let service = Service::open(2).await;
    let user = service.user(&["ada", "ben", "cat", "dan"]);
    let run = user.runs("cookies update --together 2 --json");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let profiles: Vec<_> = run.json().as_array().unwrap().iter().map(|one| one["profile"].clone()).collect();
    assert_eq!(profiles, ["ada", "ben", "cat", "dan"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_failure_does_not_end_the_rest() {
    let service = Service::open(1).await;
    let user = service.user(&["ada", "nobody"]);
    let run = user.runs("cookies update ghost nobody ada --json");
    assert_eq!(run.code, 1, "{}", run.stderr);
    let reports = run.json();
    let outcome = |at: usize| (reports[at]["outcome"].clone(), reports[at]["kind"].clone());
    assert_eq!(outcome(0), ("updated".into(), Value::Null), "{reports:#}");
    assert_eq!(outcome(1), ("failed".into(), "noProfile".into()));
    assert_eq!(outcome(2), ("failed".into(), "other".into()));
    assert!(reports[2]["why"].as_str().unwrap().ends_with("it knows no such profile (status 404)"));
    assert_eq!(user.runs("cookies update ghost").code, 3);
    let text = user.runs("cookies update ada").stdout;
    assert!(text.starts_with("ada: 4 set, 1 dropped, 1 left out in the session"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fetched_cookies_replace_the_same_older_ones_and_leave_the_others() {
    let service = Service::open(1).await;
    let user = service.user(&[]);
    let older = json!([
        { "name": "brief", "value": "old", "domain": ".northend.example" },
        { "name": "basket", "value": "7", "domain": "northend.example" },
        { "name": "gone", "value": "7", "domain": "northend.example", "expires": 1 },
    ]);
    user.write("cookies.json", &older.to_string());
    assert_eq!(user.runs("profile add ada --browser none --import-cookies cookies.json").code, 0);
    assert_eq!(user.runs("cookies update").code, 0);
    let session = kept(&user, "ada").await;
    assert_eq!(
        names(session.jar.cookies()),
        ["__Host-x", "basket", "brief", "none", "northend.example/club"]
    );
    let brief = session.jar.cookies().find(|cookie| cookie.name() == "brief").unwrap();
    assert_eq!(brief.value().reveal(), "hush-b");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_secrets_of_a_request_are_shown_nowhere() {
    let service = Service::open(1).await;
    let user = service.user(&["ada"]);
    for arguments in ["--log-level trace cookies update", "config show", "config show --json", "doctor"] {
        let run = user.runs(arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(!run.stdout.contains("hush") && !run.stderr.contains("hush"), "{arguments}");
    }
    std::fs::set_permissions(user.home.path().join("token"), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(user.runs("cookies update").refused(2).contains("chmod 600"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_is_interrupted_says_so() {
    let service = Service::open(2).await;
    let user = service.user(&["ada"]);
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("ticketfall"))
        .args(["cookies", "update", "--json"])
        .env("HOME", user.home.path())
        .env("XDG_DATA_HOME", user.home.path().join("data"))
        .env("XDG_CONFIG_HOME", user.home.path().join("config"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while service.inner.waiting.load(Ordering::SeqCst) == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it waits for an answer");
        tokio::task::yield_now().await;
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    assert!(String::from_utf8(output.stderr).unwrap().contains("it was interrupted"));
}

#[test]
fn a_service_that_cannot_be_used_or_reached_is_told_apart() {
    let user = User::new();
    assert!(user.runs("cookies update").refused(2).contains("cookies.url is not set"));
    let user = configured("http://127.0.0.1:1");
    user.runs("cookies update").refused(3);
    assert_eq!(user.runs("profile add ada --browser none").code, 0);
    let run = user.runs("cookies update --json");
    assert_eq!((run.code, &run.json()[0]["kind"]), (4, &"unreachable".into()), "{}", run.stderr);
    let user = configured("http://cookies.example");
    assert!(user.runs("cookies update").refused(2).contains("only https"));
}

#[test]
fn an_address_of_the_service_that_cannot_be_used_is_pointed_at() {
    let user = User::new();
    user.write("config/ticketfall/ticketfall.toml", "[cookies]\nurl = 'https://cookies.example/all'\n");
    let told = user.runs("config check").refused(2).to_owned();
    assert!(told.contains("ticketfall.toml:2:7") && told.contains("{profile}"), "{told}");
    user.write("config/ticketfall/ticketfall.toml", "[cookies]\ntogether = 99\n");
    assert!(user.runs("config check").refused(2).contains("a whole number from 1 to 32"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cookies_of_a_file_go_into_the_members_browser() {
    let user = configured("http://127.0.0.1:1");
    user.write("cookies.json", &rows().to_string());
    assert_eq!(user.runs("profile add ada").code, 0);
    let run = user.runs("cookies import ada cookies.json --json");
    let report = run.json();
    assert_eq!((run.code, &report["inBrowser"]), (0, &true.into()), "{report:#} {}", run.stderr);
    assert_eq!(names(kept(&user, "ada").await.jar.cookies()), ["brief", "none", "northend.example/club"]);
    assert_eq!(user.runs("cookies import ghost cookies.json").code, 3);
    user.runs("cookies import ada nowhere.json").refused(2);
}

#[tokio::test]
async fn exported_cookies_are_for_their_owner_alone_and_can_be_imported_again() {
    let user = User::new();
    user.write("cookies.json", &rows().to_string());
    assert_eq!(user.runs("profile add ada --browser none --import-cookies cookies.json").code, 0);
    let exports = [("netscape", "txt"), ("json", "json"), ("devtools", "json"), ("storage-state", "json")];
    for (format, end) in exports {
        let run = user.runs(&format!("cookies export ada --format {format} --json"));
        assert_eq!((run.code, &run.json()["cookies"]), (0, &5.into()), "{}", run.stderr);
        assert!(run.stderr.contains("as you would a password") && !run.stdout.contains("hush"));
        let path = user.home.path().join(format!("ada-cookies.{end}"));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = cookies::read(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(
            (read.format.to_string().as_str(), read.cookies.len(), read.refused.len()),
            (format, 5, 0)
        );
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn an_export_overwrites_nothing_and_prints_only_when_asked() {
    let user = User::new();
    let line = "northend.example\tFALSE\t/\tFALSE\t0\tclub\thush-hush";
    user.write("cookies.txt", line);
    assert_eq!(user.runs("profile add ada --browser none --import-cookies cookies.txt").code, 0);
    assert!(user.runs("cookies export ada --out cookies.txt").refused(2).contains("write cookies.txt"));
    assert_eq!(std::fs::read_to_string(user.home.path().join("cookies.txt")).unwrap(), line);
    let printed = user.runs("cookies export ada --format netscape --out -");
    assert_eq!(printed.stdout, format!("# Netscape HTTP Cookie File\n{line}\n"), "tabs stay tabs");
    assert_eq!(user.runs("profile add ben --browser none").code, 0);
    user.runs("cookies export ben").refused(3);
    user.runs("cookies export ada --format yaml").refused(2);
}

#[tokio::test]
async fn a_failure_leaves_the_kept_session_as_it_was() {
    let user = configured("http://127.0.0.1:1");
    user.write("cookies.json", &rows().to_string());
    assert_eq!(user.runs("profile add ada --browser none --import-cookies cookies.json").code, 0);
    let before = kept(&user, "ada").await.taken_at;
    assert_eq!(user.runs("cookies update").code, 4);
    assert_eq!(kept(&user, "ada").await.taken_at, before);
    assert!(before > Timestamp::UNIX_EPOCH);
}
