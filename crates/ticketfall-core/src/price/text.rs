//! Reads prices as sellers and people write them, in points or commas, with
//! the currency before or after. Never guesses where two readings differ.

use iso_currency::Currency;

use super::{Price, PriceError};

const SHOWN_MAX: usize = 40;
const MARKS: [char; 2] = ['.', ','];
const GAPS: [char; 3] = [' ', '\'', '’'];

/// Symbols that mean one currency unless the caller's own default has the same one.
const SYMBOLS: [(&str, Currency); 18] = [
    ("£", Currency::GBP),
    ("€", Currency::EUR),
    ("$", Currency::USD),
    ("¥", Currency::JPY),
    ("US$", Currency::USD),
    ("A$", Currency::AUD),
    ("AU$", Currency::AUD),
    ("C$", Currency::CAD),
    ("CA$", Currency::CAD),
    ("NZ$", Currency::NZD),
    ("HK$", Currency::HKD),
    ("R$", Currency::BRL),
    ("Fr.", Currency::CHF),
    ("zł", Currency::PLN),
    ("Kč", Currency::CZK),
    ("Ft", Currency::HUF),
    ("₹", Currency::INR),
    ("₺", Currency::TRY),
];
const SHOWN: usize = 4;

/// The symbol that a price is shown with, where everybody knows it.
pub(super) fn symbol(currency: Currency) -> Option<&'static str> {
    SYMBOLS[..SHOWN].iter().find(|(_, known)| *known == currency).map(|(symbol, _)| *symbol)
}

/// How many decimals a currency has.
pub(super) fn places(currency: Currency) -> u32 {
    currency.exponent().map_or(2, u32::from)
}

pub(super) fn parse(original: &str, default: Option<Currency>) -> Result<Price, PriceError> {
    let tidy = original.replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ");
    let text = tidy.trim();
    if text.is_empty() {
        return Err(PriceError::Empty);
    }
    let first = text.find(|c: char| c.is_ascii_digit()).ok_or_else(|| PriceError::Number(shown(text)))?;
    let last = text.rfind(|c: char| c.is_ascii_digit()).unwrap_or(first);
    let (before, number, after) = (&text[..first], &text[first..=last], &text[last + 1..]);
    if before.contains(['-', '−']) {
        return Err(PriceError::Negative(shown(text)));
    }
    let currency = currency(before.trim(), after.trim(), default)?;
    let currency = currency.ok_or_else(|| PriceError::NoCurrency(shown(text)))?;
    let (whole, decimals) = split(number, currency).ok_or_else(|| PriceError::Ambiguous(shown(text)))?;
    if !is_grouped(whole) {
        return Err(PriceError::Number(shown(text)));
    }
    count(text, whole, decimals, currency)
}

/// A plain decimal in major units, as in JSON: digits, and decimals after a point.
pub(super) fn amount(text: &str, currency: Currency) -> Result<Price, PriceError> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    if text.is_empty() {
        Err(PriceError::Empty)
    } else if text.starts_with('-') {
        Err(PriceError::Negative(shown(text)))
    } else if !is_digits(whole) || !is_digits(decimals) {
        Err(PriceError::Number(shown(text)))
    } else {
        count(text, whole, decimals, currency)
    }
}

pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn currency(before: &str, after: &str, default: Option<Currency>) -> Result<Option<Currency>, PriceError> {
    let behind = marked(after, default)?;
    let ahead = marked(before, behind.or(default))?;
    match (ahead, behind) {
        (Some(ahead), Some(behind)) if ahead != behind => {
            Err(PriceError::Currency(shown(&format!("{before} {after}"))))
        }
        (ahead, behind) => Ok(ahead.or(behind).or(default)),
    }
}

fn marked(marker: &str, default: Option<Currency>) -> Result<Option<Currency>, PriceError> {
    if marker.is_empty() {
        return Ok(None);
    }
    let known = SYMBOLS.iter().find(|(symbol, _)| *symbol == marker).map(|(_, currency)| *currency);
    // Many currencies share $, £, ¥ and kr: a seller whose own currency has the symbol means its own.
    let own = default.filter(|own| known == Some(*own) || own.symbol().symbol == marker);
    own.or(known)
        .or_else(|| Currency::from_code(&marker.to_ascii_uppercase()))
        .map(Some)
        .ok_or_else(|| PriceError::Currency(shown(marker)))
}

/// The whole part and the decimals; nothing when thousands and decimals cannot be told apart.
fn split(number: &str, currency: Currency) -> Option<(&str, &str)> {
    let Some(at) = number.rfind(MARKS) else {
        return Some((number, ""));
    };
    let (whole, mark, decimals) = (&number[..at], &number[at..=at], &number[at + 1..]);
    if whole.contains(mark) {
        return Some((number, ""));
    }
    let grouped = whole.contains(MARKS) || whole.contains(GAPS);
    match (decimals.len() == 3 && !grouped, mark, places(currency)) {
        (false, _, _) | (true, ".", 3) => Some((whole, decimals)),
        (true, ",", 0..=2) if !whole.starts_with('0') => Some((number, "")),
        (true, _, _) => None,
    }
}

fn is_grouped(whole: &str) -> bool {
    let Some(mark) = whole.chars().find(|c| !c.is_ascii_digit()) else {
        return true;
    };
    let mut groups = whole.split(mark);
    let first = groups.next().unwrap_or_default();
    (MARKS.contains(&mark) || GAPS.contains(&mark))
        && first.len() <= 3
        && is_digits(first)
        && groups.all(|group| group.len() == 3 && is_digits(group))
}

