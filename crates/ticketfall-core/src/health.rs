//! How the service itself does: what is observed of its parts becomes troubles, told when they begin and when they
//! are over, with what mends them. Nothing is begun anew while a hold is not proven.

mod case;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::ids::{EventKey, ProfileId};
use crate::pace::later;
use crate::watch::View;
use case::{Case, Finding};

/// A part that must be well for so long before its trouble is over.
const WELL_FOR: Duration = Duration::from_secs(30);
const MEND_AGAIN_MIN: Duration = Duration::from_mins(1);
const MEND_AGAIN_MAX: Duration = Duration::from_hours(1);
/// Whoever was well for so long is mended at once again.
const FORGIVEN_AFTER: Duration = Duration::from_mins(30);

/// A part of the service that can be in trouble.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concern {
    /// The watch of an event, of everybody or of one member alone.
    Watch(EventKey, Option<ProfileId>),
    /// Whether that watch understands what it reads.
    Sight(EventKey, Option<ProfileId>),
    /// What is said to that watch, and waits in its queue.
    Queue(EventKey, Option<ProfileId>),
    /// A member's search.
    Search(ProfileId, EventKey),
    /// Those who listen to what happens.
    Stream,
    /// What is written down.
    Store,
    /// The time.
    Clock,
}

/// What is observed of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// Of a watch.
    Watch {
        /// What it shows.
        view: Box<View>,
        /// Whether the seller may not be asked now, by its own wish or for want of budget.
        is_barred: bool,
        /// Whether it has ended by a mistake of ours.
        is_gone: bool,
        /// Whether a hold of one of its members is not proven yet.
        is_unproven: bool,
    },
    /// Of what a watch understands: its blind time of all times together.
    Sight(Duration),
    /// Of a queue.
    Queue {
        /// What waits in it.
        waiting: usize,
        /// How much it takes.
        room: usize,
        /// What it had no room for, ever.
        dropped: u64,
    },
    /// Of a search.
    Search {
        /// Whether it has ended by a mistake of ours.
        is_gone: bool,
        /// Counts up with everything that it does.
        turns: u64,
        /// What it was told and has not taken up yet.
        waiting: usize,
        /// Whether a hold of its is not proven yet.
        is_unproven: bool,
    },
    /// Of those who listen.
    Stream {
        /// What the slowest of them has not taken yet.
        waiting: usize,
        /// How much is kept for who is slow.
        room: usize,
        /// What they were too slow for, ever.
        missed: u64,
    },
    /// Of the store.
    Store {
        /// Records that wait to be written.
        waiting: usize,
        /// Since when the oldest does.
        since: Option<Timestamp>,
        /// Why the last one could not be.
        failed: Option<String>,
        /// Whether so many wait that looks do too.
        looks_wait: bool,
    },
    /// Of the time: by how much the machine's clock is ahead of ours.
    Clock(SignedDuration),
}

/// What mends a trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// It is begun anew.
    Restart,
    /// It is begun anew as soon as the hold that is on its way is proven or over.
    RestartWhenProven,
    /// It passes by itself.
    Passes,
    /// Somebody has to do this.
    Person(&'static str),
}

/// What is wrong with a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// With which.
    pub concern: Concern,
    /// What, in words.
    pub words: String,
    /// Since when.
    pub since: Timestamp,
    /// What mends it.
    pub remedy: Remedy,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Tell that it has begun.
    Began(Trouble),
    /// Tell that it is over.
    Over(Trouble),
    /// Begin the part anew.
    Mend(Concern),
}

/// How all parts do.
#[derive(Debug, Default)]
pub struct Health {
    cases: BTreeMap<Concern, Case>,
}

