//! The store as the service uses it: many at once, and after the power went.

use std::path::Path;

use jiff::Timestamp;
use tempfile::TempDir;
use ticketfall::store::Store;
use ticketfall::store::holds::{self, AskedHold, HoldState};
use ticketfall::store::notes::{self, Note};
use ticketfall::store::profiles::{self, BrowserChoice, Profile};
use ticketfall_core::ids::{AreaId, EventId, EventKey, ProfileId, SellerId};
use ticketfall_core::offer::{Market, Part, PartSeats, SeatGroup};
use ticketfall_core::price::{Currency, Price};
use tokio::task::JoinSet;

const NOW: Timestamp = Timestamp::constant(1_795_000_000, 0);

fn ada() -> ProfileId {
    ProfileId::new("ada").unwrap()
}

async fn with_ada(directory: &Path) -> Store {
    let store = Store::open(directory, NOW).await.unwrap();
    let profile = Profile {
        id: ada(),
        label: "Ada".to_owned(),
        browser: BrowserChoice::None,
        proxy: None,
        seats_max: None,
        cost_max: None,
        created_at: NOW,
    };
    profiles::add(&store, profile).await.unwrap();
    store
}

fn two_seats() -> AskedHold {
    let part = Part {
        area: AreaId::new("1234").unwrap(),
        area_name: None,
        market: Market::Exchange,
        band: None,
        class: None,
        price: Price::new(6_100, Currency::GBP),
        seats: PartSeats::Any(2),
    };
    let key = EventKey { seller: SellerId::new("northend").unwrap(), event: EventId::new("501").unwrap() };
    AskedHold { profile: ada(), key, group: SeatGroup { parts: vec![part] }, at: NOW }
}

/// Copies what is on the disk at this instant, as a power cut would leave it.
fn crash(from: &TempDir) -> TempDir {
    let to = TempDir::new().unwrap();
    for name in ["ticketfall.db", "ticketfall.db-wal"] {
        std::fs::copy(from.path().join(name), to.path().join(name)).unwrap();
    }
    to
}

#[tokio::test]
async fn a_hold_on_its_way_is_known_after_a_crash() {
    let home = TempDir::new().unwrap();
    let store = with_ada(home.path()).await;
    let id = holds::asked(&store, two_seats()).await.unwrap();

    let after = crash(&home);
    let restarted = Store::open(after.path(), NOW).await.unwrap();
    let open = holds::open_for(&restarted, &ada()).await.unwrap();
    assert_eq!(open.iter().map(|hold| (hold.id, &hold.state)).collect::<Vec<_>>(), [(id, &HoldState::Asked)]);
    assert_eq!(restarted.set_aside(), None);
}

#[tokio::test]
async fn a_released_hold_stays_released_after_a_crash() {
    let home = TempDir::new().unwrap();
    let store = with_ada(home.path()).await;
    let id = holds::asked(&store, two_seats()).await.unwrap();
    holds::settled(&store, id, HoldState::Released, NOW).await.unwrap();

    let after = crash(&home);
    let restarted = Store::open(after.path(), NOW).await.unwrap();
    assert_eq!(holds::open_for(&restarted, &ada()).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_write_at_once() {
    let home = TempDir::new().unwrap();
    let store = with_ada(home.path()).await;
    let mut writers = JoinSet::new();
    for number in 0..40 {
        let store = store.clone();
        writers.spawn(async move {
            let note = Note { profile: ada(), kind: "fall".to_owned(), text: number.to_string(), at: NOW };
            notes::keep(&store, note).await.unwrap();
            holds::asked(&store, two_seats()).await.unwrap();
        });
    }
    writers.join_all().await;
    assert_eq!(notes::recent(&store, &ada(), 100).await.unwrap().len(), 40);
    assert_eq!(holds::open_for(&store, &ada()).await.unwrap().len(), 40);
}
