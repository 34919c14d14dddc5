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
