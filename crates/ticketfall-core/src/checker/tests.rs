use proptest::prelude::*;

use super::sample::{area, count, criteria, offer, plan, pounds, runs, snapshot, snapshots, wanting};
use super::*;
use crate::offer::{PartSeats, Quantity, Stock};
use crate::seat::{Place, SeatRun};

fn verdict(criteria: &Criteria, offers: Vec<Offer>) -> Verdict {
    check_ticket(criteria, &snapshot(offers), &plan())
}

fn reasons(criteria: &Criteria, offers: Vec<Offer>) -> Vec<Reason> {
    verdict(criteria, offers).refusals.into_iter().map(|refusal| refusal.reason).collect()
}

/// The groups as text: `12 y7 x3-4 £50.00`.
fn shown(verdict: &Verdict) -> Vec<String> {
    let part = |part: &crate::offer::Part| match &part.seats {
        PartSeats::Run(SeatRun { y, start, end }) => {
            format!("{} y{y} x{start}-{end} {}", part.area, part.price)
        }
        PartSeats::Any(seats) => format!("{} any {seats} {}", part.area, part.price),
    };
    let group = |group: &SeatGroup| group.parts.iter().map(part).collect::<Vec<_>>().join(" + ");
    verdict.groups.iter().map(group).collect()
}

fn places(group: &SeatGroup) -> Vec<Place> {
    let runs = group.parts.iter().filter_map(|part| match &part.seats {
        PartSeats::Run(run) => Some((part, *run)),
        PartSeats::Any(_) => None,
    });
    runs.flat_map(|(part, run)| run.places(&part.area)).collect()
}

#[test]
fn two_together_under_the_cap_are_found() {
    let found = verdict(&wanting(2), vec![offer("12", 75, runs(&[(7, 120, 122)]))]);
    assert_eq!(shown(&found), ["12 y7 x120-121 £75.00"]);
    assert_eq!((found.fitting, found.refusals.len()), (1, 0));
}

#[test]
fn each_refusal_carries_its_facts() {
    let elsewhere = Criteria { areas: vec![area("9")], ..wanting(2) };
    assert_eq!(reasons(&elsewhere, vec![offer("12", 75, runs(&[(7, 1, 2)]))]), [Reason::WrongArea]);
    let junior = Criteria { wanted_type: "Junior".parse().unwrap(), ..wanting(2) };
    assert_eq!(reasons(&junior, vec![offer("12", 75, runs(&[(7, 1, 2)]))]), [Reason::WrongType]);
    let pairs = Quantity { min: 2, max: None, step: 2 };
    let sold_in_pairs = Offer { quantity: pairs, ..offer("1", 50, runs(&[(1, 1, 9)])) };
    let offers = vec![
        offer("1", 120, runs(&[(1, 1, 9)])),
        offer("1", 50, runs(&[(1, 1, 2)])),
        offer("1", 50, runs(&[(1, 1, 2), (2, 1, 2)])),
        sold_in_pairs,
        offer("1", 50, count(Some(2), None)),
        offer("1", 50, count(Some(9), Some(2))),
    ];
    assert_eq!(
        reasons(&wanting(3), offers),
        [
            Reason::TooDear { price: pounds(120), cap: pounds(100) },
            Reason::TooFew { available: 2, wanted: 3 },
            Reason::NotTogether { longest: 2, wanted: 3 },
            Reason::QuantityNotSold { wanted: 3, quantity: pairs },
            Reason::TooFew { available: 2, wanted: 3 },
            Reason::NotTogether { longest: 2, wanted: 3 },
        ]
    );
}

#[test]
fn an_unknown_price_is_never_free() {
    let unpriced = Offer { price: None, ..offer("1", 0, runs(&[(1, 1, 2)])) };
    assert_eq!(reasons(&wanting(2), vec![unpriced.clone()]), [Reason::PriceUnknown]);
    assert_eq!(best_group(&wanting(2), &snapshot([unpriced]), &plan(), &Taken::default()), None);
}

#[test]
fn rows_are_wanted_by_their_printed_name() {
    let row_b = Criteria { rows: vec![" b ".to_owned()], ..wanting(2) };
    let found = verdict(&row_b, vec![offer("1", 50, runs(&[(0, 1, 2), (1, 1, 2), (3, 1, 2)]))]);
    assert_eq!(shown(&found), ["1 y1 x1-2 £50.00"]);
    let others = vec![
        offer("1", 50, runs(&[(2, 1, 2)])),
        offer("1", 50, runs(&[(3, 1, 2)])),
        offer("1", 50, count(Some(4), None)),
    ];
    let row = |name: Option<&str>| Reason::WrongRow { row: name.map(Into::into) };
    assert_eq!(reasons(&row_b, others), [row(Some("C")), row(None), row(None)]);
}

