//! Starting a search, once everything that it needs is there.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{EventKey, ProfileId};
use tokio::sync::mpsc;

use super::browser_seat::BrowserSeat;
use super::event_facts::EventFacts;
use super::journal::Journal;
use super::life::SearchLife;
use super::member::Member;
use super::monitor_runner::{MonitorParts, MonitorRunner};
use super::prerequisites::{Occasion, Ready, Sought, elsewhere, limits};
use super::refusal::{Refusal, StartError};
use super::spending::Learner;
use super::watch_runner::{WatchEntry, WatchHandle, WatchParts, WatchRunner};
use super::{Inner, ORDERS, Order, STOP_WITHIN, Search, Supervisor, WatchKey, ended, keywords, locked};
use crate::seller::gate::Gate;
use crate::seller::{Client, Definition};
use crate::session::{Jar, Origin, Proxy, Session};
use crate::store;
use crate::store::monitors::{self, Desired, MonitorRow};
use crate::store::profiles::Profile;
use crate::store::starts::Kept;

impl Supervisor {
    /// Starts a profile's search; one that runs at the same event already takes up the configuration at once.
    pub async fn start(
        &self,
        profile: &ProfileId,
        configuration: Configuration,
    ) -> Result<EventKey, StartError> {
        let started = self.begin(profile, configuration, Occasion::Asked).await;
        if started.is_err() {
            self.0.line.is_changed_now(profile);
        }
        started
    }

    pub(super) async fn begin(
        &self,
        profile: &ProfileId,
        configuration: Configuration,
        occasion: Occasion,
    ) -> Result<EventKey, StartError> {
        let inner = &self.0;
        let mut ready = inner.ready(profile, &configuration, &occasion).await?;
        inner.until_ended(profile).await?;
        let waiting_since = if let Some(Kept { search, .. }) = occasion.kept() {
            search.waiting_since
        } else {
            // A search that has just ended has kept a newer one.
            ready.session = inner.kept_session(&ready.row).await?;
            inner.enter(profile, &ready.sought).await?
        };
        let watch = inner.watch(&ready.sought.key, profile, &ready.sought.definition).await?;
        let member = Arc::new(inner.member(&mut ready, Arc::clone(&watch.facts))?);
        let Ready { row, sought: Sought { definition, key, configuration, .. }, .. } = ready;
        let (orders, inbox) = mpsc::channel(ORDERS);
        let (life, journal) = (Arc::<SearchLife>::default(), member.journal.clone());
        let parts = MonitorParts {
            member,
            watch,
            ledger: Arc::clone(&inner.ledger),
            limits: limits(&row, Some(&definition)),
            venue: definition.time_zone.clone(),
            waiting_since,
            configuration,
            orders: orders.clone(),
            life: Arc::clone(&life),
        };
        let (mut runner, view) = MonitorRunner::new(parts, Arc::clone(&inner.roll));
        let search = Search { watched: key.clone(), orders, view, is_stopped: false, life, journal };
        match inner.admit(profile, search)? {
            None => {
                runner.face.begin();
                drop(inner.tasks.spawn(runner.run(inbox)));
            }
            // A search that ends just now has no use for it.
            Some(running) => drop(running.send(Order::StartAgain).await),
        }
        Ok(key)
    }
}

impl Inner {
    /// A search that was stopped still gives back what a hold on its way may bring; that is awaited.
    async fn until_ended(&self, profile: &ProfileId) -> Result<(), StartError> {
        let ending = locked(&self.searches)
            .get(profile)
            .filter(|search| search.is_ending())
            .map(|search| search.view.clone());
        let Some(view) = ending else { return Ok(()) };
        let refused = |_elapsed| Refusal::Ending.into();
        tokio::time::timeout(STOP_WITHIN, ended(view)).await.map_err(refused)
    }

    /// Enters a search, unless the profile has one: then that is the one to tell.
    fn admit(&self, profile: &ProfileId, search: Search) -> Result<Option<mpsc::Sender<Order>>, StartError> {
        let mut searches = locked(&self.searches);
        if self.ending.is_cancelled() {
            return Err(Refusal::ServiceEnds.into());
        }
        if let Some(refusal) = elsewhere(&searches, profile, &search.watched) {
            return Err(refusal.into());
        }
        let running = searches.get(profile).filter(|search| !search.orders.is_closed());
        let running = running.map(|search| search.orders.clone());
        if running.is_none() {
            searches.insert(profile.clone(), search);
        }
        drop(searches);
        self.line.is_started_now(profile);
        Ok(running)
    }

