//! Numbers, times and wishes as people read them.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ticketfall_core::configuration::Configuration;
use ticketfall_core::criteria::TypeWanted;
use ticketfall_core::plan::Plan;
use ticketfall_core::price::Price;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// So many areas are named; more are counted.
const NAMED_MAX: usize = 2;

/// A time as a page shows it: what it says, and what its script counts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    /// For programs.
    pub(super) iso: String,
    /// Milliseconds since 1970.
    pub(super) ms: i64,
    /// For people, as of now.
    pub(super) text: String,
}

impl Moment {
    /// The time left until `at`: "04:12".
    pub(super) fn left(at: Timestamp, now: Timestamp) -> Self {
        Self { text: countdown(since(now, at)), ..Self::at(at) }
    }

    /// How long ago `at` was: "9 s".
    pub(super) fn ago(at: Timestamp, now: Timestamp) -> Self {
        Self { text: lasted(since(at, now)), ..Self::at(at) }
    }

    /// The time of day at the venue, with the day where it is another one.
    pub(super) fn clock(at: Timestamp, now: Timestamp, venue: &TimeZone) -> Self {
        let (then, today) = (at.to_zoned(venue.clone()), now.to_zoned(venue.clone()));
        let format = if then.date() == today.date() { "%H:%M:%S" } else { "%a %-d %b %H:%M" };
        Self { text: then.strftime(format).to_string(), ..Self::at(at) }
    }

    /// The same to the millisecond.
    pub(super) fn exactly(at: Timestamp, now: Timestamp, venue: &TimeZone) -> Self {
        let (then, today) = (at.to_zoned(venue.clone()), now.to_zoned(venue.clone()));
        let format = if then.date() == today.date() { "%H:%M:%S%.3f" } else { "%a %-d %b %H:%M:%S%.3f" };
        Self { text: then.strftime(format).to_string(), iso: format!("{at:.3}"), ..Self::at(at) }
    }

    fn at(at: Timestamp) -> Self {
        Self { iso: format!("{at:.0}"), ms: at.as_millisecond(), text: String::new() }
    }
}

