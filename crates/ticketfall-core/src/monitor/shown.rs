//! What a search shows of itself.

use jiff::Timestamp;

use super::{End, Held, Monitor, Person, Stage, Trouble};
use crate::status::Status;

impl Monitor {
    /// What the basket holds for the member, where that is known.
    pub fn held(&self) -> Option<&Held> {
        match &self.stage {
            Stage::Delivering { held } | Stage::Holding { held } | Stage::Rereading { held } => Some(held),
            Stage::Preparing { .. }
            | Stage::ReadingBasket { .. }
            | Stage::Looking
            | Stage::Cooling { .. }
            | Stage::Permitting { .. }
            | Stage::Asking { .. }
            | Stage::FetchingKey { .. }
            | Stage::Viewing { .. }
            | Stage::Proving { .. }
            | Stage::Releasing { .. }
            | Stage::AwaitingPerson { .. }
            | Stage::Resting { .. }
            | Stage::Stopping { .. }
            | Stage::Ended(_) => None,
        }
    }

    /// The status that the member sees; while looking, `fell_at` is the event's last fall and `barred_until` the
    /// time before which the seller may not be asked.
    pub fn status(&self, fell_at: Option<Timestamp>, barred_until: Option<Timestamp>) -> Status {
        match &self.stage {
            Stage::Delivering { .. } | Stage::Holding { .. } | Stage::Rereading { .. } => Status::Tickets,
            Stage::AwaitingPerson { person: Person::Check { reason } } => {
                Status::Captcha { reason: reason.clone() }
            }
            Stage::AwaitingPerson { person: Person::Queue { place, expected, .. } } => {
                Status::Queue { place: *place, expected: *expected }
            }
            Stage::Resting { trouble: Trouble::Session(reason), .. } => {
                Status::SessionError { reason: reason.clone() }
            }
            Stage::Resting { trouble: Trouble::Key(reason), .. } => {
                Status::KeyNotFound { reason: reason.clone() }
            }
            Stage::Resting { trouble: Trouble::Seller(_), until, .. } => Status::BackingOff { until: *until },
            Stage::Ended(End::Blocked(reason)) => Status::Blocked { reason: reason.clone() },
            Stage::Ended(End::Stopped) | Stage::Stopping { .. } => {
                Status::Stopped { reason: "stopped".to_owned() }
            }
            Stage::Ended(End::HoldOver) => {
                Status::Stopped { reason: "the held seats have left the basket".to_owned() }
            }
            Stage::Preparing { .. }
            | Stage::ReadingBasket { .. }
            | Stage::Looking
            | Stage::Cooling { .. }
            | Stage::Permitting { .. }
            | Stage::Asking { .. }
            | Stage::FetchingKey { .. }
            | Stage::Viewing { .. }
            | Stage::Proving { .. }
            | Stage::Releasing { .. } => match (barred_until, self.missed_at.max(fell_at)) {
                (Some(until), _) => Status::BackingOff { until },
                (None, Some(at)) => Status::TicketFall { at },
                (None, None) => Status::SearchingTickets,
            },
        }
    }
}
