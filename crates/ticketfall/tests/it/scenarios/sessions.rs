//! Sessions that are lost, checks that are for people, events that are not open.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_check_calls_a_person_and_another_members_session_takes_over_the_looking() {
    let check = Fault::once(FaultKind::Identity).on(RequestKind::Feed).at(secs(10));
    let script = Script { faults: vec![check], ..falls([seats(2).at(secs(20))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", wants(2)).await;
        r.after(secs(30)).await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
         0.000 ben status SearchingTickets
         0.000 ben session restored
        10.240 reading human: an identity check
        10.240 ada status Captcha: an identity check
        10.240 ada person captcha
        11.240 reading unchanged
        14.240 ben session restored
        20.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        20.240 verdict ada+ben, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
        20.320 ben hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        20.360 ben proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        20.360 ben status Tickets
        20.360 ben order page, 599 s left
        ");
        assert_eq!(r.count(|one| one.left > secs(11) && one.by.as_deref() == Some("ada")), 0);
        r.sign_in_again("ada").await;
        r.after(secs(40)).await;
        assert_eq!(r.status("ada"), "TicketFall_09:41pm");
    };
    Rehearsal::of(script).members(2).warns("a person is needed").run(story).await;
}

#[tokio::test(start_paused = true)]
async fn who_is_signed_out_rests_and_the_others_go_on() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", wants(2)).await;
        r.after(secs(10)).await;
        r.sign_out("ada");
        r.after(secs(30)).await;
        insta::assert_snapshot!(r.lines(&["session", "status", "reading"]), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
         0.000 ben status SearchingTickets
         0.000 ben session restored
        10.240 reading signedOut
        10.240 ada session restored
        10.280 ada status SessionError: nobody is signed in: sign in in the browser
        11.240 reading unchanged
        14.240 ben session restored
        15.280 ada session restored
        20.360 ben status Tickets
        25.320 ada session restored
        ");
        assert_eq!(r.basket("ben"), 2);
    };
    Rehearsal::of(falls([seats(2).at(secs(20))])).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn an_imported_session_is_taken_up_and_outlives_the_search() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(10)).await;
        r.sign_out("ada");
        r.after(secs(12)).await;
        assert_eq!(r.status("ada"), "SessionError");
        r.sign_in_again("ada").await;
        r.start("ada", wants(2)).await;
        r.after(secs(15)).await;
        assert_eq!(r.status("ada"), "SearchingTickets");
        assert_eq!(r.lines(&["session imported"]), "  12.000 ada session imported\n");
        r.stop("ada").await;
        r.start("ada", wants(2)).await;
        r.after(secs(30)).await;
        assert_eq!(r.basket("ada"), 2);
    };
    Rehearsal::of(falls([seats(2).at(secs(20))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_imported_before_a_check_is_no_answer_to_it() {
    let check = Fault::once(FaultKind::Identity).on(RequestKind::Feed).at(secs(20)).times(1);
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(10)).await;
        r.sign_in_again("ada").await;
        r.after(secs(60)).await;
        assert_eq!(r.status("ada"), "Captcha");
        assert_eq!(r.count(|one| one.left > secs(22)), 0, "nothing is asked before a person has answered");
        r.sign_in_again("ada").await;
        r.after(secs(70)).await;
        assert_eq!(r.status("ada"), "SearchingTickets");
    };
    let script = Script { faults: vec![check], ..Script::default() };
    Rehearsal::of(script).warns("a person is needed").run(story).await;
}

#[tokio::test(start_paused = true)]
async fn an_import_counts_also_after_the_clock_was_set_back() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(10)).await;
        r.die();
        r.rise(r.clock_set_by(SignedDuration::from_hours(-1))).await;
        r.start("ada", wants(2)).await;
        r.pass(secs(10)).await;
        r.sign_out("ada");
        r.pass(secs(10)).await;
        assert_eq!(r.status("ada"), "SessionError");
        r.sign_in_again("ada").await;
        r.start("ada", wants(2)).await;
        r.pass(secs(10)).await;
        assert_eq!(r.status("ada"), "SearchingTickets");
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_over_is_looked_at_seldom() {
    let story = async |r: &mut Scene| {
        let event = Some(event_url(4003));
        r.start("ada", Configuration { event, ..wants(2) }).await;
        r.after(secs(600)).await;
        insta::assert_snapshot!(r.timeline(), @"
          0.000 ada status SearchingTickets
          0.000 ada session restored
          0.040 ada status BackingOff: EventArchived
          5.040 ada session restored
         15.080 ada session restored
         35.120 ada session restored
         75.160 ada session restored
        155.200 ada session restored
        315.240 ada session restored
        ");
        assert!(r.count(|_| true) < 20, "{} requests in ten minutes", r.count(|_| true));
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_session_is_renewed_every_hundred_looks() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(1_000)).await;
        let pages: Vec<u64> = r
            .carried()
            .iter()
            .filter(|one| one.path.contains("/EDP/Event/Index/"))
            .map(|one| one.left.as_secs())
            .collect();
        assert_eq!(pages.len(), 1 + 10, "{pages:?}");
        assert!(pages[1..].windows(2).all(|pair| pair[1] - pair[0] == 100), "{pages:?}");
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn cookies_page_keys_and_passwords_reach_no_notice_no_log_and_no_file_in_the_clear() {
    let stale = Fault::once(FaultKind::StaleKey).on(RequestKind::Lock);
    let script = Script { faults: vec![stale], ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(20)).await;
        assert_eq!(r.basket("ada"), 2);
        let kinds = [24, 48, 92].map(|length| r.secrets().iter().filter(|text| text.len() == length).count());
        assert_eq!(
            kinds,
            [1, 1, 2],
            "a visitor, a session, and the page key that was stale and the fresh one"
        );
        assert_eq!(r.exposed(), Vec::<String>::new());
        tracing::info!("a careless line: {}", r.secrets()[0]);
        assert_eq!(r.exposed(), ["a secret stands in the log"]);
        r.forget_the_log();
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn cookies_that_were_imported_before_a_start_count_from_it_on_and_answer_no_later_queue() {
    let room = Room {
        event: Some(LEAGUE_MATCH),
        opens: secs(30),
        host: Some("localhost".to_owned()),
        ..Room::default()
    };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(10)).await;
        r.sign_in_again("ada").await;
        r.start("ada", wants(2)).await;
        r.after(secs(40)).await;
        assert_eq!(r.status("ada"), "Queue");
        let asked = r.carried().len();
        r.after(secs(70)).await;
        assert_eq!(r.carried().len(), asked, "nobody has waited in the room yet");
    };
    let script = Script { room: Some(room), ..Script::default() };
    Rehearsal::of(script).warns("a person is needed").run(story).await;
}
