//! A search before and between holds: its session, its first basket, and its end.

use std::time::Duration;

use jiff::Timestamp;

use super::{Effect, End, Held, Moment, Monitor, Onward, Person, Stage, Story, Trouble};
use crate::hold::{Basket, BasketReading};
use crate::pace::later;
use crate::proof::{seats_of, total};
use crate::reading::Reading;
use crate::taken::Free;

const REST_MIN: Duration = Duration::from_secs(5);
const REST_MAX: Duration = Duration::from_mins(5);
const EXPIRY_UNKNOWN: Duration = Duration::from_mins(1);
const EXPIRY_GRACE: Duration = Duration::from_secs(2);

impl Monitor {
    pub(super) fn on_prepared(self, moment: &mut Moment) -> Self {
        let Stage::Preparing { failures } = self.stage else { return self };
        moment.push(Effect::ReadBasket);
        self.at(Stage::ReadingBasket { failures })
    }

    pub(super) fn on_session_failed(self, reason: String, moment: &mut Moment) -> Self {
        match self.upkeep_failures() {
            Some(failures) => self.rest(Trouble::Session(reason), failures, moment),
            None => self,
        }
    }

    /// The seller answered something else; a hold that is on its way comes to its end first.
    pub(super) fn on_turned(self, reading: Reading, moment: &mut Moment) -> Self {
        if let Some(failures) = self.upkeep_failures() {
            let lost = self.onward_from(reading);
            return self.go(lost, failures, moment);
        }
        if let Stage::FetchingKey { errand } | Stage::Viewing { errand } = self.stage {
            return Self { stage: Stage::Looking, ..self }.give_up(errand, turned(reading), moment);
        }
        Self { turned: Some(reading), ..self }
    }

    /// How often the upkeep of the session has failed in a row, when nothing is held or on its way.
    fn upkeep_failures(&self) -> Option<u32> {
        match self.stage {
            Stage::Preparing { failures } | Stage::ReadingBasket { failures } => Some(failures),
            Stage::Doubting { .. } | Stage::Looking | Stage::Cooling { .. } => Some(0),
            Stage::Permitting { .. }
            | Stage::Asking { .. }
            | Stage::FetchingKey { .. }
            | Stage::Viewing { .. }
            | Stage::Proving { .. }
            | Stage::Releasing { .. }
            | Stage::Clearing { .. }
            | Stage::Delivering { .. }
            | Stage::Holding { .. }
            | Stage::Rereading { .. }
            | Stage::Calling { .. }
            | Stage::AwaitingPerson { .. }
            | Stage::Resting { .. }
            | Stage::Stopping { .. }
            | Stage::Ended(_) => None,
        }
    }

    /// A session that was only just taken and is signed out already will not be better for taking it again at once.
    fn onward_from(&self, reading: Reading) -> Onward {
        let fresh = matches!(self.stage, Stage::Preparing { .. } | Stage::ReadingBasket { .. });
        if fresh && reading == Reading::SignedOut {
            return Onward::Rest(Trouble::Session("nobody is signed in: sign in in the browser".to_owned()));
        }
        turned(reading)
    }

    /// Goes on; `failures` in a row make a rest longer.
    pub(super) fn go(mut self, onward: Onward, failures: u32, moment: &mut Moment) -> Self {
        let met = self.turned.take().map(turned);
        match weightier(onward, met) {
            Onward::Look => self.cool(moment),
            Onward::Prepare => {
                moment.push(Effect::Withdraw);
                moment.push(Effect::Prepare);
                self.at(Stage::Preparing { failures })
            }
            Onward::Person(person) => {
                moment.push(Effect::Withdraw);
                self.call(person, failures, moment)
            }
            Onward::Rest(trouble) => self.rest(trouble, failures, moment),
            Onward::End(end) => self.end(end, moment),
        }
    }

    fn rest(self, trouble: Trouble, failures: u32, moment: &mut Moment) -> Self {
        let until = later(moment.now, REST_MIN.saturating_mul(1 << failures.min(10)).min(REST_MAX));
        moment.push(Effect::Withdraw);
        moment.push(Effect::WakeAt(until));
        let stage = Stage::Resting { until, trouble: trouble.clone(), failures: failures.saturating_add(1) };
        Self { troubled: Some((trouble, until)), stage, ..self }
    }

    pub(super) fn on_basket(self, reading: BasketReading, moment: &mut Moment) -> Self {
        match (self.stage, reading) {
            (Stage::ReadingBasket { .. }, BasketReading::Read(basket)) => {
                Self { stage: Stage::Looking, ..self }.on_first_basket(&basket, moment)
            }
            (Stage::ReadingBasket { failures }, BasketReading::Turned(reading)) => {
                let search = Self { stage: Stage::ReadingBasket { failures }, ..self };
                search.on_turned(reading, moment)
            }
            (Stage::Proving { errand, claim, empty }, reading) => {
                let search = Self { stage: Stage::Looking, ..self };
                search.on_proof(errand, (claim, empty), reading, moment)
            }
            (Stage::Rereading { held }, reading) => {
                Self { stage: Stage::Looking, ..self }.on_reread(held, &reading, moment)
            }
            (stage, BasketReading::Read(_) | BasketReading::Turned(_)) => Self { stage, ..self },
        }
    }

