//! What an answer of an official API was read as, in words that tests compare.

use jiff::tz::TimeZone;
use ticketfall_core::ids::EventId;
use ticketfall_core::offer::{Market, Stock};
use ticketfall_core::price::Currency;
use ticketfall_core::reading::Reading;

use super::read::{Circumstances, Read};

/// A dialect's reader.
type Reader = fn(&[u8], &Circumstances<'_>) -> Result<Read, Reading>;

/// Reads an answer at noon, in pounds; about one event, or about those that it names.
pub(super) fn read_for(read: Reader, event: Option<&str>, text: &str) -> Result<Read, Reading> {
    let event = event.map(|event| EventId::new(event).expect("tests name events"));
    let given = Circumstances {
        market: Market::Primary,
        currency: Currency::GBP,
        event: event.as_ref(),
        now: "2026-11-22T12:00:00Z".parse().expect("that is a time"),
        zone: &TimeZone::UTC,
    };
    read(text.as_bytes(), &given)
}

/// What was read, or what it was taken for.
pub(super) fn told(read: Reader, text: &str) -> String {
    match read_for(read, None, text) {
        Ok(read) => words(&read),
        Err(reading) => format!("{}: {}", reading.name(), reading.reason().unwrap_or_default()),
    }
}

/// The offers: area, market, kind, price, how many.
pub(super) fn words(read: &Read) -> String {
    let offers = read.offers.iter().map(|offer| {
        let Stock::Count { available, .. } = offer.stock else { panic!("{offer:?}") };
        let price = offer.price.map_or("?".to_owned(), |price| price.to_string());
        let kind = offer.kind.as_deref().unwrap_or("-");
        format!("{} {:?} {kind} {price} {available:?}", offer.area, offer.market)
    });
    offers.collect::<Vec<_>>().join("; ")
}
