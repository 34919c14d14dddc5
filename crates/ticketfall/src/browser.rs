//! The member's browser over the DevTools protocol: one that we start, or one that is attached to.
//! Nothing about it is disguised; a person signs in, solves captchas and pays in it.

mod bridge;
mod devtools;
mod endpoint;
mod error;
pub mod gologin;
mod local;
mod page;
mod relay;
mod sign_in;
mod storage;
mod tls;
mod trouble;
mod way;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use url::Url;

pub use bridge::{GivenBack, Taken, give_back, take_session};
pub use devtools::{Client, Closed, Event};
pub use endpoint::Endpoint;
pub use error::Error;
pub use local::{Found, LocalOptions, find};
pub use page::{Page, Tab};
pub use storage::{Held, PutCookie, PutOutcome};

use crate::session::Cookie;
use way::Way;

/// A browser that we are connected to; clones are the same browser.
///
/// When the last clone is dropped, a browser that we started ends, and one that we attached to goes on.
#[derive(Debug, Clone)]
pub struct Browser {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    client: Client,
    pid: Option<u32>,
    chromium: Mutex<Option<local::Chromium>>,
    way: Way,
    /// Whether it has just been started, and cookies without an end are lost to it.
    forgetful: AtomicBool,
}

impl Browser {
    /// Starts Chromium on a profile directory of its own; one of ours that runs there already is taken over.
    pub async fn start(options: &LocalOptions) -> Result<Self, Error> {
        if let Some(browser) = Self::adopt(options).await {
            return Ok(browser);
        }
        let mut way = Way::open(options.proxy.clone(), &options.trust, None).await?;
        let (chromium, socket) = local::start(options, way.server().as_deref()).await?;
        let client = Client::connect(&socket).await?;
        way.sign_in(&client).await?;
        let browser = Self::new(client, Some(chromium), way);
        browser.inner.forgetful.store(true, Ordering::Relaxed);
        Ok(browser)
    }

    /// Attaches to a browser that somebody else started.
    pub async fn attach(endpoint: &Endpoint) -> Result<Self, Error> {
        let client = Client::connect(&endpoint.socket().await?).await?;
        Ok(Self::new(client, None, Way::default()))
    }

    /// A browser of an earlier run that outlived it; one that was started in another way is ended instead.
    #[cfg(unix)]
    async fn adopt(options: &LocalOptions) -> Option<Self> {
        let (outlived, socket) = local::outlived(&options.profile_dir).await?;
        let client = Client::connect(&socket).await.ok()?;
        let manner = manner(&client).await.ok()?;
        let chromium = outlived.adopt();
        let way = Way::open(options.proxy.clone(), &options.trust, manner.server.as_deref());
        let mut way = way.await.unwrap_or_default();
        let fits = way.server() == manner.server && options.headless == manner.headless;
        let is_ready = fits && way.sign_in(&client).await.is_ok();
        let browser = Self::new(client, Some(chromium), way);
        if is_ready {
            tracing::info!(pid = browser.pid(), "a browser of an earlier run is taken over");
            return Some(browser);
        }
        browser.close().await;
        None
    }

    #[cfg(not(unix))]
    async fn adopt(_options: &LocalOptions) -> Option<Self> {
        None
    }

    fn new(client: Client, chromium: Option<local::Chromium>, way: Way) -> Self {
        let pid = chromium.as_ref().and_then(local::Chromium::pid);
        Self {
            inner: Arc::new(Inner {
                client,
                pid,
                chromium: Mutex::new(chromium),
                way,
                forgetful: AtomicBool::new(false),
            }),
        }
    }

    /// The process number of a browser that we started.
    pub fn pid(&self) -> Option<u32> {
        self.inner.pid
    }

    /// What the browser calls itself to sites.
    pub async fn user_agent(&self) -> Result<String, Error> {
        const METHOD: &str = "Browser.getVersion";
        let answer = self.inner.client.call(METHOD, json!({})).await?;
        let name = answer["userAgent"].as_str().ok_or(Error::Answer { method: METHOD, part: "userAgent" })?;
        Ok(name.to_owned())
    }

