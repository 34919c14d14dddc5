//! Chromium's lock on a profile directory: a living browser's is respected, a dead one's is cleared away.

use std::path::Path;

#[cfg(unix)]
use rustix::process::Pid;

use super::super::error::Error;

const LOCK: &str = "SingletonLock";
const SOCKET: &str = "SingletonSocket";
const FILES: &[&str] = &[LOCK, SOCKET, "SingletonCookie"];

/// The process of the living browser on this machine that has the directory open.
#[cfg(unix)]
pub(super) fn owner(dir: &Path) -> Option<Pid> {
    let owner = std::fs::read_link(dir.join(LOCK)).ok()?;
    let owner = owner.to_string_lossy();
    let (host, pid) = owner.rsplit_once('-')?;
    let is_here = host == rustix::system::uname().nodename().to_string_lossy();
    living(pid).filter(|_| is_here && answers(dir))
}

/// Whether a living browser on this machine has the directory open.
#[cfg(unix)]
pub(super) fn is_held(dir: &Path) -> bool {
    owner(dir).is_some()
}

/// Clears what a dead browser left; one that lives, or may live elsewhere, is an error that says who.
#[cfg(unix)]
pub(super) fn clear(dir: &Path) -> Result<(), Error> {
    let Ok(owner) = std::fs::read_link(dir.join(LOCK)) else {
        return Ok(());
    };
    let owner = owner.to_string_lossy();
    let in_use = |by: String| Error::InUse { directory: dir.to_owned(), by };
    let (host, pid) = owner.rsplit_once('-').unwrap_or((&owner, ""));
    if host != rustix::system::uname().nodename().to_string_lossy() {
        let lock = dir.join(LOCK);
        return Err(in_use(format!(
            "a browser on {host} has it open; if it is gone, remove {}",
            lock.display()
        )));
    }
    if living(pid).is_some() && answers(dir) {
        return Err(in_use(format!("another browser (process {pid}) has it open; close that one first")));
    }
    tracing::debug!(directory = %dir.display(), "clearing the lock of a browser that is gone");
    for file in FILES {
        match std::fs::remove_file(dir.join(file)) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::Directory { directory: dir.to_owned(), source });
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

#[cfg(unix)]
fn living(pid: &str) -> Option<Pid> {
    let pid = pid.parse().ok().and_then(Pid::from_raw)?;
    matches!(rustix::process::test_kill_process(pid), Ok(()) | Err(rustix::io::Errno::PERM)).then_some(pid)
}

/// A number that another program has now listens at no socket of the browser's.
#[cfg(unix)]
fn answers(dir: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(dir.join(SOCKET)).is_ok()
}

#[cfg(not(unix))]
pub(super) fn is_held(_dir: &Path) -> bool {
    false
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "there, the system itself clears the lock of a dead program")]
pub(super) fn clear(_dir: &Path) -> Result<(), Error> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use tempfile::TempDir;

    use super::*;

    fn locked_by(owner: &str) -> TempDir {
        let dir = TempDir::new().unwrap();
        symlink(owner, dir.path().join(LOCK)).unwrap();
        symlink(dir.path().join("socket"), dir.path().join(SOCKET)).unwrap();
        dir
    }

    fn here(pid: u32) -> String {
        format!("{}-{pid}", rustix::system::uname().nodename().to_string_lossy())
    }

    #[test]
    fn a_directory_that_nobody_has_open_is_free() {
        clear(TempDir::new().unwrap().path()).unwrap();
    }

    #[test]
    fn the_lock_of_a_dead_browser_is_cleared_away() {
        let dir = locked_by(&here(i32::MAX.unsigned_abs()));
        clear(dir.path()).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn another_program_with_the_dead_browsers_number_is_no_browser() {
        let dir = locked_by(&here(std::process::id()));
        clear(dir.path()).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_living_browser_is_left_alone_and_named() {
        let dir = locked_by(&here(std::process::id()));
        assert_eq!(owner(dir.path()), None);
        let _listener = UnixListener::bind(dir.path().join("socket")).unwrap();
        assert_eq!(owner(dir.path()), Some(rustix::process::getpid()));
        let error = clear(dir.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
    }

    #[test]
    fn a_browser_on_another_machine_is_left_alone_with_a_remedy() {
        let dir = locked_by("far-away-12");
        assert_eq!(owner(dir.path()), None);
        let error = clear(dir.path()).unwrap_err().to_string();
        assert!(error.contains("on far-away ") && error.contains("remove"), "{error}");
    }
}
