//! Lists of members: CSV, JSON, and what GoLogin lists. What a row says is read here, and judged elsewhere.

use serde_json::{Map, Value};

use super::csv::{self, OpenQuote};
use crate::cookies::Place;
use crate::session::Secret;

/// What a row may say, in the words of a CSV header and of JSON.
const FIELDS: [&str; 7] = ["name", "label", "browser", "proxy", "seats", "cost", "cookies_file"];

/// Why a whole list yields nothing; each finishes "cannot …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    /// JSON that does not parse.
    #[error("read it: it begins like JSON and breaks at line {line}, column {column}")]
    BrokenJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// JSON of another shape.
    #[error("find members in it: it is neither a list nor {{\"profiles\": […]}}")]
    Foreign,
    /// A CSV file that breaks.
    #[error(transparent)]
    Broken(#[from] OpenQuote),
    /// A first line that is no header.
    #[error("find the column \"name\" in its first line; the columns are {}", FIELDS.join(", "))]
    NoHeader,
    /// A column that says nothing to us.
    #[error("use its column {name:?}; the columns are {}", FIELDS.join(", "))]
    Column {
        /// As it is written.
        name: String,
    },
}

/// What a row says of a member, as it is written; nothing there is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: Option<String>,
    pub(super) label: Option<String>,
    pub(super) browser: Option<String>,
    pub(super) proxy: Option<Secret>,
    pub(super) seats: Option<String>,
    pub(super) cost: Option<String>,
    pub(super) cookies_file: Option<String>,
}

/// A row with its place and, where it cannot be used, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) place: Place,
    pub(super) name: Option<String>,
    pub(super) row: Result<Row, String>,
}

/// Reads a list, whatever its format.
pub(super) fn read(text: &str) -> Result<Vec<Placed>, Error> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['[', '{']) { of_json(text) } else { of_csv(text) }
}

fn of_csv(text: &str) -> Result<Vec<Placed>, Error> {
    let mut records = csv::records(text)?.into_iter();
    let header = records.next().map(|(_, header)| header).unwrap_or_default();
    let header: Vec<String> = header.iter().map(|column| column.to_ascii_lowercase()).collect();
    if !header.iter().any(|column| column == "name") {
        return Err(Error::NoHeader);
    }
    if let Some(strange) = header.iter().find(|column| !FIELDS.contains(&column.as_str())) {
        return Err(Error::Column { name: strange.clone() });
    }
    let placed = records.map(|(line, fields)| {
        let mut row = Row::default();
        let is_too_long = fields.len() > header.len();
        let count = fields.len();
        for (column, text) in header.iter().zip(fields) {
            row.set(column, text);
        }
        let name = row.name.clone();
        let why = format!("cannot read it: it has {count} fields, and the header has {}", header.len());
        Placed { place: Place::Line(line), name, row: if is_too_long { Err(why) } else { Ok(row) } }
    });
    Ok(placed.collect())
}

fn of_json(text: &str) -> Result<Vec<Placed>, Error> {
    let list: Value = serde_json::from_str(text)
        .map_err(|error| Error::BrokenJson { line: error.line(), column: error.column() })?;
    let (rows, read): (_, ReadObject) = match (list.as_array(), list["profiles"].as_array()) {
        (Some(rows), _) => (rows, of_object),
        (None, Some(rows)) => (rows, of_gologin),
        (None, None) => return Err(Error::Foreign),
    };
    let placed = rows.iter().enumerate().map(|(at, row)| Placed {
        place: Place::Index(at),
        name: row["name"].as_str().map(str::to_owned),
        row: row.as_object().ok_or_else(|| "cannot read it: it is no object".to_owned()).and_then(read),
    });
    Ok(placed.collect())
}

type ReadObject = fn(&Map<String, Value>) -> Result<Row, String>;

