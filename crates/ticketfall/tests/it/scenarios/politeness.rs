//! How fast a seller is asked, whoever asks: budgets, waits, back-off, freshness.

use super::*;

fn status(status: u16, retry_after: Option<u64>) -> Fault {
    Fault::once(FaultKind::Status { status, retry_after }).on(RequestKind::Feed)
}

/// When looks left, in whole milliseconds.
fn looks(r: &Scene) -> Vec<u128> {
    r.carried().iter().filter(|one| one.is_look()).map(|one| one.left.as_millis()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_members_cost_the_seller_one_look_a_second() {
    let story = async |r: &mut Scene| {
        for member in r.office.members() {
            r.start(member.email.split('@').next().unwrap(), wants(2)).await;
        }
        r.after(secs(5)).await;
        let before = r.count(|_| true);
        r.after(secs(65)).await;
        let looks = r.carried()[before..].iter().filter(|one| one.is_look()).count();
        assert!((59..=61).contains(&looks), "{looks} looks in a minute");
        let renewals = r.carried()[before..].len() - looks;
        assert!(renewals <= 3 * 700, "{renewals} requests beside looks");
    };
    Rehearsal::of(Script::default()).members(1_000).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn three_seats_for_a_thousand_members_are_asked_for_three_times_and_the_next_three_by_the_next_in_line()
{
    let story = async |r: &mut Scene| {
        for member in r.office.members() {
            r.start(member.email.split('@').next().unwrap(), wants(1)).await;
        }
        r.after(secs(19)).await;
        let before = r.office.log().len();
        r.after(secs(30)).await;
        let fallen: Vec<_> = r.office.log().split_off(before);
        let of = |name: &str| {
            let asked =
                fallen.iter().filter(|line| line.member.as_deref() == Some(&format!("{name}@example.org")));
            let asked = asked.skip_while(|line| !line.path.contains("BestAvailable"));
            let steps: Vec<String> = asked
                .filter(|line| !line.path.contains("AvailableResale"))
                .map(|line| format!("{} {}", line.method, line.path.rsplit('/').next().unwrap()))
                .collect();
            steps.join(", ")
        };
        let asks_for_a_hold = |line: &&LogLine| line.method == "POST" && line.path.contains("BestAvailable");
        let asked = fallen.iter().filter(asks_for_a_hold).count();
        assert_eq!(
            asked,
            6,
            "as many as there were seats:\n{}",
            r.lines(&["hold ", "proof", "refused", "fall "])
        );
        for name in &CAST[..6] {
            assert_eq!(of(name), "POST ResaleSeats, PUT ResaleSeats, GET Basket", "{name}");
            assert_eq!(r.basket(name), 1);
        }
        assert_eq!(r.lines(&["hold "]).lines().count(), 6);
    };
    // Three beside each other: the seller gives them out in an order of its own.
    let all = [seats(3).at(secs(20)), seats(3).row("M").at(secs(25))];
    Rehearsal::of(falls(all)).members(1_000).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_obeyed_by_everybody() {
    let script = Script { faults: vec![status(429, Some(30)).at(secs(10))], ..Script::default() };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", wants(2)).await;
        r.after(secs(60)).await;
        insta::assert_snapshot!(r.lines(&["status", "reading"]), @"
         0.000 ada status SearchingTickets
         0.000 ben status SearchingTickets
        10.240 reading slowDown
        10.240 ada status BackingOff
        10.240 ben status BackingOff
        40.280 reading unchanged
        40.280 ada status SearchingTickets
        40.280 ben status SearchingTickets
        ");
        let asked = r.count(|one| (secs(11)..secs(40)).contains(&one.left));
        assert_eq!(asked, 0);
    };
    Rehearsal::of(script).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_failing_seller_is_asked_less_and_less_and_then_as_before() {
    let script = Script { faults: vec![status(503, None).at(secs(10)).times(4)], ..Script::default() };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(60)).await;
        let gaps: Vec<u128> = looks(r).windows(2).map(|pair| pair[1] - pair[0]).collect();
        let waits: Vec<&u128> = gaps.iter().filter(|gap| **gap > 1_100).collect();
        assert!(waits.len() >= 3 && waits.is_sorted(), "{gaps:?}");
        assert_eq!(gaps.last(), Some(&1_000));
        insta::assert_snapshot!(r.lines(&["status", "reading"]), @"
         0.000 ada status SearchingTickets
        10.240 reading failing: the seller answers with status 503
        10.240 ada status BackingOff
        11.937 reading failing: the seller answers with status 503
        15.046 reading failing: the seller answers with status 503
        20.044 reading failing: the seller answers with status 503
        34.315 reading unchanged
        34.315 ada status SearchingTickets
        ");
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn no_window_sees_more_than_the_budget_over_all_members() {
    let story = async |r: &mut Scene| {
        for name in CAST {
            r.start(name, wants(2)).await;
        }
        r.after(secs(600)).await;
        let carried = r.carried();
        let within = |first: &Carried| {
            carried.iter().filter(|one| (first.left..first.left + secs(60)).contains(&one.left)).count()
        };
        let most = carried.iter().map(within).max();
        assert!((Some(15)..=Some(20)).contains(&most), "{most:?} requests in a minute");
        assert!(looks(r).len() > 60, "{} looks", looks(r).len());
        assert_eq!(CAST.map(|name| r.basket(name)).iter().sum::<usize>(), 2);
    };
    let budget = |seller: &mut Definition| {
        seller.pace.budget = Some(Budget { requests: 20, window: secs(60), reserve: 5 });
    };
    Rehearsal::of(falls([seats(2).at(secs(400))])).members(10).seller(budget).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_crowd_gets_ready_one_after_the_other_and_leaves_half_of_the_budget_to_looks() {
    let story = async |r: &mut Scene| {
        for name in CAST {
            r.start(name, wants(2)).await;
        }
        r.after(secs(300)).await;
        let ready = r.count(|one| one.path.contains("ItemsCount"));
        assert!((1..CAST.len()).contains(&ready), "{ready} are ready, where some still have to wait");
        let first = looks(r)[0];
        for minute in 0..(300_000 - first) / 60_000 {
            let of_minute = first + minute * 60_000..first + (minute + 1) * 60_000;
            let seen = looks(r).iter().filter(|at| of_minute.contains(at)).count();
            assert!(seen >= 3, "{seen} looks in minute {minute}");
        }
    };
    let budget = |seller: &mut Definition| {
        seller.pace.budget = Some(Budget { requests: 8, window: secs(60), reserve: 2 });
    };
    Rehearsal::of(Script::default()).members(10).seller(budget).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_looks_sooner_than_the_sellers_floor() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(60)).await;
        assert!(looks(r).windows(2).all(|pair| pair[1] - pair[0] >= 5_000), "{:?}", looks(r));
    };
    Rehearsal::of(Script::default()).seller(|seller| seller.pace.floor = secs(5)).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_stays_fresh_is_not_asked_for_sooner() {
    let script = Script { cache: Cache { max_age: 10 }, ..Script::default() };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(100)).await;
        assert!((9..=11).contains(&looks(r).len()), "{:?}", looks(r));
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_block_ends_the_search_and_nothing_more_is_asked_with_that_session() {
    let block = Fault::once(FaultKind::Block).on(RequestKind::Feed).at(secs(10));
    let script = Script { faults: vec![block], ..Script::default() };
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", wants(2)).await;
        r.after(secs(150)).await;
        insta::assert_snapshot!(r.lines(&["status", "reading"]), @r#"
         0.000 ada status SearchingTickets
         0.000 ben status SearchingTickets
        10.240 reading blocked: the answer says "block"
        10.240 ada status Blocked: the answer says "block"
        11.240 reading unchanged
        "#);
        let after = |name: &str| r.count(|one| one.left > secs(11) && one.by.as_deref() == Some(name));
        assert_eq!(after("ada"), 0);
        assert!(after("ben") > 130);
        assert_eq!(r.desired("ada").await, Desired::Stopped);
    };
    Rehearsal::of(script).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_begins_after_another_keeps_the_sellers_floor_too() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(7)).await;
        r.stop("ada").await;
        r.start("ben", wants(2)).await;
        r.after(secs(30)).await;
        let looks: Vec<_> = r.carried().into_iter().filter(Carried::is_look).collect();
        assert!(looks.iter().any(|one| one.by.as_deref() == Some("ben")));
        let gaps = looks.windows(2).map(|pair| pair[1].left.saturating_sub(pair[0].left));
        assert!(gaps.min().unwrap() >= secs(5), "{looks:?}");
    };
    Rehearsal::of(Script::default()).members(2).seller(|seller| seller.pace.floor = secs(5)).run(story).await;
}
