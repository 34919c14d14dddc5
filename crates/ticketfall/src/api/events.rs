//! `events`: matches and shows that were looked at, with what is known of them and how looking goes.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::header::HeaderMap;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use ticketfall_core::ids::{EventId, EventKey, SellerId};
use ticketfall_core::plan::Plan;
use ticketfall_core::watch::{Phase, View};
use url::Url;
use utoipa::ToSchema;

use super::answer::{Page, foreign_cursor, page_size, tagged};
use super::falls::Fall;
use super::given::{PageQuery, Path, Query};
use super::spread::SpreadShown;
use super::{Api, Problem};
use crate::store::events::{self, EventRow};
use crate::store::falls::{self, FallQuery};
use crate::store::readings;

/// How far back an event's summary goes.
const SUMMARY: SignedDuration = SignedDuration::from_hours(24);
const LATEST_FALLS: u32 = 20;

/// A match or a show.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub(super) struct EventShown {
    /// The seller.
    seller: String,
    /// The seller's number of it.
    event: String,
    /// What the seller calls it, where that is known.
    name: Option<String>,
    /// The match page.
    #[schema(value_type = String)]
    url: Url,
    /// When it begins, where that is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    begins_at: Option<Timestamp>,
    /// When it was first looked at.
    #[schema(value_type = String, format = DateTime)]
    first_seen: Timestamp,
    /// When it was last looked at.
    #[schema(value_type = String, format = DateTime)]
    last_seen: Timestamp,
    /// How looking goes, where somebody does.
    watch: Option<Watch>,
}

/// How looking at an event goes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Watch {
    /// `idle`, `looking` or `due`.
    phase: &'static str,
    /// When the next look is due, where that is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_look_at: Option<Timestamp>,
    /// The time between looks.
    interval_seconds: Option<f64>,
    /// Looks that were answered.
    looks: u64,
    /// When the last one was.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_look_at: Option<Timestamp>,
    /// What kind of answer that was.
    last_reading: Option<&'static str>,
    /// How long no reading could be understood, up to now.
    blind_seconds: f64,
    /// The same, of all times together.
    blind_total_seconds: f64,
    /// Members who want it.
    members: usize,
    /// Offers of the latest snapshot.
    offers: usize,
}

/// An event with its plan and what fell.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventWithPlan {
    /// The event itself.
    #[serde(flatten)]
    event: EventShown,
    /// The areas, where the plan is known.
    areas: Vec<Area>,
    /// What fell in the last 24 hours.
    falls: FallSummary,
    /// Looks of the last 24 hours by what kind of answer each had.
    looks: BTreeMap<String, u64>,
    /// How looks are spread over the day, where that was judged.
    spread: Option<SpreadShown>,
}

/// An area of a venue.
#[derive(Debug, Serialize, ToSchema)]
struct Area {
    /// As the seller numbers it.
    id: String,
    /// What it is called.
    name: Option<String>,
    /// How many rows are known by name.
    rows: usize,
}

/// What fell at an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FallSummary {
    /// How many are on sale now.
    on_sale: usize,
    /// The latest.
    latest: Vec<Fall>,
}

/// Every event that was looked at, by seller and number.
#[utoipa::path(get, path = "/api/v1/events", operation_id = "listEvents", tag = "events", params(PageQuery), responses(
    (status = 200, description = "A page of them.", body = Page<EventShown>),
    (status = 304, description = "Nothing has changed."),
    (status = 400, description = "The query cannot be read.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(api): State<Api>,
    headers: HeaderMap,
    Query(asked): Query<PageQuery>,
) -> Result<Response, Problem> {
    let size = page_size(asked.limit)?;
    let after = asked.cursor.as_deref().map(|cursor| mark(cursor).ok_or_else(foreign_cursor)).transpose()?;
    let mut rows = events::all(&api.store).await?;
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    let rows = rows.into_iter().filter(|row| after.as_ref().is_none_or(|after| row.key > *after));
    let most = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
    let page = Page::of(rows.take(most).collect(), size, cursor);
    let mut watches: BTreeMap<EventKey, View> = api.supervisor.watches().into_iter().collect();
    Ok(tagged(&headers, &page.map(|row| EventShown::of(row, &mut watches))))
}

