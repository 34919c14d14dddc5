//! Searches: who wants what at which event, whether it should run, and how it was last. An access keyword comes here
//! sealed.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{EventKey, ProfileId};
use url::Url;

use super::columns::{At, Json, Text, time};
use super::profiles::Sealed;
use super::statuses::StatusRow;
use super::{Result, Store};

/// Whether a search should run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Desired {
    /// It starts with the service.
    Running,
    /// It does not.
    Stopped,
}

/// A status as it was last told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastStatus {
    /// Word for word.
    pub label: String,
    /// Since when.
    pub at: Timestamp,
}

/// One profile's search at one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitorRow {
    /// Whose.
    pub profile: ProfileId,
    /// Where.
    pub key: EventKey,
    /// The match page.
    pub event_url: Url,
    /// What is wanted; its keyword is never written here.
    pub configuration: Configuration,
    /// The access keyword, where there is one.
    pub keyword: Option<Sealed>,
    /// Whether it should run.
    pub desired: Desired,
    /// Since when it waits for its turn.
    pub waiting_since: Timestamp,
    /// How it was last.
    pub status: Option<LastStatus>,
}

/// Writes a search in place of the one that the profile has at the event; one that is there keeps its
/// place in line and its status.
pub async fn put(store: &Store, monitor: MonitorRow) -> Result<()> {
    store
        .write_wish(move |db| {
            let before = one(db, &monitor.profile, &monitor.key).optional()?;
            let is_other = before.is_some_and(|before| {
                before.configuration != monitor.configuration || before.keyword != monitor.keyword
            });
            let (label, at) = monitor.status.map(|status| (status.label, At(status.at))).unzip();
            db.execute(
                "INSERT INTO monitors
                     (profile, seller, event, event_url, configuration, keyword, desired, waiting_since, status,
                      status_at)
                 VALUES (:profile, :seller, :event, :url, :configuration, :keyword, :desired, :since, :status,
                      :status_at)
                 ON CONFLICT (profile, seller, event) DO UPDATE
                 SET event_url = excluded.event_url, configuration = excluded.configuration,
                     keyword = excluded.keyword, desired = excluded.desired",
                named_params! {
                    ":profile": monitor.profile.as_str(), ":seller": monitor.key.seller.as_str(),
                    ":event": monitor.key.event.as_str(), ":url": monitor.event_url.as_str(),
                    ":configuration": Json(monitor.configuration),
                    ":keyword": monitor.keyword.map(|keyword| keyword.0), ":desired": word(monitor.desired),
                    ":since": At(monitor.waiting_since), ":status": label, ":status_at": at,
                },
            )?;
            Ok(is_other)
        })
        .await
}

/// Says whether a search should run; false when there is none.
pub async fn desire(store: &Store, profile: &ProfileId, key: &EventKey, desired: Desired) -> Result<bool> {
    let (profile, key) = (profile.clone(), key.clone());
    store
        .write(move |db| {
            let changed = db.execute(
                "UPDATE monitors SET desired = ?4 WHERE profile = ?1 AND seller = ?2 AND event = ?3",
                (profile.as_str(), key.seller.as_str(), key.event.as_str(), word(desired)),
            )?;
            Ok(changed == 1)
        })
        .await
}

/// Sends a search to the end of the line as of `since`, as after it got its seats.
pub async fn wait_anew(store: &Store, profile: &ProfileId, key: &EventKey, since: Timestamp) -> Result<()> {
    let (profile, key) = (profile.clone(), key.clone());
    store
        .write(move |db| {
            db.execute(
                "UPDATE monitors SET waiting_since = ?4 WHERE profile = ?1 AND seller = ?2 AND event = ?3",
                (profile.as_str(), key.seller.as_str(), key.event.as_str(), At(since)),
            )?;
            Ok(())
        })
        .await
}

/// Notes how searches are now, all in one go; of several of one search, the last.
pub async fn tell(store: &Store, all: &[StatusRow]) -> Result<()> {
    let all = all.to_vec();
    store
        .write_quick(move |db| {
            let mut update = db.prepare_cached(
                "UPDATE monitors SET status = ?4, status_at = ?5
                 WHERE profile = ?1 AND seller = ?2 AND event = ?3",
            )?;
            for StatusRow { profile, key, label, at, .. } in all {
                let (seller, event) = (key.seller.as_str(), key.event.as_str());
                update.execute((profile.as_str(), seller, event, label, At(at)))?;
            }
            Ok(())
        })
        .await
}

