//! What spending looks where falls are likely catches on simulated match days, against as many evenly spaced looks.
//! Each day's looks are really laid out, and only what they met is learnt from.
#![expect(clippy::print_stdout, reason = "what was measured is this program's answer")]

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ticketfall_core::rhythm::{Past, Rhythm, Spending, compare, life};

const ASKED: Duration = Duration::from_secs(10);
const FLOOR: Duration = Duration::from_secs(2);
const LEARNT_FROM: usize = 14;
const PAST_DAYS: usize = 90;
const WEEK: usize = 7;
const KICK_OFF: i64 = 15;
const SPREAD: f64 = 1.96;

/// Where falls come from: so many an hour, by the day, the hour, and the hours that are left to the match.
struct Source {
    name: &'static str,
    falls: fn(usize, i64, i64) -> f64,
}

const SOURCES: [Source; 4] = [
    Source { name: "club exchange: evenings, mornings, the last day", falls: club },
    Source { name: "flat", falls: |_, _, _| 1.7 },
    Source { name: "evenings, half-way moved to mornings", falls: moved },
    Source { name: "another hour each day", falls: wandering },
];

fn club(_day: usize, hour: i64, left: i64) -> f64 {
    let by_hour = match hour {
        0..=6 => 0.1,
        9 => 3.0,
        18..=21 => 4.0,
        _ => 0.8,
    };
    let by_nearness = match left {
        ..=3 => 4.0,
        4..=24 => 2.5,
        _ => 1.0,
    };
    by_hour * by_nearness
}

fn moved(day: usize, hour: i64, _left: i64) -> f64 {
    let busy = if day < LEARNT_FROM + 100 { 18..=21 } else { 7..=10 };
    if busy.contains(&hour) { 6.0 } else { 0.8 }
}

fn wandering(day: usize, hour: i64, _left: i64) -> f64 {
    if usize::try_from(hour) == Ok(day * 11 % 24) { 20.0 } else { 0.9 }
}

/// Seats that fell, from when to when.
type Lot = (Timestamp, Timestamp);

/// A day's falls, and the match that they are for.
struct Day {
    begins: Timestamp,
    starts_at: Timestamp,
    lots: Vec<Lot>,
}

fn hours(count: usize) -> SignedDuration {
    SignedDuration::from_hours(i64::try_from(count).unwrap_or_default())
}

/// A match is on the last day of each week.
fn days(source: &Source, count: usize, rng: &mut Rng) -> Vec<Day> {
    let opening = Timestamp::constant(1_788_220_800, 0);
    let day = |number: usize| {
        let begins = opening + hours(24 * number);
        let last = number / WEEK * WEEK + WEEK - 1;
        let starts_at = opening + hours(24 * last) + SignedDuration::from_hours(KICK_OFF);
        let mut lots = Vec::new();
        for hour in 0..24 {
            let at = begins + SignedDuration::from_hours(hour);
            let left = starts_at.duration_since(at).as_hours().max(0);
            for _ in 0..poisson((source.falls)(number, hour, left), rng) {
                let from = at + seconds(rng.f64() * 3_600.0);
                lots.push((from, from + seconds(lived(rng))));
            }
        }
        lots.sort_unstable();
        Day { begins, starts_at, lots }
    };
    (0..count).map(day).collect()
}

