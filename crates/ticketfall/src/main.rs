//! The one binary.

use std::process::ExitCode;

use ticketfall::cli;
use ticketfall::config::Environment;
use ticketfall::seller::{SERVE_PROGRAM, serve_program};

fn main() -> ExitCode {
    // The process of a definition's program has no environment, and shall know nothing of the user's.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == SERVE_PROGRAM) {
        return serve_program();
    }
    match Environment::read() {
        Ok(environment) => cli::run(std::env::args_os(), environment),
        Err(error) => cli::refuse(&error.into()),
    }
}
