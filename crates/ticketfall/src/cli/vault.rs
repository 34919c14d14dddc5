//! `vault rotate`: a new key for all that is sealed, while no service runs.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Context, Exit, Failure};
use crate::app::rotation::{self, Earlier, RotationError};
use crate::vault::{self, Vault};

/// What to do with the key that secrets are sealed with.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Seal all that is secret with a new key, and forget the old one; no service may run
    Rotate(Rotate),
}

/// What becomes of the old key.
#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// Keep the earlier keys in the key file, so that earlier backups can be restored
    #[arg(long)]
    keep_earlier: bool,
}

pub(super) async fn run(command: Command, context: &mut Context) -> Result<Exit, Failure> {
    match command {
        Command::Rotate(rotate) => rotate.run(context).await,
    }
}

impl Rotate {
    async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let store = context.store().await?;
        let Some(opened) = Vault::open_kept(context.data_dir(), &context.vault_options())? else {
            return Err(Failure::because(Exit::NothingFound, "find a key: nothing was sealed yet"));
        };
        let path = opened.1.path().to_owned();
        let earlier = if self.keep_earlier { Earlier::Kept } else { Earlier::Forgotten };
        let done = rotation::rotate(&store, opened, earlier).await?;
        let names: Vec<String> = done.earlier.iter().map(ToString::to_string).collect();
        let answer = json!({
            "key": done.key.to_string(), "resealed": done.resealed, "earlier": names,
            "earlierKept": self.keep_earlier, "file": path,
        });
        let fate =
            if self.keep_earlier { "still opens" } else { "is forgotten: backups made with it need it" };
        context.printer.answer(&answer, |_| {
            let (key, resealed, file) = (done.key, done.resealed, path.display());
            format!("{resealed} sealed with the new key {key} in {file}\n{} {fate}", names.join(", "))
        })?;
        Ok(Exit::Done)
    }
}

impl From<RotationError> for Failure {
    fn from(error: RotationError) -> Self {
        match error {
            RotationError::Store(error) => error.into(),
            RotationError::Vault(error @ vault::Error::NotOurs(_)) => Self::new(Exit::Usage, error)
                .advise("add a line with a new key to it, run `ticketfall vault rotate --keep-earlier`, then remove the old line"),
            RotationError::Vault(error) => error.into(),
            shut @ RotationError::Shut { .. } => Self::new(Exit::Usage, shut)
                .advise("add the key that sealed it to the key file, above the newest, or give the member that secret anew"),
        }
    }
}
