//! `SeatGeek`'s API: how many listings an event has and what the cheapest of them costs.

use serde::Deserialize;
use serde_json::Value;
use ticketfall_core::price::Price;
use ticketfall_core::reading::Reading;

use super::read::{Circumstances, Read, Unknown, anywhere, tickets};
use super::wire::unreadable;

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    stats: Option<Stats>,
    #[serde(default)]
    status: Option<Value>,
}

#[derive(Deserialize)]
struct Stats {
    #[serde(default)]
    listing_count: Option<Value>,
    #[serde(default)]
    lowest_price: Option<Value>,
}

/// Reads the answer about one event.
pub fn read(bytes: &[u8], given: &Circumstances<'_>) -> Result<Read, Reading> {
    let wire: Wire = serde_json::from_slice(bytes).map_err(|error| unreadable(bytes, &error))?;
    if wire
        .status
        .as_ref()
        .and_then(Value::as_str)
        .is_some_and(|word| matches!(word, "cancelled" | "canceled"))
    {
        return Err(Reading::NotOnSale { reason: "the event is cancelled".to_owned() });
    }
    let stats = wire.stats.ok_or_else(|| Unknown("the answer has no figures of listings".to_owned()))?;
    let (listings, lowest) = (stats.listing_count.as_ref().and_then(whole), price(&stats, given));
    let mut read = Read::default();
    match (listings, lowest) {
        (Some(0), _) => {}
        // Listings are counted, not tickets: each has one at least.
        (Some(count), price) => read.offers.push(tickets(anywhere(), given.market, price, Some(count))),
        (None, Some(price)) => read.offers.push(tickets(anywhere(), given.market, Some(price), None)),
        (None, None) => {
            return Err(Unknown("the answer counts no listings, and has no price".to_owned()).into());
        }
    }
    Ok(read)
}

fn whole(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}

fn price(stats: &Stats, given: &Circumstances<'_>) -> Option<Price> {
    let number = stats.lowest_price.as_ref().filter(|price| price.is_number())?;
    Price::parse(&number.to_string(), Some(given.currency)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seller::dialects::retold::read_for;

    fn told(text: &str) -> String {
        crate::seller::dialects::retold::told(read, text)
    }

    #[test]
    fn listings_are_counted_with_the_lowest_price() {
        let stats = |count: &str, price: &str| {
            told(&format!(r#"{{"stats":{{"listing_count":{count},"lowest_price":{price}}}}}"#))
        };
        assert_eq!(stats("12", "45.5"), "tickets Primary - £45.50 Some(12)");
        assert_eq!(stats("12", "null"), "tickets Primary - ? Some(12)");
        assert_eq!(stats("null", "45"), "tickets Primary - £45.00 None");
        assert_eq!(stats("0", "null"), "");
    }

    #[test]
    fn figures_that_are_all_missing_are_unknown() {
        let null = r#"{"stats":{"listing_count":null,"lowest_price":null,"median_price":null}}"#;
        let negative = r#"{"stats":{"listing_count":-1}}"#;
        for text in [null, negative, r#"{"stats":{}}"#, r#"{"stats":null}"#, "{}", "[]", "", "<p>"] {
            assert!(told(text).starts_with("unknown:"), "{text}: {}", told(text));
        }
        let cancelled = r#"{"status":"cancelled","stats":{"listing_count":1}}"#;
        assert_eq!(told(cancelled), "notOnSale: the event is cancelled");
    }

    #[test]
    fn the_event_is_the_one_that_was_asked_for() {
        assert!(read_for(read, Some("7"), r#"{"stats":{"listing_count":1}}"#).is_ok());
    }
}
