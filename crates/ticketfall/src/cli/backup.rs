//! `backup` and `restore`: all that is kept, in one file without a key; and back again.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Context, Exit, Failure};
use crate::store::backup::{self, BackupError, Restore as Sound};
use crate::store::sealed::Kept;
use crate::store::{self, Store};
use crate::vault::{KeyName, Vault};

/// Where a backup is written.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// What is restored.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// A file that `backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Backup {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let store = Store::open_to_read(context.data_dir()).await?;
        let made = backup::write(&store, &self.file, context.clock.now()).await?;
        let keys = names(&needed(&made.sealed));
        let answer = json!({
            "file": self.file, "bytes": made.head.bytes, "sha256": made.head.sha256, "madeAt": made.head.made_at,
            "sealed": made.sealed.len(), "keys": keys,
        });
        let (file, size) = (self.file.display(), made.head.bytes);
        let key = match keys.as_slice() {
            [] => "Nothing in it is sealed.".to_owned(),
            keys => format!(
                "What is secret in it opens with the key {}, which is not in it: keep a copy of the key file elsewhere.",
                keys.join(" and ")
            ),
        };
        context.printer.answer(&answer, |_| format!("{file} has {size} bytes of database.\n{key}"))?;
        Ok(Exit::Done)
    }
}

impl Restore {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let sound = Sound::of(&self.file, context.data_dir()).await?;
        self.fits(&sound, context)?;
        let head = sound.head.clone();
        let restored = sound.put_in_place(context.clock.now()).await?;
        let answer = json!({
            "file": self.file, "madeAt": head.made_at, "program": head.program,
            "database": restored.database, "setAside": restored.set_aside,
        });
        let aside =
            restored.set_aside.map(|path| format!("\nThe database before it is kept: {}", path.display()));
        context.printer.answer(&answer, |_| {
            let (database, made_at, aside) =
                (restored.database.display(), head.made_at, aside.unwrap_or_default());
            format!("{database} is as it was at {made_at}.{aside}")
        })?;
        Ok(Exit::Done)
    }

    /// Refuses a backup whose secrets would stay shut; a key is not made for one.
    fn fits(&self, sound: &Sound, context: &Context) -> Result<(), Failure> {
        let needed = needed(&sound.sealed);
        let kept = Vault::open_kept(context.data_dir(), &context.vault_options())?;
        let here: Vec<KeyName> = kept.as_ref().map(|(vault, _)| vault.keys()).unwrap_or_default();
        let missing: BTreeSet<KeyName> = needed.into_iter().filter(|key| !here.contains(key)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing = names(&missing).join(" and ");
        let (file, place) = match &kept {
            Some((_, source)) => (self.file.display(), source.path().to_owned()),
            None => (self.file.display(), context.data_dir().join("vault.key")),
        };
        let problem =
            format!("restore {file}: its secrets are sealed with the key {missing}, which is not here");
        Err(Failure::because(Exit::Usage, problem)
            .advise(format!("put that key into {}: in a line of its own, above the others", place.display())))
    }
}

fn needed(sealed: &[Kept]) -> BTreeSet<KeyName> {
    sealed.iter().filter_map(|kept| KeyName::of(&kept.sealed.0)).collect()
}

fn names(keys: &BTreeSet<KeyName>) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let advice = match &error {
            BackupError::Store(store::Error::InUse(_)) => {
                return Self::new(Exit::Usage, error)
                    .advise("stop the service first, and start it again afterwards");
            }
            BackupError::Store(_) => "`ticketfall doctor` looks for what is wrong",
            BackupError::File { .. } => "see that its directory is there, and who may write in it",
            BackupError::Taken(_) => "name another file: none is overwritten",
            BackupError::Bare => "start the service once: it seals what an earlier version did not",
            BackupError::Foreign(_) | BackupError::Damaged(_) | BackupError::Strange(_) => {
                "take another backup; what is here was left as it is"
            }
            BackupError::Newer(_) => "use the newer Ticketfall; what is here was left as it is",
        };
        Self::new(Exit::Usage, error).advise(advice)
    }
}
