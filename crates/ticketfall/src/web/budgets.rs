//! How fast each host is asked and what is left of its budget; how each watch sees, and how long it was blind.

use std::collections::BTreeMap;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use ticketfall_core::ids::EventKey;
use ticketfall_core::pace::PaceRules;
use ticketfall_core::watch::{Phase, View};

use super::frame::{Frame, Here};
use super::members::name_of;
use super::page::{Failed, draw};
use super::status::Tone;
use super::words::{self, Moment};
use super::{Web, links};
use crate::store::events;
use crate::store::readings::{self, ReadingCount};

/// So many minutes of looks are drawn.
const MINUTES: u32 = 60;
/// What is understood; everything else is blindness, or none.
const UNDERSTOOD: [&str; 3] = ["seats", "unchanged", "notOnSale"];

#[derive(Template)]
#[template(path = "budgets.html")]
struct Page {
    frame: Frame,
    is_observed: bool,
    hosts: Vec<Host>,
    watches: Vec<WatchRow>,
}

struct Host {
    name: String,
    floor: String,
    budget: Option<BudgetBar>,
    backoff: String,
}

struct BudgetBar {
    left: u32,
    all: u32,
    reserve: u32,
    window: String,
}

struct WatchRow {
    href: String,
    name: String,
    tone: &'static str,
    words: String,
    last: Option<(Moment, &'static str)>,
    looks: u64,
    members: usize,
    interval: Option<String>,
    blind: String,
    blind_total: String,
    minutes: Vec<Minute>,
}

/// One minute of looks.
struct Minute {
    x: u32,
    class: &'static str,
    tip: String,
}

/// The hosts and the watches.
pub(super) async fn page(State(web): State<Web>) -> Result<Response, Failed> {
    let frame = Frame::new(&web, Here::Budgets, "Budgets").await?;
    let hosts = web.supervisor.budgets().into_iter().map(host).collect();
    let mut watches = Vec::new();
    for (key, view) in web.supervisor.watches() {
        watches.push(watch(&web, &key, view).await?);
    }
    let is_observed = web.supervisor.health().observed_at.is_some();
    Ok(draw(&Page { frame, is_observed, hosts, watches }))
}

fn host((name, left, rules): (String, Option<u32>, PaceRules)) -> Host {
    let floor = if rules.floor.is_zero() {
        "as often as members ask".to_owned()
    } else {
        format!("every {} at most", words::lasted(rules.floor))
    };
    let bar = |budget: ticketfall_core::pace::Budget| BudgetBar {
        left: left.unwrap_or(budget.requests),
        all: budget.requests,
        reserve: budget.reserve,
        window: words::lasted(budget.window),
    };
    Host {
        name,
        floor,
        budget: rules.budget.map(bar),
        backoff: format!("{} to {}", words::lasted(rules.backoff_min), words::lasted(rules.backoff_max)),
    }
}

async fn watch(web: &Web, key: &EventKey, view: View) -> Result<WatchRow, Failed> {
    let now = web.clock.now();
    let event = events::get(&web.store, key).await?;
    let since = words::before(now, Duration::from_mins(u64::from(MINUTES)));
    let counts = readings::since(&web.store, key, since).await?;
    let (tone, words) = match (&view.phase, view.blind_since) {
        (_, Some(_)) => (Tone::Needs, "blind"),
        (Phase::Idle, None) => (Tone::Waiting, "nobody can look"),
        (Phase::Due { .. } | Phase::Looking { .. }, None) => (Tone::Looking, "seeing"),
    };
    Ok(WatchRow {
        href: links::event(key),
        name: name_of(key, event.as_ref()),
        tone: tone.name(),
        words: words.to_owned(),
        last: view.last.map(|(at, kind)| (Moment::ago(at, now), kind)),
        looks: view.looks,
        members: view.members,
        interval: view.interval.map(words::lasted),
        blind: words::lasted(Duration::from_secs(view.blind.as_secs())),
        blind_total: words::lasted(Duration::from_secs(view.blind_total.as_secs())),
        minutes: minutes(&counts, now),
    })
}

/// The last hour, a mark a minute, the latest last.
fn minutes(counts: &[ReadingCount], now: Timestamp) -> Vec<Minute> {
    let mut looks: BTreeMap<u64, Vec<&ReadingCount>> = BTreeMap::new();
    for count in counts {
        looks.entry(words::since(count.minute, now).as_secs() / 60).or_default().push(count);
    }
    let minute = |ago: u32| {
        let seen = looks.get(&u64::from(ago)).map(Vec::as_slice).unwrap_or_default();
        let told: Vec<String> =
            seen.iter().map(|count| format!("{} {}", count.looks, count.outcome)).collect();
        let understood = seen.iter().any(|count| UNDERSTOOD.contains(&count.outcome.as_str()));
        let all = seen.iter().all(|count| UNDERSTOOD.contains(&count.outcome.as_str()));
        let (class, words) = match (seen.is_empty(), understood, all) {
            (true, _, _) => ("none", "no look".to_owned()),
            (false, true, true) => ("seen", told.join(", ")),
            (false, true, false) => ("partly", told.join(", ")),
            (false, false, _) => ("blind", told.join(", ")),
        };
        Minute { x: MINUTES - 1 - ago, class, tip: format!("{ago} min ago: {words}") }
    };
    (0..MINUTES).rev().map(minute).collect()
}

#[cfg(test)]
mod tests {
    use ticketfall_core::ids::{EventId, SellerId};

    use super::*;

    #[test]
    fn a_minute_is_seen_partly_blind_or_without_a_look() {
        let now: Timestamp = "2026-11-28T15:00:30Z".parse().unwrap();
        let count = |minute: &str, outcome: &str| ReadingCount {
            key: EventKey { seller: SellerId::new("a").unwrap(), event: EventId::new("1").unwrap() },
            minute: minute.parse().unwrap(),
            outcome: outcome.to_owned(),
            looks: 5,
            blind: Duration::ZERO,
        };
        let counts = [
            count("2026-11-28T14:57:00Z", "unknown"),
            count("2026-11-28T14:58:00Z", "seats"),
            count("2026-11-28T14:58:00Z", "failing"),
            count("2026-11-28T15:00:00Z", "unchanged"),
        ];
        let drawn = minutes(&counts, now);
        let classes: Vec<&str> = drawn.iter().rev().take(5).map(|minute| minute.class).collect();
        assert_eq!(classes, ["seen", "none", "partly", "blind", "none"]);
        assert_eq!((drawn.len(), drawn[57].tip.as_str()), (60, "2 min ago: 5 seats, 5 failing"));
    }
}
