//! What looks showed against what was told and recorded: every fall once, however many were shown it, and nothing gone
//! that was only not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use ticketfall::notify::{Dated, Notice};
use ticketfall::store::falls::FallRow;
use ticketfall_core::eye::Eye;
use ticketfall_core::fall::Fall;
use ticketfall_core::ids::EventKey;
use ticketfall_core::offer::PartSeats;
use ticketfall_core::price::Price;
use ticketfall_core::watch::View;

use super::conduct::{Look, Seat};
use crate::rehearsal::{Answered, since_opening};

/// After so many looks in a row whose news nobody told, nobody will.
const MISSED_MAX: u32 = 2;

/// What is on sale, at what price.
type Shown = BTreeMap<Seat, String>;

#[derive(Default)]
pub(super) struct Sights {
    watches: BTreeMap<Option<String>, Sight>,
    told: Vec<Fall>,
    /// The seats of falls that nobody told to be gone, each with the latest of them.
    open: BTreeMap<Seat, Fall>,
    /// Seats that a watch was shown last which looks no more: they may be on sale for its member.
    unseen: BTreeSet<Seat>,
}

/// What one watch was shown.
#[derive(Default)]
struct Sight {
    before: Option<Shown>,
    looks: u64,
    missed: u32,
}

/// What happened at one instant.
#[derive(Default)]
struct Moment<'a> {
    looks: Vec<&'a Look>,
    heard: Vec<&'a Notice>,
}

impl Sights {
    /// Another process looks: what it sees first is no news, and of falls it knows what is on record. The one before has
    /// `heard` this since the last step.
    pub(super) fn begin_anew(&mut self, heard: &[Dated], rows: &[FallRow]) {
        self.told.extend(heard.iter().filter_map(|one| fell(&one.notice)).cloned());
        self.watches.clear();
        self.open.clear();
        let mut open: Vec<&Fall> =
            rows.iter().map(|row| &row.fall).filter(|fall| fall.gone_at.is_none()).collect();
        open.sort_by_key(|fall| fall.id);
        for fall in open {
            self.open.extend(seats(fall).map(|seat| (seat, fall.clone())));
        }
        self.unseen = self.open.keys().cloned().collect();
    }

    pub(super) fn step(
        &mut self,
        looks: &[Look],
        heard: &[Dated],
        watches: &[(EventKey, Eye, View)],
    ) -> Vec<String> {
        self.count(watches);
        let mut moments: BTreeMap<Duration, Moment<'_>> = BTreeMap::new();
        for look in looks {
            moments.entry(look.at).or_default().looks.push(look);
        }
        for one in heard {
            moments.entry(since_opening(one.at)).or_default().heard.push(&one.notice);
        }
        moments.into_iter().flat_map(|(at, moment)| self.judge(at, &moment)).collect()
    }

    /// What another watch sees first is no news.
    fn count(&mut self, watches: &[(EventKey, Eye, View)]) {
        let counted: BTreeMap<Option<String>, u64> =
            watches.iter().map(|(_, eye, view)| (eye.alone().map(ToString::to_string), view.looks)).collect();
        let is_over =
            |watch: &_, sight: &mut Sight| counted.get(watch).is_none_or(|looks| *looks < sight.looks);
        for (_, sight) in self.watches.extract_if(.., is_over) {
            self.unseen.extend(sight.before.unwrap_or_default().into_keys());
        }
        for (watch, looks) in counted {
            self.watches.entry(watch).or_default().looks = looks;
        }
    }

    fn judge(&mut self, at: Duration, Moment { looks, heard }: &Moment<'_>) -> Vec<String> {
        let mut broken = Vec::new();
        let shown: Vec<(&Option<String>, Shown)> =
            looks.iter().filter_map(|look| Some((&look.by, read(look.answer.as_ref()?)?))).collect();
        let gone: Vec<&Fall> = heard.iter().copied().filter_map(gone).collect();
        let mut now: BTreeSet<Seat> = BTreeSet::new();
        for fall in heard.iter().copied().filter_map(fell) {
            for seat in seats(fall) {
                let is_twice = !now.insert(seat.clone());
                let why =
                    if is_twice { Some("is told as fallen twice") } else { self.untrue(&seat, fall, &shown) };
                broken.extend(why.map(|why| format!("{at:?}: {seat:?} {why}")));
                self.open.insert(seat, fall.clone());
            }
            self.told.push(fall.clone());
        }
        let is_over = |look: &&Look| look.answer.as_ref().is_some_and(|answer| answer.status == 302);
        for look in looks.iter().copied().filter(is_over) {
            // The end of a sale is told by a redirect: what was there is gone.
            self.watches.entry(look.by.clone()).or_default().before = None;
        }
        let is_unread =
            shown.is_empty() && !looks.is_empty() && !looks.iter().copied().any(|look| is_over(&look));
        if is_unread && heard.iter().any(|one| fell(one).or_else(|| self::gone(one)).is_some()) {
            broken.push(format!("{at:?}: what could not be read is told as seats that fell or are gone"));
        }
        for (watch, shown) in shown {
            broken.extend(
                self.untold(watch.clone(), shown)
                    .map(|seat| format!("{at:?}: nobody told that {seat:?} fell")),
            );
        }
        for (seat, _) in self.open.extract_if(.., |_, fall| gone.iter().any(|gone| gone.id == fall.id)) {
            let mut shown = self.watches.values().filter_map(|sight| sight.before.as_ref());
            if shown.any(|shown| shown.contains_key(&seat)) {
                broken.push(format!("{at:?}: {seat:?} is told as gone and is on sale"));
            }
        }
        broken
    }

