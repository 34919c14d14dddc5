//! The one cookie type: what a browser, a file and an answer all become.
//! Names are taken as they come (slashes too); values are secrets.

mod domain;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::secret::Secret;
pub use domain::Domain;
pub(super) use domain::{is_at_or_below, is_trustworthy, site};

/// The most bytes that a cookie's name and value may have together.
pub const BYTES_MAX: usize = 8 * 1024;

/// Why a cookie is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A header that is no cookie at all.
    #[error("read it as a cookie")]
    Unreadable,
    /// Nothing before the `=`.
    #[error("keep a cookie without a name")]
    NoName,
    /// A character that would break the header it travels in.
    #[error("keep a cookie with a control character, or a \";\", in its {0}")]
    Character(&'static str),
    /// More than [`BYTES_MAX`].
    #[error("keep a cookie of {0} bytes: {BYTES_MAX} at most")]
    TooLong(usize),
    /// A domain that names no host.
    #[error("keep a cookie for {0:?}, which names no host")]
    Domain(String),
    /// A path that does not begin with a slash, or that no header can hold.
    #[error("keep a cookie for the path {0:?}: it must begin with a slash, and be short and printable")]
    Path(String),
    /// A site that sets a cookie for another one.
    #[error("keep a cookie that one site sets for another ({0})")]
    Foreign(String),
    /// A cookie for everybody below a public suffix such as `co.uk`.
    #[error("keep a cookie for all of {0}")]
    PublicSuffix(String),
    /// A cookie which asks for a secure connection that it did not have, or for attributes that it lacks.
    #[error("keep it: {0}")]
    Insecure(&'static str),
    /// A jar that has no room.
    #[error("keep more than {0} cookies")]
    Full(usize),
}

/// A cookie that was not kept, by name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cookie {name:?}: cannot {why}")]
pub struct Refused {
    /// The cookie's name, as far as it has one.
    pub name: String,
    /// Why.
    pub why: Refusal,
}

/// When a browser sends a cookie along with requests that another site caused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SameSite {
    /// Never.
    Strict,
    /// When the page itself is asked for.
    Lax,
    /// Always.
    None,
}

/// What a site says about a cookie beside its name, value, domain and path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// When it ends; `None` lasts as long as the browser's session.
    pub expires: Option<Timestamp>,
    /// Only over a secure connection.
    pub secure: bool,
    /// Hidden from the page's scripts.
    pub http_only: bool,
    /// `None` where the site did not say.
    pub same_site: Option<SameSite>,
    /// The browser's own key of a partitioned cookie, kept as it came.
    pub partition_key: Option<Value>,
}

/// A cookie whose name, value, domain and path are known to be sound.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cookie {
    name: String,
    value: Secret,
    domain: Domain,
    path: String,
    /// The rest, as the site said it.
    pub attributes: Attributes,
}

impl Cookie {
    /// A session cookie without attributes; unsound parts are refused.
    pub fn new(
        name: impl Into<String>,
        value: impl Into<String>,
        domain: Domain,
        path: impl Into<String>,
    ) -> Result<Self, Refusal> {
        let (name, value, path) = (name.into(), value.into(), path.into());
        if name.is_empty() {
            return Err(Refusal::NoName);
        }
        if name.contains('=') || breaks_header(&name) {
            return Err(Refusal::Character("name"));
        }
        if breaks_header(&value) {
            return Err(Refusal::Character("value"));
        }
        if name.len() + value.len() > BYTES_MAX {
            return Err(Refusal::TooLong(name.len() + value.len()));
        }
        if !path.starts_with('/') || path.len() > BYTES_MAX || breaks_header(&path) {
            return Err(Refusal::Path(path.chars().take(100).collect()));
        }
        Ok(Self { name, value: Secret::new(value), domain, path, attributes: Attributes::default() })
    }

    /// The same cookie with these attributes.
    #[must_use]
    pub fn with(self, attributes: Attributes) -> Self {
        Self { attributes, ..self }
    }

    /// The name, in which slashes are as good as letters.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value, which is a secret.
    pub fn value(&self) -> &Secret {
        &self.value
    }

    /// Which hosts it is for.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The path at and below which it is sent.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether its time is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.attributes.expires.is_some_and(|end| end <= now)
    }

    /// Whether both are the same cookie for a browser, so that the later one replaces the earlier.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.name == other.name
            && self.domain == other.domain
            && self.path == other.path
            && self.partition() == other.partition()
    }

    /// Whether a request for `url` carries it (RFC 6265 §5.4).
    pub fn is_sent_to(&self, url: &Url, now: Timestamp) -> bool {
        url.host_str().is_some_and(|host| self.domain.covers(host))
            && path_covers(&self.path, url.path())
            && (!self.attributes.secure || is_trustworthy(url))
            && !self.is_expired(now)
            && self.is_in_partition_of(url)
    }

    /// About how much memory it takes, in bytes.
    pub fn approximate_bytes(&self) -> usize {
        let texts = [&*self.name, self.value.reveal(), self.domain.host(), &*self.path];
        size_of::<Self>() + texts.iter().map(|text| text.len()).sum::<usize>()
    }

    /// The top-level site of a partitioned cookie, however its key was written.
    pub fn partition(&self) -> Option<&str> {
        let key = self.attributes.partition_key.as_ref()?;
        key.as_str().or_else(|| key.get("topLevelSite")?.as_str())
    }

    /// A key that cannot be read counts as ours: the seller then decides what the cookie is worth.
    fn is_in_partition_of(&self, url: &Url) -> bool {
        self.partition().is_none_or(|top_level| top_level == site(url))
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cookie({:?} of {}{})", self.name, self.domain, self.path)
    }
}

