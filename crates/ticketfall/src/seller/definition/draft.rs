//! A seller definition as its TOML file has it, before anything in it is checked. Unknown keys are errors.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;
use ticketfall_core::ids::SellerId;
use ticketfall_core::offer::Market;
use toml::Spanned;

use super::Dialect;

/// A text whose place in the file is known, so that a problem can point at it.
pub(in crate::seller) type Text = Spanned<String>;

/// Named texts: query parameters, headers, fields of a form.
pub(in crate::seller) type Texts = BTreeMap<String, Text>;

fn yes() -> bool {
    true
}

/// The file as a whole.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Draft {
    pub(in crate::seller) version: Spanned<u32>,
    pub(in crate::seller) id: SellerId,
    pub(in crate::seller) name: String,
    pub(in crate::seller) dialect: Dialect,
    pub(in crate::seller) origin: Text,
    #[serde(default)]
    pub(in crate::seller) prefix: Option<Text>,
    pub(in crate::seller) time_zone: Text,
    pub(in crate::seller) currency: Text,
    #[serde(default = "yes")]
    pub(in crate::seller) shared: bool,
    #[serde(default)]
    pub(in crate::seller) private: bool,
    #[serde(default)]
    pub(in crate::seller) hosts: Vec<Text>,
    #[serde(default)]
    pub(in crate::seller) never: Vec<String>,
    #[serde(default)]
    pub(in crate::seller) event_urls: Vec<Text>,
    pub(in crate::seller) keyword_parameter: Option<String>,
    #[serde(default)]
    pub(in crate::seller) keyword_events: Vec<String>,
    pub(in crate::seller) look: Spanned<Vec<Market>>,
    #[serde(default)]
    pub(in crate::seller) waiting_room: WaitingRoom,
    pub(in crate::seller) pace: Pace,
    #[serde(default)]
    pub(in crate::seller) limits: Limits,
    pub(in crate::seller) page: Option<Page>,
    #[serde(default)]
    pub(in crate::seller) seat_map: SeatMap,
    pub(in crate::seller) basket: Option<BasketPage>,
    #[serde(default)]
    pub(in crate::seller) headers: Headers,
    pub(in crate::seller) requests: Requests,
    #[serde(default)]
    pub(in crate::seller) hold: Hold,
    #[serde(default)]
    pub(in crate::seller) classify: Vec<Rule>,
}

/// Who keeps the queue in front of the seller.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct WaitingRoom {
    #[serde(default)]
    pub(in crate::seller) hosts: Vec<Text>,
    #[serde(default)]
    pub(in crate::seller) cookies: Vec<String>,
    pub(in crate::seller) redirect_header: Option<Text>,
    pub(in crate::seller) ahead: Option<Spot>,
    pub(in crate::seller) wait: Option<Spot>,
    #[serde(default)]
    pub(in crate::seller) page: Vec<RoomPage>,
}

/// A page of the waiting room that is not the line as it moves: all that it names must be so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct RoomPage {
    pub(in crate::seller) shows: Spanned<RoomPageKind>,
    pub(in crate::seller) path: Option<String>,
    pub(in crate::seller) selector: Option<Text>,
    pub(in crate::seller) reason: Option<String>,
}

/// What such a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::seller) enum RoomPageKind {
    Before,
    Paused,
    Check,
    Refused,
}

/// How fast the seller may be asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Pace {
    pub(in crate::seller) floor: Spanned<SignedDuration>,
    pub(in crate::seller) requests: Spanned<u32>,
    pub(in crate::seller) window: Spanned<SignedDuration>,
    #[serde(default)]
    pub(in crate::seller) reserve: u32,
}

/// What the seller's terms allow.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Limits {
    pub(in crate::seller) per_member: Option<Spanned<u32>>,
}

/// Something on a page: an element, and the attribute that holds it; left out, its text does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Spot {
    pub(in crate::seller) selector: Text,
    pub(in crate::seller) attribute: Option<String>,
}

/// The match page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Page {
    pub(in crate::seller) key: Spot,
    pub(in crate::seller) marker: Spot,
}

/// How the seat map counts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct SeatMap {
    #[serde(default)]
    pub(in crate::seller) available: Vec<String>,
    #[serde(default)]
    pub(in crate::seller) first_x: i32,
    #[serde(default)]
    pub(in crate::seller) first_y: i32,
}

