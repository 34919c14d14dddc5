//! Tells what happens while a search runs: a line a notice on stdout, and on
//! a terminal one line of progress on stderr.

use std::future::Future;
use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ticketfall_core::ids::ProfileId;
use ticketfall_core::watch::{Phase, View};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::printer::Printer;
use crate::clock::Clock;
use crate::monitoring::Supervisor;
use crate::notify::{Dated, Notice};

const REDRAWN_EVERY: Duration = Duration::from_millis(250);

/// How following a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Followed {
    /// Seats are held, and the order page was opened or named.
    Held,
    /// The search is over without.
    Ended,
    /// The time is up.
    TimedOut,
    /// Somebody pressed Ctrl-C, or the process was asked to end.
    Interrupted,
}

/// When to stop following.
#[derive(Debug, Clone, Copy)]
pub(super) struct Until {
    /// When the seats are held.
    pub(super) held: bool,
    /// At this time.
    pub(super) time: Option<Timestamp>,
}

/// Follows searches and prints what happens.
#[derive(Debug)]
pub(super) struct Follower<'a> {
    supervisor: &'a Supervisor,
    clock: Clock,
    notices: broadcast::Receiver<Dated>,
    progress: ProgressBar,
    has_held: bool,
}

impl<'a> Follower<'a> {
    /// Listens from now on.
    pub(super) fn new(supervisor: &'a Supervisor, clock: Clock) -> Self {
        let progress =
            if io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{spinner} {wide_msg}").expect("the template is sound");
        progress.set_style(style);
        let notices = supervisor.notices().listen();
        Self { supervisor, clock, notices, progress, has_held: false }
    }

    /// Prints until it is time to stop; with a profile, also until its search is over.
    pub(super) async fn follow(
        &mut self,
        printer: &mut Printer,
        profile: Option<&ProfileId>,
        until: Until,
    ) -> io::Result<Followed> {
        let mut interrupted = std::pin::pin!(asked_to_end());
        let mut redraw = tokio::time::interval(REDRAWN_EVERY);
        let ended = loop {
            tokio::select! {
                biased;
                notice = self.notices.recv() => match notice {
                    Ok(dated) => {
                        self.print(printer, &dated)?;
                        let is_held = matches!(dated.notice, Notice::OrderPage { .. });
                        self.has_held |= is_held;
                        if is_held && until.held {
                            break Followed::Held;
                        }
                    }
                    Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "notices came faster than they were printed"),
                    Err(RecvError::Closed) => break Followed::Ended,
                },
                () = &mut interrupted => break Followed::Interrupted,
                _ = redraw.tick() => {
                    self.progress.set_message(self.progress_line());
                    self.progress.tick();
                    if profile.is_some_and(|profile| self.is_over(profile)) {
                        break Followed::Ended;
                    }
                    if until.time.is_some_and(|time| time <= self.clock.now()) {
                        break if self.has_held { Followed::Held } else { Followed::TimedOut };
                    }
                }
            }
        };
        self.progress.finish_and_clear();
        Ok(ended)
    }

    fn is_over(&self, profile: &ProfileId) -> bool {
        use ticketfall_core::status::Status;
        let status = self.supervisor.status(profile).map(|(_, view)| view.status);
        matches!(status, Some(Status::Stopped { .. } | Status::Blocked { .. })) && self.notices.is_empty()
    }

    fn print(&self, printer: &mut Printer, dated: &Dated) -> io::Result<()> {
        self.progress.suspend(|| printer.event(dated, told))
    }

    /// What goes on, in one line: looks, blind time, the next look, and how each member stands.
    fn progress_line(&self) -> String {
        let now = self.clock.now();
        let watches = self.supervisor.watches();
        let parts = watches.iter().map(|(key, view)| format!("{key}: {}", watch_in_words(view, now)));
        let members = self.supervisor.statuses().into_iter().map(|(profile, _, view)| {
            let left = view.held.map(|held| held.expires_at.duration_since(now).as_secs().max(0));
            let left = left.map(|seconds| format!(", {:02}:{:02} left to pay", seconds / 60, seconds % 60));
            format!("{profile} {}{}", view.label, left.unwrap_or_default())
        });
        parts.chain(members).collect::<Vec<_>>().join(" · ")
    }
}

fn watch_in_words(view: &View, now: Timestamp) -> String {
    let next = match &view.phase {
        Phase::Idle => "not looking".to_owned(),
        Phase::Looking { .. } => "looking".to_owned(),
        Phase::Due { at } => format!("next look in {:.1} s", at.duration_since(now).as_secs_f64().max(0.0)),
    };
    let looks = if view.looks == 1 { "1 look".to_owned() } else { format!("{} looks", view.looks) };
    format!("{looks}, blind {} s, {next}", view.blind.as_secs())
}

