//! What was said and answered around holds and sessions: no secrets, so many a profile. Callers write
//! URLs and excerpts without what signs a member in.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params};
use ticketfall_core::ids::{EventKey, ProfileId};

use super::columns::{At, Lasted, Text};
use super::holds::HoldId;
use super::{Result, Store};

/// How many are kept for a profile.
const KEPT_MAX: u32 = 2_000;
/// How many of them were for no hold: a search renews its page key for days, and one day is like another.
const UPKEEP_MAX: u32 = 20;

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The hold it was for, if it was for one.
    pub hold: Option<HoldId>,
    /// Whose session it used.
    pub profile: ProfileId,
    /// The event it was about.
    pub key: EventKey,
    /// The step's name in the seller definition.
    pub label: String,
    /// The HTTP method.
    pub method: String,
    /// Where it went.
    pub url: String,
    /// The HTTP status, if an answer came.
    pub status: Option<u16>,
    /// From the first byte out to the last byte in.
    pub took: Duration,
    /// The size of the answer's body.
    pub bytes: u64,
    /// What the answer was taken for, or why there is none.
    pub note: String,
    /// What a hold asked for.
    pub asked: Option<String>,
    /// The beginning of what was answered to a hold.
    pub answered: Option<String>,
    /// When it was sent.
    pub at: Timestamp,
}

/// Keeps exchanges, all in one go; a profile's oldest make room, and of those for no hold all but the last few.
pub async fn keep(store: &Store, all: Vec<Exchange>) -> Result<()> {
    store.write_quick(move |db| all.iter().try_for_each(|exchange| put(db, exchange))).await
}

fn put(db: &Connection, exchange: &Exchange) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO exchanges
             (hold, profile, seller, event, label, method, url, status, took_us, bytes, note,
              asked, answered, at)
         VALUES (:hold, :profile, :seller, :event, :label, :method, :url, :status, :took, :bytes,
                 :note, :asked, :answered, :at)",
    )?
    .execute(named_params! {
        ":hold": exchange.hold.map(|hold| hold.0), ":profile": exchange.profile.as_str(),
        ":seller": exchange.key.seller.as_str(), ":event": exchange.key.event.as_str(),
        ":label": exchange.label, ":method": exchange.method, ":url": exchange.url,
        ":status": exchange.status, ":took": Lasted(exchange.took),
        ":bytes": i64::try_from(exchange.bytes).unwrap_or(i64::MAX),
        ":note": exchange.note, ":asked": exchange.asked, ":answered": exchange.answered,
        ":at": At(exchange.at),
    })?;
    db.prepare_cached(
        "DELETE FROM exchanges WHERE profile = ?1 AND id <= (
             SELECT id FROM exchanges WHERE profile = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute((exchange.profile.as_str(), KEPT_MAX))?;
    if exchange.hold.is_none() {
        db.prepare_cached(
            "DELETE FROM exchanges WHERE profile = ?1 AND hold IS NULL AND id <= (
                 SELECT id FROM exchanges WHERE profile = ?1 AND hold IS NULL
                 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        )?
        .execute((exchange.profile.as_str(), UPKEEP_MAX))?;
    }
    Ok(())
}

/// The exchanges of a hold, in the order they were sent.
pub async fn of_hold(store: &Store, hold: HoldId) -> Result<Vec<Exchange>> {
    store
        .read(move |db| {
            db.prepare_cached("SELECT * FROM exchanges WHERE hold = ?1 ORDER BY id")?
                .query_map([hold.0], exchange)?
                .collect()
        })
        .await
}

/// A profile's last exchanges, the latest first.
pub async fn recent(store: &Store, profile: &ProfileId, rows_max: u32) -> Result<Vec<Exchange>> {
    let profile = profile.clone();
    store
        .read(move |db| {
            db.prepare_cached("SELECT * FROM exchanges WHERE profile = ?1 ORDER BY id DESC LIMIT ?2")?
                .query_map((profile.as_str(), rows_max), exchange)?
                .collect()
        })
        .await
}

fn exchange(row: &Row<'_>) -> rusqlite::Result<Exchange> {
    let hold: Option<i64> = row.get("hold")?;
    let bytes: i64 = row.get("bytes")?;
    let Text(profile) = row.get("profile")?;
    let Text(seller) = row.get("seller")?;
    let Text(event) = row.get("event")?;
    let At(at) = row.get("at")?;
    let Lasted(took) = row.get("took_us")?;
    Ok(Exchange {
        hold: hold.map(HoldId),
        profile,
        key: EventKey { seller, event },
        label: row.get("label")?,
        method: row.get("method")?,
        url: row.get("url")?,
        status: row.get("status")?,
        took,
        bytes: u64::try_from(bytes).unwrap_or_default(),
        note: row.get("note")?,
        asked: row.get("asked")?,
        answered: row.get("answered")?,
        at,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::store::holds;
    use crate::store::tests::{ada, at, key, with_ada};

    pub(in crate::store) fn refusal(second: i64) -> Exchange {
        Exchange {
            hold: None,
            profile: ada().id,
            key: key(),
            label: "lock".to_owned(),
            method: "POST".to_owned(),
            url: "https://northend.example/EDP/BestAvailable/ResaleSeats".to_owned(),
            status: Some(400),
            took: Duration::from_micros(41_500),
            bytes: 17,
            note: "refused: seat taken".to_owned(),
            asked: Some("2 seats, best available".to_owned()),
            answered: Some("seat taken".to_owned()),
            at: at(second),
        }
    }

    #[tokio::test]
    async fn the_exchanges_of_a_hold_come_back_as_they_went_in() {
        let store = with_ada().await;
        let hold = holds::asked(&store, holds::tests::two_seats(&ada().id, &key())).await.unwrap();
        let silent = Exchange { hold: Some(hold), status: None, answered: None, ..refusal(1) };
        keep(&store, vec![silent.clone()]).await.unwrap();
        keep(&store, vec![refusal(2)]).await.unwrap();
        assert_eq!(of_hold(&store, hold).await.unwrap(), std::slice::from_ref(&silent));
        assert_eq!(recent(&store, &ada().id, 10).await.unwrap(), [refusal(2), silent]);
    }

    #[tokio::test]
    async fn the_oldest_make_room() {
        let store = with_ada().await;
        let hold = holds::asked(&store, holds::tests::two_seats(&ada().id, &key())).await.unwrap();
        for second in 0..=i64::from(KEPT_MAX) {
            keep(&store, vec![Exchange { hold: Some(hold), ..refusal(second) }]).await.unwrap();
        }
        let kept = recent(&store, &ada().id, 2 * KEPT_MAX).await.unwrap();
        assert_eq!(kept.len(), 2_000);
        assert_eq!(kept.last().unwrap().at, at(1));
    }

    #[tokio::test]
    async fn upkeep_of_days_leaves_few_lines_and_never_takes_a_holds_place() {
        let store = with_ada().await;
        let hold = holds::asked(&store, holds::tests::two_seats(&ada().id, &key())).await.unwrap();
        keep(&store, vec![Exchange { hold: Some(hold), ..refusal(0) }]).await.unwrap();
        for second in 1..=i64::from(KEPT_MAX) {
            keep(&store, vec![refusal(second)]).await.unwrap();
        }
        assert_eq!(of_hold(&store, hold).await.unwrap().len(), 1);
        assert_eq!(recent(&store, &ada().id, KEPT_MAX).await.unwrap().len(), 21);
    }
}
