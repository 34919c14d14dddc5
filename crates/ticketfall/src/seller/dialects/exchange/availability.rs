//! The availability feeds: areas, their price bands, and intervals of adjacent seats.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use ticketfall_core::ids::AreaId;
use ticketfall_core::offer::{Market, Offer, Quantity, Stock};
use ticketfall_core::price::Price;
use ticketfall_core::seat::SeatRun;

use crate::seller::dialects::catalogue::Area;
use crate::seller::dialects::read::{Read, ReadContext, Unknown};
use crate::seller::dialects::wire::{Code, Text, unreadable};

/// An area of a sound feed.
pub(super) type WholeArea<'a> = WireArea<'a, WireBand<'a, Interval>>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WireArea<'a, B> {
    #[serde(borrow)]
    area_id: Code<'a>,
    price_bands: Vec<B>,
}

#[derive(Deserialize)]
pub(super) struct WireBand<'a, I> {
    #[serde(borrow, rename = "PriceBandCode")]
    code: Code<'a>,
    #[serde(borrow, default, rename = "TotalValueFormatted")]
    price: Option<Text<'a>>,
    #[serde(rename = "AvailableSeatsIntervals")]
    intervals: Vec<I>,
}

#[derive(Deserialize)]
pub(super) struct Interval {
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
    let mut reader = Reader::new(context);
    // Nearly every feed is sound and is read in one go; only a broken one is worth reading part by part.
    match serde_json::from_slice::<Vec<WholeArea<'_>>>(bytes) {
        Ok(areas) => areas.iter().for_each(|area| reader.area(area)),
        Err(_) => reader.salvage(bytes)?,
    }
    reader.read.unless_all_is_dropped()
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

pub(super) struct Reader<'c, 'r> {
    context: &'r ReadContext<'c>,
    pub(super) read: Read,
}

impl<'c, 'r> Reader<'c, 'r> {
    pub(super) fn new(context: &'r ReadContext<'c>) -> Self {
        Self { context, read: Read::default() }
    }

    pub(super) fn area(&mut self, wire: &WholeArea<'_>) {
        let Some(area) = self.area_of(&wire.area_id) else { return };
        for band in &wire.price_bands {
            let runs = band.intervals.iter().filter_map(|interval| self.run(&area, interval)).collect();
            self.offer(&area, band, runs);
        }
    }

    /// Reads part by part what cannot be read as a whole.
    fn salvage(&mut self, bytes: &[u8]) -> Result<(), Unknown> {
        let areas: Vec<&RawValue> =
            serde_json::from_slice(bytes).map_err(|error| unreadable(bytes, &error))?;
        for (number, area) in areas.into_iter().enumerate() {
            match serde_json::from_str::<WireArea<'_, &RawValue>>(area.get()) {
                Ok(area) => self.salvage_area(&area),
                Err(error) => self.read.dropped.note(|| format!("area number {}: {error}", number + 1)),
            }
        }
        Ok(())
    }

    fn salvage_area(&mut self, wire: &WireArea<'_, &RawValue>) {
        let Some(area) = self.area_of(&wire.area_id) else { return };
        for band in &wire.price_bands {
            match serde_json::from_str::<WireBand<'_, &RawValue>>(band.get()) {
                Ok(band) => {
                    let intervals = band.intervals.iter();
                    let runs = intervals.filter_map(|interval| self.salvage_run(&area, interval)).collect();
                    self.offer(&area, &band, runs);
                }
                Err(error) => self.read.dropped.note(|| format!("a band of area {}: {error}", area.id)),
            }
        }
    }

    fn salvage_run(&mut self, area: &Area, interval: &RawValue) -> Option<SeatRun> {
        match serde_json::from_str(interval.get()) {
            Ok(interval) => self.run(area, &interval),
            Err(error) => {
                self.read.dropped.note(|| format!("seats in area {}: {error}", area.id));
                None
            }
        }
    }

    fn area_of(&mut self, code: &Code<'_>) -> Option<Area> {
        if let Some(area) = self.context.catalogue.area(&code.0) {
            return Some(area.clone());
        }
        match AreaId::new(&code.0) {
            Ok(id) => Some(Area { id, name: None }),
            Err(error) => {
                self.read.dropped.note(|| format!("an area: cannot {error}"));
                None
            }
        }
    }

    fn run(&mut self, area: &Area, interval: &Interval) -> Option<SeatRun> {
        let Interval { y, start, end } = *interval;
        let run = SeatRun::new(y, start, end);
        if run.is_none() {
            let what = || format!("seats in area {}: row {y} runs from {start} back to {end}", area.id);
            self.read.dropped.note(what);
        }
        run
    }

    fn offer<I>(&mut self, area: &Area, band: &WireBand<'_, I>, runs: Vec<SeatRun>) {
        if runs.is_empty() {
            return;
        }
        let known = self.context.catalogue.band(&band.code.0);
        let price =
            band.price.as_ref().and_then(|text| Price::parse(&text.0, Some(self.context.currency)).ok());
        let classes = known.map_or_else(|| Arc::from([]), |band| band.classes.clone());
        // A price from the exchange is its seller's own: where it cannot be read, the club's price list must not
        // stand in for it, and the classes that carry that list are left out.
        let (price, classes) = match (self.context.market, price) {
            (Market::Primary, _) => (None, classes),
            (Market::Exchange, Some(price)) => (Some(price), classes),
            (Market::Exchange, None) => (None, Arc::from([])),
        };
        self.read.offers.push(Offer {
            area: area.id.clone(),
            area_name: area.name.clone(),
            market: self.context.market,
            band: Some(known.map_or_else(|| Arc::from(&*band.code.0), |band| band.code.clone())),
            kind: None,
            price,
            classes,
            quantity: Quantity::default(),
            stock: Stock::Runs(runs),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn nothing_of_a_sound_feed_is_copied_before_it_is_an_offer() {
        let band = r#"{"PriceBandCode":"12","TotalValueFormatted":"£75.00","AvailableSeatsIntervals":[]}"#;
        let band: WireBand<'_, Interval> = serde_json::from_str(band).unwrap();
        assert!(matches!(
            (band.code.0, band.price.unwrap().0),
            (Cow::Borrowed("12"), Cow::Borrowed("£75.00"))
        ));
    }
}
