//! What holds of a watch whatever happens to it, in whatever order.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::tests::{Story, member, offer, profile, seats};
use super::*;
use crate::fall::FallId;
use crate::seat::Place;

const FLOOR: Duration = Duration::from_secs(2);
const NAMES: [&str; 4] = ["ada", "ben", "chloe", "dev"];

#[derive(Debug, Clone, Copy)]
enum Event {
    Join(usize),
    Stand(usize, Standing),
    Leave(usize),
    Wait(i64),
    Bar(i64),
    Answer(u8, i32),
    LetGo(Free),
}

fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        3 => Just(Standing::Seeking),
        1 => Just(Standing::Sitting),
        1 => Just(Standing::Notified),
        1 => Just(Standing::Unable),
    ]
}

fn free() -> impl Strategy<Value = Free> {
    prop_oneof![Just(Free::AtOnce), Just(Free::AfterALook), Just(Free::Later)]
}

fn event() -> impl Strategy<Value = Event> {
    let who = 0..NAMES.len();
    prop_oneof![
        2 => who.clone().prop_map(Event::Join),
        3 => (who.clone(), standing()).prop_map(|(who, standing)| Event::Stand(who, standing)),
        1 => who.prop_map(Event::Leave),
        6 => (0_i64..3_000).prop_map(Event::Wait),
        1 => (0_i64..9_000).prop_map(Event::Bar),
        8 => (0_u8..8, 0_i32..12).prop_map(|(kind, seat)| Event::Answer(kind, seat)),
        2 => free().prop_map(Event::LetGo),
    ]
}

fn reading(kind: u8, seat: i32) -> Reading {
    match kind {
        0..=2 => seats(&[offer("1205", seat, seat + 1), offer("1206", seat, seat + 2)]),
        3 => seats(&[]),
        4 => Reading::Unchanged,
        5 => Reading::SignedOut,
        6 => Reading::Unknown { reason: "cut short".to_owned() },
        _ => Reading::Queue { url: "https://queue.example/".to_owned() },
    }
}

/// A run of a watch, with what has to hold of it remembered.
struct Run {
    story: Story,
    standings: BTreeMap<ProfileId, Standing>,
    looked_at: Option<Timestamp>,
    looked_before: Option<Timestamp>,
    barred_until: Option<Timestamp>,
    taken: Vec<SeatGroup>,
    falls: BTreeSet<FallId>,
}

impl Run {
    fn new() -> Self {
        Self {
            story: Story::new(FLOOR),
            standings: BTreeMap::new(),
            looked_at: None,
            looked_before: None,
            barred_until: None,
            taken: vec![],
            falls: BTreeSet::new(),
        }
    }

    fn take(&mut self, event: Event) -> Result<(), TestCaseError> {
        let who = |n: usize| profile(NAMES[n]);
        match event {
            Event::Join(n) => {
                self.standings.insert(who(n), Standing::Seeking);
                self.on(Input::Joined(who(n), member(2, Standing::Seeking)))
            }
            Event::Stand(n, standing) => {
                if let Some(stands) = self.standings.get_mut(&who(n)) {
                    *stands = standing;
                }
                self.on(Input::Stands(who(n), standing))
            }
            Event::Leave(n) => {
                self.standings.remove(&who(n));
                self.on(Input::Left(who(n)))
            }
            Event::Wait(millis) => {
                self.story.after(millis);
                self.on(Input::Tick)
            }
            Event::Bar(millis) => {
                if !matches!(self.story.view().phase, Phase::Looking { since, .. } if since == self.story.now)
                {
                    return Ok(());
                }
                self.looked_at = self.looked_before;
                let until = self.story.now + jiff::SignedDuration::from_millis(millis);
                self.barred_until = Some(until);
                self.on(Input::Barred(until))
            }
            Event::Answer(kind, seat) => self.answer(reading(kind, seat)),
            Event::LetGo(free) => match self.taken.pop() {
                Some(group) => self.on(Input::LetGo { group, free }),
                None => Ok(()),
            },
        }
    }

    fn answer(&mut self, reading: Reading) -> Result<(), TestCaseError> {
        let Phase::Looking { by, .. } = self.story.view().phase else { return Ok(()) };
        if matches!(reading, Reading::SignedOut | Reading::Queue { .. }) {
            self.standings.insert(by.clone(), Standing::Unable);
        }
        self.on(Input::Answered { by, reading, fresh_for: None })
    }

    fn on(&mut self, input: Input) -> Result<(), TestCaseError> {
        self.story.on(input);
        for effect in self.story.effects.clone() {
            match effect {
                Effect::Look(by) => self.looks(&by)?,
                Effect::Allot(to, group) => self.gets(&to, group)?,
                Effect::Fell(falls) => {
                    for fall in falls {
                        prop_assert!(self.falls.insert(fall.id), "{:?} was told twice", fall.id);
                    }
                }
                Effect::Gone(falls) => {
                    prop_assert!(falls.iter().all(|fall| fall.last_seen >= fall.first_seen));
                }
                Effect::WakeAt(_)
                | Effect::Compare
                | Effect::Reached
                | Effect::Match(..)
                | Effect::Turned(..)
                | Effect::Renew(_)
                | Effect::Reconfigure(_) => {}
            }
        }
        Ok(())
    }

    fn looks(&mut self, by: &ProfileId) -> Result<(), TestCaseError> {
        let now = self.story.now;
        prop_assert!(self.standings.get(by).is_some_and(|standing| *standing != Standing::Unable));
        prop_assert!(self.standings.values().any(|s| matches!(s, Standing::Seeking | Standing::Notified)));
        prop_assert!(self.looked_at.is_none_or(|at| later(at, FLOOR) <= now), "a look below the floor");
        prop_assert!(self.barred_until.is_none_or(|until| until <= now), "a look while barred");
        self.looked_before = self.looked_at.replace(now);
        Ok(())
    }

    fn gets(&mut self, to: &ProfileId, group: SeatGroup) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.standings.insert(to.clone(), Standing::Sitting), Some(Standing::Seeking));
        prop_assert!(!self.taken.iter().any(|taken| taken.overlaps(&group)), "a seat was given out twice");
        prop_assert_eq!(places(&group).len(), 2);
        self.taken.push(group);
        Ok(())
    }
}

fn places(group: &SeatGroup) -> Vec<Place> {
    let runs = group.parts.iter().filter_map(|part| match &part.seats {
        crate::offer::PartSeats::Run(run) => Some(run.places(&part.area)),
        crate::offer::PartSeats::Any(_) => None,
    });
    runs.flatten().collect()
}

proptest! {
    #[test]
    fn looks_keep_the_floor_and_no_seat_is_given_out_twice(events in prop::collection::vec(event(), 1..120)) {
        let mut run = Run::new();
        for event in events {
            run.take(event)?;
        }
    }

    #[test]
    fn blind_time_never_runs_backwards_and_never_faster_than_the_clock(events in prop::collection::vec(event(), 1..80)) {
        let mut run = Run::new();
        let (mut before, mut since) = (Duration::ZERO, run.story.now);
        for event in events {
            run.take(event)?;
            let view = run.story.view();
            let passed = Duration::try_from(run.story.now.duration_since(since)).unwrap();
            prop_assert!(view.blind_total >= before && view.blind_total.checked_sub(before).unwrap() <= passed);
            prop_assert!(view.blind <= view.blind_total);
            (before, since) = (view.blind_total, run.story.now);
        }
    }
}
