//! One member's update: into the browser and back, then sealed and kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use ticketfall_core::ids::ProfileId;

use super::report::{CookieOutcome, CookieReport, Failed, Kept, Step};
use super::{CookieUpdate, Progress, ProgressSender, tell};
use crate::browser::{Browser, give_back, take_session};
use crate::cookies::{ImportedCookies, RefusedRow};
use crate::monitoring::BrowserSeat;
use crate::session::{Cookie, Jar, Origin, Proxy, Session, USER_AGENT};
use crate::store::profiles::{self, Profile, Sealed};
use crate::store::sessions::{self, KeptSession};
use crate::vault::Purpose;

/// What was there before.
struct Before {
    profile: ProfileId,
    proxy: Option<Proxy>,
    kept: Option<Session>,
}

/// A session as it shall be kept, and what became of the cookies.
struct Renewed {
    session: Session,
    cookies: Vec<CookieReport>,
    left_out: Vec<String>,
    in_browser: bool,
}

impl Before {
    fn cookies(&self) -> impl Iterator<Item = &Cookie> {
        self.kept.iter().flat_map(|session| session.jar.cookies())
    }
}

impl CookieUpdate {
    pub(super) async fn profile(&self, id: &ProfileId) -> Result<Profile, Failed> {
        let found =
            profiles::get(&self.store, id).await.map_err(|error| Failed::at(Step::Looking, &error))?;
        found.ok_or_else(|| Failed::no_profile(id))
    }

    pub(super) async fn put(
        &self,
        id: &ProfileId,
        imported: ImportedCookies,
        into_browser: bool,
        progress: &ProgressSender,
    ) -> Result<Kept, Failed> {
        let profile = self.profile(id).await?;
        let proxy = self.proxy(&profile)?;
        let seat = self.seat(&profile, proxy.clone());
        let before = Before { profile: id.clone(), proxy, kept: self.kept_session(id).await? };
        let now = self.clock.now();
        let (ended, fresh): (Vec<_>, Vec<_>) =
            imported.cookies.into_iter().partition(|cookie| cookie.is_expired(now));
        let at = async |step| tell(progress, Progress::At(id.clone(), step)).await;
        let mut opened = None;
        if into_browser {
            at(Step::Opening).await;
            opened = seat.open().await.map_err(|error| Failed::at(Step::Opening, &error))?;
        }
        at(Step::Putting).await;
        let mut renewed = match opened {
            None => self.without_browser(&before, &fresh),
            Some(browser) => {
                let renewed = self.in_browser(&browser, &before, &fresh).await;
                if self.service.is_none() {
                    seat.close().await;
                }
                renewed?
            }
        };
        at(Step::Keeping).await;
        renewed.cookies.extend(ended.iter().map(CookieReport::ended));
        renewed.left_out.extend(imported.refused.iter().map(RefusedRow::to_string));
        self.keep(renewed).await
    }

    /// Where the member's browser is, or would be.
    fn seat(&self, profile: &Profile, proxy: Option<Proxy>) -> Arc<BrowserSeat> {
        if let Some(service) = &self.service {
            return service.0.seat_of(profile, proxy);
        }
        Arc::new(self.browsers.seat(profile, proxy, self.clock))
    }

    /// What the kept session gained goes first, so that the fetched cookies have the last word.
    async fn in_browser(
        &self,
        browser: &Browser,
        before: &Before,
        fresh: &[Cookie],
    ) -> Result<Renewed, Failed> {
        if let Some(kept) = &before.kept {
            give_back(browser, kept).await?;
        }
        let put = browser.put_cookies(fresh).await?;
        let hosts: BTreeSet<&str> =
            before.cookies().chain(fresh).map(|cookie| cookie.domain().host()).collect();
        let hosts: Vec<String> = hosts.into_iter().map(str::to_owned).collect();
        let (profile, proxy) = (before.profile.clone(), before.proxy.clone());
        let taken = take_session(browser, profile, &hosts, proxy, self.clock.now()).await?;
        let mut session = taken.session;
        // A browser that ends now forgets cookies without an end; they are given back when it opens again.
        if browser.pid().is_some() {
            session.jar.owe(|cookie| cookie.attributes.expires.is_none());
        }
        let cookies = fresh.iter().zip(put).map(|(cookie, put)| CookieReport::put(cookie, put)).collect();
        let left_out = taken.refused.iter().map(ToString::to_string).collect();
        Ok(Renewed { session, cookies, left_out, in_browser: true })
    }

    /// The session itself is all that there is: new cookies replace the same older ones.
    fn without_browser(&self, before: &Before, fresh: &[Cookie]) -> Renewed {
        let now = self.clock.now();
        let known = before.kept.as_ref().map(|kept| kept.user_agent.clone());
        let user_agent = known.unwrap_or_else(|| USER_AGENT.to_owned());
        let lasting = before.cookies().filter(|cookie| !cookie.is_expired(now));
        // The fetched ones come first, so that a full jar leaves older ones out.
        let replaced = |old: &Cookie| fresh.iter().any(|new| new.is_same_as(old));
        let older = lasting.filter(|old| !replaced(old));
        let (jar, surplus) = Jar::from_cookies(fresh.iter().chain(older).cloned());
        let is_held = |cookie: &Cookie| jar.cookies().any(|held| held.is_same_as(cookie));
        let outcome = |cookie: &Cookie| {
            if is_held(cookie) {
                CookieOutcome::Set
            } else {
                CookieOutcome::Refused { why: format!("a session has at most {} cookies", jar.len()) }
            }
        };
        let cookies = fresh.iter().map(|cookie| CookieReport::new(cookie, outcome(cookie))).collect();
        let left_out = surplus.iter().map(ToString::to_string).collect();
        let session = Session::new(before.profile.clone(), jar, user_agent, now, Origin::Imported);
        let session = session.through(before.proxy.clone());
        Renewed { session, cookies, left_out, in_browser: false }
    }

    async fn keep(&self, renewed: Renewed) -> Result<Kept, Failed> {
        let Renewed { session, cookies, left_out, in_browser } = renewed;
        let sealed = Sealed(self.vault.seal(&session.profile, Purpose::Session, &session.to_bytes()));
        let taken_at = session.taken_at;
        sessions::import(&self.store, &session.profile, KeptSession { sealed, taken_at }).await?;
        Ok(Kept { in_browser, cookies, left_out, session_cookies: session.jar.len(), taken_at })
    }

    fn proxy(&self, profile: &Profile) -> Result<Option<Proxy>, Failed> {
        let Some(Sealed(sealed)) = &profile.proxy else { return Ok(None) };
        let plain = self.vault.unseal(&profile.id, Purpose::Proxy, sealed)?;
        Ok(Some(str::from_utf8(&plain).unwrap_or_default().parse()?))
    }

    /// A session that does not open any more is replaced, and that is said.
    async fn kept_session(&self, id: &ProfileId) -> Result<Option<Session>, Failed> {
        let Some(KeptSession { sealed: Sealed(sealed), .. }) = sessions::get(&self.store, id).await? else {
            return Ok(None);
        };
        let plain = self.vault.unseal(id, Purpose::Session, &sealed)?;
        let read = Session::from_bytes(&plain);
        let said =
            read.inspect_err(|error| tracing::warn!(profile = %id, "begin a new session: cannot {error}"));
        Ok(said.ok())
    }
}