/// Ends when the process is asked to; whoever asks after this call, and before that is awaited, is heard too.
pub(super) fn asked_to_end() -> impl Future<Output = ()> {
    let (interrupted, terminated) = (sent(SignalKind::interrupt()), sent(SignalKind::terminate()));
    async move {
        tokio::select! {
            () = interrupted => {}
            () = terminated => {}
        }
    }
}

fn sent(kind: SignalKind) -> impl Future<Output = ()> {
    let heard = signal(kind);
    async move {
        match heard {
            Ok(mut heard) => drop(heard.recv().await),
            Err(_deaf) => std::future::pending().await,
        }
    }
}

/// A notice as people read it; readings are in the progress line.
fn told(dated: &Dated) -> String {
    let time = dated.at.to_zoned(TimeZone::system()).strftime("%H:%M:%S%.3f");
    match words(&dated.notice) {
        Some((word, text)) => format!("{time}  {word:<10} {text}\n"),
        None => String::new(),
    }
}

fn words(notice: &Notice) -> Option<(&'static str, String)> {
    Some(match notice {
        Notice::Session { profile, origin, cookies } => {
            ("session", format!("{profile}: {cookies} cookies, {origin}"))
        }
        Notice::Reading { reading, reason, .. } => match (*reading, reason) {
            ("seats" | "unchanged", _) => return None,
            (reading, Some(reason)) => ("reading", format!("{reading}: {reason}")),
            (reading, None) => ("reading", reading.to_owned()),
        },
        Notice::Fall { seats, .. } => ("fall", seats.clone()),
        Notice::Gone { seats, .. } => ("gone", seats.clone()),
        Notice::Verdict { wanted, groups, refused, .. } => {
            let why = refused
                .iter()
                .map(|r| format!("{} × {}", r.offers, r.example))
                .collect::<Vec<_>>()
                .join("; ");
            match groups.first() {
                Some(best) => ("verdict", format!("{wanted}: {best}")),
                None => ("verdict", format!("{wanted}: nothing fits ({why})")),
            }
        }
        Notice::Match { profile, seats, .. } => ("match", format!("{profile}: {seats}")),
        Notice::Hold { profile, attempt, seats, answer, reason, took_ms, .. } => {
            let reason = because(reason.as_ref());
            ("hold", format!("{profile}: {seats} → {answer}{reason} ({attempt} try, {took_ms} ms)"))
        }
        Notice::Refused { profile, by, reason, .. } => {
            ("refused", format!("{profile}, by the {by}: {reason}"))
        }
        Notice::SeatView { profile, chosen, .. } => {
            ("seat view", format!("{profile}: {}", chosen.as_deref().unwrap_or("nothing fits")))
        }
        Notice::Proof { profile, result, reason, seats, total, .. } => {
            let total = total.map(|total| format!(", {total} together")).unwrap_or_default();
            let what = reason.clone().unwrap_or_else(|| seats.join("; "));
            ("proof", format!("{profile}: {result} {what}{total}"))
        }
        Notice::Release { profile, failed, .. } => {
            let how = failed.as_ref().map_or("given back".to_owned(), |why| format!("not given back: {why}"));
            ("release", format!("{profile}: {how}"))
        }
        Notice::OrderPage { profile, url, opened, seconds_left, note, .. } => {
            let place = if *opened { "open in the browser" } else { "to be opened by hand" };
            let note = note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
            let (minutes, seconds) = (seconds_left / 60, seconds_left % 60);
            ("order page", format!("{profile}: {url} {place}, {minutes:02}:{seconds:02} left to pay{note}"))
        }
        Notice::Person { profile, kind, ask, .. } => ("person", format!("{profile}, {kind}: {ask}")),
        Notice::Health { part, over: true, words, .. } => ("health", format!("{part}: over: {words}")),
        Notice::Health { part, over: false, words, remedy, .. } => {
            ("health", format!("{part}: {words}: {remedy}"))
        }
        Notice::Test { words } => ("test", words.clone()),
        Notice::Status { profile, status, reason, .. } => {
            ("status", format!("{profile} {status}{}", because(reason.as_ref())))
        }
    })
}

fn because(reason: Option<&String>) -> String {
    reason.map(|reason| format!(": {reason}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_line_says_how_many_looks_how_long_blind_and_when_next() {
        let now = Timestamp::UNIX_EPOCH;
        let view = View {
            phase: Phase::Due { at: Timestamp::from_millisecond(400).unwrap() },
            interval: None,
            looks: 31,
            last: None,
            fell_at: None,
            blind_since: None,
            blind: Duration::from_secs(2),
            blind_total: Duration::from_secs(2),
            members: 1,
            in_line: 1,
            offers: 0,
        };
        assert_eq!(watch_in_words(&view, now), "31 looks, blind 2 s, next look in 0.4 s");
    }
}
