//! Stories of one search, told input by input.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story names what it looks for")]

use std::time::Duration;

use super::*;
use crate::criteria::TypeWanted;
use crate::hold::Basket;
use crate::ids::{AreaId, EventKey, ProfileId, SellerId};
use crate::limits::{Ledger, Limits};
use crate::offer::{Market, Part, PartSeats};
use crate::price::Currency;
use crate::seat::SeatRun;
use crate::status::Status;

pub(super) struct Search {
    pub(super) monitor: Option<Monitor>,
    ledger: Ledger,
    permits: usize,
    cost_max: Option<Price>,
    pub(super) now: Timestamp,
    pub(super) effects: Vec<Effect>,
}

fn ada() -> ProfileId {
    ProfileId::new("ada").unwrap()
}

fn key() -> EventKey {
    EventKey { seller: SellerId::new("northend").unwrap(), event: EventId::new("4001").unwrap() }
}

fn price(pounds: i64) -> Price {
    Price::new(pounds * 100, Currency::GBP)
}

pub(super) fn criteria() -> Arc<Criteria> {
    Arc::new(Criteria {
        seats: 2,
        together: true,
        wanted_type: TypeWanted::All,
        areas: vec![],
        rows: vec![],
        price_max: price(100),
    })
}

pub(super) fn group(x: i32) -> SeatGroup {
    SeatGroup {
        parts: vec![Part {
            area: AreaId::new("1205").unwrap(),
            area_name: None,
            market: Market::Exchange,
            band: Some("12".into()),
            class: None,
            price: price(61),
            seats: PartSeats::Run(SeatRun { y: 7, start: x, end: x + 1 }),
        }],
    }
}

fn seat(number: &str) -> BasketSeat {
    BasketSeat {
        event: Some(key().event),
        area: Some("East Lower 5".into()),
        block: None,
        row: Some("11".into()),
        seat: Some(number.into()),
        price: Some(price(61)),
    }
}

pub(super) fn basket(numbers: &[&str]) -> Input {
    let seats = numbers.iter().map(|number| seat(number)).collect();
    Input::BasketRead(BasketReading::Read(Basket { seats, expires_in: Some(Duration::from_mins(10)) }))
}

pub(super) fn refused() -> Input {
    Input::HoldAnswered(HoldOutcome::Refused { status: 400, reason: "no".into(), locked: false })
}

pub(super) fn granted() -> Input {
    Input::HoldAnswered(HoldOutcome::Granted { seats: vec![] })
}

fn down() -> Reading {
    Reading::Failing { reason: "down".into() }
}

pub(super) fn silence() -> Input {
    Input::HoldAnswered(HoldOutcome::Unknown { reason: "no answer".into() })
}

impl Search {
    pub(super) const BEGINNING: Timestamp = Timestamp::constant(1_790_000_000, 0);

    pub(super) fn new() -> Self {
        let (monitor, effects) = Monitor::start(key().event, criteria(), None);
        assert_eq!(effects, [Effect::Prepare]);
        Self::of(monitor)
    }

    /// After a run that left a hold open.
    pub(super) fn in_doubt(doubt: Doubt) -> Self {
        let (monitor, effects) = Monitor::start(key().event, criteria(), Some(doubt));
        assert_eq!(effects, [Effect::Take(group(20)), Effect::Prepare]);
        Self::of(monitor)
    }

    fn of(monitor: Monitor) -> Self {
        let (monitor, ledger, now) = (Some(monitor), Ledger::default(), Self::BEGINNING);
        Self { monitor, ledger, permits: 0, cost_max: None, now, effects: vec![] }
    }

    /// In line for seats, its basket read and empty.
    pub(super) fn looking() -> Self {
        let mut search = Self::new();
        search.on(Input::Prepared);
        search.on(basket(&[]));
        assert_eq!(*search.stage(), Stage::Looking);
        search
    }

    /// With a hold on its way.
    pub(super) fn asking() -> Self {
        let mut search = Self::looking();
        search.on(Input::Allotted(group(20)));
        assert_eq!(search.attempts(), [Try::First]);
        search
    }

