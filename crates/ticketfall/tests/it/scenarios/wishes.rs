//! What members want, and what is said of falls that do not fit.

use super::*;

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_explained_and_not_asked_for() {
    let script = falls([
        seats(2).price(Pence(18_000)).at(secs(10)),
        seats(1).row("H").at(secs(15)),
        seats(1).area("East Lower 4").at(secs(20)),
    ]);
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(30)).await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row F, seats 245–246, £180.00 each
        10.240 verdict ada, 2 together up to £100.00 each: nothing fits: 1 tooDear
        10.240 ada status TicketFall_09:41pm
        15.240 fall East Lower 5, row H, seat 257, £61.00 each
        15.240 verdict ada, 2 together up to £100.00 each: nothing fits: 1 tooDear; 1 tooFew
        20.240 fall East Lower 4, row F, seat 130, £61.00 each
        20.240 verdict ada, 2 together up to £100.00 each: nothing fits: 1 tooDear; 2 tooFew
        ");
        assert_eq!(r.count(Carried::is_hold), 0);
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn seats_apart_are_held_for_who_takes_them_apart() {
    let script = falls([seats(1).at(secs(10)), seats(1).row("H").at(secs(10))]);
    let story = async |r: &mut Scene| {
        r.start("ada", Configuration { together: false, ..wants(2) }).await;
        r.after(secs(30)).await;
        insta::assert_snapshot!(r.lines(&["verdict", "hold", "proof"]), @"
        10.240 verdict ada, 2 up to £100.00 each: East Lower 5, row H, seat 257, £61.00 each and East Lower 5, row F, seat 245, £61.00 each
        10.280 ada hold first East Lower 5, row H, seat 257, £61.00 each and East Lower 5, row F, seat 245, £61.00 each -> granted
        10.320 ada proof proven East Lower 5, block 120, row H, seat 257; East Lower 5, block 120, row F, seat 245
        ");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn rows_and_areas_are_honoured() {
    let script = falls([
        seats(2).area("East Lower 4").row("H").at(secs(10)),
        seats(2).at(secs(12)),
        seats(2).row("H").at(secs(14)),
    ]);
    let story = async |r: &mut Scene| {
        let area = r.office.stadium().areas().iter().find(|area| area.name == "East Lower 5").unwrap().id;
        let selected_areas = vec![AreaId::new(area.to_string()).unwrap()];
        r.start("ada", Configuration { selected_areas, rows: vec!["H".to_owned()], ..wants(2) }).await;
        r.after(secs(30)).await;
        insta::assert_snapshot!(r.lines(&["verdict", "hold", "proof"]), @"
        10.240 verdict ada, 2 together up to £100.00 each: nothing fits: 1 wrongArea
        12.240 verdict ada, 2 together up to £100.00 each: nothing fits: 1 wrongArea; 1 wrongRow
        14.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row H, seats 262–263, £61.00 each
        14.280 ada hold first East Lower 5, row H, seats 262–263, £61.00 each -> granted
        14.320 ada proof proven East Lower 5, block 120, row H, seat 263; East Lower 5, block 120, row H, seat 262
        ");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn the_clubs_own_seats_are_held_at_the_price_list() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(20)).await;
        insta::assert_snapshot!(r.lines(&["fall", "hold", "proof"]), @"
        10.280 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.360 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        10.400 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        ");
    };
    let primary = |seller: &mut Definition| seller.look = vec![Market::Primary, Market::Exchange];
    Rehearsal::of(falls([seats(2).primary().at(secs(10))])).seller(primary).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn who_wants_to_be_told_is_told_once_and_nothing_is_held() {
    let script = falls([seats(2).at(secs(10)), seats(2).row("H").at(secs(15))]);
    let story = async |r: &mut Scene| {
        r.start("ada", Configuration { on_match: OnMatch::Notify, ..wants(2) }).await;
        r.after(secs(30)).await;
        insta::assert_snapshot!(r.lines(&["match", "status"]), @"
         0.000 ada status SearchingTickets
        10.240 ada match East Lower 5, row F, seats 245–246, £61.00 each
        10.240 ada status TicketFall_09:41pm
        15.240 ada match East Lower 5, row H, seats 256–257, £61.00 each
        ");
        assert_eq!(r.count(Carried::is_hold), 0);
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn the_sellers_posted_limit_and_the_members_own_are_kept_by_the_ledger() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(1)).await;
        r.start("ben", wants(1)).await;
        r.after(secs(5)).await;
        r.rewrite("ada", wants(2)).await;
        r.rewrite("ben", wants(5)).await;
        r.after(secs(50)).await;
        insta::assert_snapshot!(r.lines(&["refused", "hold"]), @"
        40.240 ada refused by the ledger: 2 seats beside 0 held are over the member's own limit of 1
        40.240 ben refused by the ledger: 5 seats beside 0 held are over the seller's limit of 4
        ");
        assert_eq!(r.count(Carried::is_hold), 0);
    };
    let own = |profile: &mut Profile| profile.seats_max = (profile.id.as_str() == "ada").then_some(1);
    Rehearsal::of(falls([seats(5).at(secs(40))])).members(2).profiles(own).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_cap_on_the_cost_of_all_seats_is_kept_by_the_ledger() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(20)).await;
        insta::assert_snapshot!(r.lines(&["refused", "hold"]), @"  10.240 ada refused by the ledger: the seats would cost more than the member's cap of £121.99");
    };
    let cap = |profile: &mut Profile| profile.cost_max = Some(Price::new(12_199, Currency::GBP));
    Rehearsal::of(falls([seats(2).at(secs(10))])).profiles(cap).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn who_has_the_higher_priority_comes_first() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", Configuration { priority: 1, ..wants(2) }).await;
        r.after(secs(20)).await;
        assert_eq!((r.basket("ada"), r.basket("ben")), (0, 2));
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_changed_wish_is_taken_up_after_thirty_looks_and_at_once_by_starting_again() {
    let script = falls([seats(1).at(secs(50)), seats(1).row("H").at(secs(70))]);
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", wants(2)).await;
        r.after(secs(5)).await;
        r.rewrite("ada", wants(1)).await;
        r.after(secs(60)).await;
        r.start("ben", wants(1)).await;
        r.after(secs(80)).await;
        insta::assert_snapshot!(r.lines(&["hold", "proof"]), @"
        50.320 ada hold first East Lower 5, row F, seat 245, £61.00 each -> granted
        50.360 ada proof proven East Lower 5, block 120, row F, seat 245
        70.320 ben hold first East Lower 5, row H, seat 257, £61.00 each -> granted
        70.360 ben proof proven East Lower 5, block 120, row H, seat 257
        ");
    };
    Rehearsal::of(script).members(2).run(story).await;
}
