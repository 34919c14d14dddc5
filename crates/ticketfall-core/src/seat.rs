//! Seats by their place on a seller's map, and runs of adjacent ones.
//! Coordinates are the seller's own; what is printed on a chair is in the plan.

use serde::{Deserialize, Serialize};

use crate::ids::AreaId;

/// One chair, by area and map coordinates: the same seat has the same place in every reading.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The area it stands in.
    pub area: AreaId,
    /// The row's coordinate on the seller's map.
    pub y: i32,
    /// The seat's coordinate along the row.
    pub x: i32,
}

/// Adjacent seats of one row, from `start` to `end`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeatRun {
    /// The row's coordinate on the seller's map.
    pub y: i32,
    /// The first seat's coordinate.
    pub start: i32,
    /// The last seat's coordinate, never before `start`.
    pub end: i32,
}

impl SeatRun {
    /// A run, or nothing when `end` lies before `start`.
    pub fn new(y: i32, start: i32, end: i32) -> Option<Self> {
        (start <= end).then_some(Self { y, start, end })
    }

    /// How many seats it has; a run wider than any row counts as the widest.
    pub fn seats(&self) -> u32 {
        u32::try_from(i64::from(self.end) - i64::from(self.start) + 1).unwrap_or(u32::MAX)
    }

    /// Whether the seat at `x` of row `y` is in it.
    pub fn contains(&self, y: i32, x: i32) -> bool {
        self.y == y && (self.start..=self.end).contains(&x)
    }

    /// Whether the two share a seat.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.y == other.y && self.start <= other.end && other.start <= self.end
    }

    /// What is left of it without `other`: nothing, one or two runs.
    pub fn without(self, other: &Self) -> impl Iterator<Item = Self> + use<> {
        let (left, right) = if self.overlaps(other) {
            (
                other.start.checked_sub(1).and_then(|end| Self::new(self.y, self.start, end)),
                other.end.checked_add(1).and_then(|start| Self::new(self.y, start, self.end)),
            )
        } else {
            (Some(self), None)
        };
        left.into_iter().chain(right)
    }

    /// Its seats' places in `area`.
    pub fn places(self, area: &AreaId) -> impl Iterator<Item = Place> + use<'_> {
        (self.start..=self.end).map(move |x| Place { area: area.clone(), y: self.y, x })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(start: i32, end: i32) -> SeatRun {
        SeatRun::new(7, start, end).unwrap()
    }

    #[test]
    fn both_ends_of_a_run_are_seats() {
        assert_eq!(run(120, 122).seats(), 3);
        assert_eq!(run(i32::MIN, i32::MAX).seats(), u32::MAX);
        assert_eq!(SeatRun::new(7, 5, 4), None);
    }

    #[test]
    fn taking_seats_from_the_middle_leaves_two_runs() {
        assert_eq!(run(1, 9).without(&run(4, 5)).collect::<Vec<_>>(), [run(1, 3), run(6, 9)]);
        assert_eq!(run(1, 9).without(&run(1, 9)).count(), 0);
        assert_eq!(run(1, 9).without(&run(10, 12)).collect::<Vec<_>>(), [run(1, 9)]);
    }
}
