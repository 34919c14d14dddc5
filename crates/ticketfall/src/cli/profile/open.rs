//! `profile open`: shows a member's browser, so that the member can sign in, and takes the session then.

use std::collections::BTreeSet;
use std::io;

use clap::Args;
use ticketfall_core::ids::ProfileId;
use url::Url;

use super::unknown;
use crate::browser::{self, Browser, Endpoint, LocalOptions, take_session};
use crate::cli::{Context, Exit, Failure, secrets};
use crate::session::Proxy;
use crate::store::profiles::{self, BrowserChoice, Profile};

/// Which browser to show, and where.
#[derive(Debug, Args)]
pub(in crate::cli) struct Open {
    /// The member's name
    #[arg(value_name = "NAME", value_parser = super::profile_id)]
    id: ProfileId,
    /// The page to open, like the seller's sign-in page
    url: Option<Url>,
}

impl Open {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let store = context.store().await?;
        let Some(profile) = profiles::get(&store, &self.id).await? else { return Err(unknown(&self.id)) };
        let proxy = secrets::proxy(&profile, context)?;
        let browser = show(&profile, proxy.clone(), context).await?;
        if let Some(url) = &self.url {
            browser.open(url).await?;
        }
        crate::cli::say("Sign in there. Press Enter here when that is done.\n")?;
        tokio::select! {
            _ = browser.closed() => {
                return Err(Failure::because(Exit::Unexpected, "take the session: the browser was closed first")
                    .advise("leave it open until Enter is pressed here"));
            }
            answer = enter() => answer?,
        }
        let hosts = hosts(&browser, self.url.as_ref()).await?;
        let taken = take_session(&browser, self.id.clone(), &hosts, proxy, context.clock.now()).await?;
        for cookie in taken.refused {
            tracing::warn!(name = cookie.name, "left out a cookie: cannot {}", cookie.why);
        }
        secrets::keep(&taken.session, &store, context).await?;
        browser.close().await;
        let answer =
            serde_json::json!({ "profile": self.id, "cookies": taken.session.jar.len(), "hosts": hosts });
        context.printer.answer(&answer, |_| {
            format!("kept the session of {} with {} cookies", self.id, taken.session.jar.len())
        })?;
        Ok(Exit::Done)
    }
}

async fn show(profile: &Profile, proxy: Option<Proxy>, context: &Context) -> Result<Browser, Failure> {
    let settings = &context.loaded.config.browser;
    match &profile.browser {
        BrowserChoice::Local => {
            let options = LocalOptions {
                program: settings.path.clone(),
                headless: settings.headless,
                proxy,
                ..LocalOptions::new(context.loaded.config.browser_dir(&profile.id))
            };
            Ok(Browser::start(&options).await?)
        }
        BrowserChoice::Endpoint { url } => {
            let endpoint: Endpoint = url.as_str().parse()?;
            Ok(Browser::attach(&endpoint).await?)
        }
        BrowserChoice::None => {
            Err(Failure::because(Exit::Usage, format!("open a browser for {}: it has none", profile.id))
                .advise("add the member anew with --browser local, or import cookies"))
        }
    }
}

/// The sites that are open, and the one that was asked for.
async fn hosts(browser: &Browser, url: Option<&Url>) -> Result<Vec<String>, browser::Error> {
    let tabs = browser.pages().await?;
    let open = tabs.iter().filter_map(|tab| Url::parse(&tab.url).ok());
    let hosts: BTreeSet<String> =
        open.chain(url.cloned()).filter_map(|url| url.host_str().map(str::to_owned)).collect();
    Ok(hosts.into_iter().collect())
}

async fn enter() -> io::Result<()> {
    let line = tokio::task::spawn_blocking(|| io::stdin().read_line(&mut String::new())).await;
    line.map_err(io::Error::other)?.map(drop)
}
