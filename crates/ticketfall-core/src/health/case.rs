//! What is known of one part over time, and what its latest sign means.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Remedy, Sign, Trouble};
use crate::pace::later;
use crate::watch::{Phase, View};

/// A look may take so long: longer than its requests are given together.
const LOOK_MAX: Duration = Duration::from_mins(5);
/// So many intervals without a look are too many.
const INTERVALS_MAX: u32 = 10;
const UNHEARD_MAX: Duration = Duration::from_mins(3);
/// How long something that was dropped or missed is a trouble.
const MISSED_FOR: Duration = Duration::from_mins(5);
/// A queue is nearly full at so many in a hundred, and well again at so many.
const FULL: usize = 80;
const ROOMY: usize = 50;
const UNWRITTEN_MAX: Duration = Duration::from_secs(10);
const UNWRITTEN_WELL: Duration = Duration::from_secs(2);
const RECORDS_MAX: usize = 1_000;
/// Blind time is judged over so long, and not before so much of it has passed.
const BLIND_OVER: Duration = Duration::from_mins(15);
const BLIND_AFTER: Duration = Duration::from_mins(5);
const BLIND_EVERY: Duration = Duration::from_mins(1);
/// Mostly blind at so many in a hundred, and well again at so many.
const BLIND: u128 = 50;
const SEEING: u128 = 20;
const APART_MAX: SignedDuration = SignedDuration::from_secs(30);
const APART_WELL: SignedDuration = SignedDuration::from_secs(10);

const SEE_EVENT: &str = "the event's page says what was read instead";
const SEE_DISK: &str = "make room on the disk, or see what keeps it busy: holds go on meanwhile";
const LOOKS_WAIT: &str = "looks wait until there is room for what they show";
const SET_CLOCK: &str =
    "start the service anew when nothing is held: until then its times are those of before";

/// What is said of places that are taken, and of what had none.
struct PlacesSaid {
    full: fn(usize, usize) -> String,
    missed: fn(u64) -> String,
}

const OF_A_QUEUE: PlacesSaid = PlacesSaid {
    full: |waiting, room| format!("its queue is nearly full: {waiting} of {room} places are taken"),
    missed: |dropped| format!("a queue was full, and {dropped} times by now somebody was not told"),
};
const OF_LISTENERS: PlacesSaid = PlacesSaid {
    full: |waiting, room| format!("somebody who listens does not read: {waiting} of {room} notices wait"),
    missed: |missed| {
        format!("some who listen were too slow, {missed} notices by now: they were told to read again")
    },
};

/// What a sign means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// All is well.
    Well,
    /// Not well enough to end a trouble, not bad enough to begin one.
    Between,
    /// Something is wrong.
    Ill { words: String, remedy: Remedy },
}

impl Finding {
    /// The same, with more to say where something is wrong.
    fn and_said(self, is_so: bool, more: &str) -> Self {
        match self {
            Self::Ill { words, remedy } if is_so => Self::Ill { words: format!("{words}: {more}"), remedy },
            Self::Well | Self::Between | Self::Ill { .. } => self,
        }
    }
}

/// One part over time.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) trouble: Option<Trouble>,
    pub(super) well_since: Option<Timestamp>,
    pub(super) mended: u32,
    pub(super) mend_at: Option<Timestamp>,
    /// What was counted last, and when that moved.
    counted: Option<u64>,
    moved_at: Option<Timestamp>,
    blind: VecDeque<(Timestamp, Duration)>,
    /// Since when a watch could have looked: it was not held back.
    free_since: Timestamp,
}

