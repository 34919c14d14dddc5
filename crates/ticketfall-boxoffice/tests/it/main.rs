//! The box office over HTTP, in one process and on virtual time.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod back_office;
mod faults;
mod feeds;
mod holds;
mod pages;
mod refusals;
mod sign_in;
mod story;
mod visitor;
mod waiting_room;
