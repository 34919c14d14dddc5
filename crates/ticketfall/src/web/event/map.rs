//! The venue as a picture: a bowl where the stands make one, else a tidy grid. Shapes only; what they
//! mean is said by their classes.

use std::f64::consts::FRAC_PI_4;
use std::fmt::Write as _;

use ticketfall_core::ids::AreaId;

use super::super::venue::{Area, Stand, Stands};

/// How square the bowl is: 2 is an ellipse.
const SQUARENESS: f64 = 3.2;
/// Half the width and height of the innermost and the outermost row.
const INNER: (f64, f64) = (196.0, 116.0);
const OUTER: (f64, f64) = (350.0, 250.0);
/// How deep a stand's name is, towards the pitch.
const LABEL: f64 = -0.25;
/// Half the size of the picture.
const HALF: (f64, f64) = (360.0, 260.0);
/// Between tiers, of the whole depth; between areas and stands, of a stand's length.
const TIER_GAP: f64 = 0.05;
const AREA_GAP: f64 = 0.009;
const STAND_GAP: f64 = 0.02;
/// Steps along a stand.
const STEPS: u32 = 240;

const CELL: (u32, u32) = (64, 34);
const CELL_GAP: u32 = 4;
const COLUMNS: usize = 10;
const STAND_HEAD: u32 = 26;

/// A picture of the venue.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) has_pitch: bool,
    pub(super) shapes: Vec<Shape>,
    pub(super) labels: Vec<Label>,
}

/// One area.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) area: AreaId,
    pub(super) name: String,
    pub(super) short: String,
    pub(super) path: String,
    pub(super) x: String,
    pub(super) y: String,
}

/// A stand's name.
#[derive(Debug)]
pub(super) struct Label {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) text: String,
    pub(super) is_middle: bool,
}

/// Draws a venue.
pub(super) fn draw(stands: &Stands) -> Picture {
    stands.bowl().map_or_else(|| grid(stands), bowl)
}

fn bowl(stands: [&Stand; 4]) -> Picture {
    let depth = stands.iter().map(|stand| stand.tiers().len()).max().unwrap_or(1);
    let mut shapes = Vec::new();
    let mut labels = Vec::new();
    for (side, stand) in (0_u32..).zip(stands) {
        let line = Line::of(side);
        for (at, areas) in stand.tiers().into_iter().enumerate() {
            let tier = Tier::new(at, depth);
            for (number, area) in (0_u32..).zip(areas) {
                let share = share(number, u32::try_from(areas.len()).unwrap_or(u32::MAX));
                shapes.push(segment(area, &line, tier, share));
            }
        }
        let (x, y) = line.at(0.5, LABEL);
        labels.push(Label { x: short(x), y: short(y), text: stand.name.clone(), is_middle: true });
    }
    let (width, height) = (720, 520);
    Picture { width, height, has_pitch: true, shapes, labels }
}

/// How deep a tier begins and ends, 0 at the pitch.
#[derive(Clone, Copy)]
struct Tier {
    inner: f64,
    outer: f64,
}

impl Tier {
    fn new(at: usize, depth: usize) -> Self {
        let whole = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let one = 1.0 / whole(depth);
        let inner = whole(at) * one;
        Self { inner: inner + if at == 0 { 0.0 } else { TIER_GAP }, outer: inner + one }
    }
}

/// Which part of a stand's length an area takes.
fn share(number: u32, all: u32) -> (f64, f64) {
    let one = (1.0 - 2.0 * STAND_GAP) / f64::from(all.max(1));
    let from = STAND_GAP + f64::from(number) * one;
    (from + AREA_GAP / 2.0, from + one - AREA_GAP / 2.0)
}

/// A side of the bowl: directions along it at even distances.
struct Line(Vec<f64>);

impl Line {
    /// The first side is on top; all are walked clockwise.
    fn of(side: u32) -> Self {
        let first = f64::from(side) * 2.0 * FRAC_PI_4 - 3.0 * FRAC_PI_4;
        let turn = |step: u32| first + 2.0 * FRAC_PI_4 * f64::from(step) / f64::from(STEPS);
        let points: Vec<(f64, f64)> = (0..=STEPS).map(|step| on_curve(turn(step), 0.5)).collect();
        let mut walked = vec![0.0];
        for pair in points.windows(2) {
            let step = (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1);
            walked.push(walked.last().copied().unwrap_or_default() + step);
        }
        let whole = walked.last().copied().unwrap_or_default();
        let direction = |step: u32| {
            let wanted = whole * f64::from(step) / f64::from(STEPS);
            let at = walked.partition_point(|walked| *walked < wanted);
            turn(u32::try_from(at).unwrap_or(STEPS))
        };
        Self((0..=STEPS).map(direction).collect())
    }

    /// The point so far along the side and so deep in the stand.
    fn at(&self, along: f64, deep: f64) -> (f64, f64) {
        let steps = f64::from(STEPS);
        let step = (0..=STEPS).min_by(|one, other| {
            let off = |step: &u32| (f64::from(*step) / steps - along).abs();
            off(one).total_cmp(&off(other))
        });
        let turn = self.0.get(usize::try_from(step.unwrap_or(0)).unwrap_or(0)).copied().unwrap_or_default();
        let (x, y) = on_curve(turn, deep);
        (HALF.0 + x, HALF.1 + y)
    }
}

