//! Learns from the store when seats fall, and has a watch look more often then: only where that is proven to win, and
//! never while seats are falling.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ticketfall_core::pace::later;
use ticketfall_core::rhythm::{Comparison, Spending};
use ticketfall_core::watch::View;
use tokio::sync::watch;

pub(super) use self::lessons::Lessons;
use self::lessons::{Lesson, Question};
use super::watch_runner::{Command, WatchEntry};
use super::{WatchKey, locked};
use crate::clock::Clock;
use crate::store::{self, Store, events};

mod lessons;

const SOON: Duration = Duration::from_mins(1);
const EVERY: Duration = Duration::from_hours(6);
/// Where seats fall all the time, so many minutes are waited for a quiet one.
const PATIENCE: u32 = 30;
const HOURS: usize = 24;

/// How the looks of a watch are spread over the day, and why.
#[derive(Debug, Clone, PartialEq)]
pub enum Spread {
    /// Evenly: anything else is switched off.
    SwitchedOff,
    /// Evenly: what fell so far is too little to compare.
    Untaught,
    /// Evenly: anything else is not proven to win.
    Evenly(Comparison),
    /// Where falls are likely, which wins.
    Likely(Comparison, Box<[Duration; HOURS]>),
}

/// How the looks of each watch are spread.
pub(super) type Spreads = Arc<Mutex<BTreeMap<WatchKey, Spread>>>;

/// Learns for one watch, as long as that runs.
#[derive(Debug)]
pub(super) struct Learner {
    pub(super) key: WatchKey,
    pub(super) clock: Clock,
    pub(super) store: Store,
    pub(super) venue: TimeZone,
    pub(super) floor: Duration,
    pub(super) watch: WatchEntry,
    pub(super) lessons: Arc<Lessons>,
    pub(super) spreads: Spreads,
}

impl Learner {
    /// Runs until the watch, whose view this is, has ended.
    pub(super) async fn run(self, mut view: watch::Receiver<View>) {
        tokio::select! {
            () = over(&mut view) => {}
            () = self.learn() => {}
        }
        locked(&self.spreads).remove(&self.key);
    }

    async fn learn(&self) {
        loop {
            self.clock.sleep_until(later(self.clock.now(), SOON)).await;
            let Some(asked) = self.quiet().await else { return };
            match self.judged(asked).await {
                Ok((spread, spending)) => self.tell(spread, spending).await,
                Err(error) => {
                    tracing::error!(%error, event = %self.key.event.event, "cannot learn when seats fall");
                }
            }
            self.clock.sleep_until(later(self.clock.now(), EVERY)).await;
        }
    }

    /// Waits until somebody looks and nothing has just fallen; says how often is looked, or nothing when the watch is over.
    async fn quiet(&self) -> Option<Duration> {
        let mut waited = 0;
        loop {
            let view = self.watch.view()?;
            let just_now = |at: Timestamp| later(at, SOON) > self.clock.now();
            let is_quiet = waited >= PATIENCE || !view.fell_at.is_some_and(just_now);
            if let Some(asked) = view.interval.filter(|_| is_quiet) {
                return Some(asked);
            }
            waited += 1;
            self.clock.sleep_until(later(self.clock.now(), SOON)).await;
        }
    }

    async fn judged(&self, asked: Duration) -> Result<(Spread, Option<Box<Spending>>), store::Error> {
        let question = Question { seller: self.key.event.seller.clone(), asked, floor: self.floor };
        let Some(Lesson { comparison, rhythm }) = self.lessons.ask(question, &self.venue).await? else {
            return Ok((Spread::Untaught, None));
        };
        let Some(rhythm) = rhythm else { return Ok((Spread::Evenly(comparison), None)) };
        let starts_at = events::get(&self.store, &self.key.event).await?.and_then(|row| row.begins_at);
        let spending = Spending::new(rhythm, starts_at);
        let intervals = day_of(spending.clone(), &self.venue, (asked, self.floor), self.clock.now());
        Ok((Spread::Likely(comparison, Box::new(intervals)), Some(Box::new(spending))))
    }

    async fn tell(&self, spread: Spread, spending: Option<Box<Spending>>) {
        let Some(watch) = self.watch.handle() else { return };
        let is_likely = spending.is_some();
        let before = locked(&self.spreads).insert(self.key.clone(), spread);
        if is_likely || matches!(before, Some(Spread::Likely(..))) {
            tracing::info!(event = %self.key.event.event, is_likely, "looks are spent anew");
            watch.tell(Command::Spend(spending)).await;
        }
    }
}

/// How far apart looks are in each hour of the venue's day.
fn day_of(
    mut spending: Spending,
    venue: &TimeZone,
    (asked, floor): (Duration, Duration),
    now: Timestamp,
) -> [Duration; HOURS] {
    let midnight = now.to_zoned(venue.clone()).start_of_day().map_or(now, |midnight| midnight.timestamp());
    std::array::from_fn(|hour| {
        let since = SignedDuration::from_hours(i64::try_from(hour).unwrap_or_default());
        spending.interval(asked, floor, midnight.checked_add(since).unwrap_or(midnight))
    })
}

/// Ends when the watch does.
async fn over(view: &mut watch::Receiver<View>) {
    while view.changed().await.is_ok() {}
}
