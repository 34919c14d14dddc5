//! What was made of an answer, step by step and in words.

use ticketfall_core::offer::{Offer, Offers, Stock};
use ticketfall_core::seat::SeatRun;

use super::Inspection;
use crate::seller::dialects::mapped::DocumentRule;
use crate::seller::dialects::read::Unknown;

/// How much of a document is shown, in characters.
const BEGINNING: usize = 60;

/// How many offers are told one by one.
const OFFERS_TOLD: usize = 50;

/// How the document was found, and how it begins.
pub(super) fn document(rule: &DocumentRule, bytes: &[u8]) -> Result<String, Unknown> {
    let document = rule.found(bytes)?;
    let text = String::from_utf8_lossy(&document[..document.len().min(1_000)]).into_owned();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let begins: String = words.chars().take(BEGINNING).collect();
    let place = match rule {
        DocumentRule::Json => "the answer is the document".to_owned(),
        DocumentRule::Embedded { selector, .. } => format!("the document is in the element {selector:?}"),
        DocumentRule::Rows { row, .. } => format!("the document is the rows {row:?}"),
    };
    Ok(format!("{place}: {} bytes, {begins} …", document.len()))
}

/// Which offers came out, and what was dropped.
pub(super) fn offers(inspection: &Inspection, steps: &mut Vec<String>) {
    let none = Offers::default();
    let offers = inspection.reading.snapshot().map_or(&none, |snapshot| &snapshot.offers);
    steps.extend(offers.iter().take(OFFERS_TOLD).map(|offer| format!("offer: {}", words(offer))));
    if offers.len() > OFFERS_TOLD {
        steps.push(format!("and {} more offers", offers.len() - OFFERS_TOLD));
    }
    let dropped = &inspection.dropped;
    steps.extend(dropped.described.iter().map(|what| format!("not understood: {what}")));
    if dropped.count > dropped.described.len() {
        steps.push(format!("and {} more parts were not understood", dropped.count - dropped.described.len()));
    }
    steps.push(match inspection.reading.reason() {
        Some(reason) => format!("reading: {}: {reason}", inspection.reading.name()),
        None => format!("reading: {}", inspection.reading.name()),
    });
}

fn words(offer: &Offer) -> String {
    let mut words = vec![match &offer.area_name {
        Some(name) => format!("{name} ({})", offer.area),
        None => offer.area.to_string(),
    }];
    words.extend(offer.kind.as_ref().map(ToString::to_string));
    words.extend(offer.band.as_ref().map(|band| format!("band {band}")));
    words.push(seats(&offer.stock));
    words.push(match (&offer.price, offer.classes.len()) {
        (Some(price), _) => format!("{price} each"),
        (None, 0) => "at an unknown price".to_owned(),
        (None, classes) => format!("at the price of one of {classes} classes"),
    });
    if !offer.classes.is_empty() {
        let classes: Vec<&str> = offer.classes.iter().map(|class| &*class.name).collect();
        words.push(format!("for {}", classes.join(" or ")));
    }
    let quantity = offer.quantity;
    if quantity.min > 1 || quantity.step > 1 || quantity.max.is_some() {
        let most = quantity.max.map_or("any number".to_owned(), |max| max.to_string());
        words.push(format!("{} to {most} at once in steps of {}", quantity.min, quantity.step));
    }
    words.join(", ")
}

/// So many of something.
pub(super) fn counted(count: impl Into<u64>, what: &str) -> String {
    match count.into() {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

fn seats(stock: &Stock) -> String {
    match stock {
        Stock::Runs(runs) => {
            let seats: u64 = runs.iter().map(|run| u64::from(run.seats())).sum();
            let longest = runs.iter().map(SeatRun::seats).max().unwrap_or(0);
            format!("{}, {longest} together at most", counted(seats, "seat"))
        }
        Stock::Count { available: Some(count), together: Some(together) } => {
            format!("{}, {together} together at most", counted(*count, "seat"))
        }
        Stock::Count { available: Some(count), together: None } => counted(*count, "seat"),
        Stock::Count { available: None, .. } => "an unknown number of seats".to_owned(),
    }
}
