//! What the basket proves: whether the seats that were asked for are there,
//! and whether what is there is wanted.

use std::fmt;

use crate::criteria::Criteria;
use crate::hold::{Basket, BasketSeat, GrantedSeat};
use crate::ids::EventId;
use crate::price::Price;

/// What a basket says about one hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The seats are there, and they are what the member wants.
    Proven(Vec<BasketSeat>),
    /// Something is there that the member did not ask for.
    Unwanted(Unwanted),
    /// Nothing is there.
    Absent,
}

/// Why seats in the basket are not what the member wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unwanted {
    /// Fewer than asked for.
    TooFew {
        /// Seats there.
        seats: u32,
        /// Seats wanted.
        wanted: u32,
    },
    /// Over the cap.
    TooDear {
        /// What one costs.
        price: Price,
        /// The cap.
        cap: Price,
    },
    /// All of them over the member's cap on the cost.
    OverCost {
        /// The cap.
        cap: Price,
    },
    /// In an area that was not asked for.
    WrongArea,
    /// In a row that was not asked for.
    WrongRow,
    /// Not adjacent.
    Apart,
}

impl Unwanted {
    /// The word for logs and the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TooFew { .. } => "tooFew",
            Self::TooDear { .. } => "tooDear",
            Self::OverCost { .. } => "overCost",
            Self::WrongArea => "wrongArea",
            Self::WrongRow => "wrongRow",
            Self::Apart => "apart",
        }
    }
}

impl fmt::Display for Unwanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { seats, wanted } => write!(f, "{seats} of {wanted} seats are in the basket"),
            Self::TooDear { price, cap } => write!(f, "{price} a seat is over the cap of {cap}"),
            Self::OverCost { cap } => write!(f, "the seats cost more than the member's cap of {cap}"),
            Self::WrongArea => f.write_str("the seats are in another area"),
            Self::WrongRow => f.write_str("the seats are in another row"),
            Self::Apart => f.write_str("the seats are not together"),
        }
    }
}

/// The seats of `event` in a basket; those of no named event count too.
pub fn seats_of<'a>(basket: &'a Basket, event: &'a EventId) -> impl Iterator<Item = &'a BasketSeat> {
    basket.seats.iter().filter(move |seat| seat.event.as_ref().is_none_or(|named| named == event))
}

/// What `seats` cost together, where each says its price.
pub fn total(seats: &[BasketSeat]) -> Option<Price> {
    let (first, rest) = seats.split_first()?;
    rest.iter().try_fold(first.price?, |sum, seat| sum.plus(seat.price?))
}

/// Judges a hold by the basket that was read after it.
pub fn prove(criteria: &Criteria, granted: &[GrantedSeat], basket: &Basket, event: &EventId) -> Proof {
    let seats: Vec<BasketSeat> = seats_of(basket, event).cloned().collect();
    if seats.is_empty() {
        return Proof::Absent;
    }
    match unwanted(criteria, granted, &seats) {
        Some(reason) => Proof::Unwanted(reason),
        None => Proof::Proven(seats),
    }
}

/// Only what is known to be wrong is unwanted: a basket that does not print a row proves nothing about it.
fn unwanted(criteria: &Criteria, granted: &[GrantedSeat], seats: &[BasketSeat]) -> Option<Unwanted> {
    let count = u32::try_from(seats.len()).unwrap_or(u32::MAX);
    if count < criteria.seats {
        return Some(Unwanted::TooFew { seats: count, wanted: criteria.seats });
    }
    let cap = criteria.price_max;
    let dear = |price: &Price| !price.compare(cap).is_some_and(std::cmp::Ordering::is_le);
    if let Some(price) = seats.iter().filter_map(|seat| seat.price).find(dear) {
        return Some(Unwanted::TooDear { price, cap });
    }
    let foreign = |seat: &GrantedSeat| !criteria.areas.contains(&seat.area);
    if !criteria.areas.is_empty() && granted.iter().any(foreign) {
        return Some(Unwanted::WrongArea);
    }
    let wanted_row =
        |printed: &str| criteria.rows.iter().any(|row| row.trim().eq_ignore_ascii_case(printed.trim()));
    if !criteria.rows.is_empty() && seats.iter().filter_map(|s| s.row.as_deref()).any(|row| !wanted_row(row))
    {
        return Some(Unwanted::WrongRow);
    }
    (criteria.together && apart(granted, seats)).then_some(Unwanted::Apart)
}

