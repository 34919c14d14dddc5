//! How a search is seen: by whoever follows it, and among everybody's.

use std::sync::Arc;

use ticketfall_core::ids::ProfileId;
use ticketfall_core::status::Status;
use tokio::sync::watch;

use super::roll::{Roll, Voice};
use super::{SearchView, failed};

/// One search's; dropped before the search has said that it is over, it has failed.
#[derive(Debug)]
pub(super) struct Face {
    profile: ProfileId,
    view: watch::Sender<SearchView>,
    roll: Arc<Roll>,
    /// None before it has begun.
    voice: Option<Voice>,
}

impl Face {
    /// The face of a search that has yet to begin, and where it can be followed.
    pub(super) fn new(profile: ProfileId, roll: Arc<Roll>) -> (Self, watch::Receiver<SearchView>) {
        let status = Status::SearchingTickets;
        let (view, seen) = watch::channel(SearchView { label: status.word().to_owned(), status, held: None });
        (Self { profile, view, roll, voice: None }, seen)
    }

    /// The search begins, and is the profile's from now on.
    pub(super) fn begin(&mut self) {
        self.voice = Some(self.roll.begins(&self.profile, &self.view.borrow().status));
    }

    /// Shows how the search stands.
    pub(super) fn show(&self, next: SearchView) {
        if let Some(voice) = self.voice {
            let is_said = self.view.borrow().status.word() == next.status.word();
            if !is_said {
                self.roll.stands(&self.profile, voice, &next.status);
            }
        }
        self.view.send_if_modified(|view| {
            let is_new = *view != next;
            *view = next;
            is_new
        });
    }
}

impl Drop for Face {
    fn drop(&mut self) {
        if let Some(voice) = self.voice.filter(|_| !self.view.borrow().is_over()) {
            self.roll.stands(&self.profile, voice, &failed());
        }
    }
}
