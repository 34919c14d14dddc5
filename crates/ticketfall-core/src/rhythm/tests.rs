use std::sync::Arc;

use jiff::ToSpan as _;

use super::*;

const ASKED: Duration = Duration::from_secs(30);
const FLOOR: Duration = Duration::from_secs(2);

fn opening() -> Timestamp {
    "2026-11-01T00:00:00Z".parse().unwrap()
}

fn at(day: i64, hour: i64, second: i64) -> Timestamp {
    opening() + (day * 24 + hour).hours() + second.seconds()
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Days that were watched around the clock, on which falls of ten seconds came in these hours.
fn days(count: i64, hours: &[i64]) -> Past {
    let hours_of = |day: i64| (0..24).map(move |hour| (at(day, hour, 0), 120));
    let falls_of = |day: i64| {
        hours.iter().flat_map(move |hour| (0..4).map(move |n| (at(day, *hour, n * 700 + day * 13), secs(10))))
    };
    Past {
        starts_at: None,
        hours: (0..count).flat_map(hours_of).collect(),
        falls: (0..count).flat_map(falls_of).collect(),
    }
}

fn share(looks: f64, lives: &[u64]) -> f64 {
    let lives = Lives::of(lives.iter().map(|life| secs(*life)));
    lives.seen_by_rate(looks).unwrap()
}

fn about(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

#[test]
fn a_fall_is_seen_with_the_chance_that_a_look_meets_it() {
    assert!(about(share(1.0, &[2, 5]), 1.0));
    assert!(about(share(0.1, &[2, 5, 10, 40]), (0.2 + 0.5 + 1.0 + 1.0) / 4.0));
    assert_eq!(Lives::default().seen_at(secs(1)), None);
    let lives = Lives::of([30, 1, 4].map(secs).into_iter());
    assert_eq!((lives.count(), lives.median()), (3, Some(secs(4))));
}

#[test]
fn a_life_ends_between_the_last_look_that_showed_it_and_the_first_that_did_not() {
    assert_eq!(life(at(0, 0, 10), at(0, 0, 10), at(0, 0, 40)), secs(15));
    assert_eq!(life(at(0, 0, 10), at(0, 0, 70), at(0, 0, 100)), secs(75));
    assert_eq!(life(at(0, 0, 10), at(0, 0, 5), at(0, 0, 3)), secs(0), "a clock that was set back");
}

#[test]
fn hours_in_which_more_falls_come_than_their_share_are_likely() {
    let past = days(10, &[9, 18]);
    let rhythm = Rhythm::learn([&past].into_iter(), &TimeZone::UTC);
    assert!(rhythm.likelihood(at(20, 9, 1_800), None) > 8.0);
    assert!(rhythm.likelihood(at(20, 3, 0), None) < 0.3);
    let nothing = Rhythm::learn([].into_iter(), &TimeZone::UTC);
    assert!(about(nothing.likelihood(at(0, 3, 0), None), 1.0));
}

#[test]
fn an_hour_that_nobody_watched_is_neither_likely_nor_unlikely() {
    let mut past = days(10, &[9]);
    past.hours.retain(|(hour, _)| hour_of(*hour, &TimeZone::UTC) < 12);
    let rhythm = Rhythm::learn([&past].into_iter(), &TimeZone::UTC);
    assert!(about(rhythm.by_hour[15], 1.0));
}

#[test]
fn hours_with_few_looks_do_not_pass_for_hours_with_few_falls() {
    let all: Vec<i64> = (0..24).collect();
    let mut past = days(14, &all);
    let is_busy = |at: Timestamp| hour_of(at, &TimeZone::UTC) == 9;
    for (hour, looks) in &mut past.hours {
        *looks = if is_busy(*hour) { 360 } else { 90 };
    }
    let mut falls = 0;
    past.falls.retain(|(at, _)| {
        falls += 1;
        is_busy(*at) || falls % 4 == 0
    });
    let rhythm = Rhythm::learn([&past].into_iter(), &TimeZone::UTC);
    assert!((0.9..1.1).contains(&rhythm.by_hour[9]), "{:?}", rhythm.by_hour);
    let comparison = compare(&[past], &TimeZone::UTC, ASKED, FLOOR).unwrap();
    assert!(!comparison.wins(), "{comparison:?}");
}

#[test]
fn the_hours_are_those_of_the_venues_clock() {
    let past = days(10, &[9]);
    let rome = TimeZone::get("Europe/Rome").unwrap_or(TimeZone::fixed(jiff::tz::offset(1)));
    let rhythm = Rhythm::learn([&past].into_iter(), &rome);
    assert!(rhythm.by_hour[10] > 8.0 && rhythm.by_hour[9] < 0.5);
}

#[test]
fn a_match_that_is_near_is_told_from_one_that_is_far() {
    let starts_at = Some(at(10, 15, 0));
    let nearness = |day, hour| Nearness::of(at(day, hour, 0), starts_at);
    assert_eq!(
        [nearness(0, 0), nearness(5, 0), nearness(8, 0), nearness(10, 0), nearness(10, 13), nearness(11, 0)],
        [Nearness::Far, Nearness::Week, Nearness::Days, Nearness::Day, Nearness::Hours, Nearness::Hours]
    );
    assert_eq!(Nearness::of(at(0, 0, 0), None), Nearness::Unknown);
}

#[test]
fn a_day_has_no_more_looks_than_evenly_and_never_faster_than_the_floor() {
    let past = days(10, &[9, 18]);
    let rhythm = Arc::new(Rhythm::learn([&past].into_iter(), &TimeZone::UTC));
    for (asked, floor) in [(30, 2), (30, 29), (5, 5), (2, 5), (600, 1)] {
        let mut spending = Spending::new(Arc::clone(&rhythm), None);
        let (asked, floor) = (secs(asked), secs(floor));
        let (mut now, mut looks) = (at(20, 0, 0), 0_u64);
        while now < at(21, 0, 0) {
            let interval = spending.interval(asked, floor, now);
            assert!(interval >= floor);
            now = now.checked_add(interval).unwrap();
            looks += 1;
        }
        let evenly = 86_400 / asked.max(floor).as_secs();
        // An hour's last look may stand at its very end.
        assert!(looks <= evenly + 24, "{looks} looks, not {evenly}");
    }
}

#[test]
fn looks_are_dense_where_falls_are_likely_and_sparse_elsewhere() {
    let past = days(10, &[9, 18]);
    let rhythm = Arc::new(Rhythm::learn([&past].into_iter(), &TimeZone::UTC));
    let mut spending = Spending::new(rhythm, None);
    let mut interval = |hour| spending.interval(ASKED, FLOOR, at(20, hour, 60));
    let (quiet, busy) = (interval(3), interval(9));
    assert!(busy < secs(15) && quiet > secs(30), "{busy:?} and {quiet:?}");
}

#[test]
fn spending_wins_where_falls_have_hours() {
    let comparison = compare(&[days(14, &[9, 18])], &TimeZone::UTC, ASKED, FLOOR).unwrap();
    assert!(comparison.wins(), "{comparison:?}");
    assert!(about(comparison.even, 1.0 / 3.0) && comparison.likely > 0.8, "{comparison:?}");
}

#[test]
fn spending_does_not_win_where_falls_have_no_hours() {
    let all: Vec<i64> = (0..24).collect();
    let comparison = compare(&[days(14, &all)], &TimeZone::UTC, ASKED, FLOOR).unwrap();
    assert!(!comparison.wins(), "{comparison:?}");
}

#[test]
fn spending_does_not_win_where_each_day_has_other_hours() {
    let mut past = days(14, &[]);
    for day in 0..14 {
        let hour = day * 11 % 24;
        past.falls.extend((0..8).map(|n| (at(day, hour, n * 400), secs(10))));
    }
    let comparison = compare(&[past], &TimeZone::UTC, ASKED, FLOOR).unwrap();
    assert!(!comparison.wins(), "{comparison:?}");
}

#[test]
fn a_few_days_prove_nothing() {
    let few = compare(&[days(5, &[9, 18])], &TimeZone::UTC, ASKED, FLOOR).unwrap();
    assert!(!few.wins() && few.gain() > 0.3, "{few:?}");
    assert_eq!(compare(&[], &TimeZone::UTC, ASKED, FLOOR), None);
}
