//! The one stream of looks at one event for everybody who wants it, as a
//! state machine: who looks and when, what fell, and who gets it.

mod blind;
mod line;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod several;
mod sharing;
#[cfg(test)]
mod tests;
mod upkeep;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::book::{Book, Writer};
use crate::criteria::Criteria;
use crate::eye::Eye;
use crate::fall::Fall;
use crate::ids::ProfileId;
use crate::offer::{SeatGroup, Snapshot};
use crate::pace::later;
use crate::plan::Plan;
use crate::reading::Reading;
use crate::rhythm::Spending;
use crate::taken::Free;
use blind::Blind;
use line::Line;
use upkeep::{Upkeep, UpkeepPlan};

pub use view::View;

const NOT_ON_SALE_EVERY: Duration = Duration::from_secs(30);

/// What a member's search can do for the watch, and wants of it; whose session is looked with comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// In line for seats; its session may be looked with.
    Seeking,
    /// Told about seats that fit, never given any; its session may be looked with.
    Notified,
    /// Not in line; its session may be looked with.
    Sitting,
    /// Without a session.
    Unable,
}

impl Standing {
    /// Whether a look is worth a request for this member.
    fn is_in_line(self) -> bool {
        matches!(self, Self::Seeking | Self::Notified)
    }
}

/// One member of a watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What it wants.
    pub criteria: Arc<Criteria>,
    /// The time between looks that it asks for.
    pub interval: Duration,
    /// Higher comes first.
    pub priority: i32,
    /// Who has waited longest comes first among equals.
    pub waiting_since: Timestamp,
    /// What it can do, and wants.
    pub standing: Standing,
}

/// Where a watch stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Nobody looks: nobody can, or nobody wants seats.
    Idle,
    /// The next look is due.
    Due {
        /// At this time.
        at: Timestamp,
    },
    /// A look is on its way.
    Looking {
        /// Whose session is used.
        by: ProfileId,
        /// Since when.
        since: Timestamp,
    },
}

/// What happens to a watch.
#[derive(Debug)]
pub enum Input {
    /// A member joins, or wants something else.
    Joined(ProfileId, Member),
    /// A member can do, or wants, something else.
    Stands(ProfileId, Standing),
    /// A member leaves.
    Left(ProfileId),
    /// The venue's plan is known.
    Planned(Arc<Plan>),
    /// From the next look on, looks are spent so; evenly without.
    Spend(Option<Box<Spending>>),
    /// The time asked for has come.
    Tick,
    /// The look that was wanted was not sent: the seller may not be asked before this time.
    Barred(Timestamp),
    /// A look was answered.
    Answered {
        /// Whose session was used.
        by: ProfileId,
        /// What it told.
        reading: Reading,
        /// How long asking again would bring the same bytes.
        fresh_for: Option<Duration>,
    },
    /// Now is the time to find what fell, as [`Effect::Compare`] wanted.
    Compare,
    /// Seats were let go at another watch of the event.
    Freed,
    /// Seats that were allotted, or shown on a seat map, are being asked for.
    Taken(SeatGroup),
    /// They are not, or not any more.
    LetGo {
        /// Which.
        group: SeatGroup,
        /// When others may ask for them.
        free: Free,
    },
}

/// What a watch wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Look, with this member's session.
    Look(ProfileId),
    /// Call again at this time, instead of at any named before.
    WakeAt(Timestamp),
    /// These seats are for this member to ask for.
    Allot(ProfileId, SeatGroup),
    /// These seats fit a member who wants to be told.
    Match(ProfileId, SeatGroup),
    /// Answer with [`Input::Compare`] once the seats are handed out: finding what fell takes a while.
    Compare,
    /// Seats fell.
    Fell(Vec<Fall>),
    /// Seats that fell are in sight here too: another watch was shown them first.
    Reached,
    /// Fallen seats are gone again.
    Gone(Vec<Fall>),
    /// This member's session brought another answer.
    Turned(ProfileId, Reading),
    /// Time for this member to renew its session.
    Renew(ProfileId),
    /// Time for this member to take up a changed configuration.
    Reconfigure(ProfileId),
}

type Moment = crate::moment::Moment<Effect>;

