//! What a dialect makes of bytes: offers, names of places, and what was not understood.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ticketfall_core::ids::{AreaId, EventId};
use ticketfall_core::offer::{Market, Offer, Quantity, Stock};
use ticketfall_core::plan::Plan;
use ticketfall_core::price::{Currency, Price};
use ticketfall_core::reading::Reading;

use super::catalogue::Catalogue;
use crate::quote::excerpt;

/// How many things that were not understood are described; the others are counted.
const DESCRIBED_MAX: usize = 20;

/// What a feed is read with.
#[derive(Debug, Clone, Copy)]
pub struct ReadContext<'c> {
    /// Whose feed it is.
    pub market: Market,
    /// The currency of prices that do not say.
    pub currency: Currency,
    /// The event's areas and bands.
    pub catalogue: &'c Catalogue,
}

/// What an answer is read with whose reading depends on who asks for what, and when.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'c> {
    /// Whose feed it is.
    pub market: Market,
    /// The currency of prices that do not say.
    pub currency: Currency,
    /// The event that is wanted; `None` where that is not known, as for a saved page.
    pub event: Option<&'c EventId>,
    /// What time it is.
    pub now: Timestamp,
    /// The time zone of times that do not say.
    pub zone: &'c TimeZone,
}

/// Why bytes tell nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unknown(pub String);

impl From<Unknown> for Reading {
    fn from(Unknown(reason): Unknown) -> Self {
        Self::Unknown { reason: excerpt(&reason) }
    }
}

/// What was not understood in an answer of which the rest was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dropped {
    /// How many parts.
    pub count: usize,
    /// The first of them: where, and why.
    pub described: Vec<String>,
}

impl Dropped {
    pub(super) fn note(&mut self, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.described.len() < DESCRIBED_MAX {
            self.described.push(excerpt(&what()));
        }
    }

    /// Counts what another part of the same look dropped.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        let room = DESCRIBED_MAX.saturating_sub(self.described.len());
        self.described.extend(other.described.iter().take(room).cloned());
    }
}

/// Tickets of which only a number is known, or not even that.
pub(super) fn tickets(area: AreaId, market: Market, price: Option<Price>, available: Option<u32>) -> Offer {
    Offer {
        area,
        area_name: None,
        market,
        band: None,
        kind: None,
        price,
        classes: [].into(),
        quantity: Quantity::default(),
        stock: Stock::Count { available, together: None },
    }
}

/// The area of tickets that are not said to be anywhere.
pub(super) fn anywhere() -> AreaId {
    AreaId::new("tickets").expect("a plain word")
}

/// The offers of one feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// In the feed's order.
    pub offers: Vec<Offer>,
    /// What the feed itself says that rows and seats are called.
    pub names: Plan,
    /// What was not understood.
    pub dropped: Dropped,
    /// What was understood and cannot be had, for people.
    pub left_out: Dropped,
    /// When the same bytes will tell something else, as where a sale begins.
    pub changes_at: Option<Timestamp>,
}

impl Read {
    /// Notes that the same bytes tell something else from a time on, if that is yet to come.
    pub(super) fn changes_at(&mut self, at: Option<Timestamp>, now: Timestamp) {
        let at = at.filter(|at| *at > now);
        self.changes_at = [self.changes_at, at].into_iter().flatten().min();
    }

    /// The reading itself, unless parts were dropped and nothing is left: then nothing is known.
    pub(super) fn unless_all_is_dropped(self) -> Result<Self, Unknown> {
        match self.dropped.described.first() {
            Some(first) if self.offers.is_empty() => {
                Err(Unknown(format!("none of the {} parts is understood; {first}", self.dropped.count)))
            }
            Some(_) | None => Ok(self),
        }
    }
}
