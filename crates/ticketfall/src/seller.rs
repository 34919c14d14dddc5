//! Talking to sellers: definitions say what to ask and how to recognise answers, the client asks, and
//! dialects read. Nothing here decides what to want, keeps anything on disk, or waits its turn.

pub mod basket;
mod capture;
pub mod classify;
pub mod client;
pub mod definition;
mod definitions;
pub mod dialects;
mod exchange_record;
pub mod gate;
mod hold;
pub mod inspect;
mod look;
mod page;
pub mod prepare;
mod proposal;
mod quota;
mod shown;
mod template;
pub mod transport;

pub use client::{Client, Told};
pub use definition::{Definition, DefinitionError};
pub use definitions::{Definitions, Unread, read_api_key};
pub use dialects::mapped::{SERVE_PROGRAM, serve_program};
pub use exchange_record::Exchange;
pub use inspect::{Inspection, Kind, Saved, inspect, read_saved};
pub use look::{Look, LookMemory};
pub use prepare::Prepared;
pub use proposal::{Proposal, propose};
pub use shown::shown;
pub use transport::{Network, Tls, Transport};

use definitions::shipped;
