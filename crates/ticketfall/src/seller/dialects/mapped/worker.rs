//! Runs programs in a process of their own, which may use little memory and time: whatever a program does, it
//! ends, and nothing else with it.

use std::io::{self, Read as _, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::serving::{FRAME_MAX, TOO_LONG};

/// What the program's process is started with, in place of a command.
pub const ARGUMENT: &str = "run-jq-program";

/// What a program came to.
pub(super) type Outputs = Result<Vec<Vec<u8>>, String>;

/// The process of one program; started when it is needed, and again after its program had to be stopped.
#[derive(Debug)]
pub(crate) struct Worker {
    /// The Ticketfall that is started.
    executable: PathBuf,
    program: String,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    to: ChildStdin,
    from: ChildStdout,
}

impl Worker {
    /// A worker for a program, not yet started.
    pub(crate) fn new(executable: PathBuf, program: String) -> Self {
        Self { executable, program, running: Mutex::new(None) }
    }

    /// The same program, run by another Ticketfall.
    pub(crate) fn run_by(&self, executable: PathBuf) -> Self {
        Self::new(executable, self.program.clone())
    }

    /// Runs the program, and waits for it: for as long as a program may run at most.
    pub(super) fn run(&self, feed: &[u8], variables: &[u8]) -> Outputs {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let process = match running.take() {
            Some(process) => process,
            None => self.started().map_err(|error| format!("the program cannot be started: {error}"))?,
        };
        let mut process = process;
        match process.ask(feed, variables) {
            Ok(outputs) => {
                *running = Some(process);
                outputs
            }
            Err(error) => Err(process.end(&error)),
        }
    }

    fn started(&self) -> io::Result<Running> {
        let mut child = Command::new(&self.executable)
            .arg(ARGUMENT)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        write_frame(&mut to, self.program.as_bytes())?;
        Ok(Running { child, to, from })
    }
}

impl Running {
    fn ask(&mut self, feed: &[u8], variables: &[u8]) -> io::Result<Outputs> {
        write_frame(&mut self.to, feed)?;
        write_frame(&mut self.to, variables)?;
        let mut outputs = Vec::new();
        loop {
            let mut kind = [0];
            self.from.read_exact(&mut kind)?;
            let frame = read_frame(&mut self.from)?;
            match kind {
                [Answer::OUTPUT] => outputs.push(frame),
                [Answer::DONE] => return Ok(Ok(outputs)),
                _ => return Ok(Err(String::from_utf8_lossy(&frame).into_owned())),
            }
        }
    }

    /// Why the process ended.
    fn end(mut self, error: &io::Error) -> String {
        drop(self.to);
        // One that has not ended by itself is no use any more.
        drop(self.child.kill());
        match self.child.wait() {
            Ok(status) if status.code() == Some(TOO_LONG) => "the program ran for too long".to_owned(),
            Ok(status) => {
                format!("the program was stopped: it wants more memory than it may have ({status})")
            }
            Err(_) => format!("the program was stopped: {error}"),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let running = self.running.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Running { mut child, .. }) = running {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// What the process writes before each frame of its answer.
pub(super) struct Answer;

impl Answer {
    pub(super) const OUTPUT: u8 = b'o';
    pub(super) const FAILED: u8 = b'f';
    pub(super) const DONE: u8 = b'd';
}

/// Writes a length and as many bytes.
pub(super) fn write_frame(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length =
        u32::try_from(bytes.len()).map_err(|error| io::Error::new(io::ErrorKind::FileTooLarge, error))?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}

/// Reads a length and as many bytes.
pub(super) fn read_frame(from: &mut impl io::Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u64::from(u32::from_le_bytes(length));
    if length > FRAME_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