    /// Takes an input; the ledger answers what is asked of it at once, as the runner does.
    pub(super) fn on(&mut self, input: Input) {
        let (monitor, effects) = self.monitor.take().unwrap().step(input, self.now);
        self.monitor = Some(monitor);
        self.effects.clear();
        let mut answers = vec![];
        for effect in effects {
            match effect {
                Effect::Enter { seats, cost } => self.ledger.basket_read(&ada(), &key(), seats, cost),
                Effect::Forget => self.ledger.forget(&ada(), &key()),
                Effect::Settle { permit, seats, cost } => {
                    self.permits -= 1;
                    self.ledger.settle(permit, seats, cost);
                }
                Effect::AskPermit { seats, cost } => {
                    let limits = Limits { posted: Some(4), own: None, cost_max: self.cost_max };
                    let permit = self.ledger.permit(&ada(), &key(), &limits, (seats, cost));
                    self.permits += usize::from(permit.is_ok());
                    answers.push(permit.map_or_else(Input::Denied, Input::Permitted));
                }
                other => self.effects.push(other),
            }
        }
        for answer in answers {
            self.on(answer);
        }
    }

    pub(super) fn after(&mut self, seconds: i64, input: Input) {
        self.now += jiff::SignedDuration::from_secs(seconds);
        self.on(input);
    }

    pub(super) fn stage(&self) -> &Stage {
        self.monitor.as_ref().unwrap().stage()
    }

    pub(super) fn status(&self) -> Status {
        self.monitor.as_ref().unwrap().status(None, None)
    }

    pub(super) fn wants(&self, effect: &Effect) -> bool {
        self.effects.contains(effect)
    }

    pub(super) fn attempts(&self) -> Vec<Try> {
        let attempt = |effect: &Effect| match effect {
            Effect::Hold { attempt, .. } => Some(*attempt),
            _ => None,
        };
        self.effects.iter().filter_map(attempt).collect()
    }

    /// Permits that were given and not given back.
    pub(super) fn permits(&self) -> usize {
        self.permits
    }

    fn held(&self) -> u32 {
        self.ledger.held(&ada(), &key()).unwrap_or_default()
    }
}

#[test]
fn a_hold_counts_when_the_basket_proves_it() {
    let mut search = Search::asking();
    search.on(granted());
    assert!(search.wants(&Effect::ReadBasket));
    assert_eq!(search.status(), Status::SearchingTickets);
    search.on(basket(&["22", "23"]));
    assert_eq!(search.status(), Status::Tickets);
    assert!(search.wants(&Effect::Deliver));
    assert_eq!(search.held(), 2);
    assert_eq!(search.monitor.as_ref().unwrap().held().unwrap().total, Some(price(122)));
}

#[test]
fn a_refusal_is_followed_by_one_fresh_key_one_seat_view_and_a_ticket_fall() {
    let mut search = Search::asking();
    search.on(refused());
    assert!(search.wants(&Effect::ReadKey) && search.attempts().is_empty());
    search.on(Input::KeyRead);
    assert_eq!(search.attempts(), [Try::FreshKey]);
    search.on(refused());
    assert!(search.wants(&Effect::ViewSeats { instead_of: group(20) }) && search.attempts().is_empty());
    search.on(Input::SeatsViewed(Some(group(30))));
    assert_eq!(search.attempts(), [Try::SeatView]);
    search.on(refused());
    assert!(search.attempts().is_empty());
    assert!(search.wants(&Effect::LetGo { group: group(30), free: Free::Later }));
    assert_eq!(search.status(), Status::TicketFall { at: search.now });
    assert_eq!(*search.stage(), Stage::Looking);
}

#[test]
fn nothing_on_the_seat_map_ends_the_try() {
    let mut search = Search::asking();
    search.on(refused());
    search.on(Input::KeyRead);
    search.on(refused());
    search.on(Input::SeatsViewed(None));
    assert!(search.attempts().is_empty());
    assert!(matches!(search.status(), Status::TicketFall { .. }));
}

#[test]
fn more_seats_than_permitted_are_not_asked_for() {
    let mut search = Search::asking();
    for input in [refused(), Input::KeyRead, refused()] {
        search.on(input);
    }
    let mut more = group(30);
    more.parts.extend(group(40).parts);
    search.on(Input::SeatsViewed(Some(more.clone())));
    assert!(search.attempts().is_empty());
    assert!(search.wants(&Effect::LetGo { group: more, free: Free::Later }));
}

