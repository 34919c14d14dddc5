//! The availability feeds: areas, their price bands, and intervals of adjacent seats.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use ticketfall_core::ids::AreaId;
use ticketfall_core::offer::{Market, Offer, Quantity, Stock};
use ticketfall_core::price::Price;
use ticketfall_core::seat::SeatRun;

use super::wire::{Code, unreadable};
use super::{Read, ReadContext, Unknown};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Area<'a, B> {
    #[serde(borrow)]
    area_id: Code<'a>,
    price_bands: Vec<B>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Band<'a, I> {
    #[serde(borrow)]
    price_band_code: Code<'a>,
    #[serde(borrow, default)]
    total_value_formatted: Option<Cow<'a, str>>,
    available_seats_intervals: Vec<I>,
}

#[derive(Deserialize)]
struct Interval {
    #[serde(rename = "YCoord")]
    y: i32,
    #[serde(rename = "StartXCoord")]
    start: i32,
    #[serde(rename = "EndXCoord")]
    end: i32,
}

/// Reads a feed. A part that is not understood is dropped and counted; when parts were dropped and
/// nothing is left, nothing is known.
pub fn read_availability(bytes: &[u8], context: &ReadContext<'_>) -> Result<Read, Unknown> {
    let mut reader = Reader { context, read: Read::default() };
    match serde_json::from_slice::<Vec<Area<'_, Band<'_, Interval>>>>(bytes) {
        Ok(areas) => areas.into_iter().for_each(|area| reader.area(area)),
        Err(_) => reader.salvage(bytes)?,
    }
    let Read { offers, dropped } = &reader.read;
    match dropped.described.first() {
        Some(first) if offers.is_empty() => {
            Err(Unknown(format!("none of the {} parts is understood; {first}", dropped.count)))
        }
        Some(_) | None => Ok(reader.read),
    }
}

/// Reads the totals of all areas: how many seats are on sale together.
pub fn read_totals(bytes: &[u8]) -> Result<u64, Unknown> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Total {
        available_seats: u64,
    }
    let totals: Vec<Total> = serde_json::from_slice(bytes).map_err(|error| unreadable(bytes, &error))?;
    Ok(totals.iter().fold(0, |sum, total| sum.saturating_add(total.available_seats)))
}

struct Reader<'c, 'r> {
    context: &'r ReadContext<'c>,
    read: Read,
}

impl Reader<'_, '_> {
    fn area(&mut self, area: Area<'_, Band<'_, Interval>>) {
        let Some((id, name)) = self.area_of(&area.area_id) else { return };
        for band in area.price_bands {
            let runs = band
                .available_seats_intervals
                .iter()
                .filter_map(|interval| self.run(&area.area_id, interval));
            let runs: Vec<_> = runs.collect();
            self.offer(
                (&id, name.as_ref()),
                &band.price_band_code,
                band.total_value_formatted.as_deref(),
                runs,
            );
        }
    }

    /// Reads part by part what cannot be read as a whole.
    fn salvage(&mut self, bytes: &[u8]) -> Result<(), Unknown> {
        let areas: Vec<&RawValue> =
            serde_json::from_slice(bytes).map_err(|error| unreadable(bytes, &error))?;
        for (number, area) in areas.into_iter().enumerate() {
            match serde_json::from_str::<Area<'_, &RawValue>>(area.get()) {
                Ok(area) => self.salvage_area(&area),
                Err(error) => self.read.dropped.note(|| format!("area number {}: {error}", number + 1)),
            }
        }
        Ok(())
    }

    fn salvage_area(&mut self, area: &Area<'_, &RawValue>) {
        let Some((id, name)) = self.area_of(&area.area_id) else { return };
        for band in &area.price_bands {
            match serde_json::from_str::<Band<'_, &RawValue>>(band.get()) {
                Ok(band) => {
                    let runs =
                        band.available_seats_intervals.iter().filter_map(
                            |interval| match serde_json::from_str::<Interval>(interval.get()) {
                                Ok(interval) => self.run(&area.area_id, &interval),
                                Err(error) => {
                                    self.read.dropped.note(|| format!("seats in area {id}: {error}"));
                                    None
                                }
                            },
                        );
                    let runs: Vec<_> = runs.collect();
                    self.offer(
                        (&id, name.as_ref()),
                        &band.price_band_code,
                        band.total_value_formatted.as_deref(),
                        runs,
                    );
                }
                Err(error) => self.read.dropped.note(|| format!("a band of area {id}: {error}")),
            }
        }
    }

    fn area_of(&mut self, code: &Code<'_>) -> Option<(AreaId, Option<Arc<str>>)> {
        if let Some(area) = self.context.catalogue.area(&code.0) {
            return Some((area.id.clone(), area.name.clone()));
        }
        match AreaId::new(&code.0) {
            Ok(id) => Some((id, None)),
            Err(error) => {
                self.read.dropped.note(|| format!("an area: cannot {error}"));
                None
            }
        }
    }

    fn run(&mut self, area: &Code<'_>, interval: &Interval) -> Option<SeatRun> {
        let Interval { y, start, end } = *interval;
        let run = SeatRun::new(y, start, end);
        if run.is_none() {
            self.read
                .dropped
                .note(|| format!("seats in area {}: row {y} runs from {start} back to {end}", area.0));
        }
        run
    }

    fn offer(
        &mut self,
        area: (&AreaId, Option<&Arc<str>>),
        band: &Code<'_>,
        price: Option<&str>,
        runs: Vec<SeatRun>,
    ) {
        if runs.is_empty() {
            return;
        }
        let known = self.context.catalogue.band(&band.0);
        let price = price.and_then(|text| Price::parse(text, Some(self.context.currency)).ok());
        let classes = known.map_or_else(|| Arc::from([]), |band| band.classes.clone());
        // A price from the exchange is its seller's own: where it cannot be read, the club's price list must not
        // stand in for it, and the classes that carry that list are left out.
        let (price, classes) = match (self.context.market, price) {
            (Market::Primary, _) => (None, classes),
            (Market::Exchange, Some(price)) => (Some(price), classes),
            (Market::Exchange, None) => (None, Arc::from([])),
        };
        self.read.offers.push(Offer {
            area: area.0.clone(),
            area_name: area.1.cloned(),
            market: self.context.market,
            band: Some(known.map_or_else(|| Arc::from(&*band.0), |band| band.code.clone())),
            kind: None,
            price,
            classes,
            quantity: Quantity::default(),
            stock: Stock::Runs(runs),
        });
    }
}
