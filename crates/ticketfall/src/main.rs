//! The one binary.

use std::process::ExitCode;

use ticketfall::cli;
use ticketfall::config::Environment;

fn main() -> ExitCode {
    match Environment::read() {
        Ok(environment) => cli::run(std::env::args_os(), environment),
        Err(error) => cli::refuse(&error.into()),
    }
}
