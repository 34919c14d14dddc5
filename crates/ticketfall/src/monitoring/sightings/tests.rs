//! What is kept of what comes while nothing can be written.

use ticketfall_core::fall::FallId;
use ticketfall_core::ids::{AreaId, EventId, ProfileId, SellerId};
use ticketfall_core::offer::{Market, PartSeats};

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn key() -> WatchKey {
    let event = EventKey { seller: SellerId::new("northend").unwrap(), event: EventId::new("501").unwrap() };
    WatchKey { event, eye: Eye::Everybody }
}

fn fall(number: u64, last_seen: i64) -> Fall {
    Fall {
        id: FallId(number),
        area: AreaId::new("1234").unwrap(),
        area_name: None,
        market: Market::Exchange,
        band: None,
        price: None,
        seats: PartSeats::Any(1),
        first_seen: at(1),
        last_seen: at(last_seen),
        gone_at: None,
    }
}

fn count(minute: i64, outcome: &str) -> ReadingCount {
    let blind = Duration::from_secs(1);
    ReadingCount { key: key().event, minute: at(minute * 60), outcome: outcome.to_owned(), looks: 2, blind }
}

fn sightings(store: &Store) -> (Arc<Sightings>, TaskTracker) {
    let tasks = TaskTracker::new();
    let clock = Clock::starting_at(at(0));
    (Sightings::new(store.clone(), clock, tasks.clone(), CancellationToken::new()), tasks)
}

#[test]
fn of_a_fall_that_was_told_often_one_word_is_left_that_says_all() {
    let mut lane = Lane::new(at(0));
    let alone = Eye::Alone(ProfileId::new("ada").unwrap());
    lane.tell(&Eye::Everybody, fall(1, 2));
    lane.still(&alone, fall(1, 8));
    lane.tell(&Eye::Everybody, Fall { gone_at: Some(at(9)), ..fall(1, 5) });
    lane.still(&Eye::Everybody, fall(1, 4));
    let told: Vec<_> = lane.falls().collect();
    assert_eq!(told, [(alone, Fall { gone_at: Some(at(9)), ..fall(1, 8) })]);
    assert_eq!((lane.news(), lane.records()), (1, 1));
}

#[test]
fn looks_are_counted_however_long_nothing_is_written_and_ever_more_coarsely() {
    let mut lane = Lane::new(at(0));
    for minute in 0..10_000 {
        lane.count(count(minute, "seats"));
        lane.count(count(minute, "unknown"));
    }
    let counts = lane.counts();
    assert!(counts.len() < 600, "{} are kept", counts.len());
    assert_eq!(counts.iter().map(|count| count.looks).sum::<u32>(), 40_000);
    assert_eq!(counts.iter().map(|count| count.blind).sum::<Duration>(), Duration::from_secs(20_000));
}

#[tokio::test(start_paused = true)]
async fn what_fell_fills_the_room_and_what_is_only_seen_again_does_not() {
    let store = Store::in_memory().unwrap();
    let (sightings, tasks) = sightings(&store);
    let held_up = store.hold_up().await;
    let all = |numbers: std::ops::Range<u64>| numbers.map(|number| fall(number, 2)).collect::<Vec<_>>();
    let most = lane::NEWS_MAX as u64;
    sightings.still(&key(), all(0..2 * most), vec![]);
    assert!(sightings.has_room(&key().event), "what is on record already is not lost");
    tokio::task::yield_now().await;
    sightings.tell(&key(), all(0..most - 1));
    assert!(sightings.has_room(&key().event) && !sightings.unwritten().is_full);
    sightings.tell(&key(), all(most..most + 1));
    assert!(!sightings.has_room(&key().event) && sightings.unwritten().is_full);
    drop(held_up);
    tasks.close();
    tasks.wait().await;
    assert_eq!(sightings.unwritten(), Unwritten::default());
    assert_eq!(falls::on_sale(&store, &key().event).await.unwrap().len(), 2 * lane::NEWS_MAX);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_is_tried_again_and_told_to_whoever_asks() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), at(0)).await.unwrap();
    let (sightings, tasks) = sightings(&store);
    let other = rusqlite::Connection::open(store.path()).unwrap();
    let shut = "CREATE TRIGGER shut BEFORE INSERT ON falls BEGIN SELECT RAISE(ABORT, 'shut'); END";
    other.execute_batch(shut).unwrap();
    sightings.tell(&key(), vec![fall(1, 2)]);
    sightings.still(&key(), vec![], vec![count(1, "seats")]);
    tokio::time::sleep(Duration::from_secs(30)).await;
    sightings.tell(&key(), vec![fall(2, 3)]);
    let unwritten = sightings.unwritten();
    assert_eq!((unwritten.records, unwritten.since), (3, Some(at(0))));
    assert!(unwritten.failed.is_some());
    assert_eq!(sightings.of(&key().event).len(), 2);
    other.execute_batch("DROP TRIGGER shut").unwrap();
    tasks.close();
    tasks.wait().await;
    assert_eq!(sightings.unwritten(), Unwritten::default());
    assert_eq!(falls::on_sale(&store, &key().event).await.unwrap(), [fall(1, 2), fall(2, 3)]);
    let counted = readings::since(&store, &key().event, at(0)).await.unwrap();
    assert_eq!(counted.iter().map(|count| count.looks).collect::<Vec<_>>(), [2], "counts are added once");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_of_one_event_keeps_nobody_elses_back() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), at(0)).await.unwrap();
    let (sightings, _tasks) = sightings(&store);
    let other = rusqlite::Connection::open(store.path()).unwrap();
    let shut = "CREATE TRIGGER shut BEFORE INSERT ON falls WHEN new.event = '501' BEGIN SELECT RAISE(ABORT, 'shut'); END";
    other.execute_batch(shut).unwrap();
    let elsewhere = EventKey { event: EventId::new("502").unwrap(), ..key().event };
    sightings.tell(&key(), vec![fall(1, 2)]);
    sightings.tell(&WatchKey { event: elsewhere.clone(), ..key() }, vec![fall(1, 2)]);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(falls::on_sale(&store, &elsewhere).await.unwrap(), [fall(1, 2)]);
    assert_eq!(sightings.unwritten().records, 1);
    assert!(sightings.unwritten().failed.is_some(), "one event that is well does not hide it");
}
