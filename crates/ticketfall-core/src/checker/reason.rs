//! Why an offer was refused, in words for people and names for queries.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::offer::Quantity;
use crate::price::Price;

/// Why an offer does not fit, with the facts that say so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "name", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Reason {
    /// Its area is not wanted.
    WrongArea,
    /// Neither its area, its ticket type nor one of its buyer classes has the name that is wanted.
    WrongType,
    /// None of its rows is wanted.
    WrongRow {
        /// The first such row's printed name; nothing when the plan does not know it.
        row: Option<Arc<str>>,
    },
    /// What a seat costs is not known, and so not free.
    PriceUnknown,
    /// It is sold in another currency than the cap's.
    OtherCurrency {
        /// What one seat costs.
        price: Price,
        /// The most that one seat may cost.
        cap: Price,
    },
    /// A seat costs more than the cap.
    TooDear {
        /// What one seat costs.
        price: Price,
        /// The most that one seat may cost.
        cap: Price,
    },
    /// So many seats are not sold at once.
    QuantityNotSold {
        /// How many are wanted.
        wanted: u32,
        /// How many can be bought.
        quantity: Quantity,
    },
    /// Fewer seats than wanted; when not together, of all offers of the market that fit.
    TooFew {
        /// How many there are.
        available: u32,
        /// How many are wanted.
        wanted: u32,
    },
    /// Enough seats, but not side by side.
    NotTogether {
        /// The most that are adjacent.
        longest: u32,
        /// How many are wanted.
        wanted: u32,
    },
    /// It would fit, but its seats are held or asked for by our own members, or were just refused.
    Taken,
}

impl Reason {
    /// The word for logs, metrics and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::WrongArea => "wrongArea",
            Self::WrongType => "wrongType",
            Self::WrongRow { .. } => "wrongRow",
            Self::PriceUnknown => "priceUnknown",
            Self::OtherCurrency { .. } => "otherCurrency",
            Self::TooDear { .. } => "tooDear",
            Self::QuantityNotSold { .. } => "quantityNotSold",
            Self::TooFew { .. } => "tooFew",
            Self::NotTogether { .. } => "notTogether",
            Self::Taken => "taken",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongArea => f.write_str("the area is not one of those wanted"),
            Self::WrongType => f.write_str("no area, ticket type or buyer class has the name that is wanted"),
            Self::WrongRow { row: Some(row) } => write!(f, "row {row} is not one of those wanted"),
            Self::WrongRow { row: None } => {
                f.write_str("the row's name is not known, and only some are wanted")
            }
            Self::PriceUnknown => f.write_str("the price is not known"),
            Self::OtherCurrency { price, cap } => {
                write!(f, "{price} a seat cannot be compared with the cap of {cap}")
            }
            Self::TooDear { price, cap } => write!(f, "{price} a seat is over the cap of {cap}"),
            Self::QuantityNotSold { wanted, quantity } => {
                write!(f, "{wanted} at once are not sold: {}", Sold(*quantity))
            }
            Self::TooFew { available, wanted } => write!(f, "{available} on sale, {wanted} wanted"),
            Self::NotTogether { longest, wanted } => {
                write!(f, "at most {longest} side by side, {wanted} wanted")
            }
            Self::Taken => {
                f.write_str("the seats are held or asked for by another member, or were just refused")
            }
        }
    }
}

struct Sold(Quantity);

impl fmt::Display for Sold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Quantity { min, max, step } = self.0;
        match max {
            Some(max) => write!(f, "from {min} to {max}")?,
            None => write!(f, "{min} or more")?,
        }
        if step > 1 { write!(f, ", in steps of {step}") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::Currency;

    fn all() -> [Reason; 11] {
        let (price, cap) = (Price::new(12_000, Currency::GBP), Price::new(10_000, Currency::GBP));
        let euros = Price::new(9_000, Currency::EUR);
        [
            Reason::WrongArea,
            Reason::WrongType,
            Reason::WrongRow { row: Some("C".into()) },
            Reason::WrongRow { row: None },
            Reason::PriceUnknown,
            Reason::OtherCurrency { price: euros, cap },
            Reason::TooDear { price, cap },
            Reason::QuantityNotSold { wanted: 3, quantity: Quantity { min: 2, max: Some(6), step: 2 } },
            Reason::TooFew { available: 1, wanted: 2 },
            Reason::NotTogether { longest: 2, wanted: 3 },
            Reason::Taken,
        ]
    }

    #[test]
    fn every_reason_is_a_sentence_with_its_facts() {
        insta::assert_snapshot!(all().map(|reason| reason.to_string()).join("\n"), @r"
        the area is not one of those wanted
        no area, ticket type or buyer class has the name that is wanted
        row C is not one of those wanted
        the row's name is not known, and only some are wanted
        the price is not known
        €90.00 a seat cannot be compared with the cap of £100.00
        £120.00 a seat is over the cap of £100.00
        3 at once are not sold: from 2 to 6, in steps of 2
        1 on sale, 2 wanted
        at most 2 side by side, 3 wanted
        the seats are held or asked for by another member, or were just refused
        ");
    }

    #[test]
    fn the_name_in_json_is_the_name_in_logs() {
        for reason in all() {
            assert_eq!(serde_json::to_value(&reason).unwrap()["name"], reason.name());
        }
    }
}
