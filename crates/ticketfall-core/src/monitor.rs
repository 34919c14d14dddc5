//! One profile's search at one event, as a state machine: inputs in, effects
//! out. A restart is an input like any other; nothing here waits or sends.

mod doubt;
mod holding;
#[cfg(test)]
mod properties;
mod session;
mod shown;
mod story;
#[cfg(test)]
mod tests;
mod waiting;

use std::sync::Arc;

use jiff::Timestamp;

use crate::criteria::Criteria;
use crate::hold::{BasketReading, BasketSeat, GrantedSeat, HoldOutcome, HoldRequest};
use crate::ids::EventId;
use crate::limits::{Denied, Permit};
use crate::offer::SeatGroup;
use crate::price::Price;
use crate::reading::Reading;
use crate::taken::Free;

pub use doubt::Doubt;
pub use story::Story;
pub use waiting::{Called, Met, Person, PersonSeen, RoomShows};

/// Which of its tries a hold is at; each comes once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Try {
    /// With the page key that was ready.
    First,
    /// With a page key read again after a refusal.
    FreshKey,
    /// For concrete seats of the seat map.
    SeatView,
}

/// What a seller claims before the basket has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It granted these seats, as far as it named them.
    Granted(Vec<GrantedSeat>),
    /// It did not answer: the hold may stand, or may come late.
    Silence,
}

/// Seats that are proven to be in the basket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// As the basket prints them.
    pub seats: Vec<BasketSeat>,
    /// What they cost together, where that is known.
    pub total: Option<Price>,
    /// When the seller takes them back.
    pub expires_at: Timestamp,
    /// The group that was asked for; none for seats that were found there.
    pub group: Option<SeatGroup>,
}

/// Why a search rests and tries again later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The session could not be made or renewed.
    Session(String),
    /// The access keyword or the page key is missing or refused.
    Key(String),
    /// The seller is failing, or not understood.
    Seller(String),
}

/// Why a search ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The member, or the service, stopped it.
    Stopped,
    /// The site said stop.
    Blocked(String),
    /// The held seats left the basket: paid for, or given up.
    HoldOver,
}

/// How a search goes on from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Onward {
    /// Back in line, after a pause that grows with each refusal.
    Look,
    /// The session is lost and is taken anew.
    Prepare,
    /// A person is called.
    Person(Person),
    /// It rests, and tries again later.
    Rest(Trouble),
    /// It is over.
    End(End),
}

/// A permit and the group it is used for.
#[derive(Debug, PartialEq, Eq)]
pub struct Errand {
    permit: Permit,
    group: SeatGroup,
}

/// Where a search stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Stage {
    /// The session and the page key are being taken.
    Preparing {
        /// Failures so far in a row.
        failures: u32,
    },
    /// The basket is being read, before anything may be held.
    ReadingBasket {
        /// Failures so far in a row.
        failures: u32,
    },
    /// A hold may still be granted; the basket is read again when that is over.
    Doubting {
        /// When it is.
        until: Timestamp,
    },
    /// What a hold may have left, of which nothing is known, is being given back.
    Clearing {
        /// Failures so far.
        failures: u32,
        /// When it is tried again, after a failure.
        again_at: Option<Timestamp>,
    },
    /// In line for seats.
    Looking,
    /// Out of line for a while, after refusals.
    Cooling {
        /// Until when.
        until: Timestamp,
    },
    /// Waiting for a permit.
    Permitting {
        /// What it is for.
        group: SeatGroup,
    },
    /// A hold is on its way to the seller.
    Asking {
        /// What for.
        errand: Errand,
        /// Which try.
        attempt: Try,
    },
    /// The page key is being read again.
    FetchingKey {
        /// What for.
        errand: Errand,
    },
    /// The seat map is being read.
    Viewing {
        /// What for.
        errand: Errand,
    },
    /// The basket is being read, or will be at the time given, to judge a claim.
    Proving {
        /// What for.
        errand: Errand,
        /// What the seller claims.
        claim: Claim,
        /// Readings of the basket that showed nothing.
        empty: u32,
    },
    /// Seats are being given back.
    Releasing {
        /// What for.
        errand: Errand,
        /// Failures so far.
        failures: u32,
        /// When it is tried again, after a failure.
        again_at: Option<Timestamp>,
        /// What comes then.
        then: Onward,
    },
    /// The order page is being opened in the member's browser.
    Delivering {
        /// What is held.
        held: Held,
    },
    /// A person pays.
    Holding {
        /// What is held.
        held: Held,
    },
    /// The basket is being read again, for the hold should have expired.
    Rereading {
        /// What is held.
        held: Held,
    },
    /// The member's browser is being made to show what a person is needed for.
    Calling {
        /// What that is.
        person: Person,
        /// How often it was shown in a row.
        calls: u32,
    },
    /// A person is needed in the browser.
    AwaitingPerson {
        /// For what.
        person: Person,
        /// How often it was shown in a row.
        calls: u32,
    },
    /// Trying again later.
    Resting {
        /// Until when.
        until: Timestamp,
        /// Why.
        trouble: Trouble,
        /// Failures so far in a row.
        failures: u32,
    },
    /// Stopped while a hold was on its way: its answer is awaited, and what it brings is released.
    Stopping {
        /// What for.
        errand: Errand,
    },
    /// Over.
    Ended(End),
}