/// When a cookie ends that is written in floating seconds since 1970; beyond all calendars is the last moment.
pub fn moment(seconds: f64) -> Timestamp {
    let since = SignedDuration::try_from_secs_f64(seconds);
    since.and_then(Timestamp::from_duration).unwrap_or(Timestamp::MAX)
}

fn breaks_header(text: &str) -> bool {
    text.chars().any(|c| c == ';' || (c.is_control() && c != '\t'))
}

fn path_covers(own: &str, asked: &str) -> bool {
    asked.strip_prefix(own).is_some_and(|rest| rest.is_empty() || own.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(name: &str, domain: &str, path: &str) -> Cookie {
        Cookie::new(name, "hush", Domain::parse(domain).unwrap(), path).unwrap()
    }

    fn is_sent(cookie: &Cookie, url: &str) -> bool {
        cookie.is_sent_to(&Url::parse(url).unwrap(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_name_with_slashes_is_a_name() {
        assert_eq!(cookie("www.example.com/club", "example.com", "/").name(), "www.example.com/club");
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!("{:?}", cookie("a", ".example.com", "/club"));
        assert_eq!(shown, r#"Cookie("a" of .example.com/club)"#);
        assert_eq!(format!("{:?}", Secret::new("hush")), "(secret)");
    }

    #[test]
    fn what_would_break_a_header_is_refused() {
        let domain = Domain::parse("example.com").unwrap();
        let made = |name: &str, value: &str, path: &str| Cookie::new(name, value, domain.clone(), path).err();
        assert_eq!(made("", "x", "/"), Some(Refusal::NoName));
        assert_eq!(made("a=b", "x", "/"), Some(Refusal::Character("name")));
        assert_eq!(made("a", "x\r\nSet-Cookie: b=c", "/"), Some(Refusal::Character("value")));
        assert_eq!(made("a", "x; b=c", "/"), Some(Refusal::Character("value")));
        assert_eq!(made("a", "x", "club"), Some(Refusal::Path("club".to_owned())));
        assert_eq!(made("a", &"x".repeat(BYTES_MAX), "/"), Some(Refusal::TooLong(BYTES_MAX + 1)));
    }

    #[test]
    fn a_host_only_cookie_stays_at_its_host() {
        let own = cookie("a", "example.com", "/");
        assert!(is_sent(&own, "http://example.com/x"));
        assert!(!is_sent(&own, "http://www.example.com/x"));
    }

    #[test]
    fn a_domain_cookie_reaches_hosts_below_and_no_lookalike() {
        let shared = cookie("a", ".example.com", "/");
        assert!(is_sent(&shared, "http://www.example.com/"));
        assert!(is_sent(&shared, "http://example.com/"));
        assert!(!is_sent(&shared, "http://badexample.com/"));
    }

    #[test]
    fn a_path_covers_itself_and_what_is_below() {
        let club = cookie("a", "example.com", "/club");
        assert!(is_sent(&club, "http://example.com/club"));
        assert!(is_sent(&club, "http://example.com/club/EDP"));
        assert!(!is_sent(&club, "http://example.com/clubhouse"));
    }

    #[test]
    fn a_secure_cookie_needs_tls_or_this_machine() {
        let secure =
            |domain| cookie("a", domain, "/").with(Attributes { secure: true, ..Attributes::default() });
        assert!(!is_sent(&secure("example.com"), "http://example.com/"));
        assert!(is_sent(&secure("example.com"), "https://example.com/"));
        assert!(is_sent(&secure("127.0.0.1"), "http://127.0.0.1:8080/"));
    }

    #[test]
    fn a_cookie_of_another_sites_partition_stays_home() {
        let partitioned = |site: &str| {
            let partition_key =
                Some(serde_json::json!({"topLevelSite": site, "hasCrossSiteAncestor": false}));
            cookie("a", "tickets.example.com", "/")
                .with(Attributes { partition_key, ..Attributes::default() })
        };
        assert!(is_sent(&partitioned("https://example.com"), "https://tickets.example.com/"));
        assert!(!is_sent(&partitioned("https://else.example"), "https://tickets.example.com/"));
    }
}
