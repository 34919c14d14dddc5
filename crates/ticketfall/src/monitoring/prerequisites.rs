//! What a search needs, looked at before it starts: all that is missing is said at once, and nothing is asked of the
//! seller.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ticketfall_core::configuration::{Configuration, Keyword, OnMatch};
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::limits::Limits;
use tokio::time::timeout;
use url::Url;

use super::browser_seat::BrowserSeat;
use super::refusal::{Refusal, StartError};
use super::{Inner, Search, Supervisor, locked};
use crate::seller::Definition;
use crate::session::{Proxy, Session};
use crate::store::profiles::{self, BrowserChoice, Profile};
use crate::store::sessions::{self, KeptSession};
use crate::store::starts::Kept;
use crate::vault::Purpose;

/// A browser that does not answer by then is not there.
const BROWSER_WITHIN: Duration = Duration::from_secs(10);

/// The event that a search is for.
#[derive(Debug)]
pub(super) struct Sought {
    /// The match page, without its keyword.
    pub(super) page: Url,
    pub(super) definition: Arc<Definition>,
    pub(super) key: EventKey,
    /// The wish, with the keyword that came with the page where none was given.
    pub(super) configuration: Configuration,
}

/// Everything that a search needs.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) row: Profile,
    pub(super) proxy: Option<Proxy>,
    pub(super) sought: Sought,
    pub(super) session: Option<Session>,
}

/// On what occasion a search starts.
#[derive(Debug)]
pub(super) enum Occasion {
    /// Somebody asks for it.
    Asked,
    /// The service starts it by itself: with a session, it can go on until its browser is back.
    Resumed,
    /// The same, with what was read ahead of what is kept.
    Again(Box<Kept>),
}

impl Occasion {
    pub(super) fn kept(&self) -> Option<&Kept> {
        match self {
            Self::Asked | Self::Resumed => None,
            Self::Again(kept) => Some(kept),
        }
    }
}

impl Supervisor {
    /// Everything that stands in the way of such a search, without starting it. A profile of GoLogin's that has no proxy
    /// of its own costs one question of GoLogin's budget.
    pub async fn check(
        &self,
        profile: &ProfileId,
        configuration: &Configuration,
    ) -> Result<Vec<Refusal>, StartError> {
        match self.0.ready(profile, configuration, &Occasion::Asked).await {
            Ok(_) => Ok(Vec::new()),
            Err(StartError::Refused(refusals)) => Ok(refusals),
            Err(error @ (StartError::Store(_) | StartError::Connection(_))) => Err(error),
        }
    }
}

impl Inner {
    /// The profile, its proxy and the event, or all that is missing.
    pub(super) async fn ready(
        &self,
        profile: &ProfileId,
        configuration: &Configuration,
        occasion: &Occasion,
    ) -> Result<Ready, StartError> {
        let mut refusals = Vec::new();
        let row = match occasion.kept() {
            Some(kept) => Some(kept.profile.clone()),
            None => profiles::get(&self.parts.store, profile).await?,
        };
        let Some(row) = row else {
            refusals.push(Refusal::NoProfile(profile.clone()));
            noted(self.sought(None, configuration).await, &mut refusals)?;
            return Err(StartError::Refused(refusals));
        };
        let proxy = noted(self.proxy(&row).await, &mut refusals)?;
        let seat = proxy.clone().map(|proxy| self.seat_of(&row, proxy));
        let sought = noted(self.sought(seat.as_deref(), configuration).await, &mut refusals)?;
        if let Some(sought) = &sought {
            refusals.extend(elsewhere(&locked(&self.searches), profile, &sought.key));
            if matches!(occasion, Occasion::Asked) {
                let waits = self.line.waits_for(profile).filter(|key| *key != sought.key);
                refusals.extend(waits.map(Refusal::Elsewhere));
            }
            refusals.extend(keyword_missing(sought));
        }
        refusals
            .extend(Some(configuration.max_price).filter(|price| price.minor() <= 0).map(Refusal::NoPrice));
        refusals.extend(beyond_limits(&row, sought.as_ref(), configuration));
        let session = match occasion.kept() {
            Some(Kept { session, .. }) => self.opened_session(&row, session.as_ref()),
            None => self.kept_session(&row).await,
        };
        let session = noted(session, &mut refusals)?;
        // Where nothing can be held, nobody has to be signed in.
        let holds = sought.as_ref().is_none_or(|sought| sought.definition.can_hold());
        if let Some(session) = session.as_ref().filter(|_| holds) {
            refusals.extend(self.signed_out(&row, session.as_ref(), sought.as_ref()));
        }
        let seat = seat.as_deref().filter(|_| holds);
        if let Some(refusal) = self.browser_missing(&row, seat).await {
            let is_resumed = !matches!(occasion, Occasion::Asked);
            if is_resumed && session.as_ref().is_some_and(Option::is_some) {
                tracing::warn!(%profile, "{refusal}: the search goes on with the session that was kept");
            } else {
                refusals.push(refusal);
            }
        }
        match (sought, proxy) {
            (Some(sought), Some(proxy)) if refusals.is_empty() => {
                Ok(Ready { row, proxy, sought, session: session.flatten() })
            }
            _ => Err(StartError::Refused(refusals)),
        }
    }