#[test]
fn no_single_seat_is_left_behind_where_that_can_be_avoided() {
    let found = verdict(&wanting(2), vec![offer("1", 50, runs(&[(1, 1, 3), (2, 1, 4), (3, 1, 2)]))]);
    assert_eq!(shown(&found), ["1 y2 x1-2 £50.00", "1 y3 x1-2 £50.00", "1 y1 x1-2 £50.00"]);
}

#[test]
fn the_best_group_comes_first() {
    let wish = Criteria { areas: vec![area("3"), area("1")], ..wanting(2) };
    let offers = vec![
        offer("1", 40, runs(&[(0, 1, 2)])),
        offer("3", 60, runs(&[(0, 1, 2)])),
        offer("3", 50, runs(&[(5, 7, 8), (2, 9, 10), (2, 3, 4), (1, 1, 3)])),
        offer("3", 50, count(Some(2), None)),
    ];
    assert_eq!(
        shown(&verdict(&wish, offers)),
        [
            "3 y2 x3-4 £50.00",
            "3 y2 x9-10 £50.00",
            "3 y5 x7-8 £50.00",
            "3 any 2 £50.00",
            "3 y1 x1-2 £50.00",
            "3 y0 x1-2 £60.00",
            "1 y0 x1-2 £40.00",
        ]
    );
}

#[test]
fn the_seller_decides_whether_an_unknown_number_will_do() {
    let offers = vec![offer("1", 50, count(None, None)), offer("2", 50, count(Some(3), None))];
    assert_eq!(shown(&verdict(&wanting(2), offers)), ["1 any 2 £50.00", "2 any 2 £50.00"]);
}

#[test]
fn seats_apart_come_in_the_fewest_parts_then_the_cheapest() {
    let apart = Criteria { together: false, ..wanting(3) };
    let offers = vec![
        offer("1", 40, runs(&[(0, 1, 1), (0, 5, 5), (0, 9, 9)])),
        offer("2", 60, runs(&[(0, 1, 2)])),
        offer("2", 70, runs(&[(1, 1, 2)])),
    ];
    assert_eq!(
        shown(&verdict(&apart, offers)),
        ["1 y0 x1-1 £40.00 + 2 y0 x1-2 £60.00", "1 y0 x1-1 £40.00 + 2 y1 x1-2 £70.00"]
    );
}

#[test]
fn seats_apart_leave_no_single_seat_behind_where_that_can_be_avoided() {
    let apart = Criteria { together: false, ..wanting(4) };
    let found = verdict(&apart, vec![offer("1", 50, runs(&[(0, 1, 3), (1, 1, 2), (2, 1, 2)]))]);
    assert_eq!(shown(&found)[0], "1 y1 x1-2 £50.00 + 1 y2 x1-2 £50.00");
}

#[test]
fn a_number_of_seats_apart_may_be_asked_for() {
    let apart = Criteria { together: false, ..wanting(2) };
    assert_eq!(shown(&verdict(&apart, vec![offer("1", 50, count(Some(2), Some(1)))])), ["1 any 2 £50.00"]);
}

#[test]
fn seats_of_two_markets_or_of_a_number_are_never_combined() {
    let apart = Criteria { together: false, ..wanting(2) };
    let primary = Offer { market: Market::Primary, ..offer("1", 50, runs(&[(0, 1, 1)])) };
    let offers = vec![primary, offer("1", 50, runs(&[(0, 3, 3)])), offer("1", 50, count(Some(1), None))];
    let too_few = Reason::TooFew { available: 1, wanted: 2 };
    assert_eq!(reasons(&apart, offers), [too_few.clone(), too_few.clone(), too_few]);
}

