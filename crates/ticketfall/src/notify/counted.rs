//! Notices as numbers.

use std::time::Duration;

use super::Notice;
use crate::telemetry::metrics::{Counter, Histogram, Metrics};

/// Counts what a notice says.
pub(super) fn count(metrics: &Metrics, notice: &Notice) {
    match notice {
        Notice::Reading { watched, reading, took_ms, .. } => {
            let seller = ("seller", watched.seller.as_str());
            metrics.count(Counter::Looks, &[seller, ("outcome", reading)]);
            metrics.observe(Histogram::LookTook, &[seller], Duration::from_millis(*took_ms));
        }
        Notice::Fall { watched, .. } => metrics.count(Counter::Falls, &[("seller", watched.seller.as_str())]),
        Notice::Hold { watched, answer, .. } => {
            metrics.count(Counter::Holds, &[("seller", watched.seller.as_str()), ("result", answer)]);
        }
        Notice::Proof { watched, result, .. } => {
            metrics.count(Counter::Proofs, &[("seller", watched.seller.as_str()), ("result", result)]);
        }
        Notice::Session { .. }
        | Notice::Gone { .. }
        | Notice::Verdict { .. }
        | Notice::Match { .. }
        | Notice::Refused { .. }
        | Notice::SeatView { .. }
        | Notice::Release { .. }
        | Notice::OrderPage { .. }
        | Notice::Person { .. }
        | Notice::Health { .. }
        | Notice::Test { .. }
        | Notice::Status { .. } => {}
    }
}
