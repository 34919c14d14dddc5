//! Restoring: a backup is read and checked beside the database, which is kept, and takes its place in one step.

use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use tempfile::NamedTempFile;

use super::super::opening::{self, MIGRATIONS, claim, with_suffix};
use super::super::sealed::{self, Kept};
use super::super::{Error, blocking};
use super::format::{Opening, copy_hashed};
use super::{BackupError, Head};

/// A backup that was found sound, and is not yet in its place; no other Ticketfall can begin meanwhile.
#[derive(Debug)]
pub struct Restore {
    /// What the backup says of itself.
    pub head: Head,
    /// All that is sealed in it.
    pub sealed: Vec<Kept>,
    draft: NamedTempFile,
    database: PathBuf,
    _lock: File,
}

/// A database that is in its place.
#[derive(Debug)]
pub struct Restored {
    /// Where it is.
    pub database: PathBuf,
    /// Where the one before it is kept, if there was one.
    pub set_aside: Option<PathBuf>,
}

impl Restore {
    /// Reads `backup` for `directory`, where no service may run, and changes nothing there.
    pub async fn of(backup: &Path, directory: &Path) -> Result<Self, BackupError> {
        let (backup, directory) = (backup.to_owned(), directory.to_owned());
        blocking(move || Ok(read(&backup, &directory))).await?
    }

    /// Puts the database in its place; the one before it is kept beside it, named for `now`.
    pub async fn put_in_place(self, now: Timestamp) -> Result<Restored, BackupError> {
        blocking(move || Ok(put_in_place(self, now))).await?
    }
}

fn read(backup: &Path, directory: &Path) -> Result<Restore, BackupError> {
    let cannot_read = || BackupError::file(backup);
    let mut file = BufReader::new(File::open(backup).map_err(cannot_read())?);
    let head = match Head::read(&mut file).map_err(cannot_read())? {
        Opening::Head(head) => head,
        Opening::Newer => return Err(BackupError::Newer(backup.to_owned())),
        Opening::Foreign => return Err(BackupError::Foreign(backup.to_owned())),
    };
    let (database, lock) = claim(directory)?;
    let mut draft = NamedTempFile::new_in(directory).map_err(BackupError::file(directory))?;
    // One byte more than it should have tells that it has too many.
    let mut body = file.take(head.bytes.saturating_add(1));
    let (bytes, sha256) = copy_hashed(&mut body, &mut draft).map_err(cannot_read())?;
    if (bytes, &sha256) != (head.bytes, &head.sha256) {
        return Err(BackupError::Damaged(backup.to_owned()));
    }
    draft.as_file().sync_all().map_err(BackupError::file(directory))?;
    let sealed = check(draft.path(), backup)?;
    Ok(Restore { head, sealed, draft, database, _lock: lock })
}

/// Whoever could write the backup chose what is in this database: it is opened to read, and has to be made like ours.
fn check(draft: &Path, backup: &Path) -> Result<Vec<Kept>, BackupError> {
    let inspect = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(draft, flags)?;
        database.pragma_update(None, "trusted_schema", false)?;
        Ok(database)
    };
    let damaged = |_unreadable: rusqlite::Error| BackupError::Damaged(backup.to_owned());
    let database = inspect().map_err(damaged)?;
    opening::check(&database, draft).map_err(|_unsound| BackupError::Damaged(backup.to_owned()))?;
    let version: u32 = database.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(damaged)?;
    let version = version as usize;
    let pending = MIGRATIONS.pending_migrations(&database).map_err(|error| Error::migration(draft, error))?;
    if pending < 0 {
        return Err(BackupError::Newer(backup.to_owned()));
    }
    if tables(&database).map_err(damaged)? != tables_of(version).map_err(|error| at(draft, error))? {
        return Err(BackupError::Strange(backup.to_owned()));
    }
    if version < sealed::SINCE {
        return Ok(Vec::new());
    }
    sealed::all_of(&database).map_err(damaged)
}

type Table = (String, String, String, Option<String>);

/// All that a database is made of.
fn tables(database: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut query =
        database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")?;
    query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?.collect()
}

/// The same of one that we make, after as many steps.
fn tables_of(version: usize) -> Result<Vec<Table>, rusqlite_migration::Error> {
    let mut fresh = Connection::open_in_memory()?;
    MIGRATIONS.to_version(&mut fresh, version)?;
    Ok(tables(&fresh)?)
}

fn at(path: &Path, error: rusqlite_migration::Error) -> Error {
    Error::migration(path, error)
}

/// At every moment there is a whole database in its place: the one before, or the restored one.
fn put_in_place(restore: Restore, now: Timestamp) -> Result<Restored, BackupError> {
    let Restore { draft, database, _lock, .. } = restore;
    let place = || {
        let set_aside = if database.try_exists()? { Some(set_aside(&database, now)?) } else { None };
        draft.persist(&database)?;
        File::open(super::directory_of(&database))?.sync_all()?;
        Ok(set_aside)
    };
    let set_aside = place().map_err(BackupError::file(&database))?;
    Ok(Restored { database, set_aside })
}

/// Gives the database a second name, which it keeps; what belongs to it moves along, so that none of it is taken for
/// the restored one's.
fn set_aside(database: &Path, now: Timestamp) -> io::Result<PathBuf> {
    // One that is damaged keeps what was written beside it.
    if let Ok(connection) = Connection::open(database) {
        drop(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
    }
    let stem = now.strftime(".before-restore-%Y%m%dT%H%M%SZ").to_string();
    let mut aside = with_suffix(database, &stem);
    for number in 2.. {
        match fs::hard_link(database, &aside) {
            Ok(()) => break,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                aside = with_suffix(database, &format!("{stem}-{number}"));
            }
            Err(error) => return Err(error),
        }
    }
    for end in ["-wal", "-shm"] {
        match fs::rename(with_suffix(database, end), with_suffix(&aside, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(aside)
}