/// What happens to a search.
#[derive(Debug)]
pub enum Input {
    /// The session is taken and the page key ready.
    Prepared,
    /// That failed on our side: no browser, nobody signed in.
    SessionFailed(String),
    /// That, or the upkeep of it, got another answer from the seller.
    Turned(Reading),
    /// The basket was read, or not.
    BasketRead(BasketReading),
    /// Seats for this member fell.
    Allotted(SeatGroup),
    /// The ledger permits the hold.
    Permitted(Permit),
    /// The ledger does not.
    Denied(Denied),
    /// The seller answered the hold.
    HoldAnswered(HoldOutcome),
    /// The page key was read again.
    KeyRead,
    /// The seat map was read; the best group on it, if any fits.
    SeatsViewed(Option<SeatGroup>),
    /// The seats were given back, or what the seller answered instead.
    Released(Result<(), Reading>),
    /// The order page is open, or there is no browser to open it in.
    Delivered,
    /// Time for the upkeep of the session.
    RenewalDue,
    /// The member wants something else from now on.
    Reconfigured(Arc<Criteria>),
    /// A person was called.
    PersonCalled(Called),
    /// What they are needed for was shown again.
    PersonShown(Called),
    /// What the member's browser shows of what a person was called for.
    PersonSeen(PersonSeen),
    /// The time asked for has come.
    Tick,
    /// The member starts the search again: what stood in its way may be gone.
    StartAgain,
    /// The member, or the service, stops the search.
    Stop,
}

/// What a search wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Take the session, from the browser where there is one, and read the match page.
    Prepare,
    /// Read the basket.
    ReadBasket,
    /// Enter the basket's seats in the ledger.
    Enter {
        /// How many.
        seats: u32,
        /// What they cost together.
        cost: Option<Price>,
    },
    /// Forget the ledger's account, so that the basket must be read before the next hold.
    Forget,
    /// Ask the ledger for a permit.
    AskPermit {
        /// How many seats.
        seats: u32,
        /// What they cost together.
        cost: Option<Price>,
    },
    /// Give the permit back, with what it brought.
    Settle {
        /// The permit.
        permit: Permit,
        /// Seats held by it.
        seats: u32,
        /// What they cost together.
        cost: Option<Price>,
    },
    /// Ask the seller for seats.
    Hold {
        /// Which.
        request: HoldRequest,
        /// Which try.
        attempt: Try,
    },
    /// Read the page key again.
    ReadKey,
    /// Read the seat map, and choose seats on it that are asked for instead of these.
    ViewSeats {
        /// The seats that were refused; they are let go only when others are taken.
        instead_of: SeatGroup,
    },
    /// Give back all seats of the event that are not paid for.
    Release,
    /// Put gained cookies into the browser and open the order page.
    Deliver,
    /// Show what needs a person in the member's browser, and tell them.
    CallPerson(Person),
    /// Show it again: it was closed, or the browser ended.
    ShowAgain(Person),
    /// See whether the person is through, by the browser alone.
    LookForPerson,
    /// Stand in line for seats, with a session that the watch may look with.
    Seek,
    /// Out of line, but the session is good for looks.
    Sit,
    /// Out of line, and no session to look with.
    Withdraw,
    /// The seller gave these seats in place of those that were allotted.
    Take(SeatGroup),
    /// Seats that were allotted are not wanted, or not to be had.
    LetGo {
        /// Which.
        group: SeatGroup,
        /// When others may ask for them.
        free: Free,
    },
    /// Call again at this time.
    WakeAt(Timestamp),
    /// Something to record, and to tell.
    Tell(Story),
}

