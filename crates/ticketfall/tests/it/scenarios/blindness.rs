//! Answers that nobody can understand: they end nothing, hide nothing, and are counted.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_payload_that_is_not_understood_ends_nothing_and_its_time_is_counted() {
    for kind in [FaultKind::Garbage, FaultKind::NullFields, FaultKind::Truncated, FaultKind::EmptyBody] {
        let fault = Fault::once(kind.clone()).on(RequestKind::Feed).at(secs(10)).lasting(secs(20));
        let script =
            Script { faults: vec![fault], ..falls([seats(2).at(secs(5)), seats(2).row("H").at(secs(20))]) };
        let story = async |r: &mut Scene| {
            r.start("ada", Configuration { on_match: OnMatch::Notify, ..wants(2) }).await;
            r.after(secs(29)).await;
            let blind = r.watch().blind;
            assert!(blind > secs(17) && blind < secs(20), "{kind:?}: {blind:?}");
            assert!(!r.timeline().contains(" gone "), "{kind:?}: unknown was taken for none");
            r.after(secs(60)).await;
            assert_eq!(r.watch().blind, Duration::ZERO);
            assert_eq!(r.timeline().matches(" fall ").count(), 2, "{}", r.timeline());
        };
        Rehearsal::of(script).run(story).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_basket_that_is_not_understood_at_the_start_is_no_empty_basket() {
    let fault = Fault::once(FaultKind::Garbage).on(RequestKind::Basket).lasting(secs(8));
    let script = Script { faults: vec![fault], ..falls([seats(2).at(secs(3))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(8)).await;
        assert_eq!(r.count(Carried::is_hold), 0);
        r.after(secs(40)).await;
        insta::assert_snapshot!(r.lines(&["status", "hold", "proof"]), @"
         0.000 ada status SearchingTickets
         0.160 ada status BackingOff: a page that shows no seat and does not say that the basket is empty
        15.360 ada status SearchingTickets
        15.480 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        15.520 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        15.520 ada status Tickets
        ");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_basket_that_is_not_understood_after_a_hold_is_read_again_before_anything_else_is_held() {
    let fault = Fault::once(FaultKind::Garbage).on(RequestKind::Basket).at(secs(10)).times(2);
    let script =
        Script { faults: vec![fault], ..falls([seats(2).at(secs(10)), seats(2).row("H").at(secs(12))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(60)).await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
        10.320 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        10.360 ada status BackingOff: a page that shows no seat and does not say that the basket is empty
        15.360 ada session restored
        25.440 ada session restored
        25.520 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        25.520 ada status Tickets
        25.520 ada order page, 584 s left
        ");
        assert_eq!(r.basket("ada"), 2);
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn every_fall_is_recorded_once_with_when_it_was_first_and_last_seen() {
    let script = falls([seats(2).price(Pence(20_000)).at(secs(10))]);
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(100)).await;
        r.crash().await;
        r.start("ada", wants(2)).await;
        r.after(secs(200)).await;
        r.stop("ada").await;
        let rows = r.falls().await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(since_opening(rows[0].fall.first_seen).as_secs(), 10);
        assert!(since_opening(rows[0].fall.last_seen) >= secs(199), "{rows:?}");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_fall_is_on_record_as_soon_as_it_is_seen() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(Duration::from_millis(10_300)).await;
        r.crash().await;
        let rows = r.falls().await;
        assert_eq!(rows.len(), 1);
        assert_eq!(since_opening(rows[0].fall.first_seen).as_secs(), 10);
    };
    Rehearsal::of(falls([seats(2).price(Pence(20_000)).at(secs(10))])).run(story).await;
}
