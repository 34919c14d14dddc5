//! The club exchange: JSON feeds of offers and seats, a config that names things, a page with a key.

mod availability;
mod config;
mod seat_map;
#[cfg(test)]
mod tests;
mod wire;

use ticketfall_core::offer::{Market, Offer};
use ticketfall_core::price::Currency;

use super::catalogue::Catalogue;

pub use availability::{read_availability, read_totals};
pub use config::{Config, read_config};
pub use seat_map::{ReadSeatMap, read_seat_map, sections_as_areas};

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

/// Why bytes tell nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unknown(pub String);

/// What was not understood in an answer of which the rest was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dropped {
    /// How many parts.
    pub count: usize,
    /// The first of them: where, and why.
    pub described: Vec<String>,
}

impl Dropped {
    fn note(&mut self, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.described.len() < DESCRIBED_MAX {
            self.described.push(what());
        }
    }

    /// Counts what another part of the same look dropped.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        let room = DESCRIBED_MAX.saturating_sub(self.described.len());
        self.described.extend(other.described.iter().take(room).cloned());
    }
}

/// The offers of one feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// In the feed's order.
    pub offers: Vec<Offer>,
    /// What was not understood.
    pub dropped: Dropped,
}
