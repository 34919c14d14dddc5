//! Backups of a store that is written, and restoring against damage, other versions and ill will.

use std::os::unix::fs::PermissionsExt as _;

use rusqlite::Connection;
use tempfile::TempDir;

use super::super::opening::DATABASE;
use super::super::profiles::{self, Profile, Sealed};
use super::super::sessions::{self, KeptSession};
use super::super::tests::{ada, at};
use super::*;

fn home() -> TempDir {
    TempDir::new().unwrap()
}

async fn open(home: &TempDir) -> Store {
    Store::open(home.path(), at(0)).await.unwrap()
}

/// A store with a member and a session, and a backup of it.
async fn backed_up(home: &TempDir) -> (Store, PathBuf) {
    let store = open(home).await;
    profiles::add(&store, ada()).await.unwrap();
    let session = KeptSession { sealed: Sealed(vec![1; 40]), taken_at: at(1) };
    sessions::keep(&store, &ada().id, session).await.unwrap();
    let file = home.path().join("one.backup");
    let made = write(&store, &file, at(2)).await.unwrap();
    assert_eq!((made.sealed.len(), made.head.made_at), (1, at(2)));
    (store, file)
}

async fn restored(backup: &Path, home: &TempDir) -> Result<Restored, BackupError> {
    Restore::of(backup, home.path()).await?.put_in_place(at(9)).await
}

/// Changes the database inside a backup, and makes its head fit again.
fn with_other_tables(backup: &Path, change: &str) -> PathBuf {
    let bytes = std::fs::read(backup).unwrap();
    let body = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut copy = NamedTempFile::new().unwrap();
    copy.write_all(&bytes[body..]).unwrap();
    Connection::open(copy.path()).unwrap().execute_batch(change).unwrap();
    let changed = backup.with_extension("changed");
    drop(std::fs::remove_file(&changed));
    pack(copy, &changed, at(3)).unwrap();
    changed
}

#[tokio::test]
async fn what_was_backed_up_is_there_again_and_what_came_after_is_set_aside() {
    let home = home();
    let (store, file) = backed_up(&home).await;
    let later = Profile { label: "Ada Later".to_owned(), ..ada() };
    assert!(profiles::change(&store, later.clone()).await.unwrap());
    drop(store);
    let done = restored(&file, &home).await.unwrap();
    assert_eq!(profiles::all(&open(&home).await).await.unwrap(), [ada()]);
    let aside = home_of(&done.set_aside.unwrap());
    assert_eq!(profiles::all(&open(&aside).await).await.unwrap(), [later]);
}

/// A home with a copy of this database in it.
fn home_of(database: &Path) -> TempDir {
    let home = home();
    std::fs::copy(database, home.path().join(DATABASE)).unwrap();
    home
}

