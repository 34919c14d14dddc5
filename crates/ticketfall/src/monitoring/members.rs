//! Members come, change and go while searches run: what is secret is sealed here, and a member who searches
//! keeps browser and proxy until the search is stopped.

use std::io;

use serde::{Deserialize, Deserializer};
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::price::Price;

use super::{Supervisor, locked};
use crate::browser::{self, Endpoint};
use crate::config::browser_dir;
use crate::session::proxy::ProxyError;
use crate::session::{Proxy, Secret};
use crate::store;
use crate::store::holds::Standing;
use crate::store::profiles::{self, BrowserChoice, Profile, Removal, Sealed};
use crate::vault::Purpose;

/// A member as somebody describes it.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Its name.
    pub id: ProfileId,
    /// What people call it; left out, its name.
    pub label: Option<String>,
    /// Where it signs in and pays.
    pub browser: BrowserChoice,
    /// Its proxy's URL, where it has one.
    pub proxy: Option<Secret>,
    /// The most seats of one event that it holds at once.
    pub seats_max: Option<u32>,
    /// The most that all its seats of one event may cost.
    pub cost_max: Option<Price>,
}

/// What becomes of a value that need not be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// There is none any more.
    Clear,
    /// It is this from now on.
    Set(T),
}

impl<T> Change<T> {
    /// The new value, where there is one.
    pub fn given(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    fn of(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

/// On the wire, a field that is left out stays, and null clears.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

/// What changes of a member; what is left out stays as it is.
#[derive(Debug, Clone, Default)]
pub struct MemberChange {
    /// What people call it.
    pub label: Option<String>,
    /// Where it signs in and pays.
    pub browser: Option<BrowserChoice>,
    /// Its proxy's URL, or none any more.
    pub proxy: Change<Secret>,
    /// The most seats of one event, or as many as the seller gives.
    pub seats_max: Change<u32>,
    /// The most that all its seats of one event may cost, or any price.
    pub cost_max: Change<Price>,
}

/// Why a member stays as it is; each finishes "cannot …".
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// There is one of that name.
    #[error("add {0}: there is a profile of that name")]
    Taken(ProfileId),
    /// There is none of that name.
    #[error("find the profile {0}")]
    NotThere(ProfileId),
    /// It searches, and would lose what it searches with.
    #[error("do that while the profile searches at {0}: stop the search first")]
    Searching(EventKey),
    /// Its seats may still be in a basket.
    #[error("remove {profile}{}", told(.standing))]
    HoldsOpen {
        /// Whose.
        profile: ProfileId,
        /// What is known of them.
        standing: Standing,
    },
    /// A proxy that is none.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// A browser that is none.
    #[error("{0}")]
    Browser(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
}

fn told(standing: &Standing) -> String {
    match standing.until {
        Some(until) => format!(" before {until:.0}: until then the seller keeps seats in its basket"),
        None => format!(": {} of its holds may still stand, nobody knows how long", standing.holds),
    }
}

impl Supervisor {
    /// Adds a member.
    pub async fn add_member(&self, new: NewMember) -> Result<Profile, MemberError> {
        check_browser(&new.browser)?;
        let profile = Profile {
            label: new.label.unwrap_or_else(|| new.id.to_string()),
            browser: new.browser,
            proxy: new.proxy.map(|proxy| self.sealed(&new.id, &proxy)).transpose()?,
            id: new.id,
            seats_max: new.seats_max,
            cost_max: new.cost_max,
            created_at: self.0.parts.clock.now(),
        };
        if profiles::add(&self.0.parts.store, profile.clone()).await? {
            Ok(profile)
        } else {
            Err(MemberError::Taken(profile.id))
        }
    }

    /// Changes a member; a running search goes on with the limits that it began with.
    pub async fn change_member(&self, id: &ProfileId, change: MemberChange) -> Result<Profile, MemberError> {
        let found = profiles::get(&self.0.parts.store, id).await?;
        let mut profile = found.ok_or_else(|| MemberError::NotThere(id.clone()))?;
        let is_moving = change.browser.is_some() || !matches!(change.proxy, Change::Keep);
        if is_moving {
            self.refuse_while_searching(id)?;
        }
        if let Some(browser) = change.browser {
            check_browser(&browser)?;
            profile.browser = browser;
        }
        profile.proxy = match change.proxy {
            Change::Keep => profile.proxy,
            Change::Clear => None,
            Change::Set(proxy) => Some(self.sealed(id, &proxy)?),
        };
        profile.label = change.label.unwrap_or(profile.label);
        profile.seats_max = change.seats_max.of(profile.seats_max);
        profile.cost_max = change.cost_max.of(profile.cost_max);
        if !profiles::change(&self.0.parts.store, profile.clone()).await? {
            return Err(MemberError::NotThere(id.clone()));
        }
        self.0.line.is_changed_now(id);
        if is_moving {
            self.vacate(id).await;
        }
        Ok(profile)
    }

    /// Removes a member with its session, searches, history and browser directory, unless it searches or holds.
    pub async fn remove_member(&self, id: &ProfileId) -> Result<(), MemberError> {
        self.refuse_while_searching(id)?;
        match profiles::remove(&self.0.parts.store, id, self.0.parts.clock.now()).await? {
            Removal::Removed => {}
            Removal::NotThere => return Err(MemberError::NotThere(id.clone())),
            Removal::HoldsOpen(standing) => {
                return Err(MemberError::HoldsOpen { profile: id.clone(), standing });
            }
        }
        locked(&self.0.searches).remove(id);
        self.0.roll.forget(id);
        self.vacate(id).await;
        let directory = browser_dir(&self.0.parts.browsers.data_dir, id);
        let gone = tokio::fs::remove_dir_all(&directory).await;
        if let Err(error) = gone.or_else(nothing_there) {
            tracing::warn!(path = %directory.display(), %error, "cannot remove what the browser kept");
        }
        Ok(())
    }

    fn refuse_while_searching(&self, id: &ProfileId) -> Result<(), MemberError> {
        if let Some(key) = self.0.line.waits_for(id) {
            return Err(MemberError::Searching(key));
        }
        let searches = locked(&self.0.searches);
        match searches.get(id).filter(|search| !search.orders.is_closed()) {
            Some(search) => Err(MemberError::Searching(search.watched.clone())),
            None => Ok(()),
        }
    }

    /// Closes a member's browser for good; the next one that is asked for is another.
    async fn vacate(&self, id: &ProfileId) {
        let seat = locked(&self.0.seats).remove(id);
        if let Some(seat) = seat {
            seat.close().await;
        }
    }

    fn sealed(&self, id: &ProfileId, proxy: &Secret) -> Result<Sealed, ProxyError> {
        let proxy: Proxy = proxy.reveal().parse()?;
        Ok(Sealed(self.0.parts.vault.seal(id, Purpose::Proxy, proxy.url().reveal().as_bytes())))
    }
}

/// Whether a browser can be kept as a member's; an address is kept as it is, so it must not carry what is secret.
pub fn check_browser(choice: &BrowserChoice) -> Result<(), MemberError> {
    match choice {
        BrowserChoice::Local | BrowserChoice::None => Ok(()),
        BrowserChoice::Endpoint { url } => {
            let endpoint: Result<Endpoint, browser::Error> = url.as_str().parse();
            endpoint.map_err(|error| MemberError::Browser(error.to_string()))?;
            if url.query().is_none() && url.username().is_empty() && url.password().is_none() {
                return Ok(());
            }
            let words = "keep a browser's address that carries a token or a password";
            Err(MemberError::Browser(words.to_owned()))
        }
        BrowserChoice::GoLogin { id, .. } => {
            if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Ok(());
            }
            let words = "use it as the id of a GoLogin profile: that is letters and digits";
            Err(MemberError::Browser(words.to_owned()))
        }
    }
}

fn nothing_there(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