    /// Seats that stand in the basket already are held: nothing more is asked for.
    fn on_first_basket(self, basket: &Basket, moment: &mut Moment) -> Self {
        let seats: Vec<_> = seats_of(basket, &self.event).cloned().collect();
        let total = total(&seats);
        let search = Self { troubled: None, pass: self.pass.used(), ..self };
        if let Some(until) = search.doubt_until().filter(|_| seats.is_empty()) {
            return search.on_empty_in_doubt(until, moment);
        }
        let search = search.no_longer_in_doubt(moment);
        moment.push(Effect::Enter { seats: u32::try_from(seats.len()).unwrap_or(u32::MAX), cost: total });
        if seats.is_empty() {
            moment.push(Effect::Seek);
            return search.at(Stage::Looking);
        }
        search.deliver(Held { seats, total, expires_at: expiry(basket, moment.now), group: None }, moment)
    }

    pub(super) fn deliver(self, held: Held, moment: &mut Moment) -> Self {
        // A look with this session met a check or a queue meanwhile: no other is sent with it.
        moment.push(if self.turned.is_some() { Effect::Withdraw } else { Effect::Sit });
        moment.push(Effect::Tell(Story::Proven(held.clone())));
        moment.push(Effect::Deliver);
        Self { refusals: 0, turned: None, stage: Stage::Delivering { held }, ..self }
    }

    pub(super) fn on_delivered(self, moment: &mut Moment) -> Self {
        let Stage::Delivering { held } = self.stage else { return self };
        moment.push(Effect::WakeAt(later(held.expires_at, EXPIRY_GRACE)));
        Self { stage: Stage::Holding { held }, ..self }
    }

    /// A basket that cannot be read leaves the hold as it was: unknown is not none. A session that is over is taken
    /// anew for the next reading.
    fn on_reread(self, held: Held, reading: &BasketReading, moment: &mut Moment) -> Self {
        if matches!(reading, BasketReading::Turned(Reading::SignedOut)) {
            moment.push(Effect::Prepare);
        }
        let still_until = match reading {
            BasketReading::Read(basket) => {
                seats_of(basket, &self.event).next().map(|_| expiry(basket, moment.now))
            }
            BasketReading::Turned(_) => Some(later(moment.now, EXPIRY_UNKNOWN)),
        };
        if let Some(expires_at) = still_until {
            moment.push(Effect::WakeAt(later(expires_at, EXPIRY_GRACE)));
            return self.at(Stage::Holding { held: Held { expires_at, ..held } });
        }
        if let Some(group) = held.group {
            moment.push(Effect::LetGo { group, free: Free::AtOnce });
        }
        self.end(End::HoldOver, moment)
    }

    pub(super) fn on_renewal_due(self, moment: &mut Moment) -> Self {
        if matches!(self.stage, Stage::Looking) {
            moment.push(Effect::Prepare);
        }
        self
    }

    /// A missing session or key is looked for at once, and a person is taken at their word; a seller that fails is
    /// still given its time.
    pub(super) fn on_start_again(self, moment: &mut Moment) -> Self {
        if matches!(
            self.stage,
            Stage::Calling { .. }
                | Stage::AwaitingPerson { .. }
                | Stage::Resting { trouble: Trouble::Session(_) | Trouble::Key(_), .. }
        ) {
            moment.push(Effect::Prepare);
            return Self { troubled: None, stage: Stage::Preparing { failures: 0 }, ..self };
        }
        self
    }

    /// A tick that comes early, or for a stage that is over, changes nothing.
    pub(super) fn on_tick(mut self, moment: &mut Moment) -> Self {
        let now = moment.now;
        let due = |until: &Timestamp| *until <= now;
        if let Stage::Cooling { until } = &self.stage
            && due(until)
        {
            moment.push(Effect::Seek);
            return self.at(Stage::Looking);
        }
        if let Stage::Resting { until, failures, .. } = &self.stage
            && due(until)
        {
            moment.push(Effect::Prepare);
            let failures = *failures;
            return self.at(Stage::Preparing { failures });
        }
        if let Stage::Doubting { until } = &self.stage
            && due(until)
        {
            moment.push(Effect::ReadBasket);
            return self.at(Stage::ReadingBasket { failures: 0 });
        }
        if let Stage::Holding { held } = self.stage {
            return Self { stage: Stage::Looking, ..self }.on_tick_while_holding(held, moment);
        }
        // A release that is on its way is not sent again.
        if let Stage::Releasing { again_at, .. } | Stage::Clearing { again_at, .. } = &mut self.stage
            && again_at.take_if(|at| due(at)).is_some()
        {
            moment.push(Effect::Release);
        }
        match &self.stage {
            Stage::AwaitingPerson { .. } => moment.push(Effect::LookForPerson),
            Stage::Proving { .. } => moment.push(Effect::ReadBasket),
            Stage::Preparing { .. }
            | Stage::ReadingBasket { .. }
            | Stage::Doubting { .. }
            | Stage::Releasing { .. }
            | Stage::Clearing { .. }
            | Stage::Looking
            | Stage::Cooling { .. }
            | Stage::Permitting { .. }
            | Stage::Asking { .. }
            | Stage::FetchingKey { .. }
            | Stage::Viewing { .. }
            | Stage::Delivering { .. }
            | Stage::Holding { .. }
            | Stage::Rereading { .. }
            | Stage::Calling { .. }
            | Stage::Resting { .. }
            | Stage::Stopping { .. }
            | Stage::Ended(_) => {}
        }
        self
    }

