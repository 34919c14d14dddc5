//! Holds whose requests leave before their rows are written: a line each in a file beside the database, which a
//! process that dies in between leaves to the next one. Writing a line waits for no disk.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::holds::AskedHold;
use super::{Error, Result, opening};

const FILE: &str = "ticketfall.asked";

/// The file, where there is one: a store in memory dies with its process.
#[derive(Debug, Clone, Default)]
pub(super) struct Leaving(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    lines: Mutex<Lines>,
}

#[derive(Debug)]
struct Lines {
    file: File,
    /// Those whose row is not written yet.
    open: usize,
}

/// A line that says what is being asked for; it stays until the row is written.
#[must_use]
#[derive(Debug)]
pub struct Noted(Leaving);

impl Leaving {
    /// Opens the file of a database's directory, and reads what a process that died has left in it.
    pub(super) fn open(directory: &Path) -> Result<(Self, Vec<AskedHold>)> {
        let path = directory.join(FILE);
        let mut file = opening::private(&path)?;
        let mut left = Vec::new();
        file.read_to_end(&mut left).map_err(|error| Error::file(&path, error))?;
        let left =
            left.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).filter_map(read).collect();
        let lines = Mutex::new(Lines { file, open: 0 });
        Ok((Self(Some(Arc::new(Inner { path, lines }))), left))
    }

    /// Forgets what was left, once it has rows.
    pub(super) fn is_taken_up(&self) -> Result<()> {
        let Some(inner) = &self.0 else { return Ok(()) };
        inner.lines().empty().map_err(|error| Error::file(&inner.path, error))
    }

    pub(super) fn note(&self, hold: &AskedHold) -> Result<Noted> {
        let Some(inner) = &self.0 else { return Ok(Noted(Self(None))) };
        let mut line = serde_json::to_vec(hold).expect("holds are plain data");
        line.push(b'\n');
        let mut lines = inner.lines();
        lines.file.write_all(&line).map_err(|error| Error::file(&inner.path, error))?;
        lines.open += 1;
        drop(lines);
        Ok(Noted(self.clone()))
    }
}

impl Inner {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn empty(&mut self) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()
    }
}

impl Noted {
    /// Its row is written: the line is not needed any more.
    pub fn forget(self) {
        let Some(inner) = &self.0.0 else { return };
        let mut lines = inner.lines();
        lines.open -= 1;
        if lines.open == 0
            && let Err(error) = lines.empty()
        {
            tracing::warn!(path = %inner.path.display(), %error, "cannot forget holds that are written");
        }
    }
}

/// The end of a line may be missing where the disk was full.
fn read(line: &[u8]) -> Option<AskedHold> {
    serde_json::from_slice(line)
        .inspect_err(|error| tracing::warn!(%error, "cannot read a hold that was being asked for"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::holds::{self, HoldState, tests::two_seats};
    use crate::store::tests::{ada, at, key};
    use crate::store::{Store, profiles};

    fn asked(second: i64) -> AskedHold {
        AskedHold { at: at(second), ..two_seats(&ada().id, &key()) }
    }

    async fn with_ada(home: &Path) -> Store {
        let store = Store::open(home, at(0)).await.unwrap();
        profiles::add(&store, ada()).await.unwrap();
        store
    }

    async fn after_a_crash(home: &Path) -> Vec<(HoldState, i64)> {
        let died = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(home).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), died.path().join(entry.file_name())).unwrap();
        }
        let store = Store::open(died.path(), at(60)).await.unwrap();
        let open = holds::open_for(&store, &ada().id).await.unwrap();
        open.into_iter().map(|row| (row.state, row.asked.at.duration_since(at(0)).as_secs())).collect()
    }

    #[tokio::test]
    async fn a_hold_whose_row_was_never_written_is_open_after_a_crash() {
        let home = tempfile::tempdir().unwrap();
        let store = with_ada(home.path()).await;
        let _noted = store.leaves(&asked(1)).unwrap();
        assert_eq!(after_a_crash(home.path()).await, [(HoldState::Asked, 1)]);
    }

    #[tokio::test]
    async fn a_hold_whose_row_is_written_is_there_once() {
        let home = tempfile::tempdir().unwrap();
        let store = with_ada(home.path()).await;
        let (first, second) = (store.leaves(&asked(1)).unwrap(), store.leaves(&asked(2)).unwrap());
        holds::asked(&store, asked(1)).await.unwrap();
        let both = [(HoldState::Asked, 1), (HoldState::Asked, 2)];
        assert_eq!(after_a_crash(home.path()).await, both, "the line of the first may still be there");
        first.forget();
        assert_eq!(after_a_crash(home.path()).await, both);
        holds::asked(&store, asked(2)).await.unwrap();
        second.forget();
        assert_eq!(after_a_crash(home.path()).await, both);
        assert_eq!(std::fs::metadata(home.path().join(FILE)).unwrap().len(), 0, "nothing waits");
    }

    #[tokio::test]
    async fn half_a_line_and_a_hold_of_nobody_are_left_out() {
        let home = tempfile::tempdir().unwrap();
        drop(with_ada(home.path()).await);
        let nobody = AskedHold { profile: "nobody".parse().unwrap(), ..asked(3) };
        let lines = [&asked(2), &nobody].map(|hold| serde_json::to_string(hold).unwrap()).join("\n");
        std::fs::write(home.path().join(FILE), format!("{lines}\n{{\"profile\":\"ad")).unwrap();
        assert_eq!(after_a_crash(home.path()).await, [(HoldState::Asked, 2)]);
    }
}
