//! Seller definitions: where a seller is, how fast it may be asked, every request as a template, and how
//! each kind of answer is recognised. A definition that exists has been checked.

mod check;
pub(super) mod draft;
mod file;
pub(super) mod problem;
mod requests;
mod schema;
mod urls;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use ticketfall_core::ids::SellerId;
use ticketfall_core::offer::Market;
use ticketfall_core::pace::PaceRules;
use ticketfall_core::price::Currency;
use url::Url;

use super::classify::Classifier;
use super::dialects::mapped::Mapping;
use super::template::Templates;
use crate::session::Secret;

pub use super::template::TemplateError;
pub use draft::BasketJson;
pub(super) use draft::ResetAs;
pub use problem::{DefinitionError, Problem};
pub use requests::BuildError;
pub(super) use requests::RefusedRule;
pub(crate) use requests::{
    Body, CaptureKind, Granted, HoldSteps, RequestTemplate, Requests, Target, permitted,
};
pub use schema::schema;
pub(crate) use urls::EventPattern;

/// The definition file's format that this program reads.
pub const VERSION: u32 = 1;

/// How a seller's bytes become areas, offers and seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// The club exchange.
    Exchange,
    /// What any ticket page says of itself in the words of schema.org.
    SchemaOrg,
    /// Ticketmaster's Discovery API.
    Discovery,
    /// Ticketmaster's Inventory Status API.
    InventoryStatus,
    /// `SeatGeek`'s API.
    Seatgeek,
    /// The seller's own documents, by the definition's program.
    Mapped,
}

/// Who keeps the queue in front of the seller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaitingRoom {
    /// Its hosts; their subdomains count.
    pub hosts: Vec<String>,
    /// What the names of its passes begin with.
    pub cookies: Vec<String>,
    /// The header of an answer that names the queue's URL, lower case.
    pub redirect_header: Option<String>,
    /// Where its page says how many are ahead.
    pub ahead: Option<Spot>,
    /// Where its page says how long it will take, such as "5 minutes".
    pub wait: Option<Spot>,
    /// Its pages that are not the line as it moves; the first that fits counts.
    pub pages: Vec<RoomPage>,
}

/// A page of a waiting room that is not the line as it moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomPage {
    /// What it is.
    pub is: RoomPageIs,
    /// What its path has in it, lower case.
    pub path: Option<String>,
    /// What only such a page has.
    pub mark: Option<Spot>,
}

/// What such a page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomPageIs {
    /// The line before it moves.
    Before,
    /// The line while it is stopped.
    Paused,
    /// A check for people.
    Check,
    /// A pass that the seller did not accept.
    Refused {
        /// What was wrong with it.
        why: String,
    },
}

/// Something on a page: an element, and the attribute that holds it; `None` means its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// A CSS selector.
    pub selector: String,
    /// The attribute.
    pub attribute: Option<String>,
}

/// Where an answer has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a page.
    Page(Spot),
    /// In JSON, by pointer.
    Json(String),
    /// In a header.
    Header(HeaderName),
}

/// What is read from the match page.
#[derive(Debug, Clone)]
pub struct MatchPage {
    /// The page key.
    pub key: Source,
    /// What only a match page has.
    pub marker: Option<Spot>,
    /// What the event is called.
    pub name: Option<Source>,
    /// When it begins.
    pub begins: Option<Source>,
}

/// The headers in which a seller says how often it may still be asked.
#[derive(Debug, Clone)]
pub(super) struct QuotaHeaders {
    pub(super) left: HeaderName,
    pub(super) reset: Option<HeaderName>,
    pub(super) reset_as: ResetAs,
}

/// How the seat map counts.
#[derive(Debug, Clone, Default)]
pub struct SeatMapRules {
    /// The symbols of seats that can be bought.
    pub available: Vec<String>,
    /// The X coordinate of the first seat of a row.
    pub first_x: i32,
    /// The Y coordinate of the first row.
    pub first_y: i32,
}

/// What is read from the basket.
#[derive(Debug, Clone)]
pub struct BasketRules {
    /// Where its seats are.
    pub seats: BasketSeats,
    /// How long it lasts from the hold, where it does not say.
    pub lasts: Option<Duration>,
}

/// Where a basket has its seats.
#[derive(Debug, Clone)]
pub enum BasketSeats {
    /// On a page.
    Page(Box<BasketPage>),
    /// In JSON.
    Json(Box<BasketJson>),
}

