//! How many seats every area has on sale.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::Serialize;

use super::answer::Answer;
use super::ask::Ask;
use super::caller::SignedIn;
use super::feed_cache;
use crate::event::EventId;
use crate::house::House;
use crate::refusal::Refusal;
use crate::stadium::AreaId;
use crate::stock::Market;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Total<'a> {
    area_id: AreaId,
    area_name: &'a str,
    available_seats: usize,
}

pub(super) fn answer(house: &mut House, ask: &Ask, who: &SignedIn) -> Result<Answer, Refusal> {
    let event: EventId = ask.query.need("eventId")?;
    house.admit(event, &who.session, ask.now)?;
    Ok(feed_cache::answer(house, (ask, who), |house| totals(house, event, &house.hidden_from(who.member))))
}

fn totals(house: &House, event: EventId, hidden: &BTreeSet<AreaId>) -> Bytes {
    let mut counts: BTreeMap<AreaId, usize> = BTreeMap::new();
    let markets = [Market::Primary, Market::Exchange].into_iter();
    for (place, _) in house
        .stock(event)
        .into_iter()
        .flat_map(|stock| markets.clone().flat_map(|market| stock.on_sale(market)))
    {
        *counts.entry(place.area).or_default() += usize::from(!hidden.contains(&place.area));
    }
    let areas = house.stadium.areas().iter();
    let totals = areas.map(|area| Total {
        area_id: area.id,
        area_name: &area.name,
        available_seats: counts.get(&area.id).copied().unwrap_or_default(),
    });
    Answer::json(&totals.collect::<Vec<_>>()).body
}
