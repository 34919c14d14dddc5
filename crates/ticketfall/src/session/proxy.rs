//! A profile's proxy: the same for its browser and for its session.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use url::Url;

use super::secret::Secret;

/// What a proxy speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProxyKind {
    /// HTTP, tunnelling with CONNECT.
    Http,
    /// HTTP over TLS.
    Https,
    /// SOCKS 5, which resolves names itself.
    Socks5,
}

impl ProxyKind {
    const fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5 => "socks5",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Socks5 => 1080,
        }
    }
}

/// Why a text names no proxy; the text itself is never repeated, for it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// Not of the form `kind://host:port`.
    #[error("read it as a proxy: write it like socks5://name:password@host:1080")]
    Form,
    /// A scheme that is no proxy's.
    #[error("use that kind of proxy: http, https and socks5 are understood")]
    Kind,
    /// More than a host and a port.
    #[error("use a proxy with a path, a query or a fragment")]
    Path,
    /// A name or password that is no text.
    #[error("read the proxy's name or password: its percent-encoding is broken")]
    Encoding,
}

/// A proxy with what it takes to sign in to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxy {
    /// What it speaks.
    pub kind: ProxyKind,
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The name to sign in with, where it wants one.
    pub user: Option<String>,
    /// The password that goes with it.
    pub password: Option<Secret>,
}

impl Proxy {
    /// `kind://host:port`, as a browser's `--proxy-server` wants it: without name and password.
    pub fn server(&self) -> String {
        format!("{}://{}:{}", self.kind.scheme(), self.host, self.port)
    }

    /// The whole URL with name and password, for the HTTP client alone; names of sites are the proxy's to resolve.
    pub fn url(&self) -> Secret {
        let scheme = match self.kind {
            ProxyKind::Http | ProxyKind::Https => self.kind.scheme(),
            ProxyKind::Socks5 => "socks5h",
        };
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let user = self.user.as_deref().map(encoded).unwrap_or_default();
        let password =
            self.password.as_ref().map(|p| format!(":{}", encoded(p.reveal()))).unwrap_or_default();
        let at = if user.is_empty() && password.is_empty() { "" } else { "@" };
        Secret::new(format!("{scheme}://{user}{password}{at}{}:{}", self.host, self.port))
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.user {
            Some(user) => write!(f, "{}://{user}@{}:{}", self.kind.scheme(), self.host, self.port),
            None => f.write_str(&self.server()),
        }
    }
}

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let url = Url::parse(text).ok().ok_or(ProxyError::Form)?;
        let kind = match url.scheme() {
            "http" => ProxyKind::Http,
            "https" => ProxyKind::Https,
            "socks5" | "socks5h" => ProxyKind::Socks5,
            _ => return Err(ProxyError::Kind),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(ProxyError::Path);
        }
        let decoded = |part: &str| {
            percent_decode_str(part).decode_utf8().map(String::from).ok().ok_or(ProxyError::Encoding)
        };
        Ok(Self {
            kind,
            host: url.host_str().filter(|host| !host.is_empty()).ok_or(ProxyError::Form)?.to_owned(),
            port: url.port().unwrap_or(kind.port()),
            user: Some(url.username()).filter(|user| !user.is_empty()).map(decoded).transpose()?,
            password: url.password().map(decoded).transpose()?.map(Secret::new),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_read_from_its_url() {
        let proxy: Proxy = "socks5://ada:p%40ss@proxy.example:1080".parse().unwrap();
        assert_eq!((proxy.kind, proxy.host.as_str(), proxy.port), (ProxyKind::Socks5, "proxy.example", 1080));
        assert_eq!(proxy.user.as_deref(), Some("ada"));
        assert_eq!(proxy.password.as_ref().map(Secret::reveal), Some("p@ss"));
        assert_eq!(proxy.url().reveal(), "socks5h://ada:p%40ss@proxy.example:1080");
        assert_eq!(proxy.url().reveal().parse(), Ok(proxy));
    }

    #[test]
    fn neither_display_nor_debug_nor_the_browser_see_the_password() {
        let proxy: Proxy = "http://ada:hush@proxy.example:8080".parse().unwrap();
        assert_eq!(proxy.to_string(), "http://ada@proxy.example:8080");
        assert_eq!(proxy.server(), "http://proxy.example:8080");
        assert!(!format!("{proxy:?}").contains("hush"));
    }

    #[test]
    fn a_port_left_out_is_the_kinds_own() {
        let port = |text: &str| text.parse::<Proxy>().unwrap().port;
        assert_eq!(
            (port("http://p.example"), port("https://p.example"), port("socks5://p.example")),
            (80, 443, 1080)
        );
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_repeating_it() {
        let error = |text: &str| text.parse::<Proxy>().unwrap_err();
        assert_eq!(error("proxy.example:80:ada:hush"), ProxyError::Kind);
        assert_eq!(error("not a url"), ProxyError::Form);
        assert_eq!(error("ftp://proxy.example"), ProxyError::Kind);
        assert_eq!(error("http://proxy.example/path"), ProxyError::Path);
        assert_eq!(error("http://ada:%ff@proxy.example"), ProxyError::Encoding);
        assert_eq!(error("socks5://"), ProxyError::Form);
    }
}
