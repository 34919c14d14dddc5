//! How a run ends, for the shell.

use std::process::ExitCode;

/// How a run ends; the numbers are a promise to scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Done,
    /// Something went wrong that nobody asked for.
    Unexpected,
    /// The command line or the configuration cannot be used.
    Usage,
    /// There is nothing that fits.
    NothingFound,
    /// The service or the seller cannot be reached.
    Unreachable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Unexpected => 1,
            Exit::Usage => 2,
            Exit::NothingFound => 3,
            Exit::Unreachable => 4,
        })
    }
}
