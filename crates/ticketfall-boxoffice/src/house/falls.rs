//! How seats come on sale (by script, by weather, given back) and how rivals take them.

use std::time::Duration;

use super::House;
use super::agenda::Due;
use crate::books::{Cause, FallRecord, FallenSeat};
use crate::event::EventId;
use crate::member::MemberId;
use crate::money::Pence;
use crate::rivals;
use crate::script::Fall;
use crate::stadium::{Area, Place, Row};
use crate::stock::{Buyer, Change, Market, Offer, Run, Standing, Stock, runs};
use crate::tokens;

/// An exchange price that the seed chooses, in percent of the adult's price.
const EXCHANGE_PERCENT: std::ops::RangeInclusive<u32> = 80..=160;

/// A fall that cannot come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("let seats fall: {0}")]
pub(crate) struct NoFall(String);

impl House {
    /// Lets seats fall now.
    pub(crate) fn fall(&mut self, fall: &Fall, at: Duration, cause: Cause) -> Result<usize, NoFall> {
        if let Some(complaint) = fall.complaint() {
            return Err(NoFall(complaint));
        }
        // A source for each attempt: what falls next does not depend on how often chance was asked before.
        let attempt = (self.falls.len() + self.not_fallen.len()).to_string();
        let mut rng = tokens::rng(self.seed, &["fall", &attempt]);
        let run = self.find_run(fall, &mut rng)?;
        let number = self.record(fall.event, run, at, cause);
        if let Some(stock) = self.stocks.get_mut(&fall.event) {
            for place in run.places() {
                stock.offer(place, run.offer, number, at);
            }
        }
        Ok(number)
    }

    /// The same for falls that nobody waits for: one that cannot come is noted in the books.
    pub(crate) fn fall_or_note(&mut self, fall: &Fall, at: Duration, cause: Cause) -> Option<FallRecord> {
        match self.fall(fall, at, cause) {
            Ok(number) => self.fall_record(number),
            Err(error) => {
                tracing::warn!(?at, "cannot {error}");
                self.not_fallen.push(format!("at {at:?}: cannot {error}"));
                None
            }
        }
    }

    pub(super) fn fall_by_script(&mut self, index: usize, at: Duration) {
        let fall = self.script.falls[index].clone();
        self.fall_or_note(&fall, at, Cause::Script);
    }

    pub(super) fn fall_by_weather(&mut self, at: Duration) {
        let weather = &self.script.weather;
        let [least, most] = weather.seats;
        let event = weather.events[self.weather.usize(..weather.events.len())];
        let share = weather.exchange_share;
        let fall = Fall::of(event).seats(self.weather.u16(least..=most));
        let fall = if self.weather.f64() < share { fall } else { fall.primary() };
        self.fall_or_note(&fall, at, Cause::Weather);
        self.expect_weather(at);
    }

    /// Puts the next fall by weather on the agenda, evenly spread around the average distance.
    pub(super) fn expect_weather(&mut self, now: Duration) {
        let rate = self.script.weather.falls_per_minute;
        if rate > 0.0 {
            // Twice the average times a fair draw: no logarithm, whose last digit differs between machines.
            let gap = Duration::from_mins(2).div_f64(rate).mul_f64(self.weather.f64());
            self.agenda.put_down(now + gap, Due::Weather);
        }
    }

    pub(super) fn stock_the_opening(&mut self) {
        let opening = self.script.opening;
        let mut rng = tokens::rng(self.seed, &["opening"]);
        for _ in 0..opening.lots {
            let fall = Fall { market: opening.market, ..Fall::of(opening.event) };
            let fall = fall.seats(rng.u16(1..=opening.seats));
            self.fall_or_note(&fall, Duration::ZERO, Cause::Opening);
        }
    }

    /// Takes what is still free of a fall, up to the posted limit.
    pub(super) fn rival_buys(&mut self, rival: usize, fall: usize, at: Duration) {
        let record = &self.falls[fall];
        let Some(stock) = self.stocks.get_mut(&record.event) else { return };
        let mut wanted = self.script.limits.posted;
        for fallen in &record.seats {
            let place = Place { area: record.area, y: record.y, x: fallen.x };
            let to = Standing::Bought { by: Buyer::Rival(rival), price: record.price };
            // A seat that was given back is another fall's, and other rivals notice that one.
            let fell_here = stock.seat(place).is_some_and(|seat| seat.fall == fall);
            if wanted > 0 && fell_here && stock.take(place, Change { to, at }) {
                wanted -= 1;
            }
        }
    }

    /// Puts a member's seats on sale again, as falls of their own.
    pub(super) fn put_on_sale_again(&mut self, event: EventId, by: MemberId, places: &[Place], at: Duration) {
        let Some(stock) = self.stocks.get(&event) else { return };
        let offers = places.iter().filter_map(|place| stock.seat(*place).map(|seat| (*place, seat.offer)));
        for run in runs(offers.collect::<Vec<_>>().into_iter()) {
            let number = self.record(event, run, at, Cause::GivenBack);
            for place in run.places() {
                self.give_back_one(by, (event, place), number, at);
            }
        }
    }

