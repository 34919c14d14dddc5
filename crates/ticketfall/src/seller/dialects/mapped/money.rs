//! Prices as programs hand them over: a number or text of major units, or minor units or thousandths by name.

use serde::Deserialize;
use serde_json::Number;
use ticketfall_core::price::{Currency, Price};

/// Decimals of a major unit beyond which a number is only the noise of its arithmetic.
const DECIMALS: usize = 6;

/// A price on the wire.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum WirePrice {
    Plain(Amount),
    Told(ToldPrice),
}

/// A price that says what it counts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToldPrice {
    amount: Option<Amount>,
    minor: Option<Amount>,
    thousandths: Option<Amount>,
    currency: Option<String>,
}

/// A number, or a text with one in it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Amount {
    Number(Number),
    Text(String),
}

impl WirePrice {
    /// The price, in `usual` where it names no currency.
    pub(super) fn price(&self, usual: Currency) -> Result<Price, String> {
        let told = match self {
            Self::Plain(amount) => return major(amount, usual),
            Self::Told(told) => told,
        };
        let currency = match told.currency.as_deref() {
            None => usual,
            Some(code) => Currency::from_code(&code.trim().to_uppercase())
                .ok_or_else(|| format!("no currency has the code {code:?}"))?,
        };
        match (&told.amount, &told.minor, &told.thousandths) {
            (Some(amount), None, None) => major(amount, currency),
            (None, Some(minor), None) => Ok(Price::new(whole(minor)?, currency)),
            (None, None, Some(thousandths)) => {
                let thousandths = whole(thousandths)?;
                let amount = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
                Price::from_amount(&amount, currency.code()).map_err(|error| format!("cannot {error}"))
            }
            _ => Err("a price has one of `amount`, `minor` and `thousandths`".to_owned()),
        }
    }
}

fn major(amount: &Amount, currency: Currency) -> Result<Price, String> {
    match amount {
        Amount::Text(text) => Price::parse(text, Some(currency)),
        Amount::Number(number) => Price::from_amount(&decimal(number), currency.code()),
    }
    .map_err(|error| format!("cannot {error}"))
}

fn decimal(number: &Number) -> String {
    if number.is_i64() || number.is_u64() {
        return number.to_string();
    }
    let written = format!("{:.DECIMALS$}", number.as_f64().unwrap_or(-1.0));
    written.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number that is not below zero.
fn whole(amount: &Amount) -> Result<i64, String> {
    let text = match amount {
        Amount::Number(number) => decimal(number),
        Amount::Text(text) => text.trim().to_owned(),
    };
    let digits = text.split_once('.').map_or(text.as_str(), |(whole, zeros)| {
        if zeros.bytes().all(|digit| digit == b'0') { whole } else { "" }
    });
    digits.parse().ok().filter(|count| *count >= 0).ok_or_else(|| format!("{text:?} is no whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Price, String> {
        serde_json::from_str::<WirePrice>(json).unwrap().price(Currency::GBP)
    }

    #[test]
    fn every_way_to_write_a_price_is_read() {
        for (json, minor, currency) in [
            ("79.2", 7_920, Currency::GBP),
            ("79.20000000000001", 7_920, Currency::GBP),
            ("35", 3_500, Currency::GBP),
            ("0", 0, Currency::GBP),
            (r#""9.9""#, 990, Currency::GBP),
            (r#""£1,075.00""#, 107_500, Currency::GBP),
            (r#""$35""#, 3_500, Currency::USD),
            (r#""75,00 €""#, 7_500, Currency::EUR),
            (r#"{"minor":7500}"#, 7_500, Currency::GBP),
            (r#"{"minor":"7500.0","currency":"eur"}"#, 7_500, Currency::EUR),
            (r#"{"thousandths":79200}"#, 7_920, Currency::GBP),
            (r#"{"thousandths":1075,"currency":"KWD"}"#, 1_075, Currency::KWD),
            (r#"{"amount":"75,00","currency":"EUR"}"#, 7_500, Currency::EUR),
        ] {
            assert_eq!(read(json), Ok(Price::new(minor, currency)), "{json}");
        }
    }

    #[test]
    fn what_is_no_price_says_why() {
        let told = |json| read(json).unwrap_err();
        assert!(told("-1").contains("below zero"));
        assert!(told("1.005").contains("fewer decimals"));
        assert!(told("1e300").contains("count as much"));
        assert!(told(r#""free""#).contains("one number"));
        assert!(told(r#"{"minor":75.5}"#).contains("whole number"));
        assert!(told(r#"{"minor":-1}"#).contains("whole number"));
        assert!(told(r#"{"amount":1,"minor":2}"#).contains("one of"));
        assert!(told(r#"{"amount":1,"currency":"pounds"}"#).contains("no currency"));
        assert!(told(r#"{"thousandths":79205}"#).contains("fewer decimals"));
    }
}
