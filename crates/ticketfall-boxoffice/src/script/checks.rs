//! Whether a script that can be read also makes sense.

use super::{Closing, Fall, Script};
use crate::event::{self, EventId};
use crate::stock::Market;

const SEATS_IN_A_FALL: std::ops::RangeInclusive<u16> = 1..=20;

/// What is wrong with the script, where and what to do; the first thing found.
pub(super) fn complaint(script: &Script) -> Option<String> {
    let falls = script
        .falls
        .iter()
        .find_map(|fall| fall.complaint().map(|why| format!("[[fall]] at {:?}: {why}", fall.at)));
    falls
        .or_else(|| {
            script
                .closings
                .iter()
                .find_map(|Closing { event, .. }| unknown(*event).map(|why| format!("[[closing]]: {why}")))
        })
        .or_else(|| unknown(script.opening.event).map(|why| format!("[opening]: {why}")))
        .or_else(|| weather(script).map(|why| format!("[weather] {why}")))
        .or_else(|| rivals(script).map(|why| format!("[rivals] {why}")))
        .or_else(|| limits(script).map(|why| format!("[limits] {why}")))
}

impl Fall {
    /// Why the fall can never come, where that is already known.
    pub(crate) fn complaint(&self) -> Option<String> {
        if let Some(why) = unknown(self.event) {
            return Some(why);
        }
        if let Some(area) = self.area.as_ref().filter(|area| area.id().is_none()) {
            return Some(format!(
                "the stadium has no area {area}; names look like \"East Lower 5\", ids like 1220"
            ));
        }
        if !SEATS_IN_A_FALL.contains(&self.seats) {
            return Some(format!(
                "seats = {}; give a number from 1 to {}",
                self.seats,
                SEATS_IN_A_FALL.end()
            ));
        }
        (self.market == Market::Primary && self.price.is_some())
            .then(|| "the primary market sells at the event's price list; leave price out".to_owned())
    }
}

fn unknown(event: EventId) -> Option<String> {
    let season = event::season();
    let ids: Vec<String> = season.iter().map(|event| event.id.to_string()).collect();
    (!season.iter().any(|known| known.id == event))
        .then(|| format!("there is no event {event}; choose one of {}", ids.join(", ")))
}

fn share(name: &str, value: f64) -> Option<String> {
    (!(0.0..=1.0).contains(&value)).then(|| format!("{name} = {value}; give a share from 0 to 1"))
}

fn weather(script: &Script) -> Option<String> {
    let weather = &script.weather;
    let [least, most] = weather.seats;
    if !(0.0..=6_000.0).contains(&weather.falls_per_minute) {
        return Some(format!(
            "falls_per_minute = {}; give a number from 0 to 6000",
            weather.falls_per_minute
        ));
    }
    if least > most || !SEATS_IN_A_FALL.contains(&least) || !SEATS_IN_A_FALL.contains(&most) {
        return Some(format!(
            "seats = [{least}, {most}]; give the least and the most, from 1 to {}",
            SEATS_IN_A_FALL.end()
        ));
    }
    if weather.events.is_empty() {
        return Some("events is empty; name one, or set falls_per_minute = 0".to_owned());
    }
    weather
        .events
        .iter()
        .find_map(|event| unknown(*event))
        .or_else(|| share("exchange_share", weather.exchange_share))
}

fn rivals(script: &Script) -> Option<String> {
    let [least, most] = script.rivals.reaction_ms;
    if least > most {
        return Some(format!("reaction_ms = [{least}, {most}]; give the shortest first"));
    }
    share("appetite", script.rivals.appetite)
}

fn limits(script: &Script) -> Option<String> {
    let limits = &script.limits;
    let spans = [
        ("basket_minutes", limits.basket_minutes),
        ("lock_seconds", limits.lock_seconds),
        ("key_seconds", limits.key_seconds),
        ("session_minutes", limits.session_minutes),
    ];
    let no_span = spans.into_iter().find(|(_, value)| !(1..=1_000_000).contains(value));
    no_span.map(|(name, value)| format!("{name} = {value}; give a number from 1 to 1000000"))
}
