//! Stories of one watch, told input by input.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story names what it looks for")]

use super::*;
use crate::criteria::TypeWanted;
use crate::ids::AreaId;
use crate::offer::{Market, Offer, Part, PartSeats, Quantity, Stock};
use crate::price::{Currency, Price};
use crate::rhythm::{Past, Rhythm};
use crate::seat::SeatRun;

/// Handing out seats comes first, and finding what fell takes a while.
const COMPARED_AFTER: Duration = Duration::from_millis(7);

pub(super) struct Story {
    watch: Option<Watch>,
    book: Book,
    pub(super) now: Timestamp,
    pub(super) effects: Vec<Effect>,
}

pub(super) fn profile(name: &str) -> ProfileId {
    ProfileId::new(name).unwrap()
}

pub(super) fn member(seats: u32, standing: Standing) -> Member {
    Member {
        criteria: Arc::new(Criteria {
            seats,
            together: true,
            wanted_type: TypeWanted::All,
            areas: vec![],
            rows: vec![],
            price_max: Price::new(10_000, Currency::GBP),
        }),
        interval: Duration::from_secs(1),
        priority: 0,
        waiting_since: Timestamp::UNIX_EPOCH,
        standing,
    }
}

pub(super) fn offer(area: &str, start: i32, end: i32) -> Offer {
    Offer {
        area: AreaId::new(area).unwrap(),
        area_name: None,
        market: Market::Exchange,
        band: Some("12".into()),
        kind: None,
        price: Some(Price::new(6_100, Currency::GBP)),
        classes: Arc::from([]),
        quantity: Quantity::default(),
        stock: Stock::Runs(vec![SeatRun::new(7, start, end).unwrap()]),
    }
}

pub(super) fn seats(offers: &[Offer]) -> Reading {
    Reading::Seats(Arc::new(Snapshot { offers: offers.to_vec().into() }))
}

fn ask(part: &Part) -> (String, PartSeats) {
    (part.area.to_string(), part.seats.clone())
}

impl Story {
    pub(super) fn new(floor: Duration) -> Self {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let mut book = Book::new(vec![], None);
        Self { watch: Some(Watch::new(floor, Eye::Everybody, &mut book)), book, now, effects: vec![] }
    }

    /// With these members in line for two seats each, and an empty first reading behind it.
    fn of(members: &[&str]) -> Self {
        let mut story = Self::new(Duration::ZERO);
        for name in members {
            story.on(Input::Joined(profile(name), member(2, Standing::Seeking)));
        }
        story.look();
        story.answer(seats(&[]));
        story
    }

    pub(super) fn on(&mut self, input: Input) {
        let (mut watch, mut effects) = self.watch.take().unwrap().step(input, &mut self.book, self.now);
        if let Some(at) = effects.iter().position(|effect| *effect == Effect::Compare) {
            let more;
            (watch, more) = watch.step(Input::Compare, &mut self.book, later(self.now, COMPARED_AFTER));
            effects.splice(at..=at, more);
        }
        (self.watch, self.effects) = (Some(watch), effects);
    }

    /// Waits for the next look, and makes it; says who looked, and after how many milliseconds.
    fn look(&mut self) -> (ProfileId, i64) {
        let Phase::Due { at } = self.watch.as_ref().unwrap().phase else {
            panic!("no look is due: {:?}", self.watch)
        };
        let waited = i64::try_from(at.duration_since(self.now).as_millis()).unwrap();
        self.now = at;
        self.on(Input::Tick);
        match self.effects.as_slice() {
            [Effect::Look(by)] => (by.clone(), waited),
            other => panic!("not one look: {other:?}"),
        }
    }

    fn answer(&mut self, reading: Reading) {
        let Phase::Looking { by, .. } = self.watch.as_ref().unwrap().phase.clone() else { panic!("no look") };
        self.on(Input::Answered { by, reading, fresh_for: None });
    }

    fn look_and_answer(&mut self, reading: Reading) {
        self.look();
        self.answer(reading);
    }

    pub(super) fn after(&mut self, millis: i64) {
        self.now += jiff::SignedDuration::from_millis(millis);
    }

    fn allotted(&self) -> Vec<(String, (String, PartSeats))> {
        let allotted = |effect: &Effect| match effect {
            Effect::Allot(profile, group) => Some((profile.to_string(), ask(&group.parts[0]))),
            _ => None,
        };
        self.effects.iter().filter_map(allotted).collect()
    }

    fn allotted_group(&self) -> SeatGroup {
        let group = |effect: &Effect| match effect {
            Effect::Allot(_, group) => Some(group.clone()),
            _ => None,
        };
        self.effects.iter().find_map(group).unwrap()
    }

