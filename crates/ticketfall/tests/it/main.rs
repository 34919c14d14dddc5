//! The service's tests from outside: scenarios against the simulated box office, and real parts.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod seller;
