//! Reading a saved page or answer without a network: what it is, what it offers, and what was not
//! understood, for `check` and `seller check`.

mod explain;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use ticketfall_core::offer::{Market, Offer, Quantity, Snapshot, Stock};
use ticketfall_core::plan::Plan;
use ticketfall_core::reading::Reading;
use ticketfall_core::seat_view::MapArea;

use super::basket::read_basket;
use super::capture;
use super::classify::{Class, classify};
use super::definition::{Definition, Dialect};
use super::dialects::catalogue::Catalogue;
use super::dialects::mapped::Documents;
use super::dialects::read::{Dropped, Unknown};
use super::look::{FeedContext, read_feed};
use super::prepare::{ReadPage, read_config, read_page, read_seat_map};
use super::transport::Answer;
use crate::quote::excerpt;

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

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Availability => "a feed of offers",
            Self::Config => "a config",
            Self::SeatMap => "a seat map",
            Self::Page => "an event page",
            Self::Basket => "a basket",
        }
    }
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
    /// What rows and seats are called.
    pub names: Plan,
    /// What it is, for people.
    pub summary: String,
    /// What was done with it, step by step, for people.
    pub steps: Vec<String>,
}

/// Saved bytes, and what is known of them.
#[derive(Debug, Clone, Copy)]
pub struct Saved<'s> {
    /// An answer's body, perhaps with its status and headers.
    pub bytes: &'s [u8],
    /// What it is; guessed where it is not given.
    pub kind: Option<Kind>,
    /// Documents that the definition's program joins, by name, as they were answered.
    pub documents: &'s BTreeMap<String, Vec<u8>>,
    /// What time it is.
    pub now: Timestamp,
}

impl<'s> Saved<'s> {
    /// Bytes of which nothing else is known.
    pub fn alone(bytes: &'s [u8], now: Timestamp) -> Self {
        const NONE: &BTreeMap<String, Vec<u8>> = &BTreeMap::new();
        Self { bytes, kind: None, documents: NONE, now }
    }
}

/// Reads bytes as an answer of which nothing else is known; the kind is guessed where it is not given.
pub fn inspect(definition: &Definition, bytes: &[u8], kind: Option<Kind>) -> Inspection {
    read_saved(definition, Saved { kind, ..Saved::alone(bytes, Timestamp::UNIX_EPOCH) })
}

/// Reads a saved answer, without a network.
pub fn read_saved(definition: &Definition, saved: Saved<'_>) -> Inspection {
    let answer = capture::read(saved.bytes);
    let kind = saved.kind.unwrap_or_else(|| guessed(definition, &answer.body));
    let mut steps = vec![format!(
        "read {} bytes as {}: status {}, a body of {} bytes",
        saved.bytes.len(),
        kind.name(),
        answer.status.as_u16(),
        answer.body.len()
    )];
    let class = classify(definition, definition.origin(), &answer, saved.now);
    let mut inspection = match class {
        Class::Turned { reading, by } => {
            steps.push(format!("recognised as {} by {by}", reading.name()));
            let summary = format!("recognised by {by}");
            Inspection { recognised_by: Some(by), ..told(kind, reading, Dropped::default(), summary) }
        }
        Class::Plain | Class::Redirect(_) => {
            steps.push("no rule of [[classify]] fits, and the status means an answer".to_owned());
            understood(definition, &answer, kind, saved, &mut steps).unwrap_or_else(|reading| {
                let why = reading.reason().unwrap_or(reading.name()).to_owned();
                let is_unknown = matches!(reading, Reading::Unknown { .. });
                let summary = if is_unknown { format!("not understood: {why}") } else { why };
                told(kind, reading, Dropped::default(), summary)
            })
        }
    };
    explain::offers(&inspection, &mut steps);
    inspection.steps = steps.iter().map(|step| excerpt(step)).collect();
    inspection
}

fn told(kind: Kind, reading: Reading, dropped: Dropped, summary: String) -> Inspection {
    let (names, steps) = (Plan::default(), Vec::new());
    Inspection { kind, reading, recognised_by: None, dropped, names, summary, steps }
}

fn guessed(definition: &Definition, bytes: &[u8]) -> Kind {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Keys {
        sections: Option<IgnoredAny>,
        areas: Option<IgnoredAny>,
        prices: Option<IgnoredAny>,
    }
    if definition.dialect != Dialect::Exchange {
        return Kind::Availability;
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

fn understood(
    definition: &Definition,
    answer: &Answer,
    kind: Kind,
    saved: Saved<'_>,
    steps: &mut Vec<String>,
) -> Result<Inspection, Reading> {
    let bytes = &*answer.body;
    let elsewhere = |what: String| {
        let reason = format!("{what}; offers are in the availability feeds");
        told(kind, Reading::Unknown { reason }, Dropped::default(), what)
    };
    let missing = |part: &str| Unknown(format!("the definition has no {part}"));
    match kind {
        Kind::Availability => feed(definition, bytes, saved, steps),
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
            let wanted = definition.page.as_ref().ok_or_else(|| missing("[page]"))?;
            Ok(elsewhere(match read_page(answer, wanted)? {
                ReadPage::Key(_) => "a match page with its key".to_owned(),
                ReadPage::NoKey => "a match page without a key".to_owned(),
            }))
        }
        Kind::Basket => {
            let rules = definition.basket.as_ref().ok_or_else(|| missing("[basket]"))?;
            let basket = read_basket(bytes, rules, definition.currency)?;
            Ok(elsewhere(format!("a basket with {} seats", basket.seats.len())))
        }
    }
}

fn feed(
    definition: &Definition,
    bytes: &[u8],
    saved: Saved<'_>,
    steps: &mut Vec<String>,
) -> Result<Inspection, Reading> {
    let market = definition.look.first().copied().unwrap_or(Market::Exchange);
    let documents = documents(definition, saved, steps)?;
    if let Some(feed) = definition.requests.feed(market).filter(|_| definition.dialect == Dialect::Mapped) {
        steps.push(explain::document(&feed.read, bytes)?);
    }
    let context = FeedContext {
        market,
        event: None,
        catalogue: &Catalogue::default(),
        documents: &documents,
        now: saved.now,
    };
    let read = read_feed(definition, &context, bytes)?;
    let summary = format!("a feed with {}", explain::counted(read.offers.len() as u64, "offer"));
    let inspection = told(Kind::Availability, seats(read.offers), read.dropped, summary);
    steps.extend(read.left_out.described.iter().map(|what| format!("left out: {what}")));
    Ok(Inspection { names: read.names, ..inspection })
}

/// The documents that the program joins; those that were not saved are told of and stand as `null`.
fn documents(
    definition: &Definition,
    saved: Saved<'_>,
    steps: &mut Vec<String>,
) -> Result<Documents, Unknown> {
    let mut documents = Documents::new();
    for (name, request) in &definition.requests.documents {
        let Some(bytes) = saved.documents.get(name) else {
            steps.push(format!("the document `{name}` is not given: $documents.{name} is null"));
            documents.insert(name.clone(), Bytes::from_static(b"null"));
            continue;
        };
        let answer = capture::read(bytes);
        steps.push(format!("joined the document `{name}`: {} bytes", answer.body.len()));
        let found = request
            .read
            .found(&answer.body)
            .map_err(|Unknown(why)| Unknown(format!("the document `{name}`: {why}")))?;
        documents.insert(name.clone(), found.into_owned().into());
    }
    Ok(documents)
}

fn seats(offers: Vec<Offer>) -> Reading {
    Reading::Seats(Arc::new(Snapshot { offers: offers.into() }))
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
