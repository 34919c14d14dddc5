//! A hold from its allotment to its proof: a permit, a try, one fresh key,
//! one seat view, and the basket as the judge.

use std::time::Duration;

use super::session::{expiry, turned};
use super::{Claim, Effect, End, Errand, Held, Moment, Monitor, Onward, Stage, Story, Try};
use crate::hold::{BasketReading, GrantedSeat, HoldOutcome, HoldRequest};
use crate::ids::AreaId;
use crate::limits::{Denied, Permit};
use crate::offer::{Part, PartSeats, SeatGroup};
use crate::pace::later;
use crate::proof::{Proof, Unwanted, prove, total};
use crate::reading::Reading;
use crate::seat::SeatRun;
use crate::taken::Free;

const COOL_MAX: Duration = Duration::from_mins(1);
const RELEASE_EVERY: Duration = Duration::from_secs(2);
const RELEASES_MAX: u32 = 5;
/// Why seats are left to expire when a waiting room keeps us from giving them back.
const IN_BETWEEN: &str = "a waiting room stands in between; they expire by themselves";

/// How long to wait before a basket that showed nothing is read again, by claim: a late grant takes its time.
const AGAIN_AFTER_GRANT: [Duration; 1] = [Duration::from_secs(1)];
const AGAIN_AFTER_SILENCE: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(20)];

impl Monitor {
    pub(super) fn on_allotted(self, group: SeatGroup, moment: &mut Moment) -> Self {
        if matches!(self.stage, Stage::Looking) {
            moment.push(Effect::AskPermit { seats: group.count(), cost: group.total() });
            self.at(Stage::Permitting { group })
        } else {
            moment.push(Effect::LetGo { group, free: Free::AtOnce });
            self
        }
    }

    pub(super) fn on_permitted(self, permit: Permit, moment: &mut Moment) -> Self {
        let Stage::Permitting { group } = self.stage else {
            moment.push(Effect::Settle { permit, seats: 0, cost: None });
            return self;
        };
        let search = Self { stage: Stage::Looking, ..self };
        let request = search.first_request(&group);
        search.ask(Errand { permit, group }, request, Try::First, moment)
    }

    /// Rows, and seats in several places, can only be asked for by name; others are where the seller chose badly.
    fn first_request(&self, group: &SeatGroup) -> HoldRequest {
        match group.parts.as_slice() {
            [part] if self.criteria.rows.is_empty() && !(self.by_name && is_placed(part)) => {
                HoldRequest::BestAvailable { part: part.clone(), together: self.criteria.together }
            }
            _ => HoldRequest::Seats(group.clone()),
        }
    }

    fn ask(self, errand: Errand, request: HoldRequest, attempt: Try, moment: &mut Moment) -> Self {
        moment.push(Effect::Hold { request, attempt });
        moment.push(Effect::Sit);
        self.at(Stage::Asking { errand, attempt })
    }

    /// A limit is not the seller's doing: nothing was asked, and the seats are left to the next in line.
    pub(super) fn on_denied(self, denied: Denied, moment: &mut Moment) -> Self {
        let Stage::Permitting { group } = self.stage else { return self };
        if self.denied.as_ref() != Some(&denied) {
            moment.push(Effect::Tell(Story::NotPermitted(denied.clone())));
        }
        moment.push(Effect::LetGo { group, free: Free::AtOnce });
        Self { denied: Some(denied), stage: Stage::Looking, ..self }.cool(moment)
    }

    pub(super) fn on_hold_answered(self, outcome: HoldOutcome, moment: &mut Moment) -> Self {
        if let Stage::Asking { errand, attempt } = self.stage {
            return Self { stage: Stage::Looking, ..self }.on_answer(errand, attempt, outcome, moment);
        }
        if let Stage::Stopping { errand } = self.stage {
            return Self { stage: Stage::Looking, ..self }.on_answer_too_late(errand, &outcome, moment);
        }
        if may_stand(&outcome) {
            moment.push(Effect::Release);
        }
        self
    }

    fn on_answer(self, errand: Errand, attempt: Try, outcome: HoldOutcome, moment: &mut Moment) -> Self {
        match outcome {
            HoldOutcome::Granted { seats } => {
                let errand = errand.for_granted(&seats, moment);
                self.prove(errand, Claim::Granted(seats), moment)
            }
            HoldOutcome::Unknown { .. } => self.prove(errand, Claim::Silence, moment),
            HoldOutcome::Refused { reason, locked, .. } => {
                moment.push(Effect::Tell(Story::Refused { attempt, reason }));
                if locked {
                    return self.release(errand, Onward::Look, moment);
                }
                self.on_refused(errand, attempt, moment)
            }
            HoldOutcome::Turned { reading, locked } => self.on_hold_turned(errand, reading, locked, moment),
        }
    }

    /// A seller who has just said to wait is not asked to take seats back.
    fn on_hold_turned(self, errand: Errand, reading: Reading, locked: bool, moment: &mut Moment) -> Self {
        let is_to_wait = matches!(reading, Reading::Queue { .. });
        let then = turned(reading);
        match (locked, is_to_wait) {
            (true, true) => self.leave(errand, IN_BETWEEN.to_owned(), then, moment),
            (true, false) => self.release(errand, then, moment),
            (false, _) => self.give_up(errand, then, moment),
        }
    }

