//! Stories of a search that calls a person, told input by input.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story names what it looks for")]

use super::super::tests::{Search, basket};
use super::super::{Input, Stage, Story};
use super::*;
use crate::hold::HoldOutcome;
use crate::reading::Reading;

const URL: &str = "https://queue.example/";

fn queue_met() -> Input {
    Input::Turned(Reading::Queue { url: URL.to_owned() })
}

fn room(shows: RoomShows) -> Input {
    Input::PersonSeen(PersonSeen::Room { url: URL.to_owned(), shows })
}

fn line(place: u32) -> Input {
    room(RoomShows::Line { place: Some(place), expected: None })
}

fn refused_pass() -> Input {
    room(RoomShows::Refused { why: "too late".to_owned() })
}

fn failed() -> Called {
    Called::Failed { why: "no answer".to_owned() }
}

/// In a queue whose page is open.
fn queueing() -> Search {
    let mut search = Search::looking();
    search.on(queue_met());
    search.on(Input::PersonCalled(Called::Shown));
    search
}

/// Through a queue, and looking with its pass.
fn admitted() -> Search {
    let mut search = queueing();
    for input in [Input::PersonSeen(PersonSeen::Through), Input::Prepared, basket(&[])] {
        search.on(input);
    }
    assert_eq!(*search.stage(), Stage::Looking);
    search
}

fn calls(search: &Search) -> usize {
    search.effects.iter().filter(|effect| matches!(effect, Effect::CallPerson(_))).count()
}

fn shows_again(search: &Search) -> bool {
    search.effects.iter().any(|effect| matches!(effect, Effect::ShowAgain(_)))
}

fn told(search: &Search) -> usize {
    let is_told = |effect: &&Effect| matches!(effect, Effect::Tell(Story::Person { .. }));
    search.effects.iter().filter(is_told).count()
}