    /// The cookies that requests to any of `hosts` (lower case) may carry.
    pub async fn cookies(&self, hosts: &[String]) -> Result<Held, Error> {
        storage::read(&self.inner.client, |domain| hosts.iter().any(|host| domain.covers(host))).await
    }

    /// Puts cookies in, reads them back, and says of each, in the same order, what the browser holds now.
    pub async fn put_cookies(&self, cookies: &[Cookie]) -> Result<Vec<PutCookie>, Error> {
        storage::put(&self.inner.client, cookies).await
    }

    /// Which of these cookies a browser lost when it was last closed: those without an end that it lacks now.
    /// Asked once for each start; afterwards, what is not there was taken away on purpose.
    async fn lost<'c>(&self, cookies: impl Iterator<Item = &'c Cookie>) -> Result<Vec<Cookie>, Error> {
        if !self.inner.forgetful.load(Ordering::Relaxed) {
            return Ok(Vec::new());
        }
        let held = storage::read(&self.inner.client, |_| true).await?.cookies;
        self.inner.forgetful.store(false, Ordering::Relaxed);
        let endless = cookies.filter(|cookie| cookie.attributes.expires.is_none());
        Ok(endless.filter(|cookie| !held.iter().any(|held| held.is_same_as(cookie))).cloned().collect())
    }

    /// Every tab with a page in it.
    pub async fn pages(&self) -> Result<Vec<Tab>, Error> {
        const METHOD: &str = "Target.getTargets";
        let answer = self.inner.client.call(METHOD, json!({})).await?;
        let targets =
            answer["targetInfos"].as_array().ok_or(Error::Answer { method: METHOD, part: "targetInfos" })?;
        Ok(targets.iter().filter_map(Tab::of_target).collect())
    }

    /// Attaches to a tab where it stands.
    pub async fn page(&self, tab: &Tab) -> Result<Page, Error> {
        Page::attach(&self.inner.client, &tab.id, self.inner.way.trouble()).await
    }

    /// Opens `url` in front of the member: in the tab that is at its site, else in a new one.
    pub async fn open(&self, url: &Url) -> Result<Page, Error> {
        let tabs = self.pages().await?;
        let page = match page::suitable(&tabs, url) {
            Some(tab) => self.page(tab).await?,
            None => self.new_page().await?,
        };
        page.in_front_at(url).await
    }

    /// Whether the browser is there, and the connection to it.
    pub fn is_open(&self) -> bool {
        self.inner.client.is_open()
    }

    /// Waits until the browser is gone or the connection to it is over.
    pub async fn closed(&self) -> Closed {
        self.inner.client.closed().await
    }

    /// Ends a browser that we started, with everything it started; lets go of one that we attached to.
    pub async fn close(&self) {
        let chromium = self.inner.chromium.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut chromium) = chromium {
            match self.inner.client.call("Browser.close", json!({})).await {
                Ok(_) => chromium.leave().await,
                Err(error) => tracing::debug!(%error, "the browser did not close when asked"),
            }
            chromium.end().await;
        }
        self.inner.client.close().await;
    }

    async fn new_page(&self) -> Result<Page, Error> {
        const METHOD: &str = "Target.createTarget";
        let answer = self.inner.client.call(METHOD, json!({"url": "about:blank"})).await?;
        let target = answer["targetId"].as_str().ok_or(Error::Answer { method: METHOD, part: "targetId" })?;
        Page::attach(&self.inner.client, target, self.inner.way.trouble()).await
    }
}

#[cfg(unix)]
async fn manner(client: &Client) -> Result<local::Manner, Error> {
    const METHOD: &str = "SystemInfo.getInfo";
    let answer = client.call(METHOD, json!({})).await?;
    let line = answer["commandLine"].as_str().ok_or(Error::Answer { method: METHOD, part: "commandLine" })?;
    Ok(local::Manner::of(line))
}
