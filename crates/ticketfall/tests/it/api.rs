//! The API on virtual time: the whole service and a box office in one process, asked as a program asks.

mod bodies;
mod caller;
mod canaries;
mod description;
mod lists;
mod many;
mod members;
mod numbers;
mod resumes;
mod searches;
mod story;
mod stream;
mod walk;
mod webhook;

use serde_json::{Value, json};
use ticketfall_boxoffice::Script;

use crate::rehearsal::{Rehearsal, Scene, event_url};
use crate::scenarios::{falls, seats, secs};

use caller::Caller;

/// Two seats together at the league match.
fn two_seats() -> Value {
    json!({ "speedLimit": "1", "seatCount": 2, "selectedType": "All", "selectedAreas": [], "event": event_url(4001) })
}
