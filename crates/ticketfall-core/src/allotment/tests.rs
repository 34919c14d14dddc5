use proptest::prelude::*;

use super::*;
use crate::checker::best_group;
use crate::checker::sample::{
    area, count, criteria, offer, plan, pounds, runs, snapshot, snapshots, wanting,
};
use crate::ids::AreaId;
use crate::offer::{Offer, Part, PartSeats, Stock};
use crate::price::{Currency, Price};

/// A member in line.
#[derive(Debug, Clone)]
struct Waiting {
    profile: ProfileId,
    criteria: Criteria,
    priority: i32,
    since: Timestamp,
}

fn seeker(profile: &str, priority: i32, since: i64, criteria: Criteria) -> Waiting {
    let (profile, since) = (ProfileId::new(profile).unwrap(), Timestamp::from_second(since).unwrap());
    Waiting { profile, criteria, priority, since }
}

fn seekers(line: &[Waiting]) -> Vec<Seeker<'_>> {
    line.iter()
        .map(|Waiting { profile, criteria, priority, since }| Seeker {
            profile,
            criteria,
            priority: *priority,
            waiting_since: *since,
        })
        .collect()
}

fn allot(snapshot: &Snapshot, plan: &Plan, line: &[Waiting], taken: &Taken) -> Vec<Allotted> {
    super::allot(snapshot, plan, &seekers(line), taken)
}

fn names(allotted: &[Allotted]) -> Vec<&str> {
    allotted.iter().map(|allotted| allotted.profile.as_str()).collect()
}

/// The rule without any index: each in turn asks the checker for what is left.
fn one_by_one(on_sale: &Snapshot, line: &[Waiting], taken: &Taken) -> Vec<Allotted> {
    let mut taken = taken.clone();
    let mut allotted = Vec::new();
    for Seeker { profile, criteria, .. } in in_order(&seekers(line)) {
        if let Some(group) = best_group(criteria, on_sale, &plan(), &taken) {
            taken.take(&group);
            allotted.push(Allotted { profile: profile.clone(), group });
        }
    }
    allotted
}

#[test]
fn the_higher_priority_then_the_longest_wait_comes_first() {
    let on_sale = snapshot([offer("1", 50, runs(&[(0, 1, 2), (1, 1, 2), (2, 1, 2)]))]);
    let seekers = [
        seeker("d", 0, 10, wanting(2)),
        seeker("c", 0, 5, wanting(2)),
        seeker("b", 0, 10, wanting(2)),
        seeker("a", 1, 99, wanting(2)),
    ];
    assert_eq!(names(&allot(&on_sale, &plan(), &seekers, &Taken::default())), ["a", "c", "b"]);
}

#[test]
fn who_wants_something_else_gets_what_is_left() {
    let on_sale = snapshot([offer("1", 50, runs(&[(0, 1, 3)]))]);
    let seekers =
        [seeker("a", 2, 0, wanting(2)), seeker("b", 1, 0, wanting(2)), seeker("c", 0, 0, wanting(1))];
    assert_eq!(names(&allot(&on_sale, &plan(), &seekers, &Taken::default())), ["a", "c"]);
}

#[test]
fn a_number_is_given_out_only_as_often_as_it_lasts() {
    let on_sale = snapshot([offer("1", 50, count(Some(5), None)), offer("2", 60, count(None, None))]);
    let seekers: Vec<_> = ["a", "b", "c", "d"].map(|name| seeker(name, 0, 0, wanting(2))).into();
    let allotted = allot(&on_sale, &plan(), &seekers, &Taken::default());
    let areas: Vec<_> = allotted.iter().map(|given| given.group.parts[0].area.as_str()).collect();
    assert_eq!(areas, ["1", "1", "2"]);
}

#[test]
fn nobody_is_given_seats_that_are_taken() {
    let on_sale = snapshot([offer("1", 50, runs(&[(0, 1, 4)])), offer("1", 50, count(Some(2), None))]);
    let mut taken = Taken::default();
    let seekers: Vec<_> = ["a", "b", "c"].map(|name| seeker(name, 0, 0, wanting(2))).into();
    for allotted in allot(&on_sale, &plan(), &seekers, &taken) {
        taken.take(&allotted.group);
    }
    assert_eq!(allot(&on_sale, &plan(), &seekers, &taken), []);
}

