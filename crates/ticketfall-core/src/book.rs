//! What all watches at one event share: the seats that our own members ask for or have, what fell, and whose turn it is
//! to look. A watch for everybody has a book alone.

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::eye::Eye;
use crate::fall::{Fall, FallChanges, FallId, Falls};
use crate::offer::{SeatGroup, Snapshot};
use crate::pace::later;
use crate::taken::{Free, Taken};

const REFUSED_FOR: Duration = Duration::from_secs(15);
const COOLING_MAX: usize = 4_096;

/// One watch that writes in a book; later ones have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Writer(u64);

/// What all watches at one event share.
#[derive(Debug)]
pub struct Book {
    taken: Taken,
    writers: BTreeMap<Writer, Claims>,
    next: u64,
    cooling: Vec<(Timestamp, SeatGroup)>,
    /// Counts how often seats were let go, so that whoever was given none looks again.
    freed: u64,
    /// Counts how often others may have them at once.
    handed_on: u64,
    falls: Falls,
    looked_at: Option<Timestamp>,
    /// Who did; none of these who write in it where it was before.
    looked_by: Option<Writer>,
    /// Before this time all looks are given out.
    turns_from: Option<Timestamp>,
}

/// What the members of one watch ask for or have.
#[derive(Debug)]
struct Claims {
    eye: Eye,
    groups: Vec<SeatGroup>,
    /// When its turn to look is.
    turn: Option<Timestamp>,
}

impl Book {
    /// A book that nobody writes in yet; `open` are the falls that were there when the event was last looked at, each
    /// with the eye that was shown it last, and `last` the last number that one was given.
    pub fn new(open: Vec<(Fall, Eye)>, last: Option<FallId>) -> Self {
        Self {
            taken: Taken::default(),
            writers: BTreeMap::new(),
            next: 0,
            cooling: Vec::new(),
            freed: 0,
            handed_on: 0,
            falls: Falls::resume(open, last),
            looked_at: None,
            looked_by: None,
            turns_from: None,
        }
    }

    /// The same, where somebody looked at the event at this time.
    #[must_use]
    pub fn after(self, looked_at: Option<Timestamp>) -> Self {
        Self { looked_at, ..self }
    }

    /// When somebody looked at the event last.
    pub fn looked_at(&self) -> Option<Timestamp> {
        self.looked_at
    }

    /// A watch begins to look. An earlier one with the same eyes finds nothing any more.
    pub fn begin(&mut self, eye: Eye) -> Writer {
        let writer = Writer(self.next);
        self.next += 1;
        self.falls.begin(&eye);
        self.writers.insert(writer, Claims { eye, groups: Vec::new(), turn: None });
        writer
    }

    /// A watch has ended, in whatever way: what its members still claim is free for others after a while, and what only
    /// it was shown is neither seen nor known to be gone.
    pub fn end(&mut self, writer: Writer, now: Timestamp) {
        let Some(Claims { eye, groups, .. }) = self.writers.remove(&writer) else { return };
        for group in groups {
            self.cool(group, now);
        }
        if !self.writers.values().any(|other| other.eye == eye) {
            self.falls.end(&eye);
        }
    }

    /// Takes a look for a watch; where others are to look before that, or did a moment ago, says when to ask again.
    ///
    /// Between two looks at an event lies the floor, whoever looks, and nobody has two turns while another waits. Between
    /// its own looks, a watch that is alone keeps it by itself.
    pub fn look(&mut self, writer: Writer, floor: Duration, now: Timestamp) -> Option<Timestamp> {
        let at = if self.writers.len() > 1 {
            self.turn(writer, floor, now)
        } else {
            let before = self.looked_at.filter(|_| self.looked_by != Some(writer));
            before.map(|looked_at| later(looked_at, floor))
        };
        if at.is_some_and(|at| at > now) {
            return at;
        }
        (self.looked_at, self.looked_by) = (Some(now), Some(writer));
        self.turns_from = self.turns_from.max(Some(later(now, floor)));
        None
    }

