//! Dialects: how a seller's bytes become areas, offers, seats and prices. Pure, so that a saved page
//! reads the same as a fresh answer.

pub mod catalogue;
pub mod exchange;
