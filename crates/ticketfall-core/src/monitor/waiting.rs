//! The people that a search calls, and the waiting rooms that it waits in: what the member's browser shows of them,
//! and what follows. The place in line is the browser's, so nothing here ever takes a second one.

use std::time::Duration;

use super::{Effect, Moment, Monitor, Stage, Story};
use crate::pace::later;
use crate::status::Status;

const SEEN_EVERY: Duration = Duration::from_secs(3);
const SEEN_WAIT_MAX: Duration = Duration::from_mins(1);
/// How often in one queue a refused pass, or a browser that ended, is mended without a person.
const SETBACKS_MAX: u32 = 5;

/// Why a person is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// A captcha or an identity check.
    Check {
        /// What was seen.
        reason: String,
    },
    /// A waiting room: the place is kept in the member's own browser.
    Queue {
        /// Where to wait.
        url: String,
        /// How it was met.
        met: Met,
        /// What it shows.
        shows: RoomShows,
        /// How often in a row a pass was refused or the browser ended.
        setbacks: u32,
    },
}

/// How a search came to a waiting room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// It stands in front of the seller.
    First,
    /// After a pass that was good for a while.
    PassOver,
    /// Right after it had let the member through.
    PassNotTaken,
}

/// What a waiting room shows in the member's browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomShows {
    /// Nothing yet.
    Nothing,
    /// The line, at this place where the page shows one.
    Line {
        /// The place.
        place: Option<u32>,
        /// How long the page expects it to take.
        expected: Option<Duration>,
    },
    /// A line that does not move yet.
    Before {
        /// The place, where there is one already.
        place: Option<u32>,
        /// How long the page expects it to take.
        expected: Option<Duration>,
    },
    /// A line that was stopped.
    Paused {
        /// The place.
        place: Option<u32>,
    },
    /// A check that only a person can answer.
    Check,
    /// That the seller did not accept the pass.
    Refused {
        /// What was wrong with it.
        why: String,
    },
    /// The same again and again: a person has to see to it.
    Stuck {
        /// What was wrong with the pass.
        why: String,
    },
    /// It is shown nowhere, for want of a browser.
    NoBrowser {
        /// What happened to it.
        why: String,
    },
}

/// Whether a person has before them what they are needed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// In the member's browser.
    Shown,
    /// The member has none here, and opens this in their own.
    ByHand {
        /// What to open.
        url: String,
    },
    /// It could not be shown.
    Failed {
        /// Why not.
        why: String,
    },
}

/// What the member's browser shows of what a person was called for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonSeen {
    /// A check of the seller's own.
    Check {
        /// What was seen.
        reason: String,
    },
    /// A waiting room.
    Room {
        /// At this URL.
        url: String,
        /// What its page shows.
        shows: RoomShows,
    },
    /// The browser is back at the seller.
    Through,
    /// The page was closed.
    Away,
    /// The browser ended.
    Gone,
    /// It could not be seen just now, which says nothing.
    Unclear,
}

/// How far the pass is that the last waiting room gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    None,
    Given,
    /// The seller has answered with it.
    Used,
}

impl Pass {
    pub(super) fn used(self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Given | Self::Used => Self::Used,
        }
    }

    fn met(self) -> Met {
        match self {
            Self::None => Met::First,
            Self::Given => Met::PassNotTaken,
            Self::Used => Met::PassOver,
        }
    }
}

impl Person {
    /// A waiting room of which nothing was seen yet.
    pub(super) fn queue(url: String) -> Self {
        Self::Queue { url, met: Met::First, shows: RoomShows::Nothing, setbacks: 0 }
    }

