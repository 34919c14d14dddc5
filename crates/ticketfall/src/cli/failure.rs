//! Why a command could not do what was asked: said once, on stderr, with what to do about it.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use super::Exit;
use crate::monitoring::{Refusal, StartError};
use crate::seller::DefinitionError;
use crate::session::proxy::ProxyError;
use crate::{app, browser, config, session, store, telemetry, vault};

/// An error that says "cannot …", with advice, and how the run ends for it.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    problem: Problem,
}

impl Failure {
    /// Ends the run with `exit` because of `error`, whose message finishes "cannot …".
    pub fn new(exit: Exit, error: impl StdError + Send + Sync + 'static) -> Self {
        Self { exit, problem: Problem { cause: Box::new(Plain(Box::new(error))), advice: None } }
    }

    /// Ends the run with `exit` because of what `fragment` says; it finishes "cannot …".
    pub fn because(exit: Exit, fragment: impl Into<String>) -> Self {
        Self::new(exit, Fragment(fragment.into()))
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.problem.advice = Some(advice.into());
        self
    }

    /// How the run ends.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// What to do about it.
    pub fn advice(&self) -> Option<&str> {
        self.problem.advice.as_deref()
    }

    /// The message with its causes, in one line.
    pub fn line(&self) -> String {
        let causes = std::iter::successors(self.problem.source(), |cause: &&dyn StdError| (*cause).source());
        let causes: Vec<String> = causes.map(|cause| format!(": {cause}")).collect();
        format!("{}{}", self.problem, causes.concat())
    }

    /// What a person reads on stderr; nothing where there is nobody left to read it.
    pub fn report(&self, colour: bool) -> String {
        if self.exit == Exit::Done {
            return String::new();
        }
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let mut report = String::new();
        let rendered = GraphicalReportHandler::new_themed(theme).render_report(&mut report, &self.problem);
        if rendered.is_err() { format!("{}\n", self.problem) } else { report }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

/// A message with no error under it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Fragment(String);

/// An error that brings no advice of its own.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error(transparent)]
struct Plain(Box<dyn StdError + Send + Sync>);

/// All that a search lacks: the only thing in one line, several in a line each.
#[derive(Debug, thiserror::Error)]
#[error("start the search: {0}")]
struct Refused(String);

impl Refused {
    fn of(refusals: &[Refusal]) -> Self {
        let named = |refusal: &Refusal| format!("{}: {refusal}", refusal.need().name());
        Self(match refusals {
            [only] => named(only),
            all => format!("\n  {}", all.iter().map(named).collect::<Vec<_>>().join("\n  ")),
        })
    }
}

#[derive(Debug)]
struct Problem {
    cause: Box<dyn Diagnostic + Send + Sync>,
    advice: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.cause)
    }
}

impl StdError for Problem {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.source()
    }
}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        match &self.advice {
            Some(advice) => Some(Box::new(advice)),
            None => self.cause.help(),
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.cause.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.cause.labels()
    }
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        Self { exit: Exit::Usage, problem: Problem { cause: Box::new(error), advice: None } }
    }
}

impl From<DefinitionError> for Failure {
    fn from(error: DefinitionError) -> Self {
        Self { exit: Exit::Usage, problem: Problem { cause: Box::new(error), advice: None } }
    }
}

impl From<session::Error> for Failure {
    fn from(error: session::Error) -> Self {
        Self::new(Exit::Unexpected, error).advise("sign in anew: `ticketfall profile open NAME`")
    }
}

impl From<browser::Error> for Failure {
    fn from(error: browser::Error) -> Self {
        Self::new(Exit::Unexpected, error).advise("`ticketfall doctor` says which browser is used")
    }
}

impl From<ProxyError> for Failure {
    fn from(error: ProxyError) -> Self {
        Self::new(Exit::Usage, error)
    }
}

impl From<app::Error> for Failure {
    fn from(error: app::Error) -> Self {
        match error {
            app::Error::Store(error) => error.into(),
            app::Error::Vault(error) => error.into(),
            app::Error::Start(error) => error.into(),
            app::Error::Browser(error) => error.into(),
            app::Error::Trust(_) => {
                Self::new(Exit::Usage, error).advise("change network.extra_roots, or leave it out")
            }
            app::Error::Listen { .. } => {
                Self::new(Exit::Usage, error).advise("name another port, or 0 for any that is free")
            }
            app::Error::NotHere(_) => Self::new(Exit::Usage, error).advise(
                "listen on 127.0.0.1, and let a reverse proxy with TLS or an SSH tunnel on this machine pass others on",
            ),
            app::Error::Script { .. } | app::Error::Token(_) => Self::new(Exit::Usage, error),
            app::Error::Network(_) | app::Error::Directory(_) | app::Error::SignIn(_) => {
                Self::new(Exit::Unexpected, error).advise("`ticketfall doctor` looks for what is wrong")
            }
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Store(error) => error.into(),
            StartError::Refused(refusals) => Self::new(Exit::Usage, Refused::of(&refusals))
                .advise(refusals.iter().map(Refusal::advice).collect::<Vec<_>>().join("\n")),
            StartError::Connection(_) => Self::because(Exit::Unexpected, error.to_string()),
        }
    }
}

impl From<vault::Error> for Failure {
    fn from(error: vault::Error) -> Self {
        Self::new(Exit::Usage, error).advise("`ticketfall doctor` says which key is used")
    }
}

impl From<telemetry::Error> for Failure {
    fn from(error: telemetry::Error) -> Self {
        Self::new(Exit::Usage, error).advise("change log.file, or leave it out")
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        let advice = match &error {
            store::Error::Absent(_) => "add a profile first: `ticketfall profile add NAME`",
            store::Error::InUse(_) => {
                "stop the other one first; where that is the service, its dashboard can do this: `ticketfall dashboard`"
            }
            store::Error::Newer(_) => "use the newer Ticketfall, or another data directory",
            store::Error::Older(_) => "start the service once, or use a command that writes",
            store::Error::Full(_) => "make room on the disk",
            store::Error::ReadOnly(_) => "check who owns the directory, or set data_dir to another one",
            store::Error::Corrupt(_) => "start the service once: it keeps the damaged file and begins anew",
            store::Error::File { .. }
            | store::Error::Sqlite { .. }
            | store::Error::Schema { .. }
            | store::Error::Stopping => "`ticketfall doctor` looks for what is wrong",
        };
        Self::new(Exit::Unexpected, error).advise(advice)
    }
}

/// What is left when stdout cannot be written; a reader who has seen enough is no failure.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let is_quiet = error.kind() == io::ErrorKind::BrokenPipe;
        Self::new(if is_quiet { Exit::Done } else { Exit::Unexpected }, Unprinted(error))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("print the answer")]
struct Unprinted(#[source] io::Error);
