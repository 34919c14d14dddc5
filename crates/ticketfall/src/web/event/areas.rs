//! The areas of an event: what fell in each today, at what price, and what is free now; as a picture and
//! as a table.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use ticketfall_core::fall::Fall;
use ticketfall_core::ids::AreaId;
use ticketfall_core::plan::Plan;

use super::super::links;
use super::super::venue::Stands;
use super::super::words;
use super::map::{self, Label};
use super::{fates, rhythm};

/// So many areas are listed at once.
const LISTED: usize = 12;

/// Every area, drawn and listed.
pub(super) struct Areas {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) has_pitch: bool,
    pub(super) shapes: Vec<AreaShape>,
    pub(super) labels: Vec<Label>,
    pub(super) rows: Vec<AreaRow>,
    pub(super) most: usize,
}

impl Areas {
    /// The areas that are listed at once.
    pub(super) fn first(&self) -> &[AreaRow] {
        self.rows.get(..LISTED).unwrap_or(&self.rows)
    }

    /// The others.
    pub(super) fn rest(&self) -> &[AreaRow] {
        self.rows.get(LISTED..).unwrap_or_default()
    }
}

/// An area on the picture.
pub(super) struct AreaShape {
    pub(super) path: String,
    pub(super) class: String,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) short: String,
    pub(super) tip: String,
    /// Where the table tells more, where there is more.
    pub(super) row: Option<String>,
}

/// An area in the table.
pub(super) struct AreaRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) falls: usize,
    pub(super) seats: u32,
    pub(super) prices: String,
    pub(super) free: u32,
    pub(super) first: String,
    pub(super) last: String,
}

/// What is known of an area.
#[derive(Default)]
struct Seen<'a> {
    falls: Vec<&'a Fall>,
    open: Vec<&'a Fall>,
}

/// Draws the areas of `plan`, and those that seats fell in without one.
pub(super) fn draw(
    plan: &Plan,
    today: &[&Fall],
    open: &[Fall],
    clock: impl Fn(Timestamp) -> String,
) -> Areas {
    let mut seen: BTreeMap<AreaId, Seen<'_>> = BTreeMap::new();
    for fall in today {
        seen.entry(fall.area.clone()).or_default().falls.push(fall);
    }
    for fall in open {
        seen.entry(fall.area.clone()).or_default().open.push(fall);
    }
    let mut names: BTreeMap<AreaId, String> =
        seen.iter().map(|(id, seen)| (id.clone(), seen.name(id))).collect();
    names.extend(
        plan.areas
            .iter()
            .map(|(id, area)| (id.clone(), area.name.as_deref().unwrap_or(id.as_str()).to_owned())),
    );
    let most = seen.values().map(|seen| seen.falls.len()).max().unwrap_or_default();
    let picture = map::draw(&Stands::called(names.clone().into_iter()));
    let rows: Vec<AreaRow> = seen
        .iter()
        .map(|(id, seen)| seen.row(id, names.get(id).cloned().unwrap_or_default(), &clock))
        .collect();
    let shape = |shape: map::Shape| {
        let seen = seen.get(&shape.area);
        let row = rows.iter().find(|row| row.id == row_id(&shape.area));
        AreaShape {
            class: class(seen, most),
            tip: row.map_or_else(|| format!("{}: nothing fell today", shape.name), tip),
            row: row.map(|row| row.id.clone()),
            path: shape.path,
            x: shape.x,
            y: shape.y,
            short: shape.short,
        }
    };
    Areas {
        width: picture.width,
        height: picture.height,
        has_pitch: picture.has_pitch,
        shapes: picture.shapes.into_iter().map(shape).collect(),
        labels: picture.labels,
        most,
        rows: sorted(rows),
    }
}

impl Seen<'_> {
    fn all(&self) -> impl Iterator<Item = &Fall> + Clone {
        self.falls.iter().chain(&self.open).copied()
    }

    fn name(&self, id: &AreaId) -> String {
        let name = self.all().find_map(|fall| fall.area_name.as_deref());
        name.unwrap_or(id.as_str()).to_owned()
    }

    fn row(&self, id: &AreaId, name: String, clock: impl Fn(Timestamp) -> String) -> AreaRow {
        let told = |at: Option<Timestamp>| at.map(&clock).unwrap_or_default();
        AreaRow {
            id: row_id(id),
            name,
            falls: self.falls.len(),
            seats: self.falls.iter().map(|fall| fates::seats(fall)).sum(),
            prices: words::prices(self.all().filter_map(|fall| fall.price)),
            free: self.open.iter().map(|fall| fates::seats(fall)).sum(),
            first: told(self.all().map(|fall| fall.first_seen).min()),
            last: told(self.all().map(|fall| fall.last_seen).max()),
        }
    }
}

/// What is free comes first, then where most fell.
fn sorted(mut rows: Vec<AreaRow>) -> Vec<AreaRow> {
    rows.sort_by_key(|row| Reverse((row.free > 0, row.falls)));
    rows
}

fn row_id(area: &AreaId) -> String {
    format!("area-{}", links::escaped(area.as_str()))
}

fn class(seen: Option<&Seen<'_>>, most: usize) -> String {
    let fell = seen.map_or(0, |seen| seen.falls.len());
    let free = if seen.is_some_and(|seen| !seen.open.is_empty()) { " free" } else { "" };
    format!("heat-{}{free}", rhythm::level(fell, most))
}

fn tip(row: &AreaRow) -> String {
    let free = if row.free > 0 {
        format!("{} free now · ", words::counted(row.free, "seat"))
    } else {
        String::new()
    };
    let falls = words::counted(u64::try_from(row.falls).unwrap_or(u64::MAX), "fall");
    format!(
        "{}: {free}{falls} today · {} · first seen {}, last {}",
        row.name, row.prices, row.first, row.last
    )
}