/// The point in a direction on the curve so deep in the stands.
fn on_curve(turn: f64, deep: f64) -> (f64, f64) {
    let (a, b) = (INNER.0 + (OUTER.0 - INNER.0) * deep, INNER.1 + (OUTER.1 - INNER.1) * deep);
    let bent = |part: f64| part.signum() * part.abs().powf(2.0 / SQUARENESS);
    (a * bent(turn.cos()), b * bent(turn.sin()))
}

fn segment(area: &Area, line: &Line, tier: Tier, (from, to): (f64, f64)) -> Shape {
    const POINTS: u32 = 6;
    let along = |step: u32| from + (to - from) * f64::from(step) / f64::from(POINTS);
    let outer = (0..=POINTS).map(|step| line.at(along(step), tier.outer));
    let inner = (0..=POINTS).rev().map(|step| line.at(along(step), tier.inner));
    let mut path = String::new();
    for (x, y) in outer.chain(inner) {
        let letter = if path.is_empty() { 'M' } else { 'L' };
        write!(path, "{letter}{} {}", short(x), short(y)).expect("a string takes all that is written");
    }
    path.push('Z');
    let (x, y) = line.at(f64::midpoint(from, to), f64::midpoint(tier.inner, tier.outer));
    shape(area, path, x, y)
}

fn grid(stands: &Stands) -> Picture {
    let (mut shapes, mut labels, mut top) = (Vec::new(), Vec::new(), 0);
    for stand in &stands.0 {
        if !stand.name.is_empty() {
            let text = stand.name.clone();
            labels.push(Label { x: "0".to_owned(), y: (top + 17).to_string(), text, is_middle: false });
            top += STAND_HEAD;
        }
        for row in stand.areas.chunks(COLUMNS) {
            for (column, area) in (0_u32..).zip(row) {
                let left = column * (CELL.0 + CELL_GAP);
                let path = format!("M{left} {top}h{}v{}h-{}Z", CELL.0, CELL.1, CELL.0);
                shapes.push(shape(area, path, f64::from(left + CELL.0 / 2), f64::from(top + CELL.1 / 2)));
            }
            top += CELL.1 + CELL_GAP;
        }
        top += 2 * CELL_GAP;
    }
    let columns = u32::try_from(COLUMNS).unwrap_or(1);
    Picture {
        width: columns * (CELL.0 + CELL_GAP),
        height: top.max(CELL.1),
        has_pitch: false,
        shapes,
        labels,
    }
}

fn shape(area: &Area, path: String, x: f64, y: f64) -> Shape {
    Shape {
        area: area.id.clone(),
        name: area.name.clone(),
        short: area.short.clone(),
        path,
        x: short(x),
        y: short(y),
    }
}

fn short(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(names: &[&str]) -> Picture {
        draw(&Stands::called(names.iter().map(|name| (AreaId::new(name).unwrap(), (*name).to_owned()))))
    }

    fn place(picture: &Picture, name: &str) -> (f64, f64) {
        let shape = picture.shapes.iter().find(|shape| shape.name == name).unwrap();
        (shape.x.parse().unwrap(), shape.y.parse().unwrap())
    }

    #[test]
    fn the_bowl_has_each_stand_on_its_side_and_upper_tiers_further_out() {
        let picture =
            drawn(&["North Lower 1", "North Upper 1", "East Lower 1", "South Lower 1", "West Lower 1"]);
        let (north, upper) = (place(&picture, "North Lower 1"), place(&picture, "North Upper 1"));
        assert!(upper.1 < north.1 && north.1 < HALF.1, "{upper:?} {north:?}");
        assert!(place(&picture, "East Lower 1").0 > HALF.0);
        assert!(place(&picture, "South Lower 1").1 > HALF.1);
        assert!(place(&picture, "West Lower 1").0 < HALF.0);
        assert!(picture.has_pitch);
    }

    #[test]
    fn areas_of_a_stand_are_walked_clockwise() {
        let picture =
            drawn(&["North 1", "North 2", "East 1", "East 2", "South 1", "South 2", "West 1", "West 2"]);
        assert!(place(&picture, "North 1").0 < place(&picture, "North 2").0);
        assert!(place(&picture, "East 1").1 < place(&picture, "East 2").1);
        assert!(place(&picture, "South 1").0 > place(&picture, "South 2").0);
        assert!(place(&picture, "West 1").1 > place(&picture, "West 2").1);
    }

    #[test]
    fn a_venue_that_is_no_bowl_is_a_grid_without_a_pitch() {
        let names: Vec<String> = (1..=12).map(|number| format!("Stalls {number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let picture = drawn(&names);
        assert!(!picture.has_pitch);
        let top = |name: &str| picture.shapes.iter().find(|shape| shape.name == name).unwrap().y.clone();
        assert_eq!(top("Stalls 1"), top("Stalls 10"));
        assert!(place(&picture, "Stalls 11").1 > place(&picture, "Stalls 1").1);
    }
}
