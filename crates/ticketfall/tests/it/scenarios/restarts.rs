//! Stops, restarts and crashes: what the seller keeps is known here, and nothing is held twice.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_moment_around_a_hold_loses_nothing_and_holds_nothing_twice() {
    for millis in (10_200..10_440).step_by(10) {
        let story = async |r: &mut Scene| {
            r.start("ada", wants(2)).await;
            r.after(Duration::from_millis(millis)).await;
            r.crash().await;
            let before = r.carried().len();
            r.start("ada", wants(2)).await;
            r.after(secs(60)).await;
            let again = r.carried()[before..].to_vec();
            let basket = again.iter().position(|one| one.path.ends_with("/Checkout/Basket")).unwrap();
            let hold = again.iter().position(Carried::is_hold).unwrap_or(usize::MAX);
            assert!(basket < hold, "crash at {millis} ms: held before the basket was read");
            assert_eq!((r.basket("ada"), r.status("ada").as_str()), (2, "Tickets"), "crash at {millis} ms");
        };
        Rehearsal::of(falls([seats(2).at(secs(10)), seats(2).row("H").at(secs(12))])).run(story).await;
    }
}

#[test]
fn a_stop_that_a_crash_follows_at_any_write_forgets_no_hold() {
    for turns in (0..24).chain([100, 200]) {
        let story = async |r: &mut Scene| {
            r.start("ada", wants(2)).await;
            r.stop_and_die("ada", turns).await;
            r.rise(r.clock_set_by(SignedDuration::ZERO)).await;
            let open = ticketfall::store::holds::open_for(&r.store, &profile("ada")).await.unwrap();
            assert_eq!(open.len(), 1, "nobody knows of the hold when the crash comes at turn {turns}");
            let is_resumed = r.resume().await > 0;
            assert!(turns > 0 || is_resumed, "nobody has stopped it");
            assert!(turns < 200 || !is_resumed, "the stop was written long ago");
            r.pass(secs(5)).await;
        };
        apart(Rehearsal::of(falls([seats(2).at(secs(10))])).run(story));
    }
}

