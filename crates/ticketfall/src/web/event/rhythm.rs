//! When in the week falls come, and how long they live.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ticketfall_core::fall::Fall;
use ticketfall_core::rhythm;

use super::super::words;
use super::spread::percent;

const DAYS: usize = 7;
const HOURS: usize = 24;
/// Shades of a count; 0 is none.
const LEVELS: usize = 5;
/// How high the highest bar is.
const BAR: f64 = 96.0;

/// Lives up to so many seconds, and what they are called.
const LIVES: [(u64, &str); 8] = [
    (2, "2 s"),
    (5, "5 s"),
    (10, "10 s"),
    (30, "30 s"),
    (60, "1 min"),
    (300, "5 min"),
    (1_800, "30 min"),
    (u64::MAX, "more"),
];

/// Seconds between looks at which the share of falls is told that are seen.
const LOOKS_EVERY: [u64; 5] = [1, 2, 5, 15, 60];

/// A week of hours, and all of its days together.
pub(super) struct Week {
    pub(super) days: Vec<Day>,
    pub(super) hours: Vec<Bar>,
    pub(super) busiest: Option<String>,
}

/// A day's hours.
pub(super) struct Day {
    pub(super) name: String,
    pub(super) y: usize,
    pub(super) cells: Vec<Cell>,
}

/// An hour's count.
pub(super) struct Cell {
    pub(super) x: usize,
    pub(super) level: usize,
    pub(super) tip: String,
}

/// A bar of a chart.
pub(super) struct Bar {
    pub(super) x: usize,
    pub(super) y: String,
    pub(super) height: String,
    pub(super) label: String,
    pub(super) tip: String,
}

/// How long falls lived.
pub(super) struct Lives {
    pub(super) median: Option<String>,
    pub(super) bars: Vec<Bar>,
    /// Shares that are seen, and by a look how often.
    pub(super) seen: Vec<(String, String)>,
}

/// The last seven days by hour of the venue's clock, today last.
pub(super) fn week(falls: &[&Fall], now: Timestamp, venue: &TimeZone) -> Week {
    let today = now.to_zoned(venue.clone()).date();
    let mut counts = [[0_usize; HOURS]; DAYS];
    for fall in falls {
        let at = fall.first_seen.to_zoned(venue.clone());
        let ago = days_between(at.date(), today);
        let hour = usize::try_from(at.hour()).unwrap_or_default();
        if let Some(count) =
            ago.filter(|ago| *ago < DAYS).and_then(|ago| counts[DAYS - 1 - ago].get_mut(hour))
        {
            *count += 1;
        }
    }
    let most = counts.iter().flatten().copied().max().unwrap_or_default();
    let days = counts.iter().enumerate().map(|(at, hours)| day(today, at, hours, most)).collect();
    let totals: Vec<usize> = (0..HOURS).map(|hour| counts.iter().map(|day| day[hour]).sum()).collect();
    let highest = totals.iter().copied().max().unwrap_or_default();
    let busiest = totals.iter().position(|count| *count == highest && highest > 0);
    Week {
        days,
        hours: bars(totals.into_iter().enumerate().map(|(hour, count)| {
            (
                format!("{hour:02}"),
                format!("{hour:02}:00–{hour:02}:59, all days: {}", falls_in_words(count)),
                count,
            )
        })),
        busiest: busiest.map(|hour| format!("{hour:02}:00–{:02}:00", (hour + 1) % HOURS)),
    }
}

fn day(today: Date, at: usize, hours: &[usize; HOURS], most: usize) -> Day {
    let ago = i64::try_from(DAYS - 1 - at).unwrap_or_default();
    let date = today.checked_sub(jiff::Span::new().days(ago)).unwrap_or(today);
    let name = date.strftime("%a %-d").to_string();
    let cell = |(hour, count): (usize, &usize)| Cell {
        x: hour,
        level: level(*count, most),
        tip: format!("{name}, {hour:02}:00–{hour:02}:59: {}", falls_in_words(*count)),
    };
    Day { cells: hours.iter().enumerate().map(cell).collect(), y: at, name }
}

/// How long the falls lived that are gone.
pub(super) fn lives(falls: &[&Fall]) -> Lives {
    let lived = |fall: &&Fall| Some(words::since(fall.first_seen, fall.gone_at?));
    let mut all: Vec<Duration> = falls.iter().filter_map(lived).collect();
    all.sort_unstable();
    let mut counts = [0_usize; LIVES.len()];
    for life in &all {
        let at = LIVES.iter().position(|(upto, _)| life.as_secs() < *upto).unwrap_or(LIVES.len() - 1);
        counts[at] += 1;
    }
    let bar = |((_, label), count): ((u64, &str), usize)| {
        let tip = if label == "more" {
            format!("longer: {}", falls_in_words(count))
        } else {
            format!("less than {label}: {}", falls_in_words(count))
        };
        (label.to_owned(), tip, count)
    };
    Lives {
        median: all.get(all.len() / 2).map(|median| words::lasted(*median)),
        bars: bars(LIVES.into_iter().zip(counts).map(bar)),
        seen: seen(falls),
    }
}

/// What share is seen by who looks so often.
fn seen(falls: &[&Fall]) -> Vec<(String, String)> {
    let left = |fall: &&Fall| Some(rhythm::life(fall.first_seen, fall.last_seen, fall.gone_at?));
    let lives = rhythm::Lives::of(falls.iter().filter_map(left));
    let share = |seconds| {
        let every = Duration::from_secs(seconds);
        Some((percent(lives.seen_at(every)?), words::lasted(every)))
    };
    LOOKS_EVERY.into_iter().filter_map(share).collect()
}

/// A shade of a count, 0 for none and the darkest for the most.
pub(super) fn level(count: usize, most: usize) -> usize {
    if most == 0 { 0 } else { (count * LEVELS).div_ceil(most) }
}

/// Bars as high as their counts, the highest as high as there is room.
pub(super) fn bars(counted: impl Iterator<Item = (String, String, usize)>) -> Vec<Bar> {
    let counted: Vec<_> = counted.collect();
    let most = counted.iter().map(|(_, _, count)| *count).max().unwrap_or_default();
    let high = |count: usize| {
        let whole = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        if count == 0 { 0.0 } else { (BAR * whole(count) / whole(most)).max(2.0) }
    };
    let bar = |(x, (label, tip, count)): (usize, (String, String, usize))| Bar {
        x,
        y: format!("{:.1}", BAR - high(count)),
        height: format!("{:.1}", high(count)),
        label,
        tip,
    };
    counted.into_iter().enumerate().map(bar).collect()
}

fn falls_in_words(count: usize) -> String {
    match count {
        0 => "nothing fell".to_owned(),
        1 => "1 fall".to_owned(),
        count => format!("{count} falls"),
    }
}

fn days_between(then: Date, today: Date) -> Option<usize> {
    usize::try_from(today.since((jiff::Unit::Day, then)).ok()?.get_days()).ok()
}

#[cfg(test)]
mod tests;
