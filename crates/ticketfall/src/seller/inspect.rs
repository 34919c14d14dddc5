//! Reading a saved page or answer without a network: what it is, what it offers, and what was not
//! understood, for `check` and `seller check`.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use ticketfall_core::offer::{Market, Offer, Quantity, Snapshot, Stock};
use ticketfall_core::reading::Reading;
use ticketfall_core::seat_view::MapArea;

use super::basket::read_basket;
use super::classify::{Class, classify};
use super::definition::Definition;
use super::dialects::catalogue::Catalogue;
use super::dialects::exchange::{Dropped, Unknown};
use super::look::read_feed;
use super::prepare::{ReadPage, read_config, read_page, read_seat_map};
use super::transport::Answer;

/// What saved bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A feed of offers.
    Availability,
    /// An event's config.
    Config,
    /// A seat map.
    SeatMap,
    /// A match page.
    Page,
    /// A basket page.
    Basket,
}

/// What a page tells; an unprepared reader knows no names and no prices of the club's own list.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// What it was read as.
    pub kind: Kind,
    /// What it tells about seats.
    pub reading: Reading,
    /// What recognised it as something else: a rule of the definition, a status.
    pub recognised_by: Option<String>,
    /// What was not understood.
    pub dropped: Dropped,
    /// What it is, for people.
    pub summary: String,
}

/// Reads saved bytes as an answer with status 200; the kind is guessed where it is not given.
pub fn inspect(definition: &Definition, bytes: &[u8], kind: Option<Kind>) -> Inspection {
    let kind = kind.unwrap_or_else(|| guessed(definition, bytes));
    let answer =
        Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::copy_from_slice(bytes) };
    match classify(definition, definition.origin(), &answer, Timestamp::UNIX_EPOCH) {
        Class::Turned { reading, by } => {
            let summary = format!("recognised by {by}");
            Inspection { kind, reading, recognised_by: Some(by), dropped: Dropped::default(), summary }
        }
        Class::Plain | Class::Redirect(_) => match understood(definition, bytes, kind) {
            Ok(inspection) => inspection,
            Err(Unknown(reason)) => {
                let summary = format!("not understood: {reason}");
                told(kind, Reading::Unknown { reason }, Dropped::default(), summary)
            }
        },
    }
}

fn told(kind: Kind, reading: Reading, dropped: Dropped, summary: String) -> Inspection {
    Inspection { kind, reading, recognised_by: None, dropped, summary }
}

fn guessed(definition: &Definition, bytes: &[u8]) -> Kind {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Keys {
        sections: Option<IgnoredAny>,
        areas: Option<IgnoredAny>,
        prices: Option<IgnoredAny>,
    }
    if bytes.trim_ascii_start().starts_with(b"<") {
        let basket = definition.basket.as_ref().map(|spots| read_basket(bytes, spots, definition.currency));
        return if matches!(basket, Some(Ok(_))) { Kind::Basket } else { Kind::Page };
    }
    // A list would be taken for the fields of `Keys` in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Kind::Availability;
    }
    match serde_json::from_slice::<Keys>(bytes) {
        Ok(Keys { sections: Some(_), .. }) => Kind::SeatMap,
        Ok(Keys { areas, prices, .. }) if areas.is_some() || prices.is_some() => Kind::Config,
        Ok(_) | Err(_) => Kind::Availability,
    }
}