    /// The key may have been stale; then the seats may be gone; then it is a ticket fall.
    fn on_refused(self, errand: Errand, attempt: Try, moment: &mut Moment) -> Self {
        match attempt {
            Try::First => {
                moment.push(Effect::ReadKey);
                self.at(Stage::FetchingKey { errand })
            }
            Try::FreshKey => {
                moment.push(Effect::ViewSeats { instead_of: errand.group.clone() });
                self.at(Stage::Viewing { errand })
            }
            Try::SeatView => self.give_up(errand, Onward::Look, moment),
        }
    }

    pub(super) fn on_key_read(self, moment: &mut Moment) -> Self {
        let Stage::FetchingKey { errand } = self.stage else { return self };
        let search = Self { stage: Stage::Looking, ..self };
        let request = search.first_request(&errand.group);
        search.ask(errand, request, Try::FreshKey, moment)
    }

    pub(super) fn on_seats_viewed(self, group: Option<SeatGroup>, moment: &mut Moment) -> Self {
        let Stage::Viewing { errand } = self.stage else { return self };
        let search = Self { stage: Stage::Looking, ..self };
        moment.push(Effect::Tell(Story::SeatView(group.clone())));
        let Some(group) = group else { return search.give_up(errand, Onward::Look, moment) };
        let errand = Errand { permit: errand.permit, group };
        if errand.group.count() > errand.permit.seats() {
            return search.give_up(errand, Onward::Look, moment);
        }
        let request = HoldRequest::Seats(errand.group.clone());
        search.ask(errand, request, Try::SeatView, moment)
    }

    fn prove(self, errand: Errand, claim: Claim, moment: &mut Moment) -> Self {
        moment.push(Effect::ReadBasket);
        self.at(Stage::Proving { errand, claim, empty: 0 })
    }

    /// The basket is the judge; one that cannot be read leaves the search as a restart would find it.
    pub(super) fn on_proof(
        self,
        errand: Errand,
        (claim, empty): (Claim, u32),
        reading: BasketReading,
        moment: &mut Moment,
    ) -> Self {
        let basket = match reading {
            BasketReading::Read(basket) => basket,
            BasketReading::Turned(reading) => {
                let search = self.in_doubt(errand.settle_unknown(moment), moment);
                moment.push(Effect::Forget);
                return search.go(turned(reading), 0, moment);
            }
        };
        let granted: &[GrantedSeat] = match &claim {
            Claim::Granted(seats) => seats,
            Claim::Silence => &[],
        };
        match prove(&self.criteria, granted, &basket, &self.event) {
            Proof::Proven(seats) => {
                let total = total(&seats).or_else(|| errand.group.total());
                if let Some(cap) = errand.permit.cap_under(total) {
                    return self.on_unwanted(errand, Unwanted::OverCost { cap }, moment);
                }
                let count = u32::try_from(seats.len()).unwrap_or(u32::MAX);
                moment.push(Effect::Settle { permit: errand.permit, seats: count, cost: total });
                let expires_at = expiry(&basket, moment.now);
                self.deliver(Held { seats, total, expires_at, group: Some(errand.group) }, moment)
            }
            Proof::Unwanted(reason) => self.on_unwanted(errand, reason, moment),
            Proof::Absent => self.on_absent(errand, (claim, empty), moment),
        }
    }

    fn on_unwanted(self, errand: Errand, reason: Unwanted, moment: &mut Moment) -> Self {
        moment.push(Effect::Tell(Story::Unwanted(reason)));
        Self { by_name: true, ..self }.release(errand, Onward::Look, moment)
    }

    fn on_absent(self, errand: Errand, (claim, empty): (Claim, u32), moment: &mut Moment) -> Self {
        let waits: &[Duration] = match claim {
            Claim::Granted(_) => &AGAIN_AFTER_GRANT,
            Claim::Silence => &AGAIN_AFTER_SILENCE,
        };
        if let Some(wait) = usize::try_from(empty).ok().and_then(|n| waits.get(n)) {
            moment.push(Effect::WakeAt(later(moment.now, *wait)));
            return self.at(Stage::Proving { errand, claim, empty: empty + 1 });
        }
        moment.push(Effect::Tell(Story::Absent));
        self.release(errand, Onward::Look, moment)
    }

    fn release(self, errand: Errand, then: Onward, moment: &mut Moment) -> Self {
        moment.push(Effect::Release);
        self.at(Stage::Releasing { errand, failures: 0, again_at: None, then })
    }

