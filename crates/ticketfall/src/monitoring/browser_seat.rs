//! Where a member's browser is, or would be: started when it is needed, and closed when nobody needs it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use ticketfall_core::ids::ProfileId;
use tokio::task::JoinSet;

use super::locked;
use crate::browser::gologin::{Api, GoLogin};
use crate::browser::{self, Browser, Endpoint, Error, LocalOptions};
use crate::clock::Clock;
use crate::config::browser_dir;
use crate::session::Proxy;
use crate::store::profiles::{BrowserChoice, GoLoginApi, Profile};
use crate::trust::Trust;

/// How long a browser stays open after its last use: long enough for a renewal that fails to be tried again.
const IDLE_MAX: Duration = Duration::from_mins(5);

/// How browsers of our own are started.
#[derive(Debug, Clone)]
pub struct BrowserPlan {
    /// The program; the usual ones are tried when absent.
    pub program: Option<PathBuf>,
    /// Where each profile's browser has a directory of its own.
    pub data_dir: PathBuf,
    /// Without windows.
    pub headless: bool,
    /// Whether a browser that nobody needs is closed.
    pub close_when_idle: bool,
    /// For members whose browsers are GoLogin's.
    pub gologin: Option<Arc<GoLogin>>,
    /// Whose certificates a member's proxy may show.
    pub trust: Trust,
}

impl BrowserPlan {
    /// Whether a member's browser could be opened, found out without opening it.
    pub(super) async fn is_ready(&self, choice: &BrowserChoice) -> Result<(), Error> {
        match choice {
            BrowserChoice::Local => browser::find(self.program.as_deref()).await.map(drop),
            BrowserChoice::Endpoint { url } => url.as_str().parse::<Endpoint>()?.answers().await,
            BrowserChoice::GoLogin { api, .. } => {
                access(self.gologin.as_ref())?.is_ready((*api).into()).await
            }
            BrowserChoice::None => Ok(()),
        }
    }

    /// Windows of the first Chromium that is found, which stay open.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            program: None,
            data_dir: data_dir.into(),
            headless: false,
            close_when_idle: false,
            gologin: None,
            trust: Trust::default(),
        }
    }

    /// How this profile's browser is started.
    pub fn options(&self, profile: &ProfileId, proxy: Option<Proxy>) -> LocalOptions {
        LocalOptions {
            program: self.program.clone(),
            headless: self.headless,
            proxy,
            trust: self.trust.clone(),
            ..LocalOptions::new(browser_dir(&self.data_dir, profile))
        }
    }

    /// The seat of a profile that signs in through `proxy`.
    pub fn seat(&self, profile: &Profile, proxy: Option<Proxy>, clock: Clock) -> BrowserSeat {
        let options = self.options(&profile.id, proxy);
        let seat = BrowserSeat {
            gologin: self.gologin.clone(),
            ..BrowserSeat::new(profile.browser.clone(), options)
        };
        if self.close_when_idle { seat.closing_when_idle(clock) } else { seat }
    }

    /// The proxy that GoLogin has for a profile of its own; none for other browsers.
    pub async fn own_proxy(&self, choice: &BrowserChoice) -> Result<Option<Proxy>, Error> {
        match choice {
            BrowserChoice::GoLogin { id, .. } => access(self.gologin.as_ref())?.proxy(id).await,
            BrowserChoice::Local | BrowserChoice::Endpoint { .. } | BrowserChoice::None => Ok(None),
        }
    }
}

/// One member's browser.
#[derive(Debug)]
pub struct BrowserSeat {
    choice: BrowserChoice,
    options: LocalOptions,
    gologin: Option<Arc<GoLogin>>,
    clock: Option<Clock>,
    place: Arc<tokio::sync::Mutex<Place>>,
    closing: Mutex<JoinSet<()>>,
}

/// What is in the seat.
#[derive(Debug, Default)]
struct Place {
    browser: Option<Browser>,
    started: Option<Started>,
    needed_until: Timestamp,
}

/// A profile of GoLogin's that is to be stopped when its browser is closed.
#[derive(Debug)]
struct Started {
    gologin: Arc<GoLogin>,
    id: String,
    api: Api,
}

impl BrowserSeat {
    /// A seat whose browser is not running, or not known to be.
    pub fn new(choice: BrowserChoice, options: LocalOptions) -> Self {
        let (place, closing) = (Arc::default(), Mutex::default());
        Self { choice, options, gologin: None, clock: None, place, closing }
    }

    /// The same, with a browser that runs already.
    #[must_use]
    pub fn with(self, browser: Browser) -> Self {
        let place = Place { browser: Some(browser), ..Place::default() };
        Self { place: Arc::new(tokio::sync::Mutex::new(place)), ..self }
    }

