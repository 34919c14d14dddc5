//! The process that runs a program: it takes documents from stdin, answers on stdout, and ends itself when a
//! program takes too much of anything.

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::program::{compiled, run};
use super::worker::{Answer, read_frame, write_frame};

/// The exit code of a process that ran for too long.
pub(super) const TOO_LONG: i32 = 3;

/// The largest document, and the largest answer, in bytes.
pub(super) const FRAME_MAX: u64 = 64 << 20;

/// How long one run may take.
const RUN_MAX: Duration = Duration::from_secs(5);

/// How much memory the process may address, in bytes.
#[cfg(unix)]
const MEMORY_MAX: u64 = 1 << 30;

/// How many outputs one run may have.
const OUTPUTS_MAX: usize = 50_000;

/// How long all outputs of a run may be together, in bytes.
const OUTPUT_BYTES_MAX: usize = 32 << 20;

/// Serves one program until stdin ends.
pub fn serve_program() -> ExitCode {
    confine();
    let (begun, beginnings) = sync_channel(0);
    std::thread::scope(|scope| {
        scope.spawn(move || keep_time(&beginnings));
        let served = serve(|running| {
            let _the_timekeeper_lives_as_long = begun.send(running);
        });
        drop(begun);
        if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    })
}

fn serve(mut time: impl FnMut(bool)) -> io::Result<()> {
    let (mut from, mut to) = (io::stdin().lock(), BufWriter::new(io::stdout().lock()));
    let source = read_frame(&mut from)?;
    let program = compiled(&String::from_utf8_lossy(&source));
    while let Ok(feed) = read_frame(&mut from) {
        let variables = read_frame(&mut from)?;
        time(true);
        let (mut outputs, mut bytes) = (0, 0);
        let ran = program.as_ref().map_err(Clone::clone).and_then(|program| {
            run(program, &feed, &variables, |output| {
                outputs += 1;
                bytes += output.len();
                if outputs > OUTPUTS_MAX || bytes > OUTPUT_BYTES_MAX {
                    return Err("the program floods: it gives more than any event has".to_owned());
                }
                let written = to.write_all(&[Answer::OUTPUT]);
                written
                    .and_then(|()| write_frame(&mut to, output.as_bytes()))
                    .map_err(|error| error.to_string())
            })
        });
        time(false);
        let (kind, frame) = match &ran {
            Ok(()) => (Answer::DONE, ""),
            Err(why) => (Answer::FAILED, why.as_str()),
        };
        to.write_all(&[kind])?;
        write_frame(&mut to, frame.as_bytes())?;
    }
    Ok(())
}

/// Ends the process when a run takes too long: there is no other way to stop a program surely.
#[expect(clippy::exit, reason = "the process exists to be ended like this")]
fn keep_time(beginnings: &Receiver<bool>) {
    while let Ok(running) = beginnings.recv() {
        if running && beginnings.recv_timeout(RUN_MAX) == Err(RecvTimeoutError::Timeout) {
            std::process::exit(TOO_LONG);
        }
    }
}

/// Gives up what a program has no use for. A system that knows no such limits is none the worse.
#[cfg(unix)]
fn confine() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limits =
        [(Resource::As, MEMORY_MAX), (Resource::Nofile, 16), (Resource::Fsize, 0), (Resource::Core, 0)];
    for (resource, most) in limits {
        let _none_the_worse = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    }
}

#[cfg(not(unix))]
fn confine() {}