#[test]
fn a_wish_that_found_nothing_hinders_no_other_wish() {
    let euros = Offer {
        price: Some(Price::new(5_000, Currency::EUR)),
        ..offer("2", 0, runs(&[(0, 1, 1), (0, 9, 9)]))
    };
    let on_sale = snapshot([offer("1", 50, runs(&[(0, 1, 1), (0, 5, 5)])), euros]);
    let apart = Criteria { together: false, ..wanting(2) };
    let seekers = [
        seeker("a", 9, 0, Criteria { price_max: pounds(40), ..apart.clone() }),
        seeker("b", 8, 0, Criteria { areas: vec![area("9")], ..apart.clone() }),
        seeker("c", 7, 0, Criteria { price_max: pounds(30), ..apart.clone() }),
        seeker("d", 6, 0, Criteria { areas: vec![area("1")], ..apart.clone() }),
        seeker("e", 5, 0, apart.clone()),
        seeker("f", 4, 0, Criteria { price_max: Price::new(6_000, Currency::EUR), ..apart }),
    ];
    assert_eq!(names(&allot(&on_sale, &plan(), &seekers, &Taken::default())), ["d", "f"]);
    assert_eq!(names(&allot(&on_sale, &plan(), &seekers[4..], &Taken::default())), ["e", "f"]);
    let cheaper = [seekers[0].clone(), seekers[4].clone()];
    assert_eq!(names(&allot(&on_sale, &plan(), &cheaper, &Taken::default())), ["e"]);
}

#[test]
fn many_members_with_wishes_of_their_own_are_all_served() {
    let on_sale = snapshot((0..300).map(|y| offer("1", 50, runs(&[(y, 1, 2)]))).collect::<Vec<_>>());
    let named = |at: i64| Criteria { rows: vec![format!("no row {at}")], ..wanting(2) };
    let mut seekers: Vec<_> = (0..200).map(|at| seeker(&format!("n{at}"), 1, at, named(at))).collect();
    seekers.extend((0..200).map(|at| seeker(&format!("p{at}"), 0, at, wanting(2))));
    assert_eq!(allot(&on_sale, &plan(), &seekers, &Taken::default()).len(), 200);
}

prop_compose! {
    fn crowds()(
        wishes in prop::collection::vec(criteria(), 1..4),
        members in prop::collection::vec((any::<prop::sample::Index>(), 0..2_i32, 0..3_i64), 0..12),
    ) -> Vec<Waiting> {
        let member = |(at, (wish, priority, since)): (usize, (prop::sample::Index, i32, i64))| {
            seeker(&format!("member-{at}"), priority, since, wish.get(&wishes).clone())
        };
        members.into_iter().enumerate().map(member).collect()
    }
}

proptest! {
    #[test]
    fn a_seat_is_never_asked_for_by_two_members(on_sale in snapshots(), crowd in crowds()) {
        let allotted = allot(&on_sale, &plan(), &crowd, &Taken::default());
        for (at, one) in allotted.iter().enumerate() {
            for other in &allotted[at + 1..] {
                prop_assert!(one.profile != other.profile);
                prop_assert!(!one.group.overlaps(&other.group), "{:?} and {:?}", one, other);
            }
        }
        for number in &on_sale.offers {
            let same = |area: &AreaId, market| number.area == *area && number.market == market;
            let parts = allotted.iter().flat_map(|given| &given.group.parts);
            let given: u32 = parts.filter(|part| same(&part.area, part.market)).map(unplaced).sum();
            let offers = on_sale.offers.iter().filter(|offer| same(&offer.area, offer.market));
            let on_sale: Option<u32> = offers.map(available).sum();
            prop_assert!(on_sale.is_none_or(|most| given <= most));
        }
    }

    #[test]
    fn a_member_gets_nothing_only_when_nothing_fits_what_is_left(on_sale in snapshots(), crowd in crowds()) {
        let allotted = allot(&on_sale, &plan(), &crowd, &Taken::default());
        prop_assert_eq!(allotted, one_by_one(&on_sale, &crowd, &Taken::default()));
    }

    #[test]
    fn what_others_hold_counts_like_what_was_just_given(
        on_sale in snapshots(), crowd in crowds(), later in crowds(),
    ) {
        let mut taken = Taken::default();
        for given in allot(&on_sale, &plan(), &crowd, &taken) {
            taken.take(&given.group);
        }
        let allotted = allot(&on_sale, &plan(), &later, &taken);
        prop_assert_eq!(allotted, one_by_one(&on_sale, &later, &taken));
    }

    #[test]
    fn the_order_in_which_members_are_listed_changes_nothing(
        on_sale in snapshots(), (crowd, shuffled) in crowds().prop_flat_map(|crowd| {
            (Just(crowd.clone()), Just(crowd).prop_shuffle())
        }),
    ) {
        let none = Taken::default();
        prop_assert_eq!(
            allot(&on_sale, &plan(), &crowd, &none),
            allot(&on_sale, &plan(), &shuffled, &none)
        );
    }
}

fn unplaced(part: &Part) -> u32 {
    match part.seats {
        PartSeats::Any(seats) => seats,
        PartSeats::Run(_) => 0,
    }
}

/// How many seats without a place are on sale, where that is known.
fn available(offer: &Offer) -> Option<u32> {
    match offer.stock {
        Stock::Count { available, .. } => available,
        Stock::Runs(_) => Some(0),
    }
}
