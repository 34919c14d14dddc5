//! Several watches at one event, each of one member alone, with one book.

use proptest::prelude::*;

use super::tests::{member, offer, profile, seats};
use super::*;

const NAMES: [&str; 3] = ["ada", "ben", "chloe"];

/// Members who look alone, each in line for two seats.
struct Crew {
    book: Book,
    watches: Vec<Option<Watch>>,
    now: Timestamp,
}

impl Crew {
    fn new() -> Self {
        let mut crew = Self::with_floor(Duration::ZERO);
        for who in 0..NAMES.len() {
            crew.look(who, seats(&[]));
        }
        crew
    }

    fn with_floor(floor: Duration) -> Self {
        let mut book = Book::new(vec![], None);
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let watch = |name: &&str| Some(Watch::new(floor, Eye::Alone(profile(name)), &mut book));
        let watches = NAMES.iter().map(watch).collect();
        let mut crew = Self { book, watches, now };
        for (who, name) in NAMES.iter().enumerate() {
            crew.on(who, Input::Joined(profile(name), member(2, Standing::Seeking)));
        }
        crew
    }

    fn on(&mut self, who: usize, input: Input) -> Vec<Effect> {
        let watch = self.watches[who].take().unwrap();
        let (mut watch, mut effects) = watch.step(input, &mut self.book, self.now);
        if effects.contains(&Effect::Compare) {
            let more;
            (watch, more) = watch.step(Input::Compare, &mut self.book, self.now);
            effects.extend(more);
        }
        self.watches[who] = Some(watch);
        effects
    }

    /// Looks a second later, whatever that finds.
    fn look(&mut self, who: usize, reading: Reading) -> Vec<Effect> {
        self.now += jiff::SignedDuration::from_secs(1);
        self.on(who, Input::Tick);
        self.on(who, Input::Answered { by: profile(NAMES[who]), reading, fresh_for: None })
    }
}

fn allotted(effects: &[Effect]) -> Option<SeatGroup> {
    effects
        .iter()
        .find_map(|effect| if let Effect::Allot(_, group) = effect { Some(group.clone()) } else { None })
}

#[test]
fn seats_that_one_lets_go_are_offered_at_the_next_look_of_another() {
    let mut crew = Crew::new();
    let pair = || seats(&[offer("1205", 20, 21)]);
    let group = allotted(&crew.look(0, pair())).unwrap();
    assert_eq!(allotted(&crew.look(1, pair())), None);
    assert_eq!(allotted(&crew.look(1, Reading::Unchanged)), None);
    crew.on(0, Input::LetGo { group: group.clone(), free: Free::AfterALook });
    assert_eq!(allotted(&crew.look(1, Reading::Unchanged)), Some(group));
}

#[test]
fn seats_that_nobody_else_has_are_offered_to_another_at_once() {
    let mut crew = Crew::new();
    let pair = || seats(&[offer("1205", 20, 21)]);
    let group = allotted(&crew.look(0, pair())).unwrap();
    crew.look(1, pair());
    let before = crew.book.handed_on();
    crew.on(0, Input::LetGo { group: group.clone(), free: Free::AtOnce });
    assert!(crew.book.handed_on() > before);
    assert_eq!(allotted(&crew.on(1, Input::Freed)), Some(group));
    assert_eq!(crew.on(2, Input::Freed).len(), 1, "who was shown nothing is only woken");
}

#[test]
fn refused_seats_are_offered_to_another_once_they_have_cooled() {
    let mut crew = Crew::new();
    let pair = || seats(&[offer("1205", 20, 21)]);
    let group = allotted(&crew.look(0, pair())).unwrap();
    crew.on(0, Input::LetGo { group: group.clone(), free: Free::Later });
    crew.look(1, pair());
    for _ in 0..13 {
        assert_eq!(allotted(&crew.look(1, Reading::Unchanged)), None);
    }
    assert_eq!(allotted(&crew.look(1, Reading::Unchanged)), Some(group));
}

