//! What every command is given.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use crate::app::{self, App};
use crate::clock::Clock;
use crate::config::{Environment, Loaded};
use crate::seller::Definitions;
use crate::store::{self, Store};
use crate::vault::Options;

use super::exit::Exit;
use super::failure::Failure;
use super::printer::Printer;
use super::service::Service;

/// Decides the jitter of back-offs, which only has to differ between hosts.
const SEED: u64 = 1;

/// What every command is given.
#[derive(Debug)]
pub struct Context {
    /// The configuration, and how it came about.
    pub loaded: Loaded,
    /// The variables and directories.
    pub environment: Environment,
    /// What time it is.
    pub clock: Clock,
    /// Where answers go.
    pub printer: Printer,
}

/// Who keeps what is written.
#[derive(Debug)]
pub(super) enum Keeper {
    /// This process, alone.
    Store(Store),
    /// The service that runs.
    Service(Service),
}

impl Context {
    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        &self.loaded.config.data_dir
    }

    /// Every seller that is known, where the configuration says it is; a file that is no definition is said.
    pub fn sellers(&self) -> Result<Definitions, Failure> {
        let config = &self.loaded.config;
        let (sellers, unread) = app::definitions(config);
        for error in unread {
            tracing::warn!("left out a definition: cannot {error}");
        }
        match config.sellers.keys().find(|id| sellers.get(id).is_none()) {
            None => Ok(sellers),
            Some(id) => {
                Err(Failure::because(Exit::Usage, format!("use sellers.{id}: there is no such seller"))
                    .advise("`ticketfall seller list` shows those that are known"))
            }
        }
    }

    /// Where the vault looks for its key.
    pub fn vault_options(&self) -> Options {
        Options {
            key_file: self.loaded.config.vault.key_file.clone(),
            credentials: self.environment.variable("CREDENTIALS_DIRECTORY").map(Into::into),
        }
    }

    /// The service, to start searches with.
    pub async fn app(&self) -> Result<App, Failure> {
        let app = App::open(&self.loaded.config, &self.vault_options(), self.clock, SEED).await?;
        for unread in &app.unread {
            tracing::error!("cannot use a seller definition: {unread}");
        }
        Ok(app)
    }

    /// The store, to write.
    pub async fn store(&self) -> Result<Store, Failure> {
        Ok(Store::open(self.data_dir(), self.clock.now()).await?)
    }

    /// The store to write, or the service that has it.
    pub(super) async fn keeper(&self) -> Result<Keeper, Failure> {
        match Store::open(self.data_dir(), self.clock.now()).await {
            Err(in_use @ store::Error::InUse(_)) => match Service::answering(self).await? {
                Some(service) => Ok(Keeper::Service(service)),
                None => Err(in_use.into()),
            },
            opened => Ok(Keeper::Store(opened?)),
        }
    }

    /// The store, to read, also beside a running service; none where nothing was kept yet.
    pub async fn store_to_read(&self) -> Result<Option<Store>, Failure> {
        match Store::open_to_read(self.data_dir()).await {
            Err(store::Error::Absent(_)) => Ok(None),
            opened => Ok(Some(opened?)),
        }
    }
}

/// Whether stderr is a terminal that wants colour.
pub(super) fn wants_colour(environment: &Environment) -> bool {
    io::stderr().is_terminal() && environment.variable("NO_COLOR").is_none()
}
