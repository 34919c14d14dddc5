//! Starting again: what ran before the service ended runs again, several searches at a time, while everything else of
//! the service answers already.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{EventKey, ProfileId};
use tokio::task::JoinSet;

use super::Supervisor;
use super::line::{Turn, Wish};
use super::prerequisites::Occasion;
use super::refusal::{Refusal, StartError};
use crate::store::monitors::{self, Desired};
use crate::store::starts::{self, Kept, Urgency};
use crate::store::{self, events};

/// So many searches start at once: one that waits for its browser does not keep the others.
const AT_ONCE: usize = 16;
/// So many are read ahead at once.
const READ_AHEAD: usize = 128;
/// So many calls may wait for the store before another search starts.
const BEHIND_MAX: usize = 8;
const BREATH: Duration = Duration::from_millis(1);

impl Supervisor {
    /// Lines up every search that should run, and `given`, which the service's own configuration has: a profile that it
    /// names has no other search. Those for which something may be held come first.
    pub async fn line_up(&self, given: Vec<(ProfileId, Configuration)>) -> Result<(), store::Error> {
        let wanted = starts::wanted(&self.0.parts.store).await?;
        let mut urgencies = BTreeMap::new();
        for search in &wanted {
            urgencies.entry(search.profile.clone()).or_insert(search.urgency);
        }
        let named: BTreeSet<ProfileId> = given.iter().map(|(profile, _)| profile.clone()).collect();
        let given = given.into_iter().map(|(profile, configuration)| {
            let urgency = urgencies.get(&profile).copied().unwrap_or(Urgency::Free);
            let key = configuration.event.as_deref().and_then(|page| self.event_of(page));
            (urgency, profile, Wish::Given(configuration), key)
        });
        let kept = wanted.into_iter().filter(|search| !named.contains(&search.profile));
        let kept = kept.map(|search| (search.urgency, search.profile, Wish::Kept, Some(search.key)));
        let mut all: Vec<_> = given.chain(kept).collect();
        all.sort_by_key(|(urgency, ..)| *urgency);
        for (_, profile, wish, key) in all {
            if let Some(other) = self.0.line.join(&profile, wish, key) {
                tell(&profile, StartError::from(Refusal::Elsewhere(other)));
            }
        }
        Ok(())
    }

    /// How many searches are to start again and have not yet.
    pub fn starting_again(&self) -> usize {
        self.0.line.len()
    }

    /// Starts everything that is lined up; over when all of it has had its turn, or the service is to end. What could not
    /// be started is said in the log, and keeps nothing else.
    pub async fn resume_all(&self) {
        let all = self.starting_again();
        if all == 0 {
            return;
        }
        let began = self.0.parts.clock.now();
        tracing::info!(searches = all, "searches start again");
        let ending = self.0.ending.clone();
        if ending.run_until_cancelled(self.go_through_the_line()).await.is_some() {
            let took = self.0.parts.clock.now().duration_since(began).as_secs_f64();
            tracing::info!(searches = all, took, "every search has had its turn to start again");
        }
    }

    /// Starts a profile's search again, where it should run.
    pub(super) async fn resume_one(&self, profile: &ProfileId) -> Result<Option<EventKey>, StartError> {
        let rows = monitors::of_profiles(&self.0.parts.store, vec![profile.clone()]).await?;
        let Some(row) = rows.into_iter().find(|row| row.desired == Desired::Running) else { return Ok(None) };
        let configuration = self.wish_of(row)?;
        self.begin(profile, configuration, Occasion::Resumed).await.map(Some)
    }

    async fn go_through_the_line(&self) {
        let (mut starting, mut seen) = (JoinSet::new(), BTreeSet::new());
        loop {
            let next = self.0.line.next(READ_AHEAD);
            if next.is_empty() {
                break;
            }
            let mut kept = self.read(&next, &mut seen).await;
            for (profile, _) in next {
                while starting.len() >= AT_ONCE {
                    over(starting.join_next().await);
                }
                self.until_the_store_keeps_up().await;
                let (supervisor, kept) = (self.clone(), kept.remove(&profile));
                starting.spawn(Box::pin(supervisor.take_turn(profile, kept)));
            }
        }
        while let Some(ended) = starting.join_next().await {
            over(Some(ended));
        }
    }

    /// What is kept of the next ones; each event is noted once as looked at. What cannot be read is read again in its turn.
    async fn read(
        &self,
        next: &[(ProfileId, Option<EventKey>)],
        seen: &mut BTreeSet<EventKey>,
    ) -> BTreeMap<ProfileId, Kept> {
        let known = |(profile, key): &(ProfileId, Option<EventKey>)| Some((profile.clone(), key.clone()?));
        let store = &self.0.parts.store;
        let kept = starts::kept(store, next.iter().filter_map(known).collect()).await;
        let kept = kept.unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot read searches ahead");
            BTreeMap::new()
        });
        for Kept { search, .. } in kept.values() {
            if seen.insert(search.key.clone()) {
                let now = self.0.parts.clock.now();
                if let Err(error) = events::seen(store, &search.key, &search.event_url, None, now).await {
                    tracing::error!(%error, "cannot keep a record");
                }
            }
        }
        kept
    }

    /// Whoever has started asks the store as well, and looks first.
    async fn until_the_store_keeps_up(&self) {
        while self.0.parts.store.waiting() > BEHIND_MAX {
            tokio::time::sleep(BREATH).await;
        }
    }

    async fn take_turn(self, profile: ProfileId, kept: Option<Kept>) {
        let Some(turn) = self.0.line.begin(&profile) else { return };
        let start = Box::pin(self.start_in_turn(&turn, &profile, kept));
        let started = turn.unless_called_off(start).await;
        if let Some(Err(error)) = started {
            tell(&profile, error);
        }
    }

    async fn start_in_turn(
        &self,
        turn: &Turn,
        profile: &ProfileId,
        kept: Option<Kept>,
    ) -> Result<(), StartError> {
        match (&turn.wish, kept.filter(|_| !turn.is_changed)) {
            (Wish::Given(configuration), _) => {
                self.begin(profile, configuration.clone(), Occasion::Resumed).await?;
            }
            (Wish::Kept, Some(kept)) => {
                let configuration = self.wish_of(kept.search.clone())?;
                self.begin(profile, configuration, Occasion::Again(Box::new(kept))).await?;
            }
            (Wish::Kept, None) => {
                self.resume_one(profile).await?;
            }
        }
        Ok(())
    }
}

/// A mistake of ours in one start keeps nothing else.
fn over(ended: Option<Result<(), tokio::task::JoinError>>) {
    if let Some(Err(error)) = ended {
        tracing::error!(%error, "starting a search again failed");
    }
}

/// A line for each thing that stands in the way, so that nothing is mended in vain.
fn tell(profile: &ProfileId, error: StartError) {
    match error {
        StartError::Refused(refusals) => {
            for refusal in refusals {
                let (need, advice) = (refusal.need().name(), refusal.advice());
                tracing::error!(%profile, need, advice, "cannot start the search: {refusal}");
            }
        }
        StartError::Store(_) | StartError::Connection(_) => {
            tracing::error!(%profile, "cannot start the search: {error}");
        }
    }
}