#[tokio::test]
async fn a_backup_and_what_is_restored_are_for_their_owner_alone() {
    let (home, other) = (home(), TempDir::new().unwrap());
    let (_store, file) = backed_up(&home).await;
    restored(&file, &other).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(&other.path().join(DATABASE))), (0o600, 0o600));
    let names = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_backup_overwrites_nothing() {
    let home = home();
    let (store, file) = backed_up(&home).await;
    let before = std::fs::read(&file).unwrap();
    assert!(matches!(write(&store, &file, at(5)).await, Err(BackupError::Taken(_))));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn nothing_is_restored_under_a_running_service() {
    let home = home();
    let (store, file) = backed_up(&home).await;
    let refused = restored(&file, &home).await;
    assert!(matches!(refused, Err(BackupError::Store(super::super::Error::InUse(_)))), "{refused:?}");
    assert_eq!(profiles::all(&store).await.unwrap(), [ada()]);
}

#[tokio::test]
async fn restoring_twice_in_a_second_keeps_both_that_were_there() {
    let home = home();
    let (store, file) = backed_up(&home).await;
    drop(store);
    let first = restored(&file, &home).await.unwrap().set_aside.unwrap();
    let second = restored(&file, &home).await.unwrap().set_aside.unwrap();
    assert!(first != second && first.exists() && second.exists());
}

#[tokio::test]
async fn any_cut_and_any_change_of_a_backup_is_noticed_and_nothing_is_touched() {
    let home = home();
    let (_store, file) = backed_up(&home).await;
    let whole = std::fs::read(&file).unwrap();
    let other = TempDir::new().unwrap();
    let spoiled = home.path().join("spoiled");
    let at_body = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for place in [0, 5, at_body - 2, at_body, at_body + 100, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[place] ^= 0x20;
        for bytes in [&changed[..], &whole[..place]] {
            std::fs::write(&spoiled, bytes).unwrap();
            let refused = restored(&spoiled, &other).await;
            assert!(
                matches!(refused, Err(BackupError::Damaged(_) | BackupError::Foreign(_))),
                "{place}: {refused:?}"
            );
        }
    }
    std::fs::write(&spoiled, [&whole[..], b"more"].concat()).unwrap();
    assert!(matches!(restored(&spoiled, &other).await, Err(BackupError::Damaged(_))));
    assert!(!other.path().join(DATABASE).exists());
}

#[tokio::test]
async fn a_backup_of_a_newer_ticketfall_is_refused() {
    let home = home();
    let (_store, file) = backed_up(&home).await;
    let other = TempDir::new().unwrap();
    let newer = with_other_tables(&file, "PRAGMA user_version = 99");
    assert!(matches!(restored(&newer, &other).await, Err(BackupError::Newer(_))));
    let text =
        String::from_utf8_lossy(&std::fs::read(&file).unwrap()).replacen("\"version\":1", "\"version\":2", 1);
    std::fs::write(&newer, text).unwrap();
    assert!(matches!(restored(&newer, &other).await, Err(BackupError::Newer(_))));
}

#[tokio::test]
async fn a_backup_brings_no_tables_views_or_triggers_of_its_own() {
    let home = home();
    let (_store, file) = backed_up(&home).await;
    let other = TempDir::new().unwrap();
    for ill in [
        "CREATE TRIGGER quiet AFTER INSERT ON profiles BEGIN DELETE FROM holds; END",
        "CREATE VIEW more AS SELECT * FROM profiles",
        "ALTER TABLE notes ADD COLUMN more TEXT",
        "DROP TABLE notes",
    ] {
        let changed = with_other_tables(&file, ill);
        let refused = restored(&changed, &other).await;
        assert!(matches!(refused, Err(BackupError::Strange(_))), "{ill}: {refused:?}");
    }
    assert!(restored(&with_other_tables(&file, ""), &other).await.is_ok(), "the control is restored");
}

#[tokio::test]
async fn a_backup_of_an_older_ticketfall_is_restored_and_brought_up_to_date() {
    let older = home();
    let mut database = Connection::open(older.path().join("older.db")).unwrap();
    super::super::opening::MIGRATIONS.to_version(&mut database, 1).unwrap();
    drop(database);
    let mut copy = NamedTempFile::new().unwrap();
    copy.write_all(&std::fs::read(older.path().join("older.db")).unwrap()).unwrap();
    let file = older.path().join("older.backup");
    pack(copy, &file, at(3)).unwrap();
    let home = home();
    restored(&file, &home).await.unwrap();
    assert_eq!(profiles::all(&open(&home).await).await.unwrap(), []);
}

#[tokio::test]
async fn a_keyword_that_an_earlier_version_left_in_the_clear_gets_into_no_backup() {
    let home = home();
    let (store, _) = backed_up(&home).await;
    let bare = "INSERT INTO monitors (profile, seller, event, event_url, configuration, desired, waiting_since)
                VALUES ('ada', 'northend', '501', 'https://northend.example/501', json_object('keyword1', 'hush'),
                        'stopped', 0)";
    store.write(move |db| db.execute(bare, [])).await.unwrap();
    let file = home.path().join("two.backup");
    assert!(matches!(write(&store, &file, at(3)).await, Err(BackupError::Bare)));
    assert!(!file.exists());
}

#[tokio::test]
async fn what_was_removed_is_in_no_backup() {
    let home = home();
    let store = open(&home).await;
    let profile = Profile { label: "Once-was-here".to_owned(), ..ada() };
    profiles::add(&store, profile).await.unwrap();
    profiles::remove(&store, &ada().id, at(1)).await.unwrap();
    let file = home.path().join("later.backup");
    write(&store, &file, at(2)).await.unwrap();
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(13).any(|window| window == b"Once-was-here"));
}
