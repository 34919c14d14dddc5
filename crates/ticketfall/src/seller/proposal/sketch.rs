//! Finds in a document what looks like a list of offers, and writes a program that reads it.

use serde_json::{Map, Value};

/// How many values of a document are looked at.
const VALUES_MAX: usize = 20_000;

/// What an offer's property is usually called, the likeliest first.
const AREAS: [&str; 10] =
    ["section", "sector", "block", "area", "stand", "zone", "category", "level", "name", "title"];
const ROWS: [&str; 3] = ["row", "reihe", "rang"];
const SEATS: [&str; 3] = ["seatnumber", "seatno", "seat"];
const COUNTS: [&str; 7] = ["quantity", "available", "remaining", "count", "free", "qty", "amount"];
const PRICES: [&str; 6] = ["price", "cost", "facevalue", "amount", "total", "value"];
const MINOR: [&str; 4] = ["pence", "cents", "minor", "pennies"];

/// A program, and how surely it fits.
pub(super) struct Sketch {
    /// Where the list is, in the program's words.
    pub(super) path: String,
    pub(super) program: String,
    pub(super) score: usize,
}

impl Sketch {
    /// The likeliest list of offers in a document.
    pub(super) fn of(document: &Value) -> Option<Self> {
        let mut best: Option<Self> = None;
        let mut next = vec![(".".to_owned(), document)];
        let mut seen = 0;
        while let Some((path, value)) = next.pop() {
            seen += 1;
            if seen > VALUES_MAX {
                break;
            }
            match value {
                Value::Array(values) => {
                    let inside = format!("{path}[]");
                    let sketch =
                        values.iter().find_map(Value::as_object).and_then(|first| offers(&inside, first));
                    if let Some(sketch) = sketch
                        && best.as_ref().is_none_or(|best| sketch.score > best.score)
                    {
                        best = Some(sketch);
                    }
                    next.extend(values.iter().take(1).map(|first| (inside.clone(), first)));
                }
                Value::Object(fields) => {
                    next.extend(fields.iter().rev().map(|(name, value)| (step(&path, name), value)));
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        best
    }
}

/// A program for a list whose first object this is.
fn offers(path: &str, first: &Map<String, Value>) -> Option<Sketch> {
    let area = key(first, &AREAS)?;
    let (row, seat) = (key(first, &ROWS), key(first, &SEATS));
    let minor = key(first, &MINOR);
    let price = minor.or_else(|| key(first, &PRICES));
    let count = key(first, &COUNTS).filter(|count| Some(*count) != price);
    if price.is_none() && count.is_none() && seat.is_none() {
        return None;
    }
    let price = price.map(|price| match minor {
        Some(_) => format!("price: {{minor: {}}}", step(".", price)),
        None => format!("price: {}", step(".", price)),
    });
    let seats = match (row, seat) {
        (Some(row), Some(seat)) => {
            Some(format!("seats: [{{row: {}, seat: {}}}]", step(".", row), step(".", seat)))
        }
        _ => count.map(|count| format!("count: {}", step(".", count))),
    };
    let parts: Vec<String> =
        [Some(format!("area: {}", step(".", area))), price, seats].into_iter().flatten().collect();
    let score = parts.len() * 10 + usize::from(row.is_some()) + usize::from(seat.is_some());
    Some(Sketch { path: path.to_owned(), program: format!("{path}\n| {{{}}}\n", parts.join(", ")), score })
}

/// The property whose name has the likeliest of these words in it, and whose value is a number or text.
fn key<'v>(object: &'v Map<String, Value>, words: &[&str]) -> Option<&'v str> {
    let plain = |name: &str| name.to_lowercase().replace(['_', '-'], "");
    words.iter().find_map(|word| {
        let fits = |(name, value): &(&String, &Value)| {
            plain(name).contains(word) && matches!(value, Value::String(_) | Value::Number(_))
        };
        object.iter().find(fits).map(|(name, _)| name.as_str())
    })
}

/// A property of what a path leads to.
fn step(path: &str, name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    let path = if path == "." { "" } else { path };
    if is_plain { format!("{path}.{name}") } else { format!("{path}.{}", Value::String(name.to_owned())) }
}
