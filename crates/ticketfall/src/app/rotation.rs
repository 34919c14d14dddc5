//! A new key for the vault: all that is sealed is sealed anew in one write, then the old key is let go.
//!
//! Broken off anywhere, what is kept still opens, and the next rotation ends what this one began.

use ticketfall_core::ids::ProfileId;
use zeroize::Zeroizing;

use crate::store::profiles::Sealed;
use crate::store::sealed::{self, Kept, Kind};
use crate::store::{self, Store};
use crate::vault::{self, KeyName, KeySource, Purpose, Vault};

/// Why there is no new key; each finishes "cannot …".
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The key file.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// Something that does not open, and would be lost with the old key.
    #[error("seal the {what} of {profile} anew")]
    Shut {
        /// Whose.
        profile: ProfileId,
        /// What it is.
        what: &'static str,
        /// Why it does not open.
        #[source]
        source: vault::Error,
    },
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The key that seals from now on.
    pub key: KeyName,
    /// How many values it seals.
    pub resealed: usize,
    /// The keys before it.
    pub earlier: Vec<KeyName>,
}

/// Which keys are left in the key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// The new one alone.
    Forgotten,
    /// The earlier ones as well, so that earlier backups open.
    Kept,
}

/// Seals all that is kept with a new key. A rotation that broke off left a key that does not seal everything yet: that
/// one is used then.
pub async fn rotate(
    store: &Store,
    (mut vault, source): (Vault, KeySource),
    earlier: Earlier,
) -> Result<Rotation, RotationError> {
    let kept = sealed::all(store).await?;
    let opened = kept.iter().map(|kept| open(&vault, kept)).collect::<Result<Vec<_>, _>>()?;
    if earlier == Earlier::Forgotten {
        source.ours()?;
    }
    if !is_half_way(&vault, &kept) {
        vault.add_key(&source)?;
    }
    let anew = kept.into_iter().zip(opened).map(|(kept, plain)| {
        let sealed = Sealed(vault.seal(&kept.profile, purpose(kept.kind), &plain));
        (kept, sealed)
    });
    let anew: Vec<(Kept, Sealed)> = anew.collect();
    let resealed = anew.len();
    sealed::replace(store, anew).await?;
    let mut keys = vault.keys();
    let key = keys.pop().expect("a vault has a key");
    match earlier {
        Earlier::Forgotten => vault.forget_earlier_keys(&source)?,
        Earlier::Kept => {}
    }
    Ok(Rotation { key, resealed, earlier: keys })
}

fn is_half_way(vault: &Vault, kept: &[Kept]) -> bool {
    let newest = vault.keys().last().copied();
    kept.iter().any(|kept| KeyName::of(&kept.sealed.0) != newest)
}

fn open(vault: &Vault, kept: &Kept) -> Result<Zeroizing<Vec<u8>>, RotationError> {
    let opened = vault.unseal(&kept.profile, purpose(kept.kind), &kept.sealed.0);
    opened.map_err(|source| RotationError::Shut {
        profile: kept.profile.clone(),
        what: what(kept.kind),
        source,
    })
}

const fn purpose(kind: Kind) -> Purpose {
    match kind {
        Kind::Session => Purpose::Session,
        Kind::Proxy => Purpose::Proxy,
        Kind::Keyword => Purpose::Keyword,
    }
}

const fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Session => "session",
        Kind::Proxy => "proxy",
        Kind::Keyword => "access keyword",
    }
}

#[cfg(test)]
mod tests;
