//! Starts and stops searches, keeps their statuses, and lets members who want
//! the same event share one watch.

mod books;
mod browser_seat;
mod cookie_jobs;
pub mod cookie_update;
mod delivery;
mod event_facts;
mod face;
mod faces;
mod gauges;
mod health;
mod housekeeping;
mod journal;
pub mod keywords;
mod life;
mod line;
mod member;
mod members;
mod monitor_runner;
mod person;
mod plans;
mod prerequisites;
mod record;
mod refusal;
mod resume;
mod roll;
mod sessions;
mod sightings;
mod spending;
mod start;
mod statuses;
mod stopwatch;
mod tidings;
mod verdicts;
mod watch_runner;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ticketfall_core::eye::Eye;
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::limits::Ledger;
use ticketfall_core::monitor::{Held, Input};
use ticketfall_core::pace::PaceRules;
use ticketfall_core::status::Status;
use ticketfall_core::watch::View;
use tokio::sync::{OnceCell, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::notify::Notices;
use crate::notify::webhook::Webhook;
use crate::seller::gate::Gates;
use crate::seller::transport::NetworkError;
use crate::seller::{Definition, Definitions, Network, Tls, Transport};
use crate::session::Proxy;
use crate::store::Store;
use crate::vault::Vault;

use books::Books;
use journal::Journal;
use life::SearchLife;
use line::Line;
use plans::Plans;
use record::Wish;
use roll::Roll;
use sessions::Sessions;
use sightings::Sightings;
use spending::{Lessons, Spreads};
use statuses::Statuses;
use watch_runner::WatchEntry;

pub use crate::session::Secret;
pub use browser_seat::{BrowserPlan, BrowserSeat};
pub use cookie_jobs::{CookieJob, CookieSource, CookiesFrom, JobError, JobState};
pub use delivery::TestTold;
pub use faces::{BrowserShown, SellerView};
pub use health::HealthView;
pub use members::{Change, MemberChange, MemberError, NewMember, check_browser};
pub use refusal::{Need, Refusal, StartError};
pub use roll::{Counts, RollPage, RollQuery, Standing};
pub use spending::Spread;

/// How long a stop waits for holds that are on their way.
const STOP_WITHIN: Duration = Duration::from_mins(1);
const ORDERS: usize = 64;

/// How sellers are reached.
#[derive(Debug)]
pub enum Connections {
    /// Over the network.
    Network(Box<Tls>),
    /// Into a router of this process, whatever the seller's origin is.
    InProcess(axum::Router),
}

impl Connections {
    fn to(&self, definition: &Definition, proxy: Option<&Proxy>) -> Result<Transport, NetworkError> {
        Ok(match self {
            Self::Network(tls) => Transport::Network(Network::new(tls, proxy, definition.private)?),
            Self::InProcess(router) => Transport::InProcess(router.clone()),
        })
    }
}

/// What searches are made with.
#[derive(Debug)]
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// What outlives a run.
    pub store: Store,
    /// What secrets are sealed with.
    pub vault: Arc<Vault>,
    /// How to talk to sellers.
    pub definitions: Definitions,
    /// How to reach them.
    pub connections: Connections,
    /// Where notices are told.
    pub notices: Notices,
    /// How members' browsers are started.
    pub browsers: BrowserPlan,
    /// Whether looks may be spent where falls are likely, where that wins.
    pub where_likely: bool,
    /// Decides all jitter.
    pub seed: u64,
}

/// One search as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchView {
    /// What the member sees.
    pub status: Status,
    /// The same, word for word.
    pub label: String,
    /// What the basket holds.
    pub held: Option<Held>,
}

impl SearchView {
    fn is_over(&self) -> bool {
        matches!(self.status, Status::Stopped { .. } | Status::Blocked { .. })
    }
}

/// The status of a search that ended without saying so.
fn failed() -> Status {
    Status::Stopped { reason: "the search failed: the log says why".to_owned() }
}

#[derive(Debug)]
struct Search {
    watched: EventKey,
    orders: mpsc::Sender<Order>,
    view: watch::Receiver<SearchView>,
    is_stopped: bool,
    life: Arc<SearchLife>,
    journal: Journal,
}

impl Search {
    /// How it stands; one that is gone without having ended has failed.
    fn seen(&self) -> SearchView {
        let seen = self.view.borrow().clone();
        if !self.is_gone() {
            return seen;
        }
        SearchView { label: "Stopped".to_owned(), status: failed(), held: seen.held }
    }

