//! Match days drawn from seeds: the whole service against the box office, with everything that can go wrong,
//! judged after every step.

mod day;
mod evening;
mod judge;
mod planted;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use self::day::Day;
use self::evening::{Report, play};
use self::planted::{PLANTED, Planted};

/// Seeds of days on which a promise was broken once.
const KEPT: &str = include_str!("simulation/seeds.txt");
/// How many days every run of the tests plays.
const DAYS: u64 = 200;
/// On how many days a planted mistake may go unnoticed.
const UNNOTICED_MAX: u64 = 60;

fn as_it_is(router: axum::Router) -> axum::Router {
    router
}

/// The seeds to play: the usual ones, or those that `scripts/simulate` asks for, as `first..last`.
#[expect(clippy::disallowed_methods, reason = "a test has no other configuration")]
fn seeds() -> Vec<u64> {
    let Ok(asked) = std::env::var("TICKETFALL_SEEDS") else { return (1..=DAYS).collect() };
    let (first, last) = asked.split_once("..").unwrap();
    (first.parse().unwrap()..=last.parse().unwrap()).collect()
}

/// Plays the days of these seeds on every core, and tells those on which a promise was broken.
fn broken(seeds: &[u64]) -> Vec<(u64, Report)> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let turns = std::iter::repeat_with(|| seeds.get(next.fetch_add(1, Ordering::Relaxed)));
        let days = turns.map_while(|seed| seed.map(|seed| (*seed, play(&Day::draw(*seed), as_it_is))));
        days.filter(|(_, report)| !report.broken.is_empty()).collect::<Vec<_>>()
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

fn told(broken: &[(u64, Report)]) -> String {
    let mut told = String::new();
    for (seed, report) in broken {
        writeln!(told, "scripts/simulate --seed {seed}\n    {}", report.broken.join("\n    ")).unwrap();
    }
    if let [(_, report)] = broken {
        told.push_str(&report.story);
    }
    told
}

#[test]
fn every_promise_is_kept_on_every_match_day() {
    let broken = broken(&seeds());
    assert!(broken.is_empty(), "a promise was broken on {} days\n{}", broken.len(), told(&broken));
}

#[test]
fn days_on_which_a_promise_was_broken_once_are_good_days_now() {
    let kept: Vec<u64> = KEPT.lines().map(|seed| seed.parse().unwrap()).collect();
    let broken = broken(&kept);
    assert!(broken.is_empty(), "a promise was broken on {} days\n{}", broken.len(), told(&broken));
}

#[test]
fn a_match_day_is_repeatable_to_the_byte() {
    for seed in [3, 11, 27, 61, 64, 132] {
        let day = Day::draw(seed);
        let (one, other) = (play(&day, as_it_is), play(&day, as_it_is));
        assert!(one.story.lines().count() > 15, "{}", one.story);
        assert_eq!(one.story, other.story, "seed {seed}");
    }
}

#[test]
fn every_planted_mistake_is_found() {
    let unnoticed: Vec<&str> =
        PLANTED.iter().filter(|planted| !is_found(planted)).map(|planted| planted.name).collect();
    assert_eq!(unnoticed, [] as [&str; 0]);
}

/// `scripts/simulate --teeth` plants these in a copy of the source.
#[test]
fn mistakes_for_the_source_still_fit_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let patches = std::fs::read_dir(root.join("crates/ticketfall/tests/it/simulation/planted")).unwrap();
    for patch in patches.map(|entry| entry.unwrap().path()) {
        let text = std::fs::read_to_string(&patch).unwrap();
        let target = text.lines().find_map(|line| line.strip_prefix("+++ b/")).unwrap();
        let source = std::fs::read_to_string(root.join(target)).unwrap();
        for hunk in text.split("\n@@ ").skip(1) {
            let lines = hunk.lines().skip(1);
            let before: String = lines
                .filter_map(|line| line.strip_prefix([' ', '-']))
                .flat_map(|line| [line, "\n"])
                .collect();
            assert!(source.contains(&before), "{} does not fit {target} any more", patch.display());
        }
    }
}

fn is_found(planted: &Planted) -> bool {
    let is_bad = |seed| {
        let broken = play(&Day::draw(seed), planted.tamper).broken;
        broken.iter().any(|said| said.contains(planted.complaint))
    };
    // It was found on that day; where days have changed since, it is on another.
    [planted.found_on].into_iter().chain(1..=UNNOTICED_MAX).any(is_bad)
}
