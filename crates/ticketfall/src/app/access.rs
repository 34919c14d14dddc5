//! Who may speak to the service: whoever has its token, or a dashboard that came in by a one-time link.
//! The token is in a file that only its owner can read; nothing else here outlives the process.

mod enter;
mod guard;
mod proof;
mod revoke;
mod token;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::HostName;

use token::Token;

pub(super) use enter::routes as enter_routes;
pub(super) use guard::guard;
pub use proof::Challenge;
pub(super) use proof::routes as proof_routes;
pub(super) use revoke::routes as revoke_routes;
pub use token::{TokenError, renew as renew_token};

/// How long a one-time link can be used.
const LINK_AGE_MAX: SignedDuration = SignedDuration::from_mins(10);
const LINKS_MAX: usize = 16;
/// How long a browser that came in by a link stays.
const VISIT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What the service asks of everybody who speaks to it; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Access(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Changes when it is revoked, and all that was let in by the one before is let out.
    token: watch::Sender<Token>,
    directory: PathBuf,
    address: SocketAddr,
    /// Names of a proxy in front of it.
    hosts: Vec<HostName>,
    clock: Clock,
    links: Mutex<Vec<Link>>,
}

#[derive(Debug)]
struct Link {
    code: Token,
    until: Timestamp,
}

impl Access {
    /// The access to a service at `address`, which proxies pass on as one of `hosts`, by the token in `directory`; made
    /// where there is none.
    pub(super) fn open(
        directory: &Path,
        (address, hosts): (SocketAddr, Vec<HostName>),
        clock: Clock,
    ) -> Result<Self, TokenError> {
        let token = watch::Sender::new(Token::open(directory)?);
        let directory = directory.to_owned();
        Ok(Self(Arc::new(Inner { token, directory, address, hosts, clock, links: Mutex::default() })))
    }

    /// Takes a new token, which is kept in the file: the old one, every link and every visit let nobody in any more.
    fn revoke(&self) -> Result<(), TokenError> {
        let token = Token::renew(&self.0.directory)?;
        self.0.links.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.0.token.send_replace(token);
        Ok(())
    }

    /// Ends when the token is revoked.
    async fn revoked(&self) {
        let mut token = self.0.token.subscribe();
        // Without a sender there is nobody left to be let in.
        drop(token.changed().await);
    }

    /// A link into the dashboard that works once, for some minutes.
    pub(super) fn link(&self) -> String {
        let (code, now) = (Token::random(), self.0.clock.now());
        let link = format!("http://{}/enter?code={}", self.0.address, code.expose());
        let mut links = self.0.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.retain(|link| link.until > now);
        if links.len() == LINKS_MAX {
            links.remove(0);
        }
        links.push(Link { code, until: now + LINK_AGE_MAX });
        link
    }

    /// Uses a link up: the cookie for the browser that followed it, and how many seconds it is good for.
    fn redeem(&self, code: &str) -> Option<(String, i64)> {
        let now = self.0.clock.now();
        let mut links = self.0.links.lock().unwrap_or_else(PoisonError::into_inner);
        let at = links.iter().position(|link| link.until > now && link.code.is(code))?;
        links.remove(at);
        let until = (now + VISIT).as_second();
        Some((format!("{until}.{}", self.signature(until)), VISIT.as_secs()))
    }

    fn is_token(&self, given: &str) -> bool {
        self.0.token.borrow().is(given)
    }

    /// Whether a cookie is one that [`Self::redeem`] gave, with this token, not too long ago.
    fn is_visit(&self, cookie: &str) -> bool {
        let Some((until, signature)) = cookie.split_once('.') else { return false };
        let Ok(until) = until.parse::<i64>() else { return false };
        let is_signed = bool::from(self.signature(until).as_bytes().ct_eq(signature.as_bytes()));
        is_signed && until > self.0.clock.now().as_second()
    }

    fn signature(&self, until: i64) -> String {
        signed(self.0.token.borrow().expose(), &format!("dashboard until {until}"))
    }

    /// What only who has the token can say: that the service at this very address has it too.
    fn proof(&self, challenge: &str) -> String {
        proof(self.0.token.borrow().expose(), self.0.address, challenge)
    }

    /// The name of the dashboard's cookie: services on other ports of this machine have their own.
    fn cookie_name(&self) -> String {
        format!("ticketfall_{}", self.0.address.port())
    }

    /// Whether a `Host` is ours: a page of another name that resolves to this machine is none of ours.
    fn is_own_host(&self, host: &str) -> bool {
        let port = self.0.address.port();
        let own = ["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
        let is_named =
            |name: &String| host == name.as_str() && port == 80 || host == format!("{name}:{port}");
        own.iter().any(is_named) || host == self.0.address.to_string() || self.is_given_host(host)
    }

    /// Whether the user has given the service this name.
    fn is_given_host(&self, host: &str) -> bool {
        self.0.hosts.iter().any(|given| given.is(host))
    }

    /// Whether a page of ours says that it is from there; a proxy may speak TLS.
    fn is_own_origin(&self, origin: &str, host: &str) -> bool {
        origin == format!("http://{host}") || self.is_given_host(host) && origin == format!("https://{host}")
    }
}

/// What the service at `address` answers to a challenge: the HMAC-SHA256 under its token. Who listens at another address
/// cannot pass on the answer of the one that was meant.
pub fn proof(token: &str, address: SocketAddr, challenge: &str) -> String {
    signed(token, &format!("service at {address} asked {challenge}"))
}

fn signed(token: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("a key of any length is taken");
    mac.update(text.as_bytes());
    token::hex(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests;
