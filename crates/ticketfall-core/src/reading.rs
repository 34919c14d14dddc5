//! What one look at an event told us. What could not be understood is
//! `Unknown`, never an empty snapshot.

use std::sync::Arc;
use std::time::Duration;

use crate::offer::Snapshot;

/// One classified answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The offers, of which there may be none.
    Seats(Arc<Snapshot>),
    /// The same bytes as last time.
    Unchanged,
    /// A waiting room stands in front of the seller.
    Queue {
        /// Where to wait, as the seller gave it.
        url: String,
    },
    /// The session is over.
    SignedOut,
    /// The seller wants a person: a captcha or an identity check.
    Human {
        /// What was seen.
        reason: String,
    },
    /// The seller said stop.
    Blocked {
        /// What was seen.
        reason: String,
    },
    /// The access keyword, or the key that the page must carry, is missing or refused.
    KeyMissing {
        /// What was missing.
        reason: String,
    },
    /// The event is not sold now: archived, restricted, sold out.
    NotOnSale {
        /// The seller's own word for it.
        reason: String,
    },
    /// Asked to slow down.
    SlowDown {
        /// For how long, where the seller says so.
        wait: Option<Duration>,
    },
    /// The seller is failing: an error of its own, or no answer.
    Failing {
        /// What happened.
        reason: String,
    },
    /// Not understood.
    Unknown {
        /// What stood in the way.
        reason: String,
    },
}

impl Reading {
    /// The word for logs, metrics and `check`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Seats(_) => "seats",
            Self::Unchanged => "unchanged",
            Self::Queue { .. } => "queue",
            Self::SignedOut => "signedOut",
            Self::Human { .. } => "human",
            Self::Blocked { .. } => "blocked",
            Self::KeyMissing { .. } => "keyMissing",
            Self::NotOnSale { .. } => "notOnSale",
            Self::SlowDown { .. } => "slowDown",
            Self::Failing { .. } => "failing",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// The offers, where it told them.
    pub fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        if let Self::Seats(snapshot) = self { Some(snapshot) } else { None }
    }

    /// What was seen, in the seller's words or ours, where there is more to say than its name.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Human { reason }
            | Self::Blocked { reason }
            | Self::KeyMissing { reason }
            | Self::NotOnSale { reason }
            | Self::Failing { reason }
            | Self::Unknown { reason } => Some(reason),
            Self::Seats(_)
            | Self::Unchanged
            | Self::Queue { .. }
            | Self::SignedOut
            | Self::SlowDown { .. } => None,
        }
    }
}
