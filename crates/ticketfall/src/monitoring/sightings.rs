//! What watches saw, on its way to the store: falls, each as it stands now, and looks counted. It is written beside
//! the watches, which wait for no write, over and over until it is written.

mod lane;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use ticketfall_core::eye::Eye;
use ticketfall_core::fall::Fall;
use ticketfall_core::ids::EventKey;
use ticketfall_core::pace::later;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{WatchKey, locked};
use crate::clock::Clock;
use crate::store::readings::{self, ReadingCount};
use crate::store::{self, Store, falls};
use lane::Lane;

const AGAIN_MIN: Duration = Duration::from_secs(1);
const AGAIN_MAX: Duration = Duration::from_secs(8);
/// For so long what cannot be written is tried again once the service ends.
const AT_THE_END: Duration = Duration::from_secs(5);

/// Everything that watches saw and that is not written yet; an event's falls and counts in one lane, whoever saw them.
#[derive(Debug)]
pub(super) struct Sightings {
    store: Store,
    clock: Clock,
    tasks: TaskTracker,
    /// The service ends: what cannot be written soon will not be.
    ending: CancellationToken,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lanes: BTreeMap<EventKey, Lane>,
    /// Whose turn it is: who waits longest is first.
    line: VecDeque<EventKey>,
    writing: Option<(EventKey, Arc<Lane>)>,
    is_running: bool,
    /// What could not be written first, and why, until it is.
    failed: Option<(EventKey, String)>,
    given_up_at: Option<Timestamp>,
}

/// How much is not written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Unwritten {
    /// Falls, and counts of looks.
    pub(super) records: usize,
    /// Since when the oldest waits.
    pub(super) since: Option<Timestamp>,
    /// Why the last try was none.
    pub(super) failed: Option<String>,
    /// Whether looks wait for it.
    pub(super) is_full: bool,
}

