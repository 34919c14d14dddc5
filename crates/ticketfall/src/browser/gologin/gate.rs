//! What every question to GoLogin passes: a budget far below GoLogin's own, and a bar once GoLogin had enough.
//! The bar outlives a restart; a new token lifts it, or a person who removes the note.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::sync::Mutex;

use super::super::error::Error;
use super::Settings;
use crate::clock::Clock;
use crate::session::Secret;

const QUESTIONS_MAX: usize = 60;
const WINDOW: Duration = Duration::from_mins(1);
const NOTE: &str = "gologin.closed";
/// The permission bits that a token file may not have.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

#[derive(Debug)]
pub(super) struct Gate {
    clock: Clock,
    token_file: Option<PathBuf>,
    note: PathBuf,
    /// For a note that cannot be written.
    closed: AtomicBool,
    asked: Mutex<VecDeque<Timestamp>>,
}

impl Gate {
    pub(super) fn new(settings: &Settings, clock: Clock) -> Self {
        Self {
            clock,
            token_file: settings.token_file.clone(),
            note: settings.data_dir.join(NOTE),
            closed: AtomicBool::new(false),
            asked: Mutex::default(),
        }
    }

    /// Waits for a place in the budget, in order; an error once GoLogin wants no more.
    pub(super) async fn pass(&self) -> Result<(), Error> {
        self.check()?;
        let mut asked = self.asked.lock().await;
        if asked.len() == QUESTIONS_MAX
            && let Some(oldest) = asked.pop_front()
        {
            self.clock.sleep_until(oldest.checked_add(WINDOW).unwrap_or(oldest)).await;
        }
        self.check()?;
        asked.push_back(self.clock.now());
        Ok(())
    }

    /// Closes for good, and says so.
    pub(super) fn close(&self) -> Error {
        tracing::error!(note = %self.note.display(), "GoLogin was asked too much, and is asked no more");
        let words = format!("GoLogin said at {:.0} that it was asked too much.\n", self.clock.now());
        if let Err(error) = fs::write(&self.note, words) {
            tracing::warn!(%error, "cannot note that GoLogin is closed: that lasts until the next start only");
            self.closed.store(true, Ordering::Relaxed);
        }
        Error::GoLoginClosed { note: self.note.clone() }
    }

    /// The token as the file has it now.
    pub(super) fn token(&self) -> Result<Secret, Error> {
        let Some(path) = &self.token_file else { return Err(Error::NoToken) };
        let unusable = |why: String| Error::Token { path: path.clone(), why };
        check_mode(path).map_err(unusable)?;
        let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
        let token = text.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(unusable("it does not hold one token".to_owned()));
        }
        Ok(Secret::new(token))
    }

    /// An error once GoLogin wants no more.
    pub(super) fn check(&self) -> Result<(), Error> {
        let noted = changed(&self.note);
        let renewed = self.token_file.as_deref().and_then(changed);
        let is_closed = noted.is_some_and(|noted| renewed.is_none_or(|renewed| renewed <= noted));
        if is_closed || self.closed.load(Ordering::Relaxed) {
            return Err(Error::GoLoginClosed { note: self.note.clone() });
        }
        Ok(())
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;
    let mode = fs::metadata(path).map_err(|error| error.to_string())?.mode();
    if mode & OTHERS == 0 {
        Ok(())
    } else {
        Err(format!("others may read it; run \"chmod 600 {}\"", path.display()))
    }
}

#[cfg(not(unix))]
fn check_mode(_path: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;

    fn gate(home: &TempDir) -> Gate {
        let url = || "http://127.0.0.1:1".parse().unwrap();
        let token_file = Some(home.path().join("token"));
        let settings = Settings { local: url(), cloud: url(), token_file, data_dir: home.path().to_owned() };
        Gate::new(&settings, Clock::starting_at(Timestamp::UNIX_EPOCH))
    }

    fn write_token(home: &TempDir, text: &str, mode: u32) {
        let path = home.path().join("token");
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_budget_is_kept_over_any_minute() {
        let home = TempDir::new().unwrap();
        let gate = gate(&home);
        for _ in 0..QUESTIONS_MAX {
            gate.pass().await.unwrap();
        }
        assert_eq!(gate.clock.now(), Timestamp::UNIX_EPOCH);
        gate.pass().await.unwrap();
        assert_eq!(gate.clock.now(), Timestamp::UNIX_EPOCH + WINDOW);
    }

    #[tokio::test]
    async fn what_is_closed_stays_closed_until_there_is_a_new_token() {
        let home = TempDir::new().unwrap();
        write_token(&home, "one", 0o600);
        let first = gate(&home);
        assert!(matches!(first.close(), Error::GoLoginClosed { .. }));
        assert!(first.pass().await.is_err());
        let restarted = gate(&home);
        assert!(restarted.pass().await.is_err());
        let file = fs::File::open(home.path().join("token")).unwrap();
        file.set_modified(changed(&home.path().join(NOTE)).unwrap() + WINDOW).unwrap();
        restarted.pass().await.unwrap();
    }

    #[tokio::test]
    async fn a_person_who_removes_the_note_opens_it_again() {
        let home = TempDir::new().unwrap();
        let gate = gate(&home);
        let advice = gate.close().to_string();
        assert!(advice.contains(NOTE), "{advice}");
        fs::remove_file(home.path().join(NOTE)).unwrap();
        gate.pass().await.unwrap();
    }

    #[test]
    fn a_token_that_others_may_read_is_not_used_or_shown() {
        let home = TempDir::new().unwrap();
        write_token(&home, "hush\n", 0o644);
        let error = gate(&home).token().unwrap_err().to_string();
        assert!(error.contains("chmod 600") && !error.contains("hush"), "{error}");
        write_token(&home, "hush\n", 0o600);
        assert_eq!(gate(&home).token().unwrap().reveal(), "hush");
        write_token(&home, "hush hush", 0o600);
        assert!(gate(&home).token().is_err());
    }
}
