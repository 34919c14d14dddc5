//! Starting a search: everything that stands in the way is said at once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::limits::Limits;
use ticketfall_core::watch::Watch;
use tokio::sync::mpsc;
use url::Url;

use super::browser_seat::BrowserSeat;
use super::event_facts::EventFacts;
use super::member::Member;
use super::monitor_runner::{MonitorParts, MonitorRunner};
use super::watch_runner::{WatchEntry, WatchHandle, WatchParts, WatchRunner};
use super::{Inner, ORDERS, Order, STOP_WITHIN, Search, Supervisor, WatchKey, ended, locked, record};
use crate::seller::gate::Gate;
use crate::seller::transport::NetworkError;
use crate::seller::{Client, Definition};
use crate::session::{Jar, Origin, Proxy, Session};
use crate::store::monitors::{self, Desired, MonitorRow};
use crate::store::profiles::{self, Profile};
use crate::store::{self, sessions};
use crate::vault::Purpose;

/// One reason why a search cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody of that name.
    #[error("there is no profile `{0}`: add it with `ticketfall profile add {0}`")]
    NoProfile(ProfileId),
    /// No match page was named, and the browser shows none.
    #[error("no event is given, and no tab of the profile's browser shows one")]
    NoEvent,
    /// Not a URL.
    #[error("the event `{0}` is no URL")]
    NotAUrl(String),
    /// No definition knows that page.
    #[error("no seller definition knows {0}: `ticketfall seller list` shows those that are there")]
    NoSeller(Url),
    /// The profile searches at another event already.
    #[error("the profile searches at {0} already: stop that first")]
    Elsewhere(EventKey),
    /// The search that is there was stopped, and a hold of it is still on its way.
    #[error("the profile's last search is still giving seats back: try again in a minute")]
    Ending,
    /// GoLogin does not say what proxy its profile has.
    #[error("the profile's proxy is not known: cannot {0}; give it one with --proxy, or set GoLogin up")]
    ProxyUnknown(String),
    /// What was sealed does not open.
    #[error("the profile's {what} cannot be opened: {why}")]
    Sealed {
        /// What.
        what: &'static str,
        /// Why not.
        why: String,
    },
}

/// Why a search did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// All that stands in the way.
    #[error("{}", Refusals(.0))]
    Refused(Vec<Refusal>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The connection could not be set up.
    #[error("{0}")]
    Connection(#[from] NetworkError),
}

/// The event that a search is for.
struct Sought {
    page: Url,
    definition: Arc<Definition>,
    key: EventKey,
}

struct Refusals<'a>(&'a [Refusal]);

impl fmt::Display for Refusals<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("; "))
    }
}

impl Supervisor {
    /// Starts a profile's search; one that runs at the same event already takes up the configuration at once.
    pub async fn start(
        &self,
        profile: &ProfileId,
        configuration: Configuration,
    ) -> Result<EventKey, StartError> {
        let inner = &self.0;
        let (row, Sought { page, definition, key }) = inner.prerequisites(profile, &configuration).await?;
        inner.until_ended(profile).await?;
        let waiting_since = inner.enter(profile, &key, &page, &configuration).await?;
        let watch = inner.watch(&key, profile, &definition).await;
        let facts = Arc::clone(&watch.facts);
        let member = inner.member(&row, (&key, facts), &definition, &configuration).await?;
        let member = Arc::new(member);
        let (orders, inbox) = mpsc::channel(ORDERS);
        let parts = MonitorParts {
            member,
            watch,
            ledger: Arc::clone(&inner.ledger),
            limits: Limits { posted: definition.per_member, own: row.seats_max, cost_max: row.cost_max },
            venue: definition.time_zone.clone(),
            waiting_since,
            configuration,
            orders: orders.clone(),
        };
        let (runner, view) = MonitorRunner::new(parts);
        let search = Search { watched: key.clone(), orders, view, is_stopped: false };
        match inner.admit(profile, search)? {
            None => drop(inner.tasks.spawn(runner.run(inbox))),
            // A search that ends just now has no use for it.
            Some(running) => drop(running.send(Order::StartAgain).await),
        }
        Ok(key)
    }
}

