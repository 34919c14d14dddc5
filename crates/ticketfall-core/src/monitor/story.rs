//! What a search has to tell: for its record, its log and whoever listens.

use super::{Called, End, Held, Person, Try};
use crate::limits::Denied;
use crate::offer::SeatGroup;
use crate::proof::Unwanted;

/// What is worth recording of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Story {
    /// The seller refused a hold.
    Refused {
        /// Which try.
        attempt: Try,
        /// In words.
        reason: String,
    },
    /// The ledger did.
    NotPermitted(Denied),
    /// The seat map was read after a refusal; the seats chosen there, if any.
    SeatView(Option<SeatGroup>),
    /// The basket proved a hold, or seats were found in it at the start.
    Proven(Held),
    /// What was in the basket was not wanted.
    Unwanted(Unwanted),
    /// The basket stayed empty after a claim.
    Absent,
    /// Seats were given back.
    Released,
    /// Seats could not be given back: they expire by themselves.
    NotReleased(String),
    /// A person is needed.
    Person {
        /// For what.
        person: Person,
        /// Whether they have it before them.
        called: Called,
    },
    /// The search ended.
    Ended(End),
}