    pub(super) fn status(&self) -> Status {
        let (met, shows) = match self {
            Self::Check { reason } => return Status::Captcha { reason: reason.clone() },
            Self::Queue { met, shows, .. } => (met, shows),
        };
        let queue = |place: Option<u32>, expected: Option<Duration>, reason: Option<&str>| Status::Queue {
            place,
            expected,
            reason: reason.map(str::to_owned),
        };
        match shows {
            RoomShows::Nothing => queue(None, None, met.in_words()),
            RoomShows::Line { place, expected } => queue(*place, *expected, met.in_words()),
            RoomShows::Before { place, expected } => {
                queue(*place, *expected, Some("the waiting room is not open yet"))
            }
            RoomShows::Paused { place } => queue(*place, None, Some("the queue is paused")),
            RoomShows::Check => Status::Captcha { reason: "a check in front of the queue".to_owned() },
            RoomShows::Refused { why } => queue(None, None, Some(&refused(why))),
            RoomShows::Stuck { why } => {
                queue(None, None, Some(&format!("{}, again and again", refused(why))))
            }
            RoomShows::NoBrowser { why } => {
                Status::SessionError { reason: format!("nobody waits in the queue: {why}") }
            }
        }
    }

    /// Whether a person should hear of it when a room begins to show this.
    fn is_news(&self) -> bool {
        match self {
            Self::Check { .. } => true,
            Self::Queue { shows, .. } => match shows {
                RoomShows::Nothing | RoomShows::Line { .. } | RoomShows::Refused { .. } => false,
                RoomShows::Before { .. }
                | RoomShows::Paused { .. }
                | RoomShows::Check
                | RoomShows::Stuck { .. }
                | RoomShows::NoBrowser { .. } => true,
            },
        }
    }

    fn has_no_browser(&self) -> bool {
        matches!(self, Self::Queue { shows: RoomShows::NoBrowser { .. }, .. })
    }

    /// Whether it is of the same kind, whatever the place and the words.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Check { .. }, Self::Check { .. }) => true,
            (Self::Queue { shows, .. }, Self::Queue { shows: others, .. }) => {
                std::mem::discriminant(shows) == std::mem::discriminant(others)
            }
            (Self::Check { .. } | Self::Queue { .. }, _) => false,
        }
    }
}

impl Met {
    fn in_words(self) -> Option<&'static str> {
        match self {
            Self::First => None,
            Self::PassOver => Some("the pass ran out"),
            Self::PassNotTaken => Some("the pass did not let us through"),
        }
    }
}

impl Monitor {
    /// Calls a person to what stands in the way.
    pub(super) fn call(self, person: Person, calls: u32, moment: &mut Moment) -> Self {
        let (person, pass) = match person {
            Person::Queue { url, shows, setbacks, .. } => {
                (Person::Queue { url, met: self.pass.met(), shows, setbacks }, Pass::None)
            }
            Person::Check { .. } => (person, self.pass),
        };
        moment.push(Effect::CallPerson(person.clone()));
        Self { pass, ..self }.at(Stage::Calling { person, calls })
    }

    /// What was closed or lost is shown again: the place in line is the browser's and is not lost by that.
    fn show_again(self, person: Person, calls: u32, moment: &mut Moment) -> Self {
        moment.push(Effect::ShowAgain(person.clone()));
        self.at(Stage::Calling { person, calls })
    }

    pub(super) fn on_person_called(self, called: Called, moment: &mut Moment) -> Self {
        let Stage::Calling { person, calls } = self.stage else { return self };
        let person = with_browser(person, &called);
        moment.push(Effect::Tell(Story::Person { person: person.clone(), called }));
        Self { stage: Stage::Looking, ..self }.wait_for(person, calls, moment)
    }

    pub(super) fn on_person_shown(self, called: Called, moment: &mut Moment) -> Self {
        let Stage::Calling { person, calls } = self.stage else { return self };
        let search = Self { stage: Stage::Looking, ..self };
        let next = with_browser(person.clone(), &called);
        tell_news(&person, &next, called, moment);
        search.wait_for(next, calls, moment)
    }

    /// Each showing in a row is followed by a longer wait.
    fn wait_for(self, person: Person, calls: u32, moment: &mut Moment) -> Self {
        let wait = SEEN_EVERY.saturating_mul(1 << calls.min(10)).min(SEEN_WAIT_MAX);
        moment.push(Effect::WakeAt(later(moment.now, wait)));
        self.at(Stage::AwaitingPerson { person, calls: calls.saturating_add(1) })
    }

