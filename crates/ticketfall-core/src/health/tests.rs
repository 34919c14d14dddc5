//! Each condition, provoked and passed, with time moved by hand.

use super::*;
use crate::ids::{EventId, SellerId};
use crate::watch::Phase;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_383_660 + second).unwrap()
}

fn event() -> EventKey {
    EventKey { seller: SellerId::new("boxoffice").unwrap(), event: EventId::new("4001").unwrap() }
}

fn ada() -> ProfileId {
    ProfileId::new("ada").unwrap()
}

fn watch() -> Concern {
    Concern::Watch(event(), None)
}

fn search() -> Concern {
    Concern::Search(ada(), event())
}

fn view(phase: Phase) -> Box<View> {
    Box::new(View {
        phase,
        interval: Some(Duration::from_secs(1)),
        looks: 7,
        last: None,
        fell_at: None,
        blind_since: None,
        blind: Duration::ZERO,
        blind_total: Duration::ZERO,
        members: 1,
        in_line: 1,
        offers: 0,
    })
}

fn looking(since: i64) -> Sign {
    let view = view(Phase::Looking { by: ada(), since: at(since) });
    Sign::Watch { view, is_barred: false, is_gone: false, is_unproven: false }
}

fn standing(phase: Phase, is_barred: bool) -> Sign {
    Sign::Watch { view: view(phase), is_barred, is_gone: false, is_unproven: false }
}

fn gone(is_unproven: bool) -> Sign {
    Sign::Search { is_gone: true, turns: 1, waiting: 0, is_unproven }
}

fn well() -> Sign {
    Sign::Search { is_gone: false, turns: 2, waiting: 0, is_unproven: false }
}

/// What is wanted while one part shows these signs, a line each.
fn story(concern: &Concern, signs: impl IntoIterator<Item = (i64, Sign)>) -> Vec<String> {
    let mut health = Health::default();
    let told = signs.into_iter().flat_map(|(second, sign)| {
        let effects = health.observe(vec![(concern.clone(), sign)], at(second));
        effects.into_iter().map(move |effect| match effect {
            Effect::Began(trouble) => format!("{second} {}", trouble.words),
            Effect::Over(_) => format!("{second} over"),
            Effect::Mend(_) => format!("{second} mend"),
        })
    });
    told.collect()
}

#[test]
fn a_look_that_does_not_end_is_a_trouble_and_begun_anew() {
    let signs =
        [(0, looking(0)), (300, looking(0)), (310, looking(0)), (320, looking(315)), (350, looking(349))];
    let expected = ["310 no look has ended for 5m 10s, and one is due every 1s", "310 mend", "350 over"];
    assert_eq!(story(&watch(), signs), expected);
}

#[test]
fn a_look_that_does_not_begin_is_a_trouble_too() {
    let due = |_| standing(Phase::Due { at: at(5) }, false);
    let told = story(&watch(), [0, 100, 306].map(|second| (second, due(second))));
    assert_eq!(told, ["306 no look has ended for 5m 1s, and one is due every 1s", "306 mend"]);
}

#[test]
fn waiting_that_is_explained_is_no_trouble() {
    for explained in [
        standing(Phase::Idle, false),
        standing(Phase::Due { at: at(9_000) }, false),
        standing(Phase::Looking { by: ada(), since: at(0) }, true),
        standing(Phase::Due { at: at(0) }, true),
    ] {
        let signs = [0, 600, 1_200].map(|second| (second, explained.clone()));
        assert_eq!(story(&watch(), signs), [] as [&str; 0], "{explained:?}");
    }
}

#[test]
fn who_was_held_back_is_given_time_from_then_on() {
    let held_back = standing(Phase::Looking { by: ada(), since: at(0) }, true);
    let signs = [(0, held_back.clone()), (600, held_back), (700, looking(0)), (901, looking(0))];
    assert_eq!(story(&watch(), signs).len(), 2, "told at 901 and not at 700");
}

#[test]
fn nothing_is_begun_anew_while_a_hold_is_not_proven() {
    let told = story(&search(), [(0, gone(true)), (60, gone(true)), (70, gone(false))]);
    assert_eq!(told, ["0 it has ended by a mistake of ours: the log says which", "70 mend"]);
    let mut health = Health::default();
    health.observe(vec![(search(), gone(true))], at(0));
    assert_eq!(health.troubles().next().unwrap().remedy, Remedy::RestartWhenProven);
}

#[test]
fn what_does_not_help_is_tried_less_and_less_often() {
    let told = story(&search(), (0..1_000).step_by(10).map(|second| (second, gone(false))));
    let mends: Vec<_> = told.iter().filter(|line| line.ends_with("mend")).collect();
    assert_eq!(mends, ["0 mend", "60 mend", "180 mend", "420 mend", "900 mend"]);
}

#[test]
fn a_trouble_that_flickers_is_told_once_and_one_that_was_long_gone_is_mended_at_once_again() {
    let flicker =
        (0..100).step_by(10).map(|second| (second, if second % 20 == 0 { gone(false) } else { well() }));
    let told = story(&search(), flicker.chain([(130, well()), (2_000, well()), (2_010, gone(false))]));
    let once = told.iter().filter(|line| line.contains("mistake")).count();
    assert_eq!((once, told.last().unwrap().as_str()), (2, "2010 mend"), "{told:?}");
    assert_eq!(told.iter().filter(|line| line.ends_with("over")).count(), 1);
}

