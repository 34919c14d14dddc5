//! Whether the service lives: for whoever looks after processes. It tells
//! nothing about members, sellers or seats.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Error;

/// Answers `/healthz` and `/readyz` for as long as it is kept.
#[derive(Debug)]
pub struct Health {
    address: SocketAddr,
    _serving: JoinSet<()>,
}

impl Health {
    /// Listens at `address`; port 0 picks a free one.
    pub async fn listen(address: SocketAddr) -> Result<Self, Error> {
        let (address, listener) = listen(address).await?;
        let router =
            Router::new().route("/healthz", get(|| async { "ok" })).route("/readyz", get(|| async { "ok" }));
        Ok(Self { address, _serving: serve(listener, router) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A listener and the address that it got.
pub(super) async fn listen(address: SocketAddr) -> Result<(SocketAddr, TcpListener), Error> {
    let refused = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    Ok((listener.local_addr().map_err(refused)?, listener))
}

/// Serves for as long as the set is kept.
pub(super) fn serve(listener: TcpListener, router: Router) -> JoinSet<()> {
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "cannot go on serving");
        }
    });
    serving
}
