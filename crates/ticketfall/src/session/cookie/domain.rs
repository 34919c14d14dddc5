//! Which hosts a cookie is for, and what of a URL decides whether it goes along.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::Refusal;

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

/// The scheme and registrable domain of a URL, as browsers write a partition's `topLevelSite`.
pub(in crate::session) fn site(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let domain = match url.host() {
        Some(Host::Domain(name)) => psl::domain_str(name).unwrap_or(name),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => host,
    };
    format!("{}://{domain}", url.scheme())
}

/// Whether browsers let a secure cookie travel: TLS, or this very machine.
pub(in crate::session) fn is_trustworthy(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => is_at_or_below(name, "localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    is_here || matches!(url.scheme(), "https" | "wss")
}

pub(in crate::session) fn is_at_or_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn named_host(text: &str) -> Result<Host, Refusal> {
    Host::parse(text).ok().ok_or_else(|| Refusal::Domain(text.chars().take(100).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leading_dot_includes_the_hosts_below() {
        assert_eq!(Domain::parse("Example.COM"), Ok(Domain::HostOnly("example.com".to_owned())));
        assert_eq!(Domain::parse(".example.com"), Ok(Domain::WithSubdomains("example.com".to_owned())));
        assert_eq!(Domain::parse(".127.0.0.1"), Ok(Domain::HostOnly("127.0.0.1".to_owned())));
    }

    #[test]
    fn what_names_no_host_is_refused() {
        for text in ["", ".", "no host", "a/b", "[::1"] {
            assert_eq!(Domain::parse(text), Err(Refusal::Domain(text.trim_start_matches('.').to_owned())));
        }
    }

    #[test]
    fn a_site_is_the_part_that_one_owner_registers() {
        let site = |text: &str| site(&Url::parse(text).unwrap());
        assert_eq!(site("https://tickets.club.co.uk/x"), "https://club.co.uk");
        assert_eq!(site("http://127.0.0.1:80/"), "http://127.0.0.1");
        assert_eq!(site("http://localhost/"), "http://localhost");
    }
}
