//! The harness of the scenarios: the whole service and a box office in one process, on virtual time.
//! Whatever the story was, at its end a rehearsal checks all that must always be so.

mod accident;
mod promises;
mod queue;
mod sign_in;
mod spoken;
mod timeline;
mod wire;

use std::collections::BTreeMap;
use std::ops::AsyncFnOnce;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use jiff::{SignedDuration, Timestamp};
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
use tracing::Level;

pub(crate) use accident::{apart, stop_for, turn};
use sign_in::sign_in_url;
pub(crate) use sign_in::{pay, signed_in};
pub(crate) use spoken::Spoken;
use wire::Line;
pub(crate) use wire::{Answered, Carried, Mishap, Trip, Way, Wire, steady};

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
    seed: u64,
    members: usize,
    seller: Box<dyn Fn(&mut Definition) + Send + Sync>,
    profiles: Box<dyn Fn(&mut Profile) + Send + Sync>,
    way: Way,
    tamper: Tamper,
    warnings: Vec<&'static str>,
}

/// What stands between a process and its line; it belongs to the process.
pub(crate) type Tamper = fn(Router) -> Router;

/// Reading the definitions takes longer than a short story.
static SHIPPED: LazyLock<Definitions> = LazyLock::new(Definitions::shipped);

impl Rehearsal {
    /// One member, and a box office where this happens.
    pub(crate) fn of(script: Script) -> Self {
        Self {
            script,
            seed: 1,
            members: 1,
            seller: Box::new(|_| {}),
            profiles: Box::new(|_| {}),
            way: steady(ONE_WAY),
            tamper: |router| router,
            warnings: Vec::new(),
        }
    }

    /// What the box office leaves to chance, and our jitter, follow from this.
    pub(crate) fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Requests fare otherwise than steadily.
    pub(crate) fn way(self, way: Way) -> Self {
        Self { way, ..self }
    }

    /// Every process is tampered with.
    pub(crate) fn tampered(self, tamper: Tamper) -> Self {
        Self { tamper, ..self }
    }

    /// The box office's first `members` accounts: `ada`, `ben`, `chloe` and so on.
    pub(crate) fn members(self, members: usize) -> Self {
        Self { members, ..self }
    }

    /// A seller that is defined otherwise.
    pub(crate) fn seller(self, seller: impl Fn(&mut Definition) + Send + Sync + 'static) -> Self {
        Self { seller: Box::new(seller), ..self }
    }

    /// Members who allow something else.
    pub(crate) fn profiles(self, profiles: impl Fn(&mut Profile) + Send + Sync + 'static) -> Self {
        Self { profiles: Box::new(profiles), ..self }
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
        let spoken = Spoken::begin();
        let _listening = spoken.listen(Level::DEBUG);
        let mut scene = Scene::open(self, spoken).await;
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
    pub(crate) wire: Wire,
    /// The time as it is.
    time: Clock,
    /// The time as the process has it: its machine's clock may be wrong.
    clock: Clock,
    line: Line,
    definition: Definition,
    seed: u64,
    tamper: Tamper,
    closings: Vec<Duration>,
    directory: TempDir,
    heard: Arc<Mutex<Vec<Dated>>>,
    listening: JoinSet<()>,
    spoken: Spoken,
}

impl Scene {
    pub(crate) async fn open(plan: Rehearsal, spoken: Spoken) -> Self {
        let time = Clock::starting_at(OPENING);
        let Rehearsal { script, seed, members, tamper, .. } = plan;
        let closings = script.closings.iter().map(|closing| closing.at).collect();
        let office = BoxOffice::open(Settings { seed, script, members, ..Settings::default() });
        let directory = scratch();
        let store = Store::open(directory.path(), OPENING).await.unwrap();
        let wire = Wire::to(&office, plan.way);
        let seller = SellerId::new("boxoffice").unwrap();
        let mut definition = SHIPPED.get(&seller).unwrap().as_ref().clone();
        (plan.seller)(&mut definition);
        let vault = vault(&directory);
        for member in office.members() {
            enlist(&member, &store, &*plan.profiles).await;
            let mut session = sign_in(&office, &member, &wire, time).await;
            session.origin = Origin::Browser;
            keep(&session, &store, &vault).await;
        }
        let line = wire.line();
        let mut scene = Self {
            supervisor: supervisor(
                tamper(line.router()),
                &definition,
                &store,
                vault,
                (time, seed, &directory),
            ),
            office,
            store,
            wire,
            time,
            clock: time,
            line,
            definition,
            seed,
            tamper,
            closings,
            directory,
            heard: Arc::default(),
            listening: JoinSet::new(),
            spoken,
        };
        scene.listen();
        scene
    }