/// What is read from a basket page.
#[derive(Debug, Clone)]
pub struct BasketPage {
    /// Begins one line of the basket, with one seat or several.
    pub line: Spot,
    /// What the page says, one or the other, when there is nothing in it.
    pub empty: Vec<String>,
    /// The event.
    pub event: Option<Spot>,
    /// The printed area.
    pub area: Option<Spot>,
    /// The printed block.
    pub block: Option<Spot>,
    /// The printed row.
    pub row: Option<Spot>,
    /// The printed seat; each one is a seat.
    pub seat: Spot,
    /// Its price.
    pub price: Option<Spot>,
    /// How long the basket lasts: seconds, `mm:ss` or `hh:mm:ss`.
    pub expiry: Option<Spot>,
}

/// One seller, and how to talk to it.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name for programs.
    pub id: SellerId,
    /// Its name for people.
    pub name: String,
    /// How its bytes are read.
    pub dialect: Dialect,
    /// Its time zone, for statuses.
    pub time_zone: TimeZone,
    /// The currency of prices that do not say.
    pub currency: Currency,
    /// Whether everybody is shown the same offers.
    pub shared: bool,
    /// Whether it may stand on this machine or in a private network.
    pub private: bool,
    /// The feeds that one look asks for, each a request.
    pub look: Vec<Market>,
    /// How fast it may be asked.
    pub pace: PaceRules,
    /// The most seats of one event that its terms give a member.
    pub per_member: Option<u32>,
    /// Who keeps the queue in front of it.
    pub waiting_room: WaitingRoom,
    /// What is read from the match page.
    pub page: Option<MatchPage>,
    /// How its seat map counts.
    pub seat_map: SeatMapRules,
    /// What is read from the basket.
    pub basket: Option<BasketRules>,
    pub(super) quota: Option<QuotaHeaders>,
    pub(super) mapping: Option<Arc<Mapping>>,
    pub(super) api_key: Option<Secret>,
    /// The events that open to an access keyword only, by their numbers; `*` is every one.
    pub keyword_events: Vec<String>,
    pub(super) origin: Url,
    pub(super) prefix: String,
    pub(super) hosts: Vec<String>,
    pub(super) never: Vec<String>,
    pub(super) event_patterns: Vec<EventPattern>,
    pub(super) keyword_parameter: Option<String>,
    pub(super) templates: Arc<Templates>,
    pub(super) requests: Arc<Requests>,
    pub(super) hold: Arc<HoldSteps>,
    pub(super) classifier: Arc<Classifier>,
}

impl Definition {
    /// Reads and checks a definition; `file` is how errors name it, and it may be based on a shipped one.
    pub fn parse(file: &str, text: &str) -> Result<Self, DefinitionError> {
        let mut report = problem::Report::default();
        let checked = file::read(text, super::shipped, &mut report)
            .and_then(|draft| check::compiled(draft, &mut report));
        let problems = report.into_problems(text.len());
        match checked {
            Some(definition) if problems.is_empty() => Ok(definition),
            Some(_) | None => Err(DefinitionError::new(file, text, problems)),
        }
    }

    /// The same seller at another origin, such as the port that a box office got.
    #[must_use]
    pub fn at_origin(&self, origin: &Url) -> Self {
        Self { origin: origin.clone(), ..self.clone() }
    }

    /// The same seller, asked with an API key of the user's.
    #[must_use]
    pub fn with_api_key(&self, key: Secret) -> Self {
        Self { api_key: Some(key), ..self.clone() }
    }

    /// The same seller, whose program another Ticketfall runs than this very one.
    #[must_use]
    pub fn mapped_by(&self, executable: PathBuf) -> Self {
        let mapping = self.mapping.as_ref().map(|mapping| Arc::new(mapping.run_by(executable)));
        Self { mapping, ..self.clone() }
    }

    /// Whether it says how to hold seats; one that does not is watched and told about.
    pub fn can_hold(&self) -> bool {
        !self.hold.best_available.is_empty() || !self.hold.seats.is_empty()
    }

    /// Whether its origin is yet to be set: a template for a definition, not a seller.
    pub fn is_template(&self) -> bool {
        self.origin.host_str().is_some_and(|host| host.ends_with(".invalid"))
    }
}

#[cfg(test)]
mod tests;
