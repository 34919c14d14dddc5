//! Falls over time: one stem a fall, as high as it lived long.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use ticketfall_core::fall::Fall;

use super::super::words;
use super::fates::Fate;

const LEFT: f64 = 52.0;
const RIGHT: f64 = 986.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 176.0;
/// So many stems are told apart on a screen.
const STEMS_MAX: usize = 1_200;
/// The lives that the axis has lines for, in seconds.
const LIVES: [(u32, &str); 5] = [(1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3_600, "1 h")];
const LIFE_MAX: f64 = 3_600.0;
/// A life that was shorter than one look is drawn as this.
const LIFE_MIN: f64 = 0.5;

/// How much time is shown, and its name in the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) name: &'static str,
    pub(super) words: &'static str,
    pub(super) minutes: u32,
    /// Between two marks of the axis.
    step: u32,
    format: &'static str,
}

/// The spans that can be shown, the shortest first.
pub(super) const SPANS: [Span; 5] = [
    Span { name: "15m", words: "15 minutes", minutes: 15, step: 3, format: "%H:%M" },
    Span { name: "1h", words: "1 hour", minutes: 60, step: 10, format: "%H:%M" },
    Span { name: "6h", words: "6 hours", minutes: 360, step: 60, format: "%H:%M" },
    Span { name: "24h", words: "24 hours", minutes: 1_440, step: 240, format: "%H:%M" },
    Span { name: "7d", words: "7 days", minutes: 10_080, step: 1_440, format: "%a %-d" },
];
const DAY_MINUTES: u32 = 1_440;

/// The falls of a span, drawn.
pub(super) struct Timeline {
    pub(super) span: Span,
    pub(super) stems: Vec<Stem>,
    pub(super) lives: Vec<Tick>,
    pub(super) times: Vec<Tick>,
    pub(super) left_out: usize,
}

/// One fall.
pub(super) struct Stem {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) class: &'static str,
    pub(super) tip: String,
}

/// A line of an axis.
pub(super) struct Tick {
    pub(super) at: String,
    pub(super) text: String,
}

/// The span of that name; else the shortest with every fall of a day in it.
pub(super) fn span(name: &str, falls: &[&Fall], now: Timestamp) -> Span {
    let [.., day, _week] = SPANS;
    let minutes = |span: &Span| Duration::from_mins(u64::from(span.minutes));
    let oldest =
        falls.iter().map(|fall| words::since(fall.first_seen, now)).filter(|age| *age <= minutes(&day)).max();
    let fitting = || SPANS.into_iter().find(|span| oldest.is_some_and(|oldest| oldest <= minutes(span)));
    SPANS.into_iter().find(|span| span.name == name).or_else(fitting).unwrap_or(day)
}

/// Draws falls with their fates, the latest first.
pub(super) fn draw(
    span: Span,
    falls: &[(&Fall, Fate, String)],
    now: Timestamp,
    venue: &TimeZone,
) -> Timeline {
    let from = words::before(now, Duration::from_mins(u64::from(span.minutes)));
    let inside: Vec<_> = falls.iter().filter(|(fall, _, _)| fall.first_seen >= from).collect();
    let place = |at: Timestamp| {
        let passed = words::since(from, at).as_secs_f64();
        LEFT + (RIGHT - LEFT) * (passed / (f64::from(span.minutes) * 60.0)).min(1.0)
    };
    let stems = inside.iter().take(STEMS_MAX).map(|(fall, fate, words)| {
        let lived = words::since(fall.first_seen, fall.gone_at.unwrap_or(now));
        let class = match fate {
            Fate::Caught => "ours",
            Fate::OnSale => "open",
            Fate::Missed(_) => "missed",
        };
        Stem {
            x: short(place(fall.first_seen)),
            y: short(height(lived.as_secs_f64())),
            class,
            tip: words.clone(),
        }
    });
    Timeline {
        span,
        stems: stems.collect(),
        lives: LIVES
            .map(|(seconds, text)| Tick { at: short(height(f64::from(seconds))), text: text.to_owned() })
            .into(),
        times: times(span, from, now, venue)
            .into_iter()
            .map(|(at, text)| Tick { at: short(place(at)), text })
            .collect(),
        left_out: inside.len().saturating_sub(STEMS_MAX),
    }
}

/// Where a life of so many seconds ends; each tenfold is as far as the one before.
fn height(seconds: f64) -> f64 {
    let part = (seconds.clamp(LIFE_MIN, LIFE_MAX) / LIFE_MIN).ln() / (LIFE_MAX / LIFE_MIN).ln();
    BOTTOM - (BOTTOM - TOP) * part
}

/// Round times of the venue's clock within a span.
fn times(span: Span, from: Timestamp, now: Timestamp, venue: &TimeZone) -> Vec<(Timestamp, String)> {
    let Ok(midnight) = from.to_zoned(venue.clone()).start_of_day() else { return Vec::new() };
    let mut times = Vec::new();
    let mut at = midnight;
    while at.timestamp() <= now {
        if at.timestamp() >= from {
            times.push((at.timestamp(), at.strftime(span.format).to_string()));
        }
        let next = if span.step >= DAY_MINUTES {
            at.tomorrow()
        } else {
            at.checked_add(i64::from(span.step).minutes())
        };
        let Ok(next) = next else { break };
        at = next;
    }
    times
}

fn short(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_longer_life_stands_higher_and_none_leaves_the_picture() {
        assert!(height(60.0) < height(9.0) && height(9.0) < height(1.0));
        assert!((height(1e9) - TOP).abs() < 1e-9 && (height(0.0) - BOTTOM).abs() < 1e-9);
    }

    #[test]
    fn the_axis_has_round_times_of_the_venues_clock() {
        let now: Timestamp = "2026-07-01T20:41:59Z".parse().unwrap();
        let from = now - SignedDuration::from_hours(1);
        let venue = TimeZone::get("Europe/London").unwrap();
        let texts: Vec<String> =
            times(SPANS[1], from, now, &venue).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts.join(" "), "20:50 21:00 21:10 21:20 21:30 21:40");
    }
}
