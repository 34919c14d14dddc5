//! The basket: the only proof of a hold. An empty one is believed when the page says that it is empty
//! and the count, where there is one, agrees.

mod json;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ticketfall_core::hold::{Basket, BasketReading, BasketSeat};
use ticketfall_core::ids::EventId;
use ticketfall_core::price::{Currency, Price};
use ticketfall_core::reading::Reading;

use super::client::{Client, Told};
use super::definition::{BasketPage, BasketRules, BasketSeats};
use super::dialects::read::Unknown;
use super::exchange_record::Exchange;
use super::page;
use super::prepare::Prepared;

impl Client {
    /// Reads the basket: seats of every event.
    pub async fn basket(&self) -> Told<BasketReading> {
        let mut exchanges = Vec::new();
        let outcome = match self.basket_read(&mut exchanges).await {
            Ok(basket) => BasketReading::Read(basket),
            Err(reading) => BasketReading::Turned(reading),
        };
        Told { outcome, exchanges }
    }

    /// Gives back everything of an event that is not paid for.
    pub async fn release(&self, event: &EventId, prepared: &Prepared) -> Told<Result<(), Reading>> {
        let mut exchanges = Vec::new();
        let outcome = self.released(event, prepared, &mut exchanges).await;
        Told { outcome, exchanges }
    }

    async fn basket_read(&self, log: &mut Vec<Exchange>) -> Result<Basket, Reading> {
        let unknown = |Unknown(reason)| Reading::Unknown { reason };
        let (Some(request), Some(rules)) = (&self.definition.requests.basket, &self.definition.basket) else {
            return Err(unknown(Unknown("the definition cannot read a basket".to_owned())));
        };
        let answer = self.ask(request, &self.bare_values(), log).await.accepted(request)?;
        let basket = read_basket(&answer.body, rules, self.definition.currency).map_err(unknown)?;
        if basket.seats.is_empty() {
            self.confirm_empty(log).await?;
        }
        Ok(basket)
    }

    /// Taking a full basket for an empty one would lose a hold, so a second witness is heard.
    async fn confirm_empty(&self, log: &mut Vec<Exchange>) -> Result<(), Reading> {
        let Some(request) = &self.definition.requests.basket_count else { return Ok(()) };
        let page = self.definition.order_page_url();
        let values = self.bare_values().with("page_url", page.as_ref().map(url::Url::as_str));
        let answer = self.ask(request, &values, log).await.accepted(request)?;
        match read_count(&answer.body) {
            Some(0) => Ok(()),
            Some(count) => Err(Reading::Unknown {
                reason: format!("the basket page shows no seat, but {count} are counted"),
            }),
            None => Err(Reading::Unknown {
                reason: "the basket page shows no seat, and its count is not understood".to_owned(),
            }),
        }
    }

    async fn released(
        &self,
        event: &EventId,
        prepared: &Prepared,
        log: &mut Vec<Exchange>,
    ) -> Result<(), Reading> {
        let Some(request) = &self.definition.requests.release else {
            return Err(Reading::Unknown { reason: "the definition cannot give seats back".to_owned() });
        };
        if !self.has_key(event) && self.definition.page.is_some() {
            let renewed = self.renew_key(event).await;
            log.extend(renewed.exchanges);
            renewed.outcome?;
        }
        let values = self.values(event).with("urls", &prepared.urls);
        self.ask(request, &values, log).await.accepted(request).map(drop)
    }
}

/// What is looked for on the page.
#[derive(Debug, Clone, Copy)]
enum Field {
    Line,
    Event,
    Area,
    Block,
    Row,
    Seat,
    Price,
    Expiry,
}

/// Reads a basket.
pub fn read_basket(bytes: &[u8], rules: &BasketRules, currency: Currency) -> Result<Basket, Unknown> {
    match &rules.seats {
        BasketSeats::Page(spots) => read_page(bytes, spots, currency),
        BasketSeats::Json(pointers) => json::read(bytes, pointers, currency),
    }
}

