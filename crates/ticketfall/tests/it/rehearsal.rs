//! The harness of the scenarios: the whole service and a box office in one process, on virtual time.
//! Whatever the story was, at its end a rehearsal checks all that must always be so.

mod promises;
mod queue;
mod sign_in;
mod spoken;
mod timeline;
mod wire;

use std::collections::BTreeMap;
use std::ops::AsyncFnOnce;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use ticketfall::api::Api;
use ticketfall::app::Faces;
use ticketfall::clock::Clock;
use ticketfall::monitoring::{BrowserPlan, Connections, Parts, Refusal, StartError, Supervisor};
use ticketfall::notify::{Dated, Notices};
use ticketfall::seller::{Definition, Definitions};
use ticketfall::session::cookie::Attributes;
use ticketfall::session::{Cookie, Jar, Origin, Session};
use ticketfall::store::Store;
use ticketfall::store::falls::{self, FallQuery, FallRow};
use ticketfall::store::monitors::{self, Desired, MonitorRow};
use ticketfall::store::profiles::{self, BrowserChoice, Profile, Removal, Sealed};
use ticketfall::store::sessions::{self, KeptSession};
use ticketfall::vault::{Options, Purpose, Vault};
use ticketfall_boxoffice::{BoxOffice, Member, PREFIX, SESSION_COOKIE, Script, Settings};
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{ProfileId, SellerId};
use ticketfall_core::watch::View;
use tokio::task::JoinSet;

use sign_in::sign_in_url;
pub(crate) use sign_in::signed_in;
use spoken::Spoken;
pub(crate) use wire::Carried;
use wire::{Line, Wire};

const ORIGIN: &str = "http://127.0.0.1:7480";
/// Where the API and the dashboard believe that they are.
pub(crate) const HOST: &str = "127.0.0.1:7474";
const ONE_WAY: Duration = Duration::from_millis(20);
/// A match day's evening at the venue, 09:41pm by its clock.
const OPENING: Timestamp = Timestamp::constant(1_795_383_660, 0);

pub(crate) fn since_opening(at: Timestamp) -> Duration {
    at.duration_since(OPENING).try_into().unwrap()
}

pub(crate) fn profile(name: &str) -> ProfileId {
    ProfileId::new(name).unwrap()
}

/// A rehearsal that has not begun.
pub(crate) struct Rehearsal {
    script: Script,
    members: usize,
    seller: fn(&mut Definition),
    profiles: fn(&mut Profile),
    warnings: Vec<&'static str>,
}

impl Rehearsal {
    /// One member, and a box office where this happens.
    pub(crate) fn of(script: Script) -> Self {
        Self { script, members: 1, seller: |_| {}, profiles: |_| {}, warnings: Vec::new() }
    }

    /// The box office's first `members` accounts: `ada`, `ben`, `chloe` and so on.
    pub(crate) fn members(self, members: usize) -> Self {
        Self { members, ..self }
    }

    /// A seller that is defined otherwise.
    pub(crate) fn seller(self, seller: fn(&mut Definition)) -> Self {
        Self { seller, ..self }
    }

    /// Members who allow something else.
    pub(crate) fn profiles(self, profiles: fn(&mut Profile)) -> Self {
        Self { profiles, ..self }
    }

    /// A warning that belongs to the story; every other one fails the rehearsal, and so does its absence.
    pub(crate) fn warns(mut self, warning: &'static str) -> Self {
        self.warnings.push(warning);
        self
    }

    /// Plays the story, ends the service, and checks every promise.
    pub(crate) async fn run(self, story: impl AsyncFnOnce(&mut Scene)) {
        Box::pin(self.play(story)).await;
    }

    async fn play(self, story: impl AsyncFnOnce(&mut Scene)) {
        let warnings = self.warnings.clone();
        let mut scene = Scene::open(self).await;
        story(&mut scene).await;
        let (mut broken, said) = scene.close().await;
        let unexpected = said.iter().filter(|line| !warnings.iter().any(|warning| line.contains(warning)));
        broken.extend(unexpected.map(|line| format!("a warning: {line}")));
        let unheard = warnings.iter().filter(|warning| !said.iter().any(|line| line.contains(*warning)));
        broken.extend(unheard.map(|warning| format!("nobody warned: {warning}")));
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }
}

