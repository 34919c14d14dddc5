//! Whether spending looks by a rhythm would have caught more: each day is judged by what the other days taught.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Past, Rhythm, Spending};

/// Fewer days, or falls, prove nothing.
const DAYS_MIN: usize = 7;
const FALLS_MIN: usize = 40;
/// A gain of less than this share of the falls is not worth the trouble.
const GAIN_MIN: f64 = 0.005;
/// Standard errors on either side of an interval that holds the truth 95 times in 100.
const SPREAD: f64 = 1.96;

/// Shares of falls, from 0 to 1, that the same number of looks would have seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Over how many days.
    pub days: usize,
    /// Of how many falls.
    pub falls: usize,
    /// Evenly spaced.
    pub even: f64,
    /// Spent where falls were likely by what the other days taught.
    pub likely: f64,
    /// The least that spending gains, 95 times in 100.
    pub gain_min: f64,
    /// The most.
    pub gain_max: f64,
}

impl Comparison {
    /// What spending gains.
    pub fn gain(&self) -> f64 {
        self.likely - self.even
    }

    /// Whether it is proven to gain something that matters.
    pub fn wins(&self) -> bool {
        self.days >= DAYS_MIN && self.falls >= FALLS_MIN && self.gain_min > 0.0 && self.gain() >= GAIN_MIN
    }
}

/// Compares on the past of some events, where looks are `asked` apart evenly; nothing where there were no falls.
pub fn compare(pasts: &[Past], zone: &TimeZone, asked: Duration, floor: Duration) -> Option<Comparison> {
    let days = by_day(pasts, zone);
    let mut judged: Vec<Judged> = Vec::new();
    for day in days.values() {
        let others = days.values().filter(|other| !std::ptr::eq(*other, day)).flatten();
        let rhythm = Arc::new(Rhythm::learn(others, zone));
        judged.push(day.iter().map(|past| judge(past, &rhythm, asked, floor)).sum());
    }
    summed(&judged)
}

/// The falls of some time, and how many of them were seen in expectation.
#[derive(Debug, Clone, Copy, Default)]
struct Judged {
    falls: usize,
    even: f64,
    likely: f64,
}

impl std::iter::Sum for Judged {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            falls: sum.falls + one.falls,
            even: sum.even + one.even,
            likely: sum.likely + one.likely,
        })
    }
}

fn judge(past: &Past, rhythm: &Arc<Rhythm>, asked: Duration, floor: Duration) -> Judged {
    let mut spending = Spending::new(Arc::clone(rhythm), past.starts_at);
    let met = |life: Duration, interval: Duration| (life.as_secs_f64() / interval.as_secs_f64()).min(1.0);
    let mut falls = past.falls.clone();
    falls.sort_unstable();
    falls
        .iter()
        .map(|(at, life)| Judged {
            falls: 1,
            even: met(*life, asked.max(floor)),
            likely: met(*life, spending.interval(asked, floor, *at)),
        })
        .sum()
}

/// Each day of the venue's clock with what happened on it, event by event.
fn by_day(pasts: &[Past], zone: &TimeZone) -> BTreeMap<Date, Vec<Past>> {
    let date = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let mut days: BTreeMap<Date, BTreeMap<usize, Past>> = BTreeMap::new();
    for (event, past) in pasts.iter().enumerate() {
        let empty = || Past { starts_at: past.starts_at, ..Past::default() };
        for hour in &past.hours {
            days.entry(date(*hour)).or_default().entry(event).or_insert_with(empty).hours.push(*hour);
        }
        for fall in &past.falls {
            days.entry(date(fall.0)).or_default().entry(event).or_insert_with(empty).falls.push(*fall);
        }
    }
    days.into_iter().map(|(date, events)| (date, events.into_values().collect())).collect()
}

/// The shares over all days, with how far they may be off: days differ, falls of one day do so less.
fn summed(days: &[Judged]) -> Option<Comparison> {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let all: Judged = days.iter().copied().sum();
    if all.falls == 0 || days.len() < 2 {
        return None;
    }
    let (falls, count) = (number(all.falls), number(days.len()));
    let gain = (all.likely - all.even) / falls;
    // A ratio of two sums over days, and its standard error to the first order.
    let squares =
        days.iter().map(|day| (day.likely - day.even - gain * number(day.falls)).powi(2)).sum::<f64>();
    let error = (squares * count / (count - 1.0)).sqrt() / falls;
    Some(Comparison {
        days: days.len(),
        falls: all.falls,
        even: all.even / falls,
        likely: all.likely / falls,
        gain_min: gain - SPREAD * error,
        gain_max: gain + SPREAD * error,
    })
}
