//! The line, the tokens and the passes together, by hand-moved clocks.

use proptest::prelude::*;

use super::*;
use crate::event::{CUP_TIE, LEAGUE_MATCH};
use crate::script::{Pause, RoomSecret};

const SECRET: &str = "for tests";

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// One let through a second, two of them before anybody joins.
fn script() -> Room {
    Room { ahead: 2, secret: Some(RoomSecret::new(SECRET)), ..Room::default() }
}

fn room(script: Room) -> QueueRoom {
    QueueRoom::new(7, script)
}

fn client(id: &str) -> Client {
    Client::Visitor { id: id.to_owned() }
}

fn join(room: &mut QueueRoom, now: Duration) -> String {
    match room.visit(None, "/northend/", now) {
        Visit::Place { queue_id, .. } => queue_id,
        other @ (Visit::NotNeeded | Visit::Full) => panic!("no place but {other:?}"),
    }
}

fn line(room: &mut QueueRoom, id: &str, now: Duration) -> Line {
    match room.look(id, now) {
        Some(Sight::Line(line)) => line,
        other => panic!("not in the line but {other:?}"),
    }
}

/// The token that the browser of this place goes on with.
fn token(room: &mut QueueRoom, id: &str, now: Duration) -> String {
    match room.look(id, now) {
        Some(Sight::Onward { url }) => url.split_once("queueittoken=").unwrap().1.to_owned(),
        other => panic!("no way on but {other:?}"),
    }
}

fn pass(room: &mut QueueRoom, token: &str, who: &Client, now: Duration) -> String {
    match room.enter(token, who, now) {
        Entry::Pass(pass) => pass,
        other @ (Entry::BadHash | Entry::Expired) => panic!("no pass but {other:?}"),
    }
}

/// Waits in the line and enters the site, all by `until`.
fn wait_and_enter(room: &mut QueueRoom, who: &Client, until: Duration) -> String {
    let id = join(room, Duration::ZERO);
    let token = token(room, &id, until);
    pass(room, &token, who, until)
}

#[test]
fn a_place_moves_up_and_goes_on_when_its_number_is_up() {
    let mut room = room(script());
    let id = join(&mut room, secs(0));
    let first = line(&mut room, &id, secs(0));
    assert_eq!((first.number, first.ahead, first.percent, first.wait), (3, 2, 0, Some(secs(3))));
    let last = line(&mut room, &id, secs(2));
    assert_eq!((last.number, last.ahead, last.percent, last.wait), (3, 0, 66, Some(secs(1))));
    let token = token(&mut room, &id, secs(3));
    assert!(token.starts_with(&format!("e_matchday~ts_123~ce_true~rt_queue~q_{id}~h_")), "{token}");
    assert!(matches!(room.enter(&token, &client("a"), secs(4)), Entry::Pass(_)));
    let book = room.book(secs(4));
    assert_eq!(book.places[0].standing, PlaceStanding::Gone { at: secs(4) });
    assert_eq!((book.passes(), book.violations), (1, Vec::new()));
}

#[test]
fn a_browser_has_one_place_and_another_has_another() {
    let mut room = room(script());
    let id = join(&mut room, secs(0));
    let again = room.visit(Some(&id), "/northend/other", secs(1));
    assert!(matches!(again, Visit::Place { queue_id, .. } if queue_id == id));
    assert_ne!(join(&mut room, secs(1)), id);
    assert_eq!(room.book(secs(1)).places.len(), 2);
    let Some(Sight::Onward { url }) = room.look(&id, secs(3)) else { panic!("it does not go on") };
    assert!(url.starts_with("/northend/other?queueittoken="), "the last visit says where to go: {url}");
}

#[test]
fn a_place_that_was_used_or_missed_its_turn_begins_at_the_end() {
    let mut room = room(script());
    let (used, missed) = (join(&mut room, secs(0)), join(&mut room, secs(0)));
    let token = token(&mut room, &used, secs(3));
    pass(&mut room, &token, &client("a"), secs(3));
    assert_eq!(room.look(&used, secs(3)), None);
    let Visit::Place { queue_id, sight } = room.visit(Some(&used), "/", secs(3)) else { panic!("no place") };
    assert!(queue_id != used && matches!(sight, Sight::Line(_)), "{sight:?}");
    assert!(room.look(&missed, secs(4)).is_some());
    assert_eq!(room.look(&missed, secs(125)), None);
}

#[test]
fn a_token_that_is_forged_late_or_for_another_line_gives_no_pass() {
    let mut room = room(script());
    let id = join(&mut room, secs(0));
    let good = token(&mut room, &id, secs(3));
    let ada = client("a");
    assert_eq!(room.enter(&good.replace("ts_123", "ts_999"), &ada, secs(4)), Entry::BadHash);
    assert_eq!(room.enter("", &ada, secs(4)), Entry::BadHash);
    let other = Token { event: "other".to_owned(), until: 999, extend: true, queue_id: id };
    assert_eq!(room.enter(&other.write(&Seal::new(SECRET)), &ada, secs(4)), Entry::BadHash);
    assert_eq!(room.enter(&good, &ada, secs(124)), Entry::Expired);
    assert!(matches!(room.enter(&good, &ada, secs(123)), Entry::Pass(_)));
}

#[test]
fn a_pass_lasts_as_long_as_it_is_used() {
    let mut room = room(Room { pass_minutes: 1, ..script() });
    let ada = client("a");
    let first = wait_and_enter(&mut room, &ada, secs(10));
    let Leave::Renewed(second) = room.admit(Some(&first), &ada, secs(69)) else { panic!("not renewed") };
    assert_eq!(room.admit(Some(&first), &ada, secs(70)), Leave::TurnedAway);
    assert!(matches!(room.admit(Some(&second), &ada, secs(128)), Leave::Renewed(_)));
    assert_eq!(room.admit(None, &ada, secs(128)), Leave::TurnedAway);
}

