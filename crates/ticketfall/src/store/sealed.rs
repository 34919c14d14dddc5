//! All that is sealed, whatever table it is in: to seal it anew, and to know which keys it needs.

use rusqlite::{Connection, Row};
use ticketfall_core::ids::ProfileId;

use super::columns::Text;
use super::profiles::Sealed;
use super::{Result, Store};

/// The version of the tables from which on all of them are there.
pub(super) const SINCE: usize = 2;

/// What a sealed value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A session.
    Session,
    /// A profile's proxy.
    Proxy,
    /// A search's access keyword.
    Keyword,
}

/// A sealed value and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What it is.
    pub kind: Kind,
    /// Whose.
    pub profile: ProfileId,
    /// What the vault made of it.
    pub sealed: Sealed,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Session, Self::Proxy, Self::Keyword];

    const fn query(self) -> &'static str {
        match self {
            Self::Session => "SELECT profile, sealed FROM sessions",
            Self::Proxy => "SELECT id, proxy FROM profiles WHERE proxy IS NOT NULL",
            Self::Keyword => "SELECT profile, keyword FROM monitors WHERE keyword IS NOT NULL",
        }
    }

    const fn update(self) -> &'static str {
        match self {
            Self::Session => "UPDATE sessions SET sealed = ?3 WHERE profile = ?1 AND sealed = ?2",
            Self::Proxy => "UPDATE profiles SET proxy = ?3 WHERE id = ?1 AND proxy = ?2",
            Self::Keyword => "UPDATE monitors SET keyword = ?3 WHERE profile = ?1 AND keyword = ?2",
        }
    }
}

/// All that is sealed.
pub async fn all(store: &Store) -> Result<Vec<Kept>> {
    store.read(all_of).await
}

/// Writes each value's successor in its place, all or none, and leaves nothing of those before in the file.
pub async fn replace(store: &Store, successors: Vec<(Kept, Sealed)>) -> Result<()> {
    store
        .write(move |db| {
            for (kept, successor) in &successors {
                let whose = kept.profile.as_str();
                db.execute(kept.kind.update(), (whose, &kept.sealed.0, &successor.0))?;
            }
            Ok(())
        })
        .await?;
    store.empty_log().await
}

pub(super) fn all_of(db: &Connection) -> rusqlite::Result<Vec<Kept>> {
    let mut all = Vec::new();
    for kind in Kind::ALL {
        let read = |row: &Row<'_>| {
            let Text(profile) = row.get(0)?;
            Ok(Kept { kind, profile, sealed: Sealed(row.get(1)?) })
        };
        for kept in db.prepare(kind.query())?.query_map([], read)? {
            all.push(kept?);
        }
    }
    Ok(all)
}
