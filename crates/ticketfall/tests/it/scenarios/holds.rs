//! Between a fall and the order page: refusals, rivals, answers that never come.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_fall_is_held_and_proven() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(20)).await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
        10.320 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        10.360 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        10.360 ada status Tickets
        10.360 ada order page, 599 s left
        ");
        assert_eq!(r.basket("ada"), 2);
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_hold_costs_its_own_steps_and_nothing_before_them() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(20)).await;
        let carried = r.carried();
        let hold = carried.iter().position(Carried::is_hold).unwrap();
        let steps: Vec<_> = carried[hold - 1..=hold + 2].iter().map(Carried::brief).collect();
        assert_eq!(steps, ["GET AvailableResale", "POST ResaleSeats", "PUT ResaleSeats", "GET Basket"]);
        assert_eq!(carried[hold].left, carried[hold - 1].done.unwrap());
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_second_buyer_is_quicker() {
    let rivals = Rivals { count: 1, appetite: 1.0, reaction_ms: [250, 250], max_price: None };
    let script = Script { rivals, ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(20)).await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
        10.280 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> refused
        10.280 ada refused by the seller: Sorry, we could not complete your request. Please try again.
        10.360 ada hold freshKey East Lower 5, row F, seats 245–246, £61.00 each -> refused
        10.360 ada refused by the seller: Northend FC Matches Basket Sign in Something went wrong Sorry, we could not complete your request. Please try again. All matches · Sign in
        10.400 ada seat view nothing fits
        10.400 ada status TicketFall_09:41pm
        11.240 gone East Lower 5, row F, seats 245–246, £61.00 each
        ");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_stale_key_is_read_again_and_the_hold_stands() {
    let stale = Fault::once(FaultKind::StaleKey).on(RequestKind::Lock);
    let script = Script { faults: vec![stale], ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(20)).await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
        10.280 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> refused
        10.280 ada refused by the seller: Sorry, we could not complete your request. Please try again.
        10.400 ada hold freshKey East Lower 5, row F, seats 245–246, £61.00 each -> granted
        10.440 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        10.440 ada status Tickets
        10.440 ada order page, 599 s left
        ");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn seats_that_are_gone_are_looked_for_on_the_seat_map() {
    let refused = Fault::once(FaultKind::Status { status: 400, retry_after: None }).on(RequestKind::Lock);
    let script = Script { faults: vec![refused.times(2)], ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(20)).await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
        10.280 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> refused
        10.280 ada refused by the seller: Bad Request
        10.360 ada hold freshKey East Lower 5, row F, seats 245–246, £61.00 each -> refused
        10.360 ada refused by the seller: Bad Request
        10.400 ada seat view East Lower 5, row F, seats 245–246, £61.00 each
        10.440 ada hold seatView East Lower 5, row F, seats 245–246, £61.00 each -> granted
        10.480 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        10.480 ada status Tickets
        10.480 ada order page, 599 s left
        ");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_is_never_answered_is_found_in_the_basket_and_not_asked_for_twice() {
    let silent = Fault::once(FaultKind::GrantThenSilence).on(RequestKind::Put);
    let script = Script { faults: vec![silent], ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(60)).await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
        40.280 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> unknown
        41.977 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        41.977 ada status Tickets
        41.977 ada order page, 568 s left
        ");
        assert_eq!(r.count(Carried::is_hold), 2);
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_leaves_the_basket_empty_is_no_hold() {
    let empty = Fault::once(FaultKind::EmptyBasket).on(RequestKind::Put);
    let script = Script { faults: vec![empty], ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(40)).await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
        10.320 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        11.480 ada proof absent
        11.520 ada released
        11.520 ada status TicketFall_09:41pm
        26.640 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        26.680 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        26.680 ada status Tickets
        26.680 ada order page, 599 s left
        ");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn three_seats_are_held_for_one_of_ten_members_and_the_next_fall_for_the_next() {
    let script = falls([seats(3).at(secs(10)), seats(2).row("H").at(secs(20))]);
    let story = async |r: &mut Scene| {
        for name in CAST {
            r.start(name, wants(2)).await;
            r.after(r.now() + secs(1) / 10).await;
        }
        r.after(secs(30)).await;
        insta::assert_snapshot!(r.lines(&["fall", "hold", "proof", "order"]), @"
        10.240 fall East Lower 5, row F, seats 245–247, £61.00 each
        10.320 ada hold first East Lower 5, row F, seats 246–247, £61.00 each -> granted
        10.360 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        10.360 ada order page, 599 s left
        20.240 fall East Lower 5, row H, seats 256–257, £61.00 each
        20.320 ben hold first East Lower 5, row H, seats 256–257, £61.00 each -> granted
        20.360 ben proof proven East Lower 5, block 120, row H, seat 257; East Lower 5, block 120, row H, seat 256
        20.360 ben order page, 599 s left
        ");
    };
    Rehearsal::of(script).members(10).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_late_grant_is_released_when_the_search_was_stopped_meanwhile() {
    let slow = Fault::once(FaultKind::Slow(secs(5))).on(RequestKind::Put);
    let script = Script { faults: vec![slow], ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(12)).await;
        r.stop("ada").await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
        12.000 ada status Stopped: stopped
        15.320 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        15.360 ada released
        ");
        assert_eq!(r.basket("ada"), 0);
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_expires_ends_the_search() {
    let limits = Limits { basket_minutes: 2, ..Limits::default() };
    let script = Script { limits, ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(140)).await;
        insta::assert_snapshot!(r.timeline(), @"
          0.000 ada status SearchingTickets
          0.000 ada session restored
         10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
         10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
         10.320 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
         10.360 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
         10.360 ada status Tickets
         10.360 ada order page, 119 s left
        131.440 ada status Stopped: the held seats have left the basket
        ");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn other_seats_than_those_wanted_are_given_back() {
    let dear = seats(2).row("H").price(Pence(15_000));
    let script = falls([dear.at(secs(10)), seats(2).row("G").at(secs(10))]);
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(20)).await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row H, seats 246–247, £150.00 each
        10.240 fall East Lower 5, row G, seats 256–257, £61.00 each
        10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row G, seats 256–257, £61.00 each
        10.320 ada hold first East Lower 5, row G, seats 256–257, £61.00 each -> granted
        10.360 ada proof unwanted £150.00 a seat is over the cap of £100.00
        10.400 ada released
        10.400 ada status TicketFall_09:41pm
        11.280 ada hold first East Lower 5, row G, seats 256–257, £61.00 each -> granted
        11.320 ada proof proven East Lower 5, block 120, row G, seat 257; East Lower 5, block 120, row G, seat 256
        11.320 ada status Tickets
        11.320 ada order page, 599 s left
        ");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn seats_that_are_locked_but_do_not_reach_the_basket_are_given_back() {
    let refused = Fault::once(FaultKind::Status { status: 400, retry_after: None }).on(RequestKind::Put);
    let script = Script { faults: vec![refused], ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(12)).await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
        10.320 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> refused
        10.320 ada refused by the seller: Bad Request
        10.360 ada released
        10.360 ada status TicketFall_09:41pm
        ");
        assert_eq!(r.office.books().seats_on_sale(LEAGUE_MATCH).len(), 2);
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn locked_seats_are_given_back_also_when_the_page_key_has_changed_meanwhile() {
    let refused = Fault::once(FaultKind::Status { status: 400, retry_after: None }).on(RequestKind::Put);
    let stale = Fault::once(FaultKind::StaleKey).on(RequestKind::Release);
    let script = Script { faults: vec![refused, stale], ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(10) + Duration::from_millis(700)).await;
        assert_eq!(r.lines(&["released"]).lines().count(), 1);
        assert_eq!(r.office.books().seats_on_sale(LEAGUE_MATCH).len(), 2);
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_hold_leaves_the_third_seat_to_the_next_in_line() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(15)).await;
        r.start("ben", wants(1)).await;
        r.after(secs(20)).await;
        insta::assert_snapshot!(r.lines(&["hold", "proof"]), @"
        10.320 ada hold first East Lower 5, row F, seats 246–247, £61.00 each -> granted
        10.360 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        15.240 ben hold first East Lower 5, row F, seat 247, £61.00 each -> granted
        15.280 ben proof proven East Lower 5, block 120, row F, seat 247
        ");
        assert_eq!((r.basket("ada"), r.basket("ben")), (2, 1));
    };
    Rehearsal::of(falls([seats(3).at(secs(10))])).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn seats_that_a_stopped_member_did_not_pay_for_go_to_another() {
    let script = Script {
        limits: Limits { basket_minutes: 1, ..Limits::default() },
        ..falls([seats(2).at(secs(10))])
    };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", wants(2)).await;
        r.after(secs(20)).await;
        r.stop("ada").await;
        r.after(secs(80)).await;
        insta::assert_snapshot!(r.lines(&["hold", "proof", "Stopped"]), @"
        10.320 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        10.360 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        20.000 ada status Stopped: stopped
        71.320 ben hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        71.360 ben proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        ");
        assert_eq!(r.basket("ben"), 2);
    };
    Rehearsal::of(script).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_scenario_is_the_same_to_the_byte_whenever_it_is_played() {
    let mut told = Vec::new();
    for _ in 0..2 {
        let weather = Weather { falls_per_minute: 20.0, ..Weather::default() };
        let rivals = Rivals { count: 5, appetite: 0.5, reaction_ms: [300, 3_000], max_price: None };
        let story = async |r: &mut Scene| {
            for name in &CAST[..3] {
                r.start(name, wants(2)).await;
            }
            r.after(secs(120)).await;
            told.push(r.timeline());
        };
        let script = Script { weather, rivals, ..Script::default() };
        Rehearsal::of(script).members(3).run(story).await;
    }
    assert!(told[0].contains(" proof proven"), "{}", told[0]);
    assert_eq!(told[0], told[1]);
}

#[tokio::test(start_paused = true)]
async fn refusals_without_end_are_met_with_fewer_and_fewer_tries() {
    let refused = Fault::once(FaultKind::Status { status: 400, retry_after: None }).on(RequestKind::Hold);
    let script = Script { faults: vec![refused.lasting(secs(3_600))], ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(600)).await;
        let tries: Vec<u64> =
            r.carried().iter().filter(|one| one.is_hold()).map(|one| one.left.as_secs()).collect();
        assert!((6..=48).contains(&tries.len()), "{tries:?}");
        // A second's gap lies within one try; whole seconds may be off by one.
        let pauses: Vec<u64> =
            tries.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 1).collect();
        assert!(pauses.windows(2).all(|pair| pair[1] + 1 >= pair[0]), "{pauses:?}");
        assert!(pauses.first() < pauses.last() && pauses.last() <= Some(&75), "{pauses:?}");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn giving_back_is_tried_again_until_the_seller_takes_the_seats() {
    let slow = Fault::once(FaultKind::Slow(secs(5))).on(RequestKind::Put);
    let failing = Fault::once(FaultKind::Status { status: 500, retry_after: None }).on(RequestKind::Release);
    let script = Script { faults: vec![slow, failing.times(2)], ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(12)).await;
        r.stop("ada").await;
        insta::assert_snapshot!(r.timeline(), @"
         0.000 ada status SearchingTickets
         0.000 ada session restored
        10.240 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.240 verdict ada, 2 together up to £100.00 each: East Lower 5, row F, seats 245–246, £61.00 each
        12.000 ada status Stopped: stopped
        15.320 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        21.440 ada released
        ");
        assert_eq!(r.basket("ada"), 0);
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn two_members_never_ask_for_the_same_seat_at_once() {
    let refused = Fault::once(FaultKind::Status { status: 400, retry_after: None }).on(RequestKind::Lock);
    let more = seats(1).row("H").at(Duration::from_millis(10_090));
    let script = Script { faults: vec![refused.times(2)], ..falls([seats(2).at(secs(10)), more]) };
    let story = async |r: &mut Scene| {
        for name in ["ada", "ben"] {
            r.start(name, Configuration { speed_limit: "0.1".parse().unwrap(), ..wants(2) }).await;
        }
        r.after(secs(20)).await;
        insta::assert_snapshot!(r.lines(&["fall East", "hold"]), @"
        10.040 fall East Lower 5, row F, seats 245–246, £61.00 each
        10.080 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> refused
        10.140 fall East Lower 5, row H, seat 257, £61.00 each
        10.160 ada hold freshKey East Lower 5, row F, seats 245–246, £61.00 each -> refused
        10.240 ada hold seatView East Lower 5, row F, seats 245–246, £61.00 each -> granted
        ");
    };
    Rehearsal::of(script).members(2).run(story).await;
}
