//! The offers that a program gives out: what each may say, and how they become ours. One that is not
//! understood is dropped and told of; the others stand.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use ticketfall_core::ids::AreaId;
use ticketfall_core::offer::{Market, Offer, PriceClass, Quantity, Stock};
use ticketfall_core::price::{Currency, Price};
use ticketfall_core::reading::Reading;
use ticketfall_core::seat::SeatRun;

use super::money::WirePrice;
use super::places;
use crate::seller::dialects::read::Read;
use crate::seller::dialects::wire::Written;

/// The most offers of one reading.
const OFFERS_MAX: usize = 20_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WireOffer {
    area: Written,
    area_name: Option<Written>,
    market: Option<Market>,
    band: Option<Written>,
    kind: Option<Written>,
    price: Option<WirePrice>,
    classes: Option<Vec<WireClass>>,
    quantity: Option<WireQuantity>,
    runs: Option<Vec<WireRun>>,
    seats: Option<Vec<WireSeat>>,
    count: Option<Value>,
    together: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireClass {
    id: Written,
    name: Option<Written>,
    price: Option<WirePrice>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireQuantity {
    min: Option<u32>,
    max: Option<u32>,
    step: Option<u32>,
}

/// Adjacent seats, both ends included: a row by name or coordinate, and its seats by number or coordinate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRun {
    row: Option<Written>,
    y: Option<i32>,
    from: Option<Written>,
    to: Option<Written>,
    start: Option<i32>,
    end: Option<i32>,
}

/// One seat, by what is printed on it, by its coordinates, or both.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSeat {
    row: Option<Written>,
    y: Option<i32>,
    seat: Option<Written>,
    x: Option<i32>,
}

/// A reading that a program gives in place of offers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Instead {
    reading: InsteadOf,
    reason: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum InsteadOf {
    NotOnSale,
    SignedOut,
    KeyMissing,
    Human,
    Blocked,
    SlowDown,
    Unknown,
}

/// Puts the offers of one reading together.
pub(super) struct Gatherer {
    market: Market,
    currency: Currency,
    read: Read,
    instead: Option<Reading>,
    /// Offers that came one seat at a time, by all that they have in common.
    singles: HashMap<Offer, usize>,
    seats: Vec<(usize, BTreeSet<(i32, i32)>)>,
}

impl Gatherer {
    /// A gatherer of what one feed has; `currency` is that of prices which do not say.
    pub(super) fn new(market: Market, currency: Currency) -> Self {
        let (read, instead) = (Read::default(), None);
        Self { market, currency, read, instead, singles: HashMap::new(), seats: Vec::new() }
    }

    /// Takes one output of the program: an offer, a list of them, or a reading in their place.
    pub(super) fn take(&mut self, number: usize, json: &[u8]) {
        match serde_json::from_slice::<Value>(json) {
            Ok(Value::Array(values)) => values.into_iter().for_each(|value| self.take_value(number, value)),
            Ok(value) => self.take_value(number, value),
            Err(error) => self.read.dropped.note(|| format!("output {number}: no JSON: {error}")),
        }
    }

    fn take_value(&mut self, number: usize, value: Value) {
        if value.get("reading").is_some() {
            match serde_json::from_value::<Instead>(value) {
                Ok(instead) => self.instead = self.instead.take().or(Some(instead.reading())),
                Err(error) => self.read.dropped.note(|| format!("output {number}: {error}")),
            }
            return;
        }
        let taken = serde_json::from_value::<WireOffer>(value).map_err(|error| error.to_string());
        if let Err(why) = taken.and_then(|wire| self.offer(number, &wire)) {
            self.read.dropped.note(|| format!("output {number}: {why}"));
        }
    }

