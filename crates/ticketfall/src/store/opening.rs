//! Opening the database: whose it is, whether it is sound, and how new its tables are.

use std::cmp::Ordering;
use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::leaving::Leaving;
use super::{Error, holds};

pub(super) const DATABASE: &str = "ticketfall.db";
const LOCK: &str = "ticketfall.lock";
const BUSY_MAX: Duration = Duration::from_secs(5);
/// As many as there are: reading one anew costs more than most of them do.
const STATEMENTS: usize = 128;

const STEPS: &[M<'_>] = &[
    M::up(include_str!("../../migrations/0001-first-tables.sql")),
    M::up(include_str!("../../migrations/0002-sealed-keywords.sql")),
    M::up(include_str!("../../migrations/0003-runs.sql")),
    M::up(include_str!("../../migrations/0004-deliveries.sql")),
    M::up(include_str!("../../migrations/0005-statuses.sql")),
    M::up(include_str!("../../migrations/0006-beginnings.sql")),
    M::up(include_str!("../../migrations/0007-many-members.sql")),
    M::up(include_str!("../../migrations/0008-many-members-at-once.sql")),
    M::up(include_str!("../../migrations/0009-seen-by.sql")),
];
pub(super) const MIGRATIONS: Migrations<'_> = Migrations::from_slice(STEPS);

/// A database that is open to write.
pub(super) struct Opened {
    pub(super) path: PathBuf,
    /// Survives a power cut with all that was written.
    pub(super) durable: Connection,
    /// May lose its last moments to a power cut.
    pub(super) quick: Connection,
    pub(super) leaving: Leaving,
    pub(super) lock: File,
    pub(super) set_aside: Option<PathBuf>,
}

/// Opens the database in `directory` to write, or makes it; a damaged one is set aside.
pub(super) fn to_write(directory: &Path, now: Timestamp) -> Result<Opened, Error> {
    let (path, lock) = claim(directory)?;
    let ((durable, quick), set_aside) = match connect(&path, now) {
        Err(Error::Corrupt(_)) => {
            let aside = put_aside(&path, now)?;
            tracing::error!(
                path = %path.display(), kept = %aside.display(),
                "the database was damaged: it is kept, and a new one begun"
            );
            (connect(&path, now)?, Some(aside))
        }
        other => (other?, None),
    };
    let (leaving, left) = Leaving::open(directory)?;
    holds::take_up(&durable, left).map_err(|error| Error::sqlite(&path, error))?;
    leaving.is_taken_up()?;
    Ok(Opened { path, durable, quick, leaving, lock, set_aside })
}

/// Makes `directory` where it is not there, and keeps every other Ticketfall from its database while the lock is kept.
pub(super) fn claim(directory: &Path) -> Result<(PathBuf, File), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|error| Error::file(directory, error))?;
    let path = directory.join(DATABASE);
    let lock = lock(directory, &path)?;
    Ok((path, lock))
}

/// Opens the database in `directory` to read only; another Ticketfall may be writing it.
pub(super) fn to_read(directory: &Path) -> Result<(PathBuf, Connection), Error> {
    let path = directory.join(DATABASE);
    if !path.exists() {
        return Err(Error::Absent(path));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(BUSY_MAX)?;
        Ok(connection)
    };
    let connection = open().map_err(|error| Error::sqlite(&path, error))?;
    let pending =
        MIGRATIONS.pending_migrations(&connection).map_err(|error| Error::migration(&path, error))?;
    match pending.cmp(&0) {
        Ordering::Less => Err(Error::Newer(path)),
        Ordering::Equal => Ok((path, connection)),
        Ordering::Greater => Err(Error::Older(path)),
    }
}

/// A database that lives as long as its connection.
pub(super) fn in_memory() -> Result<(PathBuf, Connection), Error> {
    let path = PathBuf::from(":memory:");
    let open = || {
        let connection = Connection::open_in_memory()?;
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    };
    let mut connection = open().map_err(|error| Error::sqlite(&path, error))?;
    MIGRATIONS.to_latest(&mut connection).map_err(|error| Error::migration(&path, error))?;
    Ok((path, connection))
}

fn lock(directory: &Path, database: &Path) -> Result<File, Error> {
    let path = directory.join(LOCK);
    let file = private(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(database.to_owned())),
        Err(TryLockError::Error(error)) => Err(Error::file(&path, error)),
    }
}

/// Opens a file that only its owner may read or write, or makes it.
pub(super) fn private(path: &Path) -> Result<File, Error> {
    let open = || {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(file)
    };
    open().map_err(|error| Error::file(path, error))
}

fn connect(path: &Path, now: Timestamp) -> Result<(Connection, Connection), Error> {
    drop(private(path)?);
    let mut durable = connection(path, "FULL").map_err(|error| Error::sqlite(path, error))?;
    check(&durable, path)?;
    MIGRATIONS.to_latest(&mut durable).map_err(|error| Error::migration(path, error))?;
    holds::leave_all(&durable, now).map_err(|error| Error::sqlite(path, error))?;
    let quick = connection(path, "NORMAL").map_err(|error| Error::sqlite(path, error))?;
    Ok((durable, quick))
}

fn connection(path: &Path, synchronous: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_MAX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is overwritten or removed may have been secret: nothing of it stays in the file.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), Error> {
    let verdict: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| Error::sqlite(path, error))?;
    if verdict == "ok" { Ok(()) } else { Err(Error::Corrupt(path.to_owned())) }
}

/// Renames the database and what belongs to it, so that nothing of it is lost.
fn put_aside(path: &Path, now: Timestamp) -> Result<PathBuf, Error> {
    let suffix = now.strftime(".corrupt-%Y%m%dT%H%M%SZ").to_string();
    let aside = with_suffix(path, &suffix);
    for end in ["", "-wal", "-shm"] {
        let from = with_suffix(path, end);
        match std::fs::rename(&from, with_suffix(&aside, end)) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::file(&from, error)),
        }
    }
    Ok(aside)
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