type Moment = crate::moment::Moment<Effect>;

/// One profile's search at one event.
#[derive(Debug, PartialEq, Eq)]
pub struct Monitor {
    event: EventId,
    criteria: Arc<Criteria>,
    refusals: u32,
    missed_at: Option<Timestamp>,
    /// What the ledger said last, so that it is told once.
    denied: Option<Denied>,
    /// Why the search rested last, and until when; none once it looks again.
    troubled: Option<(Trouble, Timestamp)>,
    /// How far the pass is that the last waiting room gave.
    pass: waiting::Pass,
    /// Whether seats are asked for by name, since the seller's own choice was not wanted.
    by_name: bool,
    /// A hold of this search, or of an earlier one, whose end nobody knows.
    doubt: Option<Doubt>,
    /// What a look with this session brought while a hold was on its way, which was for the hold to end first.
    turned: Option<Reading>,
    stage: Stage,
}

impl Monitor {
    /// A search that starts by taking its session and reading its basket, as after a restart; in doubt about what
    /// an earlier one left.
    pub fn start(event: EventId, criteria: Arc<Criteria>, doubt: Option<Doubt>) -> (Self, Vec<Effect>) {
        let stage = Stage::Preparing { failures: 0 };
        let taken = doubt.iter().flat_map(Doubt::groups).cloned();
        let effects = taken.map(Effect::Take).chain([Effect::Prepare]).collect();
        let search = Self {
            event,
            criteria,
            refusals: 0,
            missed_at: None,
            denied: None,
            troubled: None,
            pass: waiting::Pass::None,
            by_name: false,
            doubt,
            turned: None,
            stage,
        };
        (search, effects)
    }

    /// Where it stands.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// What the member wants.
    pub fn criteria(&self) -> &Arc<Criteria> {
        &self.criteria
    }

    /// Takes one input; what is to be done is in the effects, in order.
    pub fn step(self, input: Input, now: Timestamp) -> (Self, Vec<Effect>) {
        let mut moment = Moment::new(now);
        let next = self.on(input, &mut moment);
        (next, moment.effects)
    }

    fn on(self, input: Input, moment: &mut Moment) -> Self {
        match input {
            Input::Prepared => self.on_prepared(moment),
            Input::SessionFailed(reason) => self.on_session_failed(reason, moment),
            Input::Turned(reading) => self.on_turned(reading, moment),
            Input::BasketRead(reading) => self.on_basket(reading, moment),
            Input::Allotted(group) => self.on_allotted(group, moment),
            Input::Permitted(permit) => self.on_permitted(permit, moment),
            Input::Denied(denied) => self.on_denied(denied, moment),
            Input::HoldAnswered(outcome) => self.on_hold_answered(outcome, moment),
            Input::KeyRead => self.on_key_read(moment),
            Input::SeatsViewed(group) => self.on_seats_viewed(group, moment),
            Input::Released(result) => self.on_released(result, moment),
            Input::Delivered => self.on_delivered(moment),
            Input::RenewalDue => self.on_renewal_due(moment),
            Input::Reconfigured(criteria) => Self { criteria, denied: None, ..self },
            Input::PersonCalled(called) => self.on_person_called(called, moment),
            Input::PersonShown(called) => self.on_person_shown(called, moment),
            Input::PersonSeen(seen) => self.on_person_seen(seen, moment),
            Input::Tick => self.on_tick(moment),
            Input::StartAgain => self.on_start_again(moment),
            Input::Stop => self.on_stop(moment),
        }
    }

    fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    fn end(self, end: End, moment: &mut Moment) -> Self {
        moment.push(Effect::Withdraw);
        moment.push(Effect::Tell(Story::Ended(end.clone())));
        self.no_longer_in_doubt(moment).at(Stage::Ended(end))
    }
}