fn words(search: &Search) -> Option<String> {
    match search.status() {
        Status::Queue { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_captcha_stops_the_search_and_calls_a_person() {
    let mut search = Search::looking();
    search.on(Input::Turned(Reading::Human { reason: "captcha".into() }));
    assert!(search.wants(&Effect::CallPerson(Person::Check { reason: "captcha".into() })));
    assert!(search.wants(&Effect::Withdraw));
    search.on(Input::PersonCalled(Called::Shown));
    assert_eq!(told(&search), 1);
    search.after(3, Input::Tick);
    assert_eq!(search.effects, [Effect::LookForPerson]);
    search.on(Input::PersonSeen(PersonSeen::Check { reason: "captcha".into() }));
    assert_eq!((search.status(), told(&search)), (Status::Captcha { reason: "captcha".into() }, 0));
    search.on(Input::PersonSeen(PersonSeen::Through));
    assert_eq!(search.effects, [Effect::Prepare]);
}

#[test]
fn a_waiting_room_is_waited_in_with_the_place_shown() {
    let mut search = Search::looking();
    search.on(queue_met());
    assert!(search.wants(&Effect::Withdraw) && calls(&search) == 1);
    search.on(Input::PersonCalled(Called::Shown));
    assert_eq!(told(&search), 1);
    search.on(line(12));
    assert_eq!(search.status(), Status::Queue { place: Some(12), expected: None, reason: None });
    assert_eq!(told(&search), 0);
}

#[test]
fn nothing_is_looked_at_before_it_is_shown() {
    let mut search = Search::looking();
    search.on(queue_met());
    search.after(60, Input::Tick);
    assert_eq!(search.effects, []);
}

#[test]
fn a_page_that_was_closed_is_shown_again_after_growing_waits_and_told_once() {
    let mut search = Search::looking();
    search.on(queue_met());
    search.on(Input::PersonCalled(Called::Shown));
    for wait in [3, 6, 12, 24, 48, 60, 60] {
        let until = later(search.now, Duration::from_secs(wait));
        assert!(search.wants(&Effect::WakeAt(until)), "{:?}", search.effects);
        search.after(i64::try_from(wait).unwrap(), Input::PersonSeen(PersonSeen::Away));
        assert!(shows_again(&search));
        search.on(Input::PersonShown(Called::Shown));
        assert_eq!(told(&search), 0);
    }
}

#[test]
fn what_could_not_be_seen_says_nothing() {
    let mut search = queueing();
    search.on(line(12));
    search.on(Input::PersonSeen(PersonSeen::Unclear));
    assert!(!shows_again(&search));
    assert_eq!(search.status(), Status::Queue { place: Some(12), expected: None, reason: None });
}

#[test]
fn a_refused_pass_is_taken_back_to_the_queue_so_many_times_with_growing_waits() {
    let mut search = queueing();
    for wait in [6, 12, 24, 48, 60] {
        search.on(line(3));
        search.on(refused_pass());
        assert_eq!(words(&search).unwrap(), "the waiting room did not accept the pass: too late");
        assert!(shows_again(&search) && told(&search) == 0);
        search.on(Input::PersonShown(Called::Shown));
        let until = later(search.now, Duration::from_secs(wait));
        assert!(search.wants(&Effect::WakeAt(until)), "{:?}", search.effects);
    }
    search.on(refused_pass());
    assert!(!shows_again(&search) && told(&search) == 1);
    search.on(refused_pass());
    assert!(!shows_again(&search) && told(&search) == 0);
    search.on(line(3));
    assert_eq!(words(&search), None);
}

#[test]
fn each_page_of_the_room_has_words_of_its_own_and_is_told_once() {
    let mut search = queueing();
    for (shows, said) in [
        (RoomShows::Before { place: None, expected: None }, "the waiting room is not open yet"),
        (RoomShows::Paused { place: Some(4) }, "the queue is paused"),
    ] {
        search.on(room(shows.clone()));
        assert_eq!((words(&search).as_deref(), told(&search)), (Some(said), 1));
        search.on(room(shows));
        assert_eq!(told(&search), 0);
        search.on(line(4));
        assert_eq!((words(&search), told(&search)), (None, 0));
    }
    search.on(room(RoomShows::Check));
    assert!(matches!(search.status(), Status::Captcha { .. }) && told(&search) == 1);
    search.on(line(4));
    assert_eq!(words(&search), None);
}

#[test]
fn a_browser_that_ends_in_the_queue_is_started_so_many_times_and_then_a_person_is_called() {
    let mut search = queueing();
    for _ in 0..SETBACKS_MAX {
        search.on(Input::PersonSeen(PersonSeen::Gone));
        assert!(shows_again(&search));
        search.on(Input::PersonShown(Called::Shown));
        search.on(line(3));
    }
    search.on(Input::PersonSeen(PersonSeen::Gone));
    assert!(!shows_again(&search) && told(&search) == 1);
    assert!(matches!(search.status(), Status::SessionError { .. }));
    search.on(Input::PersonSeen(PersonSeen::Gone));
    assert!(!shows_again(&search) && told(&search) == 0);
    search.on(line(3));
    assert_eq!(words(&search), None);
}

#[test]
fn a_browser_that_is_not_ours_to_start_is_a_session_error_until_it_is_back() {
    let mut search = queueing();
    search.on(line(3));
    search.on(Input::PersonSeen(PersonSeen::Gone));
    search.on(Input::PersonShown(failed()));
    assert_eq!(told(&search), 1);
    let reason = "nobody waits in the queue: no answer".to_owned();
    assert_eq!(search.status(), Status::SessionError { reason });
    search.on(Input::PersonSeen(PersonSeen::Gone));
    search.on(Input::PersonShown(failed()));
    assert_eq!(told(&search), 0, "once is enough");
    search.on(Input::PersonSeen(PersonSeen::Away));
    search.on(Input::PersonShown(Called::Shown));
    assert_eq!(words(&search), None);
}

#[test]
fn a_pass_that_ran_out_is_told_from_one_that_was_not_taken_and_from_a_first_queue() {
    let mut search = admitted();
    search.on(queue_met());
    assert_eq!((calls(&search), words(&search).as_deref()), (1, Some("the pass ran out")));
    search.on(Input::PersonCalled(Called::Shown));
    search.on(line(9));
    assert_eq!(words(&search).as_deref(), Some("the pass ran out"));
    search.on(Input::PersonSeen(PersonSeen::Through));
    search.on(queue_met());
    assert_eq!(words(&search).as_deref(), Some("the pass did not let us through"));
    assert_eq!(words(&queueing()), None);
}

#[test]
fn a_check_of_the_seller_after_the_queue_and_a_queue_after_a_check_change_the_word() {
    let mut search = queueing();
    search.on(Input::PersonSeen(PersonSeen::Check { reason: "captcha".into() }));
    assert_eq!((search.status(), told(&search)), (Status::Captcha { reason: "captcha".into() }, 1));
    search.on(line(7));
    assert_eq!(search.status(), Status::Queue { place: Some(7), expected: None, reason: None });
}

#[test]
fn a_hold_that_meets_the_queue_is_not_asked_again() {
    for locked in [false, true] {
        let mut search = Search::asking();
        let reading = Reading::Queue { url: URL.to_owned() };
        search.on(Input::HoldAnswered(HoldOutcome::Turned { reading, locked }));
        assert!(search.attempts().is_empty() && !search.wants(&Effect::Release), "{:?}", search.effects);
        assert_eq!((calls(&search), search.permits()), (1, 0));
        let not_released = |effect: &Effect| matches!(effect, Effect::Tell(Story::NotReleased(_)));
        assert_eq!(search.effects.iter().any(not_released), locked);
    }
}

#[test]
fn a_release_that_meets_the_queue_is_not_tried_again() {
    let mut search = Search::asking();
    let outcome = HoldOutcome::Refused { status: 400, reason: "class".into(), locked: true };
    search.on(Input::HoldAnswered(outcome));
    search.on(Input::Released(Err(Reading::Queue { url: URL.to_owned() })));
    assert_eq!((calls(&search), search.permits()), (1, 0));
    search.after(60, Input::Tick);
    assert!(!search.wants(&Effect::Release));
}
