//! The vault's key file: one key a line in base64, the newest last; a line that begins with # is a comment.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, OsRng, Payload};
use chacha20poly1305::{Key as CipherKey, XChaCha20Poly1305, XNonce};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::{Error, KeyName};

pub(super) const KEY_ID_BYTES: usize = 4;
/// The permission bits that a key file may not have.
pub(super) const OWNER_ONLY: u32 = 0o077;
/// systemd lets a service's user in by an access list, which shows as the group's bits.
pub(super) const OWNER_AND_GROUP: u32 = 0o007;

const KEY_BYTES: usize = 32;

/// Every key, oldest first; never empty.
#[derive(Debug)]
pub(super) struct Keyring {
    keys: Vec<Key>,
}

/// One key with the short name that sealed bytes carry.
pub(super) struct Key {
    id: [u8; KEY_ID_BYTES],
    secret: Zeroizing<[u8; KEY_BYTES]>,
}

impl Keyring {
    /// Reads a key file whose permission bits have none of `forbidden`.
    pub(super) fn read(path: &Path, forbidden: u32) -> Result<Self, Error> {
        let cannot = |source| Error::KeyFile { path: path.to_owned(), source };
        check_mode(path, forbidden)?;
        let text = Zeroizing::new(fs::read_to_string(path).map_err(cannot)?);
        let lines = text.lines().map(str::trim).enumerate();
        let keys = lines
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(at, line)| {
                Key::parse(line).ok_or_else(|| Error::KeyLine { path: path.to_owned(), line: at + 1 })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(Error::NoKey(path.to_owned())) } else { Ok(Self { keys }) }
    }

    /// Makes a key file with one new key; false when there is a file already.
    pub(super) fn make_unless_there(path: &Path) -> Result<bool, Error> {
        let cannot = |source| Error::KeyFile { path: path.to_owned(), source };
        if path.try_exists().map_err(cannot)? {
            return Ok(false);
        }
        place(path, &new_line()).map_err(cannot)
    }

    /// Adds a new key to a key file, below all that is there.
    pub(super) fn add_key(path: &Path) -> Result<(), Error> {
        let add = || {
            let path = path.canonicalize()?;
            let earlier = Zeroizing::new(fs::read_to_string(&path)?);
            let added = new_line();
            let text = Zeroizing::new([earlier.trim_end(), added.as_str()].join("\n"));
            replace(&path, &text)
        };
        add().map_err(|source| Error::KeyFile { path: path.to_owned(), source })
    }

    /// Leaves nothing in a key file but the newest key.
    pub(super) fn forget_earlier(&self, path: &Path) -> Result<(), Error> {
        let line = Zeroizing::new(STANDARD.encode(*self.newest().secret));
        let forget = || replace(&path.canonicalize()?, &line);
        forget().map_err(|source| Error::KeyFile { path: path.to_owned(), source })
    }

    /// The names of all keys, the newest last.
    pub(super) fn names(&self) -> Vec<KeyName> {
        self.keys.iter().map(|key| KeyName(key.id)).collect()
    }

    pub(super) fn newest(&self) -> &Key {
        self.keys.last().expect("a keyring is never empty")
    }

    pub(super) fn find(&self, id: &[u8]) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }
}

impl Key {
    fn parse(line: &str) -> Option<Self> {
        let bytes = Zeroizing::new(STANDARD.decode(line).ok()?);
        let secret = Zeroizing::new(<[u8; KEY_BYTES]>::try_from(bytes.as_slice()).ok()?);
        let mut key = Self { id: [0; KEY_ID_BYTES], secret };
        key.id = key.derive_id();
        Some(key)
    }

    pub(super) fn id(&self) -> &[u8] {
        &self.id
    }

    pub(super) fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(CipherKey::from_slice(&*self.secret))
    }

    /// The tag over nothing under a nonce of zeros: it names the key and tells nothing about it.
    fn derive_id(&self) -> [u8; KEY_ID_BYTES] {
        let nothing = Payload { msg: b"", aad: b"ticketfall key id" };
        let tag = self.cipher().encrypt(&XNonce::default(), nothing).expect("nothing is short enough");
        tag.first_chunk().copied().expect("a tag has 16 bytes")
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:x?})", self.id)
    }
}

fn new_line() -> Zeroizing<String> {
    let secret = Zeroizing::new(<[u8; KEY_BYTES]>::from(XChaCha20Poly1305::generate_key(&mut OsRng)));
    Zeroizing::new(STANDARD.encode(*secret))
}

/// A key file that is there gets `text` in place of its own, or keeps it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let dir = directory_of(path);
    draft(dir, text)?.persist(path)?;
    fs::File::open(dir)?.sync_all()
}

/// Appears whole or not at all, so that two programs that start together use the same key.
fn place(path: &Path, text: &str) -> io::Result<bool> {
    let dir = directory_of(path);
    create_private_dir(dir)?;
    match draft(dir, text)?.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(failed) => Err(failed.error),
    }
}

/// A file of a name that nobody can foresee, for its owner alone.
fn draft(dir: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut draft = NamedTempFile::new_in(dir)?;
    writeln!(draft, "{text}")?;
    draft.as_file().sync_all()?;
    Ok(draft)
}

fn directory_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

fn create_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

#[cfg(unix)]
fn check_mode(path: &Path, forbidden: u32) -> Result<(), Error> {
    let attributes = fs::metadata(path).map_err(|source| Error::KeyFile { path: path.to_owned(), source })?;
    let mode = std::os::unix::fs::MetadataExt::mode(&attributes) & 0o777;
    if mode & forbidden == 0 { Ok(()) } else { Err(Error::Exposed { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "other systems keep who may read in lists, not in bits")]
fn check_mode(_path: &Path, _forbidden: u32) -> Result<(), Error> {
    Ok(())
}