    fn on_tick_while_holding(self, held: Held, moment: &mut Moment) -> Self {
        if later(held.expires_at, EXPIRY_GRACE) > moment.now {
            return self.at(Stage::Holding { held });
        }
        moment.push(Effect::ReadBasket);
        self.at(Stage::Rereading { held })
    }

    /// Stops; what a hold on its way may still bring is awaited and released.
    pub(super) fn on_stop(self, moment: &mut Moment) -> Self {
        let then = Onward::End(End::Stopped);
        let stage = match self.stage {
            Stage::Asking { errand, .. } | Stage::Stopping { errand } => Stage::Stopping { errand },
            Stage::Proving { errand, .. } => {
                moment.push(Effect::Release);
                Stage::Releasing { errand, failures: 0, again_at: None, then }
            }
            Stage::Releasing { errand, failures, again_at, .. } => {
                Stage::Releasing { errand, failures, again_at, then }
            }
            Stage::FetchingKey { errand } | Stage::Viewing { errand } => {
                errand.settle_empty(Free::AtOnce, moment);
                return Self { stage: Stage::Looking, ..self }.end(End::Stopped, moment);
            }
            Stage::Permitting { group } => {
                moment.push(Effect::LetGo { group, free: Free::AtOnce });
                return Self { stage: Stage::Looking, ..self }.end(End::Stopped, moment);
            }
            Stage::Delivering { held } | Stage::Holding { held } | Stage::Rereading { held } => {
                if let Some(group) = held.group {
                    moment.push(Effect::LetGo { group, free: Free::AtOnce });
                }
                return Self { stage: Stage::Looking, ..self }.end(End::Stopped, moment);
            }
            Stage::Ended(end) => Stage::Ended(end),
            Stage::Preparing { .. }
            | Stage::ReadingBasket { .. }
            | Stage::Doubting { .. }
            | Stage::Clearing { .. }
            | Stage::Looking
            | Stage::Cooling { .. }
            | Stage::Calling { .. }
            | Stage::AwaitingPerson { .. }
            | Stage::Resting { .. } => {
                return Self { stage: Stage::Looking, ..self }.end(End::Stopped, moment);
            }
        };
        Self { stage, ..self }
    }
}

/// A person is called, and a site that says stop is obeyed, whatever else there is to do.
fn weightier(onward: Onward, met: Option<Onward>) -> Onward {
    match met {
        Some(met) if onward == Onward::Look || (is_final(&met) && !is_final(&onward)) => met,
        Some(_) | None => onward,
    }
}

/// Whether nothing may be asked before somebody has dealt with it.
pub(super) fn is_final(onward: &Onward) -> bool {
    matches!(onward, Onward::Person(_) | Onward::End(_))
}

/// What an answer that is not the one hoped for means for the search.
pub(super) fn turned(reading: Reading) -> Onward {
    match reading {
        Reading::SignedOut => Onward::Prepare,
        Reading::Queue { url } => Onward::Person(Person::queue(url)),
        Reading::Human { reason } => Onward::Person(Person::Check { reason }),
        Reading::Blocked { reason } => Onward::End(End::Blocked(reason)),
        Reading::KeyMissing { reason } => Onward::Rest(Trouble::Key(reason)),
        Reading::SlowDown { .. } => Onward::Rest(Trouble::Seller("asked to slow down".to_owned())),
        Reading::NotOnSale { reason } | Reading::Failing { reason } | Reading::Unknown { reason } => {
            Onward::Rest(Trouble::Seller(reason))
        }
        Reading::Seats(_) | Reading::Unchanged => {
            Onward::Rest(Trouble::Seller("an answer to another question".to_owned()))
        }
    }
}

pub(super) fn expiry(basket: &Basket, now: Timestamp) -> Timestamp {
    later(now, basket.expires_in.unwrap_or(EXPIRY_UNKNOWN))
}
