//! The places of the line: one for each browser that asks for one.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::tokens;

/// How many places there are room for.
const PLACES_MAX: usize = 50_000;
/// How long a browser that may go on can take to reach the site.
const ONWARD: Duration = Duration::from_mins(2);
const CODE_LENGTH: usize = 5;

/// A browser's place.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Where the browser wants to go.
    pub(super) target: String,
    /// How often its browser asked for it.
    pub(super) asked: u32,
    pub(super) stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// A person has to type the code before there is a number.
    Checking { code: String, missed: u32 },
    /// In the line.
    Waiting(Position),
    /// It may go on to the site.
    LetThrough { position: Position, at: Duration },
    /// It was at the site.
    Gone { position: Position, at: Duration },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Its number, counted from one.
    pub(super) number: u64,
    /// How many were in front of it when it joined.
    pub(super) ahead: u64,
    /// When it joined.
    pub(super) joined: Duration,
}

/// Every place, by queue id.
#[derive(Clone, Debug)]
pub(super) struct Places {
    seed: u64,
    last_number: u64,
    created: u64,
    by_id: BTreeMap<String, Place>,
}

impl Places {
    /// No places, and `ahead` numbers that were given out before.
    pub(super) fn new(seed: u64, ahead: u32) -> Self {
        Self { seed, last_number: ahead.into(), created: 0, by_id: BTreeMap::new() }
    }

    /// A place in the line; the answer is its queue id, and nothing where there is no room.
    pub(super) fn join(&mut self, target: &str, served: u64, now: Duration) -> Option<String> {
        let stage = Stage::Waiting(self.next_position(served, now));
        self.create(target, stage)
    }

    /// A place that a check stands before; the answer is its queue id, and nothing where there is no room.
    pub(super) fn put_before_the_check(&mut self, target: &str) -> Option<String> {
        let stage = Stage::Checking { code: self.code(0), missed: 0 };
        self.create(target, stage)
    }

    /// A person's answer to the check before this place; a wrong one is answered with another code.
    pub(super) fn answer_check(&mut self, id: &str, answer: &str, served: u64, now: Duration) {
        let Some(Stage::Checking { code, missed }) = self.by_id.get(id).map(|place| place.stage.clone())
        else {
            return;
        };
        let stage = if answer.eq_ignore_ascii_case(&code) {
            Stage::Waiting(self.next_position(served, now))
        } else {
            Stage::Checking { code: self.code(missed + 1), missed: missed + 1 }
        };
        if let Some(place) = self.by_id.get_mut(id) {
            place.stage = stage;
        }
    }

    /// The place of this queue id while its browser can use it, let through where its number is up.
    pub(super) fn look(&mut self, id: &str, served: u64, now: Duration) -> Option<&mut Place> {
        let place = self.by_id.get_mut(id)?;
        if let Stage::Waiting(position) = place.stage
            && position.number <= served
        {
            place.stage = Stage::LetThrough { position, at: now };
        }
        place.stage.is_usable(now).then_some(place)
    }

    /// Notes that the browser of this place is at the site; false where it was never let through.
    pub(super) fn has_gone(&mut self, id: &str, now: Duration) -> bool {
        let Some(place) = self.by_id.get_mut(id) else { return false };
        match place.stage {
            Stage::LetThrough { position, .. } => {
                place.stage = Stage::Gone { position, at: now };
                true
            }
            Stage::Gone { .. } => true,
            Stage::Checking { .. } | Stage::Waiting(_) => false,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.by_id.iter().map(|(id, place)| (id.as_str(), place))
    }

    fn create(&mut self, target: &str, stage: Stage) -> Option<String> {
        if self.by_id.len() == PLACES_MAX {
            return None;
        }
        self.created += 1;
        let id = queue_id(self.seed, self.created);
        self.by_id.insert(id.clone(), Place { target: target.to_owned(), asked: 0, stage });
        Some(id)
    }

    fn next_position(&mut self, served: u64, now: Duration) -> Position {
        // Where nobody is left in the line, the turn that is on now is free.
        let number = served.max(self.last_number + 1);
        self.last_number = number;
        Position { number, ahead: number.saturating_sub(served + 1), joined: now }
    }

    fn code(&self, missed: u32) -> String {
        let parts = ["check", &self.created.to_string(), &missed.to_string()];
        let mut rng = tokens::rng(self.seed, &parts);
        (0..CODE_LENGTH).map(|_| rng.uppercase()).collect()
    }
}

impl Stage {
    /// Until when the browser can go on to the site.
    pub(super) fn onward_until(let_through: Duration) -> Duration {
        let_through + ONWARD
    }

    fn is_usable(&self, now: Duration) -> bool {
        match self {
            Self::Checking { .. } | Self::Waiting(_) => true,
            Self::LetThrough { at, .. } => now <= Self::onward_until(*at),
            Self::Gone { .. } => false,
        }
    }

    pub(super) fn position(&self) -> Option<Position> {
        match self {
            Self::Checking { .. } => None,
            Self::Waiting(position) | Self::LetThrough { position, .. } | Self::Gone { position, .. } => {
                Some(*position)
            }
        }
    }
}

fn queue_id(seed: u64, number: u64) -> String {
    let bits = tokens::rng(seed, &["queue id", &number.to_string()]).u128(..);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 96,
        bits >> 80 & 0xffff,
        bits >> 64 & 0xffff,
        bits >> 48 & 0xffff,
        bits & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(places: &Places, id: &str) -> u64 {
        places.by_id[id].stage.position().unwrap().number
    }

    #[test]
    fn places_are_numbered_after_those_who_were_there_before() {
        let mut places = Places::new(7, 30);
        let ids = [0, 1, 2].map(|second| places.join("/", 4, Duration::from_secs(second)).unwrap());
        assert_eq!([0, 1, 2].map(|index| number(&places, &ids[index])), [31, 32, 33]);
        assert_eq!(places.by_id[&ids[0]].stage.position().unwrap().ahead, 26);
    }

    #[test]
    fn an_empty_line_has_one_free_turn_at_a_time() {
        let mut places = Places::new(7, 3);
        let now = Duration::from_mins(1);
        let (first, second) = (places.join("/", 20, now).unwrap(), places.join("/", 20, now).unwrap());
        assert!(matches!(places.look(&first, 20, now).unwrap().stage, Stage::LetThrough { .. }));
        assert!(matches!(places.look(&second, 20, now).unwrap().stage, Stage::Waiting(_)));
    }

    #[test]
    fn a_queue_id_has_the_shape_of_a_guid() {
        let parts: Vec<usize> = queue_id(7, 1).split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_ne!(queue_id(7, 1), queue_id(7, 2));
    }

    #[test]
    fn there_is_room_for_so_many_places_and_no_more() {
        let mut places = Places::new(7, 0);
        let joined = (0..=PLACES_MAX).filter(|_| places.put_before_the_check("/").is_some());
        assert_eq!(joined.count(), PLACES_MAX);
        assert_eq!(places.join("/", 0, Duration::ZERO), None);
    }

    #[test]
    fn a_place_that_was_let_through_and_did_not_go_is_lost() {
        let mut places = Places::new(7, 0);
        let id = places.join("/", 0, Duration::ZERO).unwrap();
        assert!(places.look(&id, 1, Duration::from_secs(1)).is_some());
        assert!(places.look(&id, 1, Duration::from_secs(121)).is_some());
        assert!(places.look(&id, 1, Duration::from_secs(122)).is_none());
    }
}
