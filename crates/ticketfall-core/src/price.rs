//! Money in minor units: no floating point anywhere near it.

use std::cmp::Ordering;

pub use iso_currency::Currency;
use serde::{Deserialize, Serialize};

/// What something costs: an integer number of minor units (pence, cents) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "PriceWire", into = "PriceWire")]
pub struct Price {
    minor: i64,
    currency: Currency,
}

impl std::fmt::Display for Price {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.minor, self.currency.code())
    }
}

impl Price {
    /// A price of `minor` units (pence, cents).
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Minor units (pence, cents).
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// Its currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// So many times this price, unless that is more than can be counted.
    pub fn times(self, count: u32) -> Option<Self> {
        Some(Self { minor: self.minor.checked_mul(i64::from(count))?, ..self })
    }

    /// Both together, when they are of one currency and can be counted.
    pub fn plus(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_add(other.minor)?;
        (self.currency == other.currency).then_some(Self { minor, ..self })
    }

    /// Which is more, when they are of one currency.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.minor.cmp(&other.minor))
    }
}

/// How a price stands in JSON: `{"amount": "100.00", "currency": "GBP"}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceWire {
    amount: String,
    currency: String,
}

impl From<Price> for PriceWire {
    fn from(price: Price) -> Self {
        Self { amount: price.minor.to_string(), currency: price.currency.code().to_owned() }
    }
}

impl TryFrom<PriceWire> for Price {
    type Error = String;

    fn try_from(wire: PriceWire) -> Result<Self, String> {
        let currency = Currency::from_code(&wire.currency).ok_or("currency")?;
        Ok(Self { minor: wire.amount.parse().map_err(|_| "amount")?, currency })
    }
}
