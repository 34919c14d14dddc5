//! What appears by itself, what stays where it is meanwhile, and a connection that is lost and found.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;
use ticketfall::notify::Notice;
use ticketfall_boxoffice::Fall;
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::EventKey;

use super::stage::Stage;
use super::tab::Tab;
use super::{looking_at, too_cheap};
use crate::rehearsal::profile;

/// Marks the page, so that one that was loaded anew is told apart.
async fn mark(tab: &Tab) {
    tab.until("document.documentElement.dataset.stream === 'open'").await;
    tab.eval("window.isTheSame = true").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fall_appears_by_itself() {
    let stage = Stage::open("", 1).await;
    stage.start("ada", 4001, too_cheap()).await;
    stage.until("ada", "SearchingTickets").await;
    stage.until_seeing().await;
    let tab = looking_at(&stage).await;
    tab.go(&stage.at("/events/boxoffice/4001")).await;
    tab.sees("The latest falls will be listed here").await;
    mark(&tab).await;
    stage.office.fall(Fall::of(4001).area("East Lower 5").seats(2)).unwrap();
    tab.until("document.querySelector('#latest li')?.textContent.includes('East Lower 5')").await;
    tab.until("document.querySelectorAll('svg.map path.free').length === 1").await;
    tab.until("window.isTheSame").await;
    assert_eq!(tab.complaints(), [] as [&str; 0]);
    tab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn held_seats_appear_by_themselves_and_nothing_else_moves() {
    let stage = Stage::open("", 1).await;
    stage.start("ada", 4001, Configuration::default()).await;
    stage.until_seeing().await;
    let tab = looking_at(&stage).await;
    tab.go(&stage.at("/members/ada")).await;
    mark(&tab).await;
    tab.eval("document.getElementById('more').open = true").await;
    tab.write("input[name=rows]", "A, B").await;
    stage.office.fall(Fall::of(4001).seats(2).price(ticketfall_boxoffice::Pence(6_100))).unwrap();
    tab.sees("Held for Ada: 2 seats").await;
    tab.until("document.querySelector('#state .badge.held') !== null").await;
    tab.until("document.title.startsWith('(1) Ada')").await;
    tab.until("document.getElementById('more').open").await;
    tab.until("document.activeElement.name === 'rows' && document.activeElement.value === 'A, B'").await;
    tab.until("window.isTheSame").await;
    tab.click("#state form[action$='/stop'] button").await;
    tab.sees("Stopped.").await;
    assert_eq!(tab.complaints(), [] as [&str; 0]);
    tab.close().await;
}

/// Long waits of the page pass when the test says so, and its streams are counted.
const A_CLOCK_OF_OURS: &str = "
    const [wait, forget, Source] = [window.setTimeout, window.clearTimeout, window.EventSource];
    const waits = new Map();
    let now = 0;
    window.setTimeout = (then, time, ...rest) => {
        if (!(time > 20_000)) return wait(then, time, ...rest);
        const number = wait(() => {}, 0);
        waits.set(number, { then, at: now + time });
        return number;
    };
    window.clearTimeout = (number) => waits.delete(number) || forget(number);
    window.passes = (time) => {
        now += time;
        for (const [number, { then, at }] of [...waits]) {
            if (at <= now && waits.delete(number)) then();
        }
        return window.streams.length;
    };
    window.streams = [];
    window.heard = 0;
    window.EventSource = class extends Source {
        constructor(url) {
            super(url);
            window.streams.push(this);
        }
        addEventListener(kind, then) {
            super.addEventListener(kind, (event) => (then(event), (window.heard += 1)));
        }
    };
";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_stream_falls_silent_opens_another_after_three_beats() {
    let stage = Stage::open("", 1).await;
    let tab = Tab::new().await;
    tab.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": A_CLOCK_OF_OURS })).await;
    tab.go(&stage.service.link()).await;
    tab.sees("Ada").await;
    mark(&tab).await;
    // As when the connection is dead and nobody says so: nothing comes, and no error either.
    tab.eval("streams[0].close()").await;
    stage.enlist("ben", "Ben").await;
    assert_eq!(tab.eval("passes(44_999)").await, 1, "three beats are not over yet");
    assert_eq!(tab.eval("passes(1)").await, 2);
    tab.sees("Ben").await;
    let news = Notice::Status {
        profile: profile("ada"),
        watched: EventKey { seller: "boxoffice".parse().unwrap(), event: "4001".parse().unwrap() },
        status: "SearchingTickets".to_owned(),
        reason: None,
    };
    tab.until("streams[1].readyState === EventSource.OPEN").await;
    assert_eq!(tab.eval("passes(30_000)").await, 2);
    stage.supervisor.notices().tell(stage.clock.now(), news);
    tab.until("heard > 0").await;
    assert_eq!(tab.eval("passes(30_000)").await, 2, "whatever comes is a sign of life");
    assert_eq!(tab.eval("passes(15_000)").await, 3);
    tab.until("window.isTheSame && document.getElementById('lost').hidden").await;
    assert_eq!(tab.complaints(), [] as [&str; 0]);
    tab.close().await;
}

/// The real program, serving at one port from one home.
struct Program {
    child: Child,
    link: String,
}

impl Program {
    fn serve(home: &TempDir, port: u16) -> Self {
        let mut child = Self::command(home)
            .arg("serve")
            .env("TICKETFALL_API_LISTEN", format!("127.0.0.1:{port}"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut words = String::new();
        while !words.contains("/enter?code=") {
            words.clear();
            assert_ne!(said.read_line(&mut words).unwrap(), 0, "it never said where it is");
        }
        let link = words.split_whitespace().find(|word| word.contains("/enter?")).unwrap().to_owned();
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        Self { child, link }
    }

    fn command(home: &TempDir) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ticketfall"));
        command.env_clear().env("HOME", home.path()).env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_finds_its_way_back_after_the_service_was_killed_and_started_again() {
    let home = TempDir::new().unwrap();
    let added = Program::command(&home).args(["profile", "add", "ada", "--label", "Ada"]).output().unwrap();
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let program = Program::serve(&home, port);
    let tab = Tab::new().await;
    tab.go(&program.link).await;
    tab.sees("Ada").await;
    mark(&tab).await;
    program.kill();
    tab.sees("Connection lost, trying again in").await;
    let added = Program::command(&home).args(["profile", "add", "ben", "--label", "Ben"]).output().unwrap();
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let program = Program::serve(&home, port);
    tab.sees("Ben").await;
    tab.until("document.getElementById('lost').hidden && window.isTheSame").await;
    program.kill();
    tab.close().await;
}
