//! A venue's plan: what areas, rows and seats are called, and where they lie.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::AreaId;

/// One area: names of its rows and seats by map coordinate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AreaPlan {
    /// What it is called.
    pub name: Option<Arc<str>>,
    /// The printed name of the row at each Y coordinate that has seats.
    pub rows: BTreeMap<i32, Arc<str>>,
    /// The printed name of the seat at each X coordinate.
    pub seats: BTreeMap<i32, Arc<str>>,
}

/// The areas of a venue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// By the seller's number.
    pub areas: BTreeMap<AreaId, AreaPlan>,
}

impl Plan {
    /// What an area is called, where that is known.
    pub fn area_name(&self, area: &AreaId) -> Option<&Arc<str>> {
        self.areas.get(area)?.name.as_ref()
    }

    /// What is printed at a row, where that is known.
    pub fn row_name(&self, area: &AreaId, y: i32) -> Option<&Arc<str>> {
        self.areas.get(area)?.rows.get(&y)
    }

    /// What is printed on the seats at `x`, where that is known.
    pub fn seat_name(&self, area: &AreaId, x: i32) -> Option<&Arc<str>> {
        self.areas.get(area)?.seats.get(&x)
    }
}
