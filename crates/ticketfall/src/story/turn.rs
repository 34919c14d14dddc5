//! One turn of a story, and what holds and requests look like as turns.

use jiff::Timestamp;
use serde::Serialize;
use ticketfall_core::plan::Plan;

use crate::notify::seat_in_words;
use crate::store::exchanges::Exchange;
use crate::store::holds::{HoldRow, HoldState};
use crate::store::notes::Note;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// When.
    pub at: Timestamp,
    /// What kind of turn, one word.
    pub kind: String,
    /// What happened, for people.
    pub text: String,
}

impl Turn {
    pub(super) fn new(at: Timestamp, kind: &str, text: impl Into<String>) -> Self {
        Self { at, kind: kind.to_owned(), text: text.into() }
    }

    /// A turn of the member's own log.
    pub(super) fn noted(note: Note) -> Self {
        Self { at: note.at, kind: note.kind, text: note.text }
    }

    /// That a hold was asked for.
    pub(super) fn asked(hold: &HoldRow, plan: &Plan) -> Self {
        let text = format!("hold {}: {}", hold.id.number(), plan.describe(&hold.asked.group));
        Self::new(hold.asked.at, "asked", text)
    }

    /// One request and its answer.
    pub(super) fn exchanged(exchange: Exchange) -> Self {
        let status = exchange.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let said = exchange.answered.filter(|said| !said.is_empty()).map(|said| format!(": {said}"));
        let Exchange { label, method, took, note, .. } = exchange;
        let text = format!(
            "{label}, {method} → {status}, {note}, {} ms{}",
            took.as_millis(),
            said.unwrap_or_default()
        );
        Self::new(exchange.at, "request", text)
    }

    /// How far a hold got.
    pub(super) fn became(hold: &HoldRow) -> Self {
        let text = format!("hold {}: {}", hold.id.number(), became(&hold.state));
        Self::new(hold.changed_at, "outcome", text)
    }

    /// When the seller takes the seats back, where they are proven and it said so.
    pub(super) fn deadline(hold: &HoldRow) -> Option<Self> {
        let until = match &hold.state {
            HoldState::Proven { expires_at, .. } | HoldState::Left { expires_at, .. } => *expires_at,
            HoldState::Asked
            | HoldState::Granted
            | HoldState::Refused { .. }
            | HoldState::Released
            | HoldState::Expired
            | HoldState::Gone
            | HoldState::Unknown { .. } => None,
        };
        Some(Self::new(until?, "deadline", format!("hold {} is to be paid for by then", hold.id.number())))
    }
}

/// A hold's state in words.
pub(super) fn became(state: &HoldState) -> String {
    match state {
        HoldState::Asked => "asked for, and no answer is on record".to_owned(),
        HoldState::Granted => "granted, and no basket on record has proven it".to_owned(),
        HoldState::Proven { seats, .. } | HoldState::Left { seats, .. } => {
            let seats: Vec<String> = seats.iter().map(seat_in_words).collect();
            let left = if matches!(state, HoldState::Left { .. }) { ", left to the member" } else { "" };
            format!("proven in the basket: {}{left}", seats.join("; "))
        }
        HoldState::Refused { reason } => format!("refused: {reason}"),
        HoldState::Released => "given back".to_owned(),
        HoldState::Expired => "its time was over".to_owned(),
        HoldState::Gone => "not in the basket any more: paid for, taken out, or never there".to_owned(),
        HoldState::Unknown { reason } => format!("nobody can tell: {reason}"),
    }
}
