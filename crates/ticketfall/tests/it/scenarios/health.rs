//! The service looks after itself: each trouble is provoked, told once when it begins and once when it is over, and
//! healed where it can be, never during a hold.

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, header};
use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use ticketfall::clock::Clock;
use ticketfall::notify::Notice;
use ticketfall_core::health::{Concern, Remedy};
use tower::ServiceExt as _;

use super::*;
use crate::rehearsal::{HOST, Trip, Way};

/// One way of a request that is quick, but for those that `slow` picks, which take so long there and back.
pub(super) fn slow(slow: impl Fn(&Carried) -> Option<Duration> + Send + Sync + 'static) -> Way {
    std::sync::Arc::new(move |_, one| {
        let there = slow(one).unwrap_or(Duration::from_millis(20));
        Trip { there, back: Duration::from_millis(20), mishap: None }
    })
}

fn troubles(r: &Scene) -> Vec<String> {
    r.supervisor.health().troubles.iter().map(|trouble| trouble.concern.name().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_stuck_begins_anew_and_catches_the_next_fall() {
    // Each request is answered in time, but a look of so many of them does not end.
    let is_slow = |one: &Carried| one.is_look() && one.left > secs(10) && one.left < secs(400);
    let way = slow(move |one| is_slow(one).then(|| secs(29)));
    let story = async |r: &mut Scene| {
        r.look_after_itself();
        r.start("ada", wants(2)).await;
        r.after(secs(310)).await;
        assert_eq!(troubles(r), ["sight"; 0]);
        r.after(secs(500)).await;
        insta::assert_snapshot!(r.lines(&["trouble", "fall", "proof"]), @"
        320.000 watch trouble: no look has ended for 5m 9s, and one is due every 1s: it is begun anew
        360.000 watch trouble: no look has ended for 5m 9s, and one is due every 1s is over
        420.900 fall East Lower 5, row F, seats 245–246, £61.00 each
        421.100 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        ");
        assert_eq!((troubles(r), r.basket("ada")), (vec![], 2));
    };
    Rehearsal::of(falls([seats(2).at(secs(420))]))
        .seller(|seller| seller.look = vec![Market::Exchange; 12])
        .way(way)
        .warns("the service is in trouble")
        .run(story)
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_failed_begins_anew_once_the_hold_on_its_way_is_proven() {
    let way = slow(|one| (one.is_hold() && one.left < secs(40)).then(|| secs(14)));
    let story = async |r: &mut Scene| {
        r.look_after_itself();
        r.start("ada", wants(2)).await;
        r.start("ben", wants(2)).await;
        r.after(secs(11)).await;
        r.panic_at_line("looked");
        r.after(secs(25)).await;
        let trouble = r.supervisor.health().troubles.remove(0);
        assert_eq!((trouble.concern.name(), trouble.remedy), ("watch", Remedy::RestartWhenProven));
        r.after(secs(90)).await;
        insta::assert_snapshot!(r.lines(&["trouble", "fall", "proof"]), @"
        10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        20.000 watch trouble: it has ended by a mistake of ours: the log says which: it is begun anew once the hold on its way is proven or over
        38.320 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        70.040 fall East Lower 5, row H, seats 256–257, £61.00 each
        70.160 ben proof proven East Lower 5, block 120, row H, seat 257; East Lower 5, block 120, row H, seat 256
        80.000 watch trouble: it has ended by a mistake of ours: the log says which is over
        ");
        let is_paused = |one: &Carried| one.is_look() && one.left > secs(12) && one.left < secs(38);
        assert_eq!(r.count(is_paused), 0, "the watch began anew during a hold");
        assert_eq!((r.basket("ada"), r.basket("ben")), (2, 2));
    };
    Rehearsal::of(falls([seats(2).at(secs(10)), seats(2).row("H").at(secs(70))]))
        .members(2)
        .way(way)
        .warns("the watch failed")
        .warns("the service is in trouble")
        .run(story)
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_search_that_failed_begins_anew_by_reading_its_basket() {
    let story = async |r: &mut Scene| {
        r.look_after_itself();
        r.start("ada", wants(2)).await;
        r.after(secs(5)).await;
        r.panic_at("ada", "/EDP/BestAvailable/");
        r.after(secs(15)).await;
        assert_eq!(r.status("ada"), "Stopped");
        let before = r.carried().len();
        r.after(secs(120)).await;
        insta::assert_snapshot!(r.lines(&["trouble", "ada status", "proof"]), @"
         0.000 ada status SearchingTickets
        10.240 ada status Stopped: the search failed: the log says why
        20.000 search trouble: it has ended by a mistake of ours: the log says which: it is begun anew
        20.000 ada status SearchingTickets
        20.360 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        20.360 ada status Tickets
        60.000 search trouble: it has ended by a mistake of ours: the log says which is over
        ");
        let again = r.carried()[before..].to_vec();
        let basket = again.iter().position(Carried::is_basket).unwrap();
        let hold = again.iter().position(Carried::is_hold).unwrap();
        assert!(basket < hold, "held before the basket was read");
        assert_eq!((r.status("ada").as_str(), r.basket("ada")), ("Tickets", 2));
    };
    Rehearsal::of(falls([seats(2).at(secs(10))]))
        .warns("the search failed")
        .warns("the service is in trouble")
        .run(story)
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_search_that_was_stopped_is_not_begun_anew() {
    let story = async |r: &mut Scene| {
        r.look_after_itself();
        r.start("ada", wants(2)).await;
        r.after(secs(5)).await;
        r.panic_at("ada", "/EDP/BestAvailable/");
        r.after(secs(15)).await;
        r.stop("ada").await;
        r.after(secs(120)).await;
        assert_eq!((r.status("ada").as_str(), r.basket("ada")), ("Stopped", 0));
        assert_eq!(troubles(r), [] as [&str; 0]);
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).warns("the search failed").run(story).await;
}

#[tokio::test(start_paused = true)]
async fn blind_time_that_grows_is_told_once_and_once_when_it_is_over() {
    let fault = Fault::once(FaultKind::Garbage).on(RequestKind::Feed).at(secs(60)).lasting(secs(600));
    let story = async |r: &mut Scene| {
        r.look_after_itself();
        r.start("ada", wants(2)).await;
        r.after(secs(2_400)).await;
        insta::assert_snapshot!(r.lines(&["trouble"]), @"
         300.000 sight trouble: blind for 4m of the last 5m: the event's page says what was read instead
        1410.000 sight trouble: blind for 8m of the last 15m 50s is over
        ");
    };
    let script = Script { faults: vec![fault], ..Script::default() };
    Rehearsal::of(script).warns("the service is in trouble").run(story).await;
}

#[tokio::test(start_paused = true)]
async fn waiting_that_is_explained_is_no_trouble_of_the_service() {
    let story = async |r: &mut Scene| {
        r.look_after_itself();
        r.start("ada", wants(2)).await;
        r.after(secs(900)).await;
        assert_eq!(r.lines(&["trouble"]).replace("sight trouble", "").matches("trouble").count(), 0);
    };
    let asked_for_time = FaultKind::Status { status: 429, retry_after: Some(800) };
    let fault = Fault::once(asked_for_time).on(RequestKind::Feed).at(secs(10)).times(1);
    let script = Script { faults: vec![fault], ..Script::default() };
    Rehearsal::of(script).warns("the service is in trouble").run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_written_is_told_until_it_can_be() {
    let story = async |r: &mut Scene| {
        let database = rusqlite::Connection::open(r.store.path()).unwrap();
        r.look_after_itself();
        r.after(secs(5)).await;
        database.execute_batch("ALTER TABLE runs RENAME TO away").unwrap();
        r.after(secs(35)).await;
        assert_eq!(troubles(r), ["store"]);
        database.execute_batch("ALTER TABLE away RENAME TO runs").unwrap();
        r.after(secs(100)).await;
        assert_eq!(troubles(r), [] as [&str; 0]);
        assert_eq!(r.lines(&["store trouble"]).lines().count(), 2, "{}", r.timeline());
    };
    Rehearsal::of(Script::default()).warns("the service is in trouble").run(story).await;
}

/// A page whose browser does not read on.
async fn open_page(r: &Scene) -> BodyDataStream {
    let router = r.faces().router;
    let request = Request::get("/api/v1/stream")
        .header(header::HOST, HOST)
        .header(header::AUTHORIZATION, format!("Bearer {}", r.token()));
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    assert!(body.next().await.is_some(), "it says hello");
    body
}

fn news(r: &Scene, count: usize) {
    for _ in 0..count {
        let (profile, origin) = (profile("ada"), "browser");
        r.supervisor.notices().tell(r.clock_now(), Notice::Session { profile, origin, cookies: 1 });
    }
}

#[tokio::test(start_paused = true)]
async fn who_listens_and_does_not_read_is_noticed_and_told_to_read_again() {
    let story = async |r: &mut Scene| {
        r.look_after_itself();
        let mut page = open_page(r).await;
        r.after(secs(5)).await;
        news(r, 3_500);
        r.after(secs(15)).await;
        assert_eq!(troubles(r), ["stream"], "nothing is missed yet");
        news(r, 3_500);
        let mut said = String::new();
        while !said.contains("tooSlow") {
            said = String::from_utf8(page.next().await.unwrap().unwrap().to_vec()).unwrap();
        }
        r.after(secs(25)).await;
        insta::assert_snapshot!(r.lines(&["trouble"]), @"  10.000 stream trouble: somebody who listens does not read: 3500 of 4096 notices wait: it passes by itself");
        drop(page);
        r.after(secs(400)).await;
        assert_eq!(troubles(r), [] as [&str; 0]);
    };
    Rehearsal::of(Script::default()).warns("the service is in trouble").run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumped_is_told() {
    fn machine() -> Timestamp {
        "2026-11-22T23:41:00Z".parse().unwrap()
    }
    let story = async |r: &mut Scene| {
        r.die();
        let ahead: Clock = r.clock_set_by(SignedDuration::ZERO).beside(machine);
        r.rise(ahead).await;
        r.look_after_itself();
        r.after(secs(5)).await;
        assert_eq!(r.supervisor.health().troubles[0].concern, Concern::Clock);
        let told = |notice: &Notice| matches!(notice, Notice::Health { part: "clock", over: false, .. });
        assert_eq!(r.heard().iter().filter(|dated| told(&dated.notice)).count(), 1);
    };
    Rehearsal::of(Script::default()).warns("the service is in trouble").run(story).await;
}