/// A rehearsal that runs.
pub(crate) struct Scene {
    pub(crate) office: BoxOffice,
    pub(crate) supervisor: Supervisor,
    pub(crate) store: Store,
    clock: Clock,
    wire: Wire,
    line: Line,
    definition: Definition,
    directory: TempDir,
    heard: Arc<Mutex<Vec<Dated>>>,
    listening: JoinSet<()>,
    spoken: Spoken,
}

impl Scene {
    async fn open(plan: Rehearsal) -> Self {
        let spoken = Spoken::begin();
        let clock = Clock::starting_at(OPENING);
        let office =
            BoxOffice::open(Settings { script: plan.script, members: plan.members, ..Settings::default() });
        let directory = scratch();
        let store = Store::open(directory.path(), OPENING).await.unwrap();
        let wire = Wire::to(&office, ONE_WAY);
        let shipped = Definitions::shipped();
        let seller = SellerId::new("boxoffice").unwrap();
        let mut definition = shipped.get(&seller).unwrap().as_ref().clone();
        (plan.seller)(&mut definition);
        let vault = vault(&directory);
        for member in office.members() {
            enlist(&member, &store, plan.profiles).await;
            let mut session = sign_in(&office, &member, &wire, clock).await;
            session.origin = Origin::Browser;
            keep(&session, &store, &vault).await;
        }
        let line = wire.line();
        let supervisor = supervisor(&line, &definition, &store, vault, (clock, &directory));
        let mut scene = Self {
            office,
            supervisor,
            store,
            clock,
            wire,
            line,
            definition,
            directory,
            heard: Arc::default(),
            listening: JoinSet::new(),
            spoken,
        };
        scene.listen();
        scene
    }

    fn listen(&mut self) {
        let (mut notices, heard) = (self.supervisor.notices().listen(), self.heard.clone());
        self.listening.abort_all();
        self.listening.spawn(async move {
            while let Ok(notice) = notices.recv().await {
                heard.lock().unwrap().push(notice);
            }
        });
    }

    /// Starts a member's search, at the league match where `wanted` names no event.
    pub(crate) async fn start(&self, name: &str, wanted: Configuration) {
        self.try_start(name, wanted).await.unwrap();
    }

    pub(crate) async fn try_start(&self, name: &str, wanted: Configuration) -> Result<(), StartError> {
        let event = wanted.event.clone().or_else(|| Some(event_url(4001)));
        self.supervisor.start(&profile(name), Configuration { event, ..wanted }).await.map(drop)
    }

    /// What stands in the way of a member's search, which is not started.
    pub(crate) async fn check(&self, name: &str, wanted: &Configuration) -> Vec<Refusal> {
        let event = wanted.event.clone().or_else(|| Some(event_url(4001)));
        let wanted = Configuration { event, ..wanted.clone() };
        self.supervisor.check(&profile(name), &wanted).await.unwrap()
    }

    pub(crate) async fn stop(&self, name: &str) {
        assert!(self.supervisor.stop(&profile(name)).await, "{name} has no search");
    }

    /// Lets time pass until so long after the opening, which is yet to come.
    pub(crate) async fn after(&self, since_opening: Duration) {
        let when = OPENING.checked_add(since_opening).unwrap();
        assert!(when > self.clock.now(), "{since_opening:?} have passed already");
        self.clock.sleep_until(when).await;
    }

    /// How long ago the doors opened.
    pub(crate) fn now(&self) -> Duration {
        self.office.now()
    }

    /// How a member's search stands, word for word.
    pub(crate) fn status(&self, name: &str) -> String {
        self.supervisor.status(&profile(name)).unwrap().1.label
    }

    /// How many seats the box office has in a member's basket.
    pub(crate) fn basket(&self, name: &str) -> usize {
        self.office.books().member(&email(name)).unwrap().basket.len()
    }

    /// The API and the dashboard, as if they stood at `HOST`.
    pub(crate) fn faces(&self) -> Faces {
        let api = Api { supervisor: self.supervisor.clone(), store: self.store.clone(), clock: self.clock };
        Faces::new(api, self.directory.path(), HOST.parse().unwrap(), self.clock).unwrap()
    }