fn count(text: &str, whole: &str, decimals: &str, currency: Currency) -> Result<Price, PriceError> {
    if !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PriceError::Number(shown(text)));
    }
    let places = places(currency) as usize;
    let (kept, beyond) = decimals.split_at(decimals.len().min(places));
    if beyond.bytes().any(|digit| digit != b'0') {
        return Err(PriceError::TooPrecise(shown(text)));
    }
    let padding = std::iter::repeat_n('0', places - kept.len());
    whole
        .chars()
        .filter(char::is_ascii_digit)
        .chain(kept.chars())
        .chain(padding)
        .filter_map(|digit| digit.to_digit(10))
        .try_fold(0_i64, |sum, digit| sum.checked_mul(10)?.checked_add(i64::from(digit)))
        .map(|minor| Price::new(minor, currency))
        .ok_or_else(|| PriceError::TooLarge(shown(text)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Price, PriceError> {
        Price::parse(text, None)
    }

    #[test]
    fn prices_are_read_as_sellers_write_them() {
        for (text, minor, currency) in [
            ("£75.00", 7_500, Currency::GBP),
            ("£1,075.00", 107_500, Currency::GBP),
            ("£1,075", 107_500, Currency::GBP),
            ("$35", 3_500, Currency::USD),
            ("US$35", 3_500, Currency::USD),
            ("$35 CAD", 3_500, Currency::CAD),
            ("75,00 €", 7_500, Currency::EUR),
            ("75,00\u{a0}€", 7_500, Currency::EUR),
            ("1.075,00 €", 107_500, Currency::EUR),
            ("1\u{202f}075,50 €", 107_550, Currency::EUR),
            ("1'075.50 CHF", 107_550, Currency::CHF),
            ("GBP 12", 1_200, Currency::GBP),
            ("gbp 12", 1_200, Currency::GBP),
            ("EUR75", 7_500, Currency::EUR),
            ("£9.9", 990, Currency::GBP),
            ("¥1,075", 1_075, Currency::JPY),
            ("¥500.00", 500, Currency::JPY),
            ("1.075 KWD", 1_075, Currency::KWD),
            ("£1,000,000", 100_000_000, Currency::GBP),
            ("£0.00", 0, Currency::GBP),
        ] {
            assert_eq!(read(text), Ok(Price::new(minor, currency)), "{text}");
        }
    }

    #[test]
    fn the_default_currency_stands_in_and_explains_shared_symbols() {
        let read = |text, default| Price::parse(text, Some(default)).map(Price::currency);
        assert_eq!(read("9.9", Currency::GBP), Ok(Currency::GBP));
        assert_eq!(read("$35", Currency::AUD), Ok(Currency::AUD));
        assert_eq!(read("$35", Currency::GBP), Ok(Currency::USD));
        assert_eq!(read("75,00 kr", Currency::SEK), Ok(Currency::SEK));
        assert_eq!(read("€5", Currency::GBP), Ok(Currency::EUR));
    }

    #[test]
    fn what_cannot_be_read_surely_is_refused() {
        let is = |text: &str| text.to_owned();
        assert_eq!(read(" \u{a0}"), Err(PriceError::Empty));
        assert_eq!(read("free"), Err(PriceError::Number(is("free"))));
        assert_eq!(read("£50 - £75"), Err(PriceError::Number(is("£50 - £75"))));
        assert_eq!(read("£1,07,500"), Err(PriceError::Number(is("£1,07,500"))));
        assert_eq!(read("£1,0.5,0"), Err(PriceError::Number(is("£1,0.5,0"))));
        assert_eq!(read("-£5"), Err(PriceError::Negative(is("-£5"))));
        assert_eq!(read("£−5"), Err(PriceError::Negative(is("£−5"))));
        assert_eq!(read("9.9"), Err(PriceError::NoCurrency(is("9.9"))));
        assert_eq!(read("75 kr"), Err(PriceError::Currency(is("kr"))));
        assert_eq!(read("£75 EUR"), Err(PriceError::Currency(is("£ EUR"))));
        assert_eq!(read("from £75"), Err(PriceError::Currency(is("from £"))));
        assert_eq!(read("£1.075"), Err(PriceError::Ambiguous(is("£1.075"))));
        assert_eq!(read("1,075 KWD"), Err(PriceError::Ambiguous(is("1,075 KWD"))));
        assert_eq!(read("£0,075"), Err(PriceError::Ambiguous(is("£0,075"))));
        assert_eq!(read("¥1.5"), Err(PriceError::TooPrecise(is("¥1.5"))));
        assert!(matches!(read(&format!("£{}", "9".repeat(30))), Err(PriceError::TooLarge(_))));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,12}", digits in "[-0-9., £€$']{0,12}") {
            for text in [text, digits] {
                if let Ok(price) = Price::parse(&text, Some(Currency::GBP)) {
                    prop_assert!(price.minor() >= 0);
                }
            }
        }

        #[test]
        fn points_and_commas_can_change_places(whole in 0..1_000_u32, cents in 0..100_u32) {
            let english = read(&format!("€{whole}.{cents:02}"));
            prop_assert_eq!(english, read(&format!("{whole},{cents:02} €")));
        }
    }
}
