//! The stages of the way from an answer to a hold, for whoever measures where the time goes; nothing is
//! recorded unless somebody listens to [`TARGET`] at the level of traces.

/// Whose traces these are.
pub const TARGET: &str = "ticketfall::stages";

/// This stage is over now.
pub fn over(stage: &'static str) {
    tracing::trace!(target: TARGET, stage);
}

/// A look begins, so many `micros` after it was due.
pub fn looked_late(micros: u128) {
    tracing::trace!(target: TARGET, late_us = micros);
}
