//! The story of each profile, a line a turn, for its page; so many lines a profile.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};
use ticketfall_core::ids::ProfileId;

use super::columns::{At, Text};
use super::{Result, Store};

/// How many are kept for a profile.
const KEPT_MAX: u32 = 1_000;

/// One turn of a profile's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Whose story.
    pub profile: ProfileId,
    /// What kind of turn, one word: `fall`, `refused`, `held`.
    pub kind: String,
    /// What happened, for people.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// Keeps a line; the profile's oldest make room.
pub async fn keep(store: &Store, note: Note) -> Result<()> {
    store
        .write_quick(move |db| {
            db.execute(
                "INSERT INTO notes (profile, kind, text, at) VALUES (?1, ?2, ?3, ?4)",
                params![note.profile.as_str(), note.kind, note.text, At(note.at)],
            )?;
            db.execute(
                "DELETE FROM notes WHERE profile = ?1 AND id <= (
                     SELECT id FROM notes WHERE profile = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                params![note.profile.as_str(), KEPT_MAX],
            )?;
            Ok(())
        })
        .await
}

/// A profile's last lines, the latest first.
pub async fn recent(store: &Store, profile: &ProfileId, rows_max: u32) -> Result<Vec<Note>> {
    let profile = profile.clone();
    store
        .read(move |db| {
            db.prepare_cached("SELECT * FROM notes WHERE profile = ?1 ORDER BY id DESC LIMIT ?2")?
                .query_map((profile.as_str(), rows_max), note)?
                .collect()
        })
        .await
}

/// The last line of each of these profiles that has one.
pub async fn last_of(store: &Store, profiles: Vec<ProfileId>) -> Result<BTreeMap<ProfileId, Note>> {
    store
        .read(move |db| {
            let mut select =
                db.prepare_cached("SELECT * FROM notes WHERE profile = ?1 ORDER BY id DESC LIMIT 1")?;
            let mut last = BTreeMap::new();
            for profile in profiles {
                if let Some(note) = select.query_row([profile.as_str()], note).optional()? {
                    last.insert(profile, note);
                }
            }
            Ok(last)
        })
        .await
}

/// A profile's lines before the line `before`, each with its number, the latest first.
pub async fn page(
    store: &Store,
    profile: &ProfileId,
    before: Option<i64>,
    rows_max: u32,
) -> Result<Vec<(i64, Note)>> {
    let (profile, before) = (profile.clone(), before.unwrap_or(i64::MAX));
    store
        .read(move |db| {
            let numbered = |row: &Row<'_>| Ok((row.get("id")?, note(row)?));
            db.prepare_cached("SELECT * FROM notes WHERE profile = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3")?
                .query_map((profile.as_str(), before, rows_max), numbered)?
                .collect()
        })
        .await
}

fn note(row: &Row<'_>) -> rusqlite::Result<Note> {
    let Text(profile) = row.get("profile")?;
    let At(at) = row.get("at")?;
    Ok(Note { profile, kind: row.get("kind")?, text: row.get("text")?, at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::profiles::{self, Profile};
    use crate::store::tests::{ada, at, with_ada};

    fn line(profile: &ProfileId, second: i64) -> Note {
        let text = format!("2 seats fell in East Lower 5, {second}");
        Note { profile: profile.clone(), kind: "fall".to_owned(), text, at: at(second) }
    }

    #[tokio::test]
    async fn the_last_lines_come_first() {
        let store = with_ada().await;
        keep(&store, line(&ada().id, 1)).await.unwrap();
        keep(&store, line(&ada().id, 2)).await.unwrap();
        let told = recent(&store, &ada().id, 10).await.unwrap();
        assert_eq!(told, [line(&ada().id, 2), line(&ada().id, 1)]);
        assert_eq!(recent(&store, &ada().id, 1).await.unwrap(), [line(&ada().id, 2)]);
    }

    #[tokio::test]
    async fn a_long_story_makes_room_for_its_own_end_only() {
        let store = with_ada().await;
        let ben = ProfileId::new("ben").unwrap();
        profiles::add(&store, Profile { id: ben.clone(), ..ada() }).await.unwrap();
        keep(&store, line(&ben, 0)).await.unwrap();
        for second in 0..i64::from(KEPT_MAX) + 5 {
            keep(&store, line(&ada().id, second)).await.unwrap();
        }
        let told = recent(&store, &ada().id, 2 * KEPT_MAX).await.unwrap();
        assert_eq!((told.len(), told.last().unwrap().at), (1_000, at(5)));
        assert_eq!(recent(&store, &ben, 10).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn the_last_line_of_each_is_read_at_once() {
        let store = with_ada().await;
        let ben = ProfileId::new("ben").unwrap();
        profiles::add(&store, Profile { id: ben.clone(), ..ada() }).await.unwrap();
        for note in [line(&ada().id, 1), line(&ada().id, 2), line(&ben, 3)] {
            keep(&store, note).await.unwrap();
        }
        let asked = vec![ada().id, ProfileId::new("nobody").unwrap()];
        assert_eq!(last_of(&store, asked).await.unwrap(), [(ada().id, line(&ada().id, 2))].into());
    }
}
