//! What a member wants, as options of a command.

use clap::Args;
use serde_json::{Map, Value, json};
use ticketfall_core::configuration::Configuration;

use super::{Exit, Failure};

/// What a member wants; everything left out has its default.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// How many seats
    #[arg(long, value_name = "N")]
    seats: Option<u32>,
    /// The most that one seat may cost, like 100 or 61.50
    #[arg(long, value_name = "AMOUNT")]
    max_price: Option<String>,
    /// The currency of --max-price
    #[arg(long, default_value = "GBP", value_name = "CODE")]
    currency: String,
    /// Seats need not be adjacent
    #[arg(long)]
    apart: bool,
    /// An area, a ticket type or a buyer class, by name
    #[arg(long = "type", value_name = "NAME")]
    seat_type: Option<String>,
    /// An area by its number at the seller; again for more, the dearest to you first
    #[arg(long = "area", value_name = "ID")]
    areas: Vec<String>,
    /// A row by its printed name; again for more
    #[arg(long = "row", value_name = "NAME")]
    rows: Vec<String>,
    /// The access keyword, where the event needs one
    #[arg(long, value_name = "WORD")]
    keyword: Option<String>,
    /// Seconds between looks, never below the seller's floor
    #[arg(long, value_name = "S")]
    every: Option<String>,
    /// Tell when seats fit, and hold nothing
    #[arg(long)]
    notify: bool,
}

impl Wanted {
    /// The configuration; the same checks as for one that came over the API.
    pub(super) fn configuration(&self) -> Result<Configuration, Failure> {
        serde_json::from_value(Value::Object(self.asked())).map_err(|error| {
            Failure::because(Exit::Usage, format!("search for that: {error}"))
                .advise("`ticketfall watch --help` shows what can be asked for")
        })
    }

    /// The same as it goes over the API, keyword and all.
    pub(super) fn wire(&self) -> Result<Map<String, Value>, Failure> {
        self.configuration()?;
        Ok(self.asked())
    }

    fn asked(&self) -> Map<String, Value> {
        let mut wire = Map::new();
        let mut put =
            |name: &str, value: Option<Value>| wire.extend(value.map(|value| (name.to_owned(), value)));
        put("seatCount", self.seats.map(Value::from));
        put("speedLimit", self.every.clone().map(Value::from));
        put("selectedType", self.seat_type.clone().map(Value::from));
        put("selectedAreas", Some(json!(self.areas)));
        put("rows", Some(json!(self.rows)));
        put("keyword1", self.keyword.clone().map(Value::from));
        put("together", Some(Value::from(!self.apart)));
        put("onMatch", self.notify.then(|| Value::from("notify")));
        let price = self.max_price.as_ref();
        put("maxPrice", price.map(|amount| json!({ "amount": amount, "currency": self.currency })));
        wire
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        wanted: Wanted,
    }

    fn configured(line: &str) -> Result<Configuration, Failure> {
        Line::parse_from(format!("x {line}").split_whitespace()).wanted.configuration()
    }

    #[test]
    fn what_is_left_out_has_the_originals_default() {
        assert_eq!(configured("").unwrap(), Configuration::default());
    }

    #[test]
    fn options_are_checked_like_a_configuration() {
        let wanted =
            configured("--seats 3 --max-price 61.50 --apart --area 1205 --row F --every 1.5").unwrap();
        assert_eq!(wanted.criteria().price_max.to_string(), "£61.50");
        assert!(!wanted.together);
        let error = configured("--seats 99").unwrap_err();
        assert_eq!(error.exit(), Exit::Usage);
        assert!(error.to_string().contains("seatCount"), "{error}");
    }
}
