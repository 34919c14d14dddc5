//! The real binary against a box office on a real port, and with a real browser.

use std::time::Duration;

use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use ticketfall::cookies::{self, Format};
use ticketfall::seller::Transport;
use ticketfall::seller::transport::Request;
use ticketfall::session::Jar;
use ticketfall_boxoffice::{BoxOffice, LEAGUE_MATCH, Settings};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;

use super::User;

/// A box office that is open to the machine, until it is dropped.
pub(super) struct Doors {
    office: BoxOffice,
    origin: String,
    _server: JoinSet<()>,
}

impl Doors {
    pub(super) async fn open() -> Self {
        let office = BoxOffice::open(Settings::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = office.router();
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { office, origin, _server: server }
    }

    pub(super) fn page(&self) -> String {
        format!("{}/northend/EDP/Event/Index/{LEAGUE_MATCH}", self.origin)
    }

    /// A user whose configuration knows the way here.
    pub(super) fn user(&self) -> User {
        let user = User::new();
        let text = format!("[browser]\nheadless = true\n\n[sellers.boxoffice]\norigin = '{}'\n", self.origin);
        user.write("config/ticketfall/ticketfall.toml", &text);
        user
    }

    /// Signs the first member in, as a browser would, and gives the cookies out.
    pub(super) async fn cookies(&self) -> Jar {
        let transport = Transport::InProcess(self.office.router());
        let url = Url::parse(&format!("{}/northend/Authentication/Login", self.origin)).unwrap();
        let mut jar = Jar::default();
        let form = ask(&transport, &mut jar, &url, Method::GET, String::new()).await;
        let token = form.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
        let member = &self.office.members()[0];
        let email = member.email.replace('@', "%40");
        let fields = format!("__RequestVerificationToken={token}&email={email}&password={}", member.password);
        ask(&transport, &mut jar, &url, Method::POST, fields).await;
        jar
    }
}

async fn ask(transport: &Transport, jar: &mut Jar, url: &Url, method: Method, fields: String) -> String {
    let mut headers = HeaderMap::new();
    headers.extend(jar.header_for(url, Timestamp::UNIX_EPOCH).map(|cookies| (COOKIE, cookies)));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let request = Request { method, url: url.clone(), headers, body: fields.into() };
    let answer = transport.send(request, Duration::from_secs(5)).await.unwrap();
    jar.store_response(url, answer.headers.get_all(SET_COOKIE), Timestamp::UNIX_EPOCH);
    String::from_utf8(answer.body.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_looked_at_with_the_session_of_a_member() {
    let doors = Doors::open().await;
    let user = doors.user();
    let check = format!("check --seller boxoffice {} --json", doors.page());
    let nobody = user.runs(&check);
    assert_eq!((nobody.code, &nobody.json()["reading"]), (3, &"signedOut".into()), "{}", nobody.stderr);

    let jar = doors.cookies().await;
    user.write("cookies.json", &cookies::write(Format::DevTools, jar.cookies()).unwrap());
    assert_eq!(user.runs("profile add ada --browser none --import-cookies cookies.json").code, 0);
    let ada = user.runs(&format!("{check} --profile ada"));
    assert_eq!((ada.code, &ada.json()["reading"]), (3, &"seats".into()), "{}", ada.stderr);
    user.runs(&format!("{check} --profile ben")).refused(3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_taken_from_the_members_browser() {
    let doors = Doors::open().await;
    let user = doors.user();
    assert_eq!(user.runs("profile add ada").code, 0);
    let open = format!("profile open ada {}/northend/Authentication/Login --json", doors.origin);
    let run = user.ends(user.command(&open).write_stdin("\n"));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.json()["hosts"], serde_json::json!(["127.0.0.1"]));
    assert!(user.runs("profile show ada --json").json()["sessionTakenAt"].is_string());
    assert!(user.data_dir().join("browsers/ada").is_dir());

    assert_eq!(user.runs("profile remove ada --yes").code, 0);
    assert!(!user.data_dir().join("browsers/ada").exists());
}
