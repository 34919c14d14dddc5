//! `status`: how every search stands, once or for as long as somebody looks.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use clap::Args;
use http::Method;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use ticketfall_core::ids::ProfileId;
use ticketfall_core::price::Price;

use super::follow::asked_to_end;
use super::service::{Service, profile_path};
use super::{Context, Exit, Failure, profile};

/// As wide as a terminal surely is.
const COLUMNS: usize = 80;
const LOOKED_EVERY: Duration = Duration::from_secs(1);

/// Whose search, and for how long.
#[derive(Debug, Args)]
pub(super) struct Status {
    /// Only this member's
    #[arg(value_name = "PROFILE", value_parser = profile::profile_id)]
    profile: Option<ProfileId>,
    /// Go on, until Ctrl-C: a line whenever something changes, and on a terminal always the whole
    #[arg(long)]
    follow: bool,
    /// How the service itself does: what is stuck, full, behind, blind or wrong
    #[arg(long, conflicts_with_all = ["profile", "follow"])]
    health: bool,
}

/// How the service itself does, as it tells it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    #[serde(default)]
    starting_again: usize,
    troubles: Vec<Trouble>,
}

#[derive(Debug, Deserialize)]
struct Trouble {
    part: String,
    event: Option<String>,
    profile: Option<String>,
    words: String,
    since: Timestamp,
    advice: String,
}

impl Health {
    fn read(answer: &Value) -> Self {
        Self::deserialize(answer).unwrap_or(Self { starting_again: 0, troubles: Vec::new() })
    }

    /// What is still to come, and a line for each trouble.
    fn told(&self, zone: &TimeZone) -> String {
        let again = match self.starting_again {
            0 => String::new(),
            1 => "1 search is still to start again\n".to_owned(),
            searches => format!("{searches} searches are still to start again\n"),
        };
        std::iter::once(again).chain(self.troubles.iter().map(|trouble| trouble.line(zone))).collect()
    }
}

impl Trouble {
    fn line(&self, zone: &TimeZone) -> String {
        let since = self.since.to_zoned(zone.clone()).strftime("%a %H:%M:%S").to_string();
        let of = [&self.profile, &self.event].into_iter().flatten().map(|of| format!(" {of}"));
        let Self { part, words, advice, .. } = self;
        format!("trouble: {part}{}, since {since}: {words}; {advice}\n", of.collect::<String>())
    }
}

/// A search as the service tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Search {
    profile: String,
    status: String,
    detail: Option<String>,
    event: Option<String>,
    queue: Option<Place>,
    next_look_at: Option<Timestamp>,
    held: Option<Held>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Place {
    ahead: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Held {
    seats: Vec<Value>,
    total: Option<Price>,
    expires_at: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Page {
    items: Vec<Value>,
    next: Option<String>,
}

impl Search {
    /// A search, from the service's answer.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        Self::deserialize(answer).ok()
    }

    fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "Stopped" | "Blocked")
    }

    /// What there is to say beyond the word.
    fn words(&self, now: Timestamp) -> String {
        let left = |until: Timestamp| {
            let seconds = until.duration_since(now).as_secs().max(0);
            format!("{:02}:{:02}", seconds / 60, seconds % 60)
        };
        if let Some(held) = &self.held {
            let total = held.total.map(|total| format!(" · {total}")).unwrap_or_default();
            return format!("{} seats{total} · pay within {}", held.seats.len(), left(held.expires_at));
        }
        let ahead = self.queue.as_ref().and_then(|place| place.ahead).map(|ahead| format!("{ahead} ahead"));
        let next = self.next_look_at.map(|at| format!("next look in {}", left(at)));
        ahead.or(next).into_iter().chain(self.detail.clone()).collect::<Vec<_>>().join(" · ")
    }
}

