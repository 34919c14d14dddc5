//! How long seats are there, and what share of them is seen by who looks so often.

use std::time::Duration;

/// The lives of falls that are gone.
///
/// A life is what was left of it when it was first seen, so that those that were long enough to be met do not pass for
/// all. Those that lived much shorter than the looks were apart are still too few here: a share at less than that
/// interval is too good.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lives {
    /// In seconds, the shortest first.
    seconds: Vec<f64>,
    /// The sum of the first so many.
    sums: Vec<f64>,
}

impl Lives {
    /// These lives.
    pub fn of(lives: impl Iterator<Item = Duration>) -> Self {
        let mut seconds: Vec<f64> = lives.map(|life| life.as_secs_f64()).collect();
        seconds.sort_unstable_by(f64::total_cmp);
        let mut sum = 0.0;
        let sums = seconds
            .iter()
            .map(|life| {
                sum += life;
                sum
            })
            .collect();
        Self { seconds, sums }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.seconds.len()
    }

    /// Half of them lived longer than this.
    pub fn median(&self) -> Option<Duration> {
        self.seconds.get(self.seconds.len() / 2).map(|seconds| Duration::from_secs_f64(*seconds))
    }

    /// The share that is seen by who looks at this interval, from 0 to 1; none of none.
    ///
    /// A fall that lives `l` is met by the next look with the chance `l / interval`, and surely when it lives longer.
    pub fn seen_at(&self, interval: Duration) -> Option<f64> {
        self.seen_by_rate(interval.as_secs_f64().recip())
    }

    /// The same for so many looks a second.
    pub(super) fn seen_by_rate(&self, looks: f64) -> Option<f64> {
        let count = self.seconds.len();
        let all = u32::try_from(count).ok().filter(|count| *count > 0).map(f64::from)?;
        let short = self.seconds.partition_point(|life| life * looks < 1.0);
        let met = short.checked_sub(1).map_or(0.0, |last| self.sums[last] * looks);
        let surely = f64::from(u32::try_from(count - short).unwrap_or(u32::MAX));
        Some((met + surely) / all)
    }
}