    fn fell(&self) -> usize {
        let fell = |effect: &Effect| if let Effect::Fell(falls) = effect { falls.len() } else { 0 };
        self.effects.iter().map(fell).sum()
    }

    pub(super) fn view(&self) -> View {
        self.watch.as_ref().unwrap().view(self.now)
    }
}

#[test]
fn a_fall_is_seen_when_it_was_read_and_not_when_it_was_found() {
    let mut story = Story::of(&["ada"]);
    story.look_and_answer(seats(&[offer("1205", 120, 121)]));
    let first_seen = |effect: &Effect| match effect {
        Effect::Fell(falls) => Some(falls[0].first_seen),
        _ => None,
    };
    assert_eq!(story.effects.iter().find_map(first_seen), Some(story.now));
}

#[test]
fn one_look_serves_every_member() {
    let names: Vec<String> = (0..1_000).map(|n| format!("member-{n:04}")).collect();
    let mut story = Story::of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut looks = 0;
    for _ in 0..60 {
        let (_, waited) = story.look();
        assert_eq!(waited, 1_000);
        story.answer(Reading::Unchanged);
        looks += 1;
    }
    assert_eq!((looks, story.view().looks), (60, 61));
}

#[test]
fn three_seats_go_to_one_of_ten_members_and_the_next_in_line_gets_what_a_refusal_leaves() {
    let mut story = Story::of(&["ada", "ben", "chloe", "dev", "eve", "fay", "gus", "hal", "ida", "jon"]);
    story.look_and_answer(seats(&[offer("1205", 20, 22)]));
    let run = |start, end| PartSeats::Run(SeatRun { y: 7, start, end });
    assert_eq!(story.allotted(), [("ada".to_owned(), ("1205".to_owned(), run(20, 21)))]);
    let group = story.allotted_group();
    story.look_and_answer(Reading::Unchanged);
    assert_eq!(story.allotted(), []);
    story.on(Input::LetGo { group, free: Free::AtOnce });
    assert_eq!(story.allotted()[0].0, "ben");
}

#[test]
fn seats_that_somebody_else_may_have_been_given_wait_for_the_next_reading() {
    let mut story = Story::of(&["ada", "ben"]);
    story.look_and_answer(seats(&[offer("1205", 20, 21)]));
    let group = story.allotted_group();
    story.on(Input::LetGo { group, free: Free::AfterALook });
    assert_eq!(story.allotted(), []);
    story.look_and_answer(Reading::Unchanged);
    assert_eq!(story.allotted()[0].0, "ben");
}

#[test]
fn refused_seats_are_not_asked_for_again_at_once() {
    let mut story = Story::of(&["ada", "ben"]);
    story.look_and_answer(seats(&[offer("1205", 20, 21)]));
    let group = story.allotted_group();
    story.on(Input::LetGo { group, free: Free::Later });
    for _ in 0..14 {
        story.look_and_answer(Reading::Unchanged);
        assert_eq!(story.allotted(), []);
    }
    story.after(1_000);
    story.look_and_answer(Reading::Unchanged);
    assert_eq!(story.allotted()[0].0, "ben");
}

#[test]
fn seats_are_handed_out_before_anything_is_told() {
    let mut story = Story::of(&["ada"]);
    story.look_and_answer(seats(&[offer("1205", 20, 21)]));
    assert!(matches!(story.effects[0], Effect::Allot(..)), "{:?}", story.effects);
    assert_eq!(story.fell(), 1);
    assert_eq!(story.view().fell_at, Some(story.now));
}

#[test]
fn looks_keep_their_distance_from_start_to_start() {
    let mut story = Story::of(&["ada"]);
    story.look();
    story.after(300);
    story.answer(Reading::Unchanged);
    assert_eq!(story.look().1, 700);
    story.after(5_000);
    story.answer(Reading::Unchanged);
    assert_eq!(story.look().1, 0);
}

/// Spends by a past in which all that fell lived three seconds and came in the hour of `Story::new`.
fn spending() -> Box<Spending> {
    let opening = Timestamp::from_second(1_790_000_000 / 3_600 * 3_600).unwrap();
    let at = |second: i64| opening + jiff::SignedDuration::from_secs(second);
    let falls = (0..40).map(|n| (at(n * 90), Duration::from_secs(3))).collect();
    let hours = (0..24).map(|hour| (at(hour * 3_600), 60)).collect();
    let past = Past { starts_at: None, hours, falls };
    let rhythm = Rhythm::learn([&past].into_iter(), &jiff::tz::TimeZone::UTC);
    Box::new(Spending::new(Arc::new(rhythm), None))
}