    /// Whether it has ended without having said so.
    fn is_gone(&self) -> bool {
        !self.view.borrow().is_over() && self.view.has_changed().is_err()
    }

    /// Over but for what a hold on its way may still bring.
    fn is_ending(&self) -> bool {
        !self.orders.is_closed() && (self.is_stopped || self.view.borrow().is_over())
    }
}

/// What a search is told from outside.
#[derive(Debug)]
enum Order {
    Input(Box<Input>),
    Renew,
    Reconfigure,
    /// What the store said of its configuration.
    TakeUp(Box<Wish>),
    /// The member starts it again: what changed counts from now on, and waits are cut short.
    StartAgain,
    /// The watch began anew, and has to be told everything again.
    Rejoin,
    /// The member stops it for good; says when that is written.
    Stop(oneshot::Sender<()>),
}

#[derive(Debug)]
struct Inner {
    parts: Parts,
    gates: Gates,
    ledger: Arc<Mutex<Ledger>>,
    searches: Mutex<BTreeMap<ProfileId, Search>>,
    line: Arc<Line>,
    roll: Arc<Roll>,
    watches: Mutex<BTreeMap<WatchKey, WatchEntry>>,
    books: Books,
    lessons: Arc<Lessons>,
    spreads: Spreads,
    seats: Mutex<BTreeMap<ProfileId, Arc<BrowserSeat>>>,
    plans: Arc<Plans>,
    cookie_source: Mutex<Option<CookieSource>>,
    cookie_jobs: Mutex<cookie_jobs::Jobs>,
    webhook: Mutex<Option<Arc<Webhook>>>,
    health: Mutex<HealthView>,
    tasks: TaskTracker,
    statuses: Arc<Statuses>,
    sessions: Arc<Sessions>,
    sightings: Arc<Sightings>,
    /// Ends what is no search and would not end by itself.
    ending: CancellationToken,
    /// Set once Chromium was found: no start looks for it again.
    chromium: OnceCell<()>,
}

/// An event, and whose eyes a watch of it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct WatchKey {
    event: EventKey,
    eye: Eye,
}

impl WatchKey {
    fn of(event: &EventKey, profile: &ProfileId, definition: &Definition) -> Self {
        let eye = if definition.shared { Eye::Everybody } else { Eye::Alone(profile.clone()) };
        Self { event: event.clone(), eye }
    }
}

/// Every search of the service; clones are handles to the same ones.
#[derive(Debug, Clone)]
pub struct Supervisor(Arc<Inner>);

impl Supervisor {
    /// A supervisor with nothing to do yet.
    pub fn new(parts: Parts) -> Self {
        let gates = Gates::new(parts.clock, parts.seed);
        let tasks = TaskTracker::new();
        let statuses = Statuses::new(parts.store.clone(), tasks.clone());
        let ending = CancellationToken::new();
        let sightings = Sightings::new(parts.store.clone(), parts.clock, tasks.clone(), ending.clone());
        let sessions = Arc::new(Sessions::new(parts.store.clone(), Arc::clone(&parts.vault)));
        let roll = Arc::<Roll>::default();
        let lessons = Arc::new(Lessons::new(parts.clock, parts.store.clone()));
        Self(Arc::new(Inner {
            parts,
            gates,
            ledger: Arc::default(),
            searches: Mutex::default(),
            line: Arc::new(Line::new(Arc::clone(&roll))),
            roll,
            watches: Mutex::default(),
            books: Books::default(),
            lessons,
            spreads: Spreads::default(),
            seats: Mutex::default(),
            plans: Arc::default(),
            cookie_source: Mutex::default(),
            cookie_jobs: Mutex::default(),
            webhook: Mutex::default(),
            health: Mutex::default(),
            tasks,
            statuses,
            sessions,
            sightings,
            ending,
            chromium: OnceCell::new(),
        }))
    }

    /// Where its notices are told.
    pub fn notices(&self) -> &Notices {
        &self.0.parts.notices
    }

    /// Gives a profile a browser that runs already, in place of one that would be started.
    pub fn seat(&self, profile: &ProfileId, seat: BrowserSeat) {
        locked(&self.0.seats).insert(profile.clone(), Arc::new(seat));
    }

    /// How a profile's search stands, when it has one.
    pub fn status(&self, profile: &ProfileId) -> Option<(EventKey, SearchView)> {
        let waits = || Some((self.0.line.waits_for(profile)?, line::view()));
        let search =
            locked(&self.0.searches).get(profile).map(|search| (search.watched.clone(), search.seen()));
        search.or_else(waits)
    }

