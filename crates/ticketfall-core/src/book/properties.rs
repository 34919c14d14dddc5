//! What holds of a book whoever looks, in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::tests::{alone, at, group};
use super::*;
use crate::checker::sample::{count, offer, runs, snapshot};
use crate::offer::PartSeats;

const NAMES: [&str; 3] = ["ada", "ben", "chloe"];
const SEATS: usize = 6;

/// A row of seats at one price, by whether each is on sale.
fn row(cells: &[bool]) -> Snapshot {
    let shown = (0..).zip(cells).filter(|(_, is_shown)| **is_shown);
    snapshot(shown.map(|(x, _)| offer("1", 50, runs(&[(0, x, x)]))).collect::<Vec<_>>())
}

fn seats(fall: &Fall) -> Vec<usize> {
    match fall.seats {
        PartSeats::Run(run) => (run.start..=run.end).filter_map(|x| usize::try_from(x).ok()).collect(),
        PartSeats::Any(_) => vec![],
    }
}

#[derive(Debug, Clone)]
enum Event {
    Look(usize, Vec<bool>),
    Leave(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let who = 0..NAMES.len();
    prop_oneof![
        9 => (who.clone(), prop::collection::vec(any::<bool>(), SEATS))
            .prop_map(|(who, cells)| Event::Look(who, cells)),
        1 => who.prop_map(Event::Leave),
    ]
}

/// The same, told seat by seat: what each eye was shown last, and to which fall a seat belongs.
#[derive(Default)]
struct Model {
    shown: BTreeMap<usize, Vec<bool>>,
    looking: BTreeSet<usize>,
    /// The falls of each eye, by seat.
    falls: BTreeMap<usize, BTreeMap<usize, FallId>>,
}

impl Model {
    fn fall_of(&self, x: usize) -> Option<FallId> {
        self.falls.values().find_map(|seats| seats.get(&x).copied())
    }

    /// The seats that must fall.
    fn news(&self, who: usize, cells: &[bool]) -> BTreeSet<usize> {
        let Some(before) = self.shown.get(&who) else { return BTreeSet::new() };
        let is_news = |x: &usize| cells[*x] && !before[*x] && self.fall_of(*x).is_none();
        (0..SEATS).filter(is_news).collect()
    }

    fn look(&mut self, who: usize, cells: &[bool], fell: &[Fall]) {
        let known: BTreeMap<usize, FallId> =
            (0..SEATS).filter_map(|x| Some((x, self.fall_of(x)?))).filter(|(x, _)| cells[*x]).collect();
        self.looking.insert(who);
        self.shown.insert(who, cells.to_vec());
        self.falls.insert(who, known);
        for fall in fell {
            for x in seats(fall) {
                let shown = self.shown.iter().filter(|(_, cells)| cells[x]);
                let shown: Vec<usize> = shown.map(|(eye, _)| *eye).collect();
                for eye in shown {
                    self.falls.entry(eye).or_default().insert(x, fall.id);
                }
            }
        }
    }

    /// The falls that are gone: what an eye dropped and nobody who looks is shown.
    fn close(&mut self, dropped: &BTreeSet<FallId>) -> BTreeSet<FallId> {
        let looking = self.falls.iter().filter(|(eye, _)| self.looking.contains(eye));
        let alive: BTreeSet<FallId> = looking.flat_map(|(_, seats)| seats.values().copied()).collect();
        let gone: BTreeSet<FallId> = dropped.difference(&alive).copied().collect();
        self.falls.values_mut().for_each(|seats| seats.retain(|_, fall| !gone.contains(fall)));
        gone
    }

    fn falls_of(&self, who: usize) -> BTreeSet<FallId> {
        self.falls.get(&who).into_iter().flat_map(|seats| seats.values().copied()).collect()
    }

