//! Where a member's browser is, or would be: started when it is needed.

use std::path::PathBuf;

use ticketfall_core::ids::ProfileId;

use crate::browser::{Browser, Endpoint, Error, LocalOptions};
use crate::config::browser_dir;
use crate::session::Proxy;
use crate::store::profiles::BrowserChoice;

/// How browsers of our own are started.
#[derive(Debug, Clone)]
pub struct BrowserPlan {
    /// The program; the usual ones are tried when absent.
    pub program: Option<PathBuf>,
    /// Where each profile's browser has a directory of its own.
    pub data_dir: PathBuf,
    /// Without windows.
    pub headless: bool,
}

impl BrowserPlan {
    /// How this profile's browser is started.
    pub fn options(&self, profile: &ProfileId, proxy: Option<Proxy>) -> LocalOptions {
        LocalOptions {
            program: self.program.clone(),
            headless: self.headless,
            proxy,
            ..LocalOptions::new(browser_dir(&self.data_dir, profile))
        }
    }
}

/// One member's browser.
#[derive(Debug)]
pub struct BrowserSeat {
    choice: BrowserChoice,
    options: LocalOptions,
    running: tokio::sync::Mutex<Option<Browser>>,
}

impl BrowserSeat {
    /// A seat whose browser is not running, or not known to be.
    pub fn new(choice: BrowserChoice, options: LocalOptions) -> Self {
        Self { choice, options, running: tokio::sync::Mutex::default() }
    }

    /// The same, with a browser that runs already.
    #[must_use]
    pub fn with(self, browser: Browser) -> Self {
        Self { running: tokio::sync::Mutex::new(Some(browser)), ..self }
    }

    /// Whether the member has a browser at all.
    pub fn exists(&self) -> bool {
        self.choice != BrowserChoice::None
    }

    /// The browser, when it runs or can be attached to without opening a window.
    pub async fn running(&self) -> Option<Browser> {
        let mut running = self.running.lock().await;
        if let Some(browser) = running.as_ref().filter(|browser| browser.is_open()) {
            return Some(browser.clone());
        }
        *running = match &self.choice {
            BrowserChoice::Endpoint { url } => attach(url).await.ok(),
            BrowserChoice::Local | BrowserChoice::None => None,
        };
        running.clone()
    }

    /// The browser, started where it is not running; none for a member without one.
    pub async fn open(&self) -> Result<Option<Browser>, Error> {
        if let Some(browser) = self.running().await {
            return Ok(Some(browser));
        }
        let mut running = self.running.lock().await;
        *running = match &self.choice {
            BrowserChoice::Local => Some(Browser::start(&self.options).await?),
            BrowserChoice::Endpoint { url } => Some(attach(url).await?),
            BrowserChoice::None => None,
        };
        Ok(running.clone())
    }

    /// Ends a browser that we started, lets go of one that we attached to.
    pub async fn close(&self) {
        let browser = self.running.lock().await.take();
        if let Some(browser) = browser {
            browser.close().await;
        }
    }
}

async fn attach(url: &url::Url) -> Result<Browser, Error> {
    Browser::attach(&url.as_str().parse::<Endpoint>()?).await
}
