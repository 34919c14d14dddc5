//! The rules of Ticketfall. Pure: no clock, file, socket or random source is
//! read here; the time and the seed are arguments.

pub mod ids;