    pub(super) fn on_person_seen(self, seen: PersonSeen, moment: &mut Moment) -> Self {
        let Stage::AwaitingPerson { person, calls } = self.stage else { return self };
        let search = Self { stage: Stage::Looking, ..self };
        match seen {
            PersonSeen::Through => search.on_through(&person, calls, moment),
            PersonSeen::Away => search.show_again(person, calls, moment),
            PersonSeen::Gone => search.on_browser_gone(person, calls, moment),
            PersonSeen::Unclear => search.see_later(person, calls, moment),
            PersonSeen::Check { reason } => {
                let next = Person::Check { reason };
                tell_news(&person, &next, Called::Shown, moment);
                search.see_later(next, calls, moment)
            }
            PersonSeen::Room { url, shows } => search.on_room_seen((person, calls), url, shows, moment),
        }
    }

    fn on_through(self, person: &Person, calls: u32, moment: &mut Moment) -> Self {
        let pass = match person {
            Person::Queue { .. } => Pass::Given,
            Person::Check { .. } => self.pass,
        };
        moment.push(Effect::Prepare);
        Self { pass, ..self }.at(Stage::Preparing { failures: calls })
    }

    fn on_browser_gone(self, person: Person, calls: u32, moment: &mut Moment) -> Self {
        match person {
            Person::Queue { url, met, shows, setbacks } if setbacks < SETBACKS_MAX => {
                let person = Person::Queue { url, met, shows, setbacks: setbacks + 1 };
                self.show_again(person, calls, moment)
            }
            Person::Queue { .. } if !person.has_no_browser() => {
                let why = "the browser ended again and again".to_owned();
                let next = showing(person.clone(), RoomShows::NoBrowser { why: why.clone() });
                tell_news(&person, &next, Called::Failed { why }, moment);
                self.wait_for(next, calls, moment)
            }
            Person::Queue { .. } => self.wait_for(person, calls, moment),
            Person::Check { .. } => self.show_again(person, calls, moment),
        }
    }

    /// A refused pass sends the browser to the queue's entrance again, where it still has its place or is given one.
    fn on_room_seen(
        self,
        (person, calls): (Person, u32),
        seen_at: String,
        shows: RoomShows,
        moment: &mut Moment,
    ) -> Self {
        let (url, met, setbacks) = match person.clone() {
            Person::Queue { url, met, setbacks, .. } => (url, met, setbacks),
            Person::Check { .. } => (seen_at, Met::First, 0),
        };
        let RoomShows::Refused { why } = shows else {
            let next = Person::Queue { url, met, shows, setbacks };
            tell_news(&person, &next, Called::Shown, moment);
            return self.see_later(next, calls, moment);
        };
        if setbacks < SETBACKS_MAX {
            let shows = RoomShows::Refused { why };
            let next = Person::Queue { url, met, shows, setbacks: setbacks + 1 };
            return self.show_again(next, calls.max(setbacks), moment);
        }
        let next = Person::Queue { url, met, shows: RoomShows::Stuck { why }, setbacks };
        tell_news(&person, &next, Called::Shown, moment);
        self.see_later(next, calls, moment)
    }

    fn see_later(self, person: Person, calls: u32, moment: &mut Moment) -> Self {
        moment.push(Effect::WakeAt(later(moment.now, SEEN_EVERY)));
        self.at(Stage::AwaitingPerson { person, calls })
    }
}

fn tell_news(before: &Person, now: &Person, called: Called, moment: &mut Moment) {
    if now.is_news() && !now.is_like(before) {
        moment.push(Effect::Tell(Story::Person { person: now.clone(), called }));
    }
}

/// A queue that is shown in no browser is waited in by nobody; a check is the seller's word all the same.
fn with_browser(person: Person, called: &Called) -> Person {
    match called {
        Called::Failed { why } => showing(person, RoomShows::NoBrowser { why: why.clone() }),
        Called::Shown if person.has_no_browser() => showing(person, RoomShows::Nothing),
        Called::Shown | Called::ByHand { .. } => person,
    }
}

fn showing(person: Person, shows: RoomShows) -> Person {
    match person {
        Person::Queue { url, met, setbacks, .. } => Person::Queue { url, met, shows, setbacks },
        Person::Check { reason } => Person::Check { reason },
    }
}

fn refused(why: &str) -> String {
    format!("the waiting room did not accept the pass: {why}")
}

#[cfg(test)]
mod tests;
