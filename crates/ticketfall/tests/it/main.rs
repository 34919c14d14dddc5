//! One binary for everything that is tested from outside.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod architecture;
mod browser;
mod cli;
mod gologin;
mod idle;
mod proxy;
mod seller;
mod store;