#[test]
fn looks_are_spent_where_falls_are_likely_and_evenly_again_when_told_so() {
    let mut story = Story::new(Duration::from_secs(2));
    let member = Member { interval: Duration::from_secs(20), ..member(1, Standing::Seeking) };
    story.on(Input::Joined(profile("ada"), member));
    story.look_and_answer(seats(&[]));
    story.on(Input::Spend(Some(spending())));
    assert_eq!(story.look().1, 20_000, "the look that is due stays where it is");
    story.answer(Reading::Unchanged);
    let likely = story.look().1;
    assert!((2_000..=3_000).contains(&likely), "{likely} ms");
    story.after(3_600_000);
    story.answer(Reading::Unchanged);
    story.look_and_answer(Reading::Unchanged);
    assert!(story.look().1 > 20_000, "the likely hour is over");
    story.on(Input::Spend(None));
    story.answer(Reading::Unchanged);
    assert_eq!(story.look().1, 20_000);
}

#[test]
fn spent_looks_wait_for_fresh_bytes_and_for_the_sale_to_begin() {
    let mut story = Story::of(&["ada"]);
    story.on(Input::Spend(Some(spending())));
    story.look();
    let fresh_for = Some(Duration::from_secs(45));
    story.on(Input::Answered { by: profile("ada"), reading: Reading::Unchanged, fresh_for });
    assert_eq!(story.look().1, 45_000);
    story.answer(Reading::NotOnSale { reason: "EventArchived".into() });
    assert_eq!(story.look().1, 30_000);
}

#[test]
fn no_member_gets_below_the_sellers_floor() {
    let mut story = Story::new(Duration::from_secs(2));
    story.on(Input::Joined(profile("ada"), member(1, Standing::Seeking)));
    story.look_and_answer(seats(&[]));
    assert_eq!(story.look().1, 2_000);
}

#[test]
fn freshness_lengthens_the_interval() {
    let mut story = Story::of(&["ada"]);
    story.look();
    let fresh_for = Some(Duration::from_secs(20));
    story.on(Input::Answered { by: profile("ada"), reading: Reading::Unchanged, fresh_for });
    assert_eq!(story.look().1, 20_000);
}

#[test]
fn a_barred_look_comes_later_and_counts_for_nothing() {
    let mut story = Story::of(&["ada"]);
    story.look();
    let until = story.now + jiff::SignedDuration::from_secs(90);
    story.on(Input::Barred(until));
    assert_eq!(story.effects, [Effect::WakeAt(until)]);
    assert_eq!(story.look().1, 90_000);
}

#[test]
fn unknown_is_never_none() {
    let mut story = Story::of(&["ada", "ben"]);
    story.look_and_answer(seats(&[offer("1205", 20, 20)]));
    assert_eq!(story.fell(), 1);
    story.look_and_answer(Reading::Unknown { reason: "cut short".into() });
    assert_eq!(story.effects.iter().filter(|e| matches!(e, Effect::Gone(_))).count(), 0);
    assert_eq!(story.view().offers, 1);
    story.look_and_answer(seats(&[offer("1205", 20, 20)]));
    assert_eq!(story.fell(), 0);
}

#[test]
fn blind_time_runs_from_the_first_reading_that_was_not_understood() {
    let mut story = Story::of(&["ada"]);
    for _ in 0..3 {
        story.look_and_answer(Reading::Failing { reason: "503".into() });
    }
    assert_eq!(story.view().blind, Duration::from_secs(2));
    story.look_and_answer(Reading::Unchanged);
    assert_eq!((story.view().blind, story.view().blind_total), (Duration::ZERO, Duration::from_secs(3)));
}

#[test]
fn another_members_session_is_used_when_one_is_lost() {
    let mut story = Story::of(&["ada", "ben"]);
    assert_eq!(story.look().0, profile("ada"));
    story.answer(Reading::SignedOut);
    assert!(story.effects.contains(&Effect::Turned(profile("ada"), Reading::SignedOut)));
    assert_eq!(story.look().0, profile("ben"));
    story.answer(Reading::Queue { url: "https://queue.example/".into() });
    assert_eq!(story.view().phase, Phase::Idle);
    story.on(Input::Stands(profile("ada"), Standing::Seeking));
    assert_eq!(story.look().0, profile("ada"));
}

#[test]
fn in_a_waiting_room_nobody_looks() {
    let mut story = Story::of(&["ada"]);
    story.look_and_answer(Reading::Queue { url: "https://queue.example/".into() });
    story.after(3_600_000);
    story.on(Input::Tick);
    assert_eq!(story.effects, []);
    assert_eq!(story.view().blind, Duration::from_hours(1));
}

