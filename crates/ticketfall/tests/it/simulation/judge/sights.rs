//! What looks showed against what was told and recorded: every fall once, and nothing gone that was only not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use ticketfall::notify::{Dated, Notice};
use ticketfall::store::falls::FallRow;
use ticketfall_core::fall::Fall;
use ticketfall_core::ids::EventKey;
use ticketfall_core::offer::PartSeats;
use ticketfall_core::watch::View;

use crate::rehearsal::{Answered, since_opening};

/// After so many looks in a row whose news nobody told, nobody will.
const MISSED_MAX: u32 = 2;

/// Area, row and cell.
type Seat = (String, i64, i64);
/// What is on sale, at what price.
type Shown = BTreeMap<Seat, String>;

#[derive(Default)]
pub(super) struct Sights {
    before: Option<Shown>,
    looks: u64,
    missed: u32,
    told: Vec<Fall>,
}

impl Sights {
    /// Another watch looks: what it sees first is no news.
    pub(super) fn begin_anew(&mut self) {
        *self = Self { told: std::mem::take(&mut self.told), ..Self::default() };
    }

    pub(super) fn step(
        &mut self,
        looks: &[(Duration, Option<Answered>)],
        heard: &[Dated],
        watches: &[(EventKey, View)],
    ) -> Vec<String> {
        let mut broken = Vec::new();
        let counted = watches.first().map(|(_, view)| view.looks);
        if counted.is_none_or(|counted| counted < self.looks) {
            self.begin_anew();
        }
        self.looks = counted.unwrap_or_default();
        for (at, answer) in looks {
            let at_once: Vec<&Dated> = heard.iter().filter(|one| since_opening(one.at) == *at).collect();
            broken.extend(self.look(*at, answer.as_ref(), &at_once));
        }
        self.told.extend(heard.iter().filter_map(fell).cloned());
        broken
    }

    fn look(&mut self, at: Duration, answer: Option<&Answered>, heard: &[&Dated]) -> Vec<String> {
        let told: Vec<Seat> = heard.iter().copied().filter_map(fell).flat_map(seats).collect();
        let gone = heard.iter().copied().any(|one| matches!(one.notice, Notice::Gone { .. }));
        let mut broken = Vec::new();
        let fell: BTreeSet<&Seat> = told.iter().collect();
        if fell.len() != told.len() {
            broken.push(format!("{at:?}: a fall was told twice"));
        }
        if let Some(shown) = answer.and_then(read) {
            broken.extend(self.compare(at, shown, &fell));
        } else if answer.is_some_and(|answer| answer.status == 302) {
            // The end of a sale is told by a redirect: what was there is gone.
            self.before = None;
        } else if gone || !fell.is_empty() {
            broken.push(format!("{at:?}: what could not be read is told as seats that fell or are gone"));
        }
        broken
    }

    /// What came must be told, unless the one who looked has left: then the next look tells it.
    fn compare(&mut self, at: Duration, shown: Shown, fell: &BTreeSet<&Seat>) -> Option<String> {
        if let Some(seat) = fell.iter().find(|seat| !shown.contains_key(**seat)) {
            return Some(format!("{at:?}: {seat:?} is told as fallen and is not on sale"));
        }
        let Some(before) = &self.before else {
            self.before = Some(shown);
            return None;
        };
        if let Some(seat) = fell.iter().find(|seat| before.get(**seat) == shown.get(**seat)) {
            return Some(format!("{at:?}: {seat:?} is told as fallen and was there before"));
        }
        let untold = shown.keys().find(|seat| !before.contains_key(*seat) && !fell.contains(seat));
        if let Some(seat) = untold {
            self.missed += 1;
            return (self.missed > MISSED_MAX).then(|| format!("{at:?}: nobody told that {seat:?} fell"));
        }
        self.missed = 0;
        self.before = Some(shown);
        None
    }

    /// Falls that were told and are on no record.
    pub(super) fn unrecorded(&self, rows: &[FallRow]) -> Vec<String> {
        let is_kept =
            |fall: &Fall| rows.iter().any(|row| row.fall.id == fall.id && row.fall.seats == fall.seats);
        let lost = self.told.iter().filter(|fall| !is_kept(fall));
        lost.map(|fall| format!("{fall:?} is on no record")).collect()
    }
}

fn fell(one: &Dated) -> Option<&Fall> {
    if let Notice::Fall { fall, .. } = &one.notice { Some(fall) } else { None }
}

fn seats(fall: &Fall) -> Vec<Seat> {
    let PartSeats::Run(run) = fall.seats else { return Vec::new() };
    (run.start..=run.end).map(|x| (fall.area.to_string(), run.y.into(), x.into())).collect()
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
