//! Notices as log lines, for people and for queries.

use tracing::{debug, info, warn};

use super::Notice;

/// Writes a notice to the log; readings only when asked for, since there is one a second.
pub(super) fn log(notice: &Notice) {
    match notice {
        Notice::Session { profile, origin, cookies } => info!(%profile, origin, cookies, "session taken"),
        Notice::Reading { watched, by, reading, reason, offers, took_ms, blind_ms } => {
            debug!(%watched, %by, reading, reason, offers, took_ms, blind_ms, "looked");
        }
        Notice::Fall { watched, seats, .. } => info!(%watched, seats, "seats fell"),
        Notice::Gone { watched, seats, .. } => debug!(%watched, seats, "fallen seats are gone"),
        Notice::Verdict { watched, profiles, groups, .. } => {
            debug!(%watched, profiles = profiles.len(), fitting = groups.len(), "checked");
        }
        Notice::Match { profile, watched, seats, .. } => info!(%profile, %watched, seats, "seats fit"),
        Notice::Hold { profile, watched, attempt, seats, answer, reason, took_ms } => {
            info!(%profile, %watched, attempt, seats, answer, reason, took_ms, "asked for a hold");
        }
        Notice::Refused { profile, watched, by, attempt, reason } => {
            info!(%profile, %watched, by, attempt, reason, "hold refused");
        }
        Notice::SeatView { profile, watched, chosen } => info!(%profile, %watched, chosen, "seat map read"),
        Notice::Proof { profile, watched, result, reason, .. } => {
            info!(%profile, %watched, result, reason, "basket read");
        }
        Notice::Release { profile, watched, failed: None } => {
            info!(%profile, %watched, "seats given back");
        }
        Notice::Release { profile, watched, failed: Some(reason) } => {
            warn!(%profile, %watched, reason, "cannot give seats back");
        }
        Notice::OrderPage { profile, watched, url, opened, seconds_left, note } => {
            info!(%profile, %watched, url, opened, seconds_left, note, "time to pay");
        }
        Notice::Person { profile, watched, kind, ask } => {
            warn!(%profile, %watched, kind, ask, "a person is needed");
        }
        Notice::Health { part, watched, profile, over, words, remedy, since: _ } => {
            let (watched, profile) = (
                watched.as_ref().map(tracing::field::display),
                profile.as_ref().map(tracing::field::display),
            );
            if *over {
                info!(part, watched, profile, words, "the service is well again");
            } else {
                warn!(part, watched, profile, words, remedy, "the service is in trouble");
            }
        }
        Notice::Test { words } => info!(words, "test"),
        Notice::Status { profile, watched, status, reason } => {
            info!(%profile, %watched, status, reason, "status");
        }
    }
}
