//! `cookies import`: the cookies of a file, into the member's browser and session.

use std::path::PathBuf;

use clap::Args;
use ticketfall_core::ids::ProfileId;
use tokio::sync::mpsc;

use super::{file, served, told};
use crate::cli::context::Keeper;
use crate::cli::follow::asked_to_end;
use crate::cli::{Context, Exit, Failure, profile};
use crate::monitoring::cookie_update::PROGRESS_KEPT;

/// Whose cookies are in which file.
#[derive(Debug, Args)]
pub(in crate::cli) struct Import {
    /// The member's name
    #[arg(value_name = "PROFILE", value_parser = profile::profile_id)]
    profile: ProfileId,
    /// The cookies file: Netscape, JSON of an extension, DevTools or Playwright
    file: PathBuf,
}

impl Import {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let imported = file::read(&self.file)?;
        let store = match context.keeper().await? {
            Keeper::Service(service) => {
                return served::import(&service, &self.profile, &self.file, context).await;
            }
            Keeper::Store(store) => store,
        };
        let updates = super::updates(store, context)?;
        let (progress, unheard) = mpsc::channel(PROGRESS_KEPT);
        drop(unheard);
        let report = tokio::select! {
            // Ready to be interrupted before anything begins.
            biased;
            () = asked_to_end() => {
                return Err(Failure::because(Exit::Unexpected, "finish the import: it was interrupted")
                    .advise("run it again"));
            }
            report = updates.give(self.profile, imported, &progress) => report,
        };
        context.printer.answer(&report, told::text)?;
        Ok(told::exit(&[report]))
    }
}
