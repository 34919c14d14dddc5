//! What a search shows of itself.

use jiff::Timestamp;

use super::{Doubt, End, Held, Monitor, Onward, Stage, Trouble};
use crate::offer::SeatGroup;
use crate::status::Status;

impl Monitor {
    /// What the basket holds for the member, where that is known.
    pub fn held(&self) -> Option<&Held> {
        match &self.stage {
            Stage::Delivering { held } | Stage::Holding { held } | Stage::Rereading { held } => Some(held),
            Stage::Preparing { .. }
            | Stage::ReadingBasket { .. }
            | Stage::Doubting { .. }
            | Stage::Clearing { .. }
            | Stage::Looking
            | Stage::Cooling { .. }
            | Stage::Permitting { .. }
            | Stage::Asking { .. }
            | Stage::FetchingKey { .. }
            | Stage::Viewing { .. }
            | Stage::Proving { .. }
            | Stage::Releasing { .. }
            | Stage::Calling { .. }
            | Stage::AwaitingPerson { .. }
            | Stage::Resting { .. }
            | Stage::Stopping { .. }
            | Stage::Ended(_) => None,
        }
    }

    /// The seats that nobody else may ask for meanwhile: a hold for them is on its way, stands, or may.
    pub fn takes(&self) -> impl Iterator<Item = &SeatGroup> {
        let doubted = self.doubt.iter().flat_map(Doubt::groups);
        self.asked_for().or_else(|| self.held()?.group.as_ref()).into_iter().chain(doubted)
    }

    fn asked_for(&self) -> Option<&SeatGroup> {
        match &self.stage {
            Stage::Permitting { group } => Some(group),
            Stage::Asking { errand, .. }
            | Stage::FetchingKey { errand }
            | Stage::Viewing { errand }
            | Stage::Proving { errand, .. }
            | Stage::Releasing { errand, .. }
            | Stage::Stopping { errand } => Some(&errand.group),
            Stage::Preparing { .. }
            | Stage::ReadingBasket { .. }
            | Stage::Doubting { .. }
            | Stage::Clearing { .. }
            | Stage::Looking
            | Stage::Cooling { .. }
            | Stage::Delivering { .. }
            | Stage::Holding { .. }
            | Stage::Rereading { .. }
            | Stage::Calling { .. }
            | Stage::AwaitingPerson { .. }
            | Stage::Resting { .. }
            | Stage::Ended(_) => None,
        }
    }

    /// Whether a hold is on its way: from its permit until its seats are proven, refused or given back.
    pub fn is_asking(&self) -> bool {
        self.asked_for().is_some()
    }

    /// Whether seats may be kept for it of which no basket has told yet.
    pub fn is_unproven(&self) -> bool {
        self.is_asking() || self.doubt.is_some()
    }

    /// The status that the member sees; while looking, `fell_at` is the event's last fall and `barred_until` the
    /// time before which the seller may not be asked.
    pub fn status(&self, fell_at: Option<Timestamp>, barred_until: Option<Timestamp>) -> Status {
        match &self.stage {
            Stage::Delivering { .. } | Stage::Holding { .. } | Stage::Rereading { .. } => Status::Tickets,
            Stage::Calling { person, .. } | Stage::AwaitingPerson { person, .. } => person.status(),
            Stage::Resting { trouble, until, .. } => troubled(trouble, *until),
            Stage::Ended(end) | Stage::Releasing { then: Onward::End(end), .. } => ended(end),
            Stage::Stopping { .. } => ended(&End::Stopped),
            Stage::Preparing { .. }
            | Stage::ReadingBasket { .. }
            | Stage::Doubting { .. }
            | Stage::Clearing { .. }
            | Stage::Looking
            | Stage::Cooling { .. }
            | Stage::Permitting { .. }
            | Stage::Asking { .. }
            | Stage::FetchingKey { .. }
            | Stage::Viewing { .. }
            | Stage::Proving { .. }
            | Stage::Releasing { .. } => {
                match (&self.troubled, barred_until, self.missed_at.max(fell_at)) {
                    // What is tried again is not mended yet.
                    (Some((trouble, until)), _, _) => troubled(trouble, *until),
                    (None, Some(until), _) => Status::BackingOff { until, reason: None },
                    (None, None, Some(at)) => Status::TicketFall { at },
                    (None, None, None) => Status::SearchingTickets,
                }
            }
        }
    }
}

fn troubled(trouble: &Trouble, until: Timestamp) -> Status {
    match trouble {
        Trouble::Session(reason) => Status::SessionError { reason: reason.clone() },
        Trouble::Key(reason) => Status::KeyNotFound { reason: reason.clone() },
        Trouble::Seller(reason) => Status::BackingOff { until, reason: Some(reason.clone()) },
    }
}

fn ended(end: &End) -> Status {
    match end {
        End::Blocked(reason) => Status::Blocked { reason: reason.clone() },
        End::Stopped => Status::Stopped { reason: "stopped".to_owned() },
        End::HoldOver => Status::Stopped { reason: "the held seats have left the basket".to_owned() },
    }
}
