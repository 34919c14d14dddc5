//! Ticketfall, the service: what it watches with, keeps, and shows.
//! Everything that decides lives in `ticketfall-core`; here it is carried out.

pub mod address;
pub mod api;
pub mod app;
pub mod browser;
pub mod cli;
pub mod clock;
pub mod config;
pub mod cookies;
pub mod monitoring;
pub mod notify;
mod quote;
pub mod seller;
pub mod session;
pub mod store;
pub mod story;
pub mod telemetry;
pub mod trust;
pub mod vault;
pub mod web;
