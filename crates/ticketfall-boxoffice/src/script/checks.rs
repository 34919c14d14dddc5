//! Whether a script that can be read also makes sense.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::{Closing, Fall, Limits, Opening, Private, Rivals, Script, Weather};
use crate::event::{self, EventId};
use crate::stock::Market;

const SEATS_IN_A_FALL: RangeInclusive<u16> = 1..=20;

impl Script {
    /// What is wrong with the script, where and what to do; the first thing found.
    pub(crate) fn complaint(&self) -> Option<String> {
        let fall = |fall: &Fall| fall.complaint().map(|why| format!("[[fall]] at {:?}: {why}", fall.at));
        let closing = |closing: &Closing| unknown(closing.event).map(|why| format!("[[closing]]: {why}"));
        (self.falls.iter().find_map(fall))
            .or_else(|| self.closings.iter().find_map(closing))
            .or_else(|| {
                self.private.iter().find_map(Private::complaint).map(|why| format!("[[private]]: {why}"))
            })
            .or_else(|| self.opening.complaint().map(|why| format!("[opening] {why}")))
            .or_else(|| self.weather.complaint().map(|why| format!("[weather] {why}")))
            .or_else(|| self.rivals.complaint().map(|why| format!("[rivals] {why}")))
            .or_else(|| self.limits.complaint().map(|why| format!("[limits] {why}")))
            .or_else(|| self.room.as_ref()?.complaint().map(|why| format!("[room] {why}")))
    }
}

impl Fall {
    /// Why the fall can never come, where that is already known.
    pub(crate) fn complaint(&self) -> Option<String> {
        let area = self.area.as_ref().filter(|area| area.id().is_none());
        let dear = self.market == Market::Primary && self.price.is_some();
        unknown(self.event)
            .or_else(|| {
                area.map(|area| {
                    format!("the stadium has no area {area}; names look like \"East Lower 5\", ids like 1220")
                })
            })
            .or_else(|| out_of("seats", self.seats, SEATS_IN_A_FALL))
            .or_else(|| out_of("count", self.count, 1..=10_000))
            .or_else(|| {
                dear.then(|| "the primary market sells at the event's price list; leave price out".to_owned())
            })
    }
}

impl Opening {
    fn complaint(&self) -> Option<String> {
        unknown(self.event)
            .or_else(|| out_of("lots", self.lots, 0..=20_000))
            .or_else(|| out_of("seats", self.seats, SEATS_IN_A_FALL))
    }
}

impl Weather {
    fn complaint(&self) -> Option<String> {
        let [least, most] = self.seats;
        let calm = self.falls_per_minute == 0.0;
        let nowhere = !calm && self.events.is_empty();
        (self.events.iter().find_map(|event| unknown(*event)))
            .or_else(|| nowhere.then(|| "events is empty; name one, or set falls_per_minute = 0".to_owned()))
            .or_else(|| {
                if calm { None } else { out_of("falls_per_minute", self.falls_per_minute, 0.001..=6_000.0) }
            })
            .or_else(|| out_of("exchange_share", self.exchange_share, 0.0..=1.0))
            .or_else(|| in_order("seats", least, most))
            .or_else(|| out_of("seats", least, SEATS_IN_A_FALL))
            .or_else(|| out_of("seats", most, SEATS_IN_A_FALL))
    }
}

impl Rivals {
    fn complaint(&self) -> Option<String> {
        let [least, most] = self.reaction_ms;
        in_order("reaction_ms", least, most)
            .or_else(|| out_of("count", self.count, 0..=10_000))
            .or_else(|| out_of("appetite", self.appetite, 0.0..=1.0))
    }
}

impl Limits {
    fn complaint(&self) -> Option<String> {
        let lasts = |name, value| out_of(name, value, 1..=1_000_000);
        out_of("posted", self.posted, 1..=40)
            .or_else(|| lasts("basket_minutes", self.basket_minutes))
            .or_else(|| lasts("lock_seconds", self.lock_seconds))
            .or_else(|| lasts("key_seconds", self.key_seconds))
            .or_else(|| lasts("session_minutes", self.session_minutes))
            .or_else(|| out_of("key_writes", self.key_writes?, 1..=1_000_000))
    }
}

pub(super) fn unknown(event: EventId) -> Option<String> {
    let season = event::season();
    let ids: Vec<String> = season.iter().map(|event| event.id.to_string()).collect();
    let known = season.iter().any(|known| known.id == event);
    (!known).then(|| format!("there is no event {event}; choose one of {}", ids.join(", ")))
}

pub(super) fn out_of<T: PartialOrd + Display + Copy>(
    name: &str,
    value: T,
    range: RangeInclusive<T>,
) -> Option<String> {
    let (least, most) = (range.start(), range.end());
    (!range.contains(&value)).then(|| format!("{name} = {value}; give a number from {least} to {most}"))
}

fn in_order<T: PartialOrd + Display + Copy>(name: &str, least: T, most: T) -> Option<String> {
    (least > most).then(|| format!("{name} = [{least}, {most}]; give the smaller number first"))
}
