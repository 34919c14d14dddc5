//! The two steps of a hold: lock the best available seats, then put them in the basket.

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::ask::Ask;
use super::caller::SignedIn;
use super::writes;
use crate::event::{Band, ClassId, EventId, LockShape};
use crate::house::{Claim, House, Pick};
use crate::money::Pence;
use crate::refusal::Refusal;
use crate::stadium::AreaId;
use crate::stock::{Market, Wanted};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LockAsk {
    event_id: EventId,
    quantity: usize,
    #[serde(default)]
    are_seats_together: bool,
    area_id: Option<AreaId>,
    price_band_id: Option<BandCode>,
    minimum_price: Option<u32>,
    maximum_price: Option<u32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum BandCode {
    Number(u32),
    Text(String),
}

impl BandCode {
    fn band(&self) -> Result<Band, Refusal> {
        let band = match self {
            Self::Number(code) => Band::by_code(&code.to_string()),
            Self::Text(code) => Band::by_code(code),
        };
        band.ok_or(Refusal::BadParameter("PriceBandId"))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutAsk {
    event_id: EventId,
    seats: Vec<PutSeat>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutSeat {
    id: u64,
    price_class_id: ClassId,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LockedSeats {
    locked_seats: Vec<LockedSeat>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MainSeat {
    main_seat: Option<LockedSeat>,
    companion_seats: Vec<LockedSeat>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LockedSeat {
    id: u64,
    area_id: AreaId,
    x_coord: u16,
    y_coord: u16,
    price_band_id: &'static str,
}

impl From<&Pick> for LockedSeat {
    fn from(pick: &Pick) -> Self {
        let Pick { id, place, band } = pick;
        Self { id: *id, area_id: place.area, x_coord: place.x, y_coord: place.y, price_band_id: band.code() }
    }
}

pub(super) fn lock(house: &mut House, ask: &Ask, who: &SignedIn, market: Market) -> Result<Answer, Refusal> {
    let body: LockAsk = read(ask)?;
    writes::admit(house, body.event_id, who, ask)?;
    let wanted = Wanted {
        market,
        quantity: body.quantity,
        together: body.are_seats_together,
        area: body.area_id,
        hidden: house.hidden_from(who.member),
        band: body.price_band_id.as_ref().map(BandCode::band).transpose()?,
        price: Pence(body.minimum_price.unwrap_or(0))..=Pence(body.maximum_price.unwrap_or(u32::MAX)),
    };
    let claim = Claim { by: who.member, event: body.event_id, market, now: ask.now };
    let picks = house.lock_best(claim, &wanted)?;
    let shape = house.event(body.event_id).map(|event| event.lock_shape);
    let mut seats = picks.iter().map(LockedSeat::from);
    let answer = match shape {
        Some(LockShape::MainSeat) => {
            Answer::json(&MainSeat { main_seat: seats.next(), companion_seats: seats.collect() })
        }
        Some(LockShape::LockedSeats) | None => Answer::json(&LockedSeats { locked_seats: seats.collect() }),
    };
    Ok(answer.note(format!("locked {} of event {}", picks.len(), body.event_id)))
}

pub(super) fn put(house: &mut House, ask: &Ask, who: &SignedIn, market: Market) -> Result<Answer, Refusal> {
    let body: PutAsk = read(ask)?;
    writes::admit(house, body.event_id, who, ask)?;
    let seats: Vec<(u64, ClassId)> = body.seats.iter().map(|seat| (seat.id, seat.price_class_id)).collect();
    let claim = Claim { by: who.member, event: body.event_id, market, now: ask.now };
    house.put_in_basket(claim, &seats)?;
    Ok(booked().note(format!("put {} of event {} in the basket", seats.len(), body.event_id)))
}

/// The whole of what a client is told about a basket that was filled.
pub(super) fn booked() -> Answer {
    Answer::json(&serde_json::json!({ "Success": true }))
}

/// The JSON of a write.
pub(super) fn read<'a, T: Deserialize<'a>>(ask: &'a Ask) -> Result<T, Refusal> {
    serde_json::from_slice(&ask.body).map_err(|error| Refusal::Malformed(error.to_string()))
}