/// One event, with its areas and what fell in the last 24 hours.
#[utoipa::path(get, path = "/api/v1/events/{seller}/{event}", operation_id = "getEvent", tag = "events",
    params(("seller" = String, Path, description = "The seller."), ("event" = String, Path, description = "The seller's number of it.")),
    responses(
    (status = 200, description = "The event.", body = EventWithPlan),
    (status = 304, description = "Nothing has changed."),
    (status = 404, description = "Nobody looked at such an event.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(api): State<Api>,
    headers: HeaderMap,
    Path((seller, event)): Path<(SellerId, EventId)>,
) -> Result<Response, Problem> {
    let key = EventKey { seller, event };
    let row = events::get(&api.store, &key).await?;
    let row = row.ok_or_else(|| Problem::not_found("nobody has looked at such an event"))?;
    let plan = row.plan.clone().unwrap_or_default();
    let since = api.clock.now().saturating_sub(SUMMARY).unwrap_or(Timestamp::MIN);
    let (seller, event) = (Some(key.seller.clone()), Some(key.event.clone()));
    let query = FallQuery { seller, event, since, until: Timestamp::MAX, rows_max: LATEST_FALLS };
    let latest = falls::query(&api.store, query).await?;
    let falls = FallSummary {
        on_sale: falls::on_sale(&api.store, &key).await?.len(),
        latest: latest.iter().map(|row| Fall::of(row, &plan)).collect(),
    };
    let mut looks = BTreeMap::new();
    for count in readings::since(&api.store, &key, since).await? {
        *looks.entry(count.outcome).or_default() += u64::from(count.looks);
    }
    let mut watches: BTreeMap<EventKey, View> = api.supervisor.watches().into_iter().collect();
    let event = EventShown::of(row, &mut watches);
    let spread = api.supervisor.spread(&key).as_ref().map(SpreadShown::of);
    Ok(tagged(&headers, &EventWithPlan { event, areas: areas(&plan), falls, looks, spread }))
}

impl EventShown {
    fn of(row: EventRow, watches: &mut BTreeMap<EventKey, View>) -> Self {
        Self {
            seller: row.key.seller.to_string(),
            event: row.key.event.to_string(),
            name: row.name,
            url: row.url,
            begins_at: row.begins_at,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            watch: watches.remove(&row.key).as_ref().map(Watch::of),
        }
    }
}

impl Watch {
    fn of(view: &View) -> Self {
        let (phase, next_look_at) = match &view.phase {
            Phase::Idle => ("idle", None),
            Phase::Looking { .. } => ("looking", None),
            Phase::Due { at } => ("due", Some(*at)),
        };
        Self {
            phase,
            next_look_at,
            interval_seconds: view.interval.map(|interval| interval.as_secs_f64()),
            looks: view.looks,
            last_look_at: view.last.map(|(at, _)| at),
            last_reading: view.last.map(|(_, reading)| reading),
            blind_seconds: view.blind.as_secs_f64(),
            blind_total_seconds: view.blind_total.as_secs_f64(),
            members: view.members,
            offers: view.offers,
        }
    }
}

fn areas(plan: &Plan) -> Vec<Area> {
    let area = |(id, area): (&ticketfall_core::ids::AreaId, &ticketfall_core::plan::AreaPlan)| Area {
        id: id.to_string(),
        name: area.name.as_deref().map(str::to_owned),
        rows: area.rows.len(),
    };
    plan.areas.iter().map(area).collect()
}

fn cursor(row: &EventRow) -> String {
    let mark = [row.key.seller.as_str(), row.key.event.as_str()];
    serde_json::to_string(&mark).expect("names are plain data")
}

fn mark(cursor: &str) -> Option<EventKey> {
    let (seller, event) = serde_json::from_str(cursor).ok()?;
    Some(EventKey { seller, event })
}