    /// All that was gathered. Nothing but what was not understood is unknown, and so is a flood.
    pub(super) fn finished(mut self) -> Result<Read, Reading> {
        if let Some(reading) = self.instead {
            return Err(reading);
        }
        for (offer, seats) in self.seats {
            self.read.offers[offer].stock = Stock::Runs(places::runs(&seats));
        }
        if self.read.offers.len() > OFFERS_MAX {
            let reason = format!("more than {OFFERS_MAX} offers: no event has so many");
            return Err(Reading::Unknown { reason });
        }
        Ok(self.read.unless_all_is_dropped()?)
    }

    fn offer(&mut self, number: usize, wire: &WireOffer) -> Result<(), String> {
        let area = AreaId::new(&wire.area.0).map_err(|error| format!("the area: cannot {error}"))?;
        let quantity = wire.quantity.as_ref().map_or(Ok(Quantity::default()), WireQuantity::quantity)?;
        let stock = self.stock(&area, wire)?;
        let classes = wire.classes.iter().flatten().map(|class| self.class(number, class)).collect();
        let offer = Offer {
            area,
            area_name: text(wire.area_name.as_ref()),
            market: wire.market.unwrap_or(self.market),
            band: text(wire.band.as_ref()),
            kind: text(wire.kind.as_ref()),
            price: self.price(number, wire.price.as_ref()),
            classes,
            quantity,
            stock: Stock::Runs(Vec::new()),
        };
        match stock {
            Found::Stock(Stock::Count { available: Some(0), .. }) => {
                self.read.left_out.note(|| format!("output {number}: none is left"));
            }
            Found::Stock(Stock::Runs(runs)) if runs.is_empty() => {
                self.read.left_out.note(|| format!("output {number}: no seats"));
            }
            Found::Stock(stock) => self.read.offers.push(Offer { stock, ..offer }),
            Found::Single(seat) => self.single(offer, seat),
        }
        Ok(())
    }

    /// Puts seats that came one at a time, but have all else in common, into one offer.
    fn single(&mut self, offer: Offer, seat: (i32, i32)) {
        let slot = if let Some(slot) = self.singles.get(&offer) {
            *slot
        } else {
            self.singles.insert(offer.clone(), self.seats.len());
            self.seats.push((self.read.offers.len(), BTreeSet::new()));
            self.read.offers.push(offer);
            self.seats.len() - 1
        };
        self.seats[slot].1.insert(seat);
    }

    fn stock(&mut self, area: &AreaId, wire: &WireOffer) -> Result<Found, String> {
        match (&wire.runs, &wire.seats, &wire.count) {
            (Some(runs), None, None) => {
                let runs: Result<_, _> = runs.iter().map(|run| self.run(area, run)).collect();
                Ok(Found::Stock(Stock::Runs(runs?)))
            }
            (None, Some(seats), None) => {
                let seats: Vec<_> =
                    seats.iter().map(|seat| self.seat(area, seat)).collect::<Result<_, _>>()?;
                Ok(match seats[..] {
                    [seat] => Found::Single(seat),
                    _ => Found::Stock(Stock::Runs(places::runs(&seats.into_iter().collect()))),
                })
            }
            (None, None, count) => {
                let available = count.as_ref().map(counted).transpose()?.flatten();
                Ok(Found::Stock(Stock::Count { available, together: wire.together }))
            }
            _ => Err("an offer has one of `runs`, `seats` and `count`".to_owned()),
        }
    }

    fn run(&mut self, area: &AreaId, run: &WireRun) -> Result<SeatRun, String> {
        let y = self.row(area, run.row.as_ref(), run.y)?;
        let (start, end) = match (run.start, run.end, &run.from, &run.to) {
            (Some(start), Some(end), None, None) => (start, end),
            (None, None, Some(from), Some(to)) => {
                let (start, end) = (places::coordinate(&from.0), places::coordinate(&to.0));
                if from.0.parse::<i32>().is_ok() && to.0.parse::<i32>().is_ok() {
                    places::name_numbers(&mut self.read.names, area, start.min(end), start.max(end));
                }
                (start, end)
            }
            _ => return Err("a run has `from` and `to`, or `start` and `end`".to_owned()),
        };
        SeatRun::new(y, start.min(end), start.max(end)).ok_or_else(|| "a run has two ends".to_owned())
    }