/// A profile's search at an event.
pub async fn get(store: &Store, profile: &ProfileId, key: &EventKey) -> Result<Option<MonitorRow>> {
    let (profile, key) = (profile.clone(), key.clone());
    store.read(move |db| one(db, &profile, &key).optional()).await
}

pub(super) fn one(db: &Connection, profile: &ProfileId, key: &EventKey) -> rusqlite::Result<MonitorRow> {
    db.prepare_cached("SELECT * FROM monitors WHERE profile = ?1 AND seller = ?2 AND event = ?3")?
        .query_row((profile.as_str(), key.seller.as_str(), key.event.as_str()), monitor)
}

/// All searches, by profile and event.
pub async fn all(store: &Store) -> Result<Vec<MonitorRow>> {
    store
        .read(|db| {
            db.prepare_cached("SELECT * FROM monitors ORDER BY profile, seller, event")?
                .query_map([], monitor)?
                .collect()
        })
        .await
}

/// The searches of these profiles, those that should run first, then the latest.
pub async fn of_profiles(store: &Store, profiles: Vec<ProfileId>) -> Result<Vec<MonitorRow>> {
    store
        .read(move |db| {
            let mut select = db.prepare_cached(
                "SELECT * FROM monitors WHERE profile = ?1
                 ORDER BY desired = 'running' DESC, ifnull(status_at, waiting_since) DESC",
            )?;
            let mut rows = Vec::new();
            for profile in profiles {
                for row in select.query_map([profile.as_str()], monitor)? {
                    rows.push(row?);
                }
            }
            Ok(rows)
        })
        .await
}

/// What is wanted at an event by searches that should run: each wish once, so many at most.
pub async fn wishes_at(store: &Store, key: &EventKey, wishes_max: u32) -> Result<Vec<Configuration>> {
    let key = key.clone();
    store
        .read(move |db| {
            db.prepare_cached(
                "SELECT configuration FROM monitors WHERE seller = ?1 AND event = ?2 AND desired = 'running'
                 GROUP BY configuration ORDER BY min(profile) LIMIT ?3",
            )?
            .query_map((key.seller.as_str(), key.event.as_str(), wishes_max), |row| {
                row.get(0).map(|Json(configuration)| configuration)
            })?
            .collect()
        })
        .await
}

/// Searches by profile and event, from after `after` on.
pub async fn page(
    store: &Store,
    after: Option<(ProfileId, EventKey)>,
    rows_max: u32,
) -> Result<Vec<MonitorRow>> {
    store
        .read(move |db| {
            let mark = after.as_ref().map_or(("", "", ""), |(profile, key)| {
                (profile.as_str(), key.seller.as_str(), key.event.as_str())
            });
            db.prepare_cached(
                "SELECT * FROM monitors WHERE (profile, seller, event) > (?1, ?2, ?3)
                 ORDER BY profile, seller, event LIMIT ?4",
            )?
            .query_map((mark.0, mark.1, mark.2, rows_max), monitor)?
            .collect()
        })
        .await
}

/// Forgets a search; false when there was none.
pub async fn remove(store: &Store, profile: &ProfileId, key: &EventKey) -> Result<bool> {
    let (profile, key) = (profile.clone(), key.clone());
    store
        .write(move |db| {
            let removed = db.execute(
                "DELETE FROM monitors WHERE profile = ?1 AND seller = ?2 AND event = ?3",
                (profile.as_str(), key.seller.as_str(), key.event.as_str()),
            )?;
            Ok(removed == 1)
        })
        .await
}

/// Seals the keywords that an earlier version wrote in the clear, with what `seal` makes of each, and leaves nothing of
/// them in the file; returns how many there were.
pub async fn seal_keywords(
    store: &Store,
    seal: impl Fn(&ProfileId, &str) -> Sealed + Send + 'static,
) -> Result<usize> {
    let sealed = store
        .write(move |db| {
            let bare = bare_keywords(db)?;
            for (profile, seller, event, configuration) in &bare {
                let Text(owner): &Text<ProfileId> = profile;
                let Json(wish): &Json<Configuration> = configuration;
                let keyword = wish.keyword1.reveal().map(|keyword| seal(owner, keyword).0);
                db.execute(
                    "UPDATE monitors SET configuration = ?4, keyword = ?5
                     WHERE profile = ?1 AND seller = ?2 AND event = ?3",
                    (profile, seller, event, configuration, keyword),
                )?;
            }
            Ok(bare.len())
        })
        .await?;
    if sealed > 0 {
        store.empty_log().await?;
    }
    Ok(sealed)
}

