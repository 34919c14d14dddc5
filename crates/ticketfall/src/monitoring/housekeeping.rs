//! What a service does besides: it notes that it lives, and keeps its store small, where old counts of looks
//! become coarser, and what is old goes.

use std::convert::Infallible;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Supervisor;
use crate::store::runs::{self, RunId};
use crate::store::{self, Store, readings, room};

const BEAT: Duration = Duration::from_mins(1);
const BEATS_BETWEEN_TIDIES: u32 = 360;
/// How long looks are kept by the minute.
const BY_THE_MINUTE: SignedDuration = SignedDuration::from_hours(24 * 8);
/// How long notes, statuses and exchanges are kept.
const STORIES_KEPT: SignedDuration = SignedDuration::from_hours(24 * 365);
/// How many of each are kept, over all members.
const STORY_LINES_MAX: u32 = 2_000_000;
/// How long looks, falls, holds, searches and events are kept: a season, and the one before to compare with.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 730);

impl Supervisor {
    /// Keeps house, and looks after itself, for as long as it is awaited.
    pub async fn keep_house(&self, run: RunId) -> Infallible {
        tokio::select! {
            never = self.keep_tidy(run) => never,
            never = self.look_after_itself() => never,
        }
    }

    /// Makes room in the store, as its service does by itself from time to time.
    pub async fn tidy(&self) -> Result<(), store::Error> {
        tidy(&self.0.parts.store, self.0.parts.clock.now()).await
    }

    async fn keep_tidy(&self, run: RunId) -> Infallible {
        let parts = &self.0.parts;
        let mut beats = 0_u32;
        loop {
            let now = parts.clock.now();
            let kept = if beats.is_multiple_of(BEATS_BETWEEN_TIDIES) {
                self.tidy().await
            } else {
                runs::alive(&parts.store, run, now).await
            };
            if let Err(error) = kept {
                tracing::warn!(%error, "cannot keep the store in order");
            }
            beats = beats.wrapping_add(1);
            tokio::time::sleep(BEAT).await;
        }
    }
}

async fn tidy(store: &Store, now: Timestamp) -> Result<(), store::Error> {
    let ago = |age| now.checked_sub(age).unwrap_or(Timestamp::MIN);
    let spared = readings::thin(store, ago(BY_THE_MINUTE)).await?;
    let gone = readings::forget(store, ago(KEPT)).await?;
    let told = room::forget_stories(store, ago(STORIES_KEPT), STORY_LINES_MAX).await?;
    let past = room::forget_seasons(store, ago(KEPT)).await?;
    tracing::debug!(spared, gone, told, past, "made room in the store");
    Ok(())
}

#[cfg(test)]
mod tests {
    use ticketfall_core::ids::{EventId, EventKey, SellerId};

    use super::*;
    use crate::store::readings::ReadingCount;

    #[tokio::test]
    async fn looks_of_long_ago_take_an_hour_a_row_and_then_none() {
        let store = Store::in_memory().unwrap();
        let key = EventKey { seller: SellerId::new("boxoffice").unwrap(), event: EventId::new("1").unwrap() };
        let now: Timestamp = "2026-11-28T15:00:00Z".parse().unwrap();
        let looked = |days: i64| {
            let at = now - SignedDuration::from_hours(24 * days);
            let minutes = [at, at + SignedDuration::from_mins(1)];
            minutes.map(|minute| ReadingCount {
                key: key.clone(),
                minute,
                outcome: "seats".to_owned(),
                looks: 3,
                blind: Duration::ZERO,
            })
        };
        readings::add(&store, [looked(1), looked(30), looked(800)].concat()).await.unwrap();
        tidy(&store, now).await.unwrap();
        let kept = readings::since(&store, &key, Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!(kept.iter().map(|row| row.looks).collect::<Vec<_>>(), [6, 3, 3]);
    }
}
