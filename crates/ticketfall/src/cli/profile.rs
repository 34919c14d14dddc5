//! `profile add|import|list|show|open|remove`: the members.

mod csv;
mod import;
mod open;
mod rows;
mod served;
mod view;

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use ticketfall_core::ids::ProfileId;
use ticketfall_core::price::{Currency, Price};
use url::Url;

use super::context::Keeper;
use super::cookies::file;
use super::{Context, Exit, Failure, secrets};
use crate::browser::Endpoint;
use crate::session::{Proxy, Session};
use crate::store::Store;
use crate::store::holds::Standing;
use crate::store::profiles::{self, BrowserChoice, GoLoginApi, Profile, Removal};

/// The variable that holds a proxy's URL, so that its password need not be typed where others see it.
const PROXY_VARIABLE: &str = "TICKETFALL_PROXY";

/// What to do with the members.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a member
    Add(Add),
    /// Add many members at once
    Import(import::Import),
    /// List the members
    List,
    /// Show a member
    Show(Named),
    /// Show a member's browser to sign in, and keep the session
    Open(open::Open),
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
    /// Where the member signs in and pays: "local", "none", the address of a browser's `DevTools`, or a profile of
    /// GoLogin's: <gologin:ID> in its desktop app, <gologin-cloud:ID> in its cloud
    #[arg(long, default_value = "local", value_name = "WHERE")]
    browser: String,
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
    /// Take the session from a cookies file: Netscape, JSON of an extension, DevTools or Playwright
    #[arg(long, value_name = "FILE")]
    import_cookies: Option<PathBuf>,
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
        Command::Import(import) => import.run(context).await,
        Command::List => list(context).await,
        Command::Show(named) => show(&named.id, context).await,
        Command::Open(open) => open.run(context).await,
        Command::Remove(remove) => remove.run(context).await,
    }
}

impl Add {
    async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let browser = browser(&self.browser)?;
        let proxy = proxy(self.proxy.as_deref(), context)?;
        let cookies = self.import_cookies;
        let session = cookies
            .as_deref()
            .map(|path| file::session(path, &self.id, proxy.clone(), context))
            .transpose()?;
        let profile = Profile {
            label: self.label.unwrap_or_else(|| self.id.to_string()),
            browser,
            proxy: None,
            id: self.id,
            seats_max: self.seats,
            cost_max: self.cost,
            created_at: context.clock.now(),
        };
        let member = match context.keeper().await? {
            Keeper::Service(service) => {
                served::add(&service, &profile, proxy.as_ref(), cookies.as_deref()).await?
            }
            Keeper::Store(store) => keep((profile, proxy, session), &store, context).await?,
        };
        context.printer.answer(&member, view::Member::text)?;
        Ok(Exit::Done)
    }
}

/// Adds a member to the store of this process.
async fn keep(
    (profile, proxy, session): (Profile, Option<Proxy>, Option<Session>),
    store: &Store,
    context: &Context,
) -> Result<view::Member, Failure> {
    let proxy = proxy.map(|proxy| secrets::seal_proxy(&profile.id, &proxy, context)).transpose()?;
    let profile = Profile { proxy, ..profile };
    if !profiles::add(store, profile.clone()).await? {
        let taken = format!("add {}: there is a profile of that name", profile.id);
        return Err(
            Failure::because(Exit::Usage, taken).advise("choose another name, or remove that one first")
        );
    }
    if let Some(session) = session {
        secrets::keep(&session, store, context).await?;
    }
    Ok(view::member(store, &profile).await?)
}

impl Remove {
    async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let id = self.named.id;
        if !self.yes && !confirmed(&id)? {
            return Ok(Exit::Done);
        }
        match context.keeper().await? {
            Keeper::Service(service) => served::remove(&service, &id).await?,
            Keeper::Store(store) => match profiles::remove(&store, &id, context.clock.now()).await? {
                Removal::Removed => forget_browser(&id, context),
                Removal::NotThere => return Err(unknown(&id)),
                Removal::HoldsOpen(standing) => return Err(still_held(&id, standing)),
            },
        }
        let answer = serde_json::json!({ "removed": id });
        context.printer.answer(&answer, |_| format!("{id} is removed"))?;
        Ok(Exit::Done)
    }
}

fn still_held(id: &ProfileId, Standing { holds, until }: Standing) -> Failure {
    let held = match until {
        Some(until) => {
            format!("remove {id} before {until:.0}: until then the seller keeps seats in its basket")
        }
        None => format!("remove {id}: {holds} of its holds may still stand, nobody knows how long"),
    };
    let advice = match until {
        Some(_) => {
            "pay for them or give them back in the browser; remove the profile when that time has passed"
        }
        None => {
            "start its search once, which reads the basket, or pay for them or give them back in the browser"
        }
    };
    Failure::because(Exit::Usage, held).advise(advice)
}

async fn list(context: &mut Context) -> Result<Exit, Failure> {
    let members = match context.store_to_read().await? {
        Some(store) => view::all(&store).await?,
        None => Vec::new(),
    };
    if members.is_empty() {
        super::say("There are no profiles yet: `ticketfall profile add NAME` adds one.\n")?;
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

/// What the member's browser kept goes too; what cannot go is said.
fn forget_browser(id: &ProfileId, context: &Context) {
    let directory = context.loaded.config.browser_dir(id);
    match std::fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %directory.display(), %error, "cannot remove what the browser kept");
        }
        Ok(()) | Err(_) => {}
    }
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
    super::say(&format!("Remove {id} with its session, searches and history? [y/N] "))?;
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

/// Reads a price as people write it; without a currency it is in pounds.
fn price(text: &str) -> Result<Price, String> {
    Price::parse(text, Some(Currency::GBP)).map_err(|error| format!("cannot {error}"))
}

/// Reads a profile's name from the command line.
pub(super) fn profile_id(text: &str) -> Result<ProfileId, String> {
    ProfileId::new(text).map_err(|error| format!("cannot {error}"))
}

/// An address is kept as it is, so it must not carry what is secret.
fn browser(text: &str) -> Result<BrowserChoice, Failure> {
    match text {
        "local" => return Ok(BrowserChoice::Local),
        "none" => return Ok(BrowserChoice::None),
        _ => {}
    }
    if let Some((kind @ ("gologin" | "gologin-cloud"), id)) = text.split_once(':') {
        let api = if kind == "gologin" { GoLoginApi::Local } else { GoLoginApi::Cloud };
        return gologin(id, api);
    }
    let endpoint: Result<Endpoint, _> = text.parse();
    endpoint.map_err(|error| {
        Failure::new(Exit::Usage, error).advise("or say local, gologin:ID, gologin-cloud:ID, or none")
    })?;
    match Url::parse(text) {
        Ok(url) if url.query().is_none() && url.username().is_empty() && url.password().is_none() => {
            Ok(BrowserChoice::Endpoint { url })
        }
        Ok(_) | Err(_) => {
            Err(Failure::because(Exit::Usage, "keep a browser's address that carries a token or a password")
                .advise("give its address without them"))
        }
    }
}

fn gologin(id: &str, api: GoLoginApi) -> Result<BrowserChoice, Failure> {
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let problem = "use it as the id of a GoLogin profile: that is letters and digits";
        return Err(Failure::because(Exit::Usage, problem).advise("GoLogin shows it as the profile's id"));
    }
    Ok(BrowserChoice::GoLogin { id: id.to_owned(), api })
}
