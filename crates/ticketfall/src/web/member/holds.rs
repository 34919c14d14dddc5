//! A member's holds: what became of each, and what was said on the way.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ticketfall_core::ids::ProfileId;
use ticketfall_core::plan::Plan;
use ticketfall_core::status::Status;

use super::super::page::Failed;
use super::super::status::Badge;
use super::super::words::{self, Moment};
use super::super::{Web, links, status::Tone};
use crate::monitoring::SearchView;
use crate::store::exchanges::{self, Exchange};
use crate::store::holds::{self, HoldQuery, HoldState};

const HOLDS_MAX: u32 = 20;

/// One hold.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) at: Moment,
    pub(super) badge: Badge,
    pub(super) seats: String,
    pub(super) why: Option<String>,
    pub(super) left: Option<Moment>,
    pub(super) exchanges: Vec<ExchangeRow>,
}

/// One request of a hold.
pub(super) struct ExchangeRow {
    pub(super) step: String,
    pub(super) asked: String,
    pub(super) answered: String,
    pub(super) took: String,
}

/// The member's last holds, the latest first.
pub(super) async fn rows(
    web: &Web,
    (profile, search): (&ProfileId, Option<&SearchView>),
    plan: Option<&Plan>,
    venue: &TimeZone,
) -> Result<Vec<Row>, Failed> {
    let unknown = Plan::default();
    let plan = plan.unwrap_or(&unknown);
    let now = web.clock.now();
    let is_holding = search.is_some_and(|search| search.status == Status::Tickets);
    let query = HoldQuery { profile: Some(profile.clone()), before: None, rows_max: HOLDS_MAX };
    let mut rows = Vec::new();
    for hold in holds::query(&web.store, query).await? {
        let said = exchanges::of_hold(&web.store, hold.id).await?;
        let left = left(&hold.state, is_holding, now);
        let (tone, word, why) = state(hold.state);
        rows.push(Row {
            id: format!("hold-{}", hold.id.number()),
            href: links::hold(hold.id),
            at: Moment::clock(hold.asked.at, now, venue),
            badge: Badge { tone: tone.name(), label: word.to_owned() },
            seats: plan.describe(&hold.asked.group),
            why,
            left,
            exchanges: said.into_iter().map(exchange).collect(),
        });
    }
    Ok(rows)
}

/// How long there is to pay for seats that are in the basket.
fn left(state: &HoldState, is_holding: bool, now: Timestamp) -> Option<Moment> {
    match state {
        HoldState::Proven { expires_at, .. } => {
            expires_at.filter(|_| is_holding).map(|until| Moment::left(until, now))
        }
        HoldState::Left { expires_at, .. } => {
            expires_at.filter(|until| *until > now).map(|until| Moment::left(until, now))
        }
        HoldState::Asked
        | HoldState::Granted
        | HoldState::Refused { .. }
        | HoldState::Released
        | HoldState::Expired
        | HoldState::Gone
        | HoldState::Unknown { .. } => None,
    }
}

/// A hold's state: how it looks, in a word, and why.
pub(in crate::web) fn state(state: HoldState) -> (Tone, &'static str, Option<String>) {
    match state {
        HoldState::Asked => (Tone::Waiting, "asked for", None),
        HoldState::Granted => (Tone::Waiting, "granted", Some("the basket is being read".to_owned())),
        HoldState::Proven { .. } => (Tone::Held, "held", None),
        HoldState::Left { .. } => (
            Tone::Held,
            "left to you",
            Some("the search was stopped; the seats are in the basket".to_owned()),
        ),
        HoldState::Refused { reason } => (Tone::Fell, "refused", Some(reason)),
        HoldState::Released => (Tone::Stopped, "given back", None),
        HoldState::Expired => (Tone::Stopped, "expired", None),
        HoldState::Gone => (Tone::Stopped, "left the basket", Some("paid for, or taken out".to_owned())),
        HoldState::Unknown { reason } => (Tone::Needs, "unknown", Some(reason)),
    }
}

fn exchange(exchange: Exchange) -> ExchangeRow {
    let status = exchange.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let said = exchange.answered.filter(|said| !said.is_empty()).map(|said| format!(": {said}"));
    ExchangeRow {
        step: exchange.label,
        asked: exchange.asked.unwrap_or_else(|| format!("{} {}", exchange.method, exchange.url)),
        answered: format!("{status}, {}{}", exchange.note, said.unwrap_or_default()),
        took: words::brief(exchange.took),
    }
}
