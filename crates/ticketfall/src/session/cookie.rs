//! The one cookie type: what a browser, a file and an answer all become.
//! Names are taken as they come (slashes too); values are secrets.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::{Host, Url};

use super::secret::Secret;

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
    /// A path that does not begin with a slash.
    #[error("keep a cookie for the path {0:?}: it must begin with a slash")]
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

/// Which hosts a cookie is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Domain {
    /// This host and no other.
    HostOnly(String),
    /// This host and every host below it.
    WithSubdomains(String),
}

impl Domain {
    /// Reads a domain as browsers write it: a leading dot includes the hosts below.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        match text.strip_prefix('.') {
            Some(rest) => Self::with_subdomains(rest),
            None => Self::host_only(text),
        }
    }

    /// This host alone.
    pub fn host_only(host: &str) -> Result<Self, Refusal> {
        named_host(host).map(|host| Self::HostOnly(host.to_string()))
    }

    /// This host and those below it; an address has none below and is taken alone.
    pub fn with_subdomains(host: &str) -> Result<Self, Refusal> {
        named_host(host).map(|host| match host {
            Host::Domain(name) => Self::WithSubdomains(name),
            Host::Ipv4(_) | Host::Ipv6(_) => Self::HostOnly(host.to_string()),
        })
    }

    /// The host, without a leading dot.
    pub fn host(&self) -> &str {
        match self {
            Self::HostOnly(host) | Self::WithSubdomains(host) => host,
        }
    }

    /// Whether a cookie of this domain is sent to `host` (lower case).
    pub fn covers(&self, host: &str) -> bool {
        match self {
            Self::HostOnly(own) => own == host,
            Self::WithSubdomains(own) => is_at_or_below(host, own),
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostOnly(host) => f.write_str(host),
            Self::WithSubdomains(host) => write!(f, ".{host}"),
        }
    }
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

/// The scheme and registrable domain of a URL, as browsers write a partition's `topLevelSite`.
pub(super) fn site(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let domain = match url.host() {
        Some(Host::Domain(name)) => psl::domain_str(name).unwrap_or(name),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => host,
    };
    format!("{}://{domain}", url.scheme())
}

/// Whether browsers let a secure cookie travel: TLS, or this very machine.
pub(super) fn is_trustworthy(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => is_at_or_below(name, "localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    is_here || matches!(url.scheme(), "https" | "wss")
}

pub(super) fn is_at_or_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn named_host(text: &str) -> Result<Host, Refusal> {
    Host::parse(text).ok().ok_or_else(|| Refusal::Domain(text.chars().take(100).collect()))
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
        assert_eq!(Domain::parse("no host"), Err(Refusal::Domain("no host".to_owned())));
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
