//! A venue's plan: what areas, rows and seats are called, and where they lie.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::AreaId;
use crate::offer::{PartSeats, SeatGroup};

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
    /// Takes over the names that it does not know yet; says whether there were any.
    pub fn learn(&mut self, names: &Self) -> bool {
        let mut learned = false;
        for (area, told) in &names.areas {
            let own = self.areas.entry(area.clone()).or_default();
            learned |= own.name.is_none() && told.name.is_some();
            own.name = own.name.take().or_else(|| told.name.clone());
            learned |= learn(&mut own.rows, &told.rows) | learn(&mut own.seats, &told.seats);
        }
        learned
    }

    /// The plan with the names that it does not know yet; `None` where it knows them all.
    pub fn taught(&self, names: &Self) -> Option<Self> {
        if names.areas.is_empty() {
            return None;
        }
        let mut plan = self.clone();
        plan.learn(names).then_some(plan)
    }

    /// A group in words: "East Lower 5, row 11, seats 22–23, £61.00 each".
    pub fn describe(&self, group: &SeatGroup) -> String {
        let part = |part: &crate::offer::Part| {
            format!(
                "{}, {} each",
                self.seats_in_words(&part.area, part.area_name.as_ref(), &part.seats),
                part.price
            )
        };
        group.parts.iter().map(part).collect::<Vec<_>>().join(" and ")
    }

    /// Printed names where they are known; the seller's coordinates are never shown as if they were printed.
    pub(crate) fn seats_in_words(&self, area: &AreaId, name: Option<&Arc<str>>, seats: &PartSeats) -> String {
        let called = name.or_else(|| self.area_name(area)).map_or(area.as_str(), |name| &**name);
        let run = match seats {
            PartSeats::Any(count) => return format!("{called}, {}", counted(*count)),
            PartSeats::Run(run) => run,
        };
        let Some(row) = self.row_name(area, run.y) else {
            return format!("{called}, {}", counted(run.seats()));
        };
        match (self.seat_name(area, run.start), self.seat_name(area, run.end)) {
            (Some(first), Some(last)) if run.start == run.end || first == last => {
                format!("{called}, row {row}, seat {first}")
            }
            (Some(first), Some(last)) => {
                let (lower, higher) = in_order(first, last);
                format!("{called}, row {row}, seats {lower}–{higher}")
            }
            _ => format!("{called}, row {row}, {}", counted(run.seats())),
        }
    }

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

fn learn(own: &mut BTreeMap<i32, Arc<str>>, told: &BTreeMap<i32, Arc<str>>) -> bool {
    let before = own.len();
    for (at, name) in told {
        own.entry(*at).or_insert_with(|| name.clone());
    }
    own.len() > before
}

/// The lower number first, whichever way the row is numbered on the map.
fn in_order<'a>(first: &'a str, last: &'a str) -> (&'a str, &'a str) {
    match (first.parse::<u32>(), last.parse::<u32>()) {
        (Ok(a), Ok(b)) if b < a => (last, first),
        (Ok(_) | Err(_), _) => (first, last),
    }
}

fn counted(seats: u32) -> String {
    if seats == 1 { "1 seat".to_owned() } else { format!("{seats} seats") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_learned_once_and_never_replaced() {
        let named = |name: &str| Plan {
            areas: BTreeMap::from([(
                AreaId::new("N").unwrap(),
                AreaPlan { rows: BTreeMap::from([(1, name.into())]), ..AreaPlan::default() },
            )]),
        };
        let mut plan = Plan::default();
        assert!(plan.learn(&named("A")));
        assert!(!plan.learn(&named("B")));
        assert_eq!((plan.taught(&named("B")), plan.taught(&Plan::default())), (None, None));
        assert_eq!(Plan::default().taught(&named("A")), Some(named("A")));
        assert_eq!(plan, named("A"));
    }

    #[test]
    fn the_lower_number_comes_first_and_letters_stay_as_they_stand() {
        assert_eq!(in_order("262", "261"), ("261", "262"));
        assert_eq!(in_order("9", "10"), ("9", "10"));
        assert_eq!(in_order("C", "A"), ("C", "A"));
    }
}
