//! Talking to sellers: definitions say what to ask and how to recognise answers, the client asks, and
//! dialects read. Nothing here decides what to want, keeps anything on disk, or waits its turn.

pub mod basket;
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
mod shown;
mod template;
pub mod transport;

pub use client::{Client, Told};
pub use definition::{Definition, DefinitionError};
pub use definitions::{Definitions, Unread};
pub use exchange_record::Exchange;
pub use inspect::{Inspection, Kind, inspect};
pub use look::{Look, LookMemory};
pub use prepare::Prepared;
pub use shown::shown;
pub use transport::{Network, Tls, Transport};

use definitions::shipped;
