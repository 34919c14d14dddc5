//! `falls`: seats that were on sale and were not before, each once.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::header::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ticketfall_core::fall::FallId;
use ticketfall_core::ids::{EventId, EventKey, SellerId};
use ticketfall_core::offer::Market;
use ticketfall_core::plan::Plan;
use ticketfall_core::price::Price;
use utoipa::ToSchema;

use super::answer::{Page, foreign_cursor, page_size, tagged};
use super::given::Query;
use super::shown::{self, Money};
use super::{Api, Problem};
use crate::store::falls::{self, FallMark, FallQuery, FallRow};
use crate::store::{self, Store, events};

/// Which falls.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Listed {
    /// Of this seller only.
    #[param(value_type = Option<String>)]
    seller: Option<SellerId>,
    /// Of this event only, by the seller's number.
    #[param(value_type = Option<String>)]
    event: Option<EventId>,
    /// First seen at this time or later.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// First seen before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// How many at most.
    limit: Option<u32>,
    /// What `next` of the page before says.
    cursor: Option<String>,
}

/// Seats that fell together.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fall {
    /// The seller.
    seller: String,
    /// The seller's number of the event.
    event: String,
    /// Its number within the event.
    number: u64,
    /// In words: `East Lower 5, row 11, seats 22–23, £61.00 each`.
    words: String,
    /// The area's id.
    area: String,
    /// The area's name.
    area_name: Option<String>,
    /// `primary` or `exchange`.
    #[schema(value_type = String)]
    market: Market,
    /// The seat quality's code, as the seller writes it.
    band: Option<String>,
    /// What one seat costs.
    #[schema(value_type = Option<Money>)]
    price: Option<Price>,
    /// How many seats.
    seats: u32,
    /// The first reading that showed them.
    #[schema(value_type = String, format = DateTime)]
    first_seen: Timestamp,
    /// The last reading that showed one of them.
    #[schema(value_type = String, format = DateTime)]
    last_seen: Timestamp,
    /// The first reading that showed none of them.
    #[schema(value_type = Option<String>, format = DateTime)]
    gone_at: Option<Timestamp>,
}

impl Fall {
    pub(super) fn of(FallRow { key, fall }: &FallRow, plan: &Plan) -> Self {
        Self {
            seller: key.seller.to_string(),
            event: key.event.to_string(),
            number: fall.id.0,
            words: fall.describe(plan),
            area: fall.area.to_string(),
            area_name: fall.area_name.as_deref().map(str::to_owned),
            market: fall.market,
            band: fall.band.as_deref().map(str::to_owned),
            price: fall.price,
            seats: shown::count(&fall.seats),
            first_seen: fall.first_seen,
            last_seen: fall.last_seen,
            gone_at: fall.gone_at,
        }
    }
}

/// What fell, the latest first.
#[utoipa::path(get, path = "/api/v1/falls", operation_id = "listFalls", tag = "events", params(Listed), responses(
    (status = 200, description = "A page of it.", body = Page<Fall>),
    (status = 304, description = "Nothing has changed."),
    (status = 400, description = "The query cannot be read.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(api): State<Api>,
    headers: HeaderMap,
    Query(asked): Query<Listed>,
) -> Result<Response, Problem> {
    let size = page_size(asked.limit)?;
    let mark = asked.cursor.as_deref().map(|cursor| mark(cursor).ok_or_else(foreign_cursor)).transpose()?;
    let query = FallQuery {
        seller: asked.seller,
        event: asked.event,
        since: asked.since.unwrap_or(Timestamp::UNIX_EPOCH),
        until: asked.until.unwrap_or(Timestamp::MAX),
        rows_max: size + 1,
    };
    let page = Page::of(falls::page(&api.store, query, mark).await?, size, cursor);
    let plans = plans(&api.store, page.items.iter().map(|row| &row.key)).await?;
    Ok(tagged(&headers, &page.map(|row| Fall::of(&row, &plans[&row.key]))))
}

/// The plan of each event, as far as it is known.
pub(super) async fn plans<'k>(
    store: &Store,
    keys: impl Iterator<Item = &'k EventKey>,
) -> Result<BTreeMap<EventKey, Plan>, store::Error> {
    let mut plans = BTreeMap::new();
    for key in keys {
        if !plans.contains_key(key) {
            let row = events::get(store, key).await?;
            plans.insert(key.clone(), row.and_then(|row| row.plan).unwrap_or_default());
        }
    }
    Ok(plans)
}

fn cursor(row: &FallRow) -> String {
    let mark = (row.fall.first_seen, &row.key.seller, &row.key.event, row.fall.id);
    serde_json::to_string(&mark).expect("names and numbers are plain data")
}

fn mark(cursor: &str) -> Option<FallMark> {
    let (first_seen, seller, event, id): (Timestamp, SellerId, EventId, FallId) =
        serde_json::from_str(cursor).ok()?;
    Some(FallMark { first_seen, key: EventKey { seller, event }, id })
}
