//! A box office on a real port, members who search there, and the binary that serves them.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use ticketfall::clock::Clock;
use ticketfall::session::Session;
use ticketfall::store::Store;
use ticketfall::store::falls::{self, FallQuery};
use ticketfall::store::holds::{self, HoldState};
use ticketfall::store::monitors::{self, Desired, MonitorRow};
use ticketfall::store::runs;
use ticketfall::vault::{Options, Vault};
use ticketfall_boxoffice::{
    BoxOffice, Fall, Fault, FaultKind, LEAGUE_MATCH, Limits, Pence, RequestKind, Script, Settings,
};
use ticketfall_core::configuration::{Configuration, SeatCount, SpeedLimit};
use ticketfall_core::ids::{EventId, EventKey, SellerId};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use crate::rehearsal::{Wire, enlist, keep, pay, profile, sign_in, steady};

const SOON: Duration = Duration::from_secs(30);
/// After a kill in the middle of a hold, a search waits until no answer to it can come any more.
const SETTLES_WITHIN: Duration = Duration::from_secs(75);

/// Less than a connection stays open by itself, and than it takes until half of the members have renewed.
const CLOSES_WITHIN: Duration = Duration::from_secs(5);

/// As `/proc/net/tcp` says it.
const ESTABLISHED: &str = "01";

pub(super) struct Machine {
    pub(super) home: TempDir,
    office: BoxOffice,
    origin: Url,
    sessions: Vec<(String, Session)>,
    _server: JoinSet<()>,
}

/// The binary, while it runs.
pub(super) struct Service {
    child: Child,
    /// What it said on stderr so far.
    pub(super) said: String,
}

