//! From the member's browser to a session of HTTP, and what the session gained back again.

use jiff::Timestamp;
use ticketfall_core::ids::ProfileId;

use super::Browser;
use super::error::Error;
use super::storage::PutCookie;
use crate::session::cookie::Refused;
use crate::session::jar::Mark;
use crate::session::{Jar, Origin, Proxy, Session};

/// A session as the browser had it.
#[derive(Debug)]
pub struct Taken {
    /// The session.
    pub session: Session,
    /// The browser's cookies that it could not take along, by name.
    pub refused: Vec<Refused>,
}

/// What became of the cookies that were given back.
#[derive(Debug)]
pub struct GivenBack {
    /// Each cookie and what the browser holds of it now.
    pub cookies: Vec<PutCookie>,
    /// For [`Session::note_given_back`].
    pub mark: Mark,
}

/// Takes the browser's cookies for the seller's `hosts` (lower case), and what it calls itself.
pub async fn take_session(
    browser: &Browser,
    profile: ProfileId,
    hosts: &[String],
    proxy: Option<Proxy>,
    now: Timestamp,
) -> Result<Taken, Error> {
    let user_agent = browser.user_agent().await?;
    let held = browser.cookies(hosts).await?;
    let (jar, surplus) = Jar::from_cookies(held.cookies);
    let session = Session::new(profile, jar, user_agent, now, Origin::Browser).through(proxy);
    Ok(Taken { session, refused: [held.refused, surplus].concat() })
}

/// Puts the cookies that the session gained, and those that the browser lost when it was closed, into the browser, and
/// reads them back.
pub async fn give_back(browser: &Browser, session: &Session) -> Result<GivenBack, Error> {
    let mark = session.jar.mark();
    let mut cookies: Vec<_> = session.gains().cloned().collect();
    let lost = browser.lost(session.jar.cookies()).await?;
    cookies.extend(lost.into_iter().filter(|lost| !session.gains().any(|gain| gain.is_same_as(lost))));
    let cookies = browser.put_cookies(&cookies).await?;
    Ok(GivenBack { cookies, mark })
}
