//! What goes with age and number, and what stays whatever its age.

use jiff::SignedDuration;
use ticketfall_core::configuration::Configuration;
use ticketfall_core::eye::Eye;
use ticketfall_core::fall::Fall;
use ticketfall_core::ids::{EventId, EventKey};

use super::*;
use crate::store::exchanges::{self, Exchange};
use crate::store::falls::{self, FallQuery};
use crate::store::holds::{self, AskedHold, HoldState};
use crate::store::monitors::{self, Desired, LastStatus, MonitorRow};
use crate::store::notes::{self, Note};
use crate::store::statuses::{self, StatusRow};
use crate::store::tests::{ada, at, key, with_ada};
use crate::store::{events, falls::tests::pair};

const LONG_AGO: i64 = -1_000_000;

fn said(second: i64) -> Note {
    Note { profile: ada().id, kind: "refused".to_owned(), text: second.to_string(), at: at(second) }
}

async fn times_of_notes(store: &Store) -> Vec<Timestamp> {
    notes::recent(store, &ada().id, 100).await.unwrap().iter().map(|note| note.at).collect()
}

fn exchanged(hold: Option<holds::HoldId>) -> Exchange {
    Exchange { hold, at: at(LONG_AGO), ..exchanges::tests::refusal(0) }
}

async fn hold(store: &Store, state: HoldState) -> holds::HoldId {
    let asked = AskedHold { at: at(LONG_AGO), ..holds::tests::two_seats(&ada().id, &key()) };
    let id = holds::asked(store, asked).await.unwrap();
    holds::settled(store, id, state, at(LONG_AGO)).await.unwrap();
    id
}

fn search(event: &str, second: i64, desired: Desired) -> MonitorRow {
    MonitorRow {
        profile: ada().id,
        key: EventKey { event: EventId::new(event).unwrap(), ..key() },
        event_url: "https://northend.example/EDP/Event/Index/501".parse().unwrap(),
        configuration: Configuration::default(),
        keyword: None,
        desired,
        waiting_since: at(second),
        status: Some(LastStatus { label: "Stopped".to_owned(), at: at(second) }),
    }
}

#[tokio::test]
async fn a_story_is_forgotten_by_age() {
    let store = with_ada().await;
    for second in [LONG_AGO, -5, 5] {
        notes::keep(&store, said(second)).await.unwrap();
        let (profile, key) = (ada().id, key());
        let row = StatusRow { profile, key, label: "Queue".to_owned(), reason: None, at: at(second) };
        statuses::keep(&store, vec![row]).await.unwrap();
    }
    assert_eq!(forget_stories(&store, at(0), 100).await.unwrap(), 4);
    assert_eq!(times_of_notes(&store).await, [at(5)]);
    assert_eq!(forget_stories(&store, at(6), 100).await.unwrap(), 2, "also when all of it is old");
}

#[tokio::test]
async fn a_story_of_too_many_lines_loses_its_beginning() {
    let store = with_ada().await;
    for second in 0..i64::from(TURN) / 2 {
        notes::keep(&store, said(second)).await.unwrap();
    }
    forget_stories(&store, at(0), 3).await.unwrap();
    assert_eq!(times_of_notes(&store).await, [at(999), at(998), at(997)]);
}

#[tokio::test]
async fn what_a_hold_may_still_need_stays_whatever_its_age() {
    let store = with_ada().await;
    let open = hold(&store, HoldState::Unknown { reason: "timeout".to_owned() }).await;
    let over = hold(&store, HoldState::Refused { reason: "taken".to_owned() }).await;
    for whose in [Some(open), Some(over), None] {
        exchanges::keep(&store, vec![exchanged(whose)]).await.unwrap();
    }
    assert_eq!(forget_stories(&store, at(0), 0).await.unwrap(), 2);
    assert_eq!(exchanges::of_hold(&store, open).await.unwrap().len(), 1);
    assert_eq!(forget_seasons(&store, at(0)).await.unwrap(), 1);
    assert!(holds::get(&store, open).await.unwrap().is_some());
    assert_eq!(holds::get(&store, over).await.unwrap(), None);
}

#[tokio::test]
async fn a_hold_that_changed_lately_stays_with_its_exchanges() {
    let store = with_ada().await;
    let id = hold(&store, HoldState::Released).await;
    holds::settled(&store, id, HoldState::Gone, at(1)).await.unwrap();
    assert_eq!(forget_seasons(&store, at(0)).await.unwrap(), 0);
}

#[tokio::test]
async fn falls_go_with_age_but_for_those_on_sale_where_somebody_looks() {
    let store = with_ada().await;
    let url = "https://northend.example/EDP/Event/Index/501".parse().unwrap();
    events::seen(&store, &key(), &url, None, at(1)).await.unwrap();
    let gone = Fall { gone_at: Some(at(LONG_AGO + 9)), ..pair(1, LONG_AGO) };
    falls::keep(&store, &key(), &Eye::Everybody, vec![gone, pair(2, LONG_AGO), pair(3, 1)]).await.unwrap();
    assert_eq!(forget_seasons(&store, at(0)).await.unwrap(), 1);
    let (since, until) = (Timestamp::MIN, Timestamp::MAX);
    let all = FallQuery { seller: None, event: None, since, until, rows_max: 10 };
    let left: Vec<u64> = falls::query(&store, all).await.unwrap().iter().map(|row| row.fall.id.0).collect();
    assert_eq!(left, [3, 2]);
    let later = at(1) + SignedDuration::from_secs(9);
    assert_eq!(forget_seasons(&store, later).await.unwrap(), 3, "two falls, then their event");
    assert_eq!(events::all(&store).await.unwrap(), []);
}

#[tokio::test]
async fn old_searches_go_but_for_a_members_last_and_those_that_run() {
    let store = with_ada().await;
    let running = search("1", LONG_AGO, Desired::Running);
    let old = search("2", LONG_AGO + 1, Desired::Stopped);
    let last = search("3", LONG_AGO + 2, Desired::Stopped);
    for row in [&running, &old, &last] {
        monitors::put(&store, row.clone()).await.unwrap();
    }
    assert_eq!(forget_seasons(&store, at(0)).await.unwrap(), 1);
    assert_eq!(monitors::all(&store).await.unwrap(), [running, last]);
}