impl Status {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let service = Service::of(context)?;
        if self.health {
            return health(&service, context).await;
        }
        if self.follow {
            return self.follow(&service, context).await;
        }
        let searches = self.searches(&service).await?;
        if searches.is_empty() {
            super::say("Nobody searches: `ticketfall start PROFILE EVENT-URL` starts a search.\n")?;
        }
        super::say(&Health::read(&asked(&service).await?).told(&TimeZone::system()))?;
        let now = context.clock.now();
        context.printer.answer(&searches, |searches| told(searches, now))?;
        Ok(if searches.is_empty() { Exit::NothingFound } else { Exit::Done })
    }

    /// Prints what changes; on a terminal, what stands is shown below and kept up to date.
    async fn follow(&self, service: &Service, context: &mut Context) -> Result<Exit, Failure> {
        let bar = if io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        bar.set_style(ProgressStyle::with_template("{msg}").expect("the template is sound"));
        let mut ending = std::pin::pin!(asked_to_end());
        let mut turns = tokio::time::interval(LOOKED_EVERY);
        let mut before: Vec<Value> = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = &mut ending => break,
                _ = turns.tick() => {}
            }
            let searches = self.searches(service).await.inspect_err(|_lost| bar.finish_and_clear())?;
            let now = context.clock.now();
            bar.set_message(told(&searches, now));
            for search in searches.iter().filter(|search| !before.contains(search)) {
                let text = |search: &Value| {
                    Search::read(search).map(|search| line(&search, now)).unwrap_or_default()
                };
                bar.suspend(|| context.printer.event(search, text))?;
            }
            before = searches;
        }
        bar.finish_and_clear();
        Ok(Exit::Done)
    }

    async fn searches(&self, service: &Service) -> Result<Vec<Value>, Failure> {
        match &self.profile {
            Some(profile) => {
                Ok(vec![service.ask(Method::GET, &profile_path(profile, "/monitor"), None).await?])
            }
            None => all(service).await,
        }
    }
}

/// Answers how the service itself does; what is wrong with it is no failure of the command.
async fn health(service: &Service, context: &mut Context) -> Result<Exit, Failure> {
    let answer = asked(service).await?;
    let zone = TimeZone::system();
    let text = |answer: &Value| {
        let troubles = Health::read(answer).told(&zone);
        if troubles.is_empty() { "all is well\n".to_owned() } else { troubles }
    };
    context.printer.answer(&answer, text)?;
    Ok(Exit::Done)
}

async fn asked(service: &Service) -> Result<Value, Failure> {
    service.ask(Method::GET, "health", None).await
}

/// Whose searches run.
pub(super) async fn running(service: &Service) -> Result<Vec<ProfileId>, Failure> {
    let searches = all(service).await?;
    let searches = searches.iter().filter_map(Search::read).filter(|search| !search.is_over());
    Ok(searches.filter_map(|search| ProfileId::new(search.profile).ok()).collect())
}

async fn all(service: &Service) -> Result<Vec<Value>, Failure> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Page = service.ask(Method::GET, &format!("monitors?limit=500{cursor}"), None).await?;
        all.extend(page.items);
        let Some(next) = page.next else { return Ok(all) };
        cursor = format!("&cursor={}", utf8_percent_encode(&next, NON_ALPHANUMERIC));
    }
}

fn told(searches: &[Value], now: Timestamp) -> String {
    searches.iter().filter_map(Search::read).map(|search| line(&search, now)).collect()
}

/// A search in one line of a terminal.
pub(super) fn line(search: &Search, now: Timestamp) -> String {
    let event = search.event.as_deref().unwrap_or("–");
    let line = format!("{:<12} {:<18} {event:<10} {}", search.profile, search.status, search.words(now));
    let line = line.trim_end();
    if line.chars().count() <= COLUMNS {
        return format!("{line}\n");
    }
    let cut: String = line.chars().take(COLUMNS - 1).collect();
    format!("{}…\n", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(answer: &Value) -> String {
        line(&Search::read(answer).unwrap(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn what_is_wrong_with_the_service_is_told_in_a_line() {
        let answer = json!({ "isWell": false, "troubles": [{
            "part": "search", "seller": "boxoffice", "event": "4001", "profile": "ada", "words": "it has ended",
            "since": "2026-11-22T21:41:00Z", "remedy": "restart", "advice": "it is begun anew",
        }] });
        let told = Health::read(&answer).told(&TimeZone::UTC);
        assert_eq!(told, "trouble: search ada 4001, since Sun 21:41:00: it has ended; it is begun anew\n");
    }

    #[test]
    fn every_search_fits_into_a_line_of_a_terminal() {
        let held = json!({
            "profile": "ada", "status": "Tickets", "event": "4001",
            "held": { "seats": [{}, {}], "total": { "amount": "122.00", "currency": "GBP" }, "expiresAt": "1970-01-01T00:04:12Z" },
        });
        assert_eq!(
            read(&held),
            "ada          Tickets            4001       2 seats · £122.00 · pay within 04:12\n"
        );
        let queue =
            json!({ "profile": "chloe", "status": "Queue", "event": "4002", "queue": { "ahead": 12 } });
        assert_eq!(read(&queue), "chloe        Queue              4002       12 ahead\n");
        let long =
            json!({ "profile": "ben", "status": "SessionError", "event": "4001", "detail": "é".repeat(99) });
        assert_eq!(read(&long).chars().count(), COLUMNS + 1);
        assert!(read(&long).ends_with("…\n"));
    }
}