#[test]
fn seats_sold_in_steps_are_combined_only_with_each_other() {
    let apart = Criteria { together: false, ..wanting(2) };
    let pairs = Quantity { min: 2, max: Some(2), step: 2 };
    let offers = vec![
        Offer { quantity: pairs, ..offer("1", 50, runs(&[(0, 1, 1), (0, 5, 5)])) },
        offer("1", 50, runs(&[(0, 9, 9)])),
        Offer { quantity: Quantity { min: 2, ..Quantity::default() }, ..offer("1", 50, runs(&[(1, 1, 1)])) },
    ];
    let found = verdict(&apart, offers);
    assert_eq!(shown(&found), ["1 y0 x1-1 £50.00 + 1 y0 x5-5 £50.00"]);
    assert_eq!(found.refusals.iter().map(|refusal| refusal.offer).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn taken_seats_are_not_offered_again() {
    let on_sale = snapshot([offer("1", 50, runs(&[(0, 1, 5)])), offer("2", 50, count(Some(3), None))]);
    let mut taken = Taken::default();
    let mut next = || {
        let group = best_group(&wanting(2), &on_sale, &plan(), &taken)?;
        taken.take(&group);
        Some(group)
    };
    let groups: Vec<_> = std::iter::from_fn(&mut next).collect();
    let found = Verdict { groups, ..Verdict::default() };
    assert_eq!(shown(&found), ["1 y0 x1-2 £50.00", "2 any 2 £50.00", "1 y0 x3-4 £50.00"]);
    let wish = Wish { criteria: &wanting(2), plan: &plan(), taken: &taken };
    assert!(check(wish, &on_sale).refusals.iter().all(|refusal| refusal.reason == Reason::Taken));
}

#[test]
fn a_verdict_lists_no_more_groups_than_its_limit() {
    let offers: Vec<_> = (0..100).map(|y| offer("1", 50, runs(&[(y, 1, 2)]))).collect();
    let found = verdict(&wanting(2), offers);
    assert_eq!((found.groups.len(), found.fitting), (GROUPS_MAX, 100));
}

proptest! {
    #[test]
    fn every_offer_fits_or_is_refused(wish in criteria(), on_sale in snapshots()) {
        let found = check_ticket(&wish, &on_sale, &plan());
        prop_assert_eq!(found.fitting + found.refusals.len(), on_sale.offers.len());
        prop_assert!(found.refusals.windows(2).all(|pair| pair[0].offer < pair[1].offer));
        prop_assert_eq!(found.fitting > 0, !found.groups.is_empty());
        for Refusal { offer, .. } in &found.refusals {
            let alone = snapshot([on_sale.offers[*offer].clone()]);
            prop_assert_eq!(check_ticket(&wish, &alone, &plan()).groups, []);
        }
    }

    #[test]
    fn every_group_is_what_was_asked_for(wish in criteria(), on_sale in snapshots()) {
        for group in check_ticket(&wish, &on_sale, &plan()).groups {
            prop_assert_eq!(group.count(), wish.seats);
            let mut seats = places(&group);
            seats.sort();
            prop_assert!(seats.windows(2).all(|pair| pair[0] != pair[1]), "a seat twice: {:?}", group);
            prop_assert!(group.parts.len() == 1 || !wish.together);
            for part in &group.parts {
                prop_assert!(part.price.minor() <= wish.price_max.minor());
                prop_assert_eq!(part.price.currency(), wish.price_max.currency());
                prop_assert_eq!(part.market, group.parts[0].market);
                prop_assert!(wish.areas.is_empty() || wish.areas.contains(&part.area));
                prop_assert!(on_sale.offers.iter().any(|offer| sells(offer, part)), "{:?} is not on sale", part);
            }
        }
    }

    #[test]
    fn nothing_better_than_the_best_group_is_on_sale(wish in criteria(), on_sale in snapshots()) {
        let wish = Criteria { together: true, ..wish };
        let best = best_group(&wish, &on_sale, &plan(), &Taken::default());
        let worth = |group: &SeatGroup| {
            (wish.area_rank(&group.parts[0].area), group.parts[0].price.minor())
        };
        for offer in &on_sale.offers {
            if let Some(alone) = best_group(&wish, &snapshot([offer.clone()]), &plan(), &Taken::default()) {
                prop_assert!(best.as_ref().is_some_and(|best| worth(best) <= worth(&alone)));
            }
        }
    }

    #[test]
    fn the_quick_path_finds_what_the_full_verdict_lists_first(wish in criteria(), on_sale in snapshots()) {
        let quick = best_group(&wish, &on_sale, &plan(), &Taken::default());
        prop_assert_eq!(quick, check_ticket(&wish, &on_sale, &plan()).groups.first().cloned());
    }

    #[test]
    fn what_is_taken_is_not_found_again(wish in criteria(), on_sale in snapshots()) {
        let mut taken = Taken::default();
        let mut groups: Vec<SeatGroup> = Vec::new();
        while let Some(group) = best_group(&wish, &on_sale, &plan(), &taken) {
            prop_assert!(!groups.iter().any(|other| other.overlaps(&group)));
            taken.take(&group);
            groups.push(group);
            prop_assert!(groups.len() < 500);
        }
    }
}

fn sells(offer: &Offer, part: &crate::offer::Part) -> bool {
    let seats = match (&offer.stock, &part.seats) {
        (Stock::Runs(runs), PartSeats::Run(cut)) => {
            runs.iter().any(|run| run.y == cut.y && run.start <= cut.start && cut.end <= run.end)
        }
        (Stock::Count { available, .. }, PartSeats::Any(seats)) => {
            available.is_none_or(|most| *seats <= most)
        }
        (Stock::Runs(_), PartSeats::Any(_)) | (Stock::Count { .. }, PartSeats::Run(_)) => false,
    };
    seats
        && offer.area == part.area
        && offer.market == part.market
        && offer.price.is_none_or(|is| is == part.price)
}
