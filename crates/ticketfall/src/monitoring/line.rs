//! Searches that are to start again with the service and have not had their turn. Whoever is stopped leaves the line,
//! also while its search starts just now: a stop wins.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::status::Status;
use tokio_util::sync::CancellationToken;

use super::roll::Roll;
use super::{SearchView, locked};

/// What a search starts again with.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    /// What the store has.
    Kept,
    /// What the service's own configuration has.
    Given(Configuration),
}

/// Everybody who waits.
#[derive(Debug)]
pub(super) struct Line {
    roll: Arc<Roll>,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    order: VecDeque<ProfileId>,
    places: BTreeMap<ProfileId, Place>,
}

/// One search that waits, or starts just now.
#[derive(Debug)]
struct Place {
    wish: Wish,
    /// Where, as far as that is known before it starts.
    key: Option<EventKey>,
    /// What was read of it ahead is not true any more.
    is_changed: bool,
    starting: Option<Starting>,
}

/// A start that is under way.
#[derive(Debug, Clone, Default)]
struct Starting {
    called_off: CancellationToken,
    over: CancellationToken,
}

/// A search's turn to start; it has left the line when this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    line: Arc<Line>,
    profile: ProfileId,
    starting: Starting,
    pub(super) wish: Wish,
    /// Whether it has to be read again.
    pub(super) is_changed: bool,
}

impl Line {
    pub(super) fn new(roll: Arc<Roll>) -> Self {
        Self { roll, waiting: Mutex::default() }
    }

    /// Puts a search at the end, unless its profile waits already: says then where that is to start.
    pub(super) fn join(&self, profile: &ProfileId, wish: Wish, key: Option<EventKey>) -> Option<EventKey> {
        let mut waiting = locked(&self.waiting);
        if let Some(place) = waiting.places.get(profile) {
            return place.key.clone();
        }
        self.roll.waits(profile, &Status::StartingAgain);
        waiting.order.push_back(profile.clone());
        waiting.places.insert(profile.clone(), Place { wish, key, is_changed: false, starting: None });
        None
    }

    /// The next ones in order, so many at most, with where each is to start; they wait until their turns begin.
    pub(super) fn next(&self, most: usize) -> Vec<(ProfileId, Option<EventKey>)> {
        let mut waiting = locked(&self.waiting);
        let mut next = Vec::new();
        while next.len() < most {
            let Some(profile) = waiting.order.pop_front() else { break };
            if let Some(place) = waiting.places.get_mut(&profile) {
                place.is_changed = false;
                next.push((profile, place.key.clone()));
            }
        }
        next
    }

    /// Begins a search's turn, unless it waits no more.
    pub(super) fn begin(self: &Arc<Self>, profile: &ProfileId) -> Option<Turn> {
        let mut waiting = locked(&self.waiting);
        let place = waiting.places.get_mut(profile).filter(|place| place.starting.is_none())?;
        let starting = place.starting.get_or_insert_default().clone();
        let (wish, is_changed) = (place.wish.clone(), place.is_changed);
        Some(Turn { line: Arc::clone(self), profile: profile.clone(), starting, wish, is_changed })
    }

    /// Takes a search out of the line before anything of it has started, or once its start is over. Says whether it was
    /// there, and where it was to start.
    pub(super) async fn call_off(&self, profile: &ProfileId) -> Option<Option<EventKey>> {
        let (key, starting) = {
            let mut waiting = locked(&self.waiting);
            let place = waiting.places.get(profile)?;
            let found = (place.key.clone(), place.starting.clone());
            if found.1.is_none() {
                waiting.places.remove(profile);
                self.roll.waits_no_more(profile);
            }
            found
        };
        if let Some(starting) = starting {
            starting.called_off.cancel();
            starting.over.cancelled().await;
        }
        Some(key)
    }

    /// Somebody has started the search meanwhile.
    pub(super) fn is_started_now(&self, profile: &ProfileId) {
        let mut waiting = locked(&self.waiting);
        if waiting.places.get(profile).is_some_and(|place| place.starting.is_none()) {
            waiting.places.remove(profile);
        }
    }

    /// What was read of a member who waits is not true any more.
    pub(super) fn is_changed_now(&self, profile: &ProfileId) {
        if let Some(place) = locked(&self.waiting).places.get_mut(profile) {
            place.is_changed = true;
        }
    }

    /// Where a profile's search is to start, if it waits and that is known.
    pub(super) fn waits_for(&self, profile: &ProfileId) -> Option<EventKey> {
        locked(&self.waiting).places.get(profile)?.key.clone()
    }

    /// Every search that waits, and where.
    pub(super) fn all(&self) -> Vec<(ProfileId, EventKey)> {
        let known = |(profile, place): (&ProfileId, &Place)| Some((profile.clone(), place.key.clone()?));
        locked(&self.waiting).places.iter().filter_map(known).collect()
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        locked(&self.waiting).places.len()
    }
}

impl Turn {
    /// Runs a start to its end, unless its member calls it off.
    pub(super) async fn unless_called_off<T>(&self, start: impl Future<Output = T>) -> Option<T> {
        self.starting.called_off.run_until_cancelled(start).await
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        locked(&self.line.waiting).places.remove(&self.profile);
        self.line.roll.waits_no_more(&self.profile);
        self.starting.over.cancel();
    }
}

/// How a search stands that waits.
pub(super) fn view() -> SearchView {
    let status = Status::StartingAgain;
    SearchView { label: status.word().to_owned(), status, held: None }
}