    /// Hears what is told, at the time as it is.
    fn listen(&mut self) {
        let (mut notices, heard, time) = (self.supervisor.notices().listen(), self.heard.clone(), self.time);
        self.listening.abort_all();
        self.listening.spawn(async move {
            while let Ok(notice) = notices.recv().await {
                heard.lock().unwrap().push(Dated { at: time.now(), ..notice });
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

    /// Everything that ran before runs again, as after a restart of the service; says how many searches that are.
    pub(crate) async fn resume(&self) -> usize {
        self.supervisor.line_up(Vec::new()).await.unwrap();
        let searches = self.supervisor.starting_again();
        self.supervisor.resume_all().await;
        searches
    }

    pub(crate) async fn stop(&self, name: &str) {
        assert!(self.supervisor.stop(&profile(name)).await, "{name} has no search");
    }

    /// Lets time pass, whatever the clock says.
    pub(crate) async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Lets time pass until so long after the opening, which is yet to come.
    pub(crate) async fn after(&self, since_opening: Duration) {
        let when = OPENING.checked_add(since_opening).unwrap();
        assert!(when > self.time.now(), "{since_opening:?} have passed already");
        self.time.sleep_until(when).await;
    }

    /// How long ago the doors opened.
    pub(crate) fn now(&self) -> Duration {
        self.office.now()
    }

    /// What time the process believes that it is.
    pub(crate) fn clock_now(&self) -> Timestamp {
        self.clock.now()
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
        let session = sign_in(&self.office, &self.member(name), &self.wire, self.clock).await;
        keep(&session, &self.store, &vault(&self.directory)).await;
    }

    /// Signs a member in by hand, and pays for what is in the basket; false when there is nothing.
    pub(crate) async fn pay(&self, name: &str) -> bool {
        let session = sign_in(&self.office, &self.member(name), &self.wire, self.clock).await;
        pay(&self.office, session.jar, self.clock).await
    }

    fn member(&self, name: &str) -> Member {
        self.office.members().into_iter().find(|member| member.email == email(name)).unwrap()
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

    /// Changes what is kept of a member's wish, and tells its search nothing.
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
        let since = Timestamp::UNIX_EPOCH;
        let all = FallQuery { seller: None, event: None, since, until: Timestamp::MAX, rows_max: 1_000 };
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

    /// Whoever logs a line with `word` in it next panics, whichever task that is.
    pub(crate) fn panic_at_line(&self, word: &'static str) {
        self.spoken.panic_at(word);
    }

    /// Lets the service look after itself from now on, as a process that serves does.
    pub(crate) fn look_after_itself(&mut self) {
        let supervisor = self.supervisor.clone();
        self.listening.spawn(async move { match supervisor.look_after_itself().await {} });
    }

    /// What went over the wire and is nobody else's business.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.wire.secrets()
    }

    pub(crate) fn keeps_secret(&self, secret: &str) {
        self.wire.keeps_secret(secret);
    }

    /// Where the process keeps what outlives it.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
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

    /// What was told since `heard`, which counts on; nothing yet where another process has begun.
    pub(crate) fn heard_since(&self, heard: &mut usize) -> Vec<Dated> {
        let all = self.heard.lock().unwrap();
        let news = all.get(*heard..).unwrap_or_default().to_vec();
        *heard = all.len();
        news
    }

    /// Mistakes of ours that ended a search or a look.
    pub(crate) fn failures(&self) -> Vec<String> {
        let failed = |line: &String| line.contains("search failed") || line.contains("cannot keep a record");
        self.spoken.warnings().into_iter().filter(failed).collect()
    }

    /// Which process runs, counted from zero.
    pub(crate) fn life(&self) -> usize {
        self.line.life()
    }

    /// A clock that is set forward or back by `jump`, for the next process.
    pub(crate) fn clock_set_by(&self, jump: SignedDuration) -> Clock {
        Clock::starting_at(self.clock.now() + jump)
    }

    /// Whether the sale of the league match is over.
    pub(crate) fn is_closed(&self) -> bool {
        self.closings.iter().any(|closing| *closing <= self.now())
    }

    /// The process dies at this instant, and starts again on what the disk had; its searches do not, yet.
    pub(crate) async fn crash(&mut self) {
        self.die();
        self.rise(self.clock).await;
    }

    /// The process dies at this instant; what the disk has is all that is left.
    pub(crate) fn die(&mut self) {
        self.line.cut();
        self.listening.abort_all();
        let left = scratch();
        self.copy_disk(left.path());
        self.directory = left;
    }

    /// Copies what the disk has at this instant.
    pub(crate) fn copy_disk(&self, to: &Path) {
        copy(self.directory.path(), to);
    }

    /// A process begins after one that died; its machine's clock says what `clock` does.
    pub(crate) async fn rise(&mut self, clock: Clock) {
        self.clock = clock;
        self.store = Store::open(self.directory.path(), self.clock.now()).await.unwrap();
        self.line = self.wire.line();
        let vault = vault(&self.directory);
        let about = (self.clock, self.seed, &self.directory);
        let router = (self.tamper)(self.line.router());
        self.supervisor = supervisor(router, &self.definition, &self.store, vault, about);
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

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
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
    router: Router,
    definition: &Definition,
    store: &Store,
    vault: Arc<Vault>,
    (clock, seed, directory): (Clock, u64, &TempDir),
) -> Supervisor {
    let mut definitions = SHIPPED.clone();
    definitions.add(definition.clone());
    let browsers = BrowserPlan { headless: true, ..BrowserPlan::new(directory.path()) };
    Supervisor::new(Parts {
        clock,
        store: store.clone(),
        vault,
        definitions,
        connections: Connections::InProcess(router),
        notices: Notices::default(),
        browsers,
        where_likely: true,
        seed,
    })
}

pub(crate) async fn enlist(member: &Member, store: &Store, adapt: &(dyn Fn(&mut Profile) + Send + Sync)) {
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
    sessions::import(store, &session.profile, kept).await.unwrap();
}

/// What a member does by hand, beside the wire.
pub(crate) async fn sign_in(office: &BoxOffice, member: &Member, wire: &Wire, clock: Clock) -> Session {
    let session = signed_in(office, member, clock).await;
    let cookies = session.jar.header_for(&sign_in_url(), clock.now()).unwrap().to_str().unwrap().to_owned();
    let cookie =
        cookies.split("; ").find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == SESSION_COOKIE));
    wire.knows(cookie.unwrap().1, session.profile.as_str());
    wire.keeps_secret(&member.password);
    session
}