#[test]
fn who_wants_to_be_told_is_told_once_and_given_nothing() {
    let mut story = Story::new(Duration::ZERO);
    story.on(Input::Joined(profile("ada"), member(2, Standing::Notified)));
    story.look_and_answer(seats(&[]));
    let matches = |story: &Story| story.effects.iter().filter(|e| matches!(e, Effect::Match(..))).count();
    story.look_and_answer(seats(&[offer("1205", 20, 21)]));
    assert_eq!((matches(&story), story.allotted().len()), (1, 0));
    story.look_and_answer(seats(&[offer("1205", 20, 21), offer("1206", 3, 3)]));
    assert_eq!(matches(&story), 0);
    story.look_and_answer(seats(&[]));
    story.look_and_answer(seats(&[offer("1205", 20, 21)]));
    assert_eq!(matches(&story), 1);
}

#[test]
fn other_seats_are_chosen_instead_of_refused_ones_and_nobody_else_gets_them() {
    let mut story = Story::of(&["ada", "ben"]);
    story.look_and_answer(seats(&[offer("1205", 20, 21)]));
    let refused = story.allotted_group();
    let mut other = refused.clone();
    other.parts[0].seats = PartSeats::Run(SeatRun { y: 7, start: 30, end: 31 });
    let writer = story.watch.as_ref().unwrap().writer();
    let chosen = story.book.swap(writer, &refused, |taken| {
        assert!(!taken.covers(&refused.parts[0].area, 7, 20));
        Some(other.clone())
    });
    assert_eq!(chosen, Some(other));
    story.look_and_answer(seats(&[offer("1205", 30, 31)]));
    assert_eq!(story.allotted(), []);
    story.look_and_answer(seats(&[offer("1205", 20, 21), offer("1205", 30, 31)]));
    assert_eq!(story.allotted()[0].0, "ben");
}

#[test]
fn a_watch_without_members_rests() {
    let mut story = Story::of(&["ada"]);
    story.look();
    story.on(Input::Left(profile("ada")));
    assert_eq!((story.view().phase, story.view().members), (Phase::Idle, 0));
    story.on(Input::Answered { by: profile("ada"), reading: seats(&[]), fresh_for: None });
    assert_eq!(story.effects, []);
}

#[test]
fn when_all_have_what_they_want_nobody_looks_and_nobody_is_blind() {
    let mut story = Story::of(&["ada"]);
    story.on(Input::Stands(profile("ada"), Standing::Sitting));
    story.after(60_000);
    assert_eq!((story.view().phase, story.view().blind), (Phase::Idle, Duration::ZERO));
    story.on(Input::Stands(profile("ada"), Standing::Unable));
    story.after(5_000);
    assert_eq!(story.view().blind, Duration::from_secs(5));
}

#[test]
fn what_a_look_shows_whose_member_has_left_is_taken_up() {
    let mut story = Story::of(&["ada"]);
    story.look();
    story.on(Input::Left(profile("ada")));
    let shown = seats(&[offer("1205", 20, 21)]);
    story.on(Input::Answered { by: profile("ada"), reading: shown, fresh_for: None });
    assert!(
        matches!(story.effects.as_slice(), [Effect::Fell(falls)] if falls.len() == 1),
        "{:?}",
        story.effects
    );
    story.on(Input::Joined(profile("ben"), member(2, Standing::Seeking)));
    story.look_and_answer(Reading::Unchanged);
    assert_eq!(story.allotted()[0].0, "ben");
}

#[test]
fn who_comes_back_into_line_does_not_look_before_the_interval_is_over() {
    let mut story = Story::new(Duration::from_secs(2));
    story.on(Input::Joined(profile("ada"), member(1, Standing::Seeking)));
    story.look_and_answer(seats(&[]));
    for standing in [Standing::Sitting, Standing::Seeking, Standing::Unable, Standing::Seeking] {
        story.after(100);
        story.on(Input::Stands(profile("ada"), standing));
    }
    assert_eq!(story.look().1, 1_600);
    story.on(Input::Left(profile("ada")));
    story.after(500);
    story.on(Input::Joined(profile("ben"), member(1, Standing::Seeking)));
    assert_eq!(story.look().1, 1_500);
}

#[test]
fn an_event_that_is_not_on_sale_is_looked_at_seldom() {
    let mut story = Story::of(&["ada"]);
    story.look_and_answer(Reading::NotOnSale { reason: "EventArchived".into() });
    assert_eq!(story.look().1, 30_000);
    assert_eq!(story.view().blind, Duration::ZERO);
}
