//! How long a search takes for what its member waits for: seats that were seen, and queues.

use std::time::Duration;

use jiff::Timestamp;
use ticketfall_core::ids::SellerId;
use ticketfall_core::status::Status;

use crate::telemetry::metrics::{Histogram, Metrics};

/// Begun when seats are allotted, and when a queue is met.
#[derive(Debug, Default)]
pub(super) struct Stopwatch {
    seen_at: Option<Timestamp>,
    queued_at: Option<Timestamp>,
}

impl Stopwatch {
    /// Seats were seen that the search may ask for.
    pub(super) fn seen(&mut self, now: Timestamp) {
        self.seen_at = Some(now);
    }

    /// They are in the basket; seats that were found there were never seen.
    pub(super) fn held(&mut self, now: Timestamp, seller: &SellerId, metrics: &Metrics) {
        if let Some(seen_at) = self.seen_at.take() {
            metrics.observe(Histogram::SeenToHeld, &[("seller", seller.as_str())], between(seen_at, now));
        }
    }

    /// A queue ends when the status says anything else.
    pub(super) fn stands(&mut self, status: &Status, now: Timestamp, seller: &SellerId, metrics: &Metrics) {
        if matches!(status, Status::Queue { .. }) {
            self.queued_at.get_or_insert(now);
        } else if let Some(queued_at) = self.queued_at.take() {
            metrics.observe(Histogram::QueueWait, &[("seller", seller.as_str())], between(queued_at, now));
        }
    }
}

fn between(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or_default()
}
