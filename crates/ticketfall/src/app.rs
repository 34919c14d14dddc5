//! Puts the service together from its configuration.

mod access;
pub mod demo;
mod house;
pub mod rotation;
mod service;

use std::sync::Arc;

use ticketfall_core::ids::ProfileId;

use crate::browser;
use crate::browser::gologin::{self, GoLogin};
use crate::clock::Clock;
use crate::config::Config;
use crate::monitoring::{BrowserPlan, Connections, Parts, Supervisor, keywords};
use crate::notify::Notices;
use crate::seller::transport::NetworkError;
use crate::seller::{Definition, Definitions, Tls, Unread, read_api_key};
use crate::store::{self, Store};
use crate::trust::{self, Trust};
use crate::vault::{self, KeySource, Options, Vault};

pub use access::{Challenge, TokenError, proof, renew_token};
pub use house::BoxOfficeHouse;
pub use service::{Door, Faces, Service};

/// Why the service cannot be put together; messages finish "cannot …".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// TLS.
    #[error("{0}")]
    Network(#[from] NetworkError),
    /// Certificates that the user adds.
    #[error(transparent)]
    Trust(#[from] trust::Error),
    /// What browsers are started with.
    #[error(transparent)]
    Browser(#[from] browser::Error),
    /// The API's token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// An address that is taken, or not ours.
    #[error("listen on {address}")]
    Listen {
        /// Which.
        address: std::net::SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// An address that others than this machine can reach.
    #[error("listen on {0}: the service speaks to this machine alone, and without TLS")]
    NotHere(std::net::SocketAddr),
    /// A script of the box office's.
    #[error("use the script {file}: {why}")]
    Script {
        /// Which.
        file: String,
        /// What is wrong, and where.
        why: String,
    },
    /// Files of the demo.
    #[error("make a directory for the demo")]
    Directory(#[source] std::io::Error),
    /// Signing the demo's member in.
    #[error("sign the demo's member in: {0}")]
    SignIn(String),
    /// Starting the demo's search.
    #[error("start the search: {0}")]
    Start(#[from] crate::monitoring::StartError),
}

/// A service that is ready to start searches.
#[derive(Debug)]
pub struct App {
    /// Its searches.
    pub supervisor: Supervisor,
    /// What outlives a run.
    pub store: Store,
    /// What secrets are sealed with.
    pub vault: Arc<Vault>,
    /// Where the vault's key came from, to be said aloud.
    pub key_source: KeySource,
    /// Definition files of the user's that could not be read.
    pub unread: Vec<Unread>,
}

impl App {
    /// Opens the store and the vault, and reads the definitions.
    pub async fn open(config: &Config, vault: &Options, clock: Clock, seed: u64) -> Result<Self, Error> {
        let (definitions, unread) = definitions(config);
        let store = Store::open(&config.data_dir, clock.now()).await?;
        let (vault, key_source) = Vault::open(&config.data_dir, vault)?;
        let vault = Arc::new(vault);
        let sealing = Arc::clone(&vault);
        let seal = move |profile: &ProfileId, keyword: &str| keywords::seal(&sealing, profile, keyword);
        let sealed = store::monitors::seal_keywords(&store, seal).await?;
        if sealed > 0 {
            tracing::info!(sealed, "access keywords that lay in the clear are sealed");
        }
        let supervisor = Supervisor::new(Parts {
            clock,
            store: store.clone(),
            vault: Arc::clone(&vault),
            definitions,
            connections: Connections::Network(Box::new(Tls::trusting(&trust(config)?)?)),
            notices: Notices::default(),
            browsers: browsers(config, clock)?,
            where_likely: config.looks.where_likely,
            seed,
        });
        Ok(Self { supervisor, store, vault, key_source, unread })
    }
}

/// Whose certificates sellers and proxies may show.
pub fn trust(config: &Config) -> Result<Trust, trust::Error> {
    config.network.extra_roots.as_deref().map_or_else(|| Ok(Trust::default()), Trust::with_roots_of)
}

/// How members' browsers are started.
pub fn browsers(config: &Config, clock: Clock) -> Result<BrowserPlan, Error> {
    Ok(BrowserPlan {
        program: config.browser.path.clone(),
        headless: config.browser.headless,
        close_when_idle: config.browser.close_when_idle,
        gologin: Some(gologin(config, clock)?),
        trust: trust(config)?,
        ..BrowserPlan::new(&config.data_dir)
    })
}

/// The way to GoLogin; it asks nothing yet.
pub fn gologin(config: &Config, clock: Clock) -> Result<Arc<GoLogin>, browser::Error> {
    let settings = gologin::Settings {
        local: config.gologin.local_url.clone(),
        cloud: config.gologin.cloud_url.clone(),
        token_file: config.gologin.token_file.clone(),
        data_dir: config.data_dir.clone(),
    };
    GoLogin::new(settings, clock)
}

/// The definitions that ship and the user's own, with the origins and keys that the configuration gives them.
pub fn definitions(config: &Config) -> (Definitions, Vec<Unread>) {
    let (mut definitions, mut unread) = Definitions::with_directory(&config.sellers_dir);
    for (id, settings) in &config.sellers {
        let Some(definition) = definitions.get(id) else { continue };
        let mut own = Definition::clone(definition);
        if let Some(origin) = &settings.origin {
            own = own.at_origin(origin);
        }
        match settings.api_key_file.as_deref().map(read_api_key) {
            Some(Ok(key)) => own = own.with_api_key(key),
            Some(Err(error)) => unread.push(error),
            None => {}
        }
        definitions.add(own);
    }
    (definitions, unread)
}