    /// The match page that is named, or that the browser shows, and its seller.
    async fn sought(
        &self,
        seat: Option<&BrowserSeat>,
        configuration: &Configuration,
    ) -> Result<Sought, StartError> {
        let page = match (&configuration.event, seat) {
            (Some(text), _) => Url::parse(text).map_err(|_invalid| Refusal::NotAUrl(text.clone()))?,
            (None, Some(seat)) => self.open_page(seat).await.ok_or(Refusal::NoEvent)?,
            (None, None) => return Err(Refusal::NoEvent.into()),
        };
        let Some((definition, event)) = self.parts.definitions.for_url(page.as_str()) else {
            return Err(Refusal::NoSeller(page).into());
        };
        let carried = definition.keyword_from(page.as_str()).and_then(|text| Keyword::new(&text).ok());
        let page = definition.without_keyword(&page);
        let given = Some(&configuration.keyword1).filter(|keyword| keyword.reveal().is_some()).cloned();
        let configuration = Configuration {
            keyword1: given.or(carried).unwrap_or_default(),
            event: configuration.event.as_ref().map(|_| page.to_string()),
            ..configuration.clone()
        };
        let key = EventKey { seller: definition.id.clone(), event };
        Ok(Sought { page, definition: Arc::clone(definition), key, configuration })
    }

    /// The tab of the profile's browser that a definition knows as a match page.
    async fn open_page(&self, seat: &BrowserSeat) -> Option<Url> {
        let tabs = seat.running().await?.pages().await.ok()?;
        let mut pages = tabs.iter().filter_map(|tab| Url::parse(&tab.url).ok());
        pages.find(|page| self.parts.definitions.for_url(page.as_str()).is_some())
    }

    /// The member's own, else the one that the member's browser brings along.
    pub(super) async fn proxy(&self, row: &Profile) -> Result<Option<Proxy>, StartError> {
        let sealed = self.sealed_proxy(row)?;
        if sealed.is_some() {
            return Ok(sealed);
        }
        let own = self.parts.browsers.own_proxy(&row.browser).await;
        own.map_err(|error| Refusal::ProxyUnknown(error.to_string()).into())
    }

    fn sealed_proxy(&self, row: &Profile) -> Result<Option<Proxy>, Refusal> {
        let refused = |why: String| Refusal::Sealed { what: "proxy", why };
        let Some(sealed) = &row.proxy else { return Ok(None) };
        let plain = self.parts.vault.unseal(&row.id, Purpose::Proxy, &sealed.0);
        let plain = plain.map_err(|error| refused(format!("cannot {error}")))?;
        let text = std::str::from_utf8(&plain).map_err(|error| refused(error.to_string()))?;
        text.parse().map(Some).map_err(|error| refused(format!("cannot {error}")))
    }

    /// The session that was kept, where one was.
    pub(super) async fn kept_session(&self, row: &Profile) -> Result<Option<Session>, StartError> {
        let kept = sessions::get(&self.parts.store, &row.id).await?;
        self.opened_session(row, kept.as_ref())
    }

    fn opened_session(
        &self,
        row: &Profile,
        kept: Option<&KeptSession>,
    ) -> Result<Option<Session>, StartError> {
        let Some(kept) = kept else { return Ok(None) };
        let refused = |why: String| Refusal::Sealed { what: "session", why };
        let plain = self.parts.vault.unseal(&row.id, Purpose::Session, &kept.sealed.0);
        let plain = plain.map_err(|error| refused(format!("cannot {error}")))?;
        let session = Session::from_bytes(&plain).map_err(|error| refused(format!("cannot {error}")))?;
        Ok(Some(session))
    }