#[test]
fn a_part_that_is_no_more_is_in_no_trouble() {
    let mut health = Health::default();
    health.observe(vec![(search(), gone(false))], at(0));
    let effects = health.observe(vec![], at(10));
    assert!(matches!(&effects[..], [Effect::Over(trouble)] if trouble.concern == search()), "{effects:?}");
    assert_eq!(health.troubles().count(), 0);
}

#[test]
fn a_search_that_takes_up_nothing_is_a_trouble_and_one_without_orders_is_not() {
    let told = |turns: [u64; 3], waiting: usize| {
        let sign = |turns| Sign::Search { is_gone: false, turns, waiting, is_unproven: false };
        story(&search(), [0, 100, 200].into_iter().zip(turns.map(sign)))
    };
    assert_eq!(
        told([4, 4, 4], 2),
        ["200 it has not taken up what it was told for 3m 20s: 2 wait", "200 mend"]
    );
    assert_eq!(told([4, 5, 5], 2), [] as [&str; 0]);
    assert_eq!(told([4, 4, 4], 0), [] as [&str; 0]);
}

#[test]
fn a_queue_is_a_trouble_from_nearly_full_until_it_is_roomy() {
    let queue = |waiting| Sign::Queue { waiting, room: 100, dropped: 0 };
    let told = story(
        &Concern::Queue(event(), None),
        [79, 80, 60, 60, 50, 50]
            .map(queue)
            .into_iter()
            .enumerate()
            .map(|(n, sign)| (i64::try_from(n).unwrap() * 40, sign)),
    );
    assert_eq!(told, ["40 its queue is nearly full: 80 of 100 places are taken", "200 over"]);
}

#[test]
fn a_listener_that_does_not_read_is_a_trouble_before_it_misses_anything() {
    let unread = |waiting| Sign::Stream { waiting, room: 100, missed: 0 };
    let told = story(&Concern::Stream, [(0, unread(79)), (10, unread(80)), (20, unread(3)), (50, unread(3))]);
    assert_eq!(told, ["10 somebody who listens does not read: 80 of 100 notices wait", "50 over"]);
}

#[test]
fn what_was_dropped_or_missed_is_a_trouble_for_a_while() {
    let dropped = |dropped| Sign::Queue { waiting: 0, room: 100, dropped };
    let signs = [(0, dropped(0)), (10, dropped(3)), (300, dropped(3)), (310, dropped(3)), (340, dropped(3))];
    let told = story(&Concern::Queue(event(), None), signs);
    assert_eq!(told, ["10 a queue was full, and 3 times by now somebody was not told", "340 over"]);
    let missed = |missed| Sign::Stream { waiting: 0, room: 100, missed };
    let told = story(&Concern::Stream, [(0, missed(0)), (10, missed(12))]);
    assert_eq!(told, ["10 some who listen were too slow, 12 notices by now: they were told to read again"]);
}

#[test]
fn a_store_is_in_trouble_when_it_is_behind_or_cannot_be_written() {
    let store = |since: Option<i64>, failed: Option<&str>| Sign::Store {
        waiting: 4,
        since: since.map(at),
        failed: failed.map(str::to_owned),
        looks_wait: false,
    };
    let behind = [(0, store(None, None)), (20, store(Some(5), None)), (25, store(Some(20), None))];
    let told = story(&Concern::Store, behind);
    assert_eq!(told, ["20 it has fallen behind: a record has waited for 15s, 4 wait"]);
    let failing =
        [(0, store(None, Some("write: the disk is full"))), (40, store(None, None)), (70, store(None, None))];
    let told = story(&Concern::Store, failing);
    assert_eq!(told, ["0 nothing can be written: cannot write: the disk is full", "70 over"]);
    let flood = |looks_wait| Sign::Store { waiting: 1_001, since: None, failed: None, looks_wait };
    assert_eq!(story(&Concern::Store, [(0, flood(false))]), ["0 it has fallen behind: 1001 records wait"]);
    let told = story(&Concern::Store, [(0, flood(true))]);
    assert!(
        told[0].ends_with("1001 records wait: looks wait until there is room for what they show"),
        "{told:?}"
    );
}

#[test]
fn blind_time_is_a_trouble_when_it_grows_and_not_for_having_been() {
    let sight = |blind| Sign::Sight(Duration::from_secs(blind));
    let growing = (0..=10).map(|minute: i64| (minute * 60, sight(minute.unsigned_abs() * 30)));
    let seeing = (11..=30).map(|minute| (minute * 60, sight(300)));
    let told = story(&Concern::Sight(event(), None), growing.chain(seeing));
    assert_eq!(told, ["300 blind for 2m 30s of the last 5m", "1200 over"]);
    let long_ago = (0..=10).map(|minute| (minute * 60, sight(3_000)));
    assert_eq!(story(&Concern::Sight(event(), None), long_ago), [] as [&str; 0]);
}

#[test]
fn a_clock_that_jumps_is_told_either_way() {
    let clock = |seconds| Sign::Clock(SignedDuration::from_secs(seconds));
    let told = story(
        &Concern::Clock,
        [(0, clock(1)), (10, clock(7_200)), (20, clock(15)), (60, clock(0)), (90, clock(0))],
    );
    assert_eq!(
        told,
        ["10 the machine's clock is 2h ahead of ours: it was set, or the machine slept", "90 over"]
    );
    let told = story(&Concern::Clock, [(0, clock(-31))]);
    assert_eq!(told, ["0 the machine's clock is 31s behind ours: it was set, or the machine slept"]);
}
