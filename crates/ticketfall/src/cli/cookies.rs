//! `cookies update|import|export`: cookies in and out, for one member or many.

mod export;
pub(super) mod file;
mod import;
mod served;
mod told;
mod update;

use std::sync::Arc;

use clap::Subcommand;

use super::{Context, Exit, Failure, secrets};
use crate::monitoring::cookie_update::CookieUpdate;
use crate::store::Store;

/// What to do with cookies.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Fetch cookies from the configured service, put them into browsers, and renew the sessions
    Update(update::Update),
    /// Put the cookies of a file into a member's browser, and renew the session
    Import(import::Import),
    /// Write the cookies of a member's session to a file
    Export(export::Export),
}

pub(super) async fn run(command: Command, context: &mut Context) -> Result<Exit, Failure> {
    match command {
        Command::Update(update) => update.run(context).await,
        Command::Import(import) => import.run(context).await,
        Command::Export(export) => export.run(context).await,
    }
}

fn updates(store: Store, context: &Context) -> Result<Arc<CookieUpdate>, Failure> {
    let browsers = crate::app::browsers(&context.loaded.config, context.clock)?;
    let vault = secrets::vault(context)?;
    Ok(Arc::new(CookieUpdate {
        store,
        vault: Arc::new(vault),
        browsers,
        clock: context.clock,
        service: None,
    }))
}
