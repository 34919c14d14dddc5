//! Matches and shows that were looked at, and what is known of their venues.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, named_params};
use serde::{Deserialize, Serialize};
use ticketfall_core::ids::{AreaId, EventKey};
use ticketfall_core::plan::{AreaPlan, Plan};
use url::Url;

use super::columns::{At, Json, Text, time};
use super::{Result, Store};

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Which.
    pub key: EventKey,
    /// What its seller calls it, where that is known.
    pub name: Option<String>,
    /// The match page.
    pub url: Url,
    /// Its venue's plan, where that is known.
    pub plan: Option<Plan>,
    /// When it begins, where that is known.
    pub begins_at: Option<Timestamp>,
    /// When it was first looked at.
    pub first_seen: Timestamp,
    /// When it was last looked at.
    pub last_seen: Timestamp,
}

/// What a match page says of its event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'p> {
    /// What it is called.
    pub name: Option<&'p str>,
    /// When it begins.
    pub begins_at: Option<Timestamp>,
}

/// A plan as it is kept.
#[derive(Serialize, Deserialize)]
struct PlanRow(BTreeMap<AreaId, AreaRow>);

#[derive(Serialize, Deserialize)]
struct AreaRow {
    name: Option<Arc<str>>,
    rows: BTreeMap<i32, Arc<str>>,
    seats: BTreeMap<i32, Arc<str>>,
}

/// Notes that an event was looked at; a name that is known stays known.
pub async fn seen(
    store: &Store,
    key: &EventKey,
    url: &Url,
    name: Option<String>,
    at: Timestamp,
) -> Result<()> {
    let (key, url) = (key.clone(), url.clone());
    store
        .write_quick(move |db| {
            db.execute(
                "INSERT INTO events (seller, event, name, url, first_seen, last_seen)
                 VALUES (:seller, :event, :name, :url, :at, :at)
                 ON CONFLICT (seller, event) DO UPDATE
                 SET name = ifnull(excluded.name, name), url = excluded.url, last_seen = excluded.last_seen",
                named_params! {
                    ":seller": key.seller.as_str(), ":event": key.event.as_str(), ":name": name,
                    ":url": url.as_str(), ":at": At(at),
                },
            )?;
            Ok(())
        })
        .await
}

/// Keeps the plan of an event that was looked at, and what its page told; what it did not tell stays as it is known.
pub async fn know(store: &Store, key: &EventKey, told: Told<'_>, plan: &Plan) -> Result<()> {
    let (key, name, plan) = (key.clone(), told.name.map(str::to_owned), PlanRow::from(plan));
    let begins_at = told.begins_at.map(At);
    store
        .write_quick(move |db| {
            db.execute(
                "UPDATE events SET plan = ?3, name = ifnull(?4, name), begins_at = ifnull(?5, begins_at)
                 WHERE seller = ?1 AND event = ?2",
                (key.seller.as_str(), key.event.as_str(), Json(plan), name, begins_at),
            )?;
            Ok(())
        })
        .await
}

/// The event of that key.
pub async fn get(store: &Store, key: &EventKey) -> Result<Option<EventRow>> {
    let key = key.clone();
    store
        .read(move |db| {
            db.query_row(
                "SELECT * FROM events WHERE seller = ?1 AND event = ?2",
                [key.seller.as_str(), key.event.as_str()],
                event,
            )
            .optional()
        })
        .await
}

/// All events, the last one looked at first.
pub async fn all(store: &Store) -> Result<Vec<EventRow>> {
    store
        .read(|db| {
            db.prepare_cached("SELECT * FROM events ORDER BY last_seen DESC, seller, event")?
                .query_map([], event)?
                .collect()
        })
        .await
}

