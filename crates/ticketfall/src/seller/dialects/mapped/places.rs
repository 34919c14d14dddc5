//! Places of seats that a seller knows by what is printed on them: the same seat has the same place in every
//! reading, and seats are adjacent only where their numbers or letters are.

use std::collections::BTreeSet;
use std::sync::Arc;

use ticketfall_core::ids::AreaId;
use ticketfall_core::plan::Plan;
use ticketfall_core::seat::SeatRun;

/// Where letters begin, far beyond every number.
const LETTERS: i32 = 1_000_000_000;

/// Where all other names begin.
const OTHERS: i32 = 1_100_000_000;

/// How many other names there are room for, two apart, so that no two are adjacent.
const OTHERS_MAX: u32 = 500_000_000;

/// How many seats of a run get a name.
const NAMED_MAX: i32 = 500;

/// The coordinate of a printed row or seat: a number is itself, letters count on from A.
pub(super) fn coordinate(name: &str) -> i32 {
    let name = name.trim();
    if let Ok(number) = name.parse::<i32>()
        && (-LETTERS..LETTERS).contains(&number)
    {
        return number;
    }
    if (1..=3).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_uppercase()) {
        let letter = |letter: u8| i32::from(letter - b'A') + 1;
        return name.bytes().fold(0, |sum, byte| sum * 26 + letter(byte)) + LETTERS;
    }
    // FNV-1a: the same in every process and on every machine.
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    i32::try_from(hash % OTHERS_MAX).map_or(OTHERS, |place| OTHERS + 2 * place)
}

/// Seats as runs of adjacent ones.
pub(super) fn runs(seats: &BTreeSet<(i32, i32)>) -> Vec<SeatRun> {
    let mut runs: Vec<SeatRun> = Vec::new();
    for (y, x) in seats {
        match runs.last_mut() {
            Some(run) if run.y == *y && run.end.checked_add(1) == Some(*x) => run.end = *x,
            Some(_) | None => runs.push(SeatRun { y: *y, start: *x, end: *x }),
        }
    }
    runs
}

/// Remembers what is printed at a row and at a seat.
pub(super) fn name(names: &mut Plan, area: &AreaId, row: Option<(i32, &str)>, seat: Option<(i32, &str)>) {
    let plan = names.areas.entry(area.clone()).or_default();
    if let Some((y, name)) = row {
        plan.rows.entry(y).or_insert_with(|| Arc::from(name));
    }
    if let Some((x, name)) = seat {
        plan.seats.entry(x).or_insert_with(|| Arc::from(name));
    }
}

/// Remembers what is printed on the seats of a run whose first and last are numbers.
pub(super) fn name_numbers(names: &mut Plan, area: &AreaId, start: i32, end: i32) {
    let plan = names.areas.entry(area.clone()).or_default();
    for number in start..=end.min(start.saturating_add(NAMED_MAX)) {
        plan.seats.entry(number).or_insert_with(|| number.to_string().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_themselves_and_letters_count_on() {
        assert_eq!([coordinate("7"), coordinate(" 07 "), coordinate("-1")], [7, 7, -1]);
        assert_eq!(coordinate("B"), coordinate("A") + 1);
        assert_eq!(coordinate("AA"), coordinate("Z") + 1);
    }

    #[test]
    fn names_that_have_no_order_are_never_adjacent() {
        let names: Vec<_> = (0..500).map(|n| coordinate(&format!("Loge {n}"))).collect();
        assert!(names.iter().all(|name| *name >= OTHERS && (name - OTHERS) % 2 == 0));
        assert_eq!(coordinate("12A"), coordinate("12A"));
        assert_ne!(coordinate("12A"), coordinate("12B"));
    }

    #[test]
    fn adjacent_seats_of_a_row_become_one_run() {
        let seats = BTreeSet::from([(7, 12), (7, 14), (7, 13), (8, 15), (9, i32::MAX)]);
        let run = |y, start, end| SeatRun { y, start, end };
        assert_eq!(runs(&seats), [run(7, 12, 14), run(8, 15, 15), run(9, i32::MAX, i32::MAX)]);
    }
}
