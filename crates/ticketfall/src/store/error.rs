//! Why the store cannot do what it is asked, by what the caller can do about it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite_migration::{Error as MigrationError, MigrationDefinitionError};

/// Why the store cannot do what it is asked; each finishes "cannot …".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no database yet.
    #[error("open {}: there is none yet", .0.display())]
    Absent(PathBuf),
    /// Another Ticketfall has it open to write.
    #[error("open {}: another Ticketfall is using it", .0.display())]
    InUse(PathBuf),
    /// It was written by a newer Ticketfall.
    #[error("open {}: a newer Ticketfall wrote it", .0.display())]
    Newer(PathBuf),
    /// It was written by an older Ticketfall, and is open only to read.
    #[error("open {}: an older Ticketfall wrote it, and only a command that writes brings it up to date", .0.display())]
    Older(PathBuf),
    /// No space is left.
    #[error("write {}: the disk is full", .0.display())]
    Full(PathBuf),
    /// The file, or its directory, cannot be written.
    #[error("write {}: it is read-only", .0.display())]
    ReadOnly(PathBuf),
    /// The file is no database, or a damaged one.
    #[error("read {}: it is damaged", .0.display())]
    Corrupt(PathBuf),
    /// A directory or a lock cannot be had.
    #[error("use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// Anything else; a row that cannot be understood, too.
    #[error("use {}", path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What `SQLite` says.
        #[source]
        source: rusqlite::Error,
    },
    /// Its tables cannot be brought up to date.
    #[error("bring {} up to date", path.display())]
    Schema {
        /// The database.
        path: PathBuf,
        /// What stands in the way.
        #[source]
        source: MigrationError,
    },
    /// The runtime is going down.
    #[error("use the store while everything stops")]
    Stopping,
}

impl Error {
    pub(super) fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let code = source.sqlite_error_code();
        if code == Some(ErrorCode::DiskFull) {
            Self::Full(path)
        } else if code == Some(ErrorCode::ReadOnly) {
            Self::ReadOnly(path)
        } else if matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) {
            Self::Corrupt(path)
        } else {
            Self::Sqlite { path, source }
        }
    }

    pub(super) fn file(path: &Path, source: std::io::Error) -> Self {
        let path = path.to_owned();
        let kind = source.kind();
        if kind == ErrorKind::StorageFull {
            Self::Full(path)
        } else if matches!(kind, ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied) {
            Self::ReadOnly(path)
        } else {
            Self::File { path, source }
        }
    }

    pub(super) fn migration(path: &Path, source: MigrationError) -> Self {
        let path = path.to_owned();
        if source == MigrationError::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) {
            Self::Newer(path)
        } else if let MigrationError::RusqliteError { err, .. } = source {
            Self::sqlite(&path, err)
        } else {
            Self::Schema { path, source }
        }
    }
}
