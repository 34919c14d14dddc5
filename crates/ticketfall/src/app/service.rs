//! The faces on one port: the API and the dashboard, behind one layer that asks who is there.

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use axum::{Json, extract::State};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Error;
use super::access::{Access, enter_routes, guard, proof_routes, revoke_routes};
use crate::api::{self, Api, Problem};
use crate::clock::Clock;
use crate::config::HostName;
use crate::web::{self, Web};

/// A service that answers for as long as it is kept.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    access: Access,
    _serving: JoinSet<()>,
}

/// Everything that is served, before it has a port: for a process that brings its own.
#[derive(Debug)]
pub struct Faces {
    /// The routes, behind the one layer.
    pub router: Router,
    access: Access,
}

impl Faces {
    /// The faces of a service that answers as `address`; the token is kept in `directory`.
    pub fn new(api: Api, directory: &Path, address: SocketAddr, clock: Clock) -> Result<Self, Error> {
        let access = Access::open(directory, (address, Vec::new()), clock)?;
        Ok(Self { router: router(api, &access), access })
    }

    /// A link into the dashboard that works once.
    pub fn link(&self) -> String {
        self.access.link()
    }
}

/// An address that is ours, for a service that has yet to be made.
#[derive(Debug)]
pub struct Door {
    address: SocketAddr,
    hosts: Vec<HostName>,
    listener: TcpListener,
}

impl Door {
    /// Takes `address`, which is on this machine alone; port 0 picks a free one.
    pub async fn open(address: SocketAddr) -> Result<Self, Error> {
        if !address.ip().is_loopback() {
            return Err(Error::NotHere(address));
        }
        let (address, listener) = listen(address).await?;
        Ok(Self { address, hosts: Vec::new(), listener })
    }

    /// The same, answering to these names as well.
    #[must_use]
    pub fn also_as(self, hosts: Vec<HostName>) -> Self {
        Self { hosts, ..self }
    }

    /// Serves the faces behind it; the token is kept in `directory`.
    pub fn serve(self, api: Api, directory: &Path, clock: Clock) -> Result<Service, Error> {
        let access = Access::open(directory, (self.address, self.hosts), clock)?;
        let router = router(api, &access);
        Ok(Service { address: self.address, access, _serving: serve(self.listener, router) })
    }
}

impl Service {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A link into the dashboard that works once.
    pub fn link(&self) -> String {
        self.access.link()
    }
}

/// Everything that is served, behind the one layer.
fn router(api: Api, access: &Access) -> Router {
    let links = Router::new().route("/api/v1/dashboard-links", post(link)).with_state(access.clone());
    let web = Web { supervisor: api.supervisor.clone(), store: api.store.clone(), clock: api.clock };
    api::router(api)
        .merge(web::router(web))
        .merge(links)
        .merge(enter_routes(access.clone()))
        .merge(proof_routes(access.clone()))
        .merge(revoke_routes(access.clone()))
        .fallback(nothing_here)
        .layer(from_fn_with_state(access.clone(), guard))
}

async fn nothing_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "there is no such thing")
        .detail("the description at /openapi.json has every path")
}

async fn link(State(access): State<Access>) -> Json<Value> {
    Json(json!({ "url": access.link() }))
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
