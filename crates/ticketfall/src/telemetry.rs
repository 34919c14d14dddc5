//! What is logged: lines for people or for programs, on stderr and in a file a day. Secrets stay out:
//! fields carry types whose `Debug` hides them, and URLs go through [`plain`].

mod apart;
pub mod metrics;
pub mod stages;

use std::backtrace::Backtrace;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_appender::rolling::{InitError, RollingFileAppender, Rotation};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use url::Url;

use crate::clock::Clock;
use crate::config::{LogFormat, LogLevel, LogSettings};

/// How many days of log files are kept.
const DAYS_KEPT: usize = 14;

/// Whose lines follow the configured level; everybody else speaks only to warn.
const OURS: [&str; 3] = ["ticketfall", "ticketfall_core", "ticketfall_boxoffice"];

/// Why there is no log; each finishes "cannot …".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path of the log file names no file.
    #[error("log to {}: it names no file", .0.display())]
    NoName(PathBuf),
    /// The log file cannot be opened.
    #[error("log to {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What stands in the way.
        #[source]
        source: InitError,
    },
    /// Somebody logs already.
    #[error("begin to log")]
    Begun(#[source] TryInitError),
}

/// Lines of this process's log that were lost, by where they were to be written.
static LOST: OnceLock<Vec<(&str, apart::Lost)>> = OnceLock::new();

/// Keeps the log going; what is left in memory is written when it is dropped.
#[derive(Debug)]
pub struct Log {
    _stderr: WorkerGuard,
    _file: Option<WorkerGuard>,
}

/// Begins to log as `settings` say; `colour` is for a terminal that wants it. Nobody waits for who reads the lines.
pub fn start(settings: &LogSettings, clock: Clock, colour: bool) -> Result<Log, Error> {
    let format = settings.format;
    let (stderr, stderr_guard) = apart::apart(io::stderr(), apart::LINES_MAX, (format, clock));
    let open = |path| open(path, (format, clock));
    let (file, file_guard) = settings.file.as_deref().map(open).transpose()?.unzip();
    let counted = [("stderr", Some(&stderr)), ("file", file.as_ref())];
    let lost = counted.into_iter().filter_map(|(to, lines)| Some((to, lines?.error_counter()))).collect();
    tracing_subscriber::registry()
        .with(targets(settings.level))
        .with(lines(format, clock, colour, stderr))
        .with(file.map(|file| lines(format, clock, false, file)))
        .try_init()
        .map_err(Error::Begun)?;
    let _first = LOST.set(lost);
    if settings.level != LogLevel::Off {
        log_panics();
    }
    Ok(Log { _stderr: stderr_guard, _file: file_guard })
}

/// How many lines of this process's log were lost since it began, by where they were to be written.
pub fn lines_lost() -> impl Iterator<Item = (&'static str, usize)> {
    LOST.get().into_iter().flatten().map(|(to, lost)| (*to, lost.dropped_lines()))
}

/// A panic is told like everything else: who panics would wait for whoever does not read stderr.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let backtrace = Backtrace::capture();
        tracing::error!("{panic}\n{backtrace}");
    }));
}

/// A URL as it may be logged and shown: without sign-in, query and fragment, where tokens travel.
pub fn plain(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let rest = if url.query().is_some() { "?…" } else { "" };
    format!("{}://{host}{port}{}{rest}", url.scheme(), url.path())
}

fn targets(level: LogLevel) -> Targets {
    let ours = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let others = ours.min(LevelFilter::WARN);
    Targets::new().with_default(others).with_targets(OURS.map(|target| (target, ours)))
}

fn lines<S, W>(format: LogFormat, clock: Clock, colour: bool, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_timer(Told(clock)).with_writer(writer);
    match format {
        LogFormat::Text => layer.with_ansi(colour).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    }
}

fn open(path: &Path, told: (LogFormat, Clock)) -> Result<(NonBlocking, WorkerGuard), Error> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return Err(Error::NoName(path.to_owned()));
    };
    let directory = path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(name)
        .latest_symlink(name)
        .max_log_files(DAYS_KEPT)
        .build(directory)
        .map(|file| apart::apart(file, apart::LINES_MAX, told))
        .map_err(|source| Error::File { path: path.to_owned(), source })
}

/// The time of a line, by the one clock.
struct Told(Clock);

impl FormatTime for Told {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{:.3}", self.0.now())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn logged(format: LogFormat, level: LogLevel, speak: impl FnOnce()) -> String {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("ticketfall.log");
        let clock = Clock::starting_at("2026-11-28T21:41:00Z".parse().unwrap());
        let (file, guard) = open(&path, (format, clock)).unwrap();
        let subscriber =
            tracing_subscriber::registry().with(targets(level)).with(lines(format, clock, false, file));
        tracing::subscriber::with_default(subscriber, speak);
        drop(guard);
        std::fs::read_to_string(&path).unwrap()
    }

    #[test]
    fn a_line_for_people_says_when_and_what() {
        let line = logged(LogFormat::Text, LogLevel::Info, || tracing::info!(seats = 2, "held"));
        assert!(line.starts_with("2026-11-28T21:41:00."), "{line}");
        assert!(line.trim_end().ends_with("held seats=2"), "{line}");
    }

    #[test]
    fn a_line_for_programs_is_one_json_object() {
        let line = logged(LogFormat::Json, LogLevel::Info, || tracing::info!(seats = 2, "held"));
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&line["message"], &line["seats"]), (&"held".into(), &2.into()));
    }

    #[test]
    fn others_are_heard_only_when_they_warn() {
        let text = logged(LogFormat::Text, LogLevel::Debug, || {
            tracing::debug!("ours");
            tracing::info!(target: "hyper", "chatter");
            tracing::warn!(target: "hyper", "trouble");
        });
        assert!(text.contains("ours") && text.contains("trouble") && !text.contains("chatter"), "{text}");
        assert_eq!(logged(LogFormat::Text, LogLevel::Off, || tracing::error!("ours")), "");
    }

    #[test]
    fn a_url_is_shown_without_what_signs_in() {
        let url = "https://ada:hush@northend.example:8443/EDP/Event/Index/501?queueittoken=hush#hush";
        let url = url.parse().unwrap();
        assert_eq!(plain(&url), "https://northend.example:8443/EDP/Event/Index/501?…");
    }

    #[test]
    fn a_log_that_names_no_file_is_refused() {
        let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
        assert!(matches!(open(Path::new("/"), (LogFormat::Text, clock)), Err(Error::NoName(_))));
    }
}
