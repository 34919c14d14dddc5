//! The event's config: names of areas, buyer classes of each price band, and where other feeds are.

use std::collections::BTreeMap;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;
use ticketfall_core::ids::AreaId;
use ticketfall_core::offer::PriceClass;
use ticketfall_core::price::{Currency, Price};

use crate::seller::dialects::catalogue::{Area, Band, Catalogue};
use crate::seller::dialects::read::{Dropped, Unknown};
use crate::seller::dialects::wire::{Loose, Written, unreadable};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    #[serde(default)]
    areas: Option<Vec<Loose<WireArea>>>,
    #[serde(default)]
    prices: Option<WirePrices>,
    #[serde(default)]
    urls: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireArea {
    id: Written,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WirePrices {
    #[serde(default)]
    prices: Option<Vec<Loose<WirePrice>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WirePrice {
    price_category: Written,
    price_type: Written,
    #[serde(default)]
    price_type_description: Option<String>,
    #[serde(default)]
    total_face_value: Option<Value>,
}

/// What the config says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Areas and price bands.
    pub catalogue: Catalogue,
    /// URLs of other feeds by the seller's name for them, decoded.
    pub urls: BTreeMap<String, String>,
    /// What was not understood.
    pub dropped: Dropped,
}

/// Reads a config; one that names neither areas nor prices tells nothing.
pub fn read_config(bytes: &[u8], currency: Currency) -> Result<Config, Unknown> {
    let wire: Wire = serde_json::from_slice(bytes).map_err(|error| unreadable(bytes, &error))?;
    let mut dropped = Dropped::default();
    let prices = wire.prices.and_then(|prices| prices.prices);
    if wire.areas.is_none() && prices.is_none() {
        return Err(Unknown("a config that names neither areas nor prices".to_owned()));
    }
    let areas: Vec<_> =
        wire.areas.into_iter().flatten().filter_map(|area| kept(area, "an area", &mut dropped)).collect();
    let areas = areas.into_iter().filter_map(area);
    let prices: Vec<_> =
        prices.into_iter().flatten().filter_map(|price| kept(price, "a price", &mut dropped)).collect();
    let catalogue = Catalogue::new(areas, bands(prices, currency));
    let urls = wire.urls.unwrap_or_default();
    let urls = urls.into_iter().filter_map(|(name, url)| Some((name, decoded(url.as_str()?)))).collect();
    Ok(Config { catalogue, urls, dropped })
}

fn kept<T>(loose: Loose<T>, what: &str, dropped: &mut Dropped) -> Option<T> {
    loose.0.map_err(|error| dropped.note(|| format!("{what}: {error}"))).ok()
}

fn area(wire: WireArea) -> Option<Area> {
    let name = wire.name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    Some(Area { id: AreaId::new(&wire.id.0).ok()?, name: name.map(Arc::from) })
}

/// Bands in the order of their codes, each with its classes in the config's order.
fn bands(prices: Vec<WirePrice>, currency: Currency) -> Vec<Band> {
    let mut bands: BTreeMap<String, Vec<PriceClass>> = BTreeMap::new();
    for price in prices {
        let id: Arc<str> = Arc::from(&*price.price_type.0);
        let name = price.price_type_description.map_or_else(|| id.clone(), |name| Arc::from(name.trim()));
        let pence = price.total_face_value.as_ref().and_then(whole);
        let class = PriceClass { id, name, price: pence.map(|pence| Price::new(pence, currency)) };
        bands.entry(price.price_category.0).or_default().push(class);
    }
    bands.into_iter().map(|(code, classes)| Band::new(code.into(), classes)).collect()
}

/// A number of pence, which some feeds write as `7500.0` or as a text.
fn whole(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let digits = text.split_once('.').map_or(text.as_str(), |(whole, zeros)| {
        if zeros.bytes().all(|digit| digit == b'0') { whole } else { "" }
    });
    digits.parse().ok().filter(|pence: &i64| *pence >= 0)
}

/// The URL as it is; some configs write it percent-encoded as a whole.
fn decoded(url: &str) -> String {
    let plain = url.starts_with('/') || url.starts_with("http://") || url.starts_with("https://");
    if plain { url.to_owned() } else { percent_decode_str(url).decode_utf8_lossy().into_owned() }
}
