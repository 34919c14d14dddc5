//! Lines of the log are written by a thread of their own, so that nobody waits for who reads them: a pipe that is full,
//! or a disk that is slow. What has no room meanwhile is lost, counted, and said once lines are written again.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

use crate::clock::Clock;
use crate::config::LogFormat;

/// How many lines wait to be written at most: what a service with thousands of members says in one breath.
pub(super) const LINES_MAX: usize = 16_384;
/// Losses go on as long as lines come quicker than they are read; they are said so often at most.
const SAID_EVERY: Duration = Duration::from_secs(1);

/// What counts lines that were lost.
pub(super) type Lost = ErrorCounter;

/// A way to `to` that nobody waits at, of so many lines; what is left of them is written when the guard is dropped.
pub(super) fn apart(
    to: impl Write + Send + 'static,
    lines_max: usize,
    (format, clock): (LogFormat, Clock),
) -> (NonBlocking, WorkerGuard) {
    let lost = Arc::<OnceLock<Lost>>::default();
    let writer = Frank { to, lost: Arc::clone(&lost), said: 0, said_at: None, format, clock };
    let (lines, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(lines_max)
        .thread_name("log")
        .finish(writer);
    let _first = lost.set(lines.error_counter());
    (lines, guard)
}

/// Says how many lines were lost before it writes the next one.
struct Frank<W> {
    to: W,
    lost: Arc<OnceLock<Lost>>,
    said: usize,
    said_at: Option<Timestamp>,
    format: LogFormat,
    clock: Clock,
}

impl<W: Write> Frank<W> {
    fn say_what_was_lost(&mut self) -> io::Result<()> {
        let lost = self.lost.get().map_or(0, Lost::dropped_lines);
        let now = self.clock.now();
        let is_soon =
            |said_at| Duration::try_from(now.duration_since(said_at)).is_ok_and(|ago| ago < SAID_EVERY);
        if lost == self.said || self.said_at.is_some_and(is_soon) {
            return Ok(());
        }
        let line = words(self.format, now, lost - self.said);
        (self.said, self.said_at) = (lost, Some(now));
        self.to.write_all(line.as_bytes())
    }
}

impl<W: Write> Write for Frank<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.say_what_was_lost()?;
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// The line that stands for lost ones: a line of the log could be lost itself.
fn words(format: LogFormat, now: Timestamp, lines: usize) -> String {
    const LOST: &str = "lines of the log were lost: they were not read in time";
    match format {
        LogFormat::Text => format!("{now:.3}  WARN {}: {LOST} lines={lines}\n", module_path!()),
        LogFormat::Json => {
            let timestamp = format!("{now:.3}");
            let line = json!({"timestamp": timestamp, "level": "WARN", "message": LOST, "lines": lines, "target": module_path!()});
            format!("{line}\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A pipe that nobody reads until it is told to.
    struct Stalled {
        read: Option<Receiver<()>>,
        written: Sender<String>,
    }

    impl Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(read) = self.read.take() {
                read.recv().unwrap();
            }
            self.written.send(String::from_utf8(bytes.to_vec()).unwrap()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn told(format: LogFormat, lines_max: usize, lines: usize) -> (Vec<String>, usize) {
        let ((reads, read), (written, told)) = (channel(), channel());
        let clock = Clock::starting_at("2026-11-28T21:41:00Z".parse().unwrap());
        let (mut log, guard) = apart(Stalled { read: Some(read), written }, lines_max, (format, clock));
        let lost = log.error_counter();
        for line in 0..lines {
            log.write_all(format!("line {line}\n").as_bytes()).unwrap();
        }
        reads.send(()).unwrap();
        drop(guard);
        (told.iter().collect(), lost.dropped_lines())
    }

    #[test]
    fn who_logs_does_not_wait_for_who_reads_and_what_is_lost_is_said() {
        let (told, lost) = told(LogFormat::Text, 10, 100);
        assert!((89..=90).contains(&lost), "{lost} are lost");
        let said = format!("lines of the log were lost: they were not read in time lines={lost}\n");
        let says: Vec<_> = told.iter().filter(|line| line.contains("WARN")).collect();
        assert!(says.len() == 1 && says[0].ends_with(&said), "{told:?}");
        assert!(says[0].starts_with("2026-11-28T21:41:00."), "{told:?}");
        assert_eq!(told.len(), 100 - lost + 1);
    }

    #[test]
    fn a_loss_is_said_to_programs_as_one_json_object() {
        let (told, lost) = told(LogFormat::Json, 10, 100);
        let said = told.iter().find(|line| line.starts_with('{')).unwrap();
        let said: serde_json::Value = serde_json::from_str(said).unwrap();
        assert_eq!((&said["level"], &said["lines"]), (&"WARN".into(), &lost.into()));
    }

    #[test]
    fn where_everything_is_read_nothing_is_lost_and_nothing_said() {
        let (told, lost) = told(LogFormat::Text, 200, 100);
        assert_eq!((told.len(), lost), (100, 0));
    }
}