/// No error repeats what stands in a field, for it may be a password.
fn of_object(object: &Map<String, Value>) -> Result<Row, String> {
    let mut row = Row::default();
    for (field, value) in object {
        if !FIELDS.contains(&field.as_str()) {
            return Err(format!("cannot use {field:?}; the fields are {}", FIELDS.join(", ")));
        }
        match value {
            Value::Null => {}
            Value::String(text) => row.set(field, text.trim().to_owned()),
            Value::Number(number) => row.set(field, number.to_string()),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                return Err(format!("cannot read its {field:?}: it must be text or a number"));
            }
        }
    }
    Ok(row)
}

/// A profile of the desktop app; one that runs in the cloud is listed as CSV or JSON.
fn of_gologin(object: &Map<String, Value>) -> Result<Row, String> {
    let text = |field: &str| {
        object.get(field).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    };
    let id = text("id").ok_or_else(|| "cannot use a GoLogin profile without an id".to_owned())?;
    let name = text("name").unwrap_or(id).to_owned();
    Ok(Row { name: Some(name), browser: Some(format!("gologin:{id}")), ..Row::default() })
}

impl Row {
    fn set(&mut self, field: &str, text: String) {
        let text = Some(text).filter(|text| !text.is_empty());
        match field {
            "name" => self.name = text,
            "label" => self.label = text,
            "browser" => self.browser = text,
            "proxy" => self.proxy = text.map(Secret::new),
            "seats" => self.seats = text,
            "cost" => self.cost = text,
            _ => self.cookies_file = text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, Option<String>, bool)> {
        let placed = read(text).unwrap().into_iter();
        placed.map(|placed| (placed.place.to_string(), placed.name, placed.row.is_ok())).collect()
    }

    fn row(text: &str) -> Row {
        read(text).unwrap().remove(0).row.unwrap()
    }

    #[test]
    fn csv_and_json_say_the_same() {
        let csv = row(
            "\u{feff}Name,label,browser,proxy,seats,cost,cookies_file\nada,Ada,none,http://p.example,2,£200,a.txt",
        );
        let json = row(r#"[{"name": "ada", "label": "Ada", "browser": "none", "proxy": "http://p.example",
                            "seats": 2, "cost": "£200", "cookies_file": "a.txt"}]"#);
        assert_eq!(csv, json);
        assert_eq!((csv.seats.as_deref(), csv.cookies_file.as_deref()), (Some("2"), Some("a.txt")));
        assert_eq!(row("name,label\nada,"), row(r#"[{"name": "ada", "label": null}]"#));
    }

    #[test]
    fn a_row_that_cannot_be_read_hides_no_other() {
        let some = |name: &str| Some(name.to_owned());
        let csv = names("name,label\nada,Ada,Countess\nben,Ben\n");
        assert_eq!(
            csv,
            [("line 2".to_owned(), some("ada"), false), ("line 3".to_owned(), some("ben"), true)]
        );
        let json = names(r#"[7, {"name": "ada", "prxy": "hush"}, {"name": "ben"}]"#);
        let expected =
            [("entry 0", None, false), ("entry 1", some("ada"), false), ("entry 2", some("ben"), true)];
        assert_eq!(json, expected.map(|(place, name, is_ok)| (place.to_owned(), name, is_ok)));
    }

    #[test]
    fn what_gologin_lists_becomes_members_with_its_browsers() {
        let listed = read(r#"{"profiles": [{"id": "65f0", "name": "Ada"}], "allProfilesCount": 1}"#).unwrap();
        assert_eq!(listed[0].name.as_deref(), Some("Ada"));
        let row = listed[0].row.as_ref().unwrap();
        assert_eq!(row.browser.as_deref(), Some("gologin:65f0"));
        assert!(read(r#"{"profiles": [{"name": "Ada"}]}"#).unwrap()[0].row.is_err());
    }

    #[test]
    fn a_list_that_is_none_is_told() {
        let told = |text: &str| read(text).unwrap_err();
        assert_eq!(told(""), Error::NoHeader);
        assert_eq!(told("ada,Ada"), Error::NoHeader);
        assert_eq!(told("name,lable\nada,Ada"), Error::Column { name: "lable".to_owned() });
        assert_eq!(told("{}"), Error::Foreign);
        assert!(matches!(told("[{"), Error::BrokenJson { line: 1, .. }));
    }
}
