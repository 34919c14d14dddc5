//! What a member wants.

use crate::ids::AreaId;
use crate::price::Price;

/// Which ticket type, or which area by name, a member wants.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TypeWanted {
    /// Whatever there is, at the full price.
    All,
    /// This area, ticket type or buyer class, letter case apart.
    Named(String),
}

/// What a member wants at one event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Criteria {
    /// How many seats, at least one.
    pub seats: u32,
    /// Whether they must be adjacent.
    pub together: bool,
    /// The type.
    pub wanted_type: TypeWanted,
    /// The areas, the dearest to the member first; none is any.
    pub areas: Vec<AreaId>,
    /// Printed names of rows; none is any.
    pub rows: Vec<String>,
    /// The most that one seat may cost.
    pub price_max: Price,
}
