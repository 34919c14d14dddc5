//! The club exchange: JSON feeds of offers and seats, a config that names things, a page with a key.

mod again;
mod availability;
mod config;
mod seat_map;
#[cfg(test)]
mod tests;

pub use again::Layout;
pub use availability::{read_availability, read_totals};
pub use config::{Config, read_config};
pub use seat_map::{ReadSeatMap, read_seat_map, sections_as_areas};
