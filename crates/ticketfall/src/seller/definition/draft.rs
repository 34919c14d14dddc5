//! A seller definition as its TOML file has it, before anything in it is checked. Unknown keys are errors.

mod requests;
mod rules;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use ticketfall_core::ids::SellerId;
use ticketfall_core::offer::Market;
use toml::Spanned;

use super::Dialect;

pub(in crate::seller) use requests::{DocumentPlace, Headers, Hold, Refused, Request, Requests, SentAs};
pub(in crate::seller) use rules::{JsonTest, Kind, Rule};

/// A text whose place in the file is known, so that a problem can point at it.
pub(in crate::seller) type Text = Spanned<String>;

/// Named texts: query parameters, headers, fields of a form.
pub(in crate::seller) type Texts = BTreeMap<String, Text>;

fn yes() -> bool {
    true
}

fn markets(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "enum": ["primary", "exchange"] } })
}

fn primary() -> Spanned<Vec<Market>> {
    Spanned::new(0..0, vec![Market::Primary])
}

fn no_limit() -> Spanned<u32> {
    Spanned::new(0..0, 0)
}

fn a_minute() -> Spanned<SignedDuration> {
    Spanned::new(0..0, SignedDuration::from_mins(1))
}

/// A seller of tickets, and how to talk to it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Draft {
    /// The version of this format: 1.
    #[schemars(with = "u32")]
    pub(in crate::seller) version: Spanned<u32>,
    /// Its name for programs.
    #[schemars(with = "String")]
    pub(in crate::seller) id: SellerId,
    /// Its name for people.
    pub(in crate::seller) name: String,
    /// How its answers are read.
    #[schemars(with = "Dialect")]
    pub(in crate::seller) dialect: Spanned<Dialect>,
    /// Scheme, host and port.
    #[schemars(with = "String")]
    pub(in crate::seller) origin: Text,
    /// What all its paths begin with.
    #[schemars(with = "Option<String>")]
    #[serde(default)]
    pub(in crate::seller) prefix: Option<Text>,
    /// Its time zone, by its IANA name.
    #[schemars(with = "String")]
    pub(in crate::seller) time_zone: Text,
    /// The currency of prices that name none, as three letters.
    #[schemars(with = "String")]
    pub(in crate::seller) currency: Text,
    /// Whether every member is shown the same.
    #[serde(default = "yes")]
    pub(in crate::seller) shared: bool,
    /// Whether it may stand on this machine or in a private network.
    #[serde(default)]
    pub(in crate::seller) private: bool,
    /// Further hosts that requests may go to.
    #[schemars(with = "Vec<String>")]
    #[serde(default)]
    pub(in crate::seller) hosts: Vec<Text>,
    /// Paths that are never requested.
    #[serde(default)]
    pub(in crate::seller) never: Vec<String>,
    /// Which paths are event pages, with {event} where the event's number is.
    #[schemars(with = "Vec<String>")]
    #[serde(default)]
    pub(in crate::seller) event_urls: Vec<Text>,
    /// The query parameter that carries an access keyword.
    pub(in crate::seller) keyword_parameter: Option<String>,
    /// The numbers of events that open to an access keyword only; "*" is every one.
    #[serde(default)]
    pub(in crate::seller) keyword_events: Vec<String>,
    /// The feeds that one look asks for.
    #[schemars(schema_with = "markets")]
    #[serde(default = "primary")]
    pub(in crate::seller) look: Spanned<Vec<Market>>,
    #[serde(default)]
    pub(in crate::seller) waiting_room: WaitingRoom,
    pub(in crate::seller) pace: Pace,
    #[serde(default)]
    pub(in crate::seller) limits: Limits,
    pub(in crate::seller) page: Option<Page>,
    pub(in crate::seller) mapped: Option<Mapped>,
    #[serde(default)]
    pub(in crate::seller) seat_map: SeatMap,
    pub(in crate::seller) basket: Option<BasketPage>,
    #[serde(default)]
    pub(in crate::seller) headers: Headers,
    #[serde(default)]
    pub(in crate::seller) requests: Requests,
    #[serde(default)]
    pub(in crate::seller) hold: Hold,
    /// How an answer is recognised as something else; the first rule that fits counts.
    #[serde(default)]
    pub(in crate::seller) classify: Vec<Rule>,
}

/// Who keeps the queue in front of the seller.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct WaitingRoom {
    /// Its hosts; their subdomains count.
    #[schemars(with = "Vec<String>")]
    #[serde(default)]
    pub(in crate::seller) hosts: Vec<Text>,
    /// What the names of its passes begin with.
    #[serde(default)]
    pub(in crate::seller) cookies: Vec<String>,
    /// The header of an answer that names the queue's URL.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) redirect_header: Option<Text>,
    /// Where its page says how many are ahead.
    pub(in crate::seller) ahead: Option<Spot>,
    /// Where its page says how long it will take.
    pub(in crate::seller) wait: Option<Spot>,
    /// Its pages that are not the line as it moves; the first that fits counts.
    #[serde(default)]
    pub(in crate::seller) page: Vec<RoomPage>,
}

/// A page of the waiting room that is not the line as it moves: all that it names must be so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct RoomPage {
    /// What it is.
    #[schemars(with = "RoomPageKind")]
    pub(in crate::seller) shows: Spanned<RoomPageKind>,
    /// A part of its path.
    pub(in crate::seller) path: Option<String>,
    /// What only such a page has, by CSS selector.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) selector: Option<Text>,
    /// What was wrong with the pass.
    pub(in crate::seller) reason: Option<String>,
}