#[tokio::test(start_paused = true)]
async fn seats_that_were_held_before_a_crash_are_told_as_held() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(15)).await;
        r.crash().await;
        r.start("ada", wants(2)).await;
        r.after(secs(30)).await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
        10.320 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        10.360 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        10.360 ada status Tickets
        10.360 ada order page, 599 s left
        15.000 ada status SearchingTickets
        15.000 ada session restored
        15.160 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        15.160 ada status Tickets
        15.160 ada order page, 595 s left
        ");
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_remembered_and_the_end_of_the_service_is_not() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", wants(2)).await;
        r.after(secs(5)).await;
        r.stop("ada").await;
        assert!(r.supervisor.shut_down().await);
        assert_eq!(r.desired("ada").await, Desired::Stopped);
        assert_eq!(r.desired("ben").await, Desired::Running);
    };
    Rehearsal::of(Script::default()).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_search_whose_hold_is_over_does_not_start_again_by_itself() {
    let limits = Limits { basket_minutes: 1, ..Limits::default() };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(80)).await;
        assert_eq!(r.status("ada"), "Stopped");
        assert_eq!(r.desired("ada").await, Desired::Stopped);
    };
    let script = Script { limits, ..falls([seats(2).at(secs(10))]) };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn two_starts_at_once_make_one_search() {
    let story = async |r: &mut Scene| {
        tokio::join!(r.start("ada", wants(2)), r.start("ada", wants(2)));
        r.after(secs(20)).await;
        assert_eq!(r.watch().members, 1);
        assert_eq!(r.count(|one| one.path.contains("/EDP/Event/Index/")), 1);
        assert_eq!(r.basket("ada"), 2);
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn one_profile_searches_at_one_event() {
    let story = async |r: &mut Scene| {
        let elsewhere = Configuration { event: Some(event_url(4002)), ..wants(2) };
        let (one, other) = tokio::join!(r.try_start("ada", wants(2)), r.try_start("ada", elsewhere.clone()));
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        r.after(secs(5)).await;
        r.stop("ada").await;
        r.start("ada", wants(2)).await;
        let second = r.try_start("ada", elsewhere).await;
        insta::assert_snapshot!(second.unwrap_err(), @"search: the profile searches at boxoffice/4001 already");
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_search_that_is_started_while_it_stops_starts_after_it() {
    let slow = Fault::once(FaultKind::Slow(secs(5))).on(RequestKind::Put);
    let script = Script { faults: vec![slow], ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(12)).await;
        tokio::join!(r.stop("ada"), r.start("ada", wants(2)));
        r.after(secs(60)).await;
        insta::assert_snapshot!(r.lines(&["hold", "released", "proof", "status"]), @"
         0.000 ada status SearchingTickets
        12.000 ada status Stopped: stopped
        15.320 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        15.360 ada released
        15.360 ada status SearchingTickets
        15.680 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        15.720 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        15.720 ada status Tickets
        ");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_with_its_last_member_and_begins_anew_with_the_next() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(5)).await;
        tokio::join!(r.stop("ada"), r.start("ben", wants(2)));
        r.after(secs(20)).await;
        assert_eq!(r.basket("ben"), 2);
        r.stop("ben").await;
        r.after(secs(21)).await;
        assert_eq!(r.supervisor.watches(), []);
        let looks = r.count(Carried::is_look);
        r.after(secs(60)).await;
        assert_eq!(r.count(Carried::is_look), looks);
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_one_search_ends_it_and_no_other() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", wants(2)).await;
        r.after(secs(5)).await;
        r.panic_at("ada", "/EDP/BestAvailable/");
        r.after(secs(40)).await;
        insta::assert_snapshot!(r.lines(&["hold", "proof", "status"]), @"
         0.000 ada status SearchingTickets
         0.000 ben status SearchingTickets
        10.240 ada status Stopped: the search failed: the log says why
        10.240 ben status TicketFall_09:41pm
        26.320 ben hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        26.360 ben proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        26.360 ben status Tickets
        ");
        r.start("ada", wants(2)).await;
        r.after(secs(60)).await;
        assert_eq!((r.basket("ada"), r.basket("ben")), (2, 2));
    };
    let script = falls([seats(2).at(secs(10)), seats(2).row("H").at(secs(50))]);
    Rehearsal::of(script).members(2).warns("the search failed").run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_look_is_a_reading_that_is_not_understood() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(5)).await;
        r.panic_at("ada", "/EDP/Seats/Available");
        r.after(secs(20)).await;
        insta::assert_snapshot!(r.lines(&["reading", "proof"]), @"
         5.200 reading unknown: the look failed on our side: the log says why
         6.240 reading seats
        10.360 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        ");
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn seats_of_a_stopped_search_are_the_members_until_their_basket_is_over() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(20)).await;
        assert_eq!(r.status("ada"), "Tickets");
        r.stop("ada").await;
        let Removal::HoldsOpen(standing) = r.remove("ada").await else { panic!("ada still has seats") };
        let left = standing.until.map(since_opening).unwrap();
        assert_eq!((standing.holds, left.as_secs()), (1, 609));
        r.start("ada", wants(2)).await;
        r.after(secs(30)).await;
        assert_eq!((r.status("ada").as_str(), r.basket("ada")), ("Tickets", 2), "and no seat more");
        assert_eq!(r.count(Carried::is_hold), 2, "one lock, and its way into the basket");
        r.stop("ada").await;
        r.after(secs(700)).await;
        assert_eq!(r.remove("ada").await, Removal::Removed);
    };
    let script = falls([seats(2).at(secs(10)), seats(2).row("H").at(secs(25))]);
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn seats_that_left_the_basket_of_a_stopped_search_are_known_to_be_gone_at_its_next_start() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(20)).await;
        r.stop("ada").await;
        r.after(secs(650)).await;
        r.start("ada", wants(2)).await;
        r.after(secs(655)).await;
        let kept = ticketfall::store::holds::recent(&r.store, 9).await.unwrap();
        let states: Vec<_> = kept.into_iter().map(|row| row.state).collect();
        assert!(matches!(states[..], [HoldState::Proven { .. }, HoldState::Gone]), "{states:?}");
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}
