//! Waiting rooms: each member waits in one place, nobody polls, and a pass is worth what the seller says.

use super::*;

/// One let through every ten seconds, in front of the league match, at a host of its own.
fn room(opens: Duration) -> Room {
    Room {
        event: Some(LEAGUE_MATCH),
        opens,
        per_minute: 6,
        ahead: 0,
        host: Some("localhost".to_owned()),
        ..Room::default()
    }
}

fn behind(room: Room, falls: impl Into<Vec<Fall>>) -> Rehearsal {
    let script = Script { room: Some(room), falls: falls.into(), ..Script::default() };
    Rehearsal::of(script).warns("a person is needed")
}

/// How often this member's session was used to look in that time.
fn looks(r: &Scene, name: &str, from: u64, until: u64) -> usize {
    let when = secs(from)..secs(until);
    r.count(|one| one.is_look() && one.by.as_deref() == Some(name) && when.contains(&one.left))
}

#[tokio::test(start_paused = true)]
async fn members_wait_at_one_place_each_and_the_watch_goes_on_with_the_first_who_is_through() {
    let story = async |r: &mut Scene| {
        for name in ["ada", "ben", "chloe"] {
            r.start(name, wants(2)).await;
        }
        r.after(secs(14)).await;
        let waiting = async {
            r.wait_in_queue("ben").await;
            tokio::join!(r.wait_in_queue("chloe"), r.wait_in_queue("ada"));
        };
        tokio::join!(waiting, r.after(secs(60)));
        insta::assert_snapshot!(r.lines(&["status", "person", "reading", "session"]), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
         0.000 ben status SearchingTickets
         0.000 ben session restored
         0.000 chloe status SearchingTickets
         0.000 chloe session restored
        10.240 reading queue
        10.240 ada status Queue
        10.240 ada person queue
        11.240 reading queue
        11.240 ben status Queue
        11.240 ben person queue
        12.240 reading queue
        12.240 chloe status Queue
        12.240 chloe person queue
        20.240 ben status SearchingTickets
        20.240 ben session imported
        20.400 reading unchanged
        21.400 ben session imported
        30.240 chloe status SearchingTickets
        30.240 chloe session imported
        30.400 chloe status TicketFall_09:41pm
        30.520 ben status Tickets
        40.240 ada status TicketFall_09:41pm
        40.240 ada session imported
        ");
        assert_eq!(r.basket("ben"), 2);
        assert_eq!((looks(r, "ada", 14, 40), looks(r, "chloe", 14, 31)), (0, 0));
        assert!(looks(r, "ben", 14, 31) > 8);
        assert!(looks(r, "chloe", 31, 40) > 6, "ben has seats: the next in line looks");
        let room = r.office.books().room.unwrap();
        assert_eq!((room.places.len(), room.polls()), (3, 0));
    };
    behind(room(secs(10)), [seats(2).at(secs(30))]).members(3).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_ran_out_leads_back_to_the_queue_once_and_says_so() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(1)).await;
        for until in [90, 150] {
            tokio::join!(r.wait_in_queue("ada"), r.after(secs(until)));
        }
        insta::assert_snapshot!(r.lines(&["status", "person", "reading"]), @"
          0.000 ada status SearchingTickets
          0.040 ada status Queue
          0.040 ada person queue
         12.040 ada status SearchingTickets
         70.280 reading queue
         70.280 ada status Queue: the pass ran out
         70.280 ada person queue
         91.280 ada status SearchingTickets
         91.440 reading unchanged
        120.560 ada status Tickets
        ");
        assert_eq!(r.basket("ada"), 2);
        let room = r.office.books().room.unwrap();
        assert_eq!((room.places.len(), room.polls()), (2, 0));
    };
    let minutes = Room { pass_minutes: 1, extend: false, ..room(Duration::ZERO) };
    behind(minutes, [seats(2).at(secs(120))]).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_meets_the_queue_is_not_asked_again_before_the_member_is_through() {
    // Between the feed that shows the fall and the hold's first step; between its first step and its second.
    for (opens, steps) in [(20_250, 1), (20_290, 2)] {
        let story = async |r: &mut Scene| {
            r.start("ada", wants(2)).await;
            r.after(secs(21)).await;
            assert_eq!((r.count(Carried::is_hold), r.status("ada")), (steps, "Queue".to_owned()));
            assert_eq!(r.count(|one| one.method == "DELETE"), 0, "giving back would be one more request");
            r.after(secs(50)).await;
            assert_eq!(r.count(|one| one.left > secs(21)), 0);
            tokio::join!(r.wait_in_queue("ada"), r.after(secs(200)));
            assert_eq!(r.basket("ada"), 2);
            assert_eq!(r.office.books().room.unwrap().polls(), 0);
        };
        let rehearsal = behind(room(Duration::from_millis(opens)), [seats(2).at(secs(20))]);
        let rehearsal = if steps == 2 { rehearsal.warns("cannot give seats back") } else { rehearsal };
        rehearsal.run(story).await;
    }
}
