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
    keep_to_oneself();
    match Environment::read() {
        Ok(environment) => cli::run(std::env::args_os(), environment),
        Err(error) => cli::refuse(&error.into()),
    }
}

/// Cookies and keys that are in memory reach no core dump, and no debugger of another program of the same user; files
/// that are made are for their owner alone, whoever makes them.
#[cfg(unix)]
fn keep_to_oneself() {
    use rustix::fs::Mode;
    use rustix::process::umask;
    use rustix::process::{Resource, Rlimit, setrlimit};
    umask(Mode::RWXG | Mode::RWXO);
    let _none_the_worse = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _none_the_worse =
        rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

#[cfg(not(unix))]
fn keep_to_oneself() {}
