//! Members: what each is called, signs in with, and allows.

use std::fmt;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde::{Deserialize, Serialize};
use ticketfall_core::ids::ProfileId;
use ticketfall_core::price::Price;
use url::Url;

use super::columns::{At, Json, Text, price, price_columns};
use super::holds::{self, Standing};
use super::{Result, Store};

/// Which browser a member signs in with and pays in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum BrowserChoice {
    /// One that is started here, with a directory of its own.
    Local,
    /// One that runs already, by the address of its `DevTools`.
    Endpoint {
        /// That address.
        url: Url,
    },
    /// A profile of GoLogin's, which is started and stopped there.
    #[serde(rename = "gologin")]
    GoLogin {
        /// GoLogin's name for it.
        id: String,
        /// Where it runs.
        api: GoLoginApi,
    },
    /// None: the session is imported.
    None,
}

/// Where a profile of GoLogin's runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GoLoginApi {
    /// In the desktop app on this machine.
    Local,
    /// On GoLogin's own machines.
    Cloud,
}

/// Bytes that only the vault can open; `Debug` shows how many.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// One consenting member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub id: ProfileId,
    /// What people call it.
    pub label: String,
    /// Where it signs in and pays.
    pub browser: BrowserChoice,
    /// Its proxy's URL with the password in it, sealed.
    pub proxy: Option<Sealed>,
    /// The most seats of one event that it holds at once, where it says so.
    pub seats_max: Option<u32>,
    /// The most that all its seats of one event may cost, where it says so.
    pub cost_max: Option<Price>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// What became of a removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// The profile and all that is known of it are gone.
    Removed,
    /// There is no such profile.
    NotThere,
    /// It has holds that may still stand, so it stays.
    HoldsOpen(Standing),
}

/// Adds a profile; false when there is one of that name, which is left as it is.
pub async fn add(store: &Store, profile: Profile) -> Result<bool> {
    store
        .write_names(move |db| {
            let (cost_max, cost_currency) = price_columns(profile.cost_max);
            let added = db.execute(
                "INSERT INTO profiles (id, label, browser, proxy, seats_max, cost_max, cost_currency, created_at)
                 VALUES (:id, :label, :browser, :proxy, :seats_max, :cost_max, :cost_currency, :created_at)
                 ON CONFLICT (id) DO NOTHING",
                named_params! {
                    ":id": profile.id.as_str(), ":label": profile.label, ":browser": Json(profile.browser),
                    ":proxy": profile.proxy.map(|proxy| proxy.0), ":seats_max": profile.seats_max,
                    ":cost_max": cost_max, ":cost_currency": cost_currency,
                    ":created_at": At(profile.created_at),
                },
            )?;
            Ok(added == 1)
        })
        .await
}

/// Writes a profile anew, but for when it was added; false when there is none of that name.
pub async fn change(store: &Store, profile: Profile) -> Result<bool> {
    store
        .write_names(move |db| {
            let (cost_max, cost_currency) = price_columns(profile.cost_max);
            let changed = db.execute(
                "UPDATE profiles SET label = :label, browser = :browser, proxy = :proxy,
                     seats_max = :seats_max, cost_max = :cost_max, cost_currency = :cost_currency
                 WHERE id = :id",
                named_params! {
                    ":id": profile.id.as_str(), ":label": profile.label, ":browser": Json(profile.browser),
                    ":proxy": profile.proxy.map(|proxy| proxy.0), ":seats_max": profile.seats_max,
                    ":cost_max": cost_max, ":cost_currency": cost_currency,
                },
            )?;
            Ok(changed == 1)
        })
        .await
}

/// The profile of that name.
pub async fn get(store: &Store, id: &ProfileId) -> Result<Option<Profile>> {
    let id = id.clone();
    store.read(move |db| one(db, &id).optional()).await
}

pub(super) fn one(db: &Connection, id: &ProfileId) -> rusqlite::Result<Profile> {
    db.prepare_cached("SELECT * FROM profiles WHERE id = ?1")?.query_row([id.as_str()], profile)
}

/// All profiles, by name.
pub async fn all(store: &Store) -> Result<Vec<Profile>> {
    store
        .read(|db| db.prepare_cached("SELECT * FROM profiles ORDER BY id")?.query_map([], profile)?.collect())
        .await
}

/// What every profile is called, by name.
pub async fn labels(store: &Store) -> Result<Vec<(ProfileId, String)>> {
    store
        .read(|db| {
            db.prepare_cached("SELECT id, label FROM profiles ORDER BY id")?
                .query_map([], |row| {
                    let Text(id) = row.get(0)?;
                    Ok((id, row.get(1)?))
                })?
                .collect()
        })
        .await
}

/// Those of these profiles that are there, in the order asked for.
pub async fn of(store: &Store, ids: Vec<ProfileId>) -> Result<Vec<Profile>> {
    store
        .read(move |db| {
            let found = ids.iter().filter_map(|id| one(db, id).optional().transpose());
            found.collect()
        })
        .await
}

/// Profiles by name, from after the name `after` on.
pub async fn page(store: &Store, after: Option<ProfileId>, rows_max: u32) -> Result<Vec<Profile>> {
    store
        .read(move |db| {
            let after = after.as_ref().map_or("", ProfileId::as_str);
            db.prepare_cached("SELECT * FROM profiles WHERE id > ?1 ORDER BY id LIMIT ?2")?
                .query_map((after, rows_max), profile)?
                .collect()
        })
        .await
}