/// By coordinates where the answer named them; by printed area and row otherwise, since seat numbers may skip.
fn apart(granted: &[GrantedSeat], seats: &[BasketSeat]) -> bool {
    if granted.is_empty() {
        let row = |seat: &BasketSeat| (seat.area.clone(), seat.block.clone(), seat.row.clone());
        return seats.windows(2).any(|pair| row(&pair[0]) != row(&pair[1]));
    }
    let mut places: Vec<_> = granted.iter().map(|seat| (&seat.area, seat.y, seat.x)).collect();
    places.sort();
    places.windows(2).any(|pair| {
        (pair[0].0, pair[0].1) != (pair[1].0, pair[1].1) || pair[0].2.checked_add(1) != Some(pair[1].2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::criteria::TypeWanted;
    use crate::ids::AreaId;
    use crate::price::Currency;

    fn pounds(amount: i64) -> Price {
        Price::new(amount * 100, Currency::GBP)
    }

    fn two_together() -> Criteria {
        Criteria {
            seats: 2,
            together: true,
            wanted_type: TypeWanted::All,
            areas: vec![],
            rows: vec![],
            price_max: pounds(100),
        }
    }

    fn event() -> EventId {
        EventId::new("4001").unwrap()
    }

    fn seat(row: &str, number: &str, price: i64) -> BasketSeat {
        BasketSeat {
            event: Some(event()),
            area: Some("East Lower 5".into()),
            block: None,
            row: Some(row.into()),
            seat: Some(number.into()),
            price: Some(pounds(price)),
        }
    }

    fn granted(area: &str, y: i32, x: i32) -> GrantedSeat {
        GrantedSeat { area: AreaId::new(area).unwrap(), y, x, band: None }
    }

    fn basket(seats: &[BasketSeat]) -> Basket {
        Basket { seats: seats.to_vec(), expires_in: None }
    }

    fn judged(criteria: &Criteria, granted: &[GrantedSeat], seats: &[BasketSeat]) -> Proof {
        prove(criteria, granted, &basket(seats), &event())
    }

    #[test]
    fn only_seats_in_the_basket_are_proof() {
        let seats = [seat("11", "22", 61), seat("11", "23", 61)];
        assert_eq!(judged(&two_together(), &[], &seats), Proof::Proven(seats.to_vec()));
        assert_eq!(judged(&two_together(), &[granted("1", 1, 1)], &[]), Proof::Absent);
        assert_eq!(total(&seats), Some(pounds(122)));
    }

    #[test]
    fn seats_of_another_event_prove_nothing() {
        let other = BasketSeat { event: Some(EventId::new("9").unwrap()), ..seat("11", "22", 61) };
        assert_eq!(judged(&two_together(), &[], &[other]), Proof::Absent);
    }

    #[test]
    fn one_of_two_seats_is_unwanted() {
        let one = [seat("11", "22", 61)];
        let reason = Unwanted::TooFew { seats: 1, wanted: 2 };
        assert_eq!(reason.to_string(), "1 of 2 seats are in the basket");
        assert_eq!(judged(&two_together(), &[], &one), Proof::Unwanted(reason));
    }

    #[test]
    fn dearer_seats_than_the_cap_are_unwanted() {
        let dear = [seat("11", "22", 61), seat("11", "23", 101)];
        assert!(matches!(
            judged(&two_together(), &[], &dear),
            Proof::Unwanted(Unwanted::TooDear { price, .. }) if price == pounds(101)
        ));
    }

    #[test]
    fn seats_apart_are_unwanted_by_place_or_by_printed_row() {
        let seats = [seat("11", "22", 61), seat("12", "23", 61)];
        assert_eq!(judged(&two_together(), &[], &seats), Proof::Unwanted(Unwanted::Apart));
        let one_row = [seat("11", "22", 61), seat("11", "24", 61)];
        assert!(matches!(judged(&two_together(), &[], &one_row), Proof::Proven(_)));
        let places = [granted("1", 7, 22), granted("1", 7, 24)];
        assert_eq!(judged(&two_together(), &places, &one_row), Proof::Unwanted(Unwanted::Apart));
        let apart = Criteria { together: false, ..two_together() };
        assert!(matches!(judged(&apart, &places, &one_row), Proof::Proven(_)));
    }

    #[test]
    fn other_areas_and_rows_are_unwanted() {
        let seats = [seat("11", "22", 61), seat("11", "23", 61)];
        let rows = Criteria { rows: vec!["12".into()], ..two_together() };
        assert_eq!(judged(&rows, &[], &seats), Proof::Unwanted(Unwanted::WrongRow));
        let areas = Criteria { areas: vec![AreaId::new("5").unwrap()], ..two_together() };
        let places = [granted("6", 7, 22), granted("6", 7, 23)];
        assert_eq!(judged(&areas, &places, &seats), Proof::Unwanted(Unwanted::WrongArea));
    }
}