impl Machine {
    pub(super) async fn with_members(members: usize) -> Self {
        // Who has paid may buy again.
        let limits = Limits { posted: 40, key_seconds: 100_000, ..Limits::default() };
        let script = Script { limits, ..Script::default() };
        let office = BoxOffice::open(Settings { script, members, ..Settings::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let (mut server, router) = (JoinSet::new(), office.router());
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let mut machine =
            Self { home: TempDir::new().unwrap(), office, origin, sessions: vec![], _server: server };
        machine.settle_in().await;
        machine
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.home.path().join("data/ticketfall")
    }

    /// Every member is signed in and wants one seat.
    async fn settle_in(&mut self) {
        let clock = Clock::system();
        let store = Store::open(&self.data_dir(), clock.now()).await.unwrap();
        let (vault, _) = Vault::open(&self.data_dir(), &Options::default()).unwrap();
        let wire = Wire::to(&self.office, steady(Duration::ZERO));
        for member in self.office.members() {
            enlist(&member, &store, &|_| {}).await;
            let session = sign_in(&self.office, &member, &wire, clock).await;
            keep(&session, &store, &vault).await;
            monitors::put(&store, self.search(&session, clock)).await.unwrap();
            self.sessions.push((member.email, session));
        }
        let text =
            format!("[sellers.boxoffice]\norigin = '{}'\n[api]\nlisten = '127.0.0.1:0'\n", self.origin);
        let config = self.home.path().join("config/ticketfall");
        std::fs::create_dir_all(&config).unwrap();
        std::fs::write(config.join("ticketfall.toml"), text).unwrap();
    }

    fn search(&self, session: &Session, clock: Clock) -> MonitorRow {
        let page = self.origin.join(&format!("/northend/EDP/Event/Index/{LEAGUE_MATCH}")).unwrap();
        let event = EventId::new(LEAGUE_MATCH.to_string()).unwrap();
        MonitorRow {
            profile: session.profile.clone(),
            key: EventKey { seller: SellerId::new("boxoffice").unwrap(), event },
            event_url: page.clone(),
            keyword: None,
            configuration: Configuration {
                event: Some(page.to_string()),
                seat_count: SeatCount::new(1).unwrap(),
                speed_limit: SpeedLimit::new(Duration::from_millis(100)).unwrap(),
                ..Configuration::default()
            },
            desired: Desired::Running,
            waiting_since: clock.now(),
            status: None,
        }
    }

    /// The binary, on this machine.
    pub(super) fn ticketfall(&self, arguments: &str) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ticketfall"));
        self.set_up(&mut command);
        command.args(arguments.split_whitespace());
        command
    }

    pub(super) fn set_up(&self, command: &mut Command) {
        command.env_clear().env("HOME", self.home.path()).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("XDG_DATA_HOME", self.home.path().join("data"));
        command.env("XDG_CONFIG_HOME", self.home.path().join("config"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    }

    /// Starts the service, and waits until the first of its searches asks the seller.
    pub(super) async fn serve_until_it_asks(&self) -> Service {
        let before = self.office.log().len();
        let service = Service::spawn(&mut self.ticketfall("serve"));
        let asks = async {
            while self.office.log().len() == before {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(SOON, asks).await.expect("it resumes its searches");
        service
    }

    /// Waits until searches look for everybody.
    pub(super) async fn is_looked_at(&self) {
        let looking = async {
            while self.looks() < 10 {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(SOON, looking).await.expect("somebody looks");
    }

    /// Waits until every member has asked for a page so often: for its basket once before it is in line, for the match
    /// page once then, and again with each renewal.
    pub(super) async fn all_have_asked_for(&self, page: &str, times: usize) {
        let is_asked = |email: &String| {
            let log = self.office.log();
            let theirs = log.iter().filter(|line| line.member.as_ref() == Some(email));
            theirs.filter(|line| line.path.contains(page)).count() >= times
        };
        let asking = async {
            while !self.sessions.iter().all(|(email, _)| is_asked(email)) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(SOON, asking).await.unwrap_or_else(|_| panic!("everybody asks for {page} {times} times"));
    }

    /// Waits until all but a few connections to the box office are closed, sooner than they close by themselves.
    pub(super) async fn all_but_a_few_close(&self) {
        // The look's stays, and one or the other is busy with a renewal.
        let closing = async {
            while self.connections() > self.sessions.len() / 4 {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let closed = timeout(CLOSES_WITHIN, closing).await;
        assert!(closed.is_ok(), "{} are open", self.connections());
    }

    /// How many connections to the box office are open, as the system has them.
    fn connections(&self) -> usize {
        let port = format!(":{:04X}", self.origin.port().unwrap());
        let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let is_one = |line: &&str| {
            let mut words = line.split_whitespace().skip(1);
            words.next().is_some_and(|local| local.ends_with(&port)) && words.nth(1) == Some(ESTABLISHED)
        };
        sockets.lines().filter(is_one).count()
    }

    /// How often somebody looked.
    pub(super) fn looks(&self) -> usize {
        self.office.log().iter().filter(|line| line.path.contains("/EDP/Seats/Available")).count()
    }

    /// A seat falls that costs more than anybody would pay.
    pub(super) fn a_dear_seat_falls(&self) {
        self.office.fall(Fall::of(LEAGUE_MATCH).price(Pence(20_000)));
    }

    /// The numbers of all falls on record, as the store has them.
    pub(super) async fn falls_on_record(&self) -> Vec<u64> {
        let store = Store::open_to_read(&self.data_dir()).await.unwrap();
        let (since, until) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let all = FallQuery { seller: None, event: None, since, until, rows_max: 1_000 };
        let mut numbers: Vec<u64> =
            falls::query(&store, all).await.unwrap().into_iter().map(|row| row.fall.id.0).collect();
        numbers.sort_unstable();
        numbers
    }

    /// What the running service says of itself.
    pub(super) async fn health(&self, service: &Service) -> String {
        let mut asks = self.ticketfall("status --health");
        let output = asks
            .env("TICKETFALL_API_LISTEN", service.address())
            .stdout(Stdio::piped())
            .output()
            .await
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Whether the last run ended as it should.
    pub(super) async fn ended_in_order(&self) -> bool {
        let store = Store::open_to_read(&self.data_dir()).await.unwrap();
        runs::recent(&store, 1).await.unwrap()[0].ended_at.is_some()
    }

    /// Starts the service, and waits until it runs.
    pub(super) async fn serve(&self) -> Service {
        Service::begin(&mut self.ticketfall("serve")).await
    }

    /// Seats fall one by one.
    pub(super) async fn seats_fall_for(&self, time: Duration, rng: &mut Rng) {
        let end = now() + time;
        while now() < end {
            self.office.fall(Fall::of(LEAGUE_MATCH).price(Pence(6_100)));
            sleep(Duration::from_millis(rng.u64(2..25))).await;
        }
    }

    /// Seats fall until one is granted to somebody who is not told so for a while.
    pub(super) async fn seats_fall_until_a_hold_waits_for_its_answer(&self, rng: &mut Rng) {
        self.office.inject(Fault::once(FaultKind::Slow(SOON)).on(RequestKind::Lock));
        let is_locked = || self.office.books().members.iter().any(|member| !member.locked.is_empty());
        let latest = now() + SOON;
        while !is_locked() {
            assert!(now() < latest, "nobody holds");
            self.seats_fall_for(Duration::from_millis(20), rng).await;
        }
    }

    /// What must never be so at the box office: all want one seat, and nobody more.
    pub(super) fn wrong(&self) -> Vec<String> {
        let books = self.office.books();
        let mut wrong = books.violations();
        let kept =
            books.members.iter().map(|member| (&member.name, member.locked.len() + member.basket.len()));
        wrong.extend(
            kept.filter(|(_, seats)| *seats > 1).map(|(name, seats)| format!("{name} has {seats} seats")),
        );
        wrong
    }

    /// How many members have seats in the basket.
    pub(super) fn holders(&self) -> usize {
        self.office.books().members.iter().filter(|member| !member.basket.is_empty()).count()
    }

    /// How many lines the dead process left of holds whose row may be missing.
    pub(super) fn holds_without_a_row(&self) -> usize {
        std::fs::read_to_string(self.data_dir().join("ticketfall.asked")).unwrap().lines().count()
    }

    /// How many holds the dead process left without knowing their end.
    pub(super) async fn holds_in_the_middle(&self) -> u64 {
        let store = Store::open(&self.data_dir(), Clock::system().now()).await.unwrap();
        let rows = holds::recent(&store, 100_000).await.unwrap();
        let is_open = |state: &HoldState| matches!(state, HoldState::Asked | HoldState::Granted);
        rows.iter().filter(|row| is_open(&row.state)).count() as u64
    }

    pub(super) async fn some_members_pay(&self, rng: &mut Rng) {
        for (_, session) in &self.sessions {
            if rng.bool() {
                pay(&self.office, session.jar.clone(), Clock::system()).await;
            }
        }
    }

    /// Waits until the box office's books and ours agree about everybody.
    pub(super) async fn settles(&self) {
        let latest = now() + SETTLES_WITHIN;
        loop {
            let open = self.unsettled().await;
            if open.is_empty() {
                return;
            }
            assert!(now() < latest, "{}", open.join("\n"));
            sleep(Duration::from_millis(250)).await;
        }
    }

    async fn unsettled(&self) -> Vec<String> {
        let store = Store::open_to_read(&self.data_dir()).await.unwrap();
        let searches = monitors::all(&store).await.unwrap();
        let mut open = Vec::new();
        for member in &self.office.books().members {
            let id = profile(member.email.split('@').next().unwrap());
            let search = searches.iter().find(|search| search.profile == id).unwrap();
            let label = search.status.as_ref().map_or("", |status| &status.label);
            let rows = holds::open_for(&store, &id).await.unwrap();
            let in_doubt = rows.iter().any(|row| !matches!(row.state, HoldState::Proven { .. }));
            let is_agreed = member.locked.is_empty() && (label == "Tickets") == (member.basket.len() == 1);
            if !is_agreed || in_doubt {
                let (locked, basket) = (member.locked.len(), member.basket.len());
                open.push(format!("{id} is at {label}; {locked} locked, {basket} in the basket, {rows:?}"));
            }
        }
        open
    }
}

impl Service {
    /// The address that it said.
    fn address(&self) -> &str {
        self.said.split("http://").nth(1).and_then(|rest| rest.split(". ").next()).unwrap()
    }

    fn spawn(command: &mut Command) -> Self {
        Self { child: command.spawn().unwrap(), said: String::new() }
    }

    /// Starts a command that serves, and waits until it does.
    pub(super) async fn begin(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let runs = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                let is_up = line.contains("runs at http://");
                said.push_str(&line);
                said.push('\n');
                if is_up {
                    return true;
                }
            }
            false
        };
        let is_up = timeout(SOON, runs).await;
        assert_eq!(is_up, Ok(true), "{said}");
        child.stderr = Some(lines.into_inner().into_inner());
        Self { child, said }
    }

    /// As a power cut would end it.
    pub(super) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// As a person would end it; with what it said on the way.
    pub(super) async fn end(mut self) -> (ExitStatus, String) {
        let pid = Pid::from_raw(i32::try_from(self.child.id().unwrap()).unwrap()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        let mut rest = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        let ended = async {
            stderr.read_to_string(&mut rest).await.unwrap();
            self.child.wait().await.unwrap()
        };
        let status = timeout(SETTLES_WITHIN, ended).await.expect("the service ends when it is asked to");
        (status, self.said + &rest)
    }
}

#[expect(clippy::disallowed_methods, reason = "the time of a real process is real")]
fn now() -> Instant {
    Instant::now()
}