impl Health {
    /// Takes in what is observed of every part there is; a part that is gone is in no trouble any more.
    pub fn observe(&mut self, signs: Vec<(Concern, Sign)>, now: Timestamp) -> Vec<Effect> {
        let mut before = std::mem::take(&mut self.cases);
        let mut effects = Vec::new();
        for (concern, sign) in signs {
            let mut case = before.remove(&concern).unwrap_or_else(|| Case::new(now));
            let finding = case.judge(&sign, now);
            effects.extend(case.follow(&concern, finding, now));
            self.cases.insert(concern, case);
        }
        effects.extend(before.into_values().filter_map(|case| case.trouble).map(Effect::Over));
        effects
    }

    /// Everything that is wrong now.
    pub fn troubles(&self) -> impl Iterator<Item = &Trouble> {
        self.cases.values().filter_map(|case| case.trouble.as_ref())
    }
}

impl Case {
    /// A trouble begins at once, stays while it is neither better nor worse, and is over when all was well for a
    /// while.
    fn follow(&mut self, concern: &Concern, finding: Finding, now: Timestamp) -> Vec<Effect> {
        match finding {
            Finding::Well => self.is_well(now).into_iter().collect(),
            Finding::Between => Vec::new(),
            Finding::Ill { words, remedy } => {
                self.well_since = None;
                let since = self.trouble.as_ref().map_or(now, |trouble| trouble.since);
                let trouble = Trouble { concern: concern.clone(), words, since, remedy };
                let is_news = self.trouble.replace(trouble.clone()).is_none();
                let began = is_news.then_some(Effect::Began(trouble));
                began.into_iter().chain(self.mend(concern, remedy, now)).collect()
            }
        }
    }

    fn is_well(&mut self, now: Timestamp) -> Option<Effect> {
        let since = *self.well_since.get_or_insert(now);
        if later(since, FORGIVEN_AFTER) <= now {
            (self.mended, self.mend_at) = (0, None);
        }
        let is_over = later(since, WELL_FOR) <= now;
        self.trouble.take_if(|_| is_over).map(Effect::Over)
    }

    /// Longer waits lie between tries that did not help.
    fn mend(&mut self, concern: &Concern, remedy: Remedy, now: Timestamp) -> Option<Effect> {
        let is_due = remedy == Remedy::Restart && self.mend_at.is_none_or(|at| at <= now);
        is_due.then(|| {
            let wait = MEND_AGAIN_MIN.saturating_mul(2_u32.saturating_pow(self.mended));
            self.mended = self.mended.saturating_add(1);
            self.mend_at = Some(later(now, wait.min(MEND_AGAIN_MAX)));
            Effect::Mend(concern.clone())
        })
    }
}

impl Concern {
    /// Its word for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Watch(..) => "watch",
            Self::Sight(..) => "sight",
            Self::Queue(..) => "queue",
            Self::Search(..) => "search",
            Self::Stream => "stream",
            Self::Store => "store",
            Self::Clock => "clock",
        }
    }

    /// The event that it is about, where it is about one.
    pub fn event(&self) -> Option<&EventKey> {
        match self {
            Self::Watch(event, _)
            | Self::Sight(event, _)
            | Self::Queue(event, _)
            | Self::Search(_, event) => Some(event),
            Self::Stream | Self::Store | Self::Clock => None,
        }
    }

    /// The member that it is about, where it is about one.
    pub fn profile(&self) -> Option<&ProfileId> {
        match self {
            Self::Search(profile, _) => Some(profile),
            Self::Watch(_, alone) | Self::Sight(_, alone) | Self::Queue(_, alone) => alone.as_ref(),
            Self::Stream | Self::Store | Self::Clock => None,
        }
    }
}

impl Remedy {
    /// Its word for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::RestartWhenProven => "restartWhenProven",
            Self::Passes => "passes",
            Self::Person(_) => "person",
        }
    }

    /// What is done about it, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Restart => "it is begun anew",
            Self::RestartWhenProven => "it is begun anew once the hold on its way is proven or over",
            Self::Passes => "it passes by itself",
            Self::Person(advice) => advice,
        }
    }
}
