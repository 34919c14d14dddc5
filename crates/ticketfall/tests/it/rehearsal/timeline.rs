//! Notices as a story: a line each, with the time since the opening. Within one instant the watch comes
//! first and then the members by name, for what happens at once has no order of its own.

use std::fmt::Write as _;

use jiff::Timestamp;
use ticketfall::notify::{Dated, Notice, RefusedOffers};

/// Tells `notices` from `opening` on.
pub(crate) fn told(notices: &[Dated], opening: Timestamp) -> String {
    let mut lines: Vec<(Timestamp, String, String)> = Vec::new();
    let mut sees = true;
    for Dated { at, notice, .. } in notices {
        if let Some((who, text)) = words(notice, &mut sees) {
            lines.push((*at, who, text));
        }
    }
    lines.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let mut story = String::new();
    for (at, who, text) in lines {
        let millis = at.duration_since(opening).as_millis();
        let who = if who.is_empty() { who } else { format!("{who} ") };
        writeln!(story, "{:>4}.{:03} {who}{text}", millis / 1000, millis % 1000).unwrap();
    }
    story
}

/// Who it is about, and what; readings only where seeing begins or ends.
fn words(notice: &Notice, sees: &mut bool) -> Option<(String, String)> {
    let nobody = String::new;
    Some(match notice {
        Notice::Session { profile, origin, .. } => (profile.to_string(), format!("session {origin}")),
        Notice::Reading { reading, reason, .. } => {
            let saw = std::mem::replace(sees, matches!(*reading, "seats" | "unchanged"));
            if saw && *sees {
                return None;
            }
            (nobody(), with_reason(&format!("reading {reading}"), reason.as_ref()))
        }
        Notice::Fall { seats, .. } => (nobody(), format!("fall {seats}")),
        Notice::Gone { seats, .. } => (nobody(), format!("gone {seats}")),
        Notice::Verdict { profiles, wanted, groups, refused, .. } => {
            let who = profiles.iter().map(ToString::to_string).collect::<Vec<_>>().join("+");
            let why = || refused.iter().map(refusal).collect::<Vec<_>>().join("; ");
            let fits = groups.first().map_or_else(|| format!("nothing fits: {}", why()), Clone::clone);
            (nobody(), format!("verdict {who}, {wanted}: {fits}"))
        }
        Notice::Match { profile, seats, .. } => (profile.to_string(), format!("match {seats}")),
        Notice::Hold { profile, attempt, seats, answer, .. } => {
            (profile.to_string(), format!("hold {attempt} {seats} -> {answer}"))
        }
        Notice::Refused { profile, by, reason, .. } => {
            (profile.to_string(), format!("refused by the {by}: {reason}"))
        }
        Notice::SeatView { profile, chosen, .. } => {
            (profile.to_string(), format!("seat view {}", chosen.as_deref().unwrap_or("nothing fits")))
        }
        Notice::Proof { profile, result, reason, seats, .. } => {
            let what = reason.clone().unwrap_or_else(|| seats.join("; "));
            (profile.to_string(), format!("proof {result} {what}").trim_end().to_owned())
        }
        Notice::Release { profile, failed, .. } => {
            (profile.to_string(), with_reason("released", failed.as_ref()))
        }
        Notice::OrderPage { profile, seconds_left, .. } => {
            (profile.to_string(), format!("order page, {seconds_left} s left"))
        }
        Notice::Person { profile, kind, .. } => (profile.to_string(), format!("person {kind}")),
        Notice::Health { part, over, words, remedy, .. } => {
            let end = if *over { " is over".to_owned() } else { format!(": {remedy}") };
            (nobody(), format!("{part} trouble: {words}{end}"))
        }
        Notice::Test { words } => (nobody(), words.clone()),
        Notice::Status { profile, status, reason, .. } => {
            (profile.to_string(), with_reason(&format!("status {status}"), reason.as_ref()))
        }
    })
}

fn refusal(refused: &RefusedOffers) -> String {
    format!("{} {}", refused.offers, refused.reason)
}

fn with_reason(text: &str, reason: Option<&String>) -> String {
    reason.map_or_else(|| text.to_owned(), |reason| format!("{text}: {reason}"))
}
