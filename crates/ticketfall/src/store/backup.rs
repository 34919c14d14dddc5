//! A backup: one file of a head line and a copy of the database. It names no other file, so nothing in it leads
//! anywhere; what is secret is in it as the vault sealed it, and the key never is.

mod format;
mod restore;

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use tempfile::NamedTempFile;

use super::sealed::{self, Kept};
use super::{Store, blocking, monitors};

pub use format::Head;
pub use restore::{Restore, Restored};

/// Why there is no backup, or it cannot be restored; each finishes "cannot …".
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The store.
    #[error(transparent)]
    Store(#[from] super::Error),
    /// The backup's file, or its directory.
    #[error("use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file is there already.
    #[error("write {}: there is such a file", .0.display())]
    Taken(PathBuf),
    /// An access keyword of an earlier version lies in the clear.
    #[error("back up an access keyword that lies in the clear")]
    Bare,
    /// Something else than a backup.
    #[error("restore {}: it is no backup of Ticketfall's", .0.display())]
    Foreign(PathBuf),
    /// It was cut short, or has changed.
    #[error("restore {}: it is damaged, or not whole", .0.display())]
    Damaged(PathBuf),
    /// A newer Ticketfall made it.
    #[error("restore {}: a newer Ticketfall made it", .0.display())]
    Newer(PathBuf),
    /// Its database has tables, views or triggers that are not ours.
    #[error("restore {}: its tables are not Ticketfall's", .0.display())]
    Strange(PathBuf),
}

impl BackupError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::File { path, source }
    }
}

/// A backup that was made.
#[derive(Debug)]
pub struct Made {
    /// What it says of itself.
    pub head: Head,
    /// All that is sealed in it.
    pub sealed: Vec<Kept>,
}

/// Writes a backup to `target`, which is not there yet: all that was kept at one moment, also while a service writes.
pub async fn write(store: &Store, target: &Path, now: Timestamp) -> Result<Made, BackupError> {
    if target.exists() {
        return Err(BackupError::Taken(target.to_owned()));
    }
    let directory = directory_of(target);
    let copy = NamedTempFile::new_in(&directory).map_err(BackupError::file(target))?;
    let path = copy.path().to_owned();
    store.read(move |db| db.execute("VACUUM INTO ?1", [path.to_string_lossy()])).await?;
    let target = target.to_owned();
    blocking(move || {
        Ok(inspect(copy.path()).and_then(|sealed| Ok(Made { head: pack(copy, &target, now)?, sealed })))
    })
    .await?
}

/// All that is sealed in a copy, where nothing lies in the clear that should be.
fn inspect(copy: &Path) -> Result<Vec<Kept>, BackupError> {
    let read = || {
        let database = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        Ok((monitors::bare_keywords(&database)?.is_empty(), sealed::all_of(&database)?))
    };
    match read().map_err(|error| super::Error::sqlite(copy, error))? {
        (true, sealed) => Ok(sealed),
        (false, _) => Err(BackupError::Bare),
    }
}

/// The file appears whole, for its owner alone, or not at all.
fn pack(mut copy: NamedTempFile, target: &Path, now: Timestamp) -> Result<Head, BackupError> {
    let directory = directory_of(target);
    let mut pack = || {
        let head = Head::of(copy.as_file_mut(), now)?;
        let mut draft = NamedTempFile::new_in(&directory)?;
        draft.write_all(head.line().as_bytes())?;
        copy.rewind()?;
        io::copy(copy.as_file_mut(), &mut draft)?;
        draft.as_file().sync_all()?;
        draft.persist_noclobber(target)?;
        File::open(&directory)?.sync_all()?;
        Ok(head)
    };
    pack().map_err(|source: io::Error| {
        let path = target.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists {
            BackupError::Taken(path)
        } else {
            BackupError::File { path, source }
        }
    })
}

fn directory_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(directory) if directory != Path::new("") => directory.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests;