    fn leave(&mut self, who: usize) {
        self.looking.remove(&who);
        self.shown.remove(&who);
    }
}

proptest! {
    #[test]
    fn every_fall_that_any_eye_is_shown_is_recorded_once_under_a_number_of_its_own(
        events in prop::collection::vec(event(), 1..40),
    ) {
        let (mut book, mut model) = (Book::new(vec![], None), Model::default());
        let (mut writers, mut numbers) = (BTreeMap::<usize, Writer>::new(), BTreeSet::new());
        for (second, event) in (0..).zip(events) {
            match event {
                Event::Leave(who) => {
                    if let Some(writer) = writers.remove(&who) {
                        book.end(writer, at(second));
                        model.leave(who);
                    }
                }
                Event::Look(who, cells) => {
                    let writer = *writers.entry(who).or_insert_with(|| book.begin(alone(NAMES[who])));
                    let (news, before) = (model.news(who, &cells), model.falls_of(who));
                    let changes = book.observe(writer, &row(&cells), at(second));
                    let told: Vec<usize> = changes.fell.iter().flat_map(seats).collect();
                    prop_assert_eq!(told.len(), news.len(), "{:?} is told for {:?}", &changes.fell, &news);
                    prop_assert_eq!(&told.into_iter().collect::<BTreeSet<_>>(), &news);
                    prop_assert!(changes.fell.iter().all(|fall| numbers.insert(fall.id)));
                    model.look(who, &cells, &changes.fell);
                    let dropped = before.difference(&model.falls_of(who)).copied().collect();
                    let gone: BTreeSet<FallId> = changes.gone.iter().map(|fall| fall.id).collect();
                    prop_assert_eq!(gone, model.close(&dropped));
                    let open: BTreeSet<FallId> = book.open_falls(writer).iter().map(|fall| fall.id).collect();
                    prop_assert_eq!(open, model.falls_of(who));
                    prop_assert!(book.open_falls(writer).iter().all(|fall| fall.last_seen == at(second)));
                }
            }
        }
    }

    #[test]
    fn eyes_that_are_shown_the_same_record_what_one_eye_would(
        numbers in prop::collection::vec(0..6_u32, 1..20),
    ) {
        let (mut one, mut many) = (Book::new(vec![], None), Book::new(vec![], None));
        let only = one.begin(Eye::Everybody);
        let writers = NAMES.map(|name| many.begin(alone(name)));
        for (second, number) in (0..).zip(&numbers) {
            let shown = snapshot([offer("1", 50, count(Some(*number), None))]);
            let alone = one.observe(only, &shown, at(second));
            let told: Vec<FallChanges> = writers.iter().map(|w| many.observe(*w, &shown, at(second))).collect();
            prop_assert_eq!(&told[0].fell, &alone.fell);
            prop_assert!(told[1..].iter().all(|changes| changes.fell.is_empty()));
            prop_assert_eq!(&told[NAMES.len() - 1].gone, &alone.gone);
            prop_assert_eq!(many.open_falls(writers[0]), one.open_falls(only));
        }
    }

    #[test]
    fn seats_are_taken_exactly_while_somebody_claims_them(
        story in prop::collection::vec((0_usize..3, 0_u8..5, 0_i32..4), 1..60),
    ) {
        let mut book = Book::new(vec![], None);
        let mut writers = NAMES.map(|name| book.begin(alone(name)));
        let mut claims: Vec<(usize, i32)> = Vec::new();
        let mut cooling: Vec<(i64, i32)> = Vec::new();
        for (second, (who, what, seat)) in (0..).zip(story) {
            let claimed = claims.iter().position(|claim| *claim == (who, seat));
            match what {
                0 | 1 => {
                    book.take(writers[who], group(seat, seat));
                    claims.push((who, seat));
                }
                2 | 3 => {
                    let free = if what == 2 { Free::AtOnce } else { Free::Later };
                    book.let_go(writers[who], group(seat, seat), free, at(second));
                    if let Some(claimed) = claimed {
                        claims.remove(claimed);
                        cooling.extend((what == 3).then_some((second + 15, seat)));
                    }
                }
                _ => {
                    book.end(writers[who], at(second));
                    writers[who] = book.begin(alone(NAMES[who]));
                    cooling.extend(claims.extract_if(.., |(by, _)| *by == who).map(|(_, seat)| (second + 15, seat)));
                }
            }
            book.warm_up(at(second));
            cooling.retain(|(until, _)| *until > second);
            for x in 0..4 {
                let is_taken = claims.iter().map(|(_, seat)| *seat).chain(cooling.iter().map(|(_, seat)| *seat))
                    .any(|seat| seat == x);
                prop_assert_eq!(book.taken().covers(&group(x, x).parts[0].area, 7, x), is_taken);
            }
        }
    }
}
