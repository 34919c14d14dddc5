//! Match days drawn from seeds: the whole service against the box office, with everything that can go wrong,
//! judged after every step.

mod day;
mod evening;
mod judge;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use self::day::Day;
use self::evening::{Report, play};

const KEPT: &str = include_str!("simulation/seeds.txt");

fn as_it_is(router: axum::Router) -> axum::Router {
    router
}

/// Plays the days of these seeds on every core.
fn play_all(seeds: &[u64]) -> Vec<(u64, Report)> {
    let next = AtomicU64::new(0);
    let worker = || {
        let mut failed = Vec::new();
        loop {
            let turn = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap();
            let Some(seed) = seeds.get(turn) else { return failed };
            let report = play(&Day::draw(*seed), as_it_is);
            if !report.broken.is_empty() {
                failed.push((*seed, report));
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn every_promise_is_kept_on_two_hundred_match_days() {
    let seeds: Vec<u64> = (1..=std::env::var("DAYS").map_or(200, |n| n.parse().unwrap())).collect();
    let failed = play_all(&seeds);
    let told: Vec<String> = failed
        .iter()
        .map(|(seed, report)| format!("scripts/simulate --seed {seed}: {}", report.broken.join("; ")))
        .collect();
    assert!(told.is_empty(), "{} days\n{}", told.len(), told.join("\n"));
}

#[test]
fn a_match_day_is_repeatable_to_the_byte() {
    for seed in [3, 11, 27] {
        let day = Day::draw(seed);
        let (one, other) = (play(&day, as_it_is), play(&day, as_it_is));
        assert_eq!(one.story, other.story, "seed {seed}");
    }
}

#[test]
fn one_day() {
    let seed = std::env::var("SEED").map_or(1, |seed| seed.parse().unwrap());
    let day = Day::draw(seed);
    let report = play(&day, as_it_is);
    println!("{day:#?}\n{}\n{:?}", report.story, report.broken);
}