impl Inner {
    /// The profile, the match page and its seller, or all that is missing.
    async fn prerequisites(
        &self,
        profile: &ProfileId,
        configuration: &Configuration,
    ) -> Result<(Profile, Sought), StartError> {
        let mut refusals = Vec::new();
        let row = profiles::get(&self.parts.store, profile).await?;
        if row.is_none() {
            refusals.push(Refusal::NoProfile(profile.clone()));
        }
        let page = match &configuration.event {
            Some(text) => Url::parse(text).map_err(|_invalid| Refusal::NotAUrl(text.clone())),
            None => self.open_page(row.as_ref()).await.ok_or(Refusal::NoEvent),
        };
        let sought = page.and_then(|page| self.sought(page));
        if let Ok(sought) = &sought {
            refusals.extend(elsewhere(&locked(&self.searches), profile, &sought.key));
        }
        match (sought, row) {
            (Ok(sought), Some(row)) if refusals.is_empty() => Ok((row, sought)),
            (sought, _) => {
                refusals.extend(sought.err());
                Err(StartError::Refused(refusals))
            }
        }
    }

    /// A search that was stopped still gives back what a hold on its way may bring; that is awaited.
    async fn until_ended(&self, profile: &ProfileId) -> Result<(), StartError> {
        let ending = locked(&self.searches)
            .get(profile)
            .filter(|search| search.is_ending())
            .map(|search| search.view.clone());
        let Some(view) = ending else { return Ok(()) };
        let refused = |_elapsed| StartError::Refused(vec![Refusal::Ending]);
        tokio::time::timeout(STOP_WITHIN, ended(view)).await.map_err(refused)
    }

    /// Enters a search, unless the profile has one: then that is the one to tell.
    fn admit(&self, profile: &ProfileId, search: Search) -> Result<Option<mpsc::Sender<Order>>, StartError> {
        let mut searches = locked(&self.searches);
        if let Some(refusal) = elsewhere(&searches, profile, &search.watched) {
            return Err(StartError::Refused(vec![refusal]));
        }
        let running = searches.get(profile).filter(|search| !search.orders.is_closed());
        let running = running.map(|search| search.orders.clone());
        if running.is_none() {
            searches.insert(profile.clone(), search);
        }
        Ok(running)
    }

    fn sought(&self, page: Url) -> Result<Sought, Refusal> {
        let Some((definition, event)) = self.parts.definitions.for_url(page.as_str()) else {
            return Err(Refusal::NoSeller(page));
        };
        let key = EventKey { seller: definition.id.clone(), event };
        Ok(Sought { page, definition: Arc::clone(definition), key })
    }

    /// The tab of the profile's browser that a definition knows as a match page.
    async fn open_page(&self, row: Option<&Profile>) -> Option<Url> {
        let row = row?;
        let browser = self.seat_of(row, self.sealed_proxy(row).ok()?).running().await?;
        let tabs = browser.pages().await.ok()?;
        let mut pages = tabs.iter().filter_map(|tab| Url::parse(&tab.url).ok());
        pages.find(|page| self.parts.definitions.for_url(page.as_str()).is_some())
    }

    /// Writes the search down; it keeps its place in line when it was there already.
    async fn enter(
        &self,
        profile: &ProfileId,
        key: &EventKey,
        page: &Url,
        configuration: &Configuration,
    ) -> Result<jiff::Timestamp, store::Error> {
        let now = self.parts.clock.now();
        let before = monitors::get(&self.parts.store, profile, key).await?;
        let in_line = before.as_ref().filter(|row| row.desired == Desired::Running);
        let waiting_since = in_line.map_or(now, |row| row.waiting_since);
        if before.is_some() && in_line.is_none() {
            monitors::wait_anew(&self.parts.store, profile, key, now).await?;
        }
        let row = MonitorRow {
            profile: profile.clone(),
            key: key.clone(),
            event_url: page.clone(),
            configuration: configuration.clone(),
            desired: Desired::Running,
            waiting_since,
            status: None,
        };
        monitors::put(&self.parts.store, row).await?;
        store::events::seen(&self.parts.store, key, page, None, now).await?;
        Ok(waiting_since)
    }

    pub(super) fn seat_of(&self, row: &Profile, proxy: Option<Proxy>) -> Arc<BrowserSeat> {
        let mut seats = locked(&self.seats);
        let seat = seats
            .entry(row.id.clone())
            .or_insert_with(|| Arc::new(self.parts.browsers.seat(row, proxy, self.parts.clock)));
        Arc::clone(seat)
    }

    fn gate_of(&self, definition: &Definition) -> Arc<Gate> {
        self.gates.of(definition.origin().authority(), definition.pace)
    }

