//! The event's configuration: areas, price list and where the other feeds are.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::answer::Answer;
use super::ask::Ask;
use super::caller::SignedIn;
use super::{PREFIX, feed_cache};
use crate::event::{ClassId, Event, EventId};
use crate::house::House;
use crate::refusal::Refusal;
use crate::stadium::{AreaId, Stadium};

/// What the platform leaves alone when it encodes an address.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Config<'a> {
    areas: Vec<AreaName<'a>>,
    prices: PriceList,
    urls: Urls,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AreaName<'a> {
    id: AreaId,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PriceList {
    prices: Vec<Price>,
}

#[derive(Serialize)]
struct Price {
    #[serde(rename = "PriceCategory")]
    band: &'static str,
    #[serde(rename = "PriceType")]
    class: ClassId,
    #[serde(rename = "PriceTypeDescription")]
    class_name: &'static str,
    #[serde(rename = "TotalFaceValue")]
    pence: u32,
}

#[derive(Serialize)]
struct Urls {
    #[serde(rename = "AvailabilityUrl")]
    seat_map: String,
    #[serde(rename = "GetRegularSeatsUrl")]
    regular_seats: String,
    #[serde(rename = "LockRegularSeatsUrl")]
    lock_regular: String,
    #[serde(rename = "PurgeLocksUrl")]
    purge: String,
}

pub(super) fn answer(house: &mut House, ask: &Ask, who: &SignedIn, id: EventId) -> Result<Answer, Refusal> {
    let event = house.admit(id, &who.session, ask.now)?.clone();
    Ok(feed_cache::answer(house, (ask, who), |house| config(&event, &house.stadium)))
}

fn config(event: &Event, stadium: &Stadium) -> bytes::Bytes {
    let prices = event.prices().map(|line| Price {
        band: line.band.code(),
        class: line.class,
        class_name: line.class_name,
        pence: line.price.0,
    });
    Answer::json(&Config {
        areas: stadium.areas().iter().map(|area| AreaName { id: area.id, name: &area.name }).collect(),
        prices: PriceList { prices: prices.collect() },
        urls: Urls {
            seat_map: encoded(&format!("/EDP/Ism/SeatMap?eventId={}", event.id)),
            regular_seats: encoded("/EDP/Seats/AvailableRegular"),
            lock_regular: encoded("/EDP/BestAvailable/RegularSeats"),
            purge: encoded("/EDP/Ism/PurgeLocks"),
        },
    })
    .body
}

fn encoded(path: &str) -> String {
    utf8_percent_encode(&format!("{PREFIX}{path}"), ENCODED).to_string()
}
