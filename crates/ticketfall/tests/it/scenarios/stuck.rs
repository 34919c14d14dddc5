//! Parts of the service that do not take up what they are told: noticed, told, and begun anew, but never during a hold.

use ticketfall_core::health::Remedy;

use super::health::slow;
use super::*;

/// Wants what nobody sells, and looks for everybody.
fn poor() -> Configuration {
    Configuration { max_price: Price::new(1, Currency::GBP), ..wants(2) }
}

/// The troubles of the service but for the store's, which is held up on purpose.
fn troubles(r: &Scene) -> Vec<(&'static str, Remedy)> {
    let troubles = r.supervisor.health().troubles.into_iter();
    let told = troubles.map(|trouble| (trouble.concern.name(), trouble.remedy));
    told.filter(|(part, _)| *part != "store").collect()
}

async fn metrics(r: &Scene) -> String {
    r.supervisor.metrics().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_search_that_takes_up_nothing_is_told_and_begun_anew_by_reading_its_basket() {
    let story = async |r: &mut Scene| {
        r.look_after_itself();
        r.start("ada", wants(2)).await;
        r.start("ben", poor()).await;
        r.after(secs(8)).await;
        r.start("ada", wants(2)).await;
        // What it is to take up, the store does not say: the search stands still.
        let held_up = r.store.hold_up().await;
        r.after(secs(250)).await;
        assert_eq!(troubles(r), [("search", Remedy::Restart)]);
        let told = metrics(r).await;
        assert!(told.contains("ticketfall_troubles{part=\"search\"} 1\n"), "{told}");
        assert!(told.contains("ticketfall_restarts_total{part=\"search\"} 1\n"), "{told}");
        let before = r.carried().len();
        drop(held_up);
        r.after(secs(500)).await;
        insta::assert_snapshot!(r.lines(&["search trouble", "fall East", "proof"]), @"
        230.000 search trouble: it has not taken up what it was told for 3m 10s: 9 wait: it is begun anew
        290.000 search trouble: it has ended by a mistake of ours: the log says which is over
        400.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        400.360 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        ");
        let again = r.carried()[before..].to_vec();
        let basket = again.iter().position(Carried::is_basket).unwrap();
        let hold = again.iter().position(Carried::is_hold).unwrap();
        assert!(basket < hold, "held before the basket was read");
        assert_eq!((r.status("ada").as_str(), r.basket("ada"), troubles(r)), ("Tickets", 2, vec![]));
    };
    Rehearsal::of(falls([seats(2).at(secs(400))]))
        .members(2)
        .warns("the service is in trouble")
        .run(story)
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_search_that_stands_still_during_a_hold_is_not_begun_anew_and_its_full_queue_is_told() {
    let way = slow(|one| one.is_hold().then(|| secs(14)));
    let story = async |r: &mut Scene| {
        r.look_after_itself();
        r.start("ada", wants(2)).await;
        r.start("ben", poor()).await;
        r.after(secs(12)).await;
        // The hold is on its way.
        r.start("ada", wants(2)).await;
        let held_up = r.store.hold_up().await;
        r.after(secs(300)).await;
        assert_eq!(troubles(r), [("search", Remedy::RestartWhenProven)]);
        r.after(secs(1_600)).await;
        assert_eq!(troubles(r), [("queue", Remedy::Passes), ("search", Remedy::RestartWhenProven)]);
        let told = metrics(r).await;
        assert!(told.contains("ticketfall_troubles{part=\"queue\"} 1\n"), "{told}");
        assert!(!told.contains("ticketfall_restarts_total"), "{told}");
        drop(held_up);
        r.after(secs(2_000)).await;
        insta::assert_snapshot!(r.lines(&["search trouble", "queue trouble", "proof"]), @"
         230.000 search trouble: it has not taken up what it was told for 3m 10s: 9 wait: it is begun anew once the hold on its way is proven or over
        1510.000 queue trouble: a queue was full, and 1 times by now somebody was not told: it passes by itself
        1602.040 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        1640.000 search trouble: it has not taken up what it was told for 26m: 64 wait is over
        1930.000 queue trouble: a queue was full, and 5 times by now somebody was not told is over
        ");
        assert_eq!((r.status("ada").as_str(), r.basket("ada"), troubles(r)), ("Tickets", 2, vec![]));
        assert!(!metrics(r).await.contains("ticketfall_restarts_total"));
    };
    let limits = Limits { basket_minutes: 60, session_minutes: 60, ..Limits::default() };
    Rehearsal::of(Script { limits, ..falls([seats(2).at(secs(10))]) })
        .members(2)
        .way(way)
        .warns("the service is in trouble")
        .run(story)
        .await;
}