    /// The token that lets a program in.
    pub(crate) fn token(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("api-token")).unwrap().trim().to_owned()
    }

    pub(crate) fn sign_out(&self, name: &str) {
        self.office.sign_out(&email(name));
    }

    /// Signs a member in anew and imports the session, as a person would.
    pub(crate) async fn sign_in_again(&self, name: &str) {
        let members = self.office.members();
        let member = members.iter().find(|member| member.email == email(name)).unwrap();
        let session = sign_in(&self.office, member, &self.wire, self.clock).await;
        keep(&session, &self.store, &vault(&self.directory)).await;
    }

    /// As when nobody signed in for so long that every cookie is over.
    pub(crate) async fn let_cookies_end(&self, name: &str) {
        let vault = vault(&self.directory);
        let row = sessions::get(&self.store, &profile(name)).await.unwrap().unwrap();
        let plain = vault.unseal(&profile(name), Purpose::Session, &row.sealed.0).unwrap();
        let session = Session::from_bytes(&plain).unwrap();
        let ended = |cookie: &Cookie| {
            cookie.clone().with(Attributes { expires: Some(OPENING), ..cookie.attributes.clone() })
        };
        let (jar, _) = Jar::from_cookies(session.jar.cookies().map(ended));
        let ended = Session::new(session.profile, jar, session.user_agent, session.taken_at, session.origin);
        keep(&ended, &self.store, &vault).await;
    }

    pub(crate) async fn forget_session(&self, name: &str) {
        assert!(sessions::forget(&self.store, &profile(name)).await.unwrap());
    }

    /// Changes what is kept of a member's wish, as another process would.
    pub(crate) async fn rewrite(&self, name: &str, configuration: Configuration) {
        let row = self.search(name).await;
        monitors::put(&self.store, MonitorRow { configuration, ..row }).await.unwrap();
    }

    pub(crate) async fn remove(&self, name: &str) -> Removal {
        profiles::remove(&self.store, &profile(name), self.clock.now()).await.unwrap()
    }

    /// Whether a member's search should run.
    pub(crate) async fn desired(&self, name: &str) -> Desired {
        self.search(name).await.desired
    }

    async fn search(&self, name: &str) -> MonitorRow {
        let rows = monitors::all(&self.store).await.unwrap();
        rows.into_iter().find(|row| row.profile == profile(name)).unwrap()
    }

    /// Every fall that was recorded.
    pub(crate) async fn falls(&self) -> Vec<FallRow> {
        let all =
            FallQuery { seller: None, event: None, since: OPENING, until: Timestamp::MAX, rows_max: 1_000 };
        falls::query(&self.store, all).await.unwrap()
    }

    /// What the only watch shows of itself.
    pub(crate) fn watch(&self) -> View {
        let mut watches = self.supervisor.watches();
        assert_eq!(watches.len(), 1);
        watches.remove(0).1
    }

    /// The next request of this member whose path has `part` in it panics, as a mistake of ours would.
    pub(crate) fn panic_at(&self, name: &str, part: &'static str) {
        self.wire.panic_at(name, part);
    }

    /// What went over the wire and is nobody else's business.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.wire.secrets()
    }

    pub(crate) fn keeps_secret(&self, secret: &str) {
        self.wire.keeps_secret(secret);
    }

    /// Where a secret stands in the clear.
    pub(crate) fn exposed(&self) -> Vec<String> {
        promises::secrets(&self.secrets(), &self.heard(), &self.spoken.text(), self.directory.path())
    }

    pub(crate) fn forget_the_log(&self) {
        self.spoken.forget();
    }

    /// All that members asked the box office.
    pub(crate) fn carried(&self) -> Vec<Carried> {
        self.wire.carried()
    }

    pub(crate) fn count(&self, is_counted: impl Fn(&Carried) -> bool) -> usize {
        self.carried().iter().filter(|one| is_counted(one)).count()
    }

    /// What was told, a line each.
    pub(crate) fn timeline(&self) -> String {
        timeline::told(&self.heard(), OPENING)
    }

    /// The lines of the timeline that have one of `words` in them.
    pub(crate) fn lines(&self, words: &[&str]) -> String {
        let timeline = self.timeline();
        let told = timeline.lines().filter(|line| words.iter().any(|word| line.contains(word)));
        told.flat_map(|line| [line, "\n"]).collect()
    }

    pub(crate) fn heard(&self) -> Vec<Dated> {
        self.heard.lock().unwrap().clone()
    }

    /// The process dies at this instant, and starts again on what the disk had; its searches do not, yet.
    pub(crate) async fn crash(&mut self) {
        self.line.cut();
        let directory = scratch();
        for entry in std::fs::read_dir(self.directory.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), directory.path().join(entry.file_name())).unwrap();
        }
        self.store = Store::open(directory.path(), self.clock.now()).await.unwrap();
        self.line = self.wire.line();
        let vault = vault(&directory);
        self.supervisor =
            supervisor(&self.line, &self.definition, &self.store, vault, (self.clock, &directory));
        self.directory = directory;
        self.listen();
    }

    /// Ends the service; what was promised and is not so, and all warnings.
    async fn close(self) -> (Vec<String>, Vec<String>) {
        let statuses = self.supervisor.statuses();
        let seats = |view: ticketfall::monitoring::SearchView| view.held.map_or(0, |held| held.seats.len());
        let held: BTreeMap<String, usize> =
            statuses.into_iter().map(|(profile, _, view)| (profile.to_string(), seats(view))).collect();
        let mut broken = Vec::new();
        if !self.supervisor.shut_down().await {
            broken.push("the service would not end".to_owned());
        }
        let books = self.office.books();
        broken.extend(books.violations());
        broken.extend(promises::known(&books, &self.store, &held).await);
        broken.extend(promises::on_the_wire(&self.carried()));
        broken.extend(promises::between_members(&self.store, self.clock.now()).await);
        broken.extend(self.exposed());
        (broken, self.spoken.warnings())
    }
}

