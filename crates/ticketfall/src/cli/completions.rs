//! `completions SHELL`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Exit, Failure, Printer};

/// Which shell.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell to complete in
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "ticketfall", &mut script);
        printer.text(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Done)
    }
}
