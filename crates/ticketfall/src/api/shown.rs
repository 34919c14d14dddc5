//! Shapes that several resources share: money, seats, and what a configuration may be.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::json;
use ticketfall_core::hold::BasketSeat;
use ticketfall_core::offer::PartSeats;
use ticketfall_core::price::Price;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A seat as the basket prints it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Seat)]
pub(super) struct SeatShown {
    /// The area's name.
    area: Option<String>,
    /// The block's name.
    block: Option<String>,
    /// The row's name.
    row: Option<String>,
    /// The seat's name.
    seat: Option<String>,
    /// What it costs.
    #[schema(value_type = Option<Money>)]
    price: Option<Price>,
}

impl From<&BasketSeat> for SeatShown {
    fn from(seat: &BasketSeat) -> Self {
        let text = |part: &Option<std::sync::Arc<str>>| part.as_deref().map(str::to_owned);
        Self {
            area: text(&seat.area),
            block: text(&seat.block),
            row: text(&seat.row),
            seat: text(&seat.seat),
            price: seat.price,
        }
    }
}

/// How many seats, whether each is known or only their number.
pub(super) fn count(seats: &PartSeats) -> u32 {
    match seats {
        PartSeats::Run(run) => run.seats(),
        PartSeats::Any(count) => *count,
    }
}

/// An amount of money on the wire, which [`Price`] writes.
pub(super) enum Money {}

/// A configuration on the wire, which core reads and writes.
pub(super) enum Configuration {}

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        written(json!({
            "type": "object",
            "required": ["amount", "currency"],
            "properties": {
                "amount": { "type": "string", "description": "Major units as a plain decimal.", "example": "100.00" },
                "currency": { "type": "string", "description": "The ISO 4217 code.", "example": "GBP" }
            }
        }))
    }
}

impl ToSchema for Money {
    fn name() -> Cow<'static, str> {
        "Money".into()
    }
}

impl PartialSchema for Configuration {
    fn schema() -> RefOr<Schema> {
        written(json!({
            "type": "object",
            "description": "What a member wants. What is left out, or null, has its default.",
            "properties": {
                "speedLimit": {
                    "type": ["string", "number"], "default": "1",
                    "description": "Seconds between looks, never below the seller's floor."
                },
                "seatCount": { "type": "integer", "minimum": 1, "maximum": 20, "default": 2 },
                "selectedType": {
                    "type": "string", "default": "All",
                    "description": "All, or the name of an area, a ticket type or a buyer class."
                },
                "selectedAreas": {
                    "type": "array", "items": { "type": "string" },
                    "description": "Area ids, the dearest to the member first; empty is any."
                },
                "keyword1": {
                    "type": "string",
                    "description": "The access keyword, where an event needs one; answers leave it empty."
                },
                "requestTimeout": {
                    "type": "integer", "minimum": 1000, "maximum": 120_000, "default": 30_000,
                    "description": "Milliseconds that one request may take."
                },
                "event": {
                    "type": "string", "format": "uri",
                    "description": "The match page; left out, the page that the member's browser shows."
                },
                "maxPrice": { "$ref": "#/components/schemas/Money" },
                "together": { "type": "boolean", "default": true },
                "rows": {
                    "type": "array", "items": { "type": "string" },
                    "description": "Printed names of rows; empty is any."
                },
                "onMatch": { "type": "string", "enum": ["hold", "notify"], "default": "hold" },
                "priority": { "type": "integer", "default": 0, "description": "The highest comes first." }
            }
        }))
    }
}

impl ToSchema for Configuration {
    fn name() -> Cow<'static, str> {
        "Configuration".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Money::name().into_owned(), Money::schema()));
    }
}

fn written(schema: serde_json::Value) -> RefOr<Schema> {
    RefOr::T(serde_json::from_value(schema).expect("the schema is written here, and tested"))
}
