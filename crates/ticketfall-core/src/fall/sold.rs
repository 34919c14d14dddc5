//! A fall as what is sold of it.

use super::Fall;
use crate::offer::{Offer, PartSeats, Quantity, SeatGroup, Stock};

impl Fall {
    /// What is sold of it, as one offer; buyer classes and rules of number are not kept of a fall.
    pub fn offer(&self) -> Offer {
        let stock = match &self.seats {
            PartSeats::Run(run) => Stock::Runs(vec![*run]),
            PartSeats::Any(seats) => Stock::Count { available: Some(*seats), together: Some(*seats) },
        };
        Offer {
            area: self.area.clone(),
            area_name: self.area_name.clone(),
            market: self.market,
            band: self.band.clone(),
            kind: None,
            price: self.price,
            classes: [].into(),
            quantity: Quantity::default(),
            stock,
        }
    }

    /// Whether a group has seats of it; where only a number of seats is known, that is any in its area.
    pub fn has_seats_of(&self, group: &SeatGroup) -> bool {
        group.parts.iter().any(|part| {
            part.area == self.area
                && match (&part.seats, &self.seats) {
                    (PartSeats::Run(one), PartSeats::Run(other)) => one.overlaps(other),
                    (PartSeats::Any(_), _) | (_, PartSeats::Any(_)) => true,
                }
        })
    }
}
