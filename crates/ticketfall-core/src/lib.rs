//! The rules of Ticketfall. Pure: no clock, file, socket or random source is
//! read here; the time and the seed are arguments.

#![deny(clippy::float_arithmetic)]

pub mod allotment;
pub mod book;
pub mod checker;
pub mod configuration;
pub mod criteria;
pub mod eye;
pub mod fall;
pub mod health;
pub mod hold;
pub mod ids;
pub mod limits;
mod moment;
pub mod monitor;
pub mod offer;
pub mod pace;
pub mod plan;
pub mod price;
pub mod proof;
pub mod reading;
#[expect(clippy::float_arithmetic, reason = "likelihoods are no money")]
pub mod rhythm;
pub mod seat;
pub mod seat_view;
pub mod status;
pub mod taken;
pub mod watch;
