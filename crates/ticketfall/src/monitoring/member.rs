//! One member at one event: the session, the seller's client and the browser
//! that a search works with.

mod holds;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use ticketfall_core::configuration::{Configuration, Keyword};
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::monitor::{Held, Input};
use ticketfall_core::pace::Purpose;
use ticketfall_core::plan::Plan;
use ticketfall_core::reading::Reading;
use tokio_util::task::TaskTracker;
use url::Url;

use super::browser_seat::BrowserSeat;
use super::event_facts::{EventFacts, Turn};
use super::journal::Journal;
use super::person::Opened;
use super::plans::Plans;
use super::sessions::Sessions;
use super::statuses::Statuses;
use super::{locked, record};
use crate::browser::{self, Browser, PutOutcome};
use crate::clock::Clock;
use crate::notify::{Notice, Notices};
use crate::seller::{Client, Look, LookMemory, Prepared};
use crate::session::{Origin, Session};
use crate::store::Store;
use crate::store::holds::HoldId;
use crate::store::statuses::StatusRow;
use crate::vault::Vault;

/// How long a person may still be paying after the seller's own time is over.
const PAYING: Duration = Duration::from_mins(30);

const NO_SESSION: &str =
    "nobody is signed in: open the browser with `ticketfall profile open`, or import cookies";

/// What a member's search works with.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) profile: ProfileId,
    pub(super) watched: EventKey,
    pub(super) keyword: Mutex<Keyword>,
    pub(super) client: Mutex<Client>,
    pub(super) seat: Arc<BrowserSeat>,
    pub(super) clock: Clock,
    pub(super) store: Store,
    pub(super) vault: Arc<Vault>,
    pub(super) notices: Notices,
    pub(super) facts: Arc<EventFacts>,
    pub(super) hold: Mutex<Option<HoldId>>,
    pub(super) asked_at: Mutex<Option<Timestamp>>,
    /// Whether the watch looked as this member since its session was renewed.
    pub(super) looks: AtomicBool,
    pub(super) opened: Mutex<Opened>,
    pub(super) plans: Arc<Plans>,
    pub(super) journal: Journal,
    pub(super) statuses: Arc<Statuses>,
    pub(super) sessions: Arc<Sessions>,
    /// What is written beside the search; awaited when the service ends.
    pub(super) tasks: TaskTracker,
}

impl Member {
    pub(super) fn profile(&self) -> &ProfileId {
        &self.profile
    }