pub(super) type BareKeyword = (Text<ProfileId>, String, String, Json<Configuration>);

pub(super) fn bare_keywords(db: &Connection) -> rusqlite::Result<Vec<BareKeyword>> {
    db.prepare(
        "SELECT profile, seller, event, configuration FROM monitors
         WHERE configuration ->> 'keyword1' <> ''",
    )?
    .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
    .collect()
}

fn word(desired: Desired) -> &'static str {
    match desired {
        Desired::Running => "running",
        Desired::Stopped => "stopped",
    }
}

fn monitor(row: &Row<'_>) -> rusqlite::Result<MonitorRow> {
    let Text(profile) = row.get("profile")?;
    let Text(seller) = row.get("seller")?;
    let Text(event) = row.get("event")?;
    let Text(event_url) = row.get("event_url")?;
    let Json(configuration) = row.get("configuration")?;
    let At(waiting_since) = row.get("waiting_since")?;
    let desired: String = row.get("desired")?;
    let label: Option<String> = row.get("status")?;
    let keyword: Option<Vec<u8>> = row.get("keyword")?;
    Ok(MonitorRow {
        profile,
        key: EventKey { seller, event },
        event_url,
        configuration,
        keyword: keyword.map(Sealed),
        desired: if desired == word(Desired::Running) { Desired::Running } else { Desired::Stopped },
        waiting_since,
        status: label.zip(time(row, "status_at")?).map(|(label, at)| LastStatus { label, at }),
    })
}

#[cfg(test)]
mod tests {
    use ticketfall_core::ids::EventId;

    use super::*;
    use crate::store::profiles;
    use crate::store::tests::{ada, at, key, with_ada};

    fn search() -> MonitorRow {
        MonitorRow {
            profile: ada().id,
            key: key(),
            event_url: "https://northend.example/EDP/Event/Index/501".parse().unwrap(),
            configuration: Configuration::default(),
            keyword: Some(Sealed(vec![1, 2, 3])),
            desired: Desired::Running,
            waiting_since: at(1),
            status: None,
        }
    }

    #[tokio::test]
    async fn a_search_comes_back_as_it_went_in() {
        let store = with_ada().await;
        let status = Some(LastStatus { label: "SearchingTickets".to_owned(), at: at(2) });
        put(&store, MonitorRow { status: status.clone(), ..search() }).await.unwrap();
        let found = get(&store, &ada().id, &key()).await.unwrap();
        assert_eq!(all(&store).await.unwrap(), [MonitorRow { status, ..search() }]);
        assert_eq!(found.as_slice(), all(&store).await.unwrap());
    }

    #[tokio::test]
    async fn a_changed_wish_keeps_the_place_in_line() {
        let store = with_ada().await;
        put(&store, search()).await.unwrap();
        let queued =
            StatusRow { profile: ada().id, key: key(), label: "Queue".to_owned(), reason: None, at: at(3) };
        tell(&store, &[queued]).await.unwrap();
        let wish = Configuration { together: false, ..Configuration::default() };
        put(&store, MonitorRow { configuration: wish.clone(), waiting_since: at(5), ..search() })
            .await
            .unwrap();
        let status = Some(LastStatus { label: "Queue".to_owned(), at: at(3) });
        assert_eq!(all(&store).await.unwrap(), [MonitorRow { configuration: wish, status, ..search() }]);
    }

    #[tokio::test]
    async fn only_a_wish_that_is_another_now_has_searches_read_theirs_again() {
        let store = with_ada().await;
        let changes = async |row: MonitorRow| {
            let before = store.rewished();
            put(&store, row).await.unwrap();
            store.rewished() - before
        };
        assert_eq!(changes(search()).await, 0);
        assert_eq!(changes(MonitorRow { desired: Desired::Stopped, ..search() }).await, 0);
        let wish = Configuration { together: false, ..Configuration::default() };
        assert_eq!(changes(MonitorRow { configuration: wish, ..search() }).await, 1);
        assert_eq!(changes(MonitorRow { keyword: Some(Sealed(vec![4])), ..search() }).await, 1);
    }