fn read_page(bytes: &[u8], spots: &BasketPage, currency: Currency) -> Result<Basket, Unknown> {
    let wanted = [
        (Field::Line, Some(&spots.line)),
        (Field::Event, spots.event.as_ref()),
        (Field::Area, spots.area.as_ref()),
        (Field::Block, spots.block.as_ref()),
        (Field::Row, spots.row.as_ref()),
        (Field::Seat, Some(&spots.seat)),
        (Field::Price, spots.price.as_ref()),
        (Field::Expiry, spots.expiry.as_ref()),
    ];
    let wanted: Vec<_> = wanted.into_iter().filter_map(|(field, spot)| Some((field, spot?))).collect();
    let asked: Vec<_> = wanted.iter().map(|(_, spot)| *spot).collect();
    let found =
        page::find(bytes, &asked).ok_or_else(|| Unknown("a basket page that is no HTML".to_owned()))?;
    let mut reader = Reader::new(currency);
    for page::Found { spot, value } in found {
        reader.take(wanted[spot].0, value.filter(|value| !value.is_empty()));
    }
    let basket = reader.finished()?;
    if basket.seats.is_empty() && !says_empty(bytes, spots) {
        let why = "a page that shows no seat and does not say that the basket is empty";
        return Err(Unknown(why.to_owned()));
    }
    Ok(basket)
}

fn says_empty(bytes: &[u8], spots: &BasketPage) -> bool {
    let words = page::words(bytes).to_lowercase();
    spots.empty.iter().any(|text| words.contains(&text.to_lowercase()))
}

/// Puts a basket together from what is found, in the order of the page. What stands before a seat counts
/// for it and for those after it in its line; what it still lacks may follow it.
struct Reader {
    currency: Currency,
    basket: Basket,
    lines: usize,
    /// Seats that the basket had when the current line began.
    before: usize,
    ahead: BasketSeat,
    unread: bool,
}

const NOTHING: BasketSeat =
    BasketSeat { event: None, area: None, block: None, row: None, seat: None, price: None };

impl Reader {
    fn new(currency: Currency) -> Self {
        Self { currency, basket: Basket::default(), lines: 0, before: 0, ahead: NOTHING, unread: false }
    }

    fn take(&mut self, field: Field, value: Option<String>) {
        match (field, value) {
            (Field::Line, _) => {
                self.close_line();
                self.lines += 1;
            }
            (Field::Seat, value) => {
                let seat = BasketSeat { seat: value.map(Arc::from), ..self.ahead.clone() };
                self.ahead.price = None;
                self.basket.seats.push(seat);
            }
            (Field::Event, Some(value)) => self.set(|seat| &mut seat.event, EventId::new(&value).ok()),
            (Field::Area, Some(value)) => self.set(|seat| &mut seat.area, Some(value.into())),
            (Field::Block, Some(value)) => self.set(|seat| &mut seat.block, Some(value.into())),
            (Field::Row, Some(value)) => self.set(|seat| &mut seat.row, Some(value.into())),
            (Field::Price, Some(value)) => {
                let price = Price::parse(&value, Some(self.currency)).ok();
                self.set(|seat| &mut seat.price, price);
            }
            (Field::Expiry, Some(value)) => {
                self.basket.expires_in = self.basket.expires_in.or(time_left(&value));
            }
            (Field::Event | Field::Area | Field::Block | Field::Row | Field::Price | Field::Expiry, None) => {
            }
        }
    }

    fn set<T>(&mut self, field: impl Fn(&mut BasketSeat) -> &mut Option<T>, value: Option<T>) {
        let seat = self.basket.seats[self.before..].last_mut().map(&field);
        match seat {
            Some(slot @ None) => *slot = value,
            Some(Some(_)) | None => *field(&mut self.ahead) = value,
        }
    }

    /// A line in which no seat was found is not understood.
    fn close_line(&mut self) {
        self.unread |= self.lines > 0 && self.basket.seats.len() == self.before;
        self.before = self.basket.seats.len();
        self.ahead = NOTHING;
    }