#[test]
fn refusals_in_a_row_are_followed_by_growing_pauses() {
    let mut search = Search::asking();
    for pause in [0, 1, 2, 4] {
        for input in [refused(), Input::KeyRead, refused(), Input::SeatsViewed(None)] {
            search.on(input);
        }
        if pause > 0 {
            let until = crate::pace::later(search.now, Duration::from_secs(pause));
            assert_eq!(*search.stage(), Stage::Cooling { until });
            search.on(Input::Allotted(group(40)));
            assert!(search.wants(&Effect::LetGo { group: group(40), free: Free::AtOnce }));
            search.after(i64::try_from(pause).unwrap(), Input::Tick);
        }
        assert!(search.wants(&Effect::Seek));
        search.on(Input::Allotted(group(20)));
        assert_eq!(search.attempts(), [Try::First]);
    }
}

#[test]
fn a_timeout_is_answered_by_the_basket_and_never_by_asking_again() {
    let mut search = Search::asking();
    search.on(silence());
    for wait in [5, 20] {
        assert!(search.wants(&Effect::ReadBasket) && search.attempts().is_empty());
        search.on(basket(&[]));
        search.after(wait, Input::Tick);
    }
    search.on(basket(&[]));
    assert!(search.wants(&Effect::Release) && search.attempts().is_empty());
    search.on(Input::Released(Ok(())));
    assert_eq!((search.held(), search.stage()), (0, &Stage::Looking));
}

#[test]
fn a_hold_that_was_granted_in_silence_is_found_in_the_basket() {
    let mut search = Search::asking();
    search.on(silence());
    search.on(basket(&[]));
    search.after(5, Input::Tick);
    search.on(basket(&["22", "23"]));
    assert_eq!((search.held(), search.status()), (2, Status::Tickets));
}

#[test]
fn a_late_grant_is_released() {
    let mut search = Search::asking();
    search.on(Input::Stop);
    assert!(matches!(search.stage(), Stage::Stopping { .. }));
    search.on(granted());
    assert!(search.wants(&Effect::Release));
    search.on(Input::Released(Ok(())));
    assert_eq!(*search.stage(), Stage::Ended(End::Stopped));
    search.on(granted());
    assert_eq!(search.effects, [Effect::Release]);
}

#[test]
fn a_late_refusal_leaves_the_state_alone() {
    let mut search = Search::looking();
    search.on(refused());
    search.on(Input::KeyRead);
    search.on(Input::SeatsViewed(Some(group(20))));
    search.on(Input::Released(Ok(())));
    assert_eq!(search.effects, []);
    assert_eq!(*search.stage(), Stage::Looking);
}

#[test]
fn a_hold_that_nobody_wants_is_released() {
    let mut search = Search::asking();
    search.on(granted());
    search.on(basket(&["22"]));
    assert!(search.wants(&Effect::Release));
    search.on(Input::Released(Ok(())));
    assert!(search.wants(&Effect::LetGo { group: group(20), free: Free::Later }));
    assert_eq!(search.held(), 0);
}

#[test]
fn locked_seats_are_given_back_when_a_later_step_is_refused() {
    let mut search = Search::asking();
    let outcome = HoldOutcome::Refused { status: 400, reason: "class".into(), locked: true };
    search.on(Input::HoldAnswered(outcome));
    assert!(search.wants(&Effect::Release) && !search.wants(&Effect::ReadKey));
}

#[test]
fn seats_that_cannot_be_given_back_are_told_and_the_basket_is_read_before_the_next_hold() {
    let mut search = Search::asking();
    search.on(granted());
    search.on(basket(&["22"]));
    for _ in 0..5 {
        search.on(Input::Released(Err(down())));
        search.after(60, Input::Tick);
        assert!(search.wants(&Effect::Release));
    }
    search.on(Input::Released(Err(down())));
    assert!(search.wants(&Effect::Tell(Story::NotReleased("down".into()))));
    assert!(matches!(search.stage(), Stage::Preparing { .. }));
    assert_eq!(search.ledger.held(&ada(), &key()), None);
}

#[test]
fn nothing_resumes_before_its_basket_has_been_read() {
    let mut search = Search::new();
    search.on(Input::Allotted(group(20)));
    assert_eq!(search.effects, [Effect::LetGo { group: group(20), free: Free::AtOnce }]);
    search.on(Input::Prepared);
    assert_eq!(search.effects, [Effect::ReadBasket]);
    search.on(basket(&["22", "23"]));
    assert_eq!((search.held(), search.status()), (2, Status::Tickets));
    assert!(search.wants(&Effect::Deliver) && !search.wants(&Effect::Seek));
}

