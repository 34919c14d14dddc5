//! One offer in the words of schema.org: its price, how many there are, and in which numbers they are sold.

use std::sync::Arc;

use serde_json::Value;
use ticketfall_core::ids::AreaId;
use ticketfall_core::offer::{Offer, Quantity};
use ticketfall_core::price::{Currency, Price};

use super::availability::{Had, had};
use super::json_ld::unescaped;
use crate::seller::dialects::read::{Circumstances, Read, anywhere, tickets};

/// How deep offers may be nested in offers.
const DEPTH_MAX: usize = 4;

/// Reads one offer, and those in it, of an event of this name.
pub(super) fn take(read: &mut Read, offer: &Value, event: Option<&str>, given: &Circumstances<'_>) {
    take_at(read, offer, event, given, 0);
}

fn take_at(read: &mut Read, offer: &Value, event: Option<&str>, given: &Circumstances<'_>, depth: usize) {
    let inner: Vec<_> = values(offer, "offers").filter(|inner| inner.is_object()).collect();
    if !inner.is_empty() && depth < DEPTH_MAX {
        for inner in inner {
            take_at(read, inner, event, given, depth + 1);
        }
        return;
    }
    let name = text(offer, "name").or_else(|| values(offer, "itemOffered").find_map(|of| text(of, "name")));
    let called = name.as_deref().or(event).unwrap_or("an offer").to_owned();
    let count = count(offer);
    let is_had = match (had(offer, given, read), count) {
        (Had::Yes | Had::Unknown(_), Some(0)) => {
            return read.left_out.note(|| format!("{called}: none is left"));
        }
        (Had::No(why), _) => return read.left_out.note(|| format!("{called}: {why}")),
        // A number of tickets that are left says that they can be had.
        (Had::Yes, _) | (Had::Unknown(_), Some(_)) => Ok(()),
        (Had::Unknown(why), None) => Err(why),
    };
    if let Err(why) = is_had {
        return read.dropped.note(|| format!("{called}: {why}"));
    }
    let price = match price(offer, given.currency) {
        Ok(price) => price,
        Err(why) => {
            read.dropped.note(|| format!("{called}: the price: {why}"));
            None
        }
    };
    let area = name.as_deref().or(event).and_then(|name| AreaId::new(name).ok()).unwrap_or_else(anywhere);
    read.offers.push(Offer {
        kind: text(offer, "category").map(Arc::from),
        quantity: quantity(offer),
        ..tickets(area, given.market, price, count)
    });
}

/// The price of one ticket; that of the cheapest where there is a range.
fn price(offer: &Value, usual: Currency) -> Result<Option<Price>, String> {
    let parts = [offer].into_iter().chain(values(offer, "priceSpecification"));
    for part in parts {
        let written = ["price", "lowPrice", "minPrice"].iter().find_map(|name| text(part, name));
        let Some(written) = written else { continue };
        let code = text(part, "priceCurrency").or_else(|| text(offer, "priceCurrency"));
        let currency = match code {
            None => usual,
            Some(code) => Currency::from_code(&code.to_uppercase())
                .ok_or_else(|| format!("no currency has the code {code:?}"))?,
        };
        return Price::parse(&written, Some(currency)).map(Some).map_err(|error| format!("cannot {error}"));
    }
    Ok(None)
}

/// How many tickets there are, where the offer says so.
fn count(offer: &Value) -> Option<u32> {
    let levels = values(offer, "inventoryLevel");
    let level = levels.flat_map(|level| [text(level, "value"), plain(level)]).flatten().next();
    let count = level.or_else(|| text(offer, "offerCount"))?;
    let whole = count.split_once('.').map_or(count.as_str(), |(whole, _)| whole);
    whole.replace(',', "").trim().parse().ok()
}

fn quantity(offer: &Value) -> Quantity {
    let number = |name| {
        let eligible = values(offer, "eligibleQuantity");
        eligible.filter_map(|quantity| text(quantity, name)?.parse::<u32>().ok()).find(|count| *count > 0)
    };
    let min = number("minValue").unwrap_or(1);
    Quantity { min, max: number("maxValue").filter(|max| *max >= min), step: 1 }
}

/// The values of a property, which may be a list.
pub(super) fn values<'v>(node: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    let found = match node.get(name) {
        Some(Value::Array(values)) => values.as_slice(),
        Some(Value::Null) | None => &[],
        Some(value) => std::slice::from_ref(value),
    };
    found.iter()
}

/// The texts and numbers of a property, without those that are empty.
pub(super) fn texts(node: &Value, name: &str) -> Vec<String> {
    values(node, name).filter_map(plain).collect()
}

/// The first text or number of a property.
pub(super) fn text(node: &Value, name: &str) -> Option<String> {
    texts(node, name).into_iter().next()
}

fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => unescaped(text).split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(number) => number.to_string(),
        // `{"@value": "…"}`, and things that are only named.
        Value::Object(fields) => {
            let inner = fields.get("@value").or_else(|| fields.get("@id"))?;
            return if inner.is_object() { None } else { plain(inner) };
        }
        Value::Null | Value::Bool(_) | Value::Array(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}
