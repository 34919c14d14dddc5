//! A hold of concrete seats, in one step.

use serde::Deserialize;

use super::answer::Answer;
use super::ask::Ask;
use super::caller::SignedIn;
use super::{best_available, writes};
use crate::event::{ClassId, EventId};
use crate::house::{Claim, House, Selection};
use crate::refusal::Refusal;
use crate::stadium::{AreaId, Place};
use crate::stock::Market;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SelectAsk {
    event_id: EventId,
    seats: Vec<SelectSeat>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SelectSeat {
    area_id: AreaId,
    x_coordinate: u16,
    y_coordinate: u16,
    price_class_id: ClassId,
    #[serde(default)]
    is_secondary_market: bool,
}

pub(super) fn answer(
    house: &mut House,
    ask: &Ask,
    who: &SignedIn,
    market: Market,
) -> Result<Answer, Refusal> {
    let body: SelectAsk = best_available::read(ask)?;
    writes::admit(house, body.event_id, who, ask)?;
    if body.seats.iter().any(|seat| seat.is_secondary_market != (market == Market::Exchange)) {
        return Err(Refusal::WrongMarket);
    }
    let seats = body.seats.iter().map(|seat| Selection {
        place: Place { area: seat.area_id, y: seat.y_coordinate, x: seat.x_coordinate },
        class: seat.price_class_id,
    });
    let seats: Vec<Selection> = seats.collect();
    let hidden = house.hidden_from(who.member);
    if seats.iter().any(|seat| hidden.contains(&seat.place.area)) {
        return Err(Refusal::SeatGone);
    }
    let claim = Claim { by: who.member, event: body.event_id, market, now: ask.now };
    house.select(claim, &seats)?;
    // Opaque to the client, and the same when the run is repeated.
    let receipt = crate::tokens::derive(house.seed, &[&who.session, &format!("{:?}", ask.now)]);
    Ok(booked(receipt).note(format!("selected {} of event {}", seats.len(), body.event_id)))
}

/// The opaque text that a selection is acknowledged with.
pub(super) fn booked(receipt: u64) -> Answer {
    Answer::json(&format!("OK:{:04x}", receipt & 0xffff))
}