#[test]
fn a_pass_that_is_not_extended_ends_when_it_says() {
    let mut room = room(Room { pass_minutes: 1, extend: false, ..script() });
    let ada = client("a");
    let pass = wait_and_enter(&mut room, &ada, secs(10));
    assert_eq!(room.admit(Some(&pass), &ada, secs(69)), Leave::Stay);
    assert_eq!(room.admit(Some(&pass), &ada, secs(70)), Leave::TurnedAway);
}

#[test]
fn whoever_passes_without_waiting_is_in_the_books() {
    let mut room = room(script());
    let waiting = join(&mut room, secs(0));
    for queue_id in ["made-up".to_owned(), waiting] {
        let forged = Token { event: "matchday".to_owned(), until: 60, extend: true, queue_id };
        pass(&mut room, &forged.write(&Seal::new(SECRET)), &client("a"), secs(1));
    }
    assert_eq!(room.book(secs(1)).violations, ["visitor 1 passed the waiting room without waiting"]);
}

#[test]
fn a_cookie_that_no_place_led_to_is_in_the_books() {
    let mut room = room(script());
    let id = join(&mut room, secs(0));
    let forged = Pass { event: "matchday".to_owned(), queue_id: id, fixed_minutes: None, issued: 1 };
    let cookie = forged.write(&Seal::new(SECRET));
    assert!(matches!(room.admit(Some(&cookie), &client("a"), secs(1)), Leave::Renewed(_)));
    assert_eq!(room.book(secs(1)).violations, ["visitor 1 passed the waiting room without waiting"]);
}

#[test]
fn a_pass_in_two_sessions_is_in_the_books() {
    let mut room = room(script());
    let pass = wait_and_enter(&mut room, &client("a"), secs(10));
    room.admit(Some(&pass), &client("a"), secs(11));
    assert_eq!(room.book(secs(11)).violations, Vec::<String>::new());
    room.admit(Some(&pass), &client("b"), secs(12));
    assert_eq!(room.book(secs(12)).violations, ["visitor 2 used the pass of visitor 1"]);
}

#[test]
fn a_soft_block_wants_the_code_and_the_word_of_a_person() {
    let mut room = room(Room { soft_block: true, ..script() });
    let id = join(&mut room, secs(0));
    let code = |room: &mut QueueRoom| match room.look(&id, secs(1)) {
        Some(Sight::Check { code, missed }) => Some((code, missed)),
        Some(Sight::Line(_) | Sight::Onward { .. }) | None => None,
    };
    let (first, missed) = code(&mut room).unwrap();
    assert_eq!(missed, 0);
    room.answer_check(&id, &first, false, secs(1));
    let (second, missed) = code(&mut room).unwrap();
    assert!(second != first && missed == 1);
    room.answer_check(&id, &first, true, secs(1));
    let (third, _) = code(&mut room).unwrap();
    assert_eq!(room.book(secs(1)).places[0].number, None);
    room.answer_check(&id, &third.to_lowercase(), true, secs(1));
    assert_eq!(line(&mut room, &id, secs(1)).number, 3);
}

#[test]
fn a_room_guards_its_event_in_its_time() {
    let timed = Room { opens: secs(10), closes: Some(secs(20)), ..script() };
    let whole = room(timed.clone());
    assert_eq!([9, 10, 19, 20].map(|now| whole.guards(None, secs(now))), [false, true, true, false]);
    let one = room(Room { event: Some(LEAGUE_MATCH), ..timed });
    let about = [Some(LEAGUE_MATCH), Some(CUP_TIE), None];
    assert_eq!(about.map(|event| one.guards(event, secs(10))), [true, false, false]);
}

#[test]
fn whoever_waits_when_the_room_closes_goes_on_without_a_token() {
    let mut room = room(Room { closes: Some(secs(2)), starts: Some(secs(1)), ..script() });
    let id = join(&mut room, secs(0));
    assert!(!line(&mut room, &id, secs(0)).has_started && line(&mut room, &id, secs(1)).has_started);
    assert_eq!(room.look(&id, secs(2)), Some(Sight::Onward { url: "/northend/".to_owned() }));
    assert_eq!(room.visit(Some(&id), "/", secs(2)), Visit::NotNeeded);
}

proptest! {
    #[test]
    fn places_go_on_in_order_when_their_number_is_up_and_not_before(
        ahead in 0..20_u32, per_minute in 1..600_u32,
        at in 0..60_u64, lasts in 0..60_u64, joins in prop::collection::vec(0..120_u64, 1..12),
    ) {
        let pauses = vec![Pause { at: secs(at), lasts: secs(lasts) }];
        let mut room = room(Room { pauses, per_minute, ahead, ..script() });
        let mut joins = joins;
        joins.sort_unstable();
        let ids: Vec<String> = joins.iter().map(|at| join(&mut room, secs(*at))).collect();
        for now in (120..3_000).step_by(40).map(secs) {
            let served = room.schedule.served(now);
            for id in &ids {
                if let Some(Sight::Line(line)) = room.look(id, now) {
                    prop_assert!(served < line.number && line.ahead == line.number - served - 1);
                }
            }
        }
        let book = room.book(secs(3_000));
        let numbers: Vec<u64> = book.places.iter().filter_map(|place| place.number).collect();
        prop_assert!(numbers.windows(2).all(|two| two[0] < two[1]), "{numbers:?}");
        let up = numbers.iter().filter(|number| **number <= book.served).count();
        prop_assert_eq!(book.passes(), up);
    }
}
