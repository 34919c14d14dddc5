//! Whether spending looks by a rhythm would have caught more: each day is judged by what the other days taught.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Lives, Past, Rhythm, Spending, met_in_hour};

/// Fewer days prove nothing.
pub const DAYS_MIN: usize = 7;
/// Nor do fewer falls.
pub const FALLS_MIN: usize = 40;
/// A gain of less than this share of the falls is not worth the trouble.
const GAIN_MIN: f64 = 0.005;
/// A fall that was met by chance stands for others that were not; for so many at most.
const STANDS_FOR_MAX: f64 = 8.0;
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

    /// Whether there were too few days or falls to prove anything.
    pub fn is_too_short(&self) -> bool {
        self.days < DAYS_MIN || self.falls < FALLS_MIN
    }

    /// Whether it is proven to gain something that matters.
    pub fn wins(&self) -> bool {
        !self.is_too_short() && self.gain_min > 0.0 && self.gain() >= GAIN_MIN
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

/// The falls of some time, how many there were with those that nobody saw, and how many are seen in expectation.
#[derive(Debug, Clone, Copy, Default)]
struct Judged {
    falls: usize,
    weight: f64,
    even: f64,
    likely: f64,
}

impl std::iter::Sum for Judged {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            falls: sum.falls + one.falls,
            weight: sum.weight + one.weight,
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
        .map(|(at, life)| {
            let weight = stands_for(past, rhythm.lives(), *at);
            Judged {
                falls: 1,
                weight,
                even: weight * met(*life, asked.max(floor)),
                likely: weight * met(*life, spending.interval(asked, floor, *at)),
            }
        })
        .sum()
}

/// For how many a fall stands that was seen in an hour with its looks.
fn stands_for(past: &Past, lives: &Lives, at: Timestamp) -> f64 {
    let after = past.hours.partition_point(|(hour, _)| *hour <= at);
    let looks = after.checked_sub(1).map(|last| past.hours[last].1);
    looks.map_or(1.0, |looks| met_in_hour(lives, looks).recip().min(STANDS_FOR_MAX))
}

/// Each day of the venue's clock with what happened on it, event by event.
fn by_day(pasts: &[Past], zone: &TimeZone) -> BTreeMap<Date, Vec<Past>> {
    let date = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let mut days: BTreeMap<Date, BTreeMap<usize, Past>> = BTreeMap::new();
    for (event, past) in pasts.iter().enumerate() {
        let empty = || Past { starts_at: past.starts_at, ..Past::default() };
        let mut hours = past.hours.clone();
        hours.sort_unstable();
        for hour in &hours {
            days.entry(date(hour.0)).or_default().entry(event).or_insert_with(empty).hours.push(*hour);
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
    let count = number(days.len());
    let gain = (all.likely - all.even) / all.weight;
    // A ratio of two sums over days, and its standard error to the first order.
    let squares = days.iter().map(|day| (day.likely - day.even - gain * day.weight).powi(2)).sum::<f64>();
    let error = (squares * count / (count - 1.0)).sqrt() / all.weight;
    Some(Comparison {
        days: days.len(),
        falls: all.falls,
        even: all.even / all.weight,
        likely: all.likely / all.weight,
        gain_min: gain - SPREAD * error,
        gain_max: gain + SPREAD * error,
    })
}
