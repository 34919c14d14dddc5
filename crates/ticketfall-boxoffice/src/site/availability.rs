//! The two availability feeds: what is on sale, as runs of map coordinates by area, band and price.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::Serialize;

use super::answer::Answer;
use super::ask::Ask;
use super::caller::SignedIn;
use super::feed_cache;
use crate::event::EventId;
use crate::house::House;
use crate::money::Pence;
use crate::refusal::Refusal;
use crate::stadium::AreaId;
use crate::stock::{Market, Offer, Run, Stock, Wanted};

const QUANTITY_MAX: usize = 50;
/// The `MarketType` of the exchange.
const EXCHANGE_MARKET: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Area {
    area_id: AreaId,
    price_bands: Vec<PriceBand>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PriceBand {
    #[serde(rename = "PriceBandCode")]
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_value_formatted: Option<String>,
    available_seats_intervals: Vec<Interval>,
    #[serde(skip)]
    offer: Offer,
}

#[derive(Serialize)]
struct Interval {
    #[serde(rename = "YCoord")]
    y: u16,
    #[serde(rename = "StartXCoord")]
    first_x: u16,
    #[serde(rename = "EndXCoord")]
    last_x: u16,
}

pub(super) fn answer(
    house: &mut House,
    ask: &Ask,
    who: &SignedIn,
    market: Market,
) -> Result<Answer, Refusal> {
    let event: EventId = ask.query.need("EventId")?;
    let hidden = house.hidden_from(who.member);
    let wanted = Wanted { hidden, ..wanted(ask, market)? };
    house.admit(event, &who.session, ask.now)?;
    Ok(feed_cache::answer(house, (ask, who), |house| {
        house.stock(event).map_or_else(Bytes::new, |stock| listing(stock, &wanted))
    }))
}

fn wanted(ask: &Ask, market: Market) -> Result<Wanted, Refusal> {
    let (least, most) = (ask.query.need("MinimumPrice")?, ask.query.need("MaximumPrice")?);
    let quantity: usize = ask.query.need("Quantity")?;
    if !(1..=QUANTITY_MAX).contains(&quantity) {
        return Err(Refusal::BadParameter("Quantity"));
    }
    if least > most {
        return Err(Refusal::BadParameter("MinimumPrice"));
    }
    if market == Market::Exchange && ask.query.need::<u32>("MarketType")? != EXCHANGE_MARKET {
        return Err(Refusal::BadParameter("MarketType"));
    }
    let together = ask.query.need("AreSeatsTogether")?;
    let price = Pence(least)..=Pence(most);
    Ok(Wanted { market, quantity, together, area: None, hidden: BTreeSet::new(), band: None, price })
}

fn listing(stock: &Stock, wanted: &Wanted) -> Bytes {
    let mut areas: Vec<Area> = Vec::new();
    for run in stock.fitting(wanted) {
        if areas.last().is_none_or(|area| area.area_id != run.area) {
            areas.push(Area { area_id: run.area, price_bands: Vec::new() });
        }
        if let Some(area) = areas.last_mut() {
            area.add(&run);
        }
    }
    Answer::json(&areas).body
}

impl Area {
    fn add(&mut self, run: &Run) {
        let interval = Interval { y: run.y, first_x: run.first_x, last_x: run.last_x };
        match self.price_bands.iter_mut().find(|band| band.offer == run.offer) {
            Some(band) => band.available_seats_intervals.push(interval),
            None => self.price_bands.push(PriceBand {
                code: run.offer.band.code(),
                total_value_formatted: match run.offer.market {
                    Market::Primary => None,
                    Market::Exchange => Some(run.offer.price.to_string()),
                },
                available_seats_intervals: vec![interval],
                offer: run.offer,
            }),
        }
    }
}