    #[tokio::test]
    async fn a_search_that_got_its_seats_waits_anew() {
        let store = with_ada().await;
        put(&store, search()).await.unwrap();
        wait_anew(&store, &ada().id, &key(), at(8)).await.unwrap();
        assert_eq!(all(&store).await.unwrap(), [MonitorRow { waiting_since: at(8), ..search() }]);
    }

    #[tokio::test]
    async fn a_stopped_search_stays_stopped() {
        let store = with_ada().await;
        put(&store, search()).await.unwrap();
        assert!(desire(&store, &ada().id, &key(), Desired::Stopped).await.unwrap());
        assert_eq!(all(&store).await.unwrap(), [MonitorRow { desired: Desired::Stopped, ..search() }]);
        assert!(remove(&store, &ada().id, &key()).await.unwrap());
        assert!(!desire(&store, &ada().id, &key(), Desired::Running).await.unwrap());
    }

    #[tokio::test]
    async fn a_keyword_that_lay_in_the_clear_is_sealed_and_gone_from_every_file() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path(), at(0)).await.unwrap();
        profiles::add(&store, ada()).await.unwrap();
        put(&store, MonitorRow { keyword: None, ..search() }).await.unwrap();
        let bare = "UPDATE monitors SET configuration = json_set(configuration, '$.keyword1', 'open-sesame')";
        store.write(|db| db.execute(bare, [])).await.unwrap();
        let seal = |profile: &ProfileId, keyword: &str| {
            assert_eq!((profile, keyword), (&ada().id, "open-sesame"));
            Sealed(vec![1, 2, 3])
        };
        assert_eq!(seal_keywords(&store, seal).await.unwrap(), 1);
        assert_eq!(all(&store).await.unwrap(), [search()]);
        for entry in std::fs::read_dir(home.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains("open-sesame"));
        }
        assert_eq!(seal_keywords(&store, seal).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn of_a_profiles_searches_the_one_that_should_run_comes_first_and_then_the_latest() {
        let store = with_ada().await;
        let at_event = |event: &str| EventKey { event: EventId::new(event).unwrap(), ..key() };
        let stopped = MonitorRow { desired: Desired::Stopped, ..search() };
        for (event, since, row) in [("1", 1, &stopped), ("2", 9, &stopped), ("3", 5, &search())] {
            let row = MonitorRow { key: at_event(event), waiting_since: at(since), ..row.clone() };
            put(&store, row).await.unwrap();
        }
        let found = of_profiles(&store, vec![ada().id, ProfileId::new("ben").unwrap()]).await.unwrap();
        let events: Vec<&str> = found.iter().map(|row| row.key.event.as_str()).collect();
        assert_eq!(events, ["3", "2", "1"]);
    }

    #[tokio::test]
    async fn what_is_wanted_at_an_event_is_told_once_a_wish_and_not_by_who_stopped() {
        let store = with_ada().await;
        let apart = Configuration { together: false, ..Configuration::default() };
        let everybody = [
            ("ben", Desired::Running, Configuration::default()),
            ("chloe", Desired::Running, Configuration::default()),
            ("dev", Desired::Running, apart.clone()),
            (
                "esi",
                Desired::Stopped,
                Configuration { rows: vec!["F".to_owned()], ..Configuration::default() },
            ),
        ];
        for (name, desired, configuration) in everybody {
            let profile = ProfileId::new(name).unwrap();
            profiles::add(&store, profiles::Profile { id: profile.clone(), ..ada() }).await.unwrap();
            put(&store, MonitorRow { profile, configuration, desired, ..search() }).await.unwrap();
        }
        let wanted = [Configuration::default(), apart];
        assert_eq!(wishes_at(&store, &key(), 9).await.unwrap(), wanted);
        assert_eq!(wishes_at(&store, &key(), 1).await.unwrap(), wanted[..1]);
        let elsewhere = EventKey { event: EventId::new("9").unwrap(), ..key() };
        assert_eq!(wishes_at(&store, &elsewhere, 9).await.unwrap(), []);
    }
}