#[test]
fn a_block_ends_the_search_even_in_the_middle_of_a_hold() {
    let mut search = Search::asking();
    let reading = Reading::Blocked { reason: "paused".into() };
    search.on(Input::HoldAnswered(HoldOutcome::Turned { reading, locked: false }));
    assert_eq!(search.status(), Status::Blocked { reason: "paused".into() });
    assert_eq!(search.ledger.held(&ada(), &key()), Some(0));
}

#[test]
fn a_lost_session_is_taken_again_once_and_then_with_pauses() {
    let mut search = Search::looking();
    search.on(Input::Turned(Reading::SignedOut));
    assert!(search.wants(&Effect::Prepare) && search.wants(&Effect::Withdraw));
    search.on(Input::Turned(Reading::SignedOut));
    assert!(matches!(search.status(), Status::SessionError { .. }));
    search.after(4, Input::Tick);
    assert_eq!(search.effects, []);
    search.after(1, Input::Tick);
    assert_eq!(search.effects, [Effect::Prepare]);
    search.on(Input::SessionFailed("no browser".into()));
    assert_eq!(search.status(), Status::SessionError { reason: "no browser".into() });
    search.after(10, Input::Tick);
    search.on(Input::Prepared);
    search.on(basket(&[]));
    assert_eq!(search.status(), Status::SearchingTickets);
}

#[test]
fn a_missing_keyword_is_its_own_status() {
    let mut search = Search::new();
    search.on(Input::Turned(Reading::KeyMissing { reason: "no keyword".into() }));
    assert_eq!(search.status(), Status::KeyNotFound { reason: "no keyword".into() });
}

#[test]
fn a_basket_that_cannot_be_read_leaves_the_search_as_a_restart_would_find_it() {
    let mut search = Search::asking();
    search.on(granted());
    search.on(Input::BasketRead(BasketReading::Turned(Reading::SignedOut)));
    assert!(search.wants(&Effect::Prepare));
    assert_eq!(search.ledger.held(&ada(), &key()), None);
    search.on(Input::Prepared);
    search.on(basket(&["22", "23"]));
    assert_eq!((search.held(), search.status()), (2, Status::Tickets));
}

#[test]
fn a_hold_that_left_the_basket_ends_the_search() {
    let mut search = Search::asking();
    search.on(granted());
    search.on(basket(&["22", "23"]));
    search.on(Input::Delivered);
    search.after(601, Input::Tick);
    assert_eq!(search.effects, []);
    search.after(1, Input::Tick);
    assert_eq!(search.effects, [Effect::ReadBasket]);
    search.on(Input::BasketRead(BasketReading::Turned(Reading::Failing { reason: "503".into() })));
    assert_eq!(search.status(), Status::Tickets);
    search.after(62, Input::Tick);
    search.on(basket(&[]));
    assert_eq!(*search.stage(), Stage::Ended(End::HoldOver));
    assert!(search.wants(&Effect::LetGo { group: group(20), free: Free::AtOnce }));
}

#[test]
fn rows_are_asked_for_by_name() {
    let mut search = Search::looking();
    let rows = Arc::new(Criteria { rows: vec!["11".into()], ..(*criteria()).clone() });
    search.on(Input::Reconfigured(rows));
    search.on(Input::Allotted(group(20)));
    assert!(search.wants(&Effect::Hold { request: HoldRequest::Seats(group(20)), attempt: Try::First }));
}

#[test]
fn a_renewal_does_not_leave_the_line() {
    let mut search = Search::looking();
    search.on(Input::RenewalDue);
    assert_eq!(search.effects, [Effect::Prepare]);
    search.on(Input::Allotted(group(20)));
    assert_eq!(search.attempts(), [Try::First]);
    search.on(Input::Prepared);
    assert!(matches!(search.stage(), Stage::Asking { .. }));
}

#[test]
fn stopping_leaves_proven_seats_for_the_member_to_pay() {
    let mut search = Search::asking();
    search.on(granted());
    search.on(basket(&["22", "23"]));
    search.on(Input::Stop);
    assert!(!search.wants(&Effect::Release));
    assert_eq!(*search.stage(), Stage::Ended(End::Stopped));
}