/// How long from one time to a later one; nothing when it is not later.
pub(super) fn since(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// A time before another one, at the beginning of time at the earliest.
pub(super) fn before(now: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    now.checked_sub(span).unwrap_or(Timestamp::MIN)
}

/// A duration in at most two units: "0.8 s", "9 s", "1 min 20 s", "3 h", "2 days".
pub(super) fn lasted(span: Duration) -> String {
    let seconds = span.as_secs();
    let two = |whole: u64, unit: &str, rest: u64, small: &str| {
        if rest == 0 { format!("{whole} {unit}") } else { format!("{whole} {unit} {rest} {small}") }
    };
    match seconds {
        0 if span.is_zero() => "0 s".to_owned(),
        0 => format!("0.{} s", span.subsec_millis() / 100),
        1..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => two(seconds / MINUTE, "min", seconds % MINUTE, "s"),
        HOUR..DAY => two(seconds / HOUR, "h", seconds % HOUR / MINUTE, "min"),
        _ if seconds / DAY == 1 => "1 day".to_owned(),
        _ => format!("{} days", seconds / DAY),
    }
}

/// A duration to the millisecond, for what is over before anybody looks: "41 ms".
pub(super) fn brief(span: Duration) -> String {
    if span.as_secs() == 0 { format!("{} ms", span.as_millis()) } else { lasted(span) }
}

/// Minutes and seconds, and hours where there are any: "04:12".
pub(super) fn countdown(left: Duration) -> String {
    let seconds = left.as_secs();
    let (hours, minutes, seconds) = (seconds / HOUR, seconds % HOUR / MINUTE, seconds % MINUTE);
    if hours == 0 {
        format!("{minutes:02}:{seconds:02}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}")
    }
}

/// A number and its noun: "1 seat", "2 seats".
pub(super) fn counted(number: impl Into<u64>, noun: &str) -> String {
    match number.into() {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// A price without the decimals that say nothing: "£100", "£61.50".
pub(super) fn price(price: Price) -> String {
    let text = price.to_string();
    text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
}

/// A price for a form, without its currency: "100".
pub(super) fn amount(price: Price) -> String {
    let text = serde_json::to_value(price).ok();
    let amount = text.as_ref().and_then(|wire| wire.get("amount")?.as_str()).unwrap_or_default();
    amount.strip_suffix(".00").unwrap_or(amount).to_owned()
}

/// The cheapest and the dearest, where they differ: "£45–£180".
pub(super) fn prices(prices: impl Iterator<Item = Price> + Clone) -> String {
    let lowest = prices.clone().min_by_key(|price| price.minor());
    let highest = prices.max_by_key(|price| price.minor());
    match (lowest, highest) {
        (Some(low), Some(high)) if low == high => price(low),
        (Some(low), Some(high)) => format!("{}–{}", price(low), price(high)),
        (None, _) | (_, None) => "price unknown".to_owned(),
    }
}

/// What a member wants, in one line: "2 together ≤ £100 · East Lower 5".
pub(super) fn wanted(wanted: &Configuration, plan: Option<&Plan>) -> String {
    let seats = wanted.seat_count.get();
    let together = if wanted.together && seats > 1 { " together" } else { "" };
    let areas = wanted.selected_areas.iter().map(|area| {
        let name = plan.and_then(|plan| plan.area_name(area));
        name.map_or_else(|| area.to_string(), ToString::to_string)
    });
    let place = match (&wanted.selected_type, wanted.selected_areas.len()) {
        (TypeWanted::Named(name), _) => name.clone(),
        (TypeWanted::All, 0) => "any area".to_owned(),
        (TypeWanted::All, 1..=NAMED_MAX) => areas.collect::<Vec<_>>().join(", "),
        (TypeWanted::All, count) => format!("{count} areas"),
    };
    format!("{seats}{together} ≤ {} · {place}", price(wanted.max_price))
}

#[cfg(test)]
mod tests {
    use ticketfall_core::price::Currency;

    use super::*;

    #[test]
    fn durations_have_two_units_at_most() {
        let texts = [0, 800, 9_000, 80_000, 3_600_000, 11_100_000, 90_000_000, 200_000_000];
        let texts = texts.map(|millis| lasted(Duration::from_millis(millis)));
        assert_eq!(texts.join("|"), "0 s|0.8 s|9 s|1 min 20 s|1 h|3 h 5 min|1 day|2 days");
    }

    #[test]
    fn a_countdown_ends_at_zero() {
        let now: Timestamp = "2026-11-28T15:00:00Z".parse().unwrap();
        let left = |seconds: i64| Moment::left(now + SignedDuration::from_secs(seconds), now).text;
        assert_eq!([left(252), left(3_661), left(-5)], ["04:12", "1:01:01", "00:00"]);
    }

    #[test]
    fn times_are_the_venues_and_say_the_day_when_it_is_another() {
        let venue = TimeZone::get("Europe/London").unwrap();
        let now: Timestamp = "2026-07-01T20:41:59Z".parse().unwrap();
        let clock = |at: &str| Moment::clock(at.parse().unwrap(), now, &venue).text;
        assert_eq!(clock("2026-07-01T20:41:07Z"), "21:41:07");
        assert_eq!(clock("2026-06-30T20:41:07Z"), "Tue 30 Jun 21:41");
    }

    #[test]
    fn prices_and_wishes_leave_out_what_says_nothing() {
        let pounds = |minor| Price::new(minor, Currency::GBP);
        assert_eq!(prices([pounds(6_100), pounds(4_550)].into_iter()), "£45.50–£61");
        assert_eq!(prices([pounds(6_100); 2].into_iter()), "£61");
        assert_eq!(prices(std::iter::empty()), "price unknown");
        assert_eq!(wanted(&Configuration::default(), None), "2 together ≤ £100 · any area");
    }
}
