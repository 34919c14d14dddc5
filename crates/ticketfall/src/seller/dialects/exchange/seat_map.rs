//! The seat map: for each section a matrix of rows and seats, written as runs of `code,count`.

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use ticketfall_core::ids::AreaId;
use ticketfall_core::plan::{AreaPlan, Plan};
use ticketfall_core::seat::SeatRun;
use ticketfall_core::seat_view::{MapArea, SeatMap};

use crate::seller::definition::SeatMapRules;
use crate::seller::dialects::catalogue::{Area, Catalogue};
use crate::seller::dialects::read::{Dropped, Unknown};
use crate::seller::dialects::wire::{Loose, Written, unreadable};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    sections: Vec<Loose<Section>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Section {
    #[serde(rename = "SectionName")]
    name: String,
    #[serde(default)]
    price_level: Option<Written>,
    row_names: Vec<RowName>,
    seat_names: Vec<Written>,
    extended_ticket_types: Vec<String>,
    status_summary: Vec<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RowName {
    #[serde(default)]
    name: Option<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    code: Written,
    symbol: String,
}

/// A seat map that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadSeatMap {
    /// What can be bought.
    pub map: SeatMap,
    /// What rows and seats are called.
    pub plan: Plan,
    /// What was not understood.
    pub dropped: Dropped,
}

/// Reads a seat map; when sections were dropped and the others have no seats, nothing is known.
pub fn read_seat_map(
    bytes: &[u8],
    catalogue: &Catalogue,
    rules: &SeatMapRules,
) -> Result<ReadSeatMap, Unknown> {
    let wire: Wire = serde_json::from_slice(bytes).map_err(|error| unreadable(bytes, &error))?;
    let mut read = ReadSeatMap::default();
    for area in catalogue.areas() {
        read.plan.areas.insert(area.id.clone(), AreaPlan { name: area.name.clone(), ..AreaPlan::default() });
    }
    for section in wire.sections {
        let added = section.0.and_then(|section| read.add(&section, catalogue, rules));
        if let Err(why) = added {
            read.dropped.note(|| why);
        }
    }
    let is_empty = read.map.areas.iter().all(|area| area.runs.is_empty());
    match read.dropped.described.first() {
        Some(first) if is_empty => {
            let dropped = read.dropped.count;
            Err(Unknown(format!(
                "{dropped} sections are not understood, and the others have no seats; {first}"
            )))
        }
        Some(_) | None => Ok(read),
    }
}

impl ReadSeatMap {
    fn add(&mut self, section: &Section, catalogue: &Catalogue, rules: &SeatMapRules) -> Result<(), String> {
        let name = section.name.trim();
        let area = catalogue
            .area_named(name)
            .or_else(|| catalogue.area(name))
            .ok_or_else(|| format!("section {name:?}: the config names no such area"))?;
        let runs = section.runs(rules).map_err(|why| format!("section {name:?}: {why}"))?;
        let band = section.price_level.as_ref().map(|level| (level, catalogue.band(&level.0)));
        self.name_places(&area.id, section, rules);
        self.map.areas.push(MapArea {
            area: area.id.clone(),
            name: area.name.clone(),
            band: band.as_ref().map(|(level, band)| match band {
                Some(band) => band.code.clone(),
                None => Arc::from(&*level.0),
            }),
            classes: band.and_then(|(_, band)| band).map_or_else(|| [].into(), |band| band.classes.clone()),
            price: None,
            runs,
        });
        Ok(())
    }

    fn name_places(&mut self, area: &AreaId, section: &Section, rules: &SeatMapRules) {
        let plan = self.plan.areas.entry(area.clone()).or_default();
        for (y, row) in (rules.first_y..).zip(&section.row_names) {
            if let Some(name) = row.name.as_ref().filter(|name| !name.0.is_empty()) {
                plan.rows.insert(y, Arc::from(&*name.0));
            }
        }
        for (x, seat) in (rules.first_x..).zip(&section.seat_names) {
            plan.seats.insert(x, Arc::from(&*seat.0));
        }
    }
}

impl Section {
    /// The available seats as runs of adjacent ones, each of one code.
    fn runs(&self, rules: &SeatMapRules) -> Result<Vec<SeatRun>, String> {
        let (rows, width) = (self.row_names.len(), self.seat_names.len());
        let mut runs = Vec::new();
        let mut cell = 0;
        let mut before = None;
        for written in &self.extended_ticket_types {
            let (code, count) =
                written.split_once(',').ok_or_else(|| format!("{written:?} is no code and count"))?;
            let count: usize =
                count.trim().parse().map_err(|error| format!("the count of {written:?}: {error}"))?;
            let end = cell + count.min(rows * width + 1);
            if end > rows * width {
                return Err(format!("more cells than {rows} rows of {width} seats have"));
            }
            if self.is_available(code, rules)? {
                lay(&mut runs, cell..end, width, rules, before == Some(bare(code)));
            }
            before = Some(bare(code));
            cell = end;
        }
        if cell < rows * width {
            return Err(format!("{cell} cells for {rows} rows of {width} seats"));
        }
        Ok(runs)
    }

    fn is_available(&self, code: &str, rules: &SeatMapRules) -> Result<bool, String> {
        let status = self.status_summary.iter().find(|status| bare(&status.code.0) == bare(code));
        let status = status.ok_or_else(|| format!("the code {code:?} is not explained"))?;
        Ok(rules.available.iter().any(|symbol| *symbol == status.symbol.trim()))
    }
}

/// A code without the leading zeros that some sections leave out.
fn bare(code: &str) -> &str {
    code.trim().trim_start_matches('0')
}

/// Lays cells of the row-major matrix down as runs, none longer than its row; the first of them goes on
/// from the last run where `joined` says that both are of one code.
fn lay(runs: &mut Vec<SeatRun>, cells: Range<usize>, width: usize, rules: &SeatMapRules, joined: bool) {
    let mut cell = cells.start;
    while cell < cells.end {
        let row = cell / width;
        let end = cells.end.min((row + 1) * width);
        let y = coordinate(rules.first_y, row);
        let (start, last) =
            (coordinate(rules.first_x, cell % width), coordinate(rules.first_x, (end - 1) % width));
        match runs.last_mut() {
            Some(run) if joined && run.y == y && run.end + 1 == start => run.end = last,
            Some(_) | None => runs.extend(SeatRun::new(y, start, last)),
        }
        cell = end;
    }
}

fn coordinate(first: i32, index: usize) -> i32 {
    i32::try_from(index).map_or(i32::MAX, |index| first.saturating_add(index))
}

/// The sections of a map as areas of their own names, for a map that is read without its config.
pub fn sections_as_areas(bytes: &[u8]) -> Catalogue {
    let named = |section: Section| {
        let name = section.name.trim();
        Some(Area { id: AreaId::new(name).ok()?, name: Some(Arc::from(name)) })
    };
    let sections = serde_json::from_slice::<Wire>(bytes).map(|wire| wire.sections).unwrap_or_default();
    Catalogue::new(sections.into_iter().filter_map(|section| named(section.0.ok()?)), [])
}