    /// Every search and how it stands, by profile.
    pub fn statuses(&self) -> Vec<(ProfileId, EventKey, SearchView)> {
        let view = |(profile, search): (&ProfileId, &Search)| {
            (profile.clone(), search.watched.clone(), search.seen())
        };
        let mut all: Vec<_> = locked(&self.0.searches).iter().map(view).collect();
        all.extend(self.0.line.all().into_iter().map(|(profile, key)| (profile, key, line::view())));
        all.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        all.dedup_by(|(one, ..), (other, ..)| one == other);
        all
    }

    /// Every event that is watched, and what its watches show of themselves.
    pub fn watches(&self) -> Vec<(EventKey, View)> {
        let mut events: BTreeMap<EventKey, View> = BTreeMap::new();
        for (event, _, view) in self.every_watch() {
            let view = match events.remove(&event) {
                Some(other) => other.and(view),
                None => view,
            };
            events.insert(event, view);
        }
        events.into_iter().collect()
    }

    /// Every watch, whose eyes it is, and what it shows of itself.
    pub fn every_watch(&self) -> Vec<(EventKey, Eye, View)> {
        let now = self.0.parts.clock.now();
        let running = |(key, entry): (&WatchKey, &WatchEntry)| {
            Some((key.event.clone(), key.eye.clone(), entry.view()?.at(now)))
        };
        locked(&self.0.watches).iter().filter_map(running).collect()
    }

    /// How the looks at an event are spread over the day; nothing where nobody looks, or nothing is learnt yet.
    pub fn spread(&self, event: &EventKey) -> Option<Spread> {
        if !self.0.parts.where_likely {
            return Some(Spread::SwitchedOff);
        }
        let first = WatchKey { event: event.clone(), eye: Eye::Everybody };
        let spreads = locked(&self.0.spreads);
        spreads.range(first..).next().filter(|(key, _)| key.event == *event).map(|(_, spread)| spread.clone())
    }

    /// What is left of each host's budget, where it has one, with its rules.
    pub fn budgets(&self) -> Vec<(String, Option<u32>, PaceRules)> {
        self.0.gates.all().into_iter().map(|(host, gate)| (host, gate.left(), gate.rules())).collect()
    }

    /// Stops a profile's search, for good; false when it has none. A hold that is on its way is awaited and released.
    pub async fn stop(&self, profile: &ProfileId) -> bool {
        let waited = self.0.line.call_off(profile).await;
        let found = locked(&self.0.searches).get_mut(profile).map(|search| {
            search.is_stopped = true;
            (search.watched.clone(), search.orders.clone(), search.view.clone(), search.journal.clone())
        });
        let Some((watched, orders, view, journal)) = found else {
            if let Some(key) = waited.as_ref().and_then(Option::as_ref) {
                record::not_wanted(&self.0.parts.store, profile, key).await;
            }
            return waited.is_some();
        };
        let (written, is_written) = oneshot::channel();
        drop(orders.send(Order::Stop(written)).await);
        if is_written.await.is_err() {
            // A search that is gone asks for nothing any more, and cannot say that it was stopped.
            journal.is_written().await;
            record::not_wanted(&self.0.parts.store, profile, &watched).await;
        }
        ended(view).await;
        true
    }

    /// Stops everything, keeping what should run again after the next start; false when a hold would not end in time.
    pub async fn shut_down(&self) -> bool {
        // First, so that no search begins that nobody would stop.
        self.0.ending.cancel();
        let searches: Vec<_> =
            locked(&self.0.searches).values().map(|search| search.orders.clone()).collect();
        self.0.tasks.close();
        let ending = async {
            for orders in searches {
                let _ended_already = orders.send(Order::Input(Box::new(Input::Stop))).await;
            }
            self.0.tasks.wait().await;
        };
        let ended = tokio::time::timeout(STOP_WITHIN, ending).await.is_ok();
        let seats: Vec<_> = locked(&self.0.seats).values().cloned().collect();
        for seat in seats {
            seat.close().await;
        }
        ended
    }
}

/// Ends when a search does: it drops its view when it is over.
async fn ended(mut view: watch::Receiver<SearchView>) {
    while view.changed().await.is_ok() {}
}

/// A panic while a lock was held leaves a map of handles that is as good as before.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