    /// The same, but it closes a browser that it opened when nobody has needed it for a while.
    #[must_use]
    pub fn closing_when_idle(self, clock: Clock) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// Whether the member has a browser at all.
    pub fn exists(&self) -> bool {
        self.choice != BrowserChoice::None
    }

    /// The browser, when it runs or can be attached to without opening a window; whoever asks does not keep it open.
    pub async fn running(&self) -> Option<Browser> {
        self.found(&mut *self.place.lock().await).await
    }

    /// Whether the browser runs, or somebody is just opening it.
    pub(super) async fn is_in_hand(&self) -> bool {
        match self.place.try_lock() {
            Ok(mut place) => self.found(&mut place).await.is_some(),
            Err(_busy) => true,
        }
    }

    /// The same, kept open: a person is busy in it.
    pub async fn in_use(&self) -> Option<Browser> {
        let mut place = self.place.lock().await;
        self.needed(&mut place);
        self.found(&mut place).await
    }

    /// The browser, started where it is not running; none for a member without one.
    pub async fn open(&self) -> Result<Option<Browser>, Error> {
        let mut place = self.place.lock().await;
        self.needed(&mut place);
        if let Some(browser) = self.found(&mut place).await {
            return Ok(Some(browser));
        }
        place.browser = match &self.choice {
            BrowserChoice::Local => Some(Browser::start(&self.options).await?),
            BrowserChoice::Endpoint { url } => Some(attach(url).await?),
            BrowserChoice::GoLogin { id, api } => Some(self.start_gologin(id, *api, &mut place).await?),
            BrowserChoice::None => None,
        };
        self.close_later();
        Ok(place.browser.clone())
    }

    /// Keeps an open browser open until then.
    pub async fn keep_until(&self, when: Timestamp) {
        let mut place = self.place.lock().await;
        place.needed_until = place.needed_until.max(when);
    }

    /// Ends a browser that we started, lets go of one that we attached to.
    pub async fn close(&self) {
        self.place.lock().await.clear().await;
    }

    async fn found(&self, place: &mut Place) -> Option<Browser> {
        if let Some(browser) = place.browser.as_ref().filter(|browser| browser.is_open()) {
            return Some(browser.clone());
        }
        place.browser = match &self.choice {
            BrowserChoice::Endpoint { url } => attach(url).await.ok(),
            BrowserChoice::Local | BrowserChoice::GoLogin { .. } | BrowserChoice::None => None,
        };
        place.browser.clone()
    }

    /// What cannot be attached to is stopped again.
    async fn start_gologin(&self, id: &str, api: GoLoginApi, place: &mut Place) -> Result<Browser, Error> {
        let gologin = access(self.gologin.as_ref())?;
        let api = api.into();
        let endpoint = gologin.start(id, api).await?;
        place.started = Some(Started { gologin: Arc::clone(gologin), id: id.to_owned(), api });
        let attached = Browser::attach(&endpoint).await;
        if attached.is_err() {
            place.clear().await;
        }
        attached
    }

    fn needed(&self, place: &mut Place) {
        if let Some(clock) = &self.clock {
            let until = clock.now().checked_add(IDLE_MAX).unwrap_or(Timestamp::MAX);
            place.needed_until = place.needed_until.max(until);
        }
    }

    fn close_later(&self) {
        if let Some(clock) = self.clock {
            let mut closing = JoinSet::new();
            closing.spawn(close_when_idle(Arc::clone(&self.place), clock));
            *locked(&self.closing) = closing;
        }
    }
}

impl Place {
    async fn clear(&mut self) {
        if let Some(browser) = self.browser.take() {
            browser.close().await;
        }
        if let Some(Started { gologin, id, api }) = self.started.take()
            && let Err(error) = gologin.stop(&id, api).await
        {
            tracing::warn!("cannot {error}");
        }
    }
}

async fn close_when_idle(place: Arc<tokio::sync::Mutex<Place>>, clock: Clock) {
    loop {
        let until = place.lock().await.needed_until;
        clock.sleep_until(until).await;
        let mut place = place.lock().await;
        if clock.now() >= place.needed_until {
            place.clear().await;
            return;
        }
    }
}

impl From<GoLoginApi> for Api {
    fn from(api: GoLoginApi) -> Self {
        match api {
            GoLoginApi::Local => Self::Local,
            GoLoginApi::Cloud => Self::Cloud,
        }
    }
}

fn access(gologin: Option<&Arc<GoLogin>>) -> Result<&Arc<GoLogin>, Error> {
    gologin.ok_or_else(|| Error::GoLogin { what: "start a profile", why: "it is not set up here".to_owned() })
}

async fn attach(url: &url::Url) -> Result<Browser, Error> {
    Browser::attach(&url.as_str().parse::<Endpoint>()?).await
}
