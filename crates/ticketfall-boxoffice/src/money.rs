//! Money as the box office counts it: whole pence, never a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An amount in pence; written as `75.00` in scripts, shown as `£75.00`, and a bare number of pence in the books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "u32")]
pub struct Pence(pub u32);

/// A text that is no amount of money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read {0:?} as an amount; write pounds and two digits of pence, such as \"75.00\"")]
pub struct NotMoney(String);

impl Pence {
    /// This amount times `percent`, rounded down to a multiple of 50 pence.
    #[must_use]
    pub fn percent(self, percent: u32) -> Self {
        Self(self.0 * percent / 100 / 50 * 50)
    }
}

impl fmt::Display for Pence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pounds, pence) = (self.0 / 100, self.0 % 100);
        if pounds >= 1_000 {
            write!(f, "£{},{:03}.{pence:02}", pounds / 1_000, pounds % 1_000)
        } else {
            write!(f, "£{pounds}.{pence:02}")
        }
    }
}

impl FromStr for Pence {
    type Err = NotMoney;

    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let wrong = || NotMoney(text.to_owned());
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = text.strip_prefix('£').unwrap_or(text).replace(',', "");
        let (pounds, pence) = plain.split_once('.').unwrap_or((&plain, "00"));
        // Six digits of pounds keep every sum of a basket far from overflow.
        if pounds.is_empty() || pounds.len() > 6 || pence.len() != 2 || !digits(pounds) || !digits(pence) {
            return Err(wrong());
        }
        format!("{pounds}{pence}").parse().map(Self).map_err(|_overflow: std::num::ParseIntError| wrong())
    }
}

impl TryFrom<String> for Pence {
    type Error = NotMoney;

    fn try_from(text: String) -> Result<Self, NotMoney> {
        text.parse()
    }
}

impl From<Pence> for u32 {
    fn from(amount: Pence) -> Self {
        amount.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_thousand_pounds_has_a_comma() {
        assert_eq!(Pence(107_500).to_string(), "£1,075.00");
        assert_eq!(Pence(100_005).to_string(), "£1,000.05");
    }

    #[test]
    fn what_is_no_amount_is_refused_by_name() {
        for text in ["", "£", "75.0", "75.000", "-5.00", "7 5.00", "75,00 €", "1e3.00", "9999999.00"] {
            let error = text.parse::<Pence>().unwrap_err();
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn a_concession_is_rounded_down_to_fifty_pence() {
        assert_eq!(Pence(6_100).percent(60), Pence(3_650));
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_as_the_same_amount(pence in 0_u32..100_000_000) {
            prop_assert_eq!(Pence(pence).to_string().parse(), Ok(Pence(pence)));
        }
    }
}
