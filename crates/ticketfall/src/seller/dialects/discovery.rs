//! Ticketmaster's Discovery API: whether an event is on sale and in which range its prices lie, never seats.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use ticketfall_core::price::{Currency, Price};
use ticketfall_core::reading::Reading;

use super::read::{Circumstances, Read, Unknown, anywhere, tickets};
use super::wire::{Loose, unreadable};

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    sales: Option<Sales>,
    #[serde(default)]
    dates: Option<Dates>,
    #[serde(default, rename = "priceRanges")]
    price_ranges: Option<Vec<Loose<Range>>>,
}

#[derive(Deserialize)]
struct Sales {
    #[serde(default)]
    public: Option<Span>,
    #[serde(default)]
    presales: Option<Vec<Loose<Span>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    #[serde(default)]
    start_date_time: Option<String>,
    #[serde(default)]
    end_date_time: Option<String>,
}

#[derive(Deserialize)]
struct Dates {
    #[serde(default)]
    status: Option<Status>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    code: Option<String>,
}

#[derive(Deserialize)]
struct Range {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    min: Option<Value>,
}

/// Reads the answer about one event.
pub fn read(bytes: &[u8], given: &Circumstances<'_>) -> Result<Read, Reading> {
    let wire: Wire = serde_json::from_slice(bytes).map_err(|error| unreadable(bytes, &error))?;
    let code = wire.dates.and_then(|dates| dates.status).and_then(|status| status.code);
    match code.as_deref().map(str::to_lowercase).as_deref() {
        Some("onsale") => {}
        Some(other @ ("offsale" | "cancelled" | "canceled" | "postponed" | "rescheduled")) => {
            // A moved event sells on; the others say themselves that they do not.
            if other != "rescheduled" {
                return Err(Reading::NotOnSale { reason: format!("the event is {other}") });
            }
        }
        Some(other) => return Err(Unknown(format!("the status {other:?} is not known")).into()),
        None => return Err(Unknown("the answer does not say whether the event is on sale".to_owned()).into()),
    }
    let mut read = Read::default();
    if let Some(sales) = &wire.sales {
        if !sales.are_open(given) {
            return Err(Reading::NotOnSale { reason: "no sale is open now".to_owned() });
        }
        sales.spans().for_each(|span| read.changes_at(at(span.end_date_time.as_ref()), given.now));
    }
    for range in wire.price_ranges.into_iter().flatten() {
        match range.0 {
            Ok(range) => range.offer(given, &mut read),
            Err(why) => read.dropped.note(|| format!("a price range: {why}")),
        }
    }
    if read.offers.is_empty() {
        read.offers.push(tickets(anywhere(), given.market, None, None));
    }
    Ok(read)
}

impl Sales {
    /// Whether a sale is open now; one whose times are not known is taken for open.
    fn are_open(&self, given: &Circumstances<'_>) -> bool {
        let mut spans = self.spans().peekable();
        spans.peek().is_none() || spans.any(|span| span.is_open(given))
    }

    fn spans(&self) -> impl Iterator<Item = &Span> {
        let presales = self.presales.iter().flatten().filter_map(|presale| presale.0.as_ref().ok());
        self.public.iter().chain(presales)
    }
}

impl Span {
    fn is_open(&self, given: &Circumstances<'_>) -> bool {
        at(self.start_date_time.as_ref()).is_none_or(|start| start <= given.now)
            && at(self.end_date_time.as_ref()).is_none_or(|end| end >= given.now)
    }
}

fn at(text: Option<&String>) -> Option<Timestamp> {
    text?.parse().ok()
}

impl Range {
    /// The cheapest ticket of the range is one that there is; how many there are, nobody says.
    fn offer(&self, given: &Circumstances<'_>, read: &mut Read) {
        let currency = match self.currency.as_deref() {
            None => Some(given.currency),
            Some(code) => Currency::from_code(code),
        };
        let written = match &self.min {
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
        };
        let price =
            currency.zip(written).and_then(|(currency, text)| Price::parse(&text, Some(currency)).ok());
        if price.is_none() {
            read.dropped.note(|| "a price range without a price that is understood".to_owned());
        }
        let mut offer = tickets(anywhere(), given.market, price, None);
        offer.kind = self.kind.as_deref().map(Into::into);
        read.offers.push(offer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seller::dialects::retold::{read_for, words};

    fn told(text: &str) -> String {
        crate::seller::dialects::retold::told(read, text)
    }

    fn event(code: &str, rest: &str) -> String {
        format!(r#"{{"name":"Derby","dates":{{"status":{{"code":"{code}"}}}}{rest}}}"#)
    }

    #[test]
    fn an_event_on_sale_has_the_cheapest_price_of_each_range() {
        let ranges = r#","priceRanges":[{"type":"standard","currency":"GBP","min":35,"max":90.5},
            {"type":"resale","currency":"EUR","min":"40.5"},{"currency":"GBP","min":null},7]"#;
        let read = read_for(read, None, &event("onsale", ranges)).unwrap();
        assert_eq!(
            words(&read),
            "tickets Primary standard £35.00 None; tickets Primary resale €40.50 None; tickets Primary - ? None"
        );
        assert_eq!(read.dropped.count, 2);
    }

    #[test]
    fn an_event_on_sale_without_prices_has_tickets_all_the_same() {
        assert_eq!(told(&event("onsale", "")), "tickets Primary - ? None");
        let moved = event("rescheduled", r#","sales":null,"priceRanges":null"#);
        assert_eq!(told(&moved), "tickets Primary - ? None");
    }

    #[test]
    fn an_event_that_is_off_says_so() {
        assert_eq!(told(&event("offsale", "")), "notOnSale: the event is offsale");
        assert_eq!(told(&event("cancelled", "")), "notOnSale: the event is cancelled");
        assert_eq!(told(&event("postponed", "")), "notOnSale: the event is postponed");
    }

    #[test]
    fn a_sale_counts_in_its_time_and_so_does_a_presale() {
        let sale = |start: &str, end: &str| {
            let public = format!(r#"{{"startDateTime":"{start}","endDateTime":"{end}"}}"#);
            let over = r#"{"startDateTime":"2026-11-01T10:00:00Z","endDateTime":"2026-11-02T10:00:00Z"}"#;
            event("onsale", &format!(r#","sales":{{"public":{public},"presales":[{over},null]}}"#))
        };
        let open = read_for(read, None, &sale("2026-11-20T10:00:00Z", "2026-12-01T10:00:00Z")).unwrap();
        assert_eq!(open.changes_at, Some("2026-12-01T10:00:00Z".parse().unwrap()));
        assert_eq!(told(&sale("2026-11-23T10:00:00Z", "")), "notOnSale: no sale is open now");
        assert_eq!(told(&sale("", "2026-11-21T10:00:00Z")), "notOnSale: no sale is open now");
        let presale = r#","sales":{"public":{"startDateTime":"2026-12-01T10:00:00Z"},
            "presales":[{"startDateTime":"2026-11-22T10:00:00Z","endDateTime":"2026-11-23T10:00:00Z"}]}"#;
        assert_eq!(told(&event("onsale", presale)), "tickets Primary - ? None");
    }

    #[test]
    fn what_does_not_say_is_unknown() {
        for text in
            ["{}", r#"{"dates":null}"#, r#"{"dates":{"status":{}}}"#, "[]", "null", "", "<p>", "{\"da"]
        {
            assert!(told(text).starts_with("unknown:"), "{text}: {}", told(text));
        }
        assert_eq!(told(&event("maybe", "")), "unknown: the status \"maybe\" is not known");
    }
}