/// One event's watch.
#[derive(Debug)]
pub struct Watch {
    floor: Duration,
    writer: Writer,
    members: Line,
    told: BTreeMap<ProfileId, SeatGroup>,
    phase: Phase,
    /// No look before this time, whoever joins or comes back meanwhile.
    not_before: Option<Timestamp>,
    plan: Arc<Plan>,
    latest: Option<Arc<Snapshot>>,
    fell_at: Option<Timestamp>,
    /// Counts what could change who gets what.
    changes: u64,
    /// What was counted here and freed in the book; an unchanged reading is allotted anew only when one of them moved.
    allotted_at: (u64, u64),
    blind: Blind,
    upkeep: UpkeepPlan,
    spending: Option<Box<Spending>>,
    last: Option<(Timestamp, &'static str)>,
}

impl Watch {
    /// A watch without members, that begins to write in the book of its event.
    pub fn new(floor: Duration, eye: Eye, book: &mut Book) -> Self {
        Self {
            floor,
            writer: book.begin(eye),
            members: Line::default(),
            told: BTreeMap::new(),
            phase: Phase::Idle,
            not_before: None,
            plan: Arc::default(),
            latest: None,
            fell_at: None,
            changes: 0,
            allotted_at: (0, 0),
            blind: Blind::default(),
            upkeep: UpkeepPlan::default(),
            spending: None,
            last: None,
        }
    }

    /// As whom it writes in the book.
    pub fn writer(&self) -> Writer {
        self.writer
    }

    /// The latest snapshot that was understood.
    pub fn latest(&self) -> Option<&Arc<Snapshot>> {
        self.latest.as_ref()
    }

    /// The venue's plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Takes one input, with the book of its event; what is to be done is in the effects, in order.
    pub fn step(mut self, input: Input, book: &mut Book, now: Timestamp) -> (Self, Vec<Effect>) {
        let mut moment = Moment::new(now);
        match input {
            Input::Joined(profile, member) => self.on_joined(profile, member),
            Input::Stands(profile, standing) => self.on_stands(&profile, standing),
            Input::Left(profile) => self.on_left(&profile),
            Input::Planned(plan) => self.plan = plan,
            Input::Spend(spending) => self.spending = spending,
            Input::Tick => self.on_tick(book, &mut moment),
            Input::Barred(until) => self.on_barred(until),
            Input::Answered { by, reading, fresh_for } => {
                self.on_answered((by, reading), fresh_for, book, &mut moment);
            }
            Input::Compare => self.on_compare(book, &mut moment),
            Input::Freed => self.share_out(book, &mut moment),
            Input::Taken(group) => book.take(self.writer, group),
            Input::LetGo { group, free } => {
                book.let_go(self.writer, group, free, now);
                if free == Free::AtOnce {
                    self.share_out(book, &mut moment);
                }
            }
        }
        self.settle_phase(&mut moment);
        (self, moment.effects)
    }

    fn on_joined(&mut self, profile: ProfileId, member: Member) {
        self.changes += 1;
        self.told.remove(&profile);
        self.upkeep.join(&profile);
        self.members.enter(profile, member);
    }

    fn on_stands(&mut self, profile: &ProfileId, standing: Standing) {
        self.changes += u64::from(self.members.stand(profile, standing));
    }

    fn on_left(&mut self, profile: &ProfileId) {
        self.members.leave(profile);
        self.told.remove(profile);
        self.upkeep.leave(profile);
    }

    fn on_barred(&mut self, until: Timestamp) {
        let at = self.not_before.map_or(until, |at| at.max(until));
        self.not_before = Some(at);
        if !matches!(self.phase, Phase::Idle) {
            self.phase = Phase::Due { at };
        }
    }

    fn on_tick(&mut self, book: &mut Book, moment: &mut Moment) {
        book.warm_up(moment.now);
        if matches!(self.phase, Phase::Due { at } if at <= moment.now)
            && let Some(by) = self.members.looker().cloned()
        {
            if let Some(at) = book.look(self.writer, self.floor, moment.now) {
                self.phase = Phase::Due { at };
                return;
            }
            moment.push(Effect::Look(by.clone()));
            self.phase = Phase::Looking { by, since: moment.now };
        }
    }

    fn on_answered(
        &mut self,
        (by, reading): (ProfileId, Reading),
        fresh_for: Option<Duration>,
        book: &mut Book,
        moment: &mut Moment,
    ) {
        let Phase::Looking { since, .. } = self.phase else {
            // Whoever asked has left. The next look may be told that nothing has changed since this one.
            return self.on_late(reading, book, moment);
        };
        self.last = Some((moment.now, reading.name()));
        self.blind.saw(self.understands(&reading), moment.now);
        let mut interval = self.spent(moment.now).max(fresh_for.unwrap_or_default());
        if matches!(reading, Reading::NotOnSale { .. }) {
            interval = interval.max(NOT_ON_SALE_EVERY);
        }
        let at = later(since, interval).max(moment.now);
        self.not_before = Some(at);
        self.phase = Phase::Due { at };
        self.on_reading(by, reading, book, moment);
        self.upkeep.looked(|profile, upkeep| {
            moment.push(match upkeep {
                Upkeep::Renew => Effect::Renew(profile),
                Upkeep::Reconfigure => Effect::Reconfigure(profile),
            });
        });
    }

