//! A hold whose end nobody knows: its answer was lost, or the process that asked for it. It may stand, or may come
//! late, and nothing else is asked for before that is over and what it may have left is given back.

use std::time::Duration;

use jiff::Timestamp;

use super::session::{is_final, turned};
use super::{Effect, Moment, Monitor, Stage};
use crate::offer::SeatGroup;
use crate::pace::later;
use crate::reading::Reading;
use crate::taken::Free;

/// No request is on its way for longer.
const LATE_MAX: Duration = Duration::from_secs(30);
const CLEAR_EVERY: Duration = Duration::from_secs(2);
const CLEARINGS_MAX: u32 = 5;

/// A hold whose end nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    groups: Vec<SeatGroup>,
    until: Timestamp,
}

impl Doubt {
    /// Doubt about holds for `groups`, the last of which was asked for at `asked_at` by a clock that may have been
    /// set since.
    pub fn about(groups: Vec<SeatGroup>, asked_at: Timestamp, now: Timestamp) -> Self {
        Self { groups, until: later(asked_at, LATE_MAX).min(later(now, LATE_MAX)) }
    }

    pub(super) fn groups(&self) -> &[SeatGroup] {
        &self.groups
    }
}

impl Monitor {
    /// Goes on in doubt about a hold for these seats, which stay taken.
    pub(super) fn in_doubt(self, group: SeatGroup, moment: &Moment) -> Self {
        let mut doubt = Doubt::about(vec![group], moment.now, moment.now);
        doubt.groups.extend(self.doubt.into_iter().flat_map(|before| before.groups));
        Self { doubt: Some(doubt), ..self }
    }

    /// An empty basket proves nothing while a hold may still come, nor of seats that are locked and in no basket yet.
    pub(super) fn on_empty_in_doubt(self, until: Timestamp, moment: &mut Moment) -> Self {
        if until > moment.now {
            moment.push(Effect::WakeAt(until));
            return self.at(Stage::Doubting { until });
        }
        moment.push(Effect::Release);
        self.at(Stage::Clearing { failures: 0, again_at: None })
    }

    /// Seats that cannot be given back expire by themselves.
    pub(super) fn on_cleared(self, result: &Result<(), Reading>, failures: u32, moment: &mut Moment) -> Self {
        if result.is_err() && failures < CLEARINGS_MAX {
            let at = later(moment.now, CLEAR_EVERY.saturating_mul(1 << failures));
            moment.push(Effect::WakeAt(at));
            return self.at(Stage::Clearing { failures: failures + 1, again_at: Some(at) });
        }
        let mut search = self.no_longer_in_doubt(moment);
        moment.push(Effect::Enter { seats: 0, cost: None });
        if let Some(met) = search.turned.take().map(turned).filter(is_final) {
            return search.go(met, 0, moment);
        }
        moment.push(Effect::Seek);
        search.at(Stage::Looking)
    }

    /// What came of it is known now, or nobody is left to find out.
    pub(super) fn no_longer_in_doubt(self, moment: &mut Moment) -> Self {
        for group in self.doubt.into_iter().flat_map(|doubt| doubt.groups) {
            moment.push(Effect::LetGo { group, free: Free::Later });
        }
        Self { doubt: None, ..self }
    }

    pub(super) fn doubt_until(&self) -> Option<Timestamp> {
        self.doubt.as_ref().map(|doubt| doubt.until)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Search, basket, group, silence};
    use super::super::{BasketReading, Input};
    use super::*;

    fn unread() -> Input {
        Input::BasketRead(BasketReading::Turned(Reading::Failing { reason: "down".into() }))
    }

    fn let_go() -> Effect {
        Effect::LetGo { group: group(20), free: Free::Later }
    }

    #[test]
    fn a_hold_whose_end_is_unknown_is_waited_for_and_cleared_before_anything_else_is_asked_for() {
        let mut search = Search::asking();
        search.on(silence());
        search.on(unread());
        assert!(!search.wants(&let_go()), "nobody else may ask for the seats");
        search.after(5, Input::Tick);
        search.on(Input::Prepared);
        search.on(basket(&[]));
        assert!(matches!(search.stage(), Stage::Doubting { .. }));
        search.after(10, Input::Tick);
        assert!(!search.wants(&Effect::ReadBasket), "it may still come");
        search.after(20, Input::Tick);
        assert!(search.wants(&Effect::ReadBasket));
        search.on(basket(&[]));
        assert!(search.wants(&Effect::Release), "seats may be locked and in no basket");
        search.on(Input::Released(Ok(())));
        assert_eq!(*search.stage(), Stage::Looking);
        assert!(search.wants(&let_go()) && search.wants(&Effect::Seek));
    }

    #[test]
    fn a_hold_that_comes_late_after_all_is_held() {
        let mut search = Search::asking();
        search.on(silence());
        search.on(unread());
        search.after(5, Input::Tick);
        search.on(Input::Prepared);
        search.on(basket(&[]));
        search.after(30, Input::Tick);
        search.on(basket(&["22", "23"]));
        assert!(search.wants(&Effect::Deliver));
    }

    #[test]
    fn a_check_that_was_met_while_clearing_calls_a_person_before_anything_else_is_asked_for() {
        let mut search =
            Search::in_doubt(Doubt::about(vec![group(20)], Search::BEGINNING, Search::BEGINNING));
        search.on(Input::Prepared);
        search.on(basket(&[]));
        search.after(30, Input::Tick);
        search.on(basket(&[]));
        search.on(Input::Released(Err(Reading::Human { reason: "a check".into() })));
        search.after(2, Input::Tick);
        search.on(Input::Released(Ok(())));
        assert!(!search.wants(&Effect::Seek));
        assert!(matches!(search.stage(), Stage::Calling { .. }), "{:?}", search.stage());
    }

    #[test]
    fn what_an_earlier_run_left_is_cleared_too() {
        let mut search =
            Search::in_doubt(Doubt::about(vec![group(20)], Search::BEGINNING, Search::BEGINNING));
        search.on(Input::Prepared);
        search.on(basket(&[]));
        search.after(30, Input::Tick);
        search.on(basket(&[]));
        for _ in 0..CLEARINGS_MAX {
            search.on(Input::Released(Err(Reading::Failing { reason: "down".into() })));
            search.after(60, Input::Tick);
            assert!(search.wants(&Effect::Release));
        }
        search.on(Input::Released(Err(Reading::Failing { reason: "down".into() })));
        assert_eq!(*search.stage(), Stage::Looking, "what nobody can give back expires by itself");
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_lengthen_the_doubt() {
        let now = Search::BEGINNING;
        let ahead = later(now, Duration::from_hours(2));
        assert_eq!(Doubt::about(vec![], ahead, now).until, later(now, LATE_MAX));
    }
}
