//! Seals what must not lie about in the clear: XChaCha20-Poly1305 with one key file for the whole installation.
//! What is sealed for one profile and purpose opens for no other.

mod keyring;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, AeadCore, OsRng, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ticketfall_core::ids::ProfileId;
use zeroize::Zeroizing;

use keyring::{KEY_ID_BYTES, Keyring};

/// The key that is made, in the vault's own directory.
const KEY_FILE: &str = "vault.key";
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const HEAD_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES;

/// Why something stays shut.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key file cannot be read or made.
    #[error("use the key file {path}")]
    KeyFile {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Others could read the key.
    #[error("use the key file {path}: others may read it (mode {mode:o}); run \"chmod 600 {path}\"")]
    Exposed {
        /// Where it is.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A line of the key file that is no key.
    #[error("use the key file {path}: line {line} is not 32 bytes in base64")]
    KeyLine {
        /// Where it is.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// A key file without a key.
    #[error("use the key file {0}: it holds no key")]
    NoKey(PathBuf),
    /// A key file that is somebody else's to change.
    #[error("change the key file {0}: it is a credential of systemd's")]
    NotOurs(PathBuf),
    /// Sealed by a later version, cut short, or nothing that was sealed here.
    #[error("open it: these are not bytes that this version sealed")]
    Foreign,
    /// Sealed with a key that is not in the key file.
    #[error("open it: it was sealed with a key that the key file does not hold")]
    UnknownKey,
    /// Changed after sealing, or sealed for another profile or purpose.
    #[error("open it: it was changed, or sealed for another profile or purpose")]
    Refused,
}

/// What is sealed; one purpose's bytes do not open as another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A session's cookies and user agent.
    Session,
    /// A profile's proxy with its password.
    Proxy,
    /// A token of a service that the profile uses.
    Token,
    /// An access keyword of an event.
    Keyword,
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Proxy => "proxy",
            Self::Token => "token",
            Self::Keyword => "keyword",
        }
    }
}

/// Where to look for the key before one is made.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A key file that the configuration names.
    pub key_file: Option<PathBuf>,
    /// The directory of systemd's credentials; the key there is `ticketfall.key`.
    pub credentials: Option<PathBuf>,
}

impl Options {
    fn credential(&self) -> Option<PathBuf> {
        self.credentials.as_ref().map(|dir| dir.join("ticketfall.key"))
    }
}

/// Where the key came from, to be said aloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The file that the configuration names.
    Given(PathBuf),
    /// systemd's credentials.
    Credential(PathBuf),
    /// The file in the vault's own directory.
    Kept(PathBuf),
    /// The same, made just now.
    Made(PathBuf),
}

impl KeySource {
    /// The key's file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Given(path) | Self::Credential(path) | Self::Kept(path) | Self::Made(path) => path,
        }
    }

    /// The same, where we may change it.
    pub fn ours(&self) -> Result<&Path, Error> {
        match self {
            Self::Credential(path) => Err(Error::NotOurs(path.clone())),
            Self::Given(path) | Self::Kept(path) | Self::Made(path) => Ok(path),
        }
    }
}

/// What a key is called: it tells keys apart, and nothing about them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName([u8; KEY_ID_BYTES]);

impl KeyName {
    /// The key that bytes were sealed with, by what they say themselves.
    pub fn of(sealed: &[u8]) -> Option<Self> {
        let (version, rest) = sealed.split_first()?;
        (*version == VERSION).then(|| rest.first_chunk().copied().map(Self))?
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyName({self})")
    }
}

/// Seals and opens; holds every key in memory that is wiped afterwards.
#[derive(Debug)]
pub struct Vault {
    keyring: Keyring,
}

impl Vault {
    /// Opens with the key that `options` names, else with the one in `dir`, which is made at the first use.
    pub fn open(dir: &Path, options: &Options) -> Result<(Self, KeySource), Error> {
        let (keyring, source) = if let Some(path) = &options.key_file {
            (Keyring::read(path, keyring::OWNER_ONLY)?, KeySource::Given(path.clone()))
        } else if let Some(path) = options.credential().filter(|path| path.exists()) {
            (Keyring::read(&path, keyring::OWNER_AND_GROUP)?, KeySource::Credential(path))
        } else {
            let path = dir.join(KEY_FILE);
            let is_new = Keyring::make_unless_there(&path)?;
            let keyring = Keyring::read(&path, keyring::OWNER_ONLY)?;
            (keyring, if is_new { KeySource::Made(path) } else { KeySource::Kept(path) })
        };
        Ok((Self { keyring }, source))
    }

    /// Opens with the key that is there; none is made, and none there is nothing.
    pub fn open_kept(dir: &Path, options: &Options) -> Result<Option<(Self, KeySource)>, Error> {
        let is_given = options.key_file.is_some() || options.credential().is_some_and(|path| path.exists());
        let own = dir.join(KEY_FILE);
        let is_there = is_given || own.try_exists().map_err(|source| Error::KeyFile { path: own, source })?;
        if is_there { Self::open(dir, options).map(Some) } else { Ok(None) }
    }

    /// What its keys are called, the newest last.
    pub fn keys(&self) -> Vec<KeyName> {
        self.keyring.names()
    }

    /// Adds a new key to the file at `source`, which seals from now on; the earlier ones still open.
    pub fn add_key(&mut self, source: &KeySource) -> Result<(), Error> {
        let path = source.ours()?;
        Keyring::add_key(path)?;
        self.keyring = Keyring::read(path, keyring::OWNER_ONLY)?;
        Ok(())
    }

    /// Leaves the newest key alone in the file at `source`; what the others sealed opens no more.
    pub fn forget_earlier_keys(&mut self, source: &KeySource) -> Result<(), Error> {
        let path = source.ours()?;
        self.keyring.forget_earlier(path)?;
        self.keyring = Keyring::read(path, keyring::OWNER_ONLY)?;
        Ok(())
    }

    /// Seals with the newest key, for this profile and purpose alone.
    pub fn seal(&self, profile: &ProfileId, purpose: Purpose, plain: &[u8]) -> Vec<u8> {
        let key = self.keyring.newest();
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let aad = bound_to(profile, purpose);
        let sealed = key
            .cipher()
            .encrypt(&nonce, Payload { msg: plain, aad: &aad })
            .expect("memory is far shorter than the cipher's limit");
        [&[VERSION][..], key.id(), &nonce, &sealed].concat()
    }

    /// Opens what [`Vault::seal`] sealed with any of the keys.
    pub fn unseal(
        &self,
        profile: &ProfileId,
        purpose: Purpose,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (head, body) = sealed.split_at_checked(HEAD_BYTES).ok_or(Error::Foreign)?;
        let (version, head) = head.split_at(1);
        if version != [VERSION] {
            return Err(Error::Foreign);
        }
        let (key_id, nonce) = head.split_at(KEY_ID_BYTES);
        let key = self.keyring.find(key_id).ok_or(Error::UnknownKey)?;
        let aad = bound_to(profile, purpose);
        let plain = key.cipher().decrypt(XNonce::from_slice(nonce), Payload { msg: body, aad: &aad });
        plain.map(Zeroizing::new).ok().ok_or(Error::Refused)
    }
}

/// A label has no zero byte and a profile's name no control character, so no two pairs look alike.
fn bound_to(profile: &ProfileId, purpose: Purpose) -> Vec<u8> {
    ["ticketfall", purpose.label(), profile.as_str()].join("\0").into_bytes()
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
