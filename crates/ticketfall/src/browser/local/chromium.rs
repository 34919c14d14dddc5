//! A running Chromium: a process group of its own, ended as a whole, its last words kept.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::super::error::Error;
use super::lock;

const LAST_WORDS_BYTES: usize = 2048;
const LAST_WORDS_LINES: usize = 8;
const WORDS_WITHIN: Duration = Duration::from_millis(500);
const LEAVE_WITHIN: Duration = Duration::from_secs(5);
const ASKED_WITHIN: Duration = Duration::from_secs(3);
/// Long enough for the system to end what was killed; the dead whom nobody buries would hold us up for ever.
const GONE_WITHIN: Duration = Duration::from_millis(200);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A browser that we started; dropping it ends it the hard way.
#[derive(Debug)]
pub(in crate::browser) struct Chromium {
    life: Life,
    group: Group,
}

#[derive(Debug)]
enum Life {
    /// Started in this run.
    Started(Box<Started>),
    /// Started in an earlier run that it outlived; the directory's lock tells when it is gone.
    Adopted { pid: u32, dir: PathBuf },
}

#[derive(Debug)]
struct Started {
    program: String,
    child: Child,
    words: Arc<Mutex<Vec<u8>>>,
    listening: JoinSet<()>,
}

impl Chromium {
    pub(super) fn spawn(program: &Path, arguments: Vec<OsString>) -> io::Result<Self> {
        let mut child = command(program, arguments).stderr(Stdio::piped()).spawn()?;
        let group = Group::of(&child);
        let words = Arc::new(Mutex::new(Vec::new()));
        let mut listening = JoinSet::new();
        if let Some(stderr) = child.stderr.take() {
            listening.spawn(listen(stderr, Arc::clone(&words)));
        }
        let program = program.display().to_string();
        Ok(Self { life: Life::Started(Box::new(Started { program, child, words, listening })), group })
    }

    /// Takes over the browser that has `dir` open.
    #[cfg(unix)]
    pub(in crate::browser) fn adopted(pid: rustix::process::Pid, dir: PathBuf) -> Self {
        let group = Group::with(pid);
        Self { life: Life::Adopted { pid: pid.as_raw_nonzero().get().unsigned_abs(), dir }, group }
    }

    pub(in crate::browser) fn pid(&self) -> Option<u32> {
        match &self.life {
            Life::Started(started) => started.child.id(),
            Life::Adopted { pid, .. } => Some(*pid),
        }
    }

    /// Why it ended, when it has ended.
    pub(super) async fn exited(&mut self) -> Option<Error> {
        match &mut self.life {
            Life::Started(started) => started.exited().await,
            Life::Adopted { .. } => None,
        }
    }

    /// Waits for it to leave by itself, as it said it would.
    pub(in crate::browser) async fn leave(&mut self) {
        drop(timeout(LEAVE_WITHIN, self.life.ended()).await);
    }

    /// Asks it to leave, then insists; nothing of it is left afterwards.
    pub(in crate::browser) async fn end(mut self) {
        self.group.ask_to_leave();
        drop(timeout(ASKED_WITHIN, self.life.ended()).await);
        self.group.kill();
        let gone = async {
            while self.group.is_there() {
                sleep(LOOK_EVERY).await;
            }
        };
        drop(timeout(GONE_WITHIN, gone).await);
    }
}

impl Life {
    async fn ended(&mut self) {
        match self {
            Self::Started(started) => drop(started.child.wait().await),
            Self::Adopted { dir, .. } => {
                while lock::is_held(dir) {
                    sleep(LOOK_EVERY).await;
                }
            }
        }
    }
}

impl Started {
    async fn exited(&mut self) -> Option<Error> {
        let status = match self.child.try_wait() {
            Ok(None) => return None,
            Ok(Some(status)) => status.to_string(),
            Err(error) => error.to_string(),
        };
        // What it started may hold its stderr open for longer than it lived.
        drop(timeout(WORDS_WITHIN, self.listening.join_next()).await);
        Some(Error::Exited { program: self.program.clone(), status, last_words: self.last_words() })
    }

    fn last_words(&self) -> String {
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&words);
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = &lines[lines.len().saturating_sub(LAST_WORDS_LINES)..];
        if last.is_empty() { String::new() } else { format!("\n  {}", last.join("\n  ")) }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.group.kill();
    }
}

/// A command that reads nothing, prints nothing, and is a process group of its own.
pub(super) fn command(program: &Path, arguments: impl IntoIterator<Item = OsString>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    command
}

async fn listen(mut stderr: ChildStderr, words: Arc<Mutex<Vec<u8>>>) {
    let mut chunk = [0; 1024];
    while let Ok(read @ 1..) = stderr.read(&mut chunk).await {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(&chunk[..read]);
        let surplus = words.len().saturating_sub(LAST_WORDS_BYTES);
        words.drain(..surplus);
    }
}

#[cfg(unix)]
use unix::Group;
#[cfg(unix)]
pub(super) use unix::is_root;

#[cfg(unix)]
mod unix {
    use rustix::process::{Pid, Signal, geteuid, getpgid, kill_process_group, test_kill_process_group};
    use tokio::process::Child;

    /// The process group that a browser leads.
    #[derive(Debug)]
    pub(super) struct Group(Option<Pid>);

    impl Group {
        pub(super) fn of(child: &Child) -> Self {
            Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
        }

        /// The group that a process is in, unless that is our own.
        pub(super) fn with(process: Pid) -> Self {
            let group = getpgid(Some(process)).ok();
            Self(group.filter(|group| getpgid(None).ok() != Some(*group)))
        }

        pub(super) fn ask_to_leave(&self) {
            self.signal(Signal::TERM);
        }

        pub(super) fn kill(&self) {
            self.signal(Signal::KILL);
        }

        pub(super) fn is_there(&self) -> bool {
            self.0.is_some_and(|leader| test_kill_process_group(leader).is_ok())
        }

        fn signal(&self, signal: Signal) {
            // A group that is gone already is what was wanted.
            if let Some(Err(error)) = self.0.map(|leader| kill_process_group(leader, signal)) {
                tracing::trace!(%error, "no process of the browser is left");
            }
        }
    }

    pub(in super::super) fn is_root() -> bool {
        geteuid().is_root()
    }
}

#[cfg(not(unix))]
use other::Group;
#[cfg(not(unix))]
pub(super) use other::is_root;

#[cfg(not(unix))]
mod other {
    use tokio::process::Child;

    /// Where there are no groups, the child is killed when it is dropped.
    #[derive(Debug)]
    pub(super) struct Group;

    impl Group {
        pub(super) fn of(_child: &Child) -> Self {
            Self
        }

        pub(super) fn ask_to_leave(&self) {}

        pub(super) fn kill(&self) {}

        pub(super) fn is_there(&self) -> bool {
            false
        }
    }

    pub(in super::super) fn is_root() -> bool {
        false
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_wrapper_started_ends_with_it() {
        let script = "sleep 1000 & wait".into();
        let chromium = Chromium::spawn(Path::new("/bin/sh"), vec!["-c".into(), script]).unwrap();
        let leader = rustix::process::Pid::from_raw(chromium.pid().unwrap().cast_signed()).unwrap();
        let group = Group::with(leader);
        assert!(group.is_there());
        drop(chromium);
        let gone = async {
            while group.is_there() {
                sleep(LOOK_EVERY).await;
            }
        };
        timeout(Duration::from_secs(10), gone).await.expect("nothing of the group is left");
    }
}