/// The basket page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct BasketPage {
    pub(in crate::seller) line: Spot,
    pub(in crate::seller) empty: Vec<String>,
    pub(in crate::seller) event: Option<Spot>,
    pub(in crate::seller) area: Option<Spot>,
    pub(in crate::seller) block: Option<Spot>,
    pub(in crate::seller) row: Option<Spot>,
    pub(in crate::seller) seat: Spot,
    pub(in crate::seller) price: Option<Spot>,
    pub(in crate::seller) expiry: Option<Spot>,
    pub(in crate::seller) lasts: Option<Spanned<SignedDuration>>,
}

/// The headers that each kind of request carries.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Headers {
    #[serde(default)]
    pub(in crate::seller) page: Texts,
    #[serde(default)]
    pub(in crate::seller) xhr: Texts,
    #[serde(default)]
    pub(in crate::seller) write: Texts,
}

/// What a request pretends nothing about, but says: who asks, a page, its script, or its script to change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::seller) enum SentAs {
    Page,
    Xhr,
    Write,
}

/// One request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Request {
    pub(in crate::seller) label: Option<String>,
    pub(in crate::seller) method: Option<Text>,
    pub(in crate::seller) path: Option<Text>,
    pub(in crate::seller) url_from: Option<Text>,
    #[serde(default)]
    pub(in crate::seller) query: Texts,
    pub(in crate::seller) sent_as: Option<SentAs>,
    #[serde(default)]
    pub(in crate::seller) headers: Texts,
    pub(in crate::seller) json: Option<Text>,
    pub(in crate::seller) form: Option<Texts>,
    pub(in crate::seller) accepted: Option<Spanned<Vec<u16>>>,
    #[serde(default)]
    pub(in crate::seller) capture: Texts,
    #[serde(default)]
    pub(in crate::seller) capture_list: BTreeMap<String, Vec<Text>>,
    pub(in crate::seller) granted: Option<Granted>,
}

/// Where in a step's answer the seats are that it gave.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Granted {
    pub(in crate::seller) list: Text,
    pub(in crate::seller) area: String,
    pub(in crate::seller) x: String,
    pub(in crate::seller) y: String,
    pub(in crate::seller) band: Option<String>,
}

/// The feeds of offers, by who sells them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Feeds {
    pub(in crate::seller) primary: Option<Request>,
    pub(in crate::seller) exchange: Option<Request>,
}

/// All requests but the holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Requests {
    pub(in crate::seller) page: Request,
    pub(in crate::seller) config: Option<Request>,
    pub(in crate::seller) availability: Feeds,
    pub(in crate::seller) totals: Option<Request>,
    pub(in crate::seller) seat_map: Option<Request>,
    pub(in crate::seller) release: Option<Request>,
    pub(in crate::seller) basket: Option<Request>,
    pub(in crate::seller) basket_count: Option<Request>,
    pub(in crate::seller) order_page: Option<Request>,
}

/// The steps of a hold, and the values without which its first step is not sent.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Hold {
    #[serde(default)]
    pub(in crate::seller) needs: Vec<Text>,
    #[serde(default)]
    pub(in crate::seller) best_available: Vec<Request>,
    #[serde(default)]
    pub(in crate::seller) seats: Vec<Request>,
}

/// What a rule makes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::seller) enum Kind {
    Queue,
    SignedOut,
    Human,
    Blocked,
    KeyMissing,
    NotOnSale,
    SlowDown,
    Failing,
    Unknown,
}

/// One rule of recognition: all that it names must be so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Rule {
    pub(in crate::seller) reading: Spanned<Kind>,
    pub(in crate::seller) status: Option<Vec<u16>>,
    pub(in crate::seller) redirect_host: Option<String>,
    pub(in crate::seller) redirect_path: Option<String>,
    #[serde(default)]
    pub(in crate::seller) redirect_query: BTreeMap<String, String>,
    #[serde(default)]
    pub(in crate::seller) header: BTreeMap<String, String>,
    #[serde(default)]
    pub(in crate::seller) text: Vec<String>,
    #[serde(default)]
    pub(in crate::seller) without: Vec<String>,
    pub(in crate::seller) json: Option<JsonTest>,
    pub(in crate::seller) reason: Option<String>,
    pub(in crate::seller) reason_from: Option<String>,
}

/// A value that a short JSON answer has.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct JsonTest {
    pub(in crate::seller) pointer: String,
    pub(in crate::seller) equals: String,
}
