//! `profile import`: many members at once. Every row is judged on its own, and told what became of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use ticketfall_core::ids::ProfileId;

use super::rows::{self, Placed, Row};
use super::served;
use crate::cli::context::Keeper;
use crate::cli::cookies::file;
use crate::cli::source::Source;
use crate::cli::{Context, Exit, Failure, secrets};
use crate::session::{Proxy, Session};
use crate::store::profiles::{self, Profile};

/// Where the members are listed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Import {
    /// CSV with a header (name, label, browser, proxy, seats, cost, `cookies_file`), a JSON list of the same, or
    /// what GoLogin lists; "-" reads stdin
    #[arg(value_name = "FILE|-")]
    source: Source,
    /// Only say what would become of each row
    #[arg(long)]
    dry_run: bool,
}

/// What became of one row.
#[derive(Debug, Serialize)]
struct Report {
    place: String,
    profile: Option<String>,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
enum Outcome {
    Added,
    WouldBeAdded,
    AlreadyThere,
    Refused { why: String },
}

/// A member as a row describes it, with nothing sealed yet.
struct Described {
    profile: Profile,
    proxy: Option<Proxy>,
    session: Option<Session>,
    cookies: Option<PathBuf>,
}

impl Import {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let text = self.source.read_text()?;
        let listed = rows::read(&text).map_err(|error| {
            Failure::new(Exit::Usage, error).advise("see `profile import` in docs/cli.md")
        })?;
        if listed.is_empty() {
            return Err(Failure::because(Exit::Usage, "find any member in it"));
        }
        let reports = if self.dry_run {
            self.rehearse(listed, context).await?
        } else {
            self.add(listed, context).await?
        };
        let is_refused = reports.iter().any(|report| matches!(report.outcome, Outcome::Refused { .. }));
        context.printer.answer(&reports, |reports| reports.iter().map(text_of).collect())?;
        Ok(if is_refused { Exit::Usage } else { Exit::Done })
    }

    async fn add(&self, listed: Vec<Placed>, context: &Context) -> Result<Vec<Report>, Failure> {
        let keeper = context.keeper().await?;
        let mut reports = Vec::with_capacity(listed.len());
        for Placed { place, name, row } in listed {
            let added = match row.and_then(|row| self.described(row, context)) {
                Ok(described) => add(described, &keeper, context).await.map_err(|failure| failure.line()),
                Err(why) => Err(why),
            };
            let outcome = added.unwrap_or_else(|why| Outcome::Refused { why });
            reports.push(Report { place: place.to_string(), profile: name, outcome });
        }
        Ok(reports)
    }

    /// Judges as if it were to add, and makes nothing.
    async fn rehearse(&self, listed: Vec<Placed>, context: &Context) -> Result<Vec<Report>, Failure> {
        let there = match context.store_to_read().await? {
            Some(store) => profiles::all(&store).await?,
            None => Vec::new(),
        };
        let mut there: BTreeSet<ProfileId> = there.into_iter().map(|profile| profile.id).collect();
        let reports = listed.into_iter().map(|Placed { place, name, row }| {
            let outcome = match row.and_then(|row| self.described(row, context)) {
                Ok(described) if there.insert(described.profile.id.clone()) => Outcome::WouldBeAdded,
                Ok(_) => Outcome::AlreadyThere,
                Err(why) => Outcome::Refused { why },
            };
            Report { place: place.to_string(), profile: name, outcome }
        });
        Ok(reports.collect())
    }

    fn described(&self, row: Row, context: &Context) -> Result<Described, String> {
        let name = row.name.ok_or_else(|| "cannot add a member without a name".to_owned())?;
        let id = super::profile_id(&name)?;
        let browser =
            super::browser(row.browser.as_deref().unwrap_or("local")).map_err(|failure| failure.line())?;
        let proxy = row.proxy.map(|proxy| proxy.reveal().parse::<Proxy>()).transpose();
        let proxy = proxy.map_err(|error| format!("cannot {error}"))?;
        let cost_max = row.cost.as_deref().map(super::price).transpose()?;
        let path = row.cookies_file.map(|path| self.beside(&path));
        let session =
            path.as_deref().map(|path| file::session(path, &id, proxy.clone(), context)).transpose();
        let profile = Profile {
            label: row.label.unwrap_or(name),
            browser,
            proxy: None,
            id,
            seats_max: row.seats.as_deref().map(seats).transpose()?,
            cost_max,
            created_at: context.clock.now(),
        };
        Ok(Described { profile, proxy, session: session.map_err(|failure| failure.line())?, cookies: path })
    }

    /// A file that a list names lies where the list does, unless it says otherwise.
    fn beside(&self, path: &str) -> PathBuf {
        match &self.source {
            Source::File(list) => list.parent().unwrap_or(Path::new("")).join(path),
            Source::Stdin | Source::Page(_) => path.into(),
        }
    }
}

async fn add(described: Described, keeper: &Keeper, context: &Context) -> Result<Outcome, Failure> {
    let Described { mut profile, proxy, session, cookies } = described;
    let store = match keeper {
        Keeper::Store(store) => store,
        Keeper::Service(service) => {
            if served::is_there(service, &profile.id).await? {
                return Ok(Outcome::AlreadyThere);
            }
            served::add(service, &profile, proxy.as_ref(), cookies.as_deref()).await?;
            return Ok(Outcome::Added);
        }
    };
    profile.proxy = proxy.map(|proxy| secrets::seal_proxy(&profile.id, &proxy, context)).transpose()?;
    if !profiles::add(store, profile).await? {
        return Ok(Outcome::AlreadyThere);
    }
    if let Some(session) = session {
        secrets::keep(&session, store, context).await?;
    }
    Ok(Outcome::Added)
}

fn seats(text: &str) -> Result<u32, String> {
    let seats = text.parse().ok().filter(|seats| *seats > 0);
    seats.ok_or_else(|| format!("cannot use {text:?} as seats: it must be a whole number of at least 1"))
}

fn text_of(report: &Report) -> String {
    let name = report.profile.as_deref().unwrap_or("nobody");
    let outcome = match &report.outcome {
        Outcome::Added => "added",
        Outcome::WouldBeAdded => "would be added",
        Outcome::AlreadyThere => "is already there, and stays as it is",
        Outcome::Refused { why } => &format!("refused: {why}"),
    };
    format!("{}: {name}: {outcome}\n", report.place)
}
