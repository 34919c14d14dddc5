//! A browser's way out: straight, or through its profile's proxy, which it is signed in to.

use super::devtools::Client;
use super::error::Error;
use super::relay::Relay;
use super::sign_in::SignIn;
use super::trouble::Trouble;
use crate::session::Proxy;
use crate::session::proxy::ProxyKind;
use crate::trust::Trust;

/// How a browser reaches sites; it lasts as long as the browser does.
#[derive(Debug, Default)]
pub(super) struct Way {
    proxy: Option<Proxy>,
    relay: Option<Relay>,
    sign_in: Option<SignIn>,
    trouble: Trouble,
}

impl Way {
    /// Prepares the way; where a relay is needed, it listens at the port of `before` if that was one.
    pub(super) async fn open(
        proxy: Option<Proxy>,
        trust: &Trust,
        before: Option<&str>,
    ) -> Result<Self, Error> {
        let mut way = Self { proxy, ..Self::default() };
        if let Some(proxy) = way.proxy.as_ref().filter(|proxy| wants_relay(proxy, trust)) {
            let port = before.and_then(|server| server.strip_prefix("socks5://127.0.0.1:")?.parse().ok());
            let relay = Relay::start((proxy.clone(), trust), way.trouble.clone(), port).await;
            way.relay =
                Some(relay.map_err(|error| Error::Proxy(format!("listen for the browser: {error}")))?);
        }
        Ok(way)
    }

    /// What the browser is told to connect through: kind, host and port.
    pub(super) fn server(&self) -> Option<String> {
        self.relay.as_ref().map(Relay::server).or_else(|| self.proxy.as_ref().map(Proxy::server))
    }

    /// Signs the browser in where its proxy asks for a name.
    pub(super) async fn sign_in(&mut self, client: &Client) -> Result<(), Error> {
        if let Some(proxy) = self.proxy.as_ref().filter(|proxy| proxy.user.is_some() && self.relay.is_none())
        {
            self.sign_in = Some(SignIn::begin(client, proxy, self.trouble.clone()).await?);
        }
        Ok(())
    }

    /// What goes wrong on the way.
    pub(super) fn trouble(&self) -> Trouble {
        self.trouble.clone()
    }
}

/// A browser cannot sign in to a SOCKS proxy, and trusts no authority that it does not know.
fn wants_relay(proxy: &Proxy, trust: &Trust) -> bool {
    match proxy.kind {
        ProxyKind::Socks5 => true,
        ProxyKind::Https => trust.has_extra(),
        ProxyKind::Http => false,
    }
}
