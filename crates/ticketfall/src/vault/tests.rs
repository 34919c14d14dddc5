//! The vault against other profiles, other keys, changed bytes and careless key files.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn ada() -> ProfileId {
    ProfileId::new("ada").unwrap()
}

fn open(dir: &TempDir) -> (Vault, KeySource) {
    Vault::open(dir.path(), &Options::default()).unwrap()
}

fn key_file(dir: &TempDir, text: &str, mode: u32) -> PathBuf {
    let path = dir.path().join("own.key");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn open_given(path: &Path) -> Result<(Vault, KeySource), Error> {
    Vault::open(Path::new("/nowhere"), &Options { key_file: Some(path.to_owned()), credentials: None })
}

fn key_of(byte: u8) -> String {
    STANDARD.encode([byte; 32])
}

#[test]
fn what_is_sealed_opens_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let (vault, source) = open(&dir);
    assert_eq!(source, KeySource::Made(dir.path().join("vault.key")));
    let sealed = vault.seal(&ada(), Purpose::Session, b"hush");
    let (again, source) = open(&dir);
    assert_eq!(source, KeySource::Kept(dir.path().join("vault.key")));
    assert_eq!(*again.unseal(&ada(), Purpose::Session, &sealed).unwrap(), b"hush");
}

#[test]
fn a_key_that_is_made_is_for_its_owner_alone() {
    let dir = TempDir::new().unwrap();
    let below = dir.path().join("state");
    Vault::open(&below, &Options::default()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&below), mode(&below.join("vault.key"))), (0o700, 0o600));
    assert_eq!(fs::read_dir(&below).unwrap().count(), 1);
}

#[test]
fn another_profile_or_purpose_opens_nothing() {
    let dir = TempDir::new().unwrap();
    let (vault, _) = open(&dir);
    let sealed = vault.seal(&ada(), Purpose::Session, b"hush");
    let bob = ProfileId::new("bob").unwrap();
    assert!(matches!(vault.unseal(&bob, Purpose::Session, &sealed), Err(Error::Refused)));
    assert!(matches!(vault.unseal(&ada(), Purpose::Proxy, &sealed), Err(Error::Refused)));
}

#[test]
fn another_installations_key_opens_nothing() {
    let (here, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let sealed = open(&here).0.seal(&ada(), Purpose::Session, b"hush");
    let result = open(&there).0.unseal(&ada(), Purpose::Session, &sealed);
    assert!(matches!(result, Err(Error::UnknownKey)));
}

#[test]
fn the_same_bytes_are_never_sealed_alike() {
    let dir = TempDir::new().unwrap();
    let (vault, _) = open(&dir);
    assert_ne!(vault.seal(&ada(), Purpose::Session, b"hush"), vault.seal(&ada(), Purpose::Session, b"hush"));
}

#[test]
fn a_key_that_others_may_read_is_refused_with_the_remedy() {
    let dir = TempDir::new().unwrap();
    let error = open_given(&key_file(&dir, &key_of(1), 0o640)).unwrap_err();
    assert!(matches!(error, Error::Exposed { mode: 0o640, .. }));
    assert!(error.to_string().contains("chmod 600"), "{error}");
}

#[test]
fn a_later_key_seals_and_the_earlier_one_still_opens() {
    let dir = TempDir::new().unwrap();
    let old = open_given(&key_file(&dir, &key_of(1), 0o600)).unwrap().0;
    let sealed = old.seal(&ada(), Purpose::Session, b"hush");
    let both = format!("# from spring\n{}\n\n# from autumn\n{}\n", key_of(1), key_of(2));
    let (rotated, source) = open_given(&key_file(&dir, &both, 0o600)).unwrap();
    assert!(matches!(source, KeySource::Given(_)));
    assert_eq!(*rotated.unseal(&ada(), Purpose::Session, &sealed).unwrap(), b"hush");
    let newly = rotated.seal(&ada(), Purpose::Session, b"hush");
    assert!(matches!(old.unseal(&ada(), Purpose::Session, &newly), Err(Error::UnknownKey)));
}

#[test]
fn a_systemd_credential_goes_before_a_key_of_our_own() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("ticketfall.key"), key_of(3)).unwrap();
    fs::set_permissions(dir.path().join("ticketfall.key"), fs::Permissions::from_mode(0o440)).unwrap();
    let options = Options { key_file: None, credentials: Some(dir.path().to_owned()) };
    let (_, source) = Vault::open(Path::new("/nowhere"), &options).unwrap();
    assert_eq!(source, KeySource::Credential(dir.path().join("ticketfall.key")));
}

#[test]
fn a_broken_key_file_is_told_by_its_line_without_repeating_it() {
    let dir = TempDir::new().unwrap();
    let error = open_given(&key_file(&dir, &format!("{}\nhush\n", key_of(1)), 0o600)).unwrap_err();
    assert!(matches!(error, Error::KeyLine { line: 2, .. }));
    assert!(!error.to_string().contains("hush"));
    assert!(matches!(open_given(&key_file(&dir, "# none\n", 0o600)), Err(Error::NoKey(_))));
    assert!(matches!(open_given(Path::new("/nowhere/x")), Err(Error::KeyFile { .. })));
}

#[test]
fn debug_shows_no_key() {
    let dir = TempDir::new().unwrap();
    let (vault, _) = open_given(&key_file(&dir, &key_of(0xab), 0o600)).unwrap();
    assert!(!format!("{vault:?}").contains("ab, ab, ab"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_change_and_any_cut_is_noticed(plain in proptest::collection::vec(any::<u8>(), 0..100), at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let dir = TempDir::new().unwrap();
        let (vault, _) = open_given(&key_file(&dir, &key_of(1), 0o600)).unwrap();
        let sealed = vault.seal(&ada(), Purpose::Session, &plain);
        prop_assert_eq!(&*vault.unseal(&ada(), Purpose::Session, &sealed).unwrap(), &plain);
        let at = at.index(sealed.len());
        let mut changed = sealed.clone();
        changed[at] ^= flip;
        prop_assert!(vault.unseal(&ada(), Purpose::Session, &changed).is_err());
        prop_assert!(vault.unseal(&ada(), Purpose::Session, &sealed[..at]).is_err());
    }
}