    /// Why a seat that is told as fallen did not fall.
    fn untrue(&self, seat: &Seat, fall: &Fall, shown: &[(&Option<String>, Shown)]) -> Option<&'static str> {
        let minor = |fall: &Fall| fall.price.map(Price::minor);
        let is_seen = self.is_seen(seat);
        if self.open.get(seat).is_some_and(|open| is_seen && minor(fall) >= minor(open)) {
            return Some("is told as fallen and had fallen already");
        }
        let shown: Vec<_> = shown.iter().filter(|(_, shown)| shown.contains_key(seat)).collect();
        if shown.is_empty() {
            return Some("is told as fallen and is not on sale");
        }
        let is_news = |(watch, shown): &&&(&Option<String>, Shown)| {
            let before = self.watches.get(*watch).and_then(|sight| sight.before.as_ref());
            before.is_none_or(|before| before.get(seat) != shown.get(seat))
        };
        (!shown.iter().any(|one| is_news(&one))).then_some("is told as fallen and was there before")
    }

    /// What came must be told, unless the one who looked has left: then the next look tells it.
    fn untold(&mut self, watch: Option<String>, shown: Shown) -> Option<Seat> {
        let sight = self.watches.entry(watch).or_default();
        let is_told = |seat: &&Seat| {
            sight.before.as_ref().is_none_or(|before| before.contains_key(*seat))
                || self.open.contains_key(*seat)
        };
        if let Some(seat) = shown.keys().find(|seat| !is_told(seat)).cloned() {
            sight.missed += 1;
            return Some(seat).filter(|_| sight.missed > MISSED_MAX);
        }
        sight.missed = 0;
        let before = sight.before.replace(shown).unwrap_or_default();
        for seat in before.into_keys().filter(|seat| !self.unseen.contains(seat)).collect::<Vec<_>>() {
            if !self.is_seen(&seat) {
                self.open.remove(&seat);
            }
        }
        None
    }

    /// Whether a watch was shown the seat last.
    fn is_seen(&self, seat: &Seat) -> bool {
        let mut shown = self.watches.values().filter_map(|sight| sight.before.as_ref());
        shown.any(|shown| shown.contains_key(seat))
    }

    /// Falls that were told and are on no record.
    pub(super) fn unrecorded(&self, rows: &[FallRow]) -> Vec<String> {
        let is_kept =
            |fall: &Fall| rows.iter().any(|row| row.fall.id == fall.id && row.fall.seats == fall.seats);
        let lost = self.told.iter().filter(|fall| !is_kept(fall));
        lost.map(|fall| format!("{fall:?} is on no record")).collect()
    }
}

fn fell(one: &Notice) -> Option<&Fall> {
    if let Notice::Fall { fall, .. } = one { Some(fall) } else { None }
}

fn gone(one: &Notice) -> Option<&Fall> {
    if let Notice::Gone { fall, .. } = one { Some(fall) } else { None }
}

fn seats(fall: &Fall) -> impl Iterator<Item = Seat> + use<'_> {
    let run = match fall.seats {
        PartSeats::Run(run) => Some(run),
        PartSeats::Any(_) => None,
    };
    run.into_iter().flat_map(move |run| {
        (run.start..=run.end).map(move |x| (fall.area.to_string(), run.y.into(), x.into()))
    })
}

/// Reads a feed by itself; none where any of it is not as it should be.
fn read(answer: &Answered) -> Option<Shown> {
    if answer.status != 200 {
        return None;
    }
    let areas: Value = serde_json::from_slice(&answer.body).ok()?;
    let mut shown = Shown::new();
    for area in areas.as_array()? {
        let id = area["AreaId"].as_u64()?.to_string();
        for band in area["PriceBands"].as_array()? {
            let price = format!("{} {}", band["PriceBandCode"].as_str()?, band["TotalValueFormatted"]);
            for run in band["AvailableSeatsIntervals"].as_array()? {
                let (y, start) = (run["YCoord"].as_i64()?, run["StartXCoord"].as_i64()?);
                let xs = start..=run["EndXCoord"].as_i64()?;
                shown.extend(xs.map(|x| ((id.clone(), y, x), price.clone())));
            }
        }
    }
    Some(shown)
}
