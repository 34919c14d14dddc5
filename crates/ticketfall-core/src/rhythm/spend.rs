//! A fixed number of looks, spent where falls are likely.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{HOURS, Rhythm};

/// Looks are at most so many times as far apart as they would be evenly.
const SLOWEST: f64 = 4.0;
/// Between the slowest and the fastest, so many rates are tried.
const RATES: u32 = 32;
const HALVINGS: u32 = 40;

/// How the looks at one event are spent.
#[derive(Debug, Clone)]
pub struct Spending {
    rhythm: Arc<Rhythm>,
    starts_at: Option<Timestamp>,
    planned: Option<Planned>,
}

/// How far apart looks are in each of the hours that follow a beginning.
#[derive(Debug, Clone, PartialEq)]
struct Planned {
    asked: Duration,
    floor: Duration,
    from: Timestamp,
    intervals: [Duration; HOURS],
}

impl Spending {
    /// Spends by `rhythm` what an event gets that begins at this time, where that is known.
    pub fn new(rhythm: Arc<Rhythm>, starts_at: Option<Timestamp>) -> Self {
        Self { rhythm, starts_at, planned: None }
    }

    /// What it goes by.
    pub fn rhythm(&self) -> &Rhythm {
        &self.rhythm
    }

    /// The time to the next look, where `asked` would be it evenly, never below `floor`; over a day there are no more
    /// looks than evenly.
    pub fn interval(&mut self, asked: Duration, floor: Duration, now: Timestamp) -> Duration {
        let known = self.planned.take().filter(|known| (known.asked, known.floor) == (asked, floor));
        let (planned, hour) = match known.and_then(|known| Some((known.hour(now)?, known))) {
            Some((hour, known)) => (known, hour),
            None => (self.plan(asked, floor, now), 0),
        };
        let interval = planned.intervals[hour];
        self.planned = Some(planned);
        interval
    }

    fn plan(&self, asked: Duration, floor: Duration, from: Timestamp) -> Planned {
        let likely: [f64; HOURS] = std::array::from_fn(|hour| {
            let middle = SignedDuration::from_mins(60 * i64::try_from(hour).unwrap_or_default() + 30);
            let at = from.checked_add(middle).unwrap_or(from);
            self.rhythm.likelihood(at, self.starts_at)
        });
        let evenly = asked.max(floor).as_secs_f64().recip();
        let fastest = floor.as_secs_f64().max(0.001).recip().max(evenly);
        let rates = self.rates(&likely, evenly, fastest);
        let intervals = rates.map(|rate| Duration::from_secs_f64(rate.recip()).max(floor));
        Planned { asked, floor, from, intervals }
    }

    /// The rate of each hour: the most falls seen for `evenly` looks a second on average.
    ///
    /// What an hour gains by one more look is worth the same in every hour; that price is found by halving.
    fn rates(&self, likely: &[f64; HOURS], evenly: f64, fastest: f64) -> [f64; HOURS] {
        let slowest = evenly / SLOWEST;
        let step = (fastest / slowest).powf(f64::from(RATES - 1).recip());
        let tried: Vec<(f64, f64)> = (0..RATES)
            .map(|n| slowest * step.powf(f64::from(n)))
            .map(|rate| (rate, self.rhythm.lives.seen_by_rate(rate).unwrap_or_default()))
            .collect();
        let at_price = |price: f64| {
            likely.map(|likely| {
                let worth = |(rate, seen): &(f64, f64)| likely * seen - price * rate;
                let best = tried.iter().max_by(|a, b| worth(a).total_cmp(&worth(b)));
                best.map_or(evenly, |(rate, _)| *rate)
            })
        };
        let is_within = |rates: &[f64; HOURS]| rates.iter().sum::<f64>() <= evenly * f64::from(HOURS_U32);
        let (mut low, mut high) = (0.0, likely.iter().sum::<f64>() / slowest);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if is_within(&at_price(middle)) { high = middle } else { low = middle }
        }
        let rates = at_price(high);
        if is_within(&rates) { rates } else { [evenly; HOURS] }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the hours of a day")]
const HOURS_U32: u32 = HOURS as u32;

impl Planned {
    /// Which of its hours this is.
    fn hour(&self, now: Timestamp) -> Option<usize> {
        let since = now.duration_since(self.from);
        usize::try_from(since.as_hours()).ok().filter(|hour| !since.is_negative() && *hour < HOURS)
    }
}