    /// Seats that cannot be given back expire by themselves; until the basket is read again nothing is held.
    pub(super) fn on_released(mut self, result: Result<(), Reading>, moment: &mut Moment) -> Self {
        if let Err(reading @ (Reading::Human { .. } | Reading::Blocked { .. })) = &result {
            // What a person must deal with does not pass because seats could be given back after all.
            self.turned = Some(reading.clone());
        }
        if let Stage::Clearing { failures, .. } = self.stage {
            return self.on_cleared(&result, failures, moment);
        }
        let Stage::Releasing { errand, failures, then, .. } = self.stage else { return self };
        let search = Self { stage: Stage::Looking, ..self };
        match result {
            Ok(()) => {
                moment.push(Effect::Tell(Story::Released));
                search.give_up(errand, then, moment)
            }
            Err(reading @ Reading::Queue { .. }) => {
                let then = if matches!(then, Onward::End(_)) { then } else { turned(reading) };
                search.leave(errand, IN_BETWEEN.to_owned(), then, moment)
            }
            Err(_) if failures < RELEASES_MAX => {
                let at = later(moment.now, RELEASE_EVERY.saturating_mul(1 << failures));
                moment.push(Effect::WakeAt(at));
                search.at(Stage::Releasing { errand, failures: failures + 1, again_at: Some(at), then })
            }
            Err(reading) => {
                let then = if then == Onward::Look { Onward::Prepare } else { then };
                search.leave(errand, reading.reason().unwrap_or(reading.name()).to_owned(), then, moment)
            }
        }
    }

    /// Leaves seats with the seller until they expire: the basket is read before anything else is held.
    fn leave(self, errand: Errand, why: String, then: Onward, moment: &mut Moment) -> Self {
        moment.push(Effect::Tell(Story::NotReleased(why)));
        let search = self.in_doubt(errand.settle_unknown(moment), moment);
        moment.push(Effect::Forget);
        search.go(then, 0, moment)
    }

    fn on_answer_too_late(self, errand: Errand, outcome: &HoldOutcome, moment: &mut Moment) -> Self {
        let then = Onward::End(End::Stopped);
        if may_stand(outcome) {
            self.release(errand, then, moment)
        } else {
            self.give_up(errand, then, moment)
        }
    }

    /// The hold brought nothing: the permit goes back, and the search goes on from there.
    pub(super) fn give_up(self, errand: Errand, then: Onward, moment: &mut Moment) -> Self {
        let missed_at = if then == Onward::Look { Some(moment.now) } else { self.missed_at };
        errand.settle_empty(Free::Later, moment);
        Self { missed_at, ..self }.go(then, 0, moment)
    }

    /// Back in line; after the first refusal in a row only after a pause.
    pub(super) fn cool(self, moment: &mut Moment) -> Self {
        let refusals = self.refusals.saturating_add(1);
        let Some(doublings) = refusals.checked_sub(2) else {
            moment.push(Effect::Seek);
            return Self { refusals, stage: Stage::Looking, ..self };
        };
        let until = later(moment.now, Duration::from_secs(1 << doublings.min(10)).min(COOL_MAX));
        moment.push(Effect::WakeAt(until));
        Self { refusals, stage: Stage::Cooling { until }, ..self }
    }
}

impl Errand {
    /// A seller that picks the seats itself may pick others than those that were allotted: these are ours then, and
    /// those are left to the next in line.
    fn for_granted(self, seats: &[GrantedSeat], moment: &mut Moment) -> Self {
        let [part] = self.group.parts.as_slice() else { return self };
        let Some(run) = run_of(seats, &part.area).filter(|run| PartSeats::Run(*run) != part.seats) else {
            return self;
        };
        let group = SeatGroup { parts: vec![Part { seats: PartSeats::Run(run), ..part.clone() }] };
        moment.push(Effect::Take(group.clone()));
        // Another member of ours may have been given the very seats that this one asked for.
        moment.push(Effect::LetGo { group: self.group, free: Free::AfterALook });
        Self { group, ..self }
    }

    /// Gives the permit back without knowing what came of it; the seats stay taken.
    fn settle_unknown(self, moment: &mut Moment) -> SeatGroup {
        moment.push(Effect::Settle { permit: self.permit, seats: 0, cost: None });
        self.group
    }

    /// Gives the permit back with nothing to show for it.
    pub(super) fn settle_empty(self, free: Free, moment: &mut Moment) {
        moment.push(Effect::Settle { permit: self.permit, seats: 0, cost: None });
        moment.push(Effect::LetGo { group: self.group, free });
    }
}

fn is_placed(part: &Part) -> bool {
    match part.seats {
        PartSeats::Run(_) => true,
        PartSeats::Any(_) => false,
    }
}

/// The run that these seats are, where they are one of this area.
fn run_of(seats: &[GrantedSeat], area: &AreaId) -> Option<SeatRun> {
    let y = seats.first()?.y;
    let mut xs: Vec<i32> = seats.iter().map(|seat| seat.x).collect();
    xs.sort_unstable();
    let in_row = seats.iter().all(|seat| seat.area == *area && seat.y == y);
    let adjacent = xs.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
    (in_row && adjacent).then(|| SeatRun::new(y, *xs.first()?, *xs.last()?)).flatten()
}

/// Whether an answer leaves seats with the seller that somebody must give back.
fn may_stand(outcome: &HoldOutcome) -> bool {
    match outcome {
        HoldOutcome::Granted { .. } | HoldOutcome::Unknown { .. } => true,
        HoldOutcome::Refused { locked, .. } | HoldOutcome::Turned { locked, .. } => *locked,
    }
}
