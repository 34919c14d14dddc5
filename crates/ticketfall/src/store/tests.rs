//! The store as a whole: new, shared, damaged, too new, full; and what the tables' tests start from.

use std::os::unix::fs::PermissionsExt as _;

use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use ticketfall_core::eye::Eye;
use ticketfall_core::ids::{EventId, EventKey, ProfileId, SellerId};

use super::profiles::{BrowserChoice, Profile};
use super::*;

pub(super) fn at(second: i64) -> Timestamp {
    let kick_off: Timestamp = "2026-11-28T15:00:00Z".parse().unwrap();
    kick_off + SignedDuration::from_secs(second)
}

pub(super) fn key() -> EventKey {
    EventKey { seller: SellerId::new("northend").unwrap(), event: EventId::new("501").unwrap() }
}

pub(super) fn ada() -> Profile {
    Profile {
        id: ProfileId::new("ada").unwrap(),
        label: "Ada".to_owned(),
        browser: BrowserChoice::Local,
        proxy: None,
        seats_max: None,
        cost_max: None,
        created_at: at(0),
    }
}

pub(super) fn scratch() -> Store {
    Store::in_memory().unwrap()
}

pub(super) async fn with_ada() -> Store {
    let store = scratch();
    profiles::add(&store, ada()).await.unwrap();
    store
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn refusal(directory: &Path) -> String {
    Store::open(directory, at(0))
        .await
        .unwrap_err()
        .to_string()
        .replace(&directory.display().to_string(), "HOME")
}

#[test]
fn the_migrations_are_sound() {
    opening::MIGRATIONS.validate().unwrap();
}

#[tokio::test]
async fn a_call_that_waits_for_its_turn_is_counted() {
    let store = scratch();
    let turn = store.0.quick.clone().lock_owned().await;
    let reading = profiles::all(&store);
    tokio::pin!(reading);
    assert_eq!((reading.as_mut().now_or_never().is_none(), store.waiting()), (true, 1));
    drop(turn);
    reading.await.unwrap();
    assert_eq!(store.waiting(), 0);
}

#[tokio::test]
async fn what_is_written_is_there_after_a_restart() {
    let home = home();
    let store = Store::open(home.path(), at(0)).await.unwrap();
    profiles::add(&store, ada()).await.unwrap();
    drop(store);
    let store = Store::open(home.path(), at(1)).await.unwrap();
    assert_eq!(profiles::all(&store).await.unwrap(), [ada()]);
    assert_eq!(store.set_aside(), None);
}

#[tokio::test]
async fn only_the_owner_can_read_what_is_kept() {
    let home = home();
    let directory = home.path().join("new").join("ticketfall");
    let store = Store::open(&directory, at(0)).await.unwrap();
    assert_eq!(mode(&directory), 0o700);
    for name in ["ticketfall.db", "ticketfall.db-wal", "ticketfall.db-shm", "ticketfall.lock"] {
        assert_eq!(mode(&directory.join(name)), 0o600, "{name}");
    }
    drop(store);
}

#[tokio::test]
async fn a_second_writer_is_refused_and_a_reader_is_not() {
    let home = home();
    let store = Store::open(home.path(), at(0)).await.unwrap();
    assert_eq!(refusal(home.path()).await, "open HOME/ticketfall.db: another Ticketfall is using it");
    profiles::add(&store, ada()).await.unwrap();
    let reader = Store::open_to_read(home.path()).await.unwrap();
    assert_eq!(profiles::all(&reader).await.unwrap(), [ada()]);
    assert!(matches!(profiles::add(&reader, ada()).await, Err(Error::ReadOnly(_))));
    drop(store);
    Store::open(home.path(), at(0)).await.unwrap();
}

#[tokio::test]
async fn a_reader_makes_no_database() {
    let home = home();
    assert!(matches!(Store::open_to_read(home.path()).await, Err(Error::Absent(_))));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_damaged_database_is_kept_and_a_new_one_begun() {
    let home = home();
    let damaged = b"this was a database once".repeat(100);
    std::fs::write(home.path().join("ticketfall.db"), &damaged).unwrap();
    let store = Store::open(home.path(), at(0)).await.unwrap();
    let aside = store.set_aside().unwrap();
    assert!(aside.ends_with("ticketfall.db.corrupt-20261128T150000Z"), "{aside:?}");
    assert_eq!(std::fs::read(aside).unwrap(), damaged);
    assert!(profiles::add(&store, ada()).await.unwrap());
}

async fn is_set_aside_after(damage: impl FnOnce(&mut Vec<u8>)) -> bool {
    let home = home();
    let path = home.path().join("ticketfall.db");
    let store = Store::open(home.path(), at(0)).await.unwrap();
    profiles::add(&store, ada()).await.unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    damage(&mut bytes);
    std::fs::write(&path, bytes).unwrap();
    Store::open(home.path(), at(0)).await.unwrap().set_aside().is_some()
}

#[tokio::test]
async fn damage_inside_is_found_when_it_is_opened() {
    const PAGE_BYTES: usize = 4096;
    const FREE_PAGES: usize = 39;
    assert!(!is_set_aside_after(|_| {}).await);
    assert!(is_set_aside_after(|bytes| bytes[PAGE_BYTES..].fill(0xff)).await);
    assert!(is_set_aside_after(|bytes| bytes[FREE_PAGES] = 3).await);
}

#[tokio::test]
async fn a_database_of_a_newer_ticketfall_is_left_alone() {
    let home = home();
    let store = Store::open(home.path(), at(0)).await.unwrap();
    store.write(|db| db.pragma_update(None, "user_version", 1_000)).await.unwrap();
    drop(store);
    assert_eq!(refusal(home.path()).await, "open HOME/ticketfall.db: a newer Ticketfall wrote it");
    assert!(matches!(Store::open_to_read(home.path()).await, Err(Error::Newer(_))));
}

#[tokio::test]
async fn a_reader_does_not_bring_an_old_database_up_to_date() {
    let home = home();
    drop(Connection::open(home.path().join("ticketfall.db")).unwrap());
    assert!(matches!(Store::open_to_read(home.path()).await, Err(Error::Older(_))));
}

#[tokio::test]
async fn a_full_disk_is_told_apart_and_leaves_nothing_half_written() {
    let home = home();
    let store = Store::open(home.path(), at(0)).await.unwrap();
    store.read(|db| db.pragma_update(None, "max_page_count", 1)).await.unwrap();
    let many = (0..200).map(|number| falls::tests::pair(number, 0)).collect();
    let full = falls::keep(&store, &key(), &Eye::Everybody, many).await;
    assert!(matches!(full, Err(Error::Full(_))), "{full:?}");
    assert_eq!(falls::on_sale(&store, &key()).await.unwrap(), []);
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_read_only() {
    let error = Store::open(Path::new("/sys/ticketfall"), at(0)).await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly(_)), "{error:?}");
}

#[tokio::test]
async fn a_row_that_cannot_be_understood_is_an_error() {
    let store = with_ada().await;
    store.write(|db| db.execute("UPDATE profiles SET browser = 'half a {'", [])).await.unwrap();
    assert!(matches!(profiles::all(&store).await, Err(Error::Sqlite { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_stands_still_while_the_store_writes() {
    let home = home();
    let clock = crate::clock::Clock::starting_at(at(0));
    let store = Store::open(home.path(), at(0)).await.unwrap();
    let alarm = clock.sleep_until(at(3_600));
    let work = async {
        profiles::add(&store, ada()).await.unwrap();
        clock.now()
    };
    tokio::select! {
        biased;
        done = work => assert_eq!(done, at(0)),
        () = alarm => panic!("the hour passed while the store wrote"),
    }
}