    pub(super) fn watched(&self) -> &EventKey {
        &self.watched
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    pub(super) fn notices(&self) -> &Notices {
        &self.notices
    }

    /// Whether the seller's definition says how to hold seats; otherwise there is nothing to sign in for.
    pub(super) fn can_hold(&self) -> bool {
        locked(&self.client).definition().can_hold()
    }

    pub(super) fn client(&self) -> Client {
        locked(&self.client).clone()
    }

    /// Takes up what a changed configuration says of requests.
    pub(super) fn take_up(&self, configuration: &Configuration) {
        *locked(&self.keyword) = configuration.keyword1.clone();
        let client = self.client().with_timeout(configuration.request_timeout());
        *locked(&self.client) = client;
    }

    /// Keeps the word of a status, and why.
    pub(super) fn tell_status(&self, label: &str, reason: Option<String>) {
        let (profile, key, at) = (self.profile.clone(), self.watched.clone(), self.clock.now());
        self.statuses.tell(StatusRow { profile, key, label: label.to_owned(), reason, at });
    }

    fn tell(&self, notice: Notice) {
        self.notices.tell(self.clock.now(), notice);
    }

    /// One look, whose place in the budget is taken already.
    pub(super) async fn look(&self, memory: &mut LookMemory) -> Look {
        self.looks.store(true, Ordering::Relaxed);
        let prepared = self.prepared();
        self.client().asking_for(Purpose::Look).look(&self.watched.event, &prepared, memory).await
    }

    /// Takes the session and reads the match page; where the seller says that nobody is signed in, once more with the
    /// member's browser open.
    pub(super) async fn prepare(&self) -> (Input, Option<Arc<Plan>>) {
        let client = self.client().in_new_turn();
        *locked(&self.client) = client;
        let from_browser = match self.take_session(false).await {
            Ok(from_browser) => from_browser,
            Err(reason) => return (Input::SessionFailed(reason), None),
        };
        let mut prepared = self.read_event().await;
        if matches!(prepared, Err(Reading::SignedOut)) && !from_browser && self.seat.exists() {
            if let Err(reason) = self.take_session(true).await {
                return (Input::SessionFailed(reason), None);
            }
            prepared = self.read_event().await;
        }
        match prepared {
            Ok((prepared, is_new)) => {
                self.keep_session().await;
                let plan = is_new.then(|| Arc::clone(&prepared.plan));
                if is_new {
                    record::event(&self.store, &self.watched, &prepared).await;
                }
                (Input::Prepared, plan)
            }
            Err(reading) => (Input::Turned(reading), None),
        }
    }

    /// The member's own page key, and what is known of the event, which is read once for everybody; says whether that
    /// was just now.
    async fn read_event(&self) -> Result<(Arc<Prepared>, bool), Reading> {
        let (event, keyword) = (&self.watched.event, locked(&self.keyword).clone());
        let client = self.client();
        client.set_keyword(event, keyword.reveal());
        match self.facts.turn(self.clock.now()).await {
            Turn::Known(prepared) => {
                self.renew_key().await?;
                Ok((prepared, false))
            }
            Turn::Read(turn) => {
                let told = Box::pin(client.prepare(event, keyword.reveal())).await;
                record::upkeep(self, told.exchanges).await;
                told.outcome.map(|prepared| {
                    let plan = self.plans.shared(&self.watched.seller, prepared.plan);
                    (turn.done(Prepared { plan, ..prepared }, self.clock.now()), true)
                })
            }
        }
    }

    /// Closes connections until there is something to ask again, unless the watch looks over them.
    pub(super) fn rest(&self) {
        if !self.looks.swap(false, Ordering::Relaxed) {
            self.client().rest();
        }
    }

    async fn renew_key(&self) -> Result<(), Reading> {
        let told = self.client().renew_key(&self.watched.event).await;
        record::upkeep(self, told.exchanges).await;
        told.outcome
    }

    pub(super) fn prepared(&self) -> Arc<Prepared> {
        self.facts.known()
    }

    /// From the browser where it runs, or must be opened; else the session stays what it was. Says whether it is the
    /// browser's.
    async fn take_session(&self, open: bool) -> Result<bool, String> {
        self.adopt_imported().await;
        let has_session = !self.session().jar.is_empty();
        if !has_session && !open && !self.can_hold() {
            return Ok(false);
        }
        let browser = if open || !has_session {
            self.seat.open().await.map_err(|error| format!("cannot {error}"))?
        } else {
            self.seat.running().await
        };
        let Some(browser) = browser else {
            if !has_session {
                return Err(NO_SESSION.to_owned());
            }
            self.tell_session();
            return Ok(false);
        };
        match self.take_from(&browser).await {
            Ok(()) => {
                self.tell_session();
                Ok(true)
            }
            Err(error) if has_session && !open => {
                tracing::warn!(profile = %self.profile, %error, "cannot renew the session from the browser");
                Ok(false)
            }
            Err(error) => Err(format!("cannot {error}")),
        }
    }

    /// Whether somebody imported a session since.
    pub(super) async fn has_import(&self) -> bool {
        record::newer_session(&self.store, &self.vault, &self.session()).await.is_some()
    }

    /// A session that somebody imported since counts from now on; says whether there is one.
    pub(super) async fn adopt_imported(&self) -> bool {
        let own = self.session();
        let Some(imported) = record::newer_session(&self.store, &self.vault, &own).await else {
            return false;
        };
        *locked(self.client().session()) = imported.through(own.proxy);
        true
    }

    /// What the HTTP session gained goes back first, so that nothing newer is overwritten.
    async fn take_from(&self, browser: &Browser) -> Result<(), browser::Error> {
        self.give_back(browser).await?;
        let client = self.client();
        let hosts = client.definition().hosts().map(str::to_owned).collect::<Vec<_>>();
        let proxy = locked(client.session()).proxy.clone();
        let taken =
            browser::take_session(browser, self.profile.clone(), &hosts, proxy, self.clock.now()).await?;
        for refused in &taken.refused {
            tracing::warn!(profile = %self.profile, cookie = refused.name, why = %refused.why, "a cookie stays behind");
        }
        *locked(client.session()) = taken.session;
        Ok(())
    }

    /// Gives gained cookies back and reads them back; says in words which the browser would not take.
    pub(super) async fn give_back(&self, browser: &Browser) -> Result<Option<String>, browser::Error> {
        let session = self.session();
        let given = browser::give_back(browser, &session).await?;
        locked(self.client().session()).note_given_back(given.mark);
        let refused: Vec<String> = given
            .cookies
            .iter()
            .filter(|cookie| cookie.outcome != PutOutcome::Set)
            .map(|cookie| {
                format!("the browser holds the cookie {} otherwise: {:?}", cookie.name, cookie.outcome)
            })
            .collect();
        Ok((!refused.is_empty()).then(|| refused.join("; ")))
    }

    fn tell_session(&self) {
        let session = self.session();
        let origin = match session.origin {
            Origin::Browser => "browser",
            Origin::Imported => "imported",
            Origin::Restored => "restored",
        };
        self.tell(Notice::Session { profile: self.profile.clone(), origin, cookies: session.jar.len() });
    }

    /// Seals the session as it is now, so that it survives a restart.
    pub(super) async fn keep_session(&self) {
        self.sessions.keep(&self.session()).await;
    }

    /// A copy, so that no lock is held while it is used.
    fn session(&self) -> Session {
        locked(self.client().session()).clone()
    }

    /// Opens the order page in the member's browser, with the cookies that the session gained.
    pub(super) async fn deliver(&self, held: Held) {
        let Some(url) = self.client().definition().order_page_url() else {
            tracing::error!(profile = %self.profile, "the seller definition names no order page");
            return;
        };
        self.seat.keep_until(held.expires_at.checked_add(PAYING).unwrap_or(held.expires_at)).await;
        let (opened, note) = match self.seat.open().await {
            Ok(Some(browser)) => self.show_order_page(&browser, &url).await,
            Ok(None) => (false, Some("no browser: open it where the member is signed in".to_owned())),
            Err(error) => (false, Some(format!("cannot {error}"))),
        };
        record::order_page(self, url.as_str(), opened, note.as_deref()).await;
        self.tell(Notice::OrderPage {
            profile: self.profile.clone(),
            watched: self.watched.clone(),
            url: url.to_string(),
            opened,
            seconds_left: held.expires_at.duration_since(self.clock.now()).as_secs(),
            note,
        });
        self.keep_session().await;
    }

    async fn show_order_page(&self, browser: &Browser, url: &Url) -> (bool, Option<String>) {
        let note = match self.give_back(browser).await {
            Ok(note) => note,
            Err(error) => Some(format!("cannot {error}")),
        };
        match browser.open(url).await {
            Ok(_page) => (true, note),
            Err(error) => (false, Some(format!("cannot {error}"))),
        }
    }
}