fn event(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    let Text(seller) = row.get("seller")?;
    let Text(event) = row.get("event")?;
    let Text(url) = row.get("url")?;
    let plan: Option<Json<PlanRow>> = row.get("plan")?;
    let At(first_seen) = row.get("first_seen")?;
    let At(last_seen) = row.get("last_seen")?;
    let key = EventKey { seller, event };
    let plan = plan.map(|Json(plan)| plan.into());
    let (name, begins_at) = (row.get("name")?, time(row, "begins_at")?);
    Ok(EventRow { key, name, url, plan, begins_at, first_seen, last_seen })
}

impl From<&Plan> for PlanRow {
    fn from(plan: &Plan) -> Self {
        let kept = |area: &AreaPlan| AreaRow {
            name: area.name.clone(),
            rows: area.rows.clone(),
            seats: area.seats.clone(),
        };
        Self(plan.areas.iter().map(|(id, area)| (id.clone(), kept(area))).collect())
    }
}

impl From<PlanRow> for Plan {
    fn from(PlanRow(areas): PlanRow) -> Self {
        let plan = |AreaRow { name, rows, seats }| AreaPlan { name, rows, seats };
        Self { areas: areas.into_iter().map(|(id, area)| (id, plan(area))).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{at, key, scratch};

    fn url() -> Url {
        "https://northend.example/EDP/Event/Index/501".parse().unwrap()
    }

    fn plan() -> Plan {
        let area = AreaPlan {
            name: Some("East Lower 5".into()),
            rows: BTreeMap::from([(7, "F".into())]),
            seats: BTreeMap::from([(120, "22".into()), (121, "23".into())]),
        };
        Plan { areas: BTreeMap::from([(AreaId::new("1234").unwrap(), area)]) }
    }

    #[tokio::test]
    async fn an_event_comes_back_as_it_went_in() {
        let store = scratch();
        seen(&store, &key(), &url(), Some("Northend v Rovers".to_owned()), at(1)).await.unwrap();
        know(&store, &key(), Told::default(), &plan()).await.unwrap();
        let expected = EventRow {
            key: key(),
            name: Some("Northend v Rovers".to_owned()),
            url: url(),
            plan: Some(plan()),
            begins_at: None,
            first_seen: at(1),
            last_seen: at(1),
        };
        assert_eq!(all(&store).await.unwrap(), [expected]);
    }

    #[tokio::test]
    async fn what_a_page_tells_later_is_known_from_then_on() {
        let store = scratch();
        let told = Told { name: Some("Northend v Rovers"), begins_at: Some(at(900)) };
        seen(&store, &key(), &url(), None, at(1)).await.unwrap();
        know(&store, &key(), told, &plan()).await.unwrap();
        know(&store, &key(), Told::default(), &plan()).await.unwrap();
        let event = get(&store, &key()).await.unwrap().unwrap();
        assert_eq!((event.name.as_deref(), event.begins_at), (told.name, told.begins_at));
    }

    #[tokio::test]
    async fn a_match_that_is_put_off_begins_later() {
        let store = scratch();
        seen(&store, &key(), &url(), None, at(1)).await.unwrap();
        for second in [900, 1_800] {
            let told = Told { name: None, begins_at: Some(at(second)) };
            know(&store, &key(), told, &plan()).await.unwrap();
        }
        assert_eq!(get(&store, &key()).await.unwrap().unwrap().begins_at, Some(at(1_800)));
    }

    #[tokio::test]
    async fn a_look_that_tells_no_name_forgets_neither_name_nor_plan() {
        let store = scratch();
        seen(&store, &key(), &url(), Some("Northend v Rovers".to_owned()), at(1)).await.unwrap();
        know(&store, &key(), Told::default(), &plan()).await.unwrap();
        seen(&store, &key(), &url(), None, at(5)).await.unwrap();
        let event = get(&store, &key()).await.unwrap().unwrap();
        assert_eq!(event.name.as_deref(), Some("Northend v Rovers"));
        assert_eq!(event.plan, Some(plan()));
        assert_eq!((event.first_seen, event.last_seen), (at(1), at(5)));
    }
}