    fn finished(mut self) -> Result<Basket, Unknown> {
        self.close_line();
        if self.unread {
            return Err(Unknown(format!(
                "a basket of {} lines, in one of which no seat is understood",
                self.lines
            )));
        }
        Ok(self.basket)
    }
}

/// Seconds, `mm:ss` or `hh:mm:ss`.
fn time_left(text: &str) -> Option<Duration> {
    let parts: Vec<u64> =
        text.trim().split(':').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let seconds = match parts[..] {
        [seconds] => Some(seconds),
        [minutes, seconds] => minutes.checked_mul(60)?.checked_add(seconds),
        [hours, minutes, seconds] => {
            hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)
        }
        _ => None,
    };
    seconds.map(Duration::from_secs)
}

/// The number of seats in a basket: a bare integer, or `{"Count": n}`.
pub fn read_count(bytes: &[u8]) -> Option<u64> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    value.as_u64().or_else(|| value.get("Count")?.as_u64())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::seller::{Definition, shipped};

    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/exchange/", $name)).as_slice()
        };
    }

    fn read(bytes: &[u8]) -> Result<Basket, Unknown> {
        let definition = Definition::parse("boxoffice", shipped("boxoffice").unwrap()).unwrap();
        read_basket(bytes, definition.basket.as_ref().unwrap(), Currency::GBP)
    }

    #[test]
    fn seats_are_read_with_what_stands_around_them() {
        let basket = read(fixture!("basket.html")).unwrap();
        let seats = basket.seats.iter().map(|seat| {
            let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or("-").to_owned();
            let event = seat.event.as_ref().unwrap().as_str();
            let price = seat.price.map(Price::minor);
            (event, [&seat.area, &seat.block, &seat.row, &seat.seat].map(text).join(" / "), price)
        });
        assert_eq!(
            seats.collect::<Vec<_>>(),
            [
                ("4001", "East Stand / Lower 1 / F / 12".to_owned(), Some(7500)),
                ("4001", "East Stand / Lower 1 / F / 13".to_owned(), Some(7500)),
                ("4002", "- / - / B / 1".to_owned(), None),
            ]
        );
        assert_eq!(basket.expires_in, Some(Duration::from_secs(594)));
    }

    #[test]
    fn a_basket_is_empty_only_when_it_says_so() {
        assert_eq!(read(fixture!("basket-empty.html")), Ok(Basket::default()));
        for page in [fixture!("maintenance.html"), fixture!("page.html"), b"", b"[]"] {
            assert!(read(page).is_err());
        }
    }

    #[test]
    fn a_line_without_a_seat_makes_the_whole_basket_unknown() {
        let Unknown(why) = read(fixture!("basket-unread-line.html")).unwrap_err();
        assert_eq!(why, "a basket of 2 lines, in one of which no seat is understood");
    }

    #[test]
    fn a_count_is_a_number_or_has_one() {
        assert_eq!(read_count(b"2"), Some(2));
        assert_eq!(read_count(br#"{"Count":3}"#), Some(3));
        for other in [b"".as_slice(), b"null", b"-1", br#"{"Count":null}"#, b"<p>2</p>"] {
            assert_eq!(read_count(other), None);
        }
    }

    #[test]
    fn the_time_left_is_read_however_it_is_written() {
        let seconds = |text| time_left(text).map(|left| left.as_secs());
        assert_eq!(
            [seconds("594"), seconds("09:54"), seconds(" 1:00:01 ")],
            [Some(594), Some(594), Some(3601)]
        );
        assert_eq!([seconds("soon"), seconds("1:2:3:4"), seconds("18446744073709551615:00")], [None; 3]);
    }

    proptest! {
        #[test]
        fn no_page_panics_the_reader(page in "(<(section class=basket-event basket-event-item-ref=1|b data-testid=seat-detail-(row|seat-number|price)|/section|/b)>|[a-z£0-9 ]){0,30}") {
            drop(read(page.as_bytes()));
        }
    }
}
