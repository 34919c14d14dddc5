//! Stories of the whole service, told by its notices and judged by the box office's books.

mod alone;
mod blindness;
mod health;
mod holds;
mod politeness;
mod prerequisites;
mod queues;
mod restarts;
mod resumes;
mod rhythm;
mod sessions;
mod slow_store;
mod stuck;
mod wishes;

use std::time::Duration;

use jiff::SignedDuration;

use ticketfall::monitoring::{Need, Refusal, StartError};
use ticketfall::seller::Definition;
use ticketfall::store::holds::HoldState;
use ticketfall::store::monitors::Desired;
use ticketfall::store::profiles::{BrowserChoice, Profile, Removal};
use ticketfall_boxoffice::{
    Cache, Fall, Fault, FaultKind, KEYWORD, LEAGUE_MATCH, Limits, LogLine, Pence, RequestKind, Rivals, Room,
    Script, Weather,
};
use ticketfall_core::configuration::{Configuration, OnMatch, SeatCount};
use ticketfall_core::ids::AreaId;
use ticketfall_core::offer::Market;
use ticketfall_core::pace::Budget;
use ticketfall_core::price::{Currency, Price};

pub(crate) use rhythm::lived_through;

use crate::rehearsal::{Carried, Rehearsal, Scene, apart, event_url, profile, since_opening};

/// The first ten members of the box office.
const CAST: [&str; 10] = ["ada", "ben", "chloe", "dev", "esi", "farah", "gus", "hana", "idris", "jo"];

pub(crate) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// So many seats together, in one place that is always the same.
pub(crate) fn seats(seats: u16) -> Fall {
    Fall::of(LEAGUE_MATCH).area("East Lower 5").row("F").seats(seats).price(Pence(6_100))
}

pub(crate) fn falls(falls: impl Into<Vec<Fall>>) -> Script {
    Script { falls: falls.into(), ..Script::default() }
}

fn wants(seats: u32) -> Configuration {
    Configuration { seat_count: SeatCount::new(seats).unwrap(), ..Configuration::default() }
}
