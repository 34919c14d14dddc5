//! How looks went: counts by event, minute and outcome, and how long nothing could be understood.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Row, named_params};
use ticketfall_core::ids::EventKey;

use super::columns::{Lasted, Text};
use super::{Result, Store};

const SECONDS_A_MINUTE: i64 = 60;
const MINUTES_AN_HOUR: i64 = 60;

/// Looks at one event, in one minute, with one outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadingCount {
    /// Which event.
    pub key: EventKey,
    /// A time in that minute; reads back as the minute's beginning.
    pub minute: Timestamp,
    /// The reading's name.
    pub outcome: String,
    /// How many looks.
    pub looks: u32,
    /// How long nothing was understood.
    pub blind: Duration,
}

/// Adds counts to those of their minutes, all or none.
pub async fn add(store: &Store, counts: Vec<ReadingCount>) -> Result<()> {
    store
        .write_quick(move |db| {
            let mut upsert = db.prepare_cached(
                "INSERT INTO readings (seller, event, minute, outcome, looks, blind_us)
                 VALUES (:seller, :event, :minute, :outcome, :looks, :blind)
                 ON CONFLICT (seller, event, minute, outcome) DO UPDATE
                 SET looks = looks + excluded.looks, blind_us = blind_us + excluded.blind_us",
            )?;
            for count in counts {
                upsert.execute(named_params! {
                    ":seller": count.key.seller.as_str(), ":event": count.key.event.as_str(),
                    ":minute": minute(count.minute), ":outcome": count.outcome, ":looks": count.looks,
                    ":blind": Lasted(count.blind),
                })?;
            }
            Ok(())
        })
        .await
}

/// The counts of an event from the minute of `since` on, in the order of time.
pub async fn since(store: &Store, key: &EventKey, since: Timestamp) -> Result<Vec<ReadingCount>> {
    let key = key.clone();
    store
        .read(move |db| {
            db.prepare_cached(
                "SELECT * FROM readings WHERE seller = ?1 AND event = ?2 AND minute >= ?3
                 ORDER BY minute, outcome",
            )?
            .query_map((key.seller.as_str(), key.event.as_str(), minute(since)), count)?
            .collect()
        })
        .await
}

/// Adds up the counts of each hour before that of `before`, which then read as one in its first minute; says
/// how many rows that spared.
pub async fn thin(store: &Store, before: Timestamp) -> Result<usize> {
    let before = minute(before).div_euclid(MINUTES_AN_HOUR) * MINUTES_AN_HOUR;
    store
        .write_quick(move |db| {
            db.execute(
                "CREATE TEMP TABLE hours (seller, event, hour, outcome, looks, blind_us,
                     PRIMARY KEY (seller, event, hour, outcome)) WITHOUT ROWID",
                (),
            )?;
            db.execute(
                "INSERT INTO hours
                 SELECT seller, event, minute - minute % ?2 AS hour, outcome, sum(looks), sum(blind_us)
                 FROM readings WHERE minute < ?1 GROUP BY seller, event, hour, outcome HAVING count(*) > 1",
                (before, MINUTES_AN_HOUR),
            )?;
            let gone = db.execute(
                "DELETE FROM readings WHERE minute < ?1 AND EXISTS (
                     SELECT 1 FROM hours WHERE hours.seller = readings.seller AND hours.event = readings.event
                     AND hours.outcome = readings.outcome AND hour = minute - minute % ?2)",
                (before, MINUTES_AN_HOUR),
            )?;
            let kept = db.execute("INSERT INTO readings SELECT * FROM hours", ())?;
            db.execute("DROP TABLE hours", ())?;
            Ok(gone - kept)
        })
        .await
}

/// Forgets what was counted before the minute of `before`; says how many rows that were.
pub async fn forget(store: &Store, before: Timestamp) -> Result<usize> {
    store.write_quick(move |db| db.execute("DELETE FROM readings WHERE minute < ?1", [minute(before)])).await
}

fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SECONDS_A_MINUTE)
}

fn count(row: &Row<'_>) -> rusqlite::Result<ReadingCount> {
    let Text(seller) = row.get("seller")?;
    let Text(event) = row.get("event")?;
    let minute: i64 = row.get("minute")?;
    let Lasted(blind) = row.get("blind_us")?;
    Ok(ReadingCount {
        key: EventKey { seller, event },
        minute: Timestamp::from_second(minute.saturating_mul(SECONDS_A_MINUTE)).unwrap_or(Timestamp::MAX),
        outcome: row.get("outcome")?,
        looks: row.get("looks")?,
        blind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{at, key, scratch};

    fn looks(outcome: &str, second: i64, looks: u32, blind: u64) -> ReadingCount {
        ReadingCount {
            key: key(),
            minute: at(second),
            outcome: outcome.to_owned(),
            looks,
            blind: Duration::from_secs(blind),
        }
    }

    #[tokio::test]
    async fn looks_of_one_minute_are_added_up() {
        let store = scratch();
        add(&store, vec![looks("seats", 1, 20, 0), looks("unknown", 3, 1, 2)]).await.unwrap();
        add(&store, vec![looks("seats", 59, 5, 0), looks("seats", 60, 7, 0)]).await.unwrap();
        add(&store, vec![looks("unknown", 5, 1, 3)]).await.unwrap();
        let expected = [looks("seats", 0, 25, 0), looks("unknown", 0, 2, 5), looks("seats", 60, 7, 0)];
        assert_eq!(since(&store, &key(), at(30)).await.unwrap(), expected);
    }

    #[tokio::test]
    async fn old_minutes_become_hours_and_nothing_is_lost_or_counted_twice() {
        let store = scratch();
        let hour = 3_600;
        let early = [looks("seats", 60, 20, 0), looks("seats", 3_540, 5, 0), looks("unknown", 120, 2, 7)];
        let late = [looks("seats", hour, 1, 0), looks("seats", hour + 60, 1, 0)];
        add(&store, [early, [late[0].clone(), late[1].clone(), looks("unknown", hour, 1, 1)]].concat())
            .await
            .unwrap();
        assert_eq!(thin(&store, at(hour + 1_800)).await.unwrap(), 1);
        assert_eq!(thin(&store, at(hour + 1_800)).await.unwrap(), 0, "once is enough");
        let expected = [
            looks("seats", 0, 25, 0),
            looks("unknown", 120, 2, 7),
            late[0].clone(),
            looks("unknown", hour, 1, 1),
            late[1].clone(),
        ];
        assert_eq!(since(&store, &key(), at(0)).await.unwrap(), expected);
    }

    #[tokio::test]
    async fn what_is_old_is_forgotten() {
        let store = scratch();
        add(&store, vec![looks("seats", 0, 1, 0), looks("seats", 120, 1, 0)]).await.unwrap();
        assert_eq!(forget(&store, at(120)).await.unwrap(), 1);
        assert_eq!(since(&store, &key(), at(0)).await.unwrap(), [looks("seats", 120, 1, 0)]);
    }
}
