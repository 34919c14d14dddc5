//! `holds`: what was asked for, what became of it, and every exchange about it.

use axum::extract::State;
use axum::http::header::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ticketfall_core::ids::ProfileId;
use ticketfall_core::plan::Plan;
use ticketfall_core::price::Price;
use utoipa::ToSchema;

use super::answer::{Page, foreign_cursor, page_size, tagged};
use super::falls::plans;
use super::given::{Path, Query};
use super::shown::{Money, SeatShown};
use super::{Api, Problem};
use crate::store::exchanges;
use crate::store::holds::{self, HoldId, HoldQuery, HoldRow, HoldState};
use crate::story::{Turn, of_hold};

/// Which holds.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Listed {
    /// Of this profile only.
    #[param(value_type = Option<String>)]
    profile: Option<ProfileId>,
    /// How many at most.
    limit: Option<u32>,
    /// What `next` of the page before says.
    cursor: Option<String>,
}

/// A hold that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Hold {
    /// Its number.
    id: i64,
    /// For whom.
    profile: String,
    /// The seller.
    seller: String,
    /// The seller's number of the event.
    event: String,
    /// What was asked for, in words.
    asked_for: String,
    /// `asked`, `granted`, `proven`, `left`, `refused`, `released`, `expired`, `gone` or `unknown`.
    state: &'static str,
    /// Why it was refused, or is unknown.
    reason: Option<String>,
    /// What all of it costs, where that can be counted.
    #[schema(value_type = Option<Money>)]
    total: Option<Price>,
    /// As the basket prints them, once they are proven.
    seats: Vec<SeatShown>,
    /// When the basket is emptied, where it says so.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// Since when it is in this state.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

/// A hold with its story.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HoldWithExchanges {
    /// The hold.
    #[serde(flatten)]
    hold: Hold,
    /// What was said and answered, in order; nothing secret is in it.
    exchanges: Vec<Exchange>,
}

/// One request and its answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Exchange {
    /// The step's name in the seller definition.
    label: String,
    /// The HTTP method.
    method: String,
    /// Where it went, without what signs in.
    url: String,
    /// The HTTP status, if an answer came.
    status: Option<u16>,
    /// From the first byte out to the last byte in.
    took_ms: u64,
    /// The size of the answer.
    bytes: u64,
    /// What the answer was taken for, or why there is none.
    note: String,
    /// What was asked for.
    asked: Option<String>,
    /// The beginning of the answer.
    answered: Option<String>,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// What happened to a hold, as `ticketfall explain` tells it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Story {
    /// `hold`.
    of: &'static str,
    /// Its number.
    id: String,
    /// What happened, in order, over all tries that belong together.
    turns: Vec<StoryTurn>,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
struct StoryTurn {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What kind of turn, one word.
    kind: String,
    /// What happened, for people.
    text: String,
}

impl From<Turn> for StoryTurn {
    fn from(Turn { at, kind, text }: Turn) -> Self {
        Self { at, kind, text }
    }
}

impl Hold {
    fn of(row: HoldRow, plan: &Plan) -> Self {
        let state = row.state.name();
        let (reason, seats, expires_at) = match row.state {
            HoldState::Proven { seats, expires_at } | HoldState::Left { seats, expires_at } => {
                (None, seats, expires_at)
            }
            HoldState::Refused { reason } | HoldState::Unknown { reason } => (Some(reason), Vec::new(), None),
            HoldState::Asked
            | HoldState::Granted
            | HoldState::Released
            | HoldState::Expired
            | HoldState::Gone => (None, Vec::new(), None),
        };
        Self {
            id: row.id.number(),
            profile: row.asked.profile.to_string(),
            seller: row.asked.key.seller.to_string(),
            event: row.asked.key.event.to_string(),
            asked_for: plan.describe(&row.asked.group),
            state,
            reason,
            total: row.total,
            seats: seats.iter().map(SeatShown::from).collect(),
            expires_at,
            asked_at: row.asked.at,
            changed_at: row.changed_at,
        }
    }
}

impl From<exchanges::Exchange> for Exchange {
    fn from(exchange: exchanges::Exchange) -> Self {
        Self {
            label: exchange.label,
            method: exchange.method,
            url: exchange.url,
            status: exchange.status,
            took_ms: u64::try_from(exchange.took.as_millis()).unwrap_or(u64::MAX),
            bytes: exchange.bytes,
            note: exchange.note,
            asked: exchange.asked,
            answered: exchange.answered,
            at: exchange.at,
        }
    }
}

/// Holds, the latest first.
#[utoipa::path(get, path = "/api/v1/holds", operation_id = "listHolds", tag = "holds", params(Listed), responses(
    (status = 200, description = "A page of them.", body = Page<Hold>),
    (status = 304, description = "Nothing has changed."),
    (status = 400, description = "The query cannot be read.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(api): State<Api>,
    headers: HeaderMap,
    Query(asked): Query<Listed>,
) -> Result<Response, Problem> {
    let size = page_size(asked.limit)?;
    let mark = asked.cursor.map(|cursor| cursor.parse().map_err(|_error| foreign_cursor())).transpose()?;
    let query = HoldQuery { profile: asked.profile, before: mark.map(HoldId::new), rows_max: size + 1 };
    let rows = holds::query(&api.store, query).await?;
    let page = Page::of(rows, size, |row| row.id.number().to_string());
    let plans = plans(&api.store, page.items.iter().map(|row| &row.asked.key)).await?;
    Ok(tagged(
        &headers,
        &page.map(|row| {
            let plan = &plans[&row.asked.key];
            Hold::of(row, plan)
        }),
    ))
}

/// One hold, with every exchange about it.
#[utoipa::path(get, path = "/api/v1/holds/{hold}", operation_id = "getHold", tag = "holds",
    params(("hold" = i64, Path, description = "Its number.")), responses(
    (status = 200, description = "The hold.", body = HoldWithExchanges),
    (status = 304, description = "Nothing has changed."),
    (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(number): Path<i64>,
) -> Result<Response, Problem> {
    let row = found(&api, number).await?;
    let plans = plans(&api.store, [&row.asked.key].into_iter()).await?;
    let plan = plans[&row.asked.key].clone();
    let exchanges = exchanges::of_hold(&api.store, row.id).await?;
    let exchanges = exchanges.into_iter().map(Exchange::from).collect();
    Ok(tagged(&headers, &HoldWithExchanges { hold: Hold::of(row, &plan), exchanges }))
}

/// What happened to a hold, from the fall that it came of to what became of it.
#[utoipa::path(get, path = "/api/v1/holds/{hold}/story", operation_id = "getHoldStory", tag = "holds",
    params(("hold" = i64, Path, description = "Its number.")), responses(
    (status = 200, description = "The story.", body = Story),
    (status = 304, description = "Nothing has changed."),
    (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn story(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(number): Path<i64>,
) -> Result<Response, Problem> {
    let row = found(&api, number).await?;
    let turns = of_hold(&api.store, &row).await?.into_iter().map(StoryTurn::from).collect();
    Ok(tagged(&headers, &Story { of: "hold", id: number.to_string(), turns }))
}

async fn found(api: &Api, number: i64) -> Result<HoldRow, Problem> {
    let row = holds::get(&api.store, HoldId::new(number)).await?;
    row.ok_or_else(|| Problem::not_found("no hold has that number"))
}
