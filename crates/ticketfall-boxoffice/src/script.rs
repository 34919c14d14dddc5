//! The script of a run: what falls, what fails, how quick the rivals are. Read from TOML; unknown keys are errors.

mod checks;
mod private;
mod room;
pub(crate) mod span;

use std::time::Duration;

use serde::Deserialize;

pub use self::private::Private;
pub use self::room::{Pause, Room, RoomSecret};

use crate::event::EventId;
use crate::fault::Fault;
use crate::money::Pence;
use crate::stadium::AreaRef;
use crate::stock::Market;

/// Everything about a run that is not drawn from its seed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// Falls at known times.
    #[serde(rename = "fall")]
    pub falls: Vec<Fall>,
    /// What goes wrong, and when.
    #[serde(rename = "fault")]
    pub faults: Vec<Fault>,
    /// When the sale of an event ends.
    #[serde(rename = "closing")]
    pub closings: Vec<Closing>,
    /// Areas that only some members are shown.
    pub private: Vec<Private>,
    /// What is on sale when the doors open.
    pub opening: Opening,
    /// Falls that come by themselves.
    pub weather: Weather,
    /// The other buyers.
    pub rivals: Rivals,
    /// What a member may do, and for how long things last.
    pub limits: Limits,
    /// How fast a client may ask.
    pub pace: Pace,
    /// How old a feed's answer may be.
    pub cache: Cache,
    /// The waiting room in front of the site; none when left out.
    pub room: Option<Room>,
}

/// Seats of one row that come on sale together.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fall {
    /// When, since the opening.
    #[serde(default, deserialize_with = "span::deserialize")]
    pub at: Duration,
    /// At which event.
    pub event: EventId,
    /// In which area; left out, the seed chooses.
    pub area: Option<AreaRef>,
    /// In which row, by its printed name; left out, the seed chooses.
    pub row: Option<String>,
    /// How many seats, all adjacent.
    #[serde(default = "one_seat")]
    pub seats: u16,
    /// The exchange price of one seat; left out, the seed chooses. The primary market sells at its price list.
    pub price: Option<Pence>,
    /// Who sells.
    #[serde(default = "on_the_exchange")]
    pub market: Market,
    /// How many times the fall comes.
    #[serde(default = "once")]
    pub count: u32,
    /// How far apart its repetitions are.
    #[serde(default = "half_a_minute", deserialize_with = "span::deserialize")]
    pub every: Duration,
}

impl Fall {
    /// One seat on the exchange at `event`, at the opening, where the seed chooses and at a price that it chooses.
    pub fn of(event: impl Into<EventId>) -> Self {
        Self {
            at: Duration::ZERO,
            event: event.into(),
            area: None,
            row: None,
            seats: one_seat(),
            price: None,
            market: on_the_exchange(),
            count: once(),
            every: half_a_minute(),
        }
    }

    /// The same, at this time since the opening.
    #[must_use]
    pub fn at(self, at: Duration) -> Self {
        Self { at, ..self }
    }

    /// The same, in this area.
    #[must_use]
    pub fn area(self, area: impl Into<AreaRef>) -> Self {
        Self { area: Some(area.into()), ..self }
    }

    /// The same, in the row of this printed name.
    #[must_use]
    pub fn row(self, row: &str) -> Self {
        Self { row: Some(row.to_owned()), ..self }
    }

    /// The same, of this many adjacent seats.
    #[must_use]
    pub fn seats(self, seats: u16) -> Self {
        Self { seats, ..self }
    }

    /// The same, at this price a seat.
    #[must_use]
    pub fn price(self, price: Pence) -> Self {
        Self { price: Some(price), ..self }
    }

    /// The same, sold by the club at its price list.
    #[must_use]
    pub fn primary(self) -> Self {
        Self { market: Market::Primary, price: None, ..self }
    }
}

fn one_seat() -> u16 {
    1
}

fn on_the_exchange() -> Market {
    Market::Exchange
}

fn once() -> u32 {
    1
}

fn half_a_minute() -> Duration {
    Duration::from_secs(30)
}

/// The end of an event's sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// When, since the opening.
    #[serde(deserialize_with = "span::deserialize")]
    pub at: Duration,
    /// Which event.
    pub event: EventId,
}

/// What is on sale when the doors open; rivals leave it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Opening {
    /// How many lots, in places and at prices that the seed chooses.
    pub lots: u32,
    /// How many adjacent seats a lot has at most.
    pub seats: u16,
    /// At which event.
    pub event: EventId,
    /// Who sells.
    pub market: Market,
}

impl Default for Opening {
    fn default() -> Self {
        Self { lots: 0, seats: 3, event: crate::event::LEAGUE_MATCH, market: Market::Exchange }
    }
}

/// Falls that come by themselves, in places, sizes and at prices that the seed chooses.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weather {
    /// How many falls a minute on average; none by default.
    pub falls_per_minute: f64,
    /// The least and the most seats of a fall.
    pub seats: [u16; 2],
    /// The share of falls that the exchange sells, from 0 to 1.
    pub exchange_share: f64,
    /// At which events.
    pub events: Vec<EventId>,
}

impl Default for Weather {
    fn default() -> Self {
        Self {
            falls_per_minute: 0.0,
            seats: [1, 3],
            exchange_share: 0.9,
            events: vec![crate::event::LEAGUE_MATCH, crate::event::CUP_TIE],
        }
    }
}

/// The other buyers, who live in the house and not on the network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rivals {
    /// How many there are; none by default.
    pub count: usize,
    /// How long after a fall they buy, at least and at most, in milliseconds.
    pub reaction_ms: [u64; 2],
    /// The share of falls that each goes for, from 0 to 1.
    pub appetite: f64,
    /// The most that they pay for a seat; anything when left out.
    pub max_price: Option<Pence>,
}

impl Default for Rivals {
    fn default() -> Self {
        Self { count: 0, reaction_ms: [800, 20_000], appetite: 0.3, max_price: None }
    }
}

/// What a member may do, and for how long things last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// How many seats of one event a member may hold and have bought.
    pub posted: usize,
    /// How long seats stay in a basket.
    pub basket_minutes: u64,
    /// How long locked seats wait for the basket.
    pub lock_seconds: u64,
    /// How long a page key is good for.
    pub key_seconds: u64,
    /// After how many writes the page key changes as well; never when left out.
    pub key_writes: Option<u32>,
    /// How long a session lasts without a request.
    pub session_minutes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            posted: 4,
            basket_minutes: 10,
            lock_seconds: 60,
            key_seconds: 300,
            key_writes: None,
            session_minutes: 30,
        }
    }
}

/// How fast one client may ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pace {
    /// How many requests in any minute; any number when left out.
    pub requests_per_minute: Option<usize>,
}

/// How old a feed's answer may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// For how many seconds an answer is given again; 0 is never, and says `no-store`.
    pub max_age: u64,
}

/// A script that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// It is not the TOML of a script.
    #[error("read the script: {0}")]
    Toml(toml::de::Error),
    /// It says something that cannot be done.
    #[error("use the script: {0}")]
    Senseless(String),
}

impl Script {
    /// Reads and checks a script.
    pub fn from_toml(text: &str) -> Result<Self, ScriptError> {
        let script: Self = toml::from_str(text).map_err(ScriptError::Toml)?;
        script.complaint().map_or(Ok(script), |complaint| Err(ScriptError::Senseless(complaint)))
    }
}

#[cfg(test)]
mod tests;