    /// When the turn of a watch is, which is kept for it until it looks or misses it.
    fn turn(&mut self, writer: Writer, floor: Duration, now: Timestamp) -> Option<Timestamp> {
        let claims = self.writers.get_mut(&writer)?;
        let is_missed = |turn: &Timestamp| later(*turn, floor) < now;
        let turn = claims.turn.take().filter(|turn| !is_missed(turn)).unwrap_or_else(|| {
            let turn = self.turns_from.map_or(now, |from| from.max(now));
            self.turns_from = Some(later(turn, floor));
            turn
        });
        let at = self.looked_at.map_or(turn, |looked_at| turn.max(later(looked_at, floor)));
        claims.turn = Some(turn).filter(|_| at > now);
        Some(at)
    }

    /// Seats that our own members ask for or have, or were refused a moment ago.
    pub fn taken(&self) -> &Taken {
        &self.taken
    }

    /// Seats are being asked for.
    pub fn take(&mut self, writer: Writer, group: SeatGroup) {
        let Some(claims) = self.writers.get_mut(&writer) else { return };
        self.taken.take(&group);
        claims.groups.push(group);
    }

    /// Seats that a watch has taken are not asked for, or not any more.
    pub fn let_go(&mut self, writer: Writer, group: SeatGroup, free: Free, now: Timestamp) {
        if !self.give_up(writer, &group) {
            return;
        }
        match free {
            Free::Later => self.cool(group, now),
            Free::AfterALook => self.free(&group),
            Free::AtOnce => {
                self.free(&group);
                self.handed_on += u64::from(self.writers.len() > 1);
            }
        }
    }

    /// Chooses other seats instead of `refused` ones, which are free while it is chosen; what is taken afterwards is
    /// the choice, or the refused ones again when there is none.
    pub fn swap(
        &mut self,
        writer: Writer,
        refused: &SeatGroup,
        choose: impl FnOnce(&Taken) -> Option<SeatGroup>,
    ) -> Option<SeatGroup> {
        let was_taken = self.give_up(writer, refused);
        if was_taken {
            self.taken.free(refused);
        }
        let chosen = choose(&self.taken);
        let again = was_taken.then(|| refused.clone());
        if let Some(group) = chosen.clone().or(again) {
            self.take(writer, group);
        }
        chosen
    }

    /// Frees what was refused long enough ago.
    pub fn warm_up(&mut self, now: Timestamp) {
        for (_, group) in self.cooling.extract_if(.., |(until, _)| *until <= now) {
            self.freed += 1;
            self.taken.free(&group);
        }
    }

    /// How often seats were let go so far.
    pub fn freed(&self) -> u64 {
        self.freed
    }

    /// How often seats were let go so far that other watches may give out at once.
    pub fn handed_on(&self) -> u64 {
        self.handed_on
    }

    /// The falls of which a seat is on sale, as far as this watch was shown them last.
    pub fn open_falls(&self, writer: Writer) -> Vec<Fall> {
        self.eye(writer).map(|eye| self.falls.open_to(eye).cloned().collect()).unwrap_or_default()
    }

    /// Takes up what a watch was shown.
    pub fn observe(&mut self, writer: Writer, snapshot: &Snapshot, now: Timestamp) -> FallChanges {
        match self.eye(writer).cloned() {
            Some(eye) => self.falls.observe(&eye, snapshot, now),
            None => FallChanges::default(),
        }
    }

    /// Takes up that a watch was shown the same as before.
    pub fn still(&mut self, writer: Writer, now: Timestamp) {
        if let Some(eye) = self.eye(writer).cloned() {
            self.falls.still(&eye, now);
        }
    }

    /// The eyes of a watch, unless a later one has them now.
    fn eye(&self, writer: Writer) -> Option<&Eye> {
        let eye = &self.writers.get(&writer)?.eye;
        let is_later = |(other, claims): (&Writer, &Claims)| *other > writer && claims.eye == *eye;
        (!self.writers.iter().any(is_later)).then_some(eye)
    }

    fn give_up(&mut self, writer: Writer, group: &SeatGroup) -> bool {
        let Some(claims) = self.writers.get_mut(&writer) else { return false };
        let at = claims.groups.iter().position(|other| other == group);
        at.map(|at| claims.groups.swap_remove(at)).is_some()
    }

    fn cool(&mut self, group: SeatGroup, now: Timestamp) {
        if self.cooling.len() < COOLING_MAX {
            self.cooling.push((later(now, REFUSED_FOR), group));
        } else {
            self.free(&group);
        }
    }

    fn free(&mut self, group: &SeatGroup) {
        self.freed += 1;
        self.taken.free(group);
    }
}
