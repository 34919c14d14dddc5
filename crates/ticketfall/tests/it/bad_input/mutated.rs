//! Sound input, changed in the ways in which real input goes wrong: bytes that are lost, doubled or strange, and
//! parts of a document that are of another kind than they should be.

use std::fmt;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

/// What is written over a part of a text.
const STRANGE: [&str; 24] = [
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "\r\nSet-Cookie: a=b\r\n\r\n",
    "é€🎟",
    "\"",
    "'",
    "\\u0000",
    "\\ud800",
    "]]>",
    "<script>alert(1)</script>",
    "<!--",
    "{{ 7 * 7 }}",
    "${jndi:x}",
    "../../../../etc/passwd",
    "http://169.254.169.254/",
    "-1",
    "1e999",
    "99999999999999999999999999",
    "NaN",
    "null",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":",
    "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,",
];

/// One way in which input goes wrong.
#[derive(Debug, Clone)]
enum Change {
    /// A bit falls over.
    Flip(Index, u8),
    /// Bytes are lost.
    Cut(Index, u8),
    /// The end is lost.
    End(Index),
    /// Bytes come again and again.
    Again(Index, u8, u8),
    /// Something strange stands between.
    Strange(Index, Index),
    /// A part of the document is another value.
    Another(Index, Index),
    /// A part of the document is missing.
    Missing(Index),
    /// A part of the document is there many times.
    Many(Index, u8),
    /// A part of the document is called something else.
    Renamed(Index, Index),
}

/// A document format whose parts can be changed one by one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    Json,
    Toml,
    /// Nothing but bytes.
    Text,
}

/// Changed input, and what it was made of.
#[derive(Clone)]
pub(crate) struct Mutated {
    /// Which of the sound ones it was.
    pub(crate) from: usize,
    /// What it is now.
    pub(crate) bytes: Vec<u8>,
}

