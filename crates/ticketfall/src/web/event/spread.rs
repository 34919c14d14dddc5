//! Where the looks at an event go: evenly, or where falls are likely, and why.

use std::time::Duration;

use ticketfall_core::rhythm::{Comparison, DAYS_MIN, FALLS_MIN};

use super::super::words;
use super::rhythm::{Bar, bars};
use crate::monitoring::Spread;

const SECONDS_AN_HOUR: f64 = 3_600.0;

/// The card's words, and its bars where looks are not even.
pub(super) struct Card {
    pub(super) how: &'static str,
    pub(super) why: String,
    /// Where they are closest together, and how far apart there and elsewhere.
    pub(super) closest: Option<Closest>,
    pub(super) hours: Vec<Bar>,
}

/// The hours in which looks are closest together.
pub(super) struct Closest {
    pub(super) hours: String,
    pub(super) every: String,
    pub(super) else_every: String,
}

/// What is said of how looks are spread; nothing while nobody has judged it.
pub(super) fn card(spread: Option<&Spread>) -> Option<Card> {
    let evenly = |why| Card { how: "Evenly", why, closest: None, hours: Vec::new() };
    Some(match spread? {
        Spread::SwitchedOff => {
            evenly("Spending them where falls are likely is switched off (looks.where_likely).".to_owned())
        }
        Spread::Untaught => evenly(format!(
            "Too little fell so far to learn from: it takes {DAYS_MIN} days and {FALLS_MIN} falls that came and went."
        )),
        Spread::Evenly(comparison) if comparison.is_too_short() => evenly(format!(
            "Too little yet to learn from: {} of {DAYS_MIN} days, {} of {FALLS_MIN} falls.",
            comparison.days, comparison.falls
        )),
        Spread::Evenly(comparison) => {
            evenly(format!("{} That is not surely a gain: {}.", compared(comparison), gain(comparison)))
        }
        Spread::Likely(comparison, intervals) => Card {
            how: "Where falls are likely",
            why: format!("{} {}.", compared(comparison), gain(comparison)),
            closest: closest(intervals.as_slice()),
            hours: hours(intervals.as_slice()),
        },
    })
}

fn compared(comparison: &Comparison) -> String {
    format!(
        "In {} days and {} falls at this seller, as many looks in a day would have seen {} evenly spaced and {} where \
         falls are likely.",
        comparison.days,
        comparison.falls,
        percent(comparison.even),
        percent(comparison.likely)
    )
}

fn gain(comparison: &Comparison) -> String {
    let points = |share: f64| format!("{:+.1}", share * 100.0).replace('-', "−");
    format!(
        "{} points, 95 times in 100 between {} and {}",
        points(comparison.gain()),
        points(comparison.gain_min),
        points(comparison.gain_max)
    )
}

/// A share of falls: "41 %".
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// The first hour with the closest looks, and those after it that are nearly as close.
fn closest(intervals: &[Duration]) -> Option<Closest> {
    let (least, most) = (*intervals.iter().min()?, *intervals.iter().max()?);
    let from = intervals.iter().position(|interval| *interval == least)?;
    let is_close = |interval: &&Duration| **interval <= least + least / 10;
    let until = from + intervals[from..].iter().take_while(is_close).count() - 1;
    Some(Closest {
        hours: format!("{from:02}:00–{until:02}:59"),
        every: words::lasted(least),
        else_every: words::lasted(most),
    })
}

fn hours(intervals: &[Duration]) -> Vec<Bar> {
    bars(intervals.iter().enumerate().map(|(hour, interval)| {
        let tip = format!("{hour:02}:00–{hour:02}:59: a look every {}", words::lasted(*interval));
        (format!("{hour:02}"), tip, looks_an_hour(*interval))
    }))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a bar's height, clamped")]
fn looks_an_hour(interval: Duration) -> usize {
    (SECONDS_AN_HOUR / interval.as_secs_f64().max(0.001)).round().min(3_600_000.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(days: usize, (even, likely): (f64, f64), spread: f64) -> Comparison {
        let gain = likely - even;
        Comparison { days, falls: 340, even, likely, gain_min: gain - spread, gain_max: gain + spread }
    }

    fn said(spread: &Spread) -> String {
        let card = card(Some(spread)).unwrap();
        format!("{}: {}", card.how, card.why)
    }

    #[test]
    fn looks_that_win_are_explained_with_their_gain_and_its_interval() {
        let spread =
            Spread::Likely(comparison(12, (0.41, 0.62), 0.03), Box::new([Duration::from_secs(40); 24]));
        assert_eq!(
            said(&spread),
            "Where falls are likely: In 12 days and 340 falls at this seller, as many looks in a day would have seen \
             41 % evenly spaced and 62 % where falls are likely. +21.0 points, 95 times in 100 between +18.0 and +24.0."
        );
        let Card { hours, closest, .. } = card(Some(&spread)).unwrap();
        assert_eq!(closest.unwrap().hours, "00:00–23:59");
        assert_eq!((hours.len(), hours[9].tip.as_str()), (24, "09:00–09:59: a look every 40 s"));
    }

    #[test]
    fn the_hours_with_the_closest_looks_are_told() {
        let mut intervals = [Duration::from_mins(8); 24];
        (intervals[12], intervals[21], intervals[22]) =
            (Duration::from_mins(1), Duration::from_secs(20), Duration::from_secs(21));
        let Closest { hours, every, else_every } = closest(&intervals).unwrap();
        assert_eq!([hours, every, else_every], ["21:00–22:59", "20 s", "8 min"]);
        assert!(closest(&[]).is_none());
    }

    #[test]
    fn what_keeps_looks_even_is_said() {
        let unsure = Spread::Evenly(comparison(12, (0.40, 0.41), 0.02));
        assert!(said(&unsure).ends_with("a gain: +1.0 points, 95 times in 100 between −1.0 and +3.0."));
        let short = Spread::Evenly(comparison(3, (0.40, 0.80), 0.02));
        assert_eq!(said(&short), "Evenly: Too little yet to learn from: 3 of 7 days, 340 of 40 falls.");
        assert!(said(&Spread::Untaught).starts_with("Evenly: Too little fell"));
        assert!(said(&Spread::SwitchedOff).contains("looks.where_likely"));
        assert!(card(None).is_none());
    }
}
