//! What one reading says is on sale.

mod offers;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::AreaId;
use crate::price::Price;
use crate::seat::SeatRun;

pub use offers::{Block, Offers};

/// Where a seat is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Market {
    /// By the club itself.
    Primary,
    /// Given back by a member, on the club's own exchange.
    Exchange,
}

/// A buyer class of a price band: adult, concession, junior.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PriceClass {
    /// As the seller numbers it for this event.
    pub id: Arc<str>,
    /// As the seller calls it.
    pub name: Arc<str>,
    /// What one seat costs in this class, where the seller says so.
    pub price: Option<Price>,
}

/// How many seats an offer sells at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quantity {
    /// The fewest.
    pub min: u32,
    /// The most, where there is such a limit.
    pub max: Option<u32>,
    /// Counted from `min` in steps of this.
    pub step: u32,
}

impl Default for Quantity {
    fn default() -> Self {
        Self { min: 1, max: None, step: 1 }
    }
}

impl Quantity {
    /// Whether `seats` can be bought in one go.
    pub fn allows(&self, seats: u32) -> bool {
        seats >= self.min
            && self.max.is_none_or(|max| seats <= max)
            && (seats - self.min).is_multiple_of(self.step.max(1))
    }
}

/// What is known of the seats themselves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stock {
    /// Each seat by its place; those of one run are adjacent.
    Runs(Vec<SeatRun>),
    /// A number only.
    #[serde(rename_all = "camelCase")]
    Count {
        /// Seats on sale, where the seller says how many.
        available: Option<u32>,
        /// The most that are adjacent, where that is known.
        together: Option<u32>,
    },
}

/// Seats on sale in one area at one price.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// Where they are.
    pub area: AreaId,
    /// What the area is called, where that is known.
    pub area_name: Option<Arc<str>>,
    /// Who sells them.
    pub market: Market,
    /// The seat quality's code, as the seller writes it.
    pub band: Option<Arc<str>>,
    /// The ticket type, where the seller names one.
    pub kind: Option<Arc<str>>,
    /// What one seat costs; left out, the buyer class decides.
    pub price: Option<Price>,
    /// The buyer classes of the band; shared by all offers of one.
    pub classes: Arc<[PriceClass]>,
    /// How many at once.
    pub quantity: Quantity,
    /// Which seats.
    pub stock: Stock,
}

/// The offers of one reading, in the seller's order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Snapshot {
    /// All that is on sale.
    pub offers: Offers,
}

/// The seats of a part of a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PartSeats {
    /// These adjacent ones.
    Run(SeatRun),
    /// So many, whichever the seller gives.
    Any(u32),
}

/// Seats of a group that stand in one area at one price.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// Where they are.
    pub area: AreaId,
    /// What the area is called, where that is known.
    pub area_name: Option<Arc<str>>,
    /// Who sells them.
    pub market: Market,
    /// The seat quality's code, as the seller writes it.
    pub band: Option<Arc<str>>,
    /// The buyer class to ask for.
    pub class: Option<Arc<str>>,
    /// What one seat costs.
    pub price: Price,
    /// Which seats.
    pub seats: PartSeats,
}

impl Part {
    /// How many seats it has.
    pub fn count(&self) -> u32 {
        match &self.seats {
            PartSeats::Run(run) => run.seats(),
            PartSeats::Any(seats) => *seats,
        }
    }
}

/// The seats taken as one lot; all of one market, and adjacent when it has one part.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SeatGroup {
    /// At least one.
    pub parts: Vec<Part>,
}

impl SeatGroup {
    /// How many seats it has.
    pub fn count(&self) -> u32 {
        self.parts.iter().map(Part::count).sum()
    }

    /// What all of it costs, unless it mixes currencies or overflows.
    pub fn total(&self) -> Option<Price> {
        let mut parts = self.parts.iter().map(|part| part.price.times(part.count()));
        let first = parts.next()??;
        parts.try_fold(first, |sum, price| sum.plus(price?))
    }

    /// Whether the two share a seat that is known by its place.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.parts.iter().any(|a| {
            other.parts.iter().any(|b| match (&a.seats, &b.seats) {
                (PartSeats::Run(x), PartSeats::Run(y)) => a.area == b.area && x.overlaps(y),
                (PartSeats::Any(_), _) | (_, PartSeats::Any(_)) => false,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::Currency;

    fn part(start: i32, end: i32, price: Price) -> Part {
        Part {
            area: AreaId::new("12").unwrap(),
            area_name: None,
            market: Market::Exchange,
            band: None,
            class: None,
            price,
            seats: PartSeats::Run(SeatRun::new(7, start, end).unwrap()),
        }
    }

    #[test]
    fn quantities_are_counted_in_steps_from_the_fewest() {
        let sold = Quantity { min: 2, max: Some(6), step: 2 };
        assert_eq!((0..9).filter(|seats| sold.allows(*seats)).collect::<Vec<_>>(), [2, 4, 6]);
        assert!(Quantity { step: 0, ..Quantity::default() }.allows(3));
    }

    #[test]
    fn a_group_costs_what_its_seats_cost_unless_they_cannot_be_added() {
        let (pounds, euros) = (Price::new(5_000, Currency::GBP), Price::new(6_000, Currency::EUR));
        let group = |parts| SeatGroup { parts };
        let two = group(vec![part(1, 2, pounds), part(5, 5, pounds)]);
        assert_eq!((two.count(), two.total()), (3, Some(Price::new(15_000, Currency::GBP))));
        assert_eq!(group(vec![part(1, 2, pounds), part(5, 5, euros)]).total(), None);
        assert_eq!(group(vec![]).total(), None);
    }

    #[test]
    fn groups_overlap_where_they_share_a_seat() {
        let group = |start, end| SeatGroup { parts: vec![part(start, end, Price::new(0, Currency::GBP))] };
        assert!(group(1, 3).overlaps(&group(3, 4)));
        assert!(!group(1, 3).overlaps(&group(4, 4)));
        let any = SeatGroup { parts: vec![Part { seats: PartSeats::Any(2), ..group(1, 1).parts.remove(0) }] };
        assert!(!any.overlaps(&group(1, 1)));
    }
}