impl fmt::Debug for Mutated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "of sound input {}: {}", self.from, self.bytes.escape_ascii())
    }
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    // What stands in a document goes wrong more often than its bytes.
    prop_oneof![
        1 => (at(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        1 => (at(), any::<u8>()).prop_map(|(at, length)| Change::Cut(at, length)),
        1 => at().prop_map(Change::End),
        1 => (at(), any::<u8>(), 1..60_u8).prop_map(|(at, length, times)| Change::Again(at, length, times)),
        1 => (at(), at()).prop_map(|(at, what)| Change::Strange(at, what)),
        4 => (at(), at()).prop_map(|(at, what)| Change::Another(at, what)),
        2 => at().prop_map(Change::Missing),
        1 => (at(), 2..90_u8).prop_map(|(at, times)| Change::Many(at, times)),
        2 => (at(), at()).prop_map(|(at, what)| Change::Renamed(at, what)),
    ]
}

/// Any of the sound inputs with one to four things wrong.
pub(crate) fn mutated(sound: Vec<(Format, Vec<u8>)>) -> impl Strategy<Value = Mutated> {
    (any::<Index>(), prop::collection::vec(change(), 1..5)).prop_map(move |(which, changes)| {
        let from = which.index(sound.len());
        let (format, bytes) = &sound[from];
        let bytes = changes.iter().fold(bytes.clone(), |bytes, change| change.of(bytes, *format));
        Mutated { from, bytes }
    })
}

/// Tries the same inputs on every run, and shrinks the one that fails.
pub(crate) fn try_each<S: Strategy>(cases: u32, strategy: &S, holds: impl Fn(S::Value)) {
    let outcome = runner(cases).run(strategy, |value| {
        holds(value);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

pub(crate) fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
}

impl Change {
    fn of(&self, mut bytes: Vec<u8>, format: Format) -> Vec<u8> {
        let length = bytes.len();
        if length == 0 {
            return bytes;
        }
        match self {
            Self::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Self::Cut(at, count) => drop(bytes.drain(span(*at, *count, length))),
            Self::End(at) => bytes.truncate(at.index(length)),
            Self::Again(at, count, times) => {
                let span = span(*at, *count, length);
                let part = bytes[span.clone()].repeat(usize::from(*times));
                bytes.splice(span, part);
            }
            Self::Strange(at, what) => {
                let at = at.index(length);
                bytes.splice(at..at, what.get(&STRANGE).bytes());
            }
            Self::Another(..) | Self::Missing(_) | Self::Many(..) | Self::Renamed(..) => {
                return self.of_document(&bytes, format).unwrap_or(bytes);
            }
        }
        bytes
    }

    /// The same document with one part changed; nothing where it is none.
    fn of_document(&self, bytes: &[u8], format: Format) -> Option<Vec<u8>> {
        let mut document: Value = match format {
            Format::Json => serde_json::from_slice(bytes).ok()?,
            Format::Toml => toml::from_str(str::from_utf8(bytes).ok()?).ok()?,
            Format::Text => return None,
        };
        let (Self::Another(at, _) | Self::Missing(at) | Self::Many(at, _) | Self::Renamed(at, _)) = self
        else {
            return None;
        };
        let mut left = at.index(parts(&document));
        self.at_part(&mut document, &mut left);
        match format {
            Format::Json => serde_json::to_vec(&document).ok(),
            Format::Toml => Some(toml::to_string(&document).ok()?.into_bytes()),
            Format::Text => None,
        }
    }

    /// Changes the part that is `left` parts further on; whether it was found.
    fn at_part(&self, value: &mut Value, left: &mut usize) -> bool {
        match value {
            Value::Array(items) => {
                for index in 0..items.len() {
                    if *left == 0 {
                        self.in_list(items, index);
                        return true;
                    }
                    *left -= 1;
                    if self.at_part(&mut items[index], left) {
                        return true;
                    }
                }
                false
            }
            Value::Object(fields) => {
                for key in fields.keys().cloned().collect::<Vec<_>>() {
                    if *left == 0 {
                        self.in_fields(fields, &key);
                        return true;
                    }
                    *left -= 1;
                    if fields.get_mut(&key).is_some_and(|value| self.at_part(value, left)) {
                        return true;
                    }
                }
                false
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }

    fn in_list(&self, items: &mut Vec<Value>, index: usize) {
        match self {
            Self::Missing(_) => drop(items.remove(index)),
            Self::Many(_, times) => {
                let item = items[index].clone();
                items.extend(std::iter::repeat_n(item, usize::from(*times)));
            }
            Self::Another(_, what) | Self::Renamed(_, what) => items[index] = odd(*what),
            Self::Flip(..) | Self::Cut(..) | Self::End(_) | Self::Again(..) | Self::Strange(..) => {}
        }
    }

    fn in_fields(&self, fields: &mut Map<String, Value>, key: &str) {
        let Some(value) = fields.remove(key) else { return };
        match self {
            Self::Another(_, what) => drop(fields.insert(key.to_owned(), odd(*what))),
            Self::Many(_, times) => {
                let value = Value::Array(vec![value; usize::from(*times)]);
                fields.insert(key.to_owned(), value);
            }
            Self::Renamed(_, what) => drop(fields.insert(what.get(&STRANGE).to_owned().to_owned(), value)),
            Self::Missing(_)
            | Self::Flip(..)
            | Self::Cut(..)
            | Self::End(_)
            | Self::Again(..)
            | Self::Strange(..) => {}
        }
    }
}

fn span(at: Index, count: u8, length: usize) -> std::ops::Range<usize> {
    let from = at.index(length);
    from..length.min(from + usize::from(count))
}

fn parts(value: &Value) -> usize {
    let inside = match value {
        Value::Array(items) => items.iter().map(|item| 1 + parts(item)).sum(),
        Value::Object(fields) => fields.values().map(|value| 1 + parts(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    };
    inside.max(usize::from(inside == 0))
}

/// What nobody expects where it stands.
fn odd(what: Index) -> Value {
    let deep = || (0..100).fold(json!(1), |inner, _| json!([inner]));
    match what.index(20) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(0),
        4 => json!(u64::MAX),
        5 => json!(i64::MIN),
        6 => json!(1e308),
        7 => json!(0.000_000_1),
        8 => json!(""),
        9 => json!("é".repeat(3_000)),
        10 => json!([]),
        11 => json!({}),
        12 => deep(),
        13 => json!(vec![0; 500]),
        14 => json!("-0.5"),
        15 => json!("9999-99-99T99:99:99Z"),
        16 => json!([null, {}, "", 7]),
        17 => json!("£1,00.50"),
        other => json!(STRANGE[other]),
    }
}
