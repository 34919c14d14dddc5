//! A member's signed-in state as HTTP: cookies, user agent, proxy. Secret as a whole; the vault seals it.

pub mod cookie;
pub mod jar;
pub mod proxy;
pub mod secret;
mod set_cookie;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ticketfall_core::ids::ProfileId;
use zeroize::Zeroizing;

pub use cookie::Cookie;
pub use jar::Jar;
pub use proxy::Proxy;
pub use secret::Secret;

use jar::Mark;

/// What requests call themselves where no browser says it.
pub const USER_AGENT: &str = concat!("Ticketfall/", env!("CARGO_PKG_VERSION"));

const VERSION: u32 = 1;

/// Where a session came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The member's browser, just now.
    Browser,
    /// A cookies file or a cookies service.
    Imported,
    /// The vault, after a restart.
    Restored,
}

/// Why sealed bytes are no session; it repeats none of them, for they are secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another version of Ticketfall wrote it.
    #[error("read a session of version {0}: this program knows version {VERSION}")]
    Version(u32),
    /// Not the JSON that this version writes.
    #[error("read the kept session: it is broken at byte {0}")]
    Broken(usize),
}

/// One profile's signed-in state, enough to speak to a seller without a browser.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// Whose it is.
    pub profile: ProfileId,
    /// Its cookies.
    pub jar: Jar,
    /// What the member's own browser calls itself.
    pub user_agent: String,
    /// The proxy that the member's browser goes through, too.
    pub proxy: Option<Proxy>,
    /// When it was taken from the browser, or imported.
    pub taken_at: Timestamp,
    /// Where it came from.
    pub origin: Origin,
    #[serde(default)]
    given_back: Mark,
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Envelope<S> {
    version: u32,
    session: S,
}

impl Session {
    /// A session with these cookies and nothing to give back yet.
    pub fn new(
        profile: ProfileId,
        jar: Jar,
        user_agent: String,
        taken_at: Timestamp,
        origin: Origin,
    ) -> Self {
        let given_back = jar.mark();
        Self { profile, jar, user_agent, proxy: None, taken_at, origin, given_back }
    }

    /// The same session through a proxy.
    #[must_use]
    pub fn through(self, proxy: Option<Proxy>) -> Self {
        Self { proxy, ..self }
    }

    /// The cookies that answers brought and the browser has not been given.
    pub fn gains(&self) -> impl Iterator<Item = &Cookie> {
        self.jar.gained_since(self.given_back)
    }

    /// Notes that the browser has everything up to `mark`, which was taken before it was given.
    pub fn note_given_back(&mut self, mark: Mark) {
        self.given_back = self.given_back.max(mark);
    }

    /// The bytes that the vault seals.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let envelope = Envelope { version: VERSION, session: self };
        Zeroizing::new(serde_json::to_vec(&envelope).expect("a session is plain data"))
    }

    /// Reads what [`Session::to_bytes`] wrote. The session says that it was restored, unless it was imported: then no
    /// browser can renew it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let broken = |error: &serde_json::Error| Error::Broken(error.column());
        let Versioned { version } = serde_json::from_slice(bytes).map_err(|error| broken(&error))?;
        if version != VERSION {
            return Err(Error::Version(version));
        }
        let envelope: Envelope<Self> = serde_json::from_slice(bytes).map_err(|error| broken(&error))?;
        let origin = match envelope.session.origin {
            Origin::Imported => Origin::Imported,
            Origin::Browser | Origin::Restored => Origin::Restored,
        };
        Ok(Self { origin, ..envelope.session })
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use url::Url;

    use super::cookie::{Attributes, Domain};
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn session() -> Session {
        let domain = Domain::parse(".example.com").unwrap();
        let attributes = Attributes {
            partition_key: Some(serde_json::json!({"topLevelSite": "https://example.com"})),
            expires: Some(Timestamp::MAX),
            ..Attributes::default()
        };
        let cookie = Cookie::new("www.example.com/club", "hush", domain, "/").unwrap().with(attributes);
        let (jar, _) = Jar::from_cookies([cookie]);
        let proxy = "socks5://ada:hush@proxy.example:1080".parse().unwrap();
        Session::new(ProfileId::new("ada").unwrap(), jar, "Browser/1".to_owned(), NOW, Origin::Browser)
            .through(Some(proxy))
    }

    fn answer(session: &mut Session, header: &'static str) {
        let url = Url::parse("https://example.com/").unwrap();
        session.jar.store_response(&url, [&HeaderValue::from_static(header)], NOW);
    }

    #[test]
    fn a_session_survives_its_bytes() {
        let session = session();
        let restored = Session::from_bytes(&session.to_bytes()).unwrap();
        assert!(restored.jar.cookies().eq(session.jar.cookies()));
        assert_eq!((restored.proxy, restored.user_agent), (session.proxy, session.user_agent));
        assert_eq!((restored.taken_at, restored.origin), (NOW, Origin::Restored));
    }

    #[test]
    fn an_imported_session_stays_one() {
        let imported = Session { origin: Origin::Imported, ..session() };
        assert_eq!(Session::from_bytes(&imported.to_bytes()).unwrap().origin, Origin::Imported);
    }

    #[test]
    fn what_was_not_given_back_is_still_known_after_a_restart() {
        let mut session = session();
        answer(&mut session, "basket=1");
        let mut restored = Session::from_bytes(&session.to_bytes()).unwrap();
        assert_eq!(restored.gains().map(Cookie::name).collect::<Vec<_>>(), ["basket"]);
        restored.note_given_back(restored.jar.mark());
        assert_eq!(restored.gains().count(), 0);
    }

    #[test]
    fn a_new_session_owes_the_browser_nothing() {
        let mut used = session();
        answer(&mut used, "basket=1");
        let renewed = Session::new(used.profile, used.jar, used.user_agent, NOW, Origin::Browser);
        assert_eq!(renewed.gains().count(), 0);
    }

    #[test]
    fn a_gain_during_the_giving_back_is_not_forgotten() {
        let mut session = session();
        answer(&mut session, "basket=1");
        let mark = session.jar.mark();
        answer(&mut session, "basket=2");
        session.note_given_back(mark);
        assert_eq!(session.gains().count(), 1);
    }

    #[test]
    fn a_foreign_version_and_broken_bytes_are_errors_without_secrets() {
        assert_eq!(Session::from_bytes(br#"{"version":9,"session":{}}"#).unwrap_err(), Error::Version(9));
        let broken = Session::from_bytes(br#"{"version":1,"session":"hush"}"#).unwrap_err();
        assert!(matches!(broken, Error::Broken(_)));
        assert!(!broken.to_string().contains("hush"));
        assert!(Session::from_bytes(b"").is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        assert!(!format!("{:?}", session()).contains("hush"));
    }
}