    fn give_back_one(&mut self, by: MemberId, (event, place): (EventId, Place), fall: usize, at: Duration) {
        let Some(stock) = self.stocks.get_mut(&event) else { return };
        let before = stock.seat(place).map(|seat| seat.fall);
        if !stock.give_back(place, by, fall, at) {
            return;
        }
        if let Some(holdings) = self.holdings.get_mut(&by) {
            holdings.remove(&(event, place));
        }
        let fallen =
            before.and_then(|before| self.falls[before].seats.iter_mut().find(|seat| seat.x == place.x));
        if let Some(fallen) = fallen {
            fallen.given_back = Some(at);
        }
    }

    /// Writes a fall into the books and lets the rivals notice it; the answer is its number.
    fn record(&mut self, event: EventId, run: Run, at: Duration, cause: Cause) -> usize {
        let number = self.falls.len();
        let seat = |place: Place| FallenSeat::new(place.x, self.stadium.printed(place).seat);
        let first = self.stadium.printed(Place { area: run.area, y: run.y, x: run.first_x });
        let record = FallRecord {
            number,
            at,
            cause,
            event,
            area: run.area,
            area_name: first.area.to_owned(),
            row: first.row.to_owned(),
            y: run.y,
            seats: run.places().map(seat).collect(),
            price: run.offer.price,
            market: run.offer.market,
        };
        self.falls.push(record);
        // What is on sale from the beginning stands for what rivals have looked at and left.
        if cause != Cause::Opening {
            for (rival, delay) in rivals::reactions(&self.script.rivals, self.seed, number, run.offer.price) {
                self.agenda.put_down(at + delay, Due::RivalBuys { rival, fall: number });
            }
        }
        number
    }

    /// Adjacent seats for this fall that were never on sale, and their terms.
    fn find_run(&self, fall: &Fall, rng: &mut fastrand::Rng) -> Result<Run, NoFall> {
        let wanted = fall.area.as_ref().and_then(crate::stadium::AreaRef::id);
        let areas = turned(self.stadium.areas(), rng).filter(|area| wanted.is_none_or(|id| id == area.id));
        let areas: Vec<&Area> = areas.collect();
        let stock = self
            .stocks
            .get(&fall.event)
            .ok_or_else(|| NoFall(format!("there is no event {}", fall.event)))?;
        let mut rows_seen = false;
        for area in areas {
            let rows: Vec<(u16, &Row)> = area.rows_by_y().collect();
            for (y, row) in turned(&rows, rng) {
                if fall.row.as_ref().is_some_and(|name| *name != row.name) {
                    continue;
                }
                rows_seen = true;
                if let Some(first_x) = find_gap(stock, area, *y, fall.seats, rng) {
                    let offer = self.terms(fall, row, rng);
                    return Ok(Run {
                        area: area.id,
                        y: *y,
                        first_x,
                        last_x: first_x + fall.seats - 1,
                        offer,
                    });
                }
            }
        }
        Err(NoFall(self.why_not(fall, rows_seen)))
    }

    fn why_not(&self, fall: &Fall, rows_seen: bool) -> String {
        let area = fall.area.as_ref().map_or_else(|| "the stadium".to_owned(), |area| format!("area {area}"));
        if rows_seen {
            return format!("{area} has no {} adjacent seats left that were not on sale before", fall.seats);
        }
        let example =
            fall.area.as_ref().and_then(crate::stadium::AreaRef::id).and_then(|id| self.stadium.area(id));
        let rows: Vec<&str> =
            example.iter().flat_map(|area| &area.rows).map(|row| row.name.as_str()).collect();
        format!("{area} has no row {:?}; its rows are {}", fall.row.as_deref().unwrap_or(""), rows.join(", "))
    }

    fn terms(&self, fall: &Fall, row: &Row, rng: &mut fastrand::Rng) -> Offer {
        let adult = self.events.get(&fall.event).map_or(Pence(0), |event| event.adult_price(row.band));
        let price = match fall.market {
            Market::Primary => adult,
            Market::Exchange => fall.price.unwrap_or_else(|| adult.percent(rng.u32(EXCHANGE_PERCENT))),
        };
        Offer { market: fall.market, band: row.band, price }
    }
}

/// Everything once, beginning anywhere.
fn turned<'a, T>(all: &'a [T], rng: &mut fastrand::Rng) -> impl Iterator<Item = &'a T> + use<'a, T> {
    // Beginning anywhere is enough chance here, and cheaper than shuffling.
    let first = rng.usize(..all.len());
    all[first..].iter().chain(&all[..first])
}

/// Where in a row `seats` adjacent seats were never on sale.
fn find_gap(stock: &Stock, area: &Area, y: u16, seats: u16, rng: &mut fastrand::Rng) -> Option<u16> {
    let cells = area.row(y)?.cells();
    let used: Vec<u16> = stock.row(area.id, y).map(|(x, _)| x).collect();
    let last = cells.end.checked_sub(seats)?;
    let free = |first: u16| !used.iter().any(|x| (first..first + seats).contains(x));
    let starts: Vec<u16> = (cells.start..=last).filter(|first| free(*first)).collect();
    (!starts.is_empty()).then(|| starts[rng.usize(..starts.len())])
}
