//! Clients for addresses that a person configured: https to public ones, nearer ones only where allowed.
//!
//! Addresses are checked when connecting, so that no name can change its mind after a check.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use super::is_private;

const CONNECT_MAX: Duration = Duration::from_secs(10);

/// Which addresses may be connected to, and the key of the configuration that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    near: Near,
    key: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Near {
    /// Public ones.
    Public,
    /// This machine's: all that http may speak to.
    Loopback,
    /// All: the user said that it is in a private network.
    All,
}

/// Why an address is not gone to; each finishes "cannot use …: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Secrets would travel in the clear.
    #[error("only https is spoken, and http to this machine with {0} = true")]
    Insecure(&'static str),
    /// An address of this machine or of a private network.
    #[error("{address} is not public; {key} = true allows it")]
    Private {
        /// The address.
        address: IpAddr,
        /// What would allow it.
        key: &'static str,
    },
}

impl Guard {
    /// The guard for what is at `url`; `private` is what the configuration has at `key`. An address in the URL never
    /// meets the resolver, so it is checked here.
    pub fn new(url: &Url, private: bool, key: &'static str) -> Result<Self, Refused> {
        let near = match (url.scheme(), private) {
            ("https", false) => Near::Public,
            ("https", true) => Near::All,
            (_, true) => Near::Loopback,
            (_, false) => return Err(Refused::Insecure(key)),
        };
        let guard = Self { near, key };
        let address: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(name)) if near == Near::Loopback && name != "localhost" => {
                return Err(Refused::Insecure(key));
            }
            Some(Host::Domain(_)) | None => return Ok(guard),
        };
        match near {
            _ if guard.allows(address) => Ok(guard),
            Near::Loopback => Err(Refused::Insecure(key)),
            Near::Public | Near::All => Err(Refused::Private { address, key }),
        }
    }

    fn allows(self, address: IpAddr) -> bool {
        match self.near {
            Near::Public => !is_private(address),
            Near::Loopback => address.is_loopback(),
            Near::All => true,
        }
    }

    fn refusal(self) -> String {
        match self.near {
            Near::Public => format!("it has only private addresses; {} = true allows them", self.key),
            Near::Loopback => "it is not this machine, and anywhere else only https is spoken".to_owned(),
            Near::All => "it has no address".to_owned(),
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

/// A client that goes where `guard` allows, follows nothing and repeats nothing; an error is for people.
pub fn client(guard: Guard) -> Result<reqwest::Client, String> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .connect_timeout(CONNECT_MAX)
        .dns_resolver(Arc::new(guard))
        .build()
        .map_err(|error| deepest(&error))
}

/// The deepest cause, which says the most.
pub fn deepest(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(url: &str, private: bool) -> Result<Near, String> {
        let guard = Guard::new(&Url::parse(url).unwrap(), private, "notify.private");
        guard.map(|guard| guard.near).map_err(|error| error.to_string())
    }

    #[test]
    fn http_is_spoken_to_this_machine_alone_and_only_when_that_is_allowed() {
        assert_eq!(guard("http://127.0.0.1:8080/", true), Ok(Near::Loopback));
        assert_eq!(guard("http://localhost/", true), Ok(Near::Loopback));
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
            assert_eq!(guard(url, true), Ok(Near::All));
        }
        assert_eq!(guard("https://cookies.example/", false), Ok(Near::Public));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_refused_when_connecting() {
        let url = Url::parse("https://localhost:1/").unwrap();
        let guard = Guard::new(&url, false, "notify.private").unwrap();
        let error = client(guard).unwrap().get(url).send().await.unwrap_err();
        assert_eq!(deepest(&error), guard.refusal());
    }
}