    /// A member without a browser needs cookies that the seller would be sent.
    fn signed_out(
        &self,
        row: &Profile,
        session: Option<&Session>,
        sought: Option<&Sought>,
    ) -> Option<Refusal> {
        if row.browser != BrowserChoice::None {
            return None;
        }
        let Some(session) = session.filter(|session| !session.jar.is_empty()) else {
            let why = "the profile has no browser, and no cookies were imported";
            return Some(Refusal::NotSignedIn(why.to_owned()));
        };
        let page = &sought?.page;
        if session.jar.header_for(page, self.parts.clock.now()).is_some() {
            return None;
        }
        let host = page.host_str().unwrap_or_default();
        let why = format!("every cookie for {host} is over, and the profile has no browser to sign in with");
        Some(Refusal::NotSignedIn(why))
    }

    /// Without its way out being known, a browser is not even looked for.
    async fn browser_missing(&self, row: &Profile, seat: Option<&BrowserSeat>) -> Option<Refusal> {
        let seat = seat.filter(|seat| seat.exists())?;
        let looked = async {
            if seat.is_in_hand().await {
                return Ok(());
            }
            match &row.browser {
                BrowserChoice::Local => {
                    let found = self.chromium.get_or_try_init(|| self.parts.browsers.is_ready(&row.browser));
                    found.await.copied()
                }
                choice @ (BrowserChoice::Endpoint { .. }
                | BrowserChoice::GoLogin { .. }
                | BrowserChoice::None) => self.parts.browsers.is_ready(choice).await,
            }
        };
        match timeout(BROWSER_WITHIN, looked).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Refusal::NoBrowser(format!("cannot {error}"))),
            Err(_elapsed) => {
                Some(Refusal::NoBrowser(format!("no answer within {} s", BROWSER_WITHIN.as_secs())))
            }
        }
    }
}

/// What was found, while what stands in the way is noted and more is looked for.
fn noted<T>(looked: Result<T, StartError>, refusals: &mut Vec<Refusal>) -> Result<Option<T>, StartError> {
    match looked {
        Ok(found) => Ok(Some(found)),
        Err(StartError::Refused(more)) => {
            refusals.extend(more);
            Ok(None)
        }
        Err(error @ (StartError::Store(_) | StartError::Connection(_))) => Err(error),
    }
}

/// What stands in the way of a search at `key`: one at another event.
pub(super) fn elsewhere(
    searches: &BTreeMap<ProfileId, Search>,
    profile: &ProfileId,
    key: &EventKey,
) -> Option<Refusal> {
    let search = searches.get(profile).filter(|search| !search.orders.is_closed())?;
    (search.watched != *key).then(|| Refusal::Elsewhere(search.watched.clone()))
}

fn keyword_missing(sought: &Sought) -> Option<Refusal> {
    let is_needed = sought.definition.needs_keyword(&sought.key.event);
    let is_given = sought.configuration.keyword1.reveal().is_some();
    (is_needed && !is_given).then(|| Refusal::NoKeyword(sought.key.clone()))
}

/// The limits of a member at a seller.
pub(super) fn limits(row: &Profile, definition: Option<&Definition>) -> Limits {
    let posted = definition.and_then(|definition| definition.per_member);
    Limits { posted, own: row.seats_max, cost_max: row.cost_max }
}

/// What the ledger would never permit; who only wants to be told holds nothing.
fn beyond_limits(row: &Profile, sought: Option<&Sought>, configuration: &Configuration) -> Vec<Refusal> {
    if configuration.on_match == OnMatch::Notify {
        return Vec::new();
    }
    let limits = limits(row, sought.map(|sought| &*sought.definition));
    let (wanted, price) = (configuration.seat_count.get(), configuration.max_price);
    let over = |limit: &u32| wanted > *limit;
    let posted = limits.posted.filter(over).map(|limit| Refusal::OverPosted { wanted, limit });
    let own = limits.own.filter(over).map(|limit| Refusal::OverOwn { wanted, limit });
    let other = limits.cost_max.filter(|cap| cap.currency() != price.currency());
    let other = other.map(|cap| Refusal::OtherCurrency { price, cap });
    posted.into_iter().chain(own).chain(other).collect()
}