#[test]
fn a_session_that_ended_under_held_seats_is_taken_anew_to_read_the_basket() {
    let mut search = Search::asking();
    search.on(granted());
    search.on(basket(&["22", "23"]));
    search.on(Input::Delivered);
    search.after(700, Input::Tick);
    search.on(Input::BasketRead(BasketReading::Turned(Reading::SignedOut)));
    assert!(search.wants(&Effect::Prepare));
    assert_eq!(search.status(), Status::Tickets);
    search.on(Input::Prepared);
    search.after(70, Input::Tick);
    search.on(basket(&[]));
    assert_eq!(*search.stage(), Stage::Ended(End::HoldOver));
}

#[test]
fn a_release_that_is_on_its_way_is_not_sent_again() {
    let mut search = Search::asking();
    search.on(silence());
    search.on(basket(&[]));
    search.after(1, Input::Stop);
    assert!(search.wants(&Effect::Release));
    search.after(4, Input::Tick);
    assert!(!search.wants(&Effect::Release), "the tick was for the basket's next reading");
    search.on(Input::Released(Err(down())));
    search.after(2, Input::Tick);
    assert!(search.wants(&Effect::Release));
}

#[test]
fn a_check_that_is_met_while_a_hold_is_on_its_way_calls_a_person_when_the_hold_is_over() {
    let mut search = Search::asking();
    search.on(Input::Turned(Reading::Human { reason: "a check".into() }));
    search.on(silence());
    search.on(basket(&[]));
    for wait in [5, 20] {
        search.after(wait, Input::Tick);
        search.on(basket(&[]));
    }
    search.on(Input::Released(Ok(())));
    assert!(!search.wants(&Effect::Seek));
    assert!(
        search.effects.iter().any(|effect| matches!(effect, Effect::CallPerson(_))),
        "{:?}",
        search.effects
    );
}

#[test]
fn a_check_that_a_release_meets_calls_a_person_once_the_seats_are_given_back() {
    let mut search = Search::asking();
    let locked = HoldOutcome::Refused { status: 400, reason: "no".into(), locked: true };
    search.on(Input::HoldAnswered(locked));
    search.on(Input::Released(Err(Reading::Human { reason: "a check".into() })));
    search.after(2, Input::Tick);
    assert!(search.wants(&Effect::Release), "seats are given back all the same");
    search.on(Input::Released(Ok(())));
    assert!(!search.wants(&Effect::Seek));
    assert!(matches!(search.stage(), Stage::Calling { .. }), "{:?}", search.stage());
}

#[test]
fn a_check_that_is_met_while_a_hold_is_on_its_way_is_not_forgotten_when_the_basket_cannot_be_read() {
    let mut search = Search::asking();
    search.on(Input::Turned(Reading::Human { reason: "a check".into() }));
    search.on(silence());
    search.on(Input::BasketRead(BasketReading::Turned(down())));
    assert!(
        search.effects.iter().any(|effect| matches!(effect, Effect::CallPerson(_))),
        "{:?}",
        search.effects
    );
}

#[test]
fn nobody_looks_with_a_session_that_met_a_queue_while_its_hold_was_proven() {
    let mut search = Search::asking();
    search.on(granted());
    search.on(Input::Turned(Reading::Queue { url: "https://queue.example".into() }));
    search.on(basket(&["22", "23"]));
    assert!(search.wants(&Effect::Withdraw) && !search.wants(&Effect::Sit));
    assert_eq!(search.status(), Status::Tickets);
}

#[test]
fn seats_that_the_seller_chose_dearer_than_the_members_cap_are_given_back() {
    let mut search = Search { cost_max: Some(price(125)), ..Search::looking() };
    search.on(Input::Allotted(group(20)));
    search.on(granted());
    let dear = BasketSeat { price: Some(price(64)), ..seat("22") };
    let seats = vec![dear, seat("23")];
    search.on(Input::BasketRead(BasketReading::Read(Basket { seats: seats.clone(), expires_in: None })));
    assert_eq!(search.status(), Status::Tickets, "125 is not over the cap");

    let mut search = Search { cost_max: Some(price(124)), ..Search::looking() };
    search.on(Input::Allotted(group(20)));
    search.on(granted());
    search.on(Input::BasketRead(BasketReading::Read(Basket { seats, expires_in: None })));
    assert!(search.wants(&Effect::Release), "{:?}", search.stage());
}
