//! Everything that outlives a run, in one SQLite file: one module a table. Times are microseconds,
//! money minor units. What is secret comes here sealed, and nothing here can open it.

pub mod backup;
mod columns;
pub mod deliveries;
mod error;
pub mod events;
pub mod exchanges;
pub mod falls;
pub mod holds;
mod leaving;
pub mod monitors;
pub mod notes;
mod opening;
pub mod pasts;
pub mod profiles;
pub mod readings;
pub mod room;
pub mod runs;
pub mod sealed;
pub mod sessions;
pub mod starts;
pub mod statuses;

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Mutex, OwnedMutexGuard};

pub use error::Error;
pub use leaving::Noted;

use holds::AskedHold;
use leaving::Leaving;

type Result<T> = std::result::Result<T, Error>;
type Shared = Arc<Mutex<Connection>>;

/// The store; clones share it. Writes happen in the order they were asked for, and a call whose
/// future is dropped has either happened wholly or not at all.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    path: PathBuf,
    durable: Shared,
    quick: Shared,
    leaving: Leaving,
    set_aside: Option<PathBuf>,
    /// Calls that wait for their turn, and those that have it.
    waiting: AtomicUsize,
    /// How often it changed who there is, or how somebody is called.
    renamed: AtomicU64,
    /// How often it changed what somebody wants.
    rewished: AtomicU64,
    /// Locked until the last clone is gone.
    _lock: Option<File>,
}

impl Inner {
    fn on(path: PathBuf, durable: Shared, quick: Shared) -> Self {
        Self {
            path,
            durable,
            quick,
            leaving: Leaving::default(),
            set_aside: None,
            waiting: AtomicUsize::new(0),
            renamed: AtomicU64::new(0),
            rewished: AtomicU64::new(0),
            _lock: None,
        }
    }
}

impl Store {
    /// Opens the database in `directory` to write, or makes it; only one Ticketfall can. A damaged
    /// one is kept beside it, named for `now`, and a new one begun.
    pub async fn open(directory: &Path, now: Timestamp) -> Result<Self> {
        let directory = directory.to_owned();
        let opened = blocking(move || opening::to_write(&directory, now)).await?;
        let (durable, quick) = (Arc::new(Mutex::new(opened.durable)), Arc::new(Mutex::new(opened.quick)));
        Ok(Self(Arc::new(Inner {
            leaving: opened.leaving,
            set_aside: opened.set_aside,
            _lock: Some(opened.lock),
            ..Inner::on(opened.path, durable, quick)
        })))
    }

    /// Opens the database in `directory` to read only, also while another Ticketfall writes it.
    pub async fn open_to_read(directory: &Path) -> Result<Self> {
        let directory = directory.to_owned();
        let (path, connection) = blocking(move || opening::to_read(&directory)).await?;
        Ok(Self::on_one_connection(path, connection))
    }

    /// A store that is gone with its last clone, for rehearsals.
    pub fn in_memory() -> Result<Self> {
        let (path, connection) = opening::in_memory()?;
        Ok(Self::on_one_connection(path, connection))
    }

    fn on_one_connection(path: PathBuf, connection: Connection) -> Self {
        let connection = Arc::new(Mutex::new(connection));
        Self(Arc::new(Inner::on(path, connection.clone(), connection)))
    }

    /// Lets no call through for as long as what this gives is kept, as a disk that does not answer; for rehearsals.
    pub async fn hold_up(&self) -> HeldUp {
        let quick = self.0.quick.clone().lock_owned().await;
        let is_one = Arc::ptr_eq(&self.0.quick, &self.0.durable);
        let durable = if is_one { None } else { Some(self.0.durable.clone().lock_owned().await) };
        HeldUp { _calls: (quick, durable) }
    }

    /// How many calls wait for their turn, or have it.
    pub fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }

    /// A number that grows whenever it changes who there is, or how somebody is called.
    pub fn renamed(&self) -> u64 {
        self.0.renamed.load(Ordering::Acquire)
    }

    /// A number that grows whenever it changes what somebody wants.
    pub fn rewished(&self) -> u64 {
        self.0.rewished.load(Ordering::Acquire)
    }

    /// The database's file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Notes a hold whose request is about to leave, for the next process to know of where this one dies before its row
    /// is written. Nothing waits for a disk, so that a power cut may take the line.
    pub fn leaves(&self, hold: &AskedHold) -> Result<Noted> {
        self.0.leaving.note(hold)
    }

    /// Where the damaged database is that this one replaces, if it does.
    pub fn set_aside(&self) -> Option<&Path> {
        self.0.set_aside.as_deref()
    }

    /// Writes what must survive a power cut.
    async fn write<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        self.on(&self.0.durable, |connection| in_transaction(connection, work)).await
    }

    /// The same, of who there is and how they are called.
    async fn write_names<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        let store = self.clone();
        let written = move |connection: &mut Connection| {
            let done = in_transaction(connection, work)?;
            // Also where nobody waits for it any more.
            store.0.renamed.fetch_add(1, Ordering::Release);
            Ok(done)
        };
        self.on(&self.0.durable, written).await
    }

    /// The same, of what is wanted; `work` says whether that is something else now.
    async fn write_wish<W>(&self, work: W) -> Result<()>
    where
        W: FnOnce(&Transaction<'_>) -> rusqlite::Result<bool> + Send + 'static,
    {
        let store = self.clone();
        let written = move |connection: &mut Connection| {
            if in_transaction(connection, work)? {
                store.0.rewished.fetch_add(1, Ordering::Release);
            }
            Ok(())
        };
        self.on(&self.0.durable, written).await
    }

    /// Writes what may lose its last moments to a power cut.
    async fn write_quick<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        self.on(&self.0.quick, |connection| in_transaction(connection, work)).await
    }

    /// Moves what was written beside the database into it, so that nothing old stays there.
    async fn empty_log(&self) -> Result<()> {
        let empty = |db: &mut Connection| db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        self.on(&self.0.durable, empty).await
    }

    async fn read<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.on(&self.0.quick, |connection| work(connection)).await
    }

    async fn on<T, W>(&self, connection: &Shared, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let _waiting = Waiting::of(&self.0.waiting);
        let mut connection = connection.clone().lock_owned().await;
        let store = self.clone();
        blocking(move || work(&mut connection).map_err(|error| Error::sqlite(store.path(), error))).await
    }
}

/// A store that answers nobody.
#[derive(Debug)]
pub struct HeldUp {
    _calls: (OwnedMutexGuard<Connection>, Option<OwnedMutexGuard<Connection>>),
}

/// One call, from when it is made to its end.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn of(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.0.path).finish_non_exhaustive()
    }
}

fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

/// Runs `work` where it may block; while it runs, a paused clock stands still. On a runtime of one thread, which is a
/// rehearsal's, it runs at once, so that the order of things does not depend on how fast the machine is.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::Stopping),
        },
    }
}

#[cfg(test)]
mod tests;
