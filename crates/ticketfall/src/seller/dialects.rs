//! Dialects: how a seller's bytes become areas, offers, seats and prices. Pure, so that a saved page
//! reads the same as a fresh answer.

pub mod catalogue;
pub mod discovery;
pub mod exchange;
pub(super) mod html;
pub mod inventory_status;
pub mod mapped;
pub mod read;
#[cfg(test)]
mod retold;
pub mod schema_org;
pub mod seatgeek;
mod tolerant;
mod wire;

pub(in crate::seller) use tolerant::read as tolerant;
