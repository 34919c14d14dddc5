//! The last session of each profile, sealed by the vault.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, named_params};
use ticketfall_core::ids::ProfileId;

use super::columns::{At, time};
use super::profiles::Sealed;
use super::{Result, Store};

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSession {
    /// What the vault made of it.
    pub sealed: Sealed,
    /// When it was taken from the browser, or imported.
    pub taken_at: Timestamp,
}

/// Keeps a session in place of the one before, unless that was taken later.
pub async fn keep(store: &Store, profile: &ProfileId, session: KeptSession) -> Result<()> {
    keep_all(store, vec![(profile.clone(), session)]).await
}

/// The same of many, all in one go; that of a profile which was removed meanwhile is nobody's.
pub async fn keep_all(store: &Store, all: Vec<(ProfileId, KeptSession)>) -> Result<()> {
    store
        .write(move |db| {
            let mut keep = db.prepare_cached(
                "INSERT INTO sessions (profile, sealed, taken_at)
                 SELECT id, :sealed, :taken_at FROM profiles WHERE id = :profile
                 ON CONFLICT (profile) DO UPDATE
                 SET sealed = excluded.sealed, taken_at = excluded.taken_at
                 WHERE excluded.taken_at >= taken_at",
            )?;
            for (profile, session) in all {
                keep.execute(named_params! {
                    ":profile": profile.as_str(), ":sealed": session.sealed.0, ":taken_at": At(session.taken_at),
                })?;
            }
            Ok(())
        })
        .await
}

/// Keeps an imported session, which a person wants in place of any other, also where the clock was set back since.
pub async fn import(store: &Store, profile: &ProfileId, session: KeptSession) -> Result<()> {
    let profile = profile.clone();
    store
        .write(move |db| {
            db.execute(
                "INSERT INTO sessions (profile, sealed, taken_at)
                 VALUES (:profile, :sealed, :taken_at)
                 ON CONFLICT (profile) DO UPDATE
                 SET sealed = excluded.sealed, taken_at = max(excluded.taken_at, taken_at + 1)",
                named_params! {
                    ":profile": profile.as_str(), ":sealed": session.sealed.0, ":taken_at": At(session.taken_at),
                },
            )?;
            Ok(())
        })
        .await
}

/// The profile's session.
pub async fn get(store: &Store, profile: &ProfileId) -> Result<Option<KeptSession>> {
    let profile = profile.clone();
    store.read(move |db| one(db, &profile).optional()).await
}

pub(super) fn one(db: &Connection, profile: &ProfileId) -> rusqlite::Result<KeptSession> {
    db.prepare_cached("SELECT sealed, taken_at FROM sessions WHERE profile = ?1")?.query_row(
        [profile.as_str()],
        |row| {
            let At(taken_at) = row.get(1)?;
            Ok(KeptSession { sealed: Sealed(row.get(0)?), taken_at })
        },
    )
}

/// How many sessions are kept, and when the oldest of them was taken.
pub async fn ages(store: &Store) -> Result<(u32, Option<Timestamp>)> {
    store
        .read(|db| {
            // Each is read off an index of its own accord; asked for together, every session would be read.
            let count =
                db.prepare_cached("SELECT count(*) FROM sessions")?.query_row([], |row| row.get(0))?;
            let oldest = "SELECT min(taken_at) FROM sessions";
            Ok((count, db.prepare_cached(oldest)?.query_row([], |row| time(row, 0))?))
        })
        .await
}

/// Forgets the profile's session; false when there was none.
pub async fn forget(store: &Store, profile: &ProfileId) -> Result<bool> {
    let profile = profile.clone();
    store
        .write(move |db| Ok(db.execute("DELETE FROM sessions WHERE profile = ?1", [profile.as_str()])? == 1))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::profiles;
    use crate::store::tests::{ada, at, with_ada};

    fn session(byte: u8) -> KeptSession {
        KeptSession { sealed: Sealed(vec![byte; 3]), taken_at: at(i64::from(byte)) }
    }

    #[tokio::test]
    async fn the_last_session_is_the_one_kept() {
        let store = with_ada().await;
        keep(&store, &ada().id, session(1)).await.unwrap();
        keep(&store, &ada().id, session(2)).await.unwrap();
        assert_eq!(get(&store, &ada().id).await.unwrap(), Some(session(2)));
        assert!(forget(&store, &ada().id).await.unwrap());
        assert_eq!(get(&store, &ada().id).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_session_that_was_taken_earlier_replaces_no_later_one() {
        let store = with_ada().await;
        keep(&store, &ada().id, session(2)).await.unwrap();
        keep(&store, &ada().id, session(1)).await.unwrap();
        assert_eq!(get(&store, &ada().id).await.unwrap(), Some(session(2)));
    }

    #[tokio::test]
    async fn a_session_of_nobody_keeps_no_other_from_being_kept() {
        let store = with_ada().await;
        let nobody = ProfileId::new("nobody").unwrap();
        keep_all(&store, vec![(nobody.clone(), session(1)), (ada().id, session(2))]).await.unwrap();
        assert_eq!(get(&store, &ada().id).await.unwrap(), Some(session(2)));
        assert_eq!(get(&store, &nobody).await.unwrap(), None);
        assert_eq!(ages(&store).await.unwrap(), (1, Some(session(2).taken_at)));
    }

    #[tokio::test]
    async fn a_session_goes_with_its_profile() {
        let store = with_ada().await;
        keep(&store, &ada().id, session(1)).await.unwrap();
        profiles::remove(&store, &ada().id, at(2)).await.unwrap();
        assert_eq!(get(&store, &ada().id).await.unwrap(), None);
    }
}