fn understood(definition: &Definition, bytes: &[u8], kind: Kind) -> Result<Inspection, Unknown> {
    let nothing = Catalogue::default();
    let elsewhere = |what: String| {
        told(
            kind,
            Reading::Unknown { reason: format!("{what}; offers are in the availability feeds") },
            Dropped::default(),
            what,
        )
    };
    match kind {
        Kind::Availability => {
            let market = definition.look.first().copied().unwrap_or(Market::Exchange);
            let read = read_feed(definition, market, &nothing, bytes)?;
            let summary = format!("a feed with {} offers", read.offers.len());
            Ok(told(kind, seats(read.offers), read.dropped, summary))
        }
        Kind::SeatMap => {
            let read = read_seat_map(definition, &catalogue_of(bytes), bytes)?;
            let offers: Vec<_> = read.map.areas.into_iter().filter_map(offer).collect();
            let summary = format!("a seat map with seats in {} areas", offers.len());
            Ok(told(kind, seats(offers), read.dropped, summary))
        }
        Kind::Config => {
            let config = read_config(definition, bytes)?;
            let (areas, bands) = (config.catalogue.areas().count(), config.catalogue.bands().count());
            let what = format!("a config of {areas} areas and {bands} price bands");
            Ok(Inspection { dropped: config.dropped, ..elsewhere(what) })
        }
        Kind::Page => {
            let wanted =
                definition.page.as_ref().ok_or_else(|| Unknown("the definition has no [page]".to_owned()))?;
            Ok(elsewhere(match read_page(bytes, wanted)? {
                ReadPage::Key(_) => "a match page with its key".to_owned(),
                ReadPage::NoKey => "a match page without a key".to_owned(),
            }))
        }
        Kind::Basket => {
            let spots = definition
                .basket
                .as_ref()
                .ok_or_else(|| Unknown("the definition has no [basket]".to_owned()))?;
            let basket = read_basket(bytes, spots, definition.currency)?;
            Ok(elsewhere(format!("a basket with {} seats", basket.seats.len())))
        }
    }
}

fn seats(offers: Vec<Offer>) -> Reading {
    Reading::Seats(Arc::new(Snapshot { offers }))
}

/// A saved map comes without its config, so its sections are areas under their own names.
fn catalogue_of(bytes: &[u8]) -> Catalogue {
    super::dialects::exchange::sections_as_areas(bytes)
}

fn offer(area: MapArea) -> Option<Offer> {
    let has_seats = !area.runs.is_empty();
    has_seats.then(|| Offer {
        area: area.area,
        area_name: area.name,
        market: Market::Primary,
        band: area.band,
        kind: None,
        price: area.price,
        classes: area.classes,
        quantity: Quantity::default(),
        stock: Stock::Runs(area.runs),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seller::shipped;

    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/exchange/", $name)).as_slice()
        };
    }

    fn inspected(bytes: &[u8]) -> Inspection {
        let definition = Definition::parse("exchange", shipped("exchange").unwrap()).unwrap();
        inspect(&definition, bytes, None)
    }

    #[test]
    fn saved_answers_are_known_for_what_they_are() {
        for (bytes, kind, reading, summary) in [
            (fixture!("availability-empty.json"), Kind::Availability, "seats", "a feed with 0 offers"),
            (fixture!("availability-many.json"), Kind::Availability, "seats", "a feed with 3 offers"),
            (
                fixture!("availability-truncated.json"),
                Kind::Availability,
                "unknown",
                "not understood: the JSON breaks off after 61 bytes",
            ),
            (fixture!("config.json"), Kind::Config, "unknown", "a config of 3 areas and 2 price bands"),
            (fixture!("seat-map.json"), Kind::SeatMap, "seats", "a seat map with seats in 1 areas"),
            (fixture!("page.html"), Kind::Page, "unknown", "a match page with its key"),
            (fixture!("page-no-key.html"), Kind::Page, "unknown", "a match page without a key"),
            (fixture!("basket.html"), Kind::Basket, "unknown", "a basket with 3 seats"),
            (fixture!("basket-empty.html"), Kind::Basket, "unknown", "a basket with 0 seats"),
        ] {
            let inspection = inspected(bytes);
            assert_eq!(
                (inspection.kind, inspection.reading.name(), &*inspection.summary),
                (kind, reading, summary)
            );
            assert_eq!(inspection.recognised_by, None);
        }
    }

    #[test]
    fn a_page_that_is_something_else_says_what_recognised_it() {
        for (bytes, reading) in [
            (fixture!("block.json"), "blocked"),
            (fixture!("identity.html"), "human"),
            (fixture!("page-requires-sign-in.html"), "signedOut"),
        ] {
            let inspection = inspected(bytes);
            assert_eq!(inspection.reading.name(), reading);
            assert!(inspection.recognised_by.unwrap().starts_with("rule "));
        }
    }

    #[test]
    fn what_was_dropped_is_told() {
        assert_eq!(inspected(fixture!("availability-partly-broken.json")).dropped.count, 7);
        assert_eq!(inspected(fixture!("seat-map.json")).dropped.count, 2);
    }
}
