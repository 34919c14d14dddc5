//! What keeps a store from growing for ever: old counts of looks become coarser, then go.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Supervisor;
use crate::store::{self, Store, readings};

const EVERY: Duration = Duration::from_hours(6);
/// How long looks are kept by the minute.
const BY_THE_MINUTE: SignedDuration = SignedDuration::from_hours(24 * 8);
/// How long they are kept at all: a season, and the one before to compare with.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 730);

impl Supervisor {
    /// Keeps the store small for as long as it is awaited.
    pub async fn keep_tidy(&self) {
        loop {
            if let Err(error) = tidy(&self.0.parts.store, self.0.parts.clock.now()).await {
                tracing::warn!(%error, "cannot make room in the store");
            }
            tokio::time::sleep(EVERY).await;
        }
    }
}

async fn tidy(store: &Store, now: Timestamp) -> Result<(), store::Error> {
    let ago = |age| now.checked_sub(age).unwrap_or(Timestamp::MIN);
    let spared = readings::thin(store, ago(BY_THE_MINUTE)).await?;
    let gone = readings::forget(store, ago(KEPT)).await?;
    tracing::debug!(spared, gone, "made room in the store");
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
