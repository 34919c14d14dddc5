//! `profile open`: shows a member's browser, so that the member can sign in, and takes the session then.

use std::collections::BTreeSet;
use std::io;

use clap::Args;
use ticketfall_core::ids::ProfileId;
use url::Url;

use super::unknown;
use crate::app;
use crate::browser::{self, Browser, take_session};
use crate::cli::{Context, Exit, Failure, secrets};
use crate::monitoring::{BrowserPlan, BrowserSeat};
use crate::session::{Proxy, Session};
use crate::store::profiles::{self, Profile};

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
        let plan =
            BrowserPlan { close_when_idle: false, ..app::browsers(&context.loaded.config, context.clock)? };
        let proxy = match secrets::proxy(&profile, context)? {
            Some(proxy) => Some(proxy),
            None => plan.own_proxy(&profile.browser).await?,
        };
        let seat = plan.seat(&profile, proxy.clone(), context.clock);
        let signed_in = self.signed_in(&profile, &seat, proxy, context).await;
        seat.close().await;
        let (session, hosts) = signed_in?;
        secrets::keep(&session, &store, context).await?;
        let answer = serde_json::json!({ "profile": self.id, "cookies": session.jar.len(), "hosts": hosts });
        context.printer.answer(&answer, |_| {
            format!("kept the session of {} with {} cookies", self.id, session.jar.len())
        })?;
        Ok(Exit::Done)
    }

    /// Shows the browser until the person is done, and takes the session for the sites that are open then.
    async fn signed_in(
        &self,
        profile: &Profile,
        seat: &BrowserSeat,
        proxy: Option<Proxy>,
        context: &Context,
    ) -> Result<(Session, Vec<String>), Failure> {
        let browser = show(profile, seat).await?;
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
        Ok((taken.session, hosts))
    }
}

async fn show(profile: &Profile, seat: &BrowserSeat) -> Result<Browser, Failure> {
    seat.open().await?.ok_or_else(|| {
        Failure::because(Exit::Usage, format!("open a browser for {}: it has none", profile.id))
            .advise("add the member anew with --browser local, or import cookies")
    })
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
