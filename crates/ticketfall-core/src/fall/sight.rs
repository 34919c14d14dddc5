//! What one eye was shown last, and what others were: seats that fall for several are one fall.

use std::collections::{BTreeMap, BTreeSet};

use super::level::{Counted, Levels};
use super::shown::{Seats, Shown};
use super::{Before, Fall, FallId, News};
use crate::eye::Eye;
use crate::ids::AreaId;
use crate::offer::{PartSeats, Snapshot};

/// What one eye was shown last.
#[derive(Debug, Clone, Default)]
pub(super) struct Sight {
    pub(super) before: Before,
    /// Whether somebody looks through it.
    pub(super) is_lit: bool,
    /// The falls of which it shows a seat.
    pub(super) falls: BTreeSet<FallId>,
    shown: Shown,
    levels: Levels,
}

impl Sight {
    /// What an eye was shown by an earlier run.
    pub(super) fn unlit(shown: Shown, levels: Levels) -> Self {
        let mut sight = Self { shown, levels, ..Self::default() };
        sight.count();
        sight
    }

    /// Somebody begins to look through it.
    pub(super) fn begin(&mut self, levels: Levels) {
        self.end();
        (self.levels, self.is_lit) = (levels, true);
    }

    /// Nobody looks through it any more. What was on sale besides falls is forgotten: when it came would not be known.
    pub(super) fn end(&mut self) {
        self.shown = self.shown.only(&self.falls);
        (self.before, self.is_lit) = (Before::Unknown, false);
    }

    /// Takes up what a reading shows; says which falls it shows no more.
    pub(super) fn update(
        &mut self,
        snapshot: &Snapshot,
        elsewhere: Elsewhere<'_>,
        news: &mut News<'_>,
    ) -> BTreeSet<FallId> {
        self.shown.update(snapshot, elsewhere, news);
        self.levels.update(snapshot, elsewhere, news);
        self.before = Before::Known;
        self.count()
    }

    /// Seats of these falls belong to them from now on, also as this eye is shown them; says to which they did before.
    pub(super) fn stamp(&mut self, fell: &[Fall]) -> BTreeSet<FallId> {
        let mut is_changed = false;
        for fall in fell {
            is_changed |= self.shown.stamp(fall);
        }
        if is_changed { self.count() } else { BTreeSet::new() }
    }

    /// Drops what is left of falls that are gone.
    pub(super) fn forget(&mut self, gone: &BTreeSet<FallId>) {
        if !self.falls.is_disjoint(gone) {
            self.falls.retain(|fall| !gone.contains(fall));
            self.shown = self.shown.only(&self.falls);
            self.levels.forget(gone);
        }
    }

    /// Counts anew which falls it shows; says which it did before.
    fn count(&mut self) -> BTreeSet<FallId> {
        let falls: BTreeSet<_> = self.shown.falls().chain(self.levels.falls()).collect();
        let before = std::mem::replace(&mut self.falls, falls);
        before.difference(&self.falls).copied().collect()
    }
}

/// What other eyes were shown last.
#[derive(Clone, Copy)]
pub(super) struct Elsewhere<'a> {
    pub(super) sights: &'a BTreeMap<Eye, Sight>,
    pub(super) open: &'a BTreeMap<FallId, Fall>,
}

impl<'a> Elsewhere<'a> {
    /// The first seats of one row that end at `x` or later, of every eye that was shown some.
    pub(super) fn seats_from<'s>(
        self,
        area: &'s AreaId,
        y: i32,
        x: i32,
    ) -> impl Iterator<Item = Seats> + use<'a, 's> {
        self.sights.values().filter_map(move |sight| {
            let row = sight.shown.row(area, y);
            row.get(row.partition_point(|seats| seats.run.end < x)).copied()
        })
    }

    /// The falls that raised a number, and by how much.
    pub(super) fn rises(self, counted: &Counted) -> BTreeMap<FallId, u32> {
        let falls = self.sights.values().flat_map(|sight| sight.levels.falls_of(counted));
        let seats = |id| match self.open.get(&id)?.seats {
            PartSeats::Any(seats) => Some((id, seats)),
            PartSeats::Run(_) => None,
        };
        falls.filter_map(seats).collect()
    }
}
