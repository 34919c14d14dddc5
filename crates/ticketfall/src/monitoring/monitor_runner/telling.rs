//! What a search tells: its story, and its status where that can be followed.

use ticketfall_core::monitor::Story;

use super::super::{SearchView, record};
use super::MonitorRunner;
use crate::notify::Notice;

impl MonitorRunner {
    pub(super) async fn tell(&mut self, story: Story) {
        let member = &self.parts.member;
        if matches!(story, Story::Proven(_)) {
            let (seller, metrics) = (&member.watched().seller, member.notices().metrics());
            self.stopwatch.held(member.clock().now(), seller, metrics);
        }
        if let Some(notice) = record::notice_of(member, &story) {
            member.notices().tell(member.clock().now(), notice);
        }
        member.keep_story(story).await;
    }

    /// Shows the status where it can be followed, and tells it when its word or its reason has changed.
    pub(super) fn show(&mut self) {
        let Some(monitor) = &self.monitor else { return };
        let member = &self.parts.member;
        let tidings = self.tidings.latest();
        if !monitor.is_asking() {
            self.fell_at = tidings.fell_at.filter(|at| Some(*at) > self.fell_before);
        }
        let now = member.clock().now();
        let status = monitor.status(self.fell_at, tidings.barred(now));
        let label = status.label(&self.parts.venue);
        let (seller, metrics) = (&member.watched().seller, member.notices().metrics());
        self.stopwatch.stands(&status, now, seller, metrics);
        let next = SearchView { status, label, held: monitor.held().cloned() };
        self.face.show(next.clone());
        let reason = next.status.reason().map(str::to_owned);
        let telling = Some((next.label.clone(), reason.clone()));
        if self.told != telling {
            self.told = telling;
            let (profile, watched) = (member.profile().clone(), member.watched().clone());
            let notice =
                Notice::Status { profile, watched, status: next.label.clone(), reason: reason.clone() };
            member.notices().tell(now, notice);
            member.tell_status(&next.label, reason);
        }
    }
}
