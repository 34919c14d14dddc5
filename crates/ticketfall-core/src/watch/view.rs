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

    /// Two watches of one event as one, which is as blind as the blinder of them.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            phase: sooner(self.phase, other.phase),
            interval: [self.interval, other.interval].into_iter().flatten().min(),
            looks: self.looks + other.looks,
            last: self.last.max(other.last),
            fell_at: self.fell_at.max(other.fell_at),
            blind_since: [self.blind_since, other.blind_since].into_iter().flatten().min(),
            blind: self.blind.max(other.blind),
            blind_total: self.blind_total.max(other.blind_total),
            members: self.members + other.members,
            in_line: self.in_line + other.in_line,
            offers: self.offers.max(other.offers),
        }
    }
}

/// What comes of two watches first: a look that is on its way, then the one that is due next.
fn sooner(one: Phase, other: Phase) -> Phase {
    match (&one, &other) {
        (Phase::Looking { .. }, _) | (_, Phase::Idle) => one,
        (_, Phase::Looking { .. }) | (Phase::Idle, _) => other,
        (Phase::Due { at }, Phase::Due { at: later }) => {
            if at <= later {
                one
            } else {
                other
            }
        }
    }
}

impl Watch {
    /// What it shows of itself at `now`.
    pub fn view(&self, now: Timestamp) -> View {
        View {
            phase: self.phase.clone(),
            interval: self.interval(),
            looks: self.upkeep.looks(),
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
