//! A new key, also after one that broke off at any of its steps.

use jiff::Timestamp;
use tempfile::TempDir;
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{EventId, EventKey, SellerId};

use super::*;
use crate::store::monitors::{self, Desired, MonitorRow};
use crate::store::profiles::{self, BrowserChoice, Profile};
use crate::store::sessions::{self, KeptSession};
use crate::vault::Options;

const SECRET: &[u8] = b"hush-hush";

fn ada() -> ProfileId {
    ProfileId::new("ada").unwrap()
}

fn vault(home: &TempDir) -> (Vault, KeySource) {
    Vault::open(home.path(), &Options::default()).unwrap()
}

/// A store with a session, a proxy and a keyword in it.
async fn store(home: &TempDir) -> Store {
    let (vault, _) = vault(home);
    let seal = |purpose| Sealed(vault.seal(&ada(), purpose, SECRET));
    let store = Store::open(home.path(), Timestamp::UNIX_EPOCH).await.unwrap();
    let profile = Profile {
        id: ada(),
        label: "Ada".to_owned(),
        browser: BrowserChoice::None,
        proxy: Some(seal(Purpose::Proxy)),
        seats_max: None,
        cost_max: None,
        created_at: Timestamp::UNIX_EPOCH,
    };
    assert!(profiles::add(&store, profile).await.unwrap());
    let session = KeptSession { sealed: seal(Purpose::Session), taken_at: Timestamp::UNIX_EPOCH };
    sessions::import(&store, &ada(), session).await.unwrap();
    monitors::put(&store, search(seal(Purpose::Keyword))).await.unwrap();
    store
}

fn search(keyword: Sealed) -> MonitorRow {
    MonitorRow {
        profile: ada(),
        key: EventKey { seller: SellerId::new("northend").unwrap(), event: EventId::new("501").unwrap() },
        event_url: "https://northend.example/501".parse().unwrap(),
        configuration: Configuration::default(),
        keyword: Some(keyword),
        desired: Desired::Stopped,
        waiting_since: Timestamp::UNIX_EPOCH,
        status: None,
    }
}

async fn sealed_values(store: &Store) -> Vec<Vec<u8>> {
    sealed::all(store).await.unwrap().into_iter().map(|kept| kept.sealed.0).collect()
}

/// Whether all that is kept opens with the keys of the file.
async fn all_opens(store: &Store, home: &TempDir) -> bool {
    let (vault, _) = vault(home);
    let kept = sealed::all(store).await.unwrap();
    kept.len() == 3 && kept.iter().all(|kept| open(&vault, kept).is_ok_and(|plain| *plain == SECRET))
}

#[tokio::test]
async fn after_a_rotation_the_new_key_opens_everything_and_the_old_one_nothing() {
    let home = TempDir::new().unwrap();
    let store = store(&home).await;
    let old = std::fs::read_to_string(home.path().join("vault.key")).unwrap();
    let before = sealed_values(&store).await;
    let done = rotate(&store, vault(&home), Earlier::Forgotten).await.unwrap();
    assert_eq!((done.resealed, done.earlier.len(), vault(&home).0.keys()), (3, 1, vec![done.key]));
    assert!(all_opens(&store, &home).await);
    let text = std::fs::read_to_string(home.path().join("vault.key")).unwrap();
    assert!(!text.contains(old.trim()), "the old key is gone");
    let names = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path());
    for file in names {
        let bytes = std::fs::read(&file).unwrap();
        for value in &before {
            let is_left = bytes.windows(value.len()).any(|window| window == value);
            assert!(!is_left, "what the old key sealed is left in {}", file.display());
        }
    }
}

#[tokio::test]
async fn earlier_keys_stay_where_that_is_asked_for() {
    let home = TempDir::new().unwrap();
    let store = store(&home).await;
    let before = sealed_values(&store).await.remove(0);
    let done = rotate(&store, vault(&home), Earlier::Kept).await.unwrap();
    let (vault, _) = vault(&home);
    assert_eq!(vault.keys(), [done.earlier[0], done.key]);
    assert_eq!(*vault.unseal(&ada(), Purpose::Session, &before).unwrap(), SECRET, "as in an earlier backup");
    assert!(sealed_values(&store).await.iter().all(|sealed| KeyName::of(sealed) == Some(done.key)));
}

#[tokio::test]
async fn a_rotation_that_broke_off_at_any_step_is_ended_by_the_next() {
    for steps in 0..=4_usize {
        let home = TempDir::new().unwrap();
        let store = store(&home).await;
        let (mut half, source) = vault(&home);
        if steps > 0 {
            half.add_key(&source).unwrap();
        }
        let kept = sealed::all(&store).await.unwrap();
        let anew = |kept: &Kept| Sealed(half.seal(&kept.profile, purpose(kept.kind), SECRET));
        let some = kept.iter().take(steps.saturating_sub(1)).map(|kept| (kept.clone(), anew(kept))).collect();
        sealed::replace(&store, some).await.unwrap();
        assert!(all_opens(&store, &home).await, "nothing is lost after {steps} steps");
        let done = rotate(&store, vault(&home), Earlier::Forgotten).await.unwrap();
        assert_eq!(vault(&home).0.keys(), [done.key], "after {steps} steps");
        assert!(all_opens(&store, &home).await, "after {steps} steps");
    }
}

#[tokio::test]
async fn what_does_not_open_is_named_and_no_key_is_changed() {
    let home = TempDir::new().unwrap();
    let store = store(&home).await;
    let other = TempDir::new().unwrap();
    let foreign = Sealed(vault(&other).0.seal(&ada(), Purpose::Session, SECRET));
    sessions::import(&store, &ada(), KeptSession { sealed: foreign, taken_at: Timestamp::UNIX_EPOCH })
        .await
        .unwrap();
    let keys = std::fs::read(home.path().join("vault.key")).unwrap();
    let error = rotate(&store, vault(&home), Earlier::Forgotten).await.unwrap_err();
    assert_eq!(error.to_string(), "seal the session of ada anew");
    assert_eq!(std::fs::read(home.path().join("vault.key")).unwrap(), keys);
}

#[tokio::test]
async fn a_key_of_systemds_is_left_to_whoever_keeps_it() {
    let (home, credentials) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = store(&home).await;
    let key = std::fs::read(home.path().join("vault.key")).unwrap();
    std::fs::write(credentials.path().join("ticketfall.key"), key).unwrap();
    let private = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600);
    std::fs::set_permissions(credentials.path().join("ticketfall.key"), private).unwrap();
    let options = Options { key_file: None, credentials: Some(credentials.path().to_owned()) };
    let opened = Vault::open(home.path(), &options).unwrap();
    let error = rotate(&store, opened, Earlier::Forgotten).await.unwrap_err();
    assert!(matches!(error, RotationError::Vault(vault::Error::NotOurs(_))), "{error}");
    assert!(all_opens(&store, &home).await);
}
