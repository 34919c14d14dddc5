//! The stadium: stands, areas, rows and seats, and the map coordinates that are not the printed names.

mod plan;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::Band;

/// How many areas the stadium has.
pub const AREAS: usize = 60;
/// How many seats the stadium has.
pub const SEATS: u32 = 60_000;

/// The id of an area, as the feeds write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AreaId(pub u32);

impl fmt::Display for AreaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One chair by its map coordinates: `y` counts rows and `x` cells, both from zero; neither is a printed name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The area that the chair is in.
    pub area: AreaId,
    /// The row's index in the area's seat map.
    pub y: u16,
    /// The cell's index in that row.
    pub x: u16,
}

/// One row of an area: a run of seats somewhere in the area's matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The printed name, such as `F` or `27`.
    pub name: String,
    /// The first cell that is a seat.
    pub first_x: u16,
    /// How many seats the row has.
    pub seats: u16,
    /// The price band of every seat of the row.
    pub band: Band,
    first_number: u32,
}

impl Row {
    /// The cells of the row that are seats.
    pub fn cells(&self) -> std::ops::Range<u16> {
        self.first_x..self.first_x + self.seats
    }
}

/// One area of the stadium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// The id in the feeds.
    pub id: AreaId,
    /// The name in the configuration and on the seat map, such as `East Lower 5`.
    pub name: String,
    /// The number of the block as a ticket prints it.
    pub block: String,
    /// The rows, by map coordinate.
    pub rows: Vec<Row>,
    /// The printed name of every cell of the matrix, by map coordinate.
    pub seat_names: Vec<String>,
}

impl Area {
    /// The row at map coordinate `y`.
    pub fn row(&self, y: u16) -> Option<&Row> {
        self.rows.get(usize::from(y))
    }

    /// The rows with their map coordinates.
    pub fn rows_by_y(&self) -> impl Iterator<Item = (u16, &Row)> {
        (0..).zip(&self.rows)
    }

    /// The printed name of the seat in cell `x`.
    pub fn seat_name(&self, x: u16) -> &str {
        self.seat_names.get(usize::from(x)).map_or("", String::as_str)
    }
}

/// The whole ground; the same seed builds the same one.
#[derive(Clone, Debug)]
pub struct Stadium {
    areas: Vec<Area>,
}

impl Stadium {
    /// Builds the ground of this seed.
    pub fn build(seed: u64) -> Self {
        Self { areas: plan::areas(seed) }
    }

    /// Every area, in the order of the map.
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// The area with this id.
    pub fn area(&self, id: AreaId) -> Option<&Area> {
        let index = id.0.checked_sub(plan::FIRST_AREA)?;
        self.areas.get(usize::try_from(index).ok()?)
    }

    /// The row that the chair stands in.
    pub fn row_of(&self, place: Place) -> Option<&Row> {
        let row = self.area(place.area)?.row(place.y)?;
        row.cells().contains(&place.x).then_some(row)
    }

    /// The chair's number in the whole ground, from zero.
    pub fn number(&self, place: Place) -> Option<u32> {
        let row = self.row_of(place)?;
        Some(row.first_number + u32::from(place.x - row.first_x))
    }

    /// The printed names of area, row and seat; empty where there is no such chair.
    pub fn printed(&self, place: Place) -> Printed<'_> {
        let Some((area, row)) = self.area(place.area).zip(self.row_of(place)) else {
            return Printed { area: "", block: "", row: "", seat: "" };
        };
        Printed { area: &area.name, block: &area.block, row: &row.name, seat: area.seat_name(place.x) }
    }
}

/// What a ticket says about a chair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Printed<'a> {
    /// The area's name.
    pub area: &'a str,
    /// The block's number.
    pub block: &'a str,
    /// The row's name.
    pub row: &'a str,
    /// The seat's name.
    pub seat: &'a str,
}

/// Which area is meant: by name or by id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "an area's name in quotes, or its id as a number")]
pub enum AreaRef {
    /// By the id in the feeds.
    Id(AreaId),
    /// By the name in the configuration.
    Name(String),
}

impl AreaRef {
    /// The id, where the stadium has such an area; names are the same for every seed.
    pub fn id(&self) -> Option<AreaId> {
        plan::names().find_map(|(id, name)| match self {
            Self::Id(wanted) => (*wanted == id).then_some(id),
            Self::Name(wanted) => name.eq_ignore_ascii_case(wanted).then_some(id),
        })
    }
}

impl From<&str> for AreaRef {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<u32> for AreaRef {
    fn from(id: u32) -> Self {
        Self::Id(AreaId(id))
    }
}

impl fmt::Display for AreaRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => write!(f, "{name:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_seed_gives_sixty_areas_and_sixty_thousand_seats() {
        for seed in 0..20 {
            let stadium = Stadium::build(seed);
            let rows = stadium.areas().iter().flat_map(|area| &area.rows);
            assert_eq!(stadium.areas().len(), AREAS);
            assert_eq!(rows.map(|row| u32::from(row.seats)).sum::<u32>(), SEATS);
        }
    }

    #[test]
    fn every_chair_has_a_number_of_its_own_and_a_name_of_its_own() {
        let stadium = Stadium::build(3);
        let mut numbers = BTreeSet::new();
        let mut names = BTreeSet::new();
        for area in stadium.areas() {
            for (y, row) in area.rows_by_y() {
                for x in row.cells() {
                    let place = Place { area: area.id, y, x };
                    let printed = stadium.printed(place);
                    numbers.insert(stadium.number(place).unwrap());
                    names.insert((printed.area, printed.row, printed.seat));
                }
            }
        }
        assert_eq!(numbers, (0..SEATS).collect());
        assert_eq!(names.len(), numbers.len());
    }

    #[test]
    fn rows_differ_in_length_and_coordinates_are_not_names() {
        let stadium = Stadium::build(3);
        for area in stadium.areas() {
            let lengths: BTreeSet<u16> = area.rows.iter().map(|row| row.seats).collect();
            assert!(lengths.len() > 1, "{} is a rectangle", area.name);
            let same_seat = (0_u16..).zip(&area.seat_names).any(|(x, name)| *name == x.to_string());
            let same_row = area.rows_by_y().any(|(y, row)| row.name == y.to_string());
            assert!(!same_seat && !same_row, "{} prints a coordinate", area.name);
        }
    }

    #[test]
    fn a_cell_beside_the_row_is_no_chair() {
        let stadium = Stadium::build(3);
        let area = &stadium.areas()[0];
        let (y, row) = area.rows_by_y().find(|(_, row)| row.first_x > 0).unwrap();
        assert!(stadium.number(Place { area: area.id, y, x: row.first_x - 1 }).is_none());
        assert!(stadium.number(Place { area: area.id, y, x: row.cells().end }).is_none());
        assert!(stadium.number(Place { area: area.id, y: 900, x: 1 }).is_none());
        assert!(stadium.area(AreaId(1)).is_none() && stadium.area(AreaId(1261)).is_none());
    }

    #[test]
    fn an_area_is_found_by_name_and_by_id() {
        assert_eq!(AreaRef::from("east lower 5").id(), AreaRef::from(1220).id());
        assert_eq!(AreaRef::from("East Cellar 1").id(), None);
        assert_eq!(AreaRef::from(7).id(), None);
    }
}