    fn on_late(&mut self, reading: Reading, book: &mut Book, moment: &mut Moment) {
        let name = reading.name();
        if let Reading::Seats(snapshot) = reading {
            self.last = Some((moment.now, name));
            self.on_seats(snapshot, book, moment);
        }
    }

    fn on_reading(&mut self, by: ProfileId, reading: Reading, book: &mut Book, moment: &mut Moment) {
        match reading {
            Reading::Seats(snapshot) => self.on_seats(snapshot, book, moment),
            Reading::Unchanged => {
                book.still(self.writer, moment.now);
                self.share_out(book, moment);
            }
            Reading::NotOnSale { .. } => self.on_seats(Arc::default(), book, moment),
            Reading::Queue { .. }
            | Reading::SignedOut
            | Reading::Human { .. }
            | Reading::Blocked { .. }
            | Reading::KeyMissing { .. } => {
                self.on_stands(&by, Standing::Unable);
                moment.push(Effect::Turned(by, reading));
            }
            Reading::SlowDown { .. } | Reading::Failing { .. } | Reading::Unknown { .. } => {}
        }
    }

    /// Seats are given out before anything else is done with them: a hold waits for nothing.
    fn on_seats(&mut self, snapshot: Arc<Snapshot>, book: &mut Book, moment: &mut Moment) {
        self.latest = Some(snapshot);
        self.changes += 1;
        self.share_out(book, moment);
        moment.push(Effect::Compare);
    }

    fn on_compare(&mut self, book: &mut Book, moment: &mut Moment) {
        let Some(snapshot) = &self.latest else { return };
        // What was found just now was there when it was read: nobody asks for a fall before it fell.
        let read_at = self.last.map_or(moment.now, |(at, _)| at);
        let changed = book.observe(self.writer, snapshot, read_at);
        if changed.reached || !changed.fell.is_empty() {
            self.fell_at = Some(read_at);
        }
        if !changed.fell.is_empty() {
            moment.push(Effect::Fell(changed.fell));
        } else if changed.reached {
            moment.push(Effect::Reached);
        }
        if !changed.gone.is_empty() {
            moment.push(Effect::Gone(changed.gone));
        }
    }

    fn understands(&self, reading: &Reading) -> bool {
        match reading {
            Reading::Seats(_) | Reading::NotOnSale { .. } => true,
            Reading::Unchanged => self.latest.is_some(),
            Reading::Queue { .. }
            | Reading::SignedOut
            | Reading::Human { .. }
            | Reading::Blocked { .. }
            | Reading::KeyMissing { .. }
            | Reading::SlowDown { .. }
            | Reading::Failing { .. }
            | Reading::Unknown { .. } => false,
        }
    }

    /// The shortest that members in line ask for, never below the seller's floor.
    fn interval(&self) -> Option<Duration> {
        self.members.interval().map(|least| least.max(self.floor))
    }

    /// The time to the next look: what members ask for, or what spending makes of it.
    fn spent(&mut self, now: Timestamp) -> Duration {
        let asked = self.interval().unwrap_or(self.floor);
        let floor = self.floor;
        self.spending.as_mut().map_or(asked, |spending| spending.interval(asked, floor, now).max(floor))
    }

    /// Idle exactly when nobody looks; a look by somebody who has left counts for nothing. Blind while somebody wants
    /// to look and cannot, not while all have what they want.
    fn settle_phase(&mut self, moment: &mut Moment) {
        let able = self.members.looker().is_some();
        let orphaned = match &self.phase {
            Phase::Looking { by, since } if !self.members.contains(by) => {
                self.not_before = Some(later(*since, self.interval().unwrap_or(self.floor)));
                true
            }
            Phase::Looking { .. } | Phase::Idle | Phase::Due { .. } => false,
        };
        let (idle, due) = (matches!(self.phase, Phase::Idle), matches!(self.phase, Phase::Due { .. }));
        if able && (idle || orphaned) {
            self.phase = Phase::Due { at: self.not_before.map_or(moment.now, |at| at.max(moment.now)) };
        } else if !able && (due || orphaned) {
            self.phase = Phase::Idle;
        }
        match self.phase {
            Phase::Due { at } => moment.push(Effect::WakeAt(at)),
            Phase::Idle => {
                self.blind.saw(!self.members.somebody_is_unable(), moment.now);
            }
            Phase::Looking { .. } => {}
        }
    }
}
