//! What a member wants, as flags: the same words wherever a command takes them.

use clap::Args;
use ticketfall_core::configuration::{Configuration, SeatCount};
use ticketfall_core::criteria::TypeWanted;
use ticketfall_core::ids::AreaId;
use ticketfall_core::price::{Currency, Price};

/// What is wanted.
#[derive(Debug, Clone, Args)]
pub(super) struct Wish {
    /// How many seats
    #[arg(long, default_value = "2", value_name = "N", value_parser = seats)]
    seats: SeatCount,
    /// An area, ticket type or buyer class by name, or "All"
    #[arg(long = "type", default_value = "All", value_name = "NAME")]
    wanted_type: TypeWanted,
    /// An area by its number, the dearest first; may be repeated, and left out any will do
    #[arg(long = "area", value_name = "ID", value_parser = area)]
    areas: Vec<AreaId>,
    /// A row by its printed name; may be repeated, and left out any will do
    #[arg(long = "row", value_name = "NAME")]
    rows: Vec<String>,
    /// The most that one seat may cost
    #[arg(long, default_value = "£100", value_name = "PRICE", value_parser = price)]
    max_price: Price,
    /// The seats need not be together
    #[arg(long)]
    apart: bool,
}

impl Wish {
    /// The wish as a monitor's configuration, with defaults for all else.
    pub(super) fn configuration(self) -> Configuration {
        Configuration {
            seat_count: self.seats,
            selected_type: self.wanted_type,
            selected_areas: self.areas,
            rows: self.rows,
            max_price: self.max_price,
            together: !self.apart,
            ..Configuration::default()
        }
    }
}

/// Reads a price as people write it; without a currency it is in pounds.
pub(super) fn price(text: &str) -> Result<Price, String> {
    Price::parse(text, Some(Currency::GBP)).map_err(|error| format!("cannot {error}"))
}

fn seats(text: &str) -> Result<SeatCount, String> {
    text.parse().map_err(|error| format!("cannot {error}"))
}

fn area(text: &str) -> Result<AreaId, String> {
    AreaId::new(text).map_err(|error| format!("cannot {error}"))
}
