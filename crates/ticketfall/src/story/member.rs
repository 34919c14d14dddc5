//! The story of a member: runs of the service and where they were cut off, how the search stood, what fell and what
//! became of it, and how long nothing could be seen.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::plan::Plan;

use super::fate;
use super::turn::{Turn, became};
use crate::store::falls::{self, FallQuery};
use crate::store::holds::{self, HoldQuery, HoldRow};
use crate::store::runs::{self, RunRow};
use crate::store::statuses::{self, StatusRow};
use crate::store::{self, Store, events, monitors, notes, readings};

const RUNS_MAX: u32 = 100;
const ROWS_MAX: u32 = 1_000;
/// Less than that is the beginning of every watch.
const BLIND_MIN: Duration = Duration::from_secs(1);
/// A run without an end that gave a sign of life this lately still runs.
const ALIVE_WITHIN: SignedDuration = SignedDuration::from_mins(3);

/// What happened to a member from `since` on, in order.
pub async fn of_member(
    store: &Store,
    profile: &ProfileId,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<Turn>, store::Error> {
    let query = HoldQuery { profile: Some(profile.clone()), before: None, rows_max: ROWS_MAX };
    let mut own = holds::query(store, query).await?;
    own.retain(|hold| hold.asked.at >= since);
    own.reverse();
    let stood = statuses::since(store, profile, since).await?;
    let mut turns = told_of_runs(&runs::recent(store, RUNS_MAX).await?, &own, since, now);
    turns.extend(stood.iter().map(stands));
    let noted = notes::recent(store, profile, ROWS_MAX).await?;
    turns.extend(noted.into_iter().rev().filter(|note| note.at >= since).map(Turn::noted));
    let wishes = monitors::of_profiles(store, vec![profile.clone()]).await?;
    let keys: BTreeSet<EventKey> =
        wishes.into_iter().map(|row| row.key).chain(stood.into_iter().map(|row| row.key)).collect();
    for key in keys {
        turns.extend(at_event(store, profile, &key, since).await?);
    }
    turns.sort_by_key(|turn| turn.at);
    Ok(turns)
}

fn stands(row: &StatusRow) -> Turn {
    let reason = row.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    Turn::new(row.at, "status", format!("{}{reason}", row.label))
}

/// Starts and ends, and what was open where an end is missing.
fn told_of_runs(runs: &[RunRow], holds: &[HoldRow], since: Timestamp, now: Timestamp) -> Vec<Turn> {
    let mut turns = Vec::new();
    let mut later: Option<&RunRow> = None;
    for run in runs.iter().take_while(|run| run.ended_at.unwrap_or(run.alive_at) >= since) {
        match run.ended_at {
            Some(ended) => turns.push(Turn::new(ended, "service", "ended")),
            None if later.is_none() && now.duration_since(run.alive_at) <= ALIVE_WITHIN => {}
            None => turns.push(cut_off(run, later, holds)),
        }
        turns.push(Turn::new(run.started_at, "service", format!("started, version {}", run.version)));
        later = Some(run);
    }
    turns.reverse();
    turns
}

fn cut_off(run: &RunRow, next: Option<&RunRow>, holds: &[HoldRow]) -> Turn {
    let until = next.map_or(Timestamp::MAX, |next| next.started_at);
    let open: Vec<String> = holds
        .iter()
        .filter(|hold| (run.started_at..until).contains(&hold.asked.at) && hold.changed_at >= until)
        .map(|hold| {
            format!("; hold {} was open, and after the restart: {}", hold.id.number(), became(&hold.state))
        })
        .collect();
    let what = if open.is_empty() { "; no hold of this member was open".to_owned() } else { open.concat() };
    Turn::new(run.alive_at, "service", format!("was cut off some time after this{what}"))
}

/// What fell there and what became of it, and how long nothing could be understood.
async fn at_event(
    store: &Store,
    profile: &ProfileId,
    key: &EventKey,
    since: Timestamp,
) -> Result<Vec<Turn>, store::Error> {
    let plan: Plan = events::get(store, key).await?.and_then(|event| event.plan).unwrap_or_default();
    let criteria = monitors::get(store, profile, key).await?.map(|row| row.configuration.criteria());
    let holds = holds::at_event(store, key, since, ROWS_MAX).await?;
    let query = FallQuery {
        seller: Some(key.seller.clone()),
        event: Some(key.event.clone()),
        since,
        until: Timestamp::MAX,
        rows_max: ROWS_MAX,
    };
    let fallen = falls::query(store, query).await?;
    let wanted = criteria.as_ref().map(|criteria| (criteria, &plan));
    let told = fallen.iter().map(|row| {
        let fate = fate::of(&row.fall, profile, &holds, wanted);
        Turn::new(row.fall.first_seen, "fell", format!("{} at {key}; {fate}", row.fall.describe(&plan)))
    });
    let mut turns: Vec<Turn> = told.collect();
    let blind =
        readings::since(store, key, since).await?.into_iter().filter(|count| count.blind >= BLIND_MIN);
    turns.extend(blind.map(|count| {
        let lasted = SignedDuration::try_from(Duration::from_secs(count.blind.as_secs()))
            .unwrap_or(SignedDuration::MAX);
        Turn::new(count.minute, "blind", format!("for {lasted:#} from this minute on at {key}"))
    }));
    Ok(turns)
}
