//! A basket that is JSON: a list of seats, of which an empty one is believed, and a missing one is not.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ticketfall_core::hold::{Basket, BasketSeat};
use ticketfall_core::ids::EventId;
use ticketfall_core::price::{Currency, Price};

use super::time_left;
use crate::seller::definition::BasketJson;
use crate::seller::dialects::read::Unknown;

/// Reads a basket.
pub(super) fn read(bytes: &[u8], places: &BasketJson, currency: Currency) -> Result<Basket, Unknown> {
    let document: Value = serde_json::from_slice(bytes)
        .map_err(|error| Unknown(format!("a basket that is no JSON: {error}")))?;
    let Some(Value::Array(list)) = document.pointer(&places.list) else {
        return Err(Unknown(format!("a basket without a list of seats at {:?}", places.list)));
    };
    let seats = list.iter().map(|line| seat(line, places, currency)).collect::<Result<_, _>>()?;
    let expires_in = text(&document, places.expiry.as_ref()).and_then(|left| time_left(&left));
    Ok(Basket { seats, expires_in: expires_in.filter(|left| *left > Duration::ZERO) })
}

fn seat(line: &Value, places: &BasketJson, currency: Currency) -> Result<BasketSeat, Unknown> {
    if !line.is_object() {
        return Err(Unknown("a basket in which a seat is not understood".to_owned()));
    }
    let printed = |pointer: &Option<String>| text(line, pointer.as_ref()).map(Arc::from);
    let major = text(line, places.price.as_ref()).and_then(|price| Price::parse(&price, Some(currency)).ok());
    let minor = text(line, places.price_minor.as_ref()).and_then(|minor| minor.parse().ok());
    Ok(BasketSeat {
        event: text(line, places.event.as_ref()).and_then(|event| EventId::new(event).ok()),
        area: printed(&places.area),
        block: printed(&places.block),
        row: printed(&places.row),
        seat: printed(&places.seat),
        price: major.or_else(|| minor.map(|minor| Price::new(minor, currency))),
    })
}

fn text(document: &Value, pointer: Option<&String>) -> Option<String> {
    match document.pointer(pointer?)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::NOTHING;
    use super::*;

    fn places() -> BasketJson {
        let at = |pointer: &str| Some(pointer.to_owned());
        BasketJson {
            list: "/cart/seats".to_owned(),
            event: at("/show"),
            area: at("/block"),
            block: None,
            row: at("/row"),
            seat: at("/number"),
            price: None,
            price_minor: at("/pence"),
            expiry: at("/cart/seconds"),
        }
    }

    fn read(text: &str) -> Result<Basket, Unknown> {
        super::read(text.as_bytes(), &places(), Currency::GBP)
    }

    #[test]
    fn each_seat_of_the_list_is_one_of_the_basket() {
        let text = r#"{"cart":{"seconds":594,"seats":[
            {"show":4001,"block":"N1","row":"F","number":12,"pence":7500},{"show":null,"number":" "}]}}"#;
        let basket = read(text).unwrap();
        let first = &basket.seats[0];
        assert_eq!(first.event.as_ref().unwrap().as_str(), "4001");
        assert_eq!((first.row.as_deref(), first.seat.as_deref()), (Some("F"), Some("12")));
        assert_eq!(first.price, Some(Price::new(7_500, Currency::GBP)));
        assert_eq!(basket.seats[1], NOTHING);
        assert_eq!(basket.expires_in, Some(Duration::from_secs(594)));
    }

    #[test]
    fn a_basket_is_empty_only_when_its_list_is() {
        assert_eq!(read(r#"{"cart":{"seats":[]}}"#), Ok(Basket::default()));
        for text in
            ["{}", r#"{"cart":null}"#, r#"{"cart":{"seats":null}}"#, r#"{"cart":{"seats":[7]}}"#, "<p>"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
