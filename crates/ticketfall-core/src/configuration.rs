//! A monitor's configuration, with the names and defaults of its wire form.
//! What is read is valid: every value out of range is refused by name.

mod given;
mod values;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use crate::criteria::{Criteria, TypeWanted};
use crate::ids::AreaId;
use crate::price::{Currency, Price};

use given::Wire;
pub use values::{RequestTimeout, SeatCount, SpeedLimit};

/// A value that a configuration cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("take {value} as {field}: it must be {allowed}")]
pub struct ConfigurationError {
    /// The field, as the wire names it.
    pub field: &'static str,
    /// What was given; never an access keyword.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

/// What happens when seats fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnMatch {
    /// They are put in the basket.
    #[default]
    Hold,
    /// The member is told.
    Notify,
}

/// An access keyword, which some events ask for. `Debug` hides it and it is always written empty: who keeps it has to
/// [reveal](Self::reveal) it first, and seals it.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Keyword(String);

impl Keyword {
    /// Refuses what is longer than one line of 200 characters; an empty one is none.
    pub fn new(text: &str) -> Result<Self, ConfigurationError> {
        given::keyword_from(text)
    }

    /// The keyword, unless there is none.
    pub fn reveal(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(self.0.as_str())
    }
}

impl fmt::Debug for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "Keyword(none)" } else { "Keyword(hidden)" })
    }
}

impl Serialize for Keyword {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("")
    }
}

/// What a member asked a monitor to look for; on the wire, a field that is left out or null has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Wire")]
pub struct Configuration {
    /// Time between looks.
    pub speed_limit: SpeedLimit,
    /// Seats wanted.
    pub seat_count: SeatCount,
    /// Area, ticket type or buyer class; `All` or a name.
    pub selected_type: TypeWanted,
    /// Areas, the dearest to the member first; none is any.
    pub selected_areas: Vec<AreaId>,
    /// The access keyword, where an event needs one.
    pub keyword1: Keyword,
    /// How long one request may take.
    pub request_timeout: RequestTimeout,
    /// The match page's URL; left out, the URL of the profile's open tab.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The most that one seat may cost.
    pub max_price: Price,
    /// Whether the seats must be adjacent.
    pub together: bool,
    /// Printed names of rows; none is any.
    pub rows: Vec<String>,
    /// What happens when seats fit.
    pub on_match: OnMatch,
    /// Who comes first when members want the same seats; the highest does.
    pub priority: i32,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            speed_limit: SpeedLimit::default(),
            seat_count: SeatCount::default(),
            selected_type: TypeWanted::All,
            selected_areas: Vec::new(),
            keyword1: Keyword::default(),
            request_timeout: RequestTimeout::default(),
            event: None,
            max_price: Price::new(10_000, Currency::GBP),
            together: true,
            rows: Vec::new(),
            on_match: OnMatch::Hold,
            priority: 0,
        }
    }
}

impl Configuration {
    /// What the checker is asked for. One seat is always together, so that equal wishes are equal.
    pub fn criteria(&self) -> Criteria {
        let seats = self.seat_count.get();
        Criteria {
            seats,
            together: self.together || seats == 1,
            wanted_type: self.selected_type.clone(),
            areas: self.selected_areas.clone(),
            rows: self.rows.clone(),
            price_max: self.max_price,
        }
    }

    /// Time between looks.
    pub fn interval(&self) -> Duration {
        self.speed_limit.get()
    }

    /// How long one request may take.
    pub fn request_timeout(&self) -> Duration {
        self.request_timeout.get()
    }
}

#[cfg(test)]
mod tests;
