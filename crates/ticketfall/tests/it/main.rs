//! One binary for everything that is tested from outside.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod api;
mod architecture;
mod bad_input;
mod browser;
mod cli;
mod crashes;
mod demo;
mod docs;
mod gologin;
mod idle;
mod proxy;
mod rehearsal;
mod scenarios;
mod seller;
mod sellers;
mod simulation;
mod store;
mod waiting_room;
mod web;