/// What such a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::seller) enum RoomPageKind {
    Before,
    Paused,
    Check,
    Refused,
}

/// How fast the seller may be asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Pace {
    /// The least time between two looks at one event, such as "30s".
    #[schemars(with = "String")]
    pub(in crate::seller) floor: Spanned<SignedDuration>,
    /// The most requests in any window; 0 is no limit.
    #[schemars(with = "u32")]
    #[serde(default = "no_limit")]
    pub(in crate::seller) requests: Spanned<u32>,
    /// The length of the window, such as "1m".
    #[schemars(with = "String")]
    #[serde(default = "a_minute")]
    pub(in crate::seller) window: Spanned<SignedDuration>,
    /// Of the requests, those that are kept for holds.
    #[serde(default)]
    pub(in crate::seller) reserve: u32,
    pub(in crate::seller) quota: Option<QuotaHeaders>,
}

/// The headers in which the seller says how often it may still be asked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct QuotaHeaders {
    /// How many requests are left.
    pub(in crate::seller) left: String,
    /// When there will be new ones.
    pub(in crate::seller) reset: Option<String>,
    /// How that is written.
    #[serde(default)]
    pub(in crate::seller) reset_as: ResetAs,
}

/// How a header says when a quota begins anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::seller) enum ResetAs {
    /// Seconds from now.
    #[default]
    Seconds,
    /// Seconds since 1970.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMilliseconds,
}

/// What the seller's terms allow.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Limits {
    /// The most seats of one event that a member may have.
    #[schemars(with = "Option<u32>")]
    pub(in crate::seller) per_member: Option<Spanned<u32>>,
}

/// Something on a page: an element, and the attribute that holds it; left out, its text does.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Spot {
    /// A CSS selector.
    #[schemars(with = "String")]
    pub(in crate::seller) selector: Text,
    /// The attribute that holds it.
    pub(in crate::seller) attribute: Option<String>,
}

/// Where an answer has a value: an element of a page, a place in JSON, or a header.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Source {
    /// A CSS selector.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) selector: Option<Text>,
    /// The attribute that holds it; left out, the element's text.
    pub(in crate::seller) attribute: Option<String>,
    /// A JSON pointer.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) pointer: Option<Text>,
    /// The name of a header.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) header: Option<Text>,
}

/// The event page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Page {
    /// Where it carries the page key.
    #[schemars(with = "Source")]
    pub(in crate::seller) key: Spanned<Source>,
    /// What only an event page has, to tell one without a key from another page.
    pub(in crate::seller) marker: Option<Spot>,
    /// What it calls the event.
    #[schemars(with = "Option<Source>")]
    pub(in crate::seller) name: Option<Spanned<Source>>,
    /// When it says that the event begins, as `2026-11-28T15:00` by the venue's clock or with an offset.
    #[schemars(with = "Option<Source>")]
    pub(in crate::seller) begins: Option<Spanned<Source>>,
}

/// How documents become offers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Mapped {
    /// A jq program: it gets the feed, and gives out offers.
    #[schemars(with = "String")]
    pub(in crate::seller) program: Text,
}

/// How the seat map counts.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct SeatMap {
    /// The symbols of seats that can be bought.
    #[serde(default)]
    pub(in crate::seller) available: Vec<String>,
    /// The coordinate of the first seat of a row.
    #[serde(default)]
    pub(in crate::seller) first_x: i32,
    /// The coordinate of the first row.
    #[serde(default)]
    pub(in crate::seller) first_y: i32,
}

/// The basket page, or the basket as JSON.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct BasketPage {
    /// Begins one line of the basket.
    pub(in crate::seller) line: Option<Spot>,
    /// What the page says, one or the other, when there is nothing in it.
    #[serde(default)]
    pub(in crate::seller) empty: Vec<String>,
    pub(in crate::seller) event: Option<Spot>,
    pub(in crate::seller) area: Option<Spot>,
    pub(in crate::seller) block: Option<Spot>,
    pub(in crate::seller) row: Option<Spot>,
    /// Each of these is a seat.
    pub(in crate::seller) seat: Option<Spot>,
    pub(in crate::seller) price: Option<Spot>,
    /// How long the basket lasts: seconds, mm:ss or hh:mm:ss.
    pub(in crate::seller) expiry: Option<Spot>,
    /// How long it lasts from the hold, where it does not say.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) lasts: Option<Spanned<SignedDuration>>,
    /// Where a basket that is JSON has its seats, in place of `line` and `seat`.
    #[schemars(with = "Option<BasketJson>")]
    pub(in crate::seller) json: Option<Spanned<BasketJson>>,
}

/// A basket that is JSON: pointers from the list, and from each of its seats.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasketJson {
    /// The list of seats.
    pub list: String,
    /// The event.
    pub event: Option<String>,
    /// The printed area.
    pub area: Option<String>,
    /// The printed block.
    pub block: Option<String>,
    /// The printed row.
    pub row: Option<String>,
    /// The printed seat.
    pub seat: Option<String>,
    /// A seat's price in major units.
    pub price: Option<String>,
    /// A seat's price in minor units.
    pub price_minor: Option<String>,
    /// Seconds that the basket lasts, from the whole document.
    pub expiry: Option<String>,
}