impl Case {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            trouble: None,
            well_since: None,
            mended: 0,
            mend_at: None,
            counted: None,
            moved_at: None,
            blind: VecDeque::new(),
            free_since: now,
        }
    }

    pub(super) fn judge(&mut self, sign: &Sign, now: Timestamp) -> Finding {
        match sign {
            Sign::Watch { is_gone: true, is_unproven, .. }
            | Sign::Search { is_gone: true, is_unproven, .. } => {
                let words = "it has ended by a mistake of ours: the log says which".to_owned();
                Finding::Ill { words, remedy: restart(*is_unproven) }
            }
            Sign::Watch { view, is_barred, is_unproven, .. } => {
                self.on_watch(view, *is_barred, *is_unproven, now)
            }
            Sign::Sight(blind) => self.on_sight(*blind, now),
            Sign::Queue { waiting, room, dropped } => {
                self.on_places((*waiting, *room), *dropped, now, &OF_A_QUEUE)
            }
            Sign::Search { turns, waiting, is_unproven, .. } => {
                self.on_search(*turns, *waiting, *is_unproven, now)
            }
            Sign::Stream { waiting, room, missed } => {
                self.on_places((*waiting, *room), *missed, now, &OF_LISTENERS)
            }
            Sign::Store { waiting, since, failed, looks_wait } => {
                on_store(*waiting, *since, failed.as_deref(), now).and_said(*looks_wait, LOOKS_WAIT)
            }
            Sign::Clock(apart) => on_clock(*apart),
        }
    }

    /// Idle is explained: nobody can look, or nobody wants to. So is a seller that may not be asked.
    fn on_watch(&mut self, view: &View, is_barred: bool, is_unproven: bool, now: Timestamp) -> Finding {
        let due = match view.phase {
            Phase::Idle => None,
            Phase::Due { at } => Some(at),
            Phase::Looking { since, .. } => Some(since),
        };
        let Some(due) = due.filter(|due| *due <= now && !is_barred) else {
            self.free_since = now;
            return Finding::Well;
        };
        let interval = view.interval.unwrap_or_default();
        let patience = LOOK_MAX.max(interval.saturating_mul(INTERVALS_MAX));
        let late = since(due.max(self.free_since), now);
        if late <= patience {
            return Finding::Well;
        }
        let words = format!("no look has ended for {}, and one is due every {}", told(late), told(interval));
        Finding::Ill { words, remedy: restart(is_unproven) }
    }

    fn on_search(&mut self, turns: u64, waiting: usize, is_unproven: bool, now: Timestamp) -> Finding {
        if waiting == 0 || self.counted.replace(turns) != Some(turns) {
            self.moved_at = Some(now);
        }
        let still = since(self.moved_at.unwrap_or(now), now);
        if still <= UNHEARD_MAX {
            return Finding::Well;
        }
        let words = format!("it has not taken up what it was told for {}: {waiting} wait", told(still));
        Finding::Ill { words, remedy: restart(is_unproven) }
    }

    fn on_places(
        &mut self,
        (waiting, room): (usize, usize),
        missed: u64,
        now: Timestamp,
        said: &PlacesSaid,
    ) -> Finding {
        let full = waiting.saturating_mul(100) / room.max(1);
        if self.counted.replace(missed).unwrap_or_default() < missed {
            self.moved_at = Some(now);
        }
        if full >= FULL {
            return Finding::Ill { words: (said.full)(waiting, room), remedy: Remedy::Passes };
        }
        match self.moved_at {
            Some(at) if now < later(at, MISSED_FOR) => {
                Finding::Ill { words: (said.missed)(missed), remedy: Remedy::Passes }
            }
            Some(_) | None if full > ROOMY => Finding::Between,
            Some(_) | None => Finding::Well,
        }
    }

    fn on_sight(&mut self, blind: Duration, now: Timestamp) -> Finding {
        if self.blind.back().is_some_and(|(_, before)| *before > blind) {
            self.blind.clear();
        }
        if self.blind.back().is_none_or(|(at, _)| later(*at, BLIND_EVERY) <= now) {
            self.blind.push_back((now, blind));
        }
        while self.blind.get(1).is_some_and(|(at, _)| later(*at, BLIND_OVER) <= now) {
            self.blind.pop_front();
        }
        let Some((at, before)) = self.blind.front().copied() else { return Finding::Well };
        let (over, blind) = (since(at, now), blind.saturating_sub(before));
        if over < BLIND_AFTER {
            return if blind.is_zero() { Finding::Well } else { Finding::Between };
        }
        match blind.as_millis() * 100 / over.as_millis().max(1) {
            BLIND.. => {
                let words = format!("blind for {} of the last {}", told(blind), told(over));
                Finding::Ill { words, remedy: Remedy::Person(SEE_EVENT) }
            }
            ..=SEEING => Finding::Well,
            _ => Finding::Between,
        }
    }
}

fn on_store(waiting: usize, oldest: Option<Timestamp>, failed: Option<&str>, now: Timestamp) -> Finding {
    let age = oldest.map(|oldest| since(oldest, now)).unwrap_or_default();
    let words = match failed {
        Some(why) => format!("nothing can be written: cannot {why}"),
        None if age > UNWRITTEN_MAX => {
            format!("it has fallen behind: a record has waited for {}, {waiting} wait", told(age))
        }
        None if waiting > RECORDS_MAX => format!("it has fallen behind: {waiting} records wait"),
        None if age > UNWRITTEN_WELL || waiting > RECORDS_MAX / 2 => return Finding::Between,
        None => return Finding::Well,
    };
    Finding::Ill { words, remedy: Remedy::Person(SEE_DISK) }
}

fn on_clock(apart: SignedDuration) -> Finding {
    let size = apart.unsigned_abs();
    if size > APART_MAX.unsigned_abs() {
        let direction = if apart.is_positive() { "ahead of" } else { "behind" };
        let words = format!(
            "the machine's clock is {} {direction} ours: it was set, or the machine slept",
            told(size)
        );
        return Finding::Ill { words, remedy: Remedy::Person(SET_CLOCK) };
    }
    if size > APART_WELL.unsigned_abs() { Finding::Between } else { Finding::Well }
}

/// Nothing is begun anew while a hold is on its way.
fn restart(is_unproven: bool) -> Remedy {
    if is_unproven { Remedy::RestartWhenProven } else { Remedy::Restart }
}

fn since(at: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(at).try_into().unwrap_or_default()
}

/// "4m 10s": whole seconds, but for what is less than one.
fn told(lasted: Duration) -> String {
    let whole = if lasted < Duration::from_secs(1) {
        Duration::from_millis(u64::try_from(lasted.as_millis()).unwrap_or_default())
    } else {
        Duration::from_secs(lasted.as_secs())
    };
    SignedDuration::try_from(whole).map_or_else(|_beyond| "ages".to_owned(), |lasted| format!("{lasted:#}"))
}