    /// Writes the search down; it keeps its place in line when it was there already.
    async fn enter(
        &self,
        profile: &ProfileId,
        Sought { page, key, configuration, .. }: &Sought,
    ) -> Result<jiff::Timestamp, store::Error> {
        let now = self.parts.clock.now();
        let before = monitors::get(&self.parts.store, profile, key).await?;
        let in_line = before.as_ref().filter(|row| row.desired == Desired::Running);
        let waiting_since = in_line.map_or(now, |row| row.waiting_since);
        if before.is_some() && in_line.is_none() {
            monitors::wait_anew(&self.parts.store, profile, key, now).await?;
        }
        let keyword = keywords::sealed(&self.parts.vault, profile, &configuration.keyword1);
        // What is as it was need not wait for the disk.
        let is_as_it_was = in_line.is_some_and(|row| {
            row.event_url == *page
                && row.configuration == *configuration
                && row.keyword.is_none()
                && keyword.is_none()
        });
        if !is_as_it_was {
            let row = MonitorRow {
                profile: profile.clone(),
                key: key.clone(),
                event_url: page.clone(),
                configuration: configuration.clone(),
                keyword,
                desired: Desired::Running,
                waiting_since,
                status: None,
            };
            monitors::put(&self.parts.store, row).await?;
        }
        store::events::seen(&self.parts.store, key, page, None, now).await?;
        Ok(waiting_since)
    }

    /// One journal for all searches of a member: what the one before asked for is written before the next one reads it.
    fn journal_of(&self, profile: &ProfileId) -> Journal {
        locked(&self.searches).get(profile).map(|search| search.journal.clone()).unwrap_or_default()
    }

    pub(super) fn seat_of(&self, row: &Profile, proxy: Option<Proxy>) -> Arc<BrowserSeat> {
        let mut seats = locked(&self.seats);
        let seat = seats
            .entry(row.id.clone())
            .or_insert_with(|| Arc::new(self.parts.browsers.seat(row, proxy, self.parts.clock)));
        Arc::clone(seat)
    }

    pub(super) fn gate_of(&self, definition: &Definition) -> Arc<Gate> {
        self.gates.of(definition.origin().authority(), definition.pace)
    }

    fn member(&self, ready: &mut Ready, facts: Arc<EventFacts>) -> Result<Member, StartError> {
        let Ready { row, proxy, sought: Sought { definition, key, configuration, .. }, session } = ready;
        let session = session.take().unwrap_or_else(|| nobody(&row.id, self.parts.clock.now()));
        let transport = self.parts.connections.to(definition, proxy.as_ref())?;
        let client = Client::new(
            Arc::clone(definition),
            transport,
            self.gate_of(definition),
            Arc::new(Mutex::new(session.through(proxy.clone()))),
            self.parts.clock,
        )
        .with_timeout(configuration.request_timeout());
        Ok(Member {
            profile: row.id.clone(),
            watched: key.clone(),
            keyword: Mutex::new(configuration.keyword1.clone()),
            client: Mutex::new(client),
            seat: self.seat_of(row, proxy.clone()),
            clock: self.parts.clock,
            store: self.parts.store.clone(),
            vault: Arc::clone(&self.parts.vault),
            notices: self.parts.notices.clone(),
            facts,
            hold: Mutex::default(),
            asked_at: Mutex::default(),
            looks: AtomicBool::default(),
            opened: Mutex::default(),
            plans: Arc::clone(&self.plans),
            journal: self.journal_of(&row.id),
            statuses: Arc::clone(&self.statuses),
            sessions: Arc::clone(&self.sessions),
            tasks: self.tasks.clone(),
        })
    }

    /// The watch of an event, which members share unless the seller shows each of them something else.
    async fn watch(
        &self,
        event: &EventKey,
        profile: &ProfileId,
        definition: &Definition,
    ) -> Result<WatchHandle, store::Error> {
        let key = WatchKey::of(event, profile, definition);
        if let Some(running) = locked(&self.watches).get(&key).and_then(WatchEntry::handle) {
            return Ok(running);
        }
        let book = self.books.of(&self.parts.store, &self.sightings, &key).await?;
        let gate = self.gate_of(definition);
        let floor = gate.rules().floor;
        let mut watches = locked(&self.watches);
        if let Some(running) = watches.get(&key).and_then(WatchEntry::handle) {
            return Ok(running);
        }
        let parts = WatchParts {
            key: key.clone(),
            book,
            clock: self.parts.clock,
            store: self.parts.store.clone(),
            sightings: Arc::clone(&self.sightings),
            notices: self.parts.notices.clone(),
            gate,
        };
        let (runner, commands, handle) = WatchRunner::new(parts);
        watches.retain(|_, entry| entry.handle().is_some());
        watches.insert(key.clone(), handle.entry());
        self.tasks.spawn(runner.run(commands));
        if self.parts.where_likely {
            let learner = Learner {
                key,
                clock: self.parts.clock,
                store: self.parts.store.clone(),
                venue: definition.time_zone.clone(),
                floor,
                watch: handle.entry(),
                lessons: Arc::clone(&self.lessons),
                spreads: Arc::clone(&self.spreads),
            };
            self.tasks.spawn(learner.run(handle.view.clone()));
        }
        Ok(handle)
    }
}

/// A session without cookies, until the browser gives some.
fn nobody(profile: &ProfileId, now: jiff::Timestamp) -> Session {
    Session::new(profile.clone(), Jar::default(), String::new(), now, Origin::Restored)
}
