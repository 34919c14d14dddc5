//! `profile add|list|show|remove`: the members.

mod view;

use std::io::{self, BufRead as _, IsTerminal as _};

use clap::{Args, Subcommand};
use ticketfall_core::ids::ProfileId;
use ticketfall_core::price::{Currency, Price};
use url::Url;

use super::{Context, Exit, Failure};
use crate::session::Proxy;
use crate::store::profiles::{self, BrowserChoice, Profile, Removal, Sealed};
use crate::vault::{KeySource, Purpose, Vault};

/// The variable that holds a proxy's URL, so that its password need not be typed where others see it.
const PROXY_VARIABLE: &str = "TICKETFALL_PROXY";

/// What to do with the members.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a member
    Add(Add),
    /// List the members
    List,
    /// Show a member
    Show(Named),
    /// Remove a member with its session, searches and history
    Remove(Remove),
}

/// A member to add.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// A short name of your choice
    #[arg(value_name = "NAME", value_parser = profile_id)]
    id: ProfileId,
    /// What people call the member; the name, if left out
    #[arg(long)]
    label: Option<String>,
    /// Where the member signs in and pays: "local", "none", or the address of a browser's `DevTools`
    #[arg(long, default_value = "local", value_name = "WHERE", value_parser = browser)]
    browser: BrowserChoice,
    /// The member's proxy, <kind://name:password@host:port>; "-" reads it from stdin, and left out it is taken
    /// from the variable `TICKETFALL_PROXY`
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// The most seats of one event to hold at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    seats: Option<u32>,
    /// The most that all seats of one event may cost, like £200
    #[arg(long, value_name = "PRICE", value_parser = price)]
    cost: Option<Price>,
}

/// Which member.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// The member's name
    #[arg(value_name = "NAME", value_parser = profile_id)]
    id: ProfileId,
}

/// Which member to remove.
#[derive(Debug, Args)]
pub(super) struct Remove {
    #[command(flatten)]
    named: Named,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(command: Command, context: &mut Context) -> Result<Exit, Failure> {
    match command {
        Command::Add(add) => add.run(context).await,
        Command::List => list(context).await,
        Command::Show(named) => show(&named.id, context).await,
        Command::Remove(remove) => remove.run(context).await,
    }
}

impl Add {
    async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let proxy = proxy(self.proxy.as_deref(), context)?;
        let store = context.store().await?;
        let proxy = proxy.map(|proxy| seal(&self.id, &proxy, context)).transpose()?;
        let profile = Profile {
            label: self.label.unwrap_or_else(|| self.id.to_string()),
            id: self.id,
            browser: self.browser,
            proxy,
            seats_max: self.seats,
            cost_max: self.cost,
            created_at: context.clock.now(),
        };
        if !profiles::add(&store, profile.clone()).await? {
            return Err(Failure::because(
                Exit::Usage,
                format!("add {}: there is a profile of that name", profile.id),
            )
            .advise("choose another name, or remove that one first"));
        }
        context.printer.answer(&view::Member::new(&profile, None), view::Member::text)?;
        Ok(Exit::Done)
    }
}

impl Remove {
    async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let id = self.named.id;
        if !self.yes && !confirmed(&id)? {
            return Ok(Exit::Done);
        }
        match profiles::remove(&context.store().await?, &id).await? {
            Removal::Removed => {
                let answer = serde_json::json!({ "removed": id });
                context.printer.answer(&answer, |_| format!("{id} is removed"))?;
                Ok(Exit::Done)
            }
            Removal::NotThere => Err(unknown(&id)),
            Removal::HoldsOpen(open) => {
                let seats = format!("remove {id}: {open} of its holds may still stand");
                Err(Failure::because(Exit::Usage, seats)
                    .advise("pay for them, give them back in the browser, or wait until they expire"))
            }
        }
    }
}

async fn list(context: &mut Context) -> Result<Exit, Failure> {
    let members = match context.store_to_read().await? {
        Some(store) => view::all(&store).await?,
        None => Vec::new(),
    };
    if members.is_empty() {
        tracing::warn!("there are no profiles yet: `ticketfall profile add NAME` adds one");
    }
    context.printer.answer(&members, |members| view::list(members))?;
    Ok(Exit::Done)
}

async fn show(id: &ProfileId, context: &mut Context) -> Result<Exit, Failure> {
    let Some(store) = context.store_to_read().await? else { return Err(unknown(id)) };
    let Some(profile) = profiles::get(&store, id).await? else { return Err(unknown(id)) };
    let member = view::member(&store, &profile).await?;
    context.printer.answer(&member, view::Member::text)?;
    Ok(Exit::Done)
}

fn unknown(id: &ProfileId) -> Failure {
    Failure::because(Exit::NothingFound, format!("find the profile {id}"))
        .advise("`ticketfall profile list` shows those there are")
}

/// Asks a person; where there is none to ask, `--yes` has to say it.
fn confirmed(id: &ProfileId) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::because(Exit::Usage, format!("remove {id} without being sure"))
            .advise("say --yes where nobody can be asked"));
    }
    super::ask(&format!("Remove {id} with its session, searches and history? [y/N] "))?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn proxy(given: Option<&str>, context: &Context) -> Result<Option<Proxy>, Failure> {
    let mut typed = String::new();
    let (text, from) = match (given, context.environment.variable(PROXY_VARIABLE)) {
        (Some("-"), _) => {
            io::stdin().lock().read_line(&mut typed)?;
            (typed.trim(), "stdin")
        }
        (Some(text), _) => (text, "--proxy"),
        (None, Some(text)) => (text, PROXY_VARIABLE),
        (None, None) => return Ok(None),
    };
    let proxy: Proxy = text.parse().map_err(|error| {
        Failure::new(Exit::Usage, error).advise(format!("the proxy was taken from {from}"))
    })?;
    Ok(Some(proxy))
}

fn seal(id: &ProfileId, proxy: &Proxy, context: &Context) -> Result<Sealed, Failure> {
    let (vault, source) = Vault::open(context.data_dir(), &context.vault_options())?;
    if let KeySource::Made(path) = source {
        tracing::warn!(path = %path.display(), "a key was made: what is sealed opens with nothing else");
    }
    Ok(Sealed(vault.seal(id, Purpose::Proxy, proxy.url().reveal().as_bytes())))
}

fn profile_id(text: &str) -> Result<ProfileId, String> {
    ProfileId::new(text).map_err(|error| format!("cannot {error}"))
}

fn price(text: &str) -> Result<Price, String> {
    Price::parse(text, Some(Currency::GBP)).map_err(|error| format!("cannot {error}"))
}

fn browser(text: &str) -> Result<BrowserChoice, String> {
    match text {
        "local" => Ok(BrowserChoice::Local),
        "none" => Ok(BrowserChoice::None),
        _ => match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https" | "ws" | "wss") => {
                Ok(BrowserChoice::Endpoint { url })
            }
            Ok(_) | Err(_) => Err("say local, none, or an address like http://127.0.0.1:9222".to_owned()),
        },
    }
}
