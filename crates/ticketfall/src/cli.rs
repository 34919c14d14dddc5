//! The command line: one module a command. Answers go to stdout through one printer, all else to stderr.

mod backup;
mod boxoffice;
mod check;
mod completions;
mod config;
mod context;
mod cookies;
mod demo;
mod doctor;
mod exit;
mod explain;
mod failure;
mod falls;
mod follow;
mod printer;
mod profile;
mod search;
mod secrets;
mod seller;
mod serve;
mod service;
mod source;
mod status;
mod token;
mod vault;
mod wanted;
mod watch;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::clock::Clock;
use crate::config::{Environment, Flag, Loaded, LogLevel, LogSettings, Source};
use crate::telemetry;

pub use context::Context;
pub use exit::Exit;
pub use failure::Failure;
pub use printer::Printer;

/// How long what still runs may take to end.
const SHUTDOWN_MAX: Duration = Duration::from_secs(2);

/// Catches tickets when they fall.
///
/// Watches a club's ticket exchange for the members you look after, holds the seats they want, and opens the
/// order page in their browser. A person pays.
#[derive(Debug, Parser)]
#[command(name = "ticketfall", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Global {
    /// The configuration file, in place of the usual one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where profiles, sessions and everything seen are kept
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// How much is logged: off, error, warn, info, debug or trace
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
    /// How log lines look: text or json
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Print answers as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See the main job done: a box office, a member's browser, a fall, a hold, the order page
    Demo(demo::Demo),
    /// Run every search that should run, until stopped
    Serve,
    /// Let the running service search for a member
    Start(search::Start),
    /// Let the running service stop searching
    Stop(search::Stop),
    /// How the searches of the running service stand
    Status(status::Status),
    /// Print a link into the running service's dashboard, for one browser, once
    Dashboard,
    /// Notices: see whether they arrive
    #[command(subcommand)]
    Notify(Notify),
    /// Search at one event for one member, until seats are held
    Watch(watch::Watch),
    /// Run the simulated box office alone
    Boxoffice(boxoffice::BoxOffice),
    /// Members: add, list, show and remove them, and sign them in
    #[command(subcommand)]
    Profile(profile::Command),
    /// Cookies: fetch them for many members, import and export them
    #[command(subcommand)]
    Cookies(cookies::Command),
    /// Sellers: list, show and check them
    #[command(subcommand)]
    Seller(seller::Command),
    /// Read a page and say what fits, and why all else does not
    Check(Box<check::Check>),
    /// What fell, and for how long
    Falls(falls::Falls),
    /// Tell the story of a hold or of a member, in order
    Explain(explain::Explain),
    /// Look for what would keep Ticketfall from working
    Doctor,
    /// The configuration: what counts, whether it can be used, what it may be
    #[command(subcommand)]
    Config(config::Command),
    /// The key that secrets are sealed with
    #[command(subcommand)]
    Vault(vault::Command),
    /// The token that lets programs and browsers in
    #[command(subcommand)]
    Token(token::Command),
    /// Write all that is kept to one file, also while the service runs; the key is not in it
    Backup(backup::Backup),
    /// Put what a backup has in place of what is kept, which is set aside; no service may run
    Restore(backup::Restore),
    /// Print a script that completes commands in your shell
    Completions(completions::Completions),
}

/// What to do about notices.
#[derive(Debug, Subcommand)]
enum Notify {
    /// Let the running service send one to whoever is told
    Test,
}

/// Runs the command that `args` asks for; `args` begins with the program's name.
pub fn run(args: impl IntoIterator<Item = OsString>, environment: Environment) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return told_by_clap(&error),
    };
    let colour = context::wants_colour(&environment);
    let exit = carry_out(cli, environment).unwrap_or_else(|failure| {
        // Where stderr is closed there is nobody left to tell.
        drop(io::stderr().write_all(failure.report(colour).as_bytes()));
        failure.exit()
    });
    exit.into()
}

/// Reports a failure that came before any command.
pub fn refuse(failure: &Failure) -> ExitCode {
    drop(io::stderr().write_all(failure.report(false).as_bytes()));
    failure.exit().into()
}

/// Says something on stderr to the person who waits.
fn say(text: &str) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    stderr.write_all(text.as_bytes())?;
    stderr.flush()
}

fn told_by_clap(error: &clap::Error) -> ExitCode {
    // Where nobody reads the help any more, its end is no failure.
    drop(error.print());
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

fn carry_out(cli: Cli, environment: Environment) -> Result<Exit, Failure> {
    let mut printer = Printer::stdout(cli.global.json);
    if let Command::Completions(completions) = &cli.command {
        return completions.run(&mut printer);
    }
    if let Command::Config(config::Command::Schema) = &cli.command {
        return config::schema(&mut printer);
    }
    let loaded = crate::config::load(cli.global.config.as_deref(), &cli.global.flags(), &environment)?;
    let clock = Clock::system();
    let _log = telemetry::start(&log_settings(&loaded), clock, context::wants_colour(&environment))?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let mut context = Context { loaded, environment, clock, printer };
    let runtime = tokio::runtime::Runtime::new()?;
    let done = runtime.block_on(dispatch(cli.command, &mut context));
    // Whoever still reads from the terminal is not waited for.
    runtime.shutdown_timeout(SHUTDOWN_MAX);
    done
}

async fn dispatch(command: Command, context: &mut Context) -> Result<Exit, Failure> {
    match command {
        Command::Demo(demo) => demo.run(context).await,
        Command::Serve => serve::run(context).await,
        Command::Start(start) => start.run(context).await,
        Command::Stop(stop) => stop.run(context).await,
        Command::Status(status) => status.run(context).await,
        Command::Dashboard => search::dashboard(context).await,
        Command::Notify(Notify::Test) => search::test_notice(context).await,
        Command::Watch(watch) => watch.run(context).await,
        Command::Boxoffice(boxoffice) => boxoffice.run(context).await,
        Command::Profile(command) => profile::run(command, context).await,
        Command::Cookies(command) => cookies::run(command, context).await,
        Command::Seller(command) => seller::run(command, context).await,
        Command::Check(check) => check.run(context).await,
        Command::Falls(falls) => falls.run(context).await,
        Command::Explain(explain) => explain.run(context).await,
        Command::Doctor => doctor::run(context).await,
        Command::Config(command) => config::run(&command, context),
        Command::Vault(command) => vault::run(command, context).await,
        Command::Backup(backup) => backup.run(context).await,
        Command::Restore(restore) => restore.run(context).await,
        Command::Token(command) => token::run(command, context).await,
        Command::Completions(completions) => completions.run(&mut context.printer),
    }
}

/// A command that answers and ends is quiet about how, unless the level was asked for.
fn log_settings(loaded: &Loaded) -> LogSettings {
    let mut settings = loaded.config.log.clone();
    if loaded.sources.get("log.level") == Some(&Source::Default) {
        settings.level = LogLevel::Warn;
    }
    settings
}

impl Global {
    fn flags(&self) -> Vec<Flag> {
        [
            ("data_dir", "--data-dir", &self.data_dir),
            ("log.level", "--log-level", &self.log_level),
            ("log.format", "--log-format", &self.log_format),
        ]
        .into_iter()
        .filter_map(|(key, name, value)| Some(Flag { key, name, value: value.clone()? }))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