#[test]
fn a_fall_that_another_was_shown_first_is_news_for_both_and_told_once() {
    let mut crew = Crew::new();
    let single = || seats(&[offer("1205", 20, 20)]);
    let first = crew.look(0, single());
    assert!(first.iter().any(|effect| matches!(effect, Effect::Fell(_))));
    let second = crew.look(1, single());
    assert!(
        second.contains(&Effect::Reached) && !second.iter().any(|effect| matches!(effect, Effect::Fell(_)))
    );
    let fell_at = |who: usize| crew.watches[who].as_ref().unwrap().view(crew.now).fell_at;
    assert!(fell_at(0).is_some() && fell_at(1) == Some(crew.now) && fell_at(2).is_none());
}

#[test]
fn between_two_looks_at_an_event_lies_the_floor_and_everybody_has_a_turn() {
    let mut crew = Crew::with_floor(Duration::from_secs(2));
    let (mut looked, mut last) = ([0; NAMES.len()], None);
    for _ in 0..600 {
        for (who, name) in NAMES.iter().enumerate() {
            if !crew.on(who, Input::Tick).contains(&Effect::Look(profile(name))) {
                continue;
            }
            assert!(
                last.is_none_or(|at| later(at, Duration::from_secs(2)) <= crew.now),
                "{name} looks too soon"
            );
            last = Some(crew.now);
            looked[who] += 1;
            let reading = seats(&[]);
            crew.on(who, Input::Answered { by: profile(name), reading, fresh_for: None });
        }
        crew.now += jiff::SignedDuration::from_millis(100);
    }
    assert_eq!(looked, [10, 10, 10], "in a minute");
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Look(usize, i32),
    LetGo(usize, Free),
    Seek(usize),
    Begin(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let who = || 0..NAMES.len();
    let free = prop_oneof![Just(Free::AtOnce), Just(Free::AfterALook), Just(Free::Later)];
    prop_oneof![
        6 => (who(), 0..6_i32).prop_map(|(who, seat)| Event::Look(who, seat)),
        2 => (who(), free).prop_map(|(who, free)| Event::LetGo(who, free)),
        2 => who().prop_map(Event::Seek),
        1 => who().prop_map(Event::Begin),
    ]
}

proptest! {
    #[test]
    fn no_seat_is_given_out_twice_by_several_watches_and_no_fall_has_anothers_number(
        events in prop::collection::vec(event(), 1..80),
    ) {
        let mut crew = Crew::new();
        let (mut asking, mut numbers) = (Vec::<(usize, SeatGroup)>::new(), std::collections::BTreeSet::new());
        for event in events {
            let (who, effects) = match event {
                Event::Look(who, seat) => (who, crew.look(who, seats(&[offer("1205", seat, seat + 2)]))),
                Event::Seek(who) => (who, crew.on(who, Input::Stands(profile(NAMES[who]), Standing::Seeking))),
                Event::LetGo(who, free) => {
                    let Some(at) = asking.iter().position(|(by, _)| *by == who) else { continue };
                    let (_, group) = asking.remove(at);
                    (who, crew.on(who, Input::LetGo { group, free }))
                }
                Event::Begin(who) => {
                    let writer = crew.watches[who].as_ref().unwrap().writer();
                    crew.book.end(writer, crew.now);
                    let eye = Eye::Alone(profile(NAMES[who]));
                    crew.watches[who] = Some(Watch::new(Duration::ZERO, eye, &mut crew.book));
                    asking.retain(|(by, _)| *by != who);
                    (who, crew.on(who, Input::Joined(profile(NAMES[who]), member(2, Standing::Seeking))))
                }
            };
            for effect in effects {
                if let Effect::Allot(_, group) = &effect {
                    prop_assert!(!asking.iter().any(|(_, other)| other.overlaps(group)), "asked for twice");
                    asking.push((who, group.clone()));
                }
                if let Effect::Fell(falls) = &effect {
                    prop_assert!(falls.iter().all(|fall| numbers.insert(fall.id)), "two falls of one number");
                }
            }
        }
    }
}