    fn seat(&mut self, area: &AreaId, seat: &WireSeat) -> Result<(i32, i32), String> {
        let y = self.row(area, seat.row.as_ref(), seat.y)?;
        let named = seat.seat.as_ref().filter(|name| !name.0.is_empty());
        let x = match (seat.x, named) {
            (Some(x), _) => x,
            (None, Some(name)) => places::coordinate(&name.0),
            (None, None) => return Err("a seat has a `seat` or an `x`".to_owned()),
        };
        if let Some(name) = named {
            places::name(&mut self.read.names, area, None, Some((x, &name.0)));
        }
        Ok((y, x))
    }

    fn row(&mut self, area: &AreaId, row: Option<&Written>, y: Option<i32>) -> Result<i32, String> {
        let named = row.filter(|name| !name.0.is_empty());
        let y = y.or_else(|| named.map(|name| places::coordinate(&name.0)));
        let y = y.ok_or("seats have a `row` or a `y`; where there are none, give their `count`")?;
        if let Some(name) = named {
            places::name(&mut self.read.names, area, Some((y, &name.0)), None);
        }
        Ok(y)
    }

    fn class(&mut self, number: usize, class: &WireClass) -> PriceClass {
        let id: Arc<str> = Arc::from(&*class.id.0);
        let name = text(class.name.as_ref()).unwrap_or_else(|| id.clone());
        PriceClass { id, name, price: self.price(number, class.price.as_ref()) }
    }

    /// An offer whose price is not understood stands, at a price that nobody knows.
    fn price(&mut self, number: usize, price: Option<&WirePrice>) -> Option<Price> {
        match price?.price(self.currency) {
            Ok(price) => Some(price),
            Err(why) => {
                self.read.dropped.note(|| format!("output {number}: the price: {why}"));
                None
            }
        }
    }
}

/// What an offer says of its seats.
enum Found {
    Stock(Stock),
    Single((i32, i32)),
}

impl WireQuantity {
    fn quantity(&self) -> Result<Quantity, String> {
        let (min, step) = (self.min.unwrap_or(1).max(1), self.step.unwrap_or(1).max(1));
        match self.max {
            Some(max) if max < min => Err(format!("{min} seats at least and {max} at most")),
            max => Ok(Quantity { min, max, step }),
        }
    }
}

impl Instead {
    fn reading(self) -> Reading {
        let reason = self.reason.unwrap_or_else(|| "the definition's program says so".to_owned());
        match self.reading {
            InsteadOf::NotOnSale => Reading::NotOnSale { reason },
            InsteadOf::SignedOut => Reading::SignedOut,
            InsteadOf::KeyMissing => Reading::KeyMissing { reason },
            InsteadOf::Human => Reading::Human { reason },
            InsteadOf::Blocked => Reading::Blocked { reason },
            InsteadOf::SlowDown => Reading::SlowDown { wait: None },
            InsteadOf::Unknown => Reading::Unknown { reason },
        }
    }
}

fn text(written: Option<&Written>) -> Option<Arc<str>> {
    written.filter(|text| !text.0.is_empty()).map(|text| Arc::from(&*text.0))
}

/// A number of seats; `null` where nobody knows, and below zero is no number.
fn counted(value: &Value) -> Result<Option<u32>, String> {
    let count = match value {
        Value::Null => return Ok(None),
        Value::Number(number) => {
            number.as_u64().or_else(|| number.to_string().strip_suffix(".0")?.parse().ok())
        }
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    count.map(|count: u64| Some(u32::try_from(count).unwrap_or(u32::MAX))).ok_or_else(|| {
        let written: String = value.to_string().chars().take(40).collect();
        format!("the count {written} is no number of seats")
    })
}
