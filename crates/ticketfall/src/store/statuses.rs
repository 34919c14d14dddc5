//! How searches stood, each change once, so that a day can be told afterwards; so many a profile.

use jiff::Timestamp;
use rusqlite::{Row, params};
use ticketfall_core::ids::{EventKey, ProfileId};

use super::columns::{At, Text};
use super::{Result, Store};

/// How many are kept for a profile.
const KEPT_MAX: u32 = 1_000;

/// How a search stood from a time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusRow {
    /// Whose.
    pub profile: ProfileId,
    /// Where.
    pub key: EventKey,
    /// Word for word.
    pub label: String,
    /// Why, where there was more to say.
    pub reason: Option<String>,
    /// Since when.
    pub at: Timestamp,
}

/// Keeps statuses, all in one go; each profile's oldest make room.
pub async fn keep(store: &Store, all: Vec<StatusRow>) -> Result<()> {
    store
        .write_quick(move |db| {
            for status in all {
                let profile = status.profile.as_str();
                db.execute(
                    "INSERT INTO statuses (profile, seller, event, label, reason, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        profile,
                        status.key.seller.as_str(),
                        status.key.event.as_str(),
                        status.label,
                        status.reason,
                        At(status.at)
                    ],
                )?;
                db.execute(
                    "DELETE FROM statuses WHERE profile = ?1 AND id <= (
                         SELECT id FROM statuses WHERE profile = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                    params![profile, KEPT_MAX],
                )?;
            }
            Ok(())
        })
        .await
}

/// How a profile's searches stood from `since` on, in the order of time.
pub async fn since(store: &Store, profile: &ProfileId, since: Timestamp) -> Result<Vec<StatusRow>> {
    let profile = profile.clone();
    store
        .read(move |db| {
            db.prepare_cached("SELECT * FROM statuses WHERE profile = ?1 AND at >= ?2 ORDER BY id")?
                .query_map(params![profile.as_str(), At(since)], status)?
                .collect()
        })
        .await
}

fn status(row: &Row<'_>) -> rusqlite::Result<StatusRow> {
    let Text(profile) = row.get("profile")?;
    let Text(seller) = row.get("seller")?;
    let Text(event) = row.get("event")?;
    let At(at) = row.get("at")?;
    let key = EventKey { seller, event };
    Ok(StatusRow { profile, key, label: row.get("label")?, reason: row.get("reason")?, at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{ada, at, key, with_ada};

    #[tokio::test]
    async fn statuses_come_back_in_order_and_the_oldest_make_room() {
        let store = with_ada().await;
        let stood = |second: i64| StatusRow {
            profile: ada().id,
            key: key(),
            label: "Queue".to_owned(),
            reason: Some(format!("{second} ahead")),
            at: at(second),
        };
        for second in 0..i64::from(KEPT_MAX) + 3 {
            keep(&store, vec![stood(second)]).await.unwrap();
        }
        let kept = since(&store, &ada().id, at(0)).await.unwrap();
        assert_eq!((kept.len(), &kept[0]), (KEPT_MAX as usize, &stood(3)));
        assert_eq!(since(&store, &ada().id, at(1_002)).await.unwrap(), [stood(1_002)]);
    }
}
