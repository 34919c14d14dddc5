//! Draws the stadium from a seed: shapes, printed names and price bands.

use super::{Area, AreaId, Row, SEATS};
use crate::event::{self, Band};
use crate::tokens;

pub(super) const FIRST_AREA: u32 = 1201;

const STANDS: [&str; 4] = ["North", "East", "South", "West"];
const LOWER: u32 = 8;
const UPPER: u32 = 7;
const SEATS_PER_AREA: u32 = SEATS / (4 * (LOWER + UPPER));
/// How many seats the back row has more than the front row.
const FLARE: u32 = 8;

/// Every area's id and name, the same for every seed.
pub(super) fn names() -> impl Iterator<Item = (AreaId, String)> {
    let areas = STANDS.into_iter().flat_map(|stand| {
        let lower = (1..=LOWER).map(move |number| format!("{stand} Lower {number}"));
        lower.chain((1..=UPPER).map(move |number| format!("{stand} Upper {number}")))
    });
    (FIRST_AREA..).map(AreaId).zip(areas)
}

pub(super) fn areas(seed: u64) -> Vec<Area> {
    let mut rng = tokens::rng(seed, &["stadium"]);
    let mut first_number = 0;
    let mut owed = 0;
    names()
        .map(|(id, name)| {
            // Areas come in pairs, the second as much smaller as the first is larger, so that the ground's total holds.
            let lent = if owed == 0 { rng.u32(1..=6) * 10 } else { 0 };
            let total = SEATS_PER_AREA + lent - owed;
            owed = lent;
            let area = area(&mut rng, (id, name), total, first_number);
            first_number += total;
            area
        })
        .collect()
}

fn area(rng: &mut fastrand::Rng, (id, name): (AreaId, String), total: u32, first_number: u32) -> Area {
    let lengths = row_lengths(total, rng.u32(20..=28));
    let width = lengths.iter().copied().max().unwrap_or_default();
    let row_names = row_names(rng, lengths.len());
    let aligned = rng.u16(0..=2);
    let upper = name.contains("Upper");
    let mut number = first_number;
    let rows = lengths.iter().zip(row_names).enumerate().map(|(y, (&seats, name))| {
        let front = y < lengths.len() / 2;
        let row = Row {
            name,
            first_x: (width - seats) / 2 * aligned,
            seats,
            band: band(id, upper, front),
            first_number: number,
        };
        number += u32::from(seats);
        row
    });
    let rows = rows.collect();
    let tier = if upper { 300 } else { 100 };
    Area {
        id,
        name,
        block: (tier + id.0 - FIRST_AREA + 1).to_string(),
        rows,
        seat_names: seat_names(rng, width),
    }
}

/// A trapezoid of `rows` rows with `total` seats altogether.
fn row_lengths(total: u32, rows: u32) -> Vec<u16> {
    let shape = |y| total / rows - FLARE / 2 + FLARE * y / (rows - 1);
    let mut lengths: Vec<u32> = (0..rows).map(shape).collect();
    let mut missing = total.saturating_sub(lengths.iter().sum());
    let mut surplus = lengths.iter().sum::<u32>().saturating_sub(total);
    // Spread over the rows one by one, so that the shape stays.
    while missing + surplus > 0 {
        for length in &mut lengths {
            let (more, less) = (missing.min(1), surplus.min(1));
            *length = *length + more - less;
            missing -= more;
            surplus -= less;
        }
    }
    lengths
        .into_iter()
        .map(|length| u16::try_from(length).expect("a row is far shorter than the area"))
        .collect()
}

fn row_names(rng: &mut fastrand::Rng, rows: usize) -> Vec<String> {
    let mut names: Vec<String> = if rng.bool() {
        let single = ('A'..='Z').map(String::from);
        single.chain(('A'..='Z').map(|letter| format!("{letter}{letter}"))).take(rows).collect()
    } else {
        let first = rng.usize(1..=9);
        (first..first + rows).map(|number| number.to_string()).collect()
    };
    // Reversed numbers could meet their own coordinate in the middle; letters cannot.
    if names.iter().all(|name| name.parse::<u32>().is_err()) && rng.bool() {
        names.reverse();
    }
    names
}

fn seat_names(rng: &mut fastrand::Rng, width: u16) -> Vec<String> {
    let first = rng.u16(1..=40) * 5;
    if rng.bool() {
        // From a first name beyond the width, a falling number never meets its coordinate.
        let last = first + width * 2;
        (0..width).map(|x| (last - x).to_string()).collect()
    } else {
        (0..width).map(|x| (first + x).to_string()).collect()
    }
}

fn band(id: AreaId, upper: bool, front: bool) -> Band {
    let index = id.0 - FIRST_AREA;
    let (stand, block) = (index / (LOWER + UPPER), index % (LOWER + UPPER));
    let behind_a_goal = stand.is_multiple_of(2);
    match (upper, behind_a_goal, front) {
        (false, true, _) if block == 0 => event::FAMILY,
        (false, false, _) if block == LOWER / 2 - 1 => event::CLUB_LEVEL,
        (false, false, true) => event::SIDE,
        (false, false, false) | (true, false, true) => event::SIDE_BACK,
        (false, true, _) | (true, false, false) => event::GOAL,
        (true, true, _) => event::HIGH,
    }
}
