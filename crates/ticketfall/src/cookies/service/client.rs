//! The HTTP client of the cookie service: https, or this machine where that is allowed. Addresses are
//! checked when connecting, so that no name can change its mind after a check.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};
use zeroize::Zeroizing;

use super::SetupError;
use crate::address::is_private;
use crate::cookies::BYTES_MAX;

const CONNECT_MAX: Duration = Duration::from_secs(10);

/// Why there is no answer; it repeats no address with a query.
#[derive(Debug)]
pub(super) struct Unreached(pub(super) String);

#[derive(Debug)]
pub(super) struct Client(reqwest::Client);

/// Which addresses may be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guard {
    /// Public ones.
    Public,
    /// This machine's: all that http may speak to.
    Loopback,
    /// All: the user said that the service is in a private network.
    All,
}

impl Client {
    /// A client for the service at `origin`; `private` allows this machine and private networks.
    pub(super) fn new(origin: &Url, private: bool) -> Result<Self, SetupError> {
        let guard = Guard::new(origin, private)?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .connect_timeout(CONNECT_MAX)
            .dns_resolver(Arc::new(guard))
            .build();
        client.map(Self).map_err(|error| SetupError::Client(deepest(&error)))
    }

    /// The status and the body, of which one byte more than is allowed is enough to tell that it is too long.
    pub(super) async fn get(
        &self,
        url: Url,
        headers: HeaderMap,
    ) -> Result<(StatusCode, Zeroizing<Vec<u8>>), Unreached> {
        let failed = |error: reqwest::Error| Unreached(deepest(&error.without_url()));
        let mut answer = self.0.get(url).headers(headers).send().await.map_err(failed)?;
        let mut body = Zeroizing::new(Vec::new());
        while body.len() <= BYTES_MAX
            && let Some(chunk) = answer.chunk().await.map_err(failed)?
        {
            body.extend_from_slice(&chunk);
        }
        Ok((answer.status(), body))
    }
}

impl Guard {
    /// An address in the URL never meets the resolver, so it is checked here.
    fn new(origin: &Url, private: bool) -> Result<Self, SetupError> {
        let guard = match (origin.scheme(), private) {
            ("https", false) => Self::Public,
            ("https", true) => Self::All,
            (_, true) => Self::Loopback,
            (_, false) => return Err(SetupError::Insecure),
        };
        let address: IpAddr = match origin.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(name)) if guard == Self::Loopback && name != "localhost" => {
                return Err(SetupError::Insecure);
            }
            Some(Host::Domain(_)) | None => return Ok(guard),
        };
        match guard {
            _ if guard.allows(address) => Ok(guard),
            Self::Loopback => Err(SetupError::Insecure),
            Self::Public | Self::All => Err(SetupError::Private(address.to_string())),
        }
    }

    fn allows(self, address: IpAddr) -> bool {
        match self {
            Self::Public => !is_private(address),
            Self::Loopback => address.is_loopback(),
            Self::All => true,
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept: Vec<SocketAddr> = found.filter(|address| guard.allows(address.ip())).collect();
            if kept.is_empty() {
                return Err(guard.refusal().into());
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

impl Guard {
    fn refusal(self) -> &'static str {
        match self {
            Self::Public => "it has only private addresses; cookies.private = true allows them",
            Self::Loopback => "it is not this machine, and anywhere else only https is spoken",
            Self::All => "it has no address",
        }
    }
}

fn tls() -> Result<ClientConfig, SetupError> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| SetupError::Client(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The deepest cause, which says the most.
fn deepest(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(url: &str, private: bool) -> Result<Guard, String> {
        Guard::new(&Url::parse(url).unwrap(), private).map_err(|error| error.to_string())
    }

    #[test]
    fn http_is_spoken_to_this_machine_alone_and_only_when_that_is_allowed() {
        assert_eq!(guard("http://127.0.0.1:8080/", true), Ok(Guard::Loopback));
        assert_eq!(guard("http://localhost/", true), Ok(Guard::Loopback));
        for (url, private) in
            [("http://127.0.0.1/", false), ("http://cookies.example/", true), ("http://10.0.0.1/", true)]
        {
            assert!(guard(url, private).unwrap_err().contains("only https"), "{url}");
        }
    }

    #[test]
    fn a_private_address_is_refused_unless_it_is_allowed() {
        for url in ["https://169.254.169.254/", "https://[::ffff:10.0.0.1]/", "https://100.64.0.1/"] {
            assert!(guard(url, false).unwrap_err().contains("is not public"), "{url}");
            assert_eq!(guard(url, true), Ok(Guard::All));
        }
        assert_eq!(guard("https://cookies.example/", false), Ok(Guard::Public));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_refused_when_connecting() {
        let origin = Url::parse("https://localhost:1/").unwrap();
        let client = Client::new(&origin, false).unwrap();
        let Unreached(why) = client.get(origin, HeaderMap::new()).await.unwrap_err();
        assert_eq!(why, Guard::Public.refusal());
    }
}
