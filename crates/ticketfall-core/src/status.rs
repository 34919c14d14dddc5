//! The statuses that members see, word for word as they always were.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What a monitor is doing, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It runs again with the service, once it is its turn.
    StartingAgain,
    /// Looking.
    SearchingTickets,
    /// Seats fell at this time and we do not have them.
    TicketFall {
        /// When they were first seen.
        at: Timestamp,
    },
    /// Seats are proven in the basket.
    Tickets,
    /// The session could not be made, or was lost and could not be renewed.
    SessionError {
        /// What stood in the way.
        reason: String,
    },
    /// The access keyword, or the key that the page must carry, is missing or refused.
    KeyNotFound {
        /// What was missing.
        reason: String,
    },
    /// The site wants a human.
    Captcha {
        /// What was seen.
        reason: String,
    },
    /// Waiting our turn.
    Queue {
        /// The place in line, where the page shows one.
        place: Option<u32>,
        /// How long the page expects it to take.
        expected: Option<Duration>,
        /// What is unusual about the waiting; none in a line that moves.
        reason: Option<String>,
    },
    /// The site said stop.
    Blocked {
        /// What was seen.
        reason: String,
    },
    /// Asked to slow down, or the site is failing.
    BackingOff {
        /// When the next look is due.
        until: Timestamp,
        /// Why, where more is known than that the seller asked for time.
        reason: Option<String>,
    },
    /// Not looking.
    Stopped {
        /// Why not.
        reason: String,
    },
}

impl Status {
    /// The word on the wire; a fall carries the venue's local time, 12 hours with two digits each.
    pub fn label(&self, venue: &TimeZone) -> String {
        match self {
            Self::TicketFall { at } => {
                format!("{}_{}", self.word(), at.to_zoned(venue.clone()).strftime("%I:%M%P"))
            }
            Self::StartingAgain
            | Self::SearchingTickets
            | Self::Tickets
            | Self::SessionError { .. }
            | Self::KeyNotFound { .. }
            | Self::Captcha { .. }
            | Self::Queue { .. }
            | Self::Blocked { .. }
            | Self::BackingOff { .. }
            | Self::Stopped { .. } => self.word().to_owned(),
        }
    }

    /// The word alone, a fall's without its time.
    pub fn word(&self) -> &'static str {
        match self {
            Self::StartingAgain => "StartingAgain",
            Self::SearchingTickets => "SearchingTickets",
            Self::TicketFall { .. } => "TicketFall",
            Self::Tickets => "Tickets",
            Self::SessionError { .. } => "SessionError",
            Self::KeyNotFound { .. } => "KeyNotFound",
            Self::Captcha { .. } => "Captcha",
            Self::Queue { .. } => "Queue",
            Self::Blocked { .. } => "Blocked",
            Self::BackingOff { .. } => "BackingOff",
            Self::Stopped { .. } => "Stopped",
        }
    }

    /// Why, where there is more to say than the word.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::SessionError { reason }
            | Self::KeyNotFound { reason }
            | Self::Captcha { reason }
            | Self::Blocked { reason }
            | Self::Stopped { reason } => Some(reason),
            Self::Queue { reason, .. } | Self::BackingOff { reason, .. } => reason.as_deref(),
            Self::StartingAgain | Self::SearchingTickets | Self::TicketFall { .. } | Self::Tickets => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fall_is_named_by_the_venues_clock_with_two_digits_and_lower_case() {
        let at: Timestamp = "2026-07-01T20:41:59Z".parse().unwrap();
        let london = TimeZone::get("Europe/London").unwrap();
        assert_eq!(Status::TicketFall { at }.label(&london), "TicketFall_09:41pm");
        let noon: Timestamp = "2026-12-01T00:05:00Z".parse().unwrap();
        assert_eq!(Status::TicketFall { at: noon }.label(&TimeZone::UTC), "TicketFall_12:05am");
    }

    #[test]
    fn the_originals_words_are_kept() {
        let reason = String::new();
        let words = [
            Status::SearchingTickets,
            Status::Tickets,
            Status::SessionError { reason: reason.clone() },
            Status::KeyNotFound { reason: reason.clone() },
            Status::Captcha { reason: reason.clone() },
            Status::Queue { place: None, expected: None, reason: None },
            Status::Blocked { reason: reason.clone() },
            Status::Stopped { reason },
        ]
        .map(|status| status.label(&TimeZone::UTC));
        assert_eq!(
            words.join(" "),
            "SearchingTickets Tickets SessionError KeyNotFound Captcha Queue Blocked Stopped"
        );
    }
}
