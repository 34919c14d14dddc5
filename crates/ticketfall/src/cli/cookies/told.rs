//! Updates as people read them, and how a run ends for them.

use crate::cli::Exit;
use crate::monitoring::cookie_update::{
    CookieOutcome, CookieReport, FailureKind, Kept, Outcome, ProfileReport,
};

/// A line a profile, and one for each cookie that is not as it was given.
pub(super) fn text(report: &ProfileReport) -> String {
    match &report.outcome {
        Outcome::Failed(failed) => format!("{}: failed: cannot {}\n", report.profile, failed.why),
        Outcome::Updated(kept) => format!("{}: {}", report.profile, updated(kept)),
    }
}

fn updated(kept: &Kept) -> String {
    let count = |is: fn(&CookieOutcome) -> bool| kept.cookies.iter().filter(|one| is(&one.outcome)).count();
    let place = if kept.in_browser { "in the browser" } else { "in the session, for there is no browser" };
    let counts = [
        (count(|one| matches!(one, CookieOutcome::Set)), "set"),
        (count(|one| matches!(one, CookieOutcome::Changed { .. })), "changed"),
        (count(|one| matches!(one, CookieOutcome::Refused { .. })), "refused"),
        (count(|one| matches!(one, CookieOutcome::Dropped { .. })), "dropped"),
        (kept.left_out.len(), "left out"),
    ];
    let counts = counts.iter().filter(|(count, word)| *count > 0 || *word == "set");
    let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    let lines: String = kept.cookies.iter().map(line).collect();
    let left_out: Vec<String> = kept.left_out.iter().map(|what| format!("  left out {what}\n")).collect();
    format!(
        "{} {place}; the session has {} cookies\n{lines}{}",
        counts.join(", "),
        kept.session_cookies,
        left_out.concat()
    )
}

fn line(cookie: &CookieReport) -> String {
    let (word, why) = match &cookie.outcome {
        CookieOutcome::Set => return String::new(),
        CookieOutcome::Changed { why } => ("changed", why),
        CookieOutcome::Refused { why } => ("refused", why),
        CookieOutcome::Dropped { why } => ("dropped", why),
    };
    format!("  {word} {} of {}: {why}\n", cookie.name, cookie.domain)
}

/// The worst that happened to any profile.
pub(super) fn exit(reports: &[ProfileReport]) -> Exit {
    let is_any = |kind: FailureKind| {
        reports.iter().any(|report| matches!(&report.outcome, Outcome::Failed(failed) if failed.kind == kind))
    };
    let holds_nothing =
        |report: &ProfileReport| !report.has_succeeded() && matches!(report.outcome, Outcome::Updated(_));
    if is_any(FailureKind::Other) || reports.iter().any(holds_nothing) {
        Exit::Unexpected
    } else if is_any(FailureKind::Unreachable) {
        Exit::Unreachable
    } else if is_any(FailureKind::NoProfile) {
        Exit::NothingFound
    } else {
        Exit::Done
    }
}