impl Sightings {
    pub(super) fn new(
        store: Store,
        clock: Clock,
        tasks: TaskTracker,
        ending: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self { store, clock, tasks, ending, state: Mutex::default() })
    }

    /// Seats that fell, or are gone: none of them is lost while this runs.
    pub(super) fn tell(self: &Arc<Self>, WatchKey { event, eye }: &WatchKey, falls: Vec<Fall>) {
        self.enter(event, |lane| {
            for fall in falls {
                lane.tell(eye, fall);
            }
        });
    }

    /// Falls that are on sale still, and looks as they were counted: of what comes while nothing can be written, the
    /// latest counts.
    pub(super) fn still(
        self: &Arc<Self>,
        WatchKey { event, eye }: &WatchKey,
        falls: Vec<Fall>,
        counts: Vec<ReadingCount>,
    ) {
        self.enter(event, |lane| {
            for fall in falls {
                lane.still(eye, fall);
            }
            for count in counts {
                lane.count(count);
            }
        });
    }

    /// Whether what a look shows could be kept; otherwise it is not the time for one.
    pub(super) fn has_room(&self, event: &EventKey) -> bool {
        locked(&self.state).has_room(event)
    }

    /// The falls of an event that are not written as they stand now, the older word on a fall first.
    pub(super) fn of(&self, event: &EventKey) -> Vec<(Eye, Fall)> {
        let state = locked(&self.state);
        state.lanes_of(event).flat_map(Lane::falls).collect()
    }

    pub(super) fn unwritten(&self) -> Unwritten {
        let state = locked(&self.state);
        let writing = state.writing.iter().map(|(event, lane)| (event, lane.as_ref()));
        let all: Vec<(&EventKey, &Lane)> = writing.chain(&state.lanes).collect();
        Unwritten {
            records: all.iter().map(|(_, lane)| lane.records()).sum(),
            since: all.iter().map(|(_, lane)| lane.since()).min(),
            failed: state.failed.as_ref().map(|(_, why)| why.clone()),
            is_full: all.iter().any(|(event, _)| !state.has_room(event)),
        }
    }

    fn enter(self: &Arc<Self>, event: &EventKey, enter: impl FnOnce(&mut Lane)) {
        let mut lane = Lane::new(self.clock.now());
        enter(&mut lane);
        if lane.records() == 0 {
            return;
        }
        let mut state = locked(&self.state);
        state.line_up(event, lane);
        if !std::mem::replace(&mut state.is_running, true) {
            let all = Arc::clone(self);
            self.tasks.spawn(async move { all.write().await });
        }
    }

    /// Writes until nothing is left; what fails is tried again, later and later.
    async fn write(self: Arc<Self>) {
        let mut again = AGAIN_MIN;
        while let Some((event, lane)) = self.next() {
            let writing = AssertUnwindSafe(written(&self.store, &event, &lane)).catch_unwind().await;
            let failed = match writing {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_panic) => Some("write: it failed by a mistake of ours".to_owned()),
            };
            let Some(why) = failed else {
                self.is_written(&event);
                again = AGAIN_MIN;
                continue;
            };
            self.is_not_written(&event, why);
            if !self.waits(again).await {
                self.give_up();
                return;
            }
            again = (again * 2).min(AGAIN_MAX);
        }
    }

    fn next(&self) -> Option<(EventKey, Arc<Lane>)> {
        let mut state = locked(&self.state);
        let next = state.line.pop_front().and_then(|event| state.lanes.remove_entry(&event));
        state.writing = next.map(|(event, lane)| (event, Arc::new(lane)));
        state.is_running = state.writing.is_some();
        state.writing.clone()
    }

    fn is_written(&self, event: &EventKey) {
        let mut state = locked(&self.state);
        state.writing = None;
        if state.failed.take_if(|(failed, _)| failed == event).is_some() {
            tracing::info!(watched = %event, "what watches saw is kept again");
        }
    }

    /// What was to be written waits again, behind the others, which may fare better.
    fn is_not_written(&self, event: &EventKey, why: String) {
        let mut state = locked(&self.state);
        if let Some((_, lane)) = state.writing.take() {
            let newer = state.lanes.remove(event);
            state.line_up(event, Arc::unwrap_or_clone(lane));
            if let Some(newer) = newer {
                state.line_up(event, newer);
            }
        }
        if state.failed.is_none() {
            tracing::error!(
                watched = %event,
                error = why,
                what = "falls",
                "cannot keep a record: it is tried again until it is kept"
            );
        }
        state.failed.get_or_insert_with(|| (event.clone(), why));
    }

    /// Lets time pass before the next try; false when the service has ended meanwhile, and tried for long enough.
    async fn waits(&self, again: Duration) -> bool {
        if self.ending.run_until_cancelled(tokio::time::sleep(again)).await.is_some() {
            return true;
        }
        let now = self.clock.now();
        let given_up_at = *locked(&self.state).given_up_at.get_or_insert(later(now, AT_THE_END));
        if now >= given_up_at {
            return false;
        }
        tokio::time::sleep(AGAIN_MIN).await;
        true
    }

    fn give_up(&self) {
        let records = self.unwritten().records;
        let mut state = locked(&self.state);
        (state.lanes, state.line, state.is_running) = (BTreeMap::new(), VecDeque::new(), false);
        tracing::error!(records, "what watches saw last is on no record: the store cannot be written");
    }
}

impl State {
    /// What an event's lanes have, the older one first.
    fn lanes_of(&self, event: &EventKey) -> impl Iterator<Item = &Lane> {
        let writing = self.writing.iter().filter(move |(other, _)| other == event);
        writing.map(|(_, lane)| lane.as_ref()).chain(self.lanes.get(event))
    }

    fn has_room(&self, event: &EventKey) -> bool {
        self.lanes_of(event).map(Lane::news).sum::<usize>() < lane::NEWS_MAX
    }

    /// Adds what is newer to what waits.
    fn line_up(&mut self, event: &EventKey, newer: Lane) {
        if !self.line.contains(event) {
            self.line.push_back(event.clone());
        }
        let lane = match self.lanes.remove(event) {
            Some(lane) => lane.and(newer),
            None => newer,
        };
        self.lanes.insert(event.clone(), lane);
    }
}

/// Writes a lane. Falls may be written twice, so counts, which are added up, come last.
async fn written(store: &Store, event: &EventKey, lane: &Lane) -> Result<(), store::Error> {
    let mut seen: BTreeMap<Eye, Vec<Fall>> = BTreeMap::new();
    lane.falls().for_each(|(eye, fall)| seen.entry(eye).or_default().push(fall));
    for (eye, all) in seen {
        falls::keep(store, event, &eye, all).await?;
    }
    let counts = lane.counts();
    if counts.is_empty() { Ok(()) } else { readings::add(store, counts).await }
}