fn seconds(seconds: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// Seven of ten are gone within seconds, the others stay for a minute or two.
fn lived(rng: &mut Rng) -> f64 {
    let mean = if rng.f64() < 0.7 { 6.0 } else { 90.0 };
    -mean * (1.0 - rng.f64()).ln()
}

fn poisson(mean: f64, rng: &mut Rng) -> usize {
    let (limit, mut product, mut count) = ((-mean).exp(), rng.f64(), 0);
    while product > limit {
        product *= rng.f64();
        count += 1;
    }
    count
}

/// One stream of looks.
struct Watch {
    spending: Option<Spending>,
    next: Timestamp,
    looks: usize,
}

impl Watch {
    fn new(from: Timestamp) -> Self {
        Self { spending: None, next: from, looks: 0 }
    }

    /// Lays out a day's looks; says how many lots they met, and what is known of them.
    fn look(&mut self, day: &Day) -> (usize, Past) {
        let over = day.begins + hours(24);
        let mut looks = Vec::new();
        while self.next < over {
            looks.push(self.next);
            let spent = |spending: &mut Spending| spending.interval(ASKED, FLOOR, self.next);
            let interval = self.spending.as_mut().map_or(ASKED, spent);
            self.next = self.next.checked_add(interval).unwrap_or(over);
        }
        self.looks += looks.len();
        let first_of = |hour: usize| looks.partition_point(|at| *at < day.begins + hours(hour));
        let an_hour = |hour: usize| {
            let count = first_of(hour + 1) - first_of(hour);
            (day.begins + hours(hour), u32::try_from(count).unwrap_or(u32::MAX))
        };
        let falls: Vec<_> = day.lots.iter().filter_map(|lot| seen(&looks, *lot)).collect();
        let met = falls.len();
        (met, Past { starts_at: Some(day.starts_at), hours: (0..24).map(an_hour).collect(), falls })
    }
}

/// When a look first saw a lot, and what is known of how long it was there from then on.
fn seen(looks: &[Timestamp], (from, until): Lot) -> Option<(Timestamp, Duration)> {
    let first = looks.partition_point(|at| *at < from);
    let gone = looks.partition_point(|at| *at < until);
    let first_seen = *looks.get(first).filter(|_| first < gone)?;
    let last_seen = looks[gone - 1];
    Some((first_seen, life(first_seen, last_seen, looks.get(gone).copied().unwrap_or(last_seen))))
}

/// What the service makes of what it knows: a rhythm where that wins.
fn learnt(known: &[Past]) -> Option<Arc<Rhythm>> {
    let wins = compare(known, &TimeZone::UTC, ASKED, FLOOR).is_some_and(|comparison| comparison.wins());
    wins.then(|| Arc::new(Rhythm::learn(known.iter(), &TimeZone::UTC)))
}

/// The counts of one day.
#[derive(Clone, Copy, Default)]
struct Counts {
    falls: f64,
    even: f64,
    once: f64,
    anew: f64,
}

/// What came of all days.
struct Outcome {
    counts: Vec<Counts>,
    looks: [usize; 3],
    days_on: usize,
    was_on: bool,
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Learns from the first days, evenly watched; then watches further ones evenly, by what was learnt then whether it wins
/// or not, and as the service does: learning anew each week from what it met itself, and even where that does not win.
fn play(source: &Source, further: usize, seed: u64) -> Outcome {
    let mut rng = Rng::with_seed(seed);
    let days = days(source, LEARNT_FROM + further, &mut rng);
    let mut first = Watch::new(days[0].begins);
    let (before, after) = days.split_at(LEARNT_FROM);
    let mut known: Vec<Past> = before.iter().map(|day| first.look(day).1).collect();
    let rhythm = Arc::new(Rhythm::learn(known.iter(), &TimeZone::UTC));
    let mut now = learnt(&known);
    let was_on = now.is_some();
    let mut watches = [0, 1, 2].map(|_| Watch::new(after[0].begins));
    let (mut counts, mut days_on) = (Vec::new(), 0);
    for (number_of_day, day) in after.iter().enumerate() {
        if number_of_day > 0 && number_of_day % WEEK == 0 {
            known.drain(..known.len().saturating_sub(PAST_DAYS));
            now = learnt(&known);
        }
        if number_of_day % WEEK == 0 {
            let by = |rhythm: &Arc<Rhythm>| Spending::new(Arc::clone(rhythm), Some(day.starts_at));
            watches[1].spending = Some(by(&rhythm));
            watches[2].spending = now.as_ref().map(by);
        }
        days_on += usize::from(now.is_some());
        let [even, once, (anew, past)] = watches.each_mut().map(|watch| watch.look(day));
        known.push(past);
        let (even, once, anew) = (number(even.0), number(once.0), number(anew));
        counts.push(Counts { falls: number(day.lots.len()), even, once, anew });
    }
    Outcome { counts, looks: watches.map(|watch| watch.looks), days_on, was_on }
}

/// What is gained over evenly spaced looks, in points of a hundred, and how far that may be off.
fn gain(counts: &[Counts], spent: fn(&Counts) -> f64) -> (f64, f64) {
    let falls: f64 = counts.iter().map(|day| day.falls).sum();
    let gained: f64 = counts.iter().map(|day| spent(day) - day.even).sum();
    let gain = gained / falls;
    let squares: f64 = counts.iter().map(|day| (spent(day) - day.even - gain * day.falls).powi(2)).sum();
    let days = number(counts.len());
    (gain * 100.0, SPREAD * (squares * days / (days - 1.0)).sqrt() / falls * 100.0)
}

fn tell(source: &Source, outcome: &Outcome) {
    let counts = &outcome.counts;
    let sum = |count: fn(&Counts) -> f64| counts.iter().map(count).sum::<f64>();
    let share = |count: fn(&Counts) -> f64| 100.0 * sum(count) / sum(|day| day.falls);
    let (once, anew) = (gain(counts, |day| day.once), gain(counts, |day| day.anew));
    println!(
        "| {} | {} | {:.1} % | {:.1} %: {:+.1} ± {:.1} | {} | {:.1} %: {:+.1} ± {:.1} | {} of {} days | {:+.2} % |",
        source.name,
        sum(|day| day.falls),
        share(|day| day.even),
        share(|day| day.once),
        once.0,
        once.1,
        if outcome.was_on { "on" } else { "off" },
        share(|day| day.anew),
        anew.0,
        anew.1,
        outcome.days_on,
        counts.len(),
        100.0 * (number(outcome.looks[2]) / number(outcome.looks[0]) - 1.0),
    );
}

/// How often it is on by mistake, and what that costs, where falls have no rhythm that could be learnt.
fn tell_mistakes(source: &Source, further: usize, runs: u64) {
    let outcomes: Vec<Outcome> = (100..100 + runs).map(|seed| play(source, further, seed)).collect();
    let days_on: usize = outcomes.iter().map(|outcome| outcome.days_on).sum();
    let counts: Vec<Counts> = outcomes.into_iter().flat_map(|outcome| outcome.counts).collect();
    let (gain, error) = gain(&counts, |day| day.anew);
    println!(
        "{}, {runs} other runs: on for {days_on} of {} days, {gain:+.2} ± {error:.2} points",
        source.name,
        counts.len()
    );
}

fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--test");
    let (further, runs) = if is_quick { (14, 2) } else { (200, 30) };
    println!("{further} further days, looks {ASKED:?} apart, floor {FLOOR:?}");
    println!("| falls come | falls | evenly | learnt once | then | as the service does | on | looks more |");
    println!("|---|---|---|---|---|---|---|---|");
    for (source, seed) in SOURCES.iter().zip(1..) {
        tell(source, &play(source, further, seed));
    }
    for source in [&SOURCES[1], &SOURCES[3]] {
        tell_mistakes(source, further, runs);
    }
}