/// Removes a profile with its session, monitors and story, unless a hold of it may still stand at `now`.
pub async fn remove(store: &Store, id: &ProfileId, now: Timestamp) -> Result<Removal> {
    let id = id.clone();
    store
        .write_names(move |db| {
            let open = holds::standing(db, &id, now)?;
            if open.holds > 0 {
                return Ok(Removal::HoldsOpen(open));
            }
            let removed = db.execute("DELETE FROM profiles WHERE id = ?1", [id.as_str()])?;
            Ok(if removed == 1 { Removal::Removed } else { Removal::NotThere })
        })
        .await
}

fn profile(row: &Row<'_>) -> rusqlite::Result<Profile> {
    let Text(id) = row.get("id")?;
    let Json(browser) = row.get("browser")?;
    let At(created_at) = row.get("created_at")?;
    let proxy: Option<Vec<u8>> = row.get("proxy")?;
    Ok(Profile {
        id,
        label: row.get("label")?,
        browser,
        proxy: proxy.map(Sealed),
        seats_max: row.get("seats_max")?,
        cost_max: price(row, "cost_max", "cost_currency")?,
        created_at,
    })
}

#[cfg(test)]
mod tests {
    use ticketfall_core::price::Currency;

    use super::*;
    use crate::store::tests::{ada, at, key, scratch};

    #[tokio::test]
    async fn a_profile_comes_back_as_it_went_in() {
        let store = scratch();
        let full = Profile {
            browser: BrowserChoice::Endpoint { url: "http://127.0.0.1:9222".parse().unwrap() },
            proxy: Some(Sealed(vec![1, 2, 3])),
            seats_max: Some(4),
            cost_max: Some(Price::new(40_000, Currency::GBP)),
            ..ada()
        };
        assert!(add(&store, full.clone()).await.unwrap());
        assert_eq!(get(&store, &full.id).await.unwrap(), Some(full.clone()));
        assert!(change(&store, ada()).await.unwrap());
        assert_eq!(all(&store).await.unwrap(), [ada()]);
    }

    #[tokio::test]
    async fn every_kind_of_browser_comes_back_as_it_went_in() {
        let gologin = BrowserChoice::GoLogin { id: "5f1c".to_owned(), api: GoLoginApi::Cloud };
        let written = serde_json::to_value(&gologin).unwrap();
        assert_eq!(written, serde_json::json!({"kind": "gologin", "id": "5f1c", "api": "cloud"}));
        let store = scratch();
        let profile = Profile { browser: gologin, ..ada() };
        assert!(add(&store, profile.clone()).await.unwrap());
        assert_eq!(get(&store, &profile.id).await.unwrap(), Some(profile));
    }

    #[tokio::test]
    async fn a_name_is_given_once() {
        let store = scratch();
        assert!(add(&store, ada()).await.unwrap());
        assert!(!add(&store, Profile { label: "Somebody else".to_owned(), ..ada() }).await.unwrap());
        assert_eq!(get(&store, &ada().id).await.unwrap(), Some(ada()));
    }

    #[tokio::test]
    async fn a_profile_that_is_not_there_is_neither_changed_nor_removed() {
        let store = scratch();
        assert!(!change(&store, ada()).await.unwrap());
        assert_eq!(remove(&store, &ada().id, at(1)).await.unwrap(), Removal::NotThere);
    }

    #[tokio::test]
    async fn a_profile_whose_hold_may_stand_is_not_removed() {
        let store = scratch();
        add(&store, ada()).await.unwrap();
        let hold = holds::asked(&store, holds::tests::two_seats(&ada().id, &key())).await.unwrap();
        let unknown = Removal::HoldsOpen(Standing { holds: 1, until: None });
        assert_eq!(remove(&store, &ada().id, at(9)).await.unwrap(), unknown);
        holds::settled(&store, hold, holds::HoldState::Released, at(9)).await.unwrap();
        assert_eq!(remove(&store, &ada().id, at(9)).await.unwrap(), Removal::Removed);
        assert_eq!(all(&store).await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_hold_that_was_left_keeps_its_profile_until_its_basket_is_over() {
        let store = scratch();
        add(&store, ada()).await.unwrap();
        let hold = holds::asked(&store, holds::tests::two_seats(&ada().id, &key())).await.unwrap();
        let proven = holds::HoldState::Proven { seats: vec![], expires_at: Some(at(600)) };
        holds::settled(&store, hold, proven, at(2)).await.unwrap();
        assert!(matches!(remove(&store, &ada().id, at(700)).await.unwrap(), Removal::HoldsOpen(_)));
        holds::left(&store, hold).await.unwrap();
        let until = Removal::HoldsOpen(Standing { holds: 1, until: Some(at(600)) });
        assert_eq!(remove(&store, &ada().id, at(599)).await.unwrap(), until);
        let other = holds::asked(&store, holds::tests::two_seats(&ada().id, &key())).await.unwrap();
        let unknown = Removal::HoldsOpen(Standing { holds: 2, until: None });
        assert_eq!(remove(&store, &ada().id, at(599)).await.unwrap(), unknown);
        holds::settled(&store, other, holds::HoldState::Gone, at(9)).await.unwrap();
        assert_eq!(remove(&store, &ada().id, at(600)).await.unwrap(), Removal::Removed);
    }

    #[test]
    fn sealed_bytes_are_not_shown() {
        assert_eq!(format!("{:?}", Sealed(vec![104, 105])), "Sealed(2 bytes)");
    }
}
