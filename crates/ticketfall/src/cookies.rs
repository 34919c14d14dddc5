//! Cookies files: what browsers' extensions and tools write, read row by row and written again.
//! A row that cannot be read is told with its place; the others are kept.

mod json;
mod netscape;
pub mod service;

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::session::Cookie;
use crate::session::cookie::Refusal;

/// The longest file that is read.
pub const BYTES_MAX: usize = 8 * 1024 * 1024;

/// How a cookies file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines with seven tab-separated fields, as curl and wget use.
    Netscape,
    /// A JSON array as browser extensions write it, with `expirationDate`.
    Extension,
    /// JSON as DevTools and Puppeteer write it, with `expires`.
    DevTools,
    /// Playwright's storage state: `{"cookies": […], "origins": […]}`.
    StorageState,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Netscape => "netscape",
            Self::Extension => "json",
            Self::DevTools => "devtools",
            Self::StorageState => "storage-state",
        })
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let all = [Self::Netscape, Self::Extension, Self::DevTools, Self::StorageState];
        all.into_iter().find(|format| format.to_string() == text).ok_or(Error::Unnamed)
    }
}

/// Why a whole file yields nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing in it.
    #[error("find cookies in an empty file; {UNDERSTOOD}")]
    Empty,
    /// Longer than any cookies file.
    #[error("read a cookies file of {0} bytes: {BYTES_MAX} at most")]
    TooLong(usize),
    /// Not text.
    #[error("read it: byte {0} is no UTF-8; {UNDERSTOOD}")]
    NotText(usize),
    /// JSON that does not parse.
    #[error("read it: it begins like JSON and breaks at line {line}, column {column}; {UNDERSTOOD}")]
    BrokenJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// Something else.
    #[error("find cookies in it; {UNDERSTOOD}")]
    Foreign,
    /// An answer that has nothing where the cookies should be.
    #[error("find cookies in it: it is no JSON, or has nothing at {0}")]
    Nowhere(String),
    /// A name that is no format's.
    #[error("write that format: it is one of netscape, json, devtools and storage-state")]
    Unnamed,
    /// A cookie that a format of lines and tabs cannot hold.
    #[error("write cookie {0:?} in the Netscape format: it has a tab in it; write JSON")]
    Unwritable(String),
}

const UNDERSTOOD: &str = "understood are Netscape cookies.txt, JSON of a browser extension (an array), JSON of \
                          DevTools or Puppeteer, and Playwright's storage state";

/// Where in the file a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A line, counted from 1.
    Line(usize),
    /// An entry of the list, counted from 0.
    Index(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Index(index) => write!(f, "entry {index}"),
        }
    }
}

/// Why one row is no cookie; values are never repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// Too few or too many fields on a line.
    #[error("read it: it has {0} tab-separated fields, not 7")]
    Fields(usize),
    /// An entry that is no JSON object.
    #[error("read it: it is no object")]
    NoObject,
    /// A field that is missing or of another kind.
    #[error("read its {0:?}")]
    Field(&'static str),
    /// A cookie that no browser would keep.
    #[error(transparent)]
    Unsound(#[from] Refusal),
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: cannot {why}")]
pub struct RefusedRow {
    /// Where it is.
    pub place: Place,
    /// Why.
    pub why: RowError,
}

/// What a cookies file held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedCookies {
    /// The cookies, in the file's order; those that are expired, too.
    pub cookies: Vec<Cookie>,
    /// The rows that are none.
    pub refused: Vec<RefusedRow>,
    /// How the file is written.
    pub format: Format,
}

/// Reads a cookies file, whatever its format.
pub fn read(bytes: &[u8]) -> Result<ImportedCookies, Error> {
    read_text(text_of(bytes)?)
}

/// Reads the cookies at a JSON pointer of an answer; text there is read as a cookies file.
pub fn read_at(bytes: &[u8], pointer: &str) -> Result<ImportedCookies, Error> {
    let mut answer: Value =
        serde_json::from_str(text_of(bytes)?).ok().ok_or_else(|| Error::Nowhere(pointer.to_owned()))?;
    match answer.pointer_mut(pointer).map(Value::take) {
        None | Some(Value::Null) => Err(Error::Nowhere(pointer.to_owned())),
        Some(Value::String(text)) => read_text(&Zeroizing::new(text)),
        Some(part @ (Value::Array(_) | Value::Object(_))) => json::rows(&part).map(imported),
        Some(Value::Bool(_) | Value::Number(_)) => Err(Error::Foreign),
    }
}

fn text_of(bytes: &[u8]) -> Result<&str, Error> {
    if bytes.len() > BYTES_MAX {
        return Err(Error::TooLong(bytes.len()));
    }
    let text = str::from_utf8(bytes).map_err(|error| Error::NotText(error.valid_up_to()))?;
    Ok(text.trim_start_matches('\u{feff}'))
}

fn read_text(text: &str) -> Result<ImportedCookies, Error> {
    let read = match text.trim_start().chars().next() {
        None => return Err(Error::Empty),
        Some('[' | '{') => json::read(text)?,
        Some(_) => (Format::Netscape, netscape::read(text)?),
    };
    Ok(imported(read))
}

fn imported((format, rows): (Format, Rows)) -> ImportedCookies {
    let mut imported = ImportedCookies { cookies: Vec::new(), refused: Vec::new(), format };
    for (place, row) in rows {
        match row {
            Ok(cookie) => imported.cookies.push(cookie),
            Err(why) => imported.refused.push(RefusedRow { place, why }),
        }
    }
    imported
}

/// Writes cookies as a file of the given format, values in the clear.
pub fn write<'c>(
    format: Format,
    cookies: impl IntoIterator<Item = &'c Cookie>,
) -> Result<Zeroizing<String>, Error> {
    match format {
        Format::Netscape => netscape::write(cookies),
        Format::Extension | Format::DevTools | Format::StorageState => Ok(json::write(format, cookies)),
    }
}

type Rows = Vec<(Place, Result<Cookie, RowError>)>;

#[cfg(test)]
mod tests;
