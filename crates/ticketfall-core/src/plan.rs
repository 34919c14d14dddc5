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