    async fn member(
        &self,
        row: &Profile,
        (key, facts): (&EventKey, Arc<EventFacts>),
        definition: &Arc<Definition>,
        configuration: &Configuration,
    ) -> Result<Member, StartError> {
        let proxy = self.proxy(row).await?;
        let session = self.session(row, proxy.clone()).await?;
        let transport = self.parts.connections.to(definition, proxy.as_ref())?;
        let client = Client::new(
            Arc::clone(definition),
            transport,
            self.gate_of(definition),
            Arc::new(Mutex::new(session)),
            self.parts.clock,
        )
        .with_timeout(configuration.request_timeout());
        Ok(Member {
            profile: row.id.clone(),
            watched: key.clone(),
            keyword: Mutex::new(configuration.keyword1.clone()),
            client: Mutex::new(client),
            seat: self.seat_of(row, proxy),
            clock: self.parts.clock,
            store: self.parts.store.clone(),
            vault: Arc::clone(&self.parts.vault),
            notices: self.parts.notices.clone(),
            facts,
            hold: Mutex::default(),
            asked_at: Mutex::default(),
            opened: Mutex::default(),
        })
    }

    /// The member's own, else the one that the member's browser brings along.
    pub(super) async fn proxy(&self, row: &Profile) -> Result<Option<Proxy>, StartError> {
        let sealed = self.sealed_proxy(row)?;
        if sealed.is_some() {
            return Ok(sealed);
        }
        let own = self.parts.browsers.own_proxy(&row.browser).await;
        own.map_err(|error| StartError::Refused(vec![Refusal::ProxyUnknown(error.to_string())]))
    }

    fn sealed_proxy(&self, row: &Profile) -> Result<Option<Proxy>, StartError> {
        let refused = |why: String| StartError::Refused(vec![Refusal::Sealed { what: "proxy", why }]);
        let Some(sealed) = &row.proxy else { return Ok(None) };
        let plain = self.parts.vault.unseal(&row.id, Purpose::Proxy, &sealed.0);
        let plain = plain.map_err(|error| refused(format!("cannot {error}")))?;
        let text = std::str::from_utf8(&plain).map_err(|error| refused(error.to_string()))?;
        text.parse().map(Some).map_err(|error| refused(format!("cannot {error}")))
    }

    /// The session that was kept, or one without cookies until the browser gives some.
    async fn session(&self, row: &Profile, proxy: Option<Proxy>) -> Result<Session, StartError> {
        let now = self.parts.clock.now();
        let (jar, _) = Jar::from_cookies([]);
        let empty = Session::new(row.id.clone(), jar, String::new(), now, Origin::Restored);
        let Some(kept) = sessions::get(&self.parts.store, &row.id).await? else {
            return Ok(empty.through(proxy));
        };
        let refused = |why: String| StartError::Refused(vec![Refusal::Sealed { what: "session", why }]);
        let plain = self.parts.vault.unseal(&row.id, Purpose::Session, &kept.sealed.0);
        let plain = plain.map_err(|error| refused(format!("cannot {error}")))?;
        let session = Session::from_bytes(&plain).map_err(|error| refused(format!("cannot {error}")))?;
        Ok(session.through(proxy))
    }

    /// The watch of an event, which members share unless the seller shows each of them something else.
    async fn watch(&self, event: &EventKey, profile: &ProfileId, definition: &Definition) -> WatchHandle {
        let key = WatchKey::of(event, profile, definition);
        if let Some(running) = locked(&self.watches).get(&key).and_then(WatchEntry::handle) {
            return running;
        }
        let (open, last) = record::open_falls(&self.parts.store, event).await;
        let gate = self.gate_of(definition);
        let parts = WatchParts {
            key: event.clone(),
            clock: self.parts.clock,
            store: self.parts.store.clone(),
            notices: self.parts.notices.clone(),
            gate: Arc::clone(&gate),
        };
        let (runner, commands, handle) = WatchRunner::new(parts, Watch::new(gate.rules().floor, open, last));
        let mut watches = locked(&self.watches);
        if let Some(running) = watches.get(&key).and_then(WatchEntry::handle) {
            return running;
        }
        watches.retain(|_, entry| entry.handle().is_some());
        watches.insert(key, handle.entry());
        self.tasks.spawn(runner.run(commands));
        handle
    }
}

/// What stands in the way of a search at `key`: one at another event.
fn elsewhere(searches: &BTreeMap<ProfileId, Search>, profile: &ProfileId, key: &EventKey) -> Option<Refusal> {
    let search = searches.get(profile).filter(|search| !search.orders.is_closed())?;
    (search.watched != *key).then(|| Refusal::Elsewhere(search.watched.clone()))
}