/// A directory in memory where the machine has such a place: the disk's time is not virtual.
fn scratch() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

fn email(name: &str) -> String {
    format!("{name}@example.org")
}

/// The match page of an event.
pub(crate) fn event_url(event: u32) -> String {
    format!("{ORIGIN}{PREFIX}/EDP/Event/Index/{event}")
}

fn vault(directory: &TempDir) -> Arc<Vault> {
    Arc::new(Vault::open(directory.path(), &Options::default()).unwrap().0)
}

fn supervisor(
    line: &Line,
    definition: &Definition,
    store: &Store,
    vault: Arc<Vault>,
    (clock, directory): (Clock, &TempDir),
) -> Supervisor {
    let mut definitions = Definitions::shipped();
    definitions.add(definition.clone());
    let browsers = BrowserPlan { headless: true, ..BrowserPlan::new(directory.path()) };
    Supervisor::new(Parts {
        clock,
        store: store.clone(),
        vault,
        definitions,
        connections: Connections::InProcess(line.router()),
        notices: Notices::default(),
        browsers,
        seed: 1,
    })
}

pub(crate) async fn enlist(member: &Member, store: &Store, adapt: fn(&mut Profile)) {
    let mut row = Profile {
        id: profile(member.email.split('@').next().unwrap()),
        label: member.name.clone(),
        browser: BrowserChoice::None,
        proxy: None,
        seats_max: None,
        cost_max: None,
        created_at: OPENING,
    };
    adapt(&mut row);
    assert!(profiles::add(store, row).await.unwrap());
}

pub(crate) async fn keep(session: &Session, store: &Store, vault: &Vault) {
    let sealed = Sealed(vault.seal(&session.profile, Purpose::Session, &session.to_bytes()));
    let kept = KeptSession { sealed, taken_at: session.taken_at };
    sessions::keep(store, &session.profile, kept).await.unwrap();
}

/// What a member does by hand, beside the wire.
async fn sign_in(office: &BoxOffice, member: &Member, wire: &Wire, clock: Clock) -> Session {
    let session = signed_in(office, member, clock).await;
    let cookies = session.jar.header_for(&sign_in_url(), clock.now()).unwrap().to_str().unwrap().to_owned();
    let cookie =
        cookies.split("; ").find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == SESSION_COOKIE));
    wire.knows(cookie.unwrap().1, session.profile.as_str());
    wire.keeps_secret(&member.password);
    session
}
