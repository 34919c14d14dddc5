//! Searches that start again with the service: in which order, and what is kept of each. Thousands are read in a few
//! queries.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use ticketfall_core::ids::{EventKey, ProfileId};

use super::columns::{At, Text};
use super::monitors::{self, MonitorRow};
use super::profiles::{self, Profile};
use super::sessions::{self, KeptSession};
use super::{Result, Store};

/// What may be held for a search, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// A hold may be on its way: only the basket tells.
    Unproven,
    /// Seats may be in the basket.
    Held,
    /// Nothing.
    Free,
}

/// A search that should run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What may be held for it.
    pub urgency: Urgency,
    /// Since when it waits for its seats.
    pub waiting_since: Timestamp,
    /// Whose.
    pub profile: ProfileId,
    /// Where.
    pub key: EventKey,
}

/// What is kept of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Whose.
    pub profile: Profile,
    /// The member's last session.
    pub session: Option<KeptSession>,
    /// What is wanted.
    pub search: MonitorRow,
}

/// Every search that should run: those of which something may be held first, then by how long they wait.
pub async fn wanted(store: &Store) -> Result<Vec<Wanted>> {
    store
        .read(|db| {
            let open = open(db)?;
            let mut select = db.prepare(
                "SELECT profile, seller, event, waiting_since FROM monitors WHERE desired = 'running'",
            )?;
            let rows = select.query_map([], |row| {
                let (Text(profile), Text(seller), Text(event)) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let At(waiting_since) = row.get(3)?;
                Ok((waiting_since, profile, EventKey { seller, event }))
            })?;
            let mut wanted = Vec::new();
            for row in rows {
                let (waiting_since, profile, key) = row?;
                let search = (profile, key);
                let urgency = open.get(&search).copied().unwrap_or(Urgency::Free);
                let (profile, key) = search;
                wanted.push(Wanted { urgency, waiting_since, profile, key });
            }
            wanted.sort_by(|one, other| {
                let order = |search: &Wanted| (search.urgency, search.waiting_since);
                order(one).cmp(&order(other)).then_with(|| one.profile.cmp(&other.profile))
            });
            Ok(wanted)
        })
        .await
}

/// What is kept of these searches; those of which nothing is kept any more are left out.
pub async fn kept(store: &Store, searches: Vec<(ProfileId, EventKey)>) -> Result<BTreeMap<ProfileId, Kept>> {
    store
        .read(move |db| {
            let mut all = BTreeMap::new();
            for (id, key) in searches {
                let profile = profiles::one(db, &id).optional()?;
                let search = monitors::one(db, &id, &key).optional()?;
                if let Some((profile, search)) = profile.zip(search) {
                    let session = sessions::one(db, &id).optional()?;
                    all.insert(id, Kept { profile, session, search });
                }
            }
            Ok(all)
        })
        .await
}

/// The most urgent of each search's open holds.
fn open(db: &Connection) -> rusqlite::Result<BTreeMap<(ProfileId, EventKey), Urgency>> {
    let mut select = db.prepare(
        "SELECT DISTINCT profile, seller, event, state IN ('proven', 'left') FROM holds
         WHERE state IN ('asked', 'granted', 'proven', 'left', 'unknown')",
    )?;
    let rows = select.query_map([], |row| {
        let (Text(profile), Text(seller), Text(event)) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let urgency = if row.get(3)? { Urgency::Held } else { Urgency::Unproven };
        Ok(((profile, EventKey { seller, event }), urgency))
    })?;
    let mut open = BTreeMap::new();
    for row in rows {
        let (search, urgency) = row?;
        let most = open.entry(search).or_insert(urgency);
        *most = urgency.min(*most);
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use ticketfall_core::configuration::Configuration;

    use super::*;
    use crate::store::holds::{self, HoldState};
    use crate::store::monitors::Desired;
    use crate::store::profiles::Sealed;
    use crate::store::tests::{ada, at, key, scratch};

    async fn search(store: &Store, name: &str, since: i64, desired: Desired) -> ProfileId {
        let profile = ProfileId::new(name).unwrap();
        profiles::add(store, Profile { id: profile.clone(), ..ada() }).await.unwrap();
        let row = MonitorRow {
            profile: profile.clone(),
            key: key(),
            event_url: "https://northend.example/EDP/Event/Index/501".parse().unwrap(),
            configuration: Configuration::default(),
            keyword: None,
            desired,
            waiting_since: at(since),
            status: None,
        };
        monitors::put(store, row).await.unwrap();
        profile
    }

    async fn hold(store: &Store, profile: &ProfileId, state: HoldState) {
        let hold = holds::asked(store, holds::tests::two_seats(profile, &key())).await.unwrap();
        holds::settled(store, hold, state, at(2)).await.unwrap();
    }

    #[tokio::test]
    async fn whoever_may_hold_something_comes_first_and_then_who_waits_longest() {
        let store = scratch();
        for (name, since) in [("ben", 9), ("chloe", 3), ("dev", 1), ("esi", 5)] {
            search(&store, name, since, Desired::Running).await;
        }
        search(&store, "finn", 0, Desired::Stopped).await;
        let named = |name| ProfileId::new(name).unwrap();
        let left = HoldState::Left { seats: vec![], expires_at: None };
        hold(&store, &named("esi"), left.clone()).await;
        hold(&store, &named("ben"), left).await;
        hold(&store, &named("ben"), HoldState::Unknown { reason: "cut off".to_owned() }).await;
        hold(&store, &named("dev"), HoldState::Released).await;
        hold(&store, &named("finn"), HoldState::Granted).await;
        let wanted = wanted(&store).await.unwrap();
        let wanted: Vec<_> = wanted.iter().map(|search| (search.profile.as_str(), search.urgency)).collect();
        assert_eq!(
            wanted,
            [
                ("ben", Urgency::Unproven),
                ("esi", Urgency::Held),
                ("dev", Urgency::Free),
                ("chloe", Urgency::Free)
            ]
        );
    }

    #[tokio::test]
    async fn what_is_kept_of_many_is_read_at_once() {
        let store = scratch();
        let (ben, dev) = (
            search(&store, "ben", 1, Desired::Running).await,
            search(&store, "dev", 1, Desired::Running).await,
        );
        let session = KeptSession { sealed: Sealed(vec![1, 2, 3]), taken_at: at(1) };
        sessions::keep(&store, &ben, session.clone()).await.unwrap();
        let asked = [&ben, &dev, &ada().id].map(|profile| (profile.clone(), key()));
        let found = kept(&store, asked.to_vec()).await.unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), [&ben, &dev]);
        assert_eq!((found[&ben].session.as_ref(), found[&dev].session.as_ref()), (Some(&session), None));
        assert_eq!(found[&dev].profile, Profile { id: dev.clone(), ..ada() });
        assert_eq!(found[&dev].search.key, key());
    }
}
