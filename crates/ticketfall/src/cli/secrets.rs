//! What of a member is sealed before it is kept: the proxy with its password, the session.

use ticketfall_core::ids::ProfileId;

use super::{Context, Exit, Failure};
use crate::session::{Proxy, Session};
use crate::store::Store;
use crate::store::profiles::{Profile, Sealed};
use crate::store::sessions::{self, KeptSession};
use crate::vault::{KeySource, Purpose, Vault};

/// Seals a proxy for the profile it belongs to.
pub(super) fn seal_proxy(profile: &ProfileId, proxy: &Proxy, context: &Context) -> Result<Sealed, Failure> {
    Ok(Sealed(vault(context)?.seal(profile, Purpose::Proxy, proxy.url().reveal().as_bytes())))
}

/// The profile's proxy, opened.
pub(super) fn proxy(profile: &Profile, context: &Context) -> Result<Option<Proxy>, Failure> {
    let Some(Sealed(sealed)) = &profile.proxy else { return Ok(None) };
    let plain = vault(context)?.unseal(&profile.id, Purpose::Proxy, sealed)?;
    let text = str::from_utf8(&plain).unwrap_or_default();
    Ok(Some(text.parse()?))
}

/// The profile's last session, opened.
pub(super) async fn session(id: &ProfileId, context: &Context) -> Result<Session, Failure> {
    let kept = match context.store_to_read().await? {
        Some(store) => sessions::get(&store, id).await?,
        None => None,
    };
    let Some(KeptSession { sealed: Sealed(sealed), .. }) = kept else {
        return Err(Failure::because(Exit::NothingFound, format!("find a session of {id}"))
            .advise(format!("sign in: `ticketfall profile open {id}`")));
    };
    let plain = vault(context)?.unseal(id, Purpose::Session, &sealed)?;
    Ok(Session::from_bytes(&plain)?)
}

/// Seals a session and keeps it.
pub(super) async fn keep(session: &Session, store: &Store, context: &Context) -> Result<(), Failure> {
    let sealed = Sealed(vault(context)?.seal(&session.profile, Purpose::Session, &session.to_bytes()));
    let kept = KeptSession { sealed, taken_at: session.taken_at };
    Ok(sessions::import(store, &session.profile, kept).await?)
}

/// The vault; a key that is made is said aloud.
pub(super) fn vault(context: &Context) -> Result<Vault, Failure> {
    let (vault, source) = Vault::open(context.data_dir(), &context.vault_options())?;
    if let KeySource::Made(path) = source {
        tracing::warn!(path = %path.display(), "a key was made: what is sealed opens with nothing else");
    }
    Ok(vault)
}
