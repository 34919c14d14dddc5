//! When seats fall, learnt from falls and from the hours that were watched.
//!
//! A fixed number of looks can then be spent where falls are likely.

mod compare;
mod lives;
mod spend;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use compare::{Comparison, DAYS_MIN, FALLS_MIN, compare};
pub use lives::Lives;
pub use spend::Spending;

const HOURS: usize = 24;
const SECONDS_AN_HOUR: f64 = 3_600.0;
/// So many falls that nobody saw, spread as the watched hours are, keep a few from counting for much.
const PRIOR_FALLS: f64 = 8.0;

/// One event's past: what fell, and when somebody watched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// When the match begins, where that is known.
    pub starts_at: Option<Timestamp>,
    /// The beginnings of the hours in which the event was looked at and understood, with how many looks.
    pub hours: Vec<(Timestamp, u32)>,
    /// What fell: when it was first seen, and how long it was there from then on.
    pub falls: Vec<(Timestamp, Duration)>,
}

/// What was left of a fall's life when it was first seen: half-way between the last reading that showed it and the first
/// that did not.
pub fn life(first_seen: Timestamp, last_seen: Timestamp, gone_at: Timestamp) -> Duration {
    let seen = last_seen.duration_since(first_seen);
    let unseen = gone_at.duration_since(last_seen);
    Duration::try_from(seen).unwrap_or_default() + Duration::try_from(unseen).unwrap_or_default() / 2
}

/// How far off a match is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// Nobody knows.
    Unknown,
    /// More than a week.
    Far,
    /// Up to a week.
    Week,
    /// Up to three days.
    Days,
    /// Up to a day.
    Day,
    /// Up to three hours, or it has begun.
    Hours,
}

impl Nearness {
    const ALL: [Self; 6] = [Self::Unknown, Self::Far, Self::Week, Self::Days, Self::Day, Self::Hours];

    fn of(at: Timestamp, starts_at: Option<Timestamp>) -> Self {
        let Some(starts_at) = starts_at else { return Self::Unknown };
        let left = starts_at.duration_since(at);
        let is_over = |hours: i64| left > SignedDuration::from_hours(hours);
        match () {
            () if is_over(7 * 24) => Self::Far,
            () if is_over(3 * 24) => Self::Week,
            () if is_over(24) => Self::Days,
            () if is_over(3) => Self::Day,
            () => Self::Hours,
        }
    }

    /// In words that follow "falls".
    pub fn words(self) -> &'static str {
        match self {
            Self::Unknown => "at any time before the match",
            Self::Far => "more than a week before the match",
            Self::Week => "in the week before the match",
            Self::Days => "in the three days before the match",
            Self::Day => "on the day before the match",
            Self::Hours => "in the last three hours",
        }
    }
}

/// How likely a fall is, by the hour of the venue's day and by how far off the match is.
#[derive(Debug, Clone, PartialEq)]
pub struct Rhythm {
    zone: TimeZone,
    /// How many times as likely as on average.
    by_hour: [f64; HOURS],
    by_nearness: [f64; Nearness::ALL.len()],
    lives: Lives,
}

impl Rhythm {
    /// What the past of some events teaches; days are those of the venue's clock.
    pub fn learn<'p>(pasts: impl Iterator<Item = &'p Past> + Clone, zone: &TimeZone) -> Self {
        let lives = Lives::of(pasts.clone().flat_map(|past| past.falls.iter().map(|(_, life)| *life)));
        let mut watched = Counts::default();
        let mut fallen = Counts::default();
        for past in pasts {
            for (at, looks) in &past.hours {
                watched.add((*at, past.starts_at), met_in_hour(&lives, *looks), zone);
            }
            for (at, _) in &past.falls {
                fallen.add((*at, past.starts_at), 1.0, zone);
            }
        }
        Self {
            zone: zone.clone(),
            by_hour: ratios(watched.by_hour, fallen.by_hour),
            by_nearness: ratios(watched.by_nearness, fallen.by_nearness),
            lives,
        }
    }

    /// How many times as likely a fall is at this time as on average.
    pub fn likelihood(&self, at: Timestamp, starts_at: Option<Timestamp>) -> f64 {
        let nearness = Nearness::of(at, starts_at) as usize;
        self.by_hour[hour_of(at, &self.zone)] * self.by_nearness[nearness]
    }

    /// How long seats were there.
    pub fn lives(&self) -> &Lives {
        &self.lives
    }

    /// The hours of the venue's day, and how many times as likely as on average a fall is in each.
    pub fn hours(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.by_hour.iter().copied().enumerate()
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    by_hour: [f64; HOURS],
    by_nearness: [f64; Nearness::ALL.len()],
}

impl Counts {
    fn add(&mut self, (at, starts_at): (Timestamp, Option<Timestamp>), weight: f64, zone: &TimeZone) {
        self.by_hour[hour_of(at, zone)] += weight;
        self.by_nearness[Nearness::of(at, starts_at) as usize] += weight;
    }
}

/// The share of an hour's falls that so many looks meet: an hour with few of them shows fewer falls than there were.
fn met_in_hour(lives: &Lives, looks: u32) -> f64 {
    lives.seen_by_rate(f64::from(looks) / SECONDS_AN_HOUR).unwrap_or(1.0)
}

fn hour_of(at: Timestamp, zone: &TimeZone) -> usize {
    usize::try_from(at.to_zoned(zone.clone()).hour()).unwrap_or_default()
}

/// Falls of each kind of hour against what its share of the watched hours would have brought.
fn ratios<const N: usize>(watched: [f64; N], fallen: [f64; N]) -> [f64; N] {
    let (hours, falls): (f64, f64) = (watched.iter().sum(), fallen.iter().sum());
    if hours == 0.0 {
        return [1.0; N];
    }
    std::array::from_fn(|kind| {
        let due = |falls: f64| falls * watched[kind] / hours;
        let likely = (fallen[kind] + due(PRIOR_FALLS)) / due(falls + PRIOR_FALLS);
        if likely.is_finite() { likely } else { 1.0 }
    })
}
