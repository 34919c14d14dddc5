//! Spans of time as scripts write them: `90s`, `250ms`, `1m 30s`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};

/// Reads a span; the error says what was wrong with the text.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no span of time; write for example \"90s\", \"250ms\" or \"1m 30s\"");
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at(digits);
        let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, tail) = tail.split_at(letters);
        let number: u32 = number.parse().map_err(|_no_number: std::num::ParseIntError| wrong())?;
        let one = match unit {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_mins(1),
            "h" => Duration::from_hours(1),
            _ => return Err(wrong()),
        };
        total = total.checked_add(one * number).ok_or_else(wrong)?;
        rest = tail.trim_start();
    }
    Ok(total)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

/// Writes a time as seconds with a fraction.
pub(crate) fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(span.as_secs_f64())
}

/// The same for a span that may be left out.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Duration, parse};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        parse(&String::deserialize(deserializer)?).map(Some).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_add_up() {
        assert_eq!(parse("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("1h2m3s4ms"), Ok(Duration::from_millis(3_723_004)));
        assert_eq!(parse("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_no_span_is_refused_with_an_example() {
        for text in ["", "90", "s", "5 minutes", "1.5s", "-3s", "99999999999s"] {
            assert!(parse(text).unwrap_err().contains("250ms"), "{text}");
        }
    }
}
