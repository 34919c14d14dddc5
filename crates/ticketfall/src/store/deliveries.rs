//! Notices on their way to the webhook: each subject once, until it has arrived or is given up.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, named_params};

use super::columns::At;
use super::{Result, Store};

/// How many may be on their way; beyond that, the oldest make room.
const WAITING_MAX: u32 = 1_000;

/// A notice on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number.
    pub id: i64,
    /// What is delivered.
    pub body: String,
    /// When it was told.
    pub told_at: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next.
    pub next_at: Timestamp,
}

/// Sends a notice on its way; false when one with the same subject is there already.
pub async fn add(store: &Store, subject: String, body: String, told_at: Timestamp) -> Result<bool> {
    store
        .write(move |db| {
            let added = db.execute(
                "INSERT INTO deliveries (subject, body, told_at, next_at) VALUES (:subject, :body, :at, :at)
                 ON CONFLICT (subject) DO NOTHING",
                named_params! { ":subject": subject, ":body": body, ":at": At(told_at) },
            )?;
            db.execute(
                "DELETE FROM deliveries WHERE id <= (
                     SELECT id FROM deliveries ORDER BY id DESC LIMIT 1 OFFSET ?1)",
                [WAITING_MAX],
            )?;
            Ok(added == 1)
        })
        .await
}

/// The notice whose turn comes first.
pub async fn first(store: &Store) -> Result<Option<Delivery>> {
    store
        .read(|db| {
            db.prepare_cached("SELECT * FROM deliveries ORDER BY next_at, id LIMIT 1")?
                .query_row([], delivery)
                .optional()
        })
        .await
}

/// Notes that a notice was tried, and when it is tried again.
pub async fn again(store: &Store, id: i64, next_at: Timestamp) -> Result<()> {
    store
        .write(move |db| {
            let tried = "UPDATE deliveries SET tries = tries + 1, next_at = ?2 WHERE id = ?1";
            db.execute(tried, (id, At(next_at))).map(drop)
        })
        .await
}

/// Forgets a notice that has arrived, or is given up.
pub async fn forget(store: &Store, id: i64) -> Result<()> {
    store.write(move |db| db.execute("DELETE FROM deliveries WHERE id = ?1", [id]).map(drop)).await
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let At(told_at) = row.get("told_at")?;
    let At(next_at) = row.get("next_at")?;
    Ok(Delivery { id: row.get("id")?, body: row.get("body")?, told_at, tries: row.get("tries")?, next_at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{at, scratch};

    async fn tell(store: &Store, subject: &str, second: i64) -> bool {
        add(store, subject.to_owned(), format!("{subject} {second}"), at(second)).await.unwrap()
    }

    #[tokio::test]
    async fn a_subject_is_on_its_way_once_until_it_has_arrived() {
        let store = scratch();
        assert!(tell(&store, "fall", 1).await);
        assert!(!tell(&store, "fall", 2).await);
        let first_one = first(&store).await.unwrap().unwrap();
        assert_eq!((first_one.body.as_str(), first_one.tries), ("fall 1", 0));
        forget(&store, first_one.id).await.unwrap();
        assert_eq!(first(&store).await.unwrap(), None);
        assert!(tell(&store, "fall", 3).await);
    }

    #[tokio::test]
    async fn what_was_tried_waits_for_its_next_turn() {
        let store = scratch();
        tell(&store, "fall", 1).await;
        tell(&store, "proof", 2).await;
        let fall = first(&store).await.unwrap().unwrap();
        again(&store, fall.id, at(9)).await.unwrap();
        assert_eq!(first(&store).await.unwrap().unwrap().body, "proof 2");
    }

    #[tokio::test]
    async fn the_oldest_make_room() {
        let store = scratch();
        for number in 0..=WAITING_MAX {
            tell(&store, &number.to_string(), i64::from(number)).await;
        }
        assert_eq!(first(&store).await.unwrap().unwrap().body, "1 1");
    }
}
