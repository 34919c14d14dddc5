//! What watches at one event saw and is not written yet: one word on each fall, however often it was seen.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ticketfall_core::eye::Eye;
use ticketfall_core::fall::{Fall, FallId};

use crate::store::readings::ReadingCount;

/// Looks wait when so many falls that are new or gone are not written.
pub(super) const NEWS_MAX: usize = 4_096;
/// From so many counts on, looks are added to those of an earlier minute.
const COUNTS_MAX: usize = 512;

#[derive(Debug, Clone)]
pub(super) struct Lane {
    falls: BTreeMap<FallId, Seen>,
    counts: Vec<ReadingCount>,
    since: Timestamp,
}

#[derive(Debug, Clone)]
struct Seen {
    eye: Eye,
    fall: Fall,
    /// Whether it fell or is gone since it was written last; otherwise it was only seen again.
    is_news: bool,
}

impl Lane {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { falls: BTreeMap::new(), counts: Vec::new(), since: now }
    }

    /// A fall is new, or gone.
    pub(super) fn tell(&mut self, eye: &Eye, fall: Fall) {
        self.see(Seen { eye: eye.clone(), fall, is_news: true });
    }

    /// A fall is on sale still.
    pub(super) fn still(&mut self, eye: &Eye, fall: Fall) {
        self.see(Seen { eye: eye.clone(), fall, is_news: false });
    }

    fn see(&mut self, seen: Seen) {
        let id = seen.fall.id;
        let seen = match self.falls.remove(&id) {
            Some(before) => before.and(seen),
            None => seen,
        };
        self.falls.insert(id, seen);
    }

    /// Looks of one minute with one outcome.
    pub(super) fn count(&mut self, count: ReadingCount) {
        let is_same = |other: &&mut ReadingCount| other.outcome == count.outcome;
        let is_full = self.counts.len() >= COUNTS_MAX;
        match self.counts.iter_mut().rfind(is_same).filter(|other| is_full || other.minute == count.minute) {
            Some(other) => {
                other.looks = other.looks.saturating_add(count.looks);
                other.blind = other.blind.saturating_add(count.blind);
            }
            None => self.counts.push(count),
        }
    }

    /// The same with what came later.
    pub(super) fn and(mut self, newer: Self) -> Self {
        for seen in newer.falls.into_values() {
            self.see(seen);
        }
        for count in newer.counts {
            self.count(count);
        }
        self
    }

    pub(super) fn falls(&self) -> impl Iterator<Item = (Eye, Fall)> {
        self.falls.values().map(|seen| (seen.eye.clone(), seen.fall.clone()))
    }

    pub(super) fn counts(&self) -> Vec<ReadingCount> {
        self.counts.clone()
    }

    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// How many falls are new or gone.
    pub(super) fn news(&self) -> usize {
        self.falls.values().filter(|seen| seen.is_news).count()
    }

    pub(super) fn records(&self) -> usize {
        self.falls.len() + self.counts.len()
    }
}

impl Seen {
    /// What is known once `later` is told as well: as the store puts two words on one fall together.
    fn and(self, later: Self) -> Self {
        let last_seen = self.fall.last_seen.max(later.fall.last_seen);
        let eye = if later.fall.last_seen >= self.fall.last_seen { later.eye } else { self.eye };
        let gone_at = self.fall.gone_at.or(later.fall.gone_at);
        let is_news = self.is_news || later.is_news;
        Self { eye, fall: Fall { last_seen, gone_at, ..self.fall }, is_news }
    }
}
