//! Money in minor units: no floating point anywhere near it.

mod text;

use std::cmp::Ordering;
use std::fmt;

pub use iso_currency::Currency;
use serde::{Deserialize, Serialize};

/// Why a text is no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Nothing but white space.
    #[error("read a price from an empty text")]
    Empty,
    /// No number, more than one, or digits in groups that make none.
    #[error("read one number from {0:?}")]
    Number(String),
    /// Below zero.
    #[error("take {0:?} as a price: it is below zero")]
    Negative(String),
    /// Neither the text nor the caller says what currency it is.
    #[error("tell the currency of {0:?}: write it as in \"12.00 GBP\"")]
    NoCurrency(String),
    /// What stands beside the number is no currency, or several.
    #[error("read {0:?} as a currency: an ISO 4217 code such as GBP is understood everywhere")]
    Currency(String),
    /// Thousands or decimals: both can be meant.
    #[error("tell thousands from decimals in {0:?}: write as many decimals as the currency has")]
    Ambiguous(String),
    /// Fractions that the currency does not have.
    #[error("take {0:?} as a price: its currency has fewer decimals")]
    TooPrecise(String),
    /// More than can be counted.
    #[error("count as much as {0:?}")]
    TooLarge(String),
}

/// What something costs: an integer number of minor units (pence, cents) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "PriceWire", into = "PriceWire")]
pub struct Price {
    minor: i64,
    currency: Currency,
}

impl Price {
    /// A price of `minor` units (pence, cents).
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads what people write: "£1,075.00", "75,00 €", "GBP 12", "9.9" (in the `default` currency).
    ///
    /// A lone comma before three digits sets thousands apart; a lone point there is refused as ambiguous.
    pub fn parse(text: &str, default: Option<Currency>) -> Result<Self, PriceError> {
        text::parse(text, default)
    }

    /// Reads a plain decimal of major units, as JSON carries it: "100.00" and "GBP".
    pub fn from_amount(amount: &str, currency: &str) -> Result<Self, PriceError> {
        let known =
            Currency::from_code(currency).ok_or_else(|| PriceError::Currency(text::shown(currency)))?;
        text::amount(amount, known)
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

    /// Major units as a plain decimal, with all decimals that the currency has: `1075.00`.
    fn amount(self) -> String {
        let (sign, whole, decimals) = self.split();
        format!("{sign}{whole}{decimals}")
    }

    fn split(self) -> (&'static str, u64, String) {
        let sign = if self.minor < 0 { "-" } else { "" };
        let places = text::places(self.currency);
        let unit = 10_u64.pow(places);
        let minor = self.minor.unsigned_abs();
        let decimals = match places {
            0 => String::new(),
            _ => format!(".{:0width$}", minor % unit, width = places as usize),
        };
        (sign, minor / unit, decimals)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, whole, decimals) = self.split();
        let whole = grouped(whole);
        match text::symbol(self.currency) {
            Some(symbol) => write!(f, "{sign}{symbol}{whole}{decimals}"),
            None => write!(f, "{sign}{whole}{decimals} {}", self.currency.code()),
        }
    }
}

fn grouped(whole: u64) -> String {
    let digits = whole.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How a price stands in JSON: `{"amount": "100.00", "currency": "GBP"}`, in major units.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceWire {
    amount: String,
    currency: String,
}

impl From<Price> for PriceWire {
    fn from(price: Price) -> Self {
        Self { amount: price.amount(), currency: price.currency.code().to_owned() }
    }
}

impl TryFrom<PriceWire> for Price {
    type Error = PriceError;

    fn try_from(wire: PriceWire) -> Result<Self, PriceError> {
        Self::from_amount(&wire.amount, &wire.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currencies() -> impl Strategy<Value = Currency> {
        prop::sample::select(vec![
            Currency::GBP,
            Currency::EUR,
            Currency::USD,
            Currency::JPY,
            Currency::KWD,
            Currency::SEK,
            Currency::CLF,
        ])
    }

    #[test]
    fn prices_are_shown_the_way_people_write_them() {
        let shown = |minor, currency| Price::new(minor, currency).to_string();
        assert_eq!(shown(7_500, Currency::GBP), "£75.00");
        assert_eq!(shown(107_505, Currency::EUR), "€1,075.05");
        assert_eq!(shown(500, Currency::JPY), "¥500");
        assert_eq!(shown(7_500, Currency::SEK), "75.00 SEK");
        assert_eq!(shown(1_234_567, Currency::KWD), "1,234.567 KWD");
        assert_eq!(shown(-5, Currency::GBP), "-£0.05");
        assert_eq!(shown(i64::MIN, Currency::JPY), "-¥9,223,372,036,854,775,808");
    }

    #[test]
    fn the_wire_has_major_units_as_a_decimal_string() {
        let json = |minor, currency| serde_json::to_string(&Price::new(minor, currency)).unwrap();
        assert_eq!(json(10_000, Currency::GBP), r#"{"amount":"100.00","currency":"GBP"}"#);
        assert_eq!(json(500, Currency::JPY), r#"{"amount":"500","currency":"JPY"}"#);
        assert_eq!(json(1_075, Currency::KWD), r#"{"amount":"1.075","currency":"KWD"}"#);
    }

    #[test]
    fn a_bad_price_on_the_wire_says_what_is_wrong() {
        let error = |json| serde_json::from_str::<Price>(json).unwrap_err().to_string();
        assert!(error(r#"{"amount":"1","currency":"XYZ"}"#).starts_with(r#"read "XYZ" as a currency"#));
        assert!(error(r#"{"amount":"-1","currency":"GBP"}"#).contains("below zero"));
        assert!(error(r#"{"amount":"1,000.00","currency":"GBP"}"#).contains("read one number"));
        assert!(error(r#"{"amount":"","currency":"GBP"}"#).contains("empty"));
        assert!(error(r#"{"amount":"1.005","currency":"GBP"}"#).contains("fewer decimals"));
        assert!(error(r#"{"amount":"99999999999999999999","currency":"GBP"}"#).contains("count as much"));
        assert!(error(r#"{"amount":"1","currency":"GBP","cents":0}"#).contains("cents"));
    }

    #[test]
    fn prices_of_two_currencies_have_no_order_and_no_sum() {
        let (pound, euro) = (Price::new(100, Currency::GBP), Price::new(100, Currency::EUR));
        assert_eq!((pound.compare(euro), pound.plus(euro)), (None, None));
        assert_eq!(pound.compare(pound.times(2).unwrap()), Some(Ordering::Less));
        assert_eq!(Price::new(i64::MAX, Currency::GBP).times(2), None);
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_read_back(minor in 0..=i64::MAX, currency in currencies()) {
            let price = Price::new(minor, currency);
            prop_assert_eq!(Price::parse(&price.to_string(), None), Ok(price));
        }

        #[test]
        fn what_is_sent_can_be_read_back(minor in 0..=i64::MAX, currency in currencies()) {
            let price = Price::new(minor, currency);
            let json = serde_json::to_string(&price).unwrap();
            prop_assert_eq!(serde_json::from_str::<Price>(&json).unwrap(), price);
        }
    }
}
