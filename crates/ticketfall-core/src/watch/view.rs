//! What a watch shows of itself.

use std::time::Duration;

use jiff::Timestamp;

use super::{Phase, Watch};

/// What a watch shows of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Where it stands.
    pub phase: Phase,
    /// The time between looks that is asked for.
    pub interval: Option<Duration>,
    /// Looks that were answered.
    pub looks: u64,
    /// When the last one began, whatever came of it.
    pub looked_at: Option<Timestamp>,
    /// When the last one was answered, and what kind of answer it was.
    pub last: Option<(Timestamp, &'static str)>,
    /// When seats last fell.
    pub fell_at: Option<Timestamp>,
    /// Since when no reading could be understood; none while seeing.
    pub blind_since: Option<Timestamp>,
    /// How long no reading could be understood, up to now; zero while seeing.
    pub blind: Duration,
    /// The same, of all times together.
    pub blind_total: Duration,
    /// Members, with or without a session.
    pub members: usize,
    /// Those of them for whom a look is worth a request.
    pub in_line: usize,
    /// Offers of the latest snapshot.
    pub offers: usize,
}

impl View {
    /// The same at a later `now`: blind time goes on while nobody looks.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        let Some(since) = self.blind_since else { return self };
        let blind = Duration::try_from(now.duration_since(since)).unwrap_or_default().max(self.blind);
        Self { blind, blind_total: self.blind_total + blind.saturating_sub(self.blind), ..self }
    }
}

impl Watch {
    /// What it shows of itself at `now`.
    pub fn view(&self, now: Timestamp) -> View {
        View {
            phase: self.phase.clone(),
            interval: self.interval(),
            looks: self.upkeep.looks(),
            looked_at: self.looked_at,
            last: self.last,
            fell_at: self.fell_at,
            blind_since: self.blind.since(),
            blind: self.blind.now(now),
            blind_total: self.blind.total(now),
            members: self.members.len(),
            in_line: self.members.in_line(),
            offers: self.latest.as_ref().map_or(0, |snapshot| snapshot.offers.len()),
        }
    }
}
