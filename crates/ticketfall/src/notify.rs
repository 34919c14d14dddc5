//! Notices: what happened, once, for the stream, the log and whoever listens.
//! Nothing secret is in one.

mod counted;
mod line;
mod told;
pub mod webhook;

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use ticketfall_core::criteria::Criteria;
use ticketfall_core::fall::Fall;
use ticketfall_core::hold::BasketSeat;
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::monitor::Try;
use ticketfall_core::offer::SeatGroup;
use ticketfall_core::price::Price;

pub use told::{Dated, Notices, Resumed};

/// What happened; on the wire `event` says which.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Notice {
    /// A session was taken, or renewed.
    Session {
        /// Whose.
        profile: ProfileId,
        /// From where: `browser`, `imported` or `restored`.
        origin: &'static str,
        /// How many of the seller's cookies it has.
        cookies: usize,
    },
    /// A look was answered.
    Reading {
        /// At what.
        watched: EventKey,
        /// Whose session was used.
        by: ProfileId,
        /// What kind of answer.
        reading: &'static str,
        /// What was seen, where there is more to say.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Offers of the latest snapshot.
        offers: usize,
        /// From the request to the last byte.
        took_ms: u64,
        /// How long no reading could be understood, up to now.
        blind_ms: u64,
    },
    /// Seats fell.
    Fall {
        /// For what.
        watched: EventKey,
        /// Which.
        fall: Fall,
        /// In words.
        seats: String,
    },
    /// Fallen seats are gone again.
    Gone {
        /// For what.
        watched: EventKey,
        /// Which.
        fall: Fall,
        /// In words.
        seats: String,
    },
    /// What the checker says of the offers after a fall.
    Verdict {
        /// For what.
        watched: EventKey,
        /// Who wants it so.
        profiles: Vec<ProfileId>,
        /// What they want.
        wanted: String,
        /// The groups that fit, best first.
        groups: Vec<String>,
        /// Why offers were refused, and how many for each reason.
        refused: Vec<RefusedOffers>,
    },
    /// Seats fit somebody who wants to be told.
    Match {
        /// Who.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// Which.
        group: SeatGroup,
        /// In words.
        seats: String,
    },
    /// A hold was asked for, and answered.
    Hold {
        /// For whom.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// Which try.
        attempt: &'static str,
        /// What was asked for, in words.
        seats: String,
        /// How it was answered: `granted`, `refused`, `unknown`, or the kind of another answer.
        answer: &'static str,
        /// What was said, where that is more.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// From the first request to the last answer.
        took_ms: u64,
    },
    /// A hold was refused.
    Refused {
        /// To whom.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// By the `seller`, or by our own `ledger`.
        by: &'static str,
        /// Which try.
        #[serde(skip_serializing_if = "Option::is_none")]
        attempt: Option<&'static str>,
        /// In words.
        reason: String,
    },
    /// The seat map was read after a refusal.
    SeatView {
        /// For whom.
        profile: ProfileId,
        /// Of what.
        watched: EventKey,
        /// The seats chosen there, in words, when any fit.
        chosen: Option<String>,
    },
    /// The basket was read to judge a hold.
    Proof {
        /// Whose.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// `proven`, `unwanted` or `absent`.
        result: &'static str,
        /// Why it is unwanted.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The seats as the basket prints them.
        seats: Vec<String>,
        /// What they cost together.
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<Price>,
        /// When the seller takes them back.
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// Seats were given back, or could not be.
    Release {
        /// By whom.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// Why they could not be.
        #[serde(skip_serializing_if = "Option::is_none")]
        failed: Option<String>,
    },
    /// The order page was opened, or is to be opened by hand.
    OrderPage {
        /// For whom.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// Where a person pays.
        url: String,
        /// Whether it is open in the member's browser.
        opened: bool,
        /// Seconds left to pay.
        seconds_left: i64,
        /// What was said on the way: cookies that the browser would not take, no browser at all.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A person is needed.
    Person {
        /// Who.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// `queue` or `captcha`.
        kind: &'static str,
        /// What to do.
        ask: String,
    },
    /// Something is wrong with the service itself, or is right again.
    Health {
        /// Which part, one word: `watch`, `sight`, `queue`, `search`, `stream`, `store` or `clock`.
        part: &'static str,
        /// Of which event, where it is of one.
        #[serde(skip_serializing_if = "Option::is_none")]
        watched: Option<EventKey>,
        /// Of which member, where it is of one.
        #[serde(skip_serializing_if = "Option::is_none")]
        profile: Option<ProfileId>,
        /// Whether it is over.
        over: bool,
        /// What was wrong, in words.
        words: String,
        /// What is done about it, or is to be done.
        remedy: &'static str,
        /// Since when.
        since: Timestamp,
    },
    /// Somebody wants to see whether notices arrive.
    Test {
        /// That this is one.
        words: String,
    },
    /// A member's status changed.
    Status {
        /// Whose.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// The word.
        status: String,
        /// Why, where there is more to say.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// Offers that were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedOffers {
    /// The reason's name.
    pub reason: &'static str,
    /// How many offers.
    pub offers: usize,
    /// One of them, in words.
    pub example: String,
}

/// The wire's word for a try.
pub fn attempt_name(attempt: Try) -> &'static str {
    match attempt {
        Try::First => "first",
        Try::FreshKey => "freshKey",
        Try::SeatView => "seatView",
    }
}

/// A basket's seat in words: "East Lower 5, block L5, row 11, seat 22".
pub fn seat_in_words(seat: &BasketSeat) -> String {
    let named = |word: &str, text: &Option<Arc<str>>| {
        text.as_deref().map(|text| if word.is_empty() { text.to_owned() } else { format!("{word} {text}") })
    };
    let block = seat.block.clone().filter(|block| Some(block) != seat.area.as_ref());
    let parts =
        [named("", &seat.area), named("block", &block), named("row", &seat.row), named("seat", &seat.seat)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What a member wants in words: "2 together up to £100.00 each".
pub fn wanted_in_words(criteria: &Criteria) -> String {
    let together = if criteria.together && criteria.seats > 1 { " together" } else { "" };
    format!("{}{together} up to {} each", criteria.seats, criteria.price_max)
}
