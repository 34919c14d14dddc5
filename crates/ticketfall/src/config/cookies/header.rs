//! Where the value of a header is, which is a secret and never stands in the configuration itself.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::config::{PREFIX, in_home};

/// Where a header's value is, and what stands before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenHeader", into = "WrittenHeader")]
pub struct HeaderSource {
    /// Where the secret is.
    pub place: Place,
    /// What stands before it, such as `Bearer `; not secret.
    pub prefix: String,
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file that nobody else may read.
    File(PathBuf),
    /// A variable of ours.
    Variable(String),
}

/// A header as it is written in the file.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct WrittenHeader {
    /// The file with the value; others may not read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    /// The variable with the value; its name begins with TICKETFALL_.
    #[serde(skip_serializing_if = "Option::is_none")]
    variable: Option<String>,
    /// What stands before the value, such as "Bearer ".
    #[serde(skip_serializing_if = "String::is_empty")]
    prefix: String,
}

/// Why a header cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderSourceError {
    /// Neither or both.
    #[error("a header has its value in a file or in a variable: give `file` or `variable`")]
    OnePlace,
    /// A variable that is not read.
    #[error("a header's variable must have a name that begins with {PREFIX}")]
    Foreign,
}

impl HeaderSource {
    pub(in crate::config) fn in_home(self, home: &Path) -> Self {
        let place = match self.place {
            Place::File(path) => Place::File(in_home(home, path)),
            Place::Variable(name) => Place::Variable(name),
        };
        Self { place, prefix: self.prefix }
    }
}

impl TryFrom<WrittenHeader> for HeaderSource {
    type Error = HeaderSourceError;

    fn try_from(written: WrittenHeader) -> Result<Self, HeaderSourceError> {
        let place = match (written.file, written.variable) {
            (Some(path), None) => Place::File(path),
            (None, Some(name)) if name.starts_with(PREFIX) => Place::Variable(name),
            (None, Some(_)) => return Err(HeaderSourceError::Foreign),
            (Some(_), Some(_)) | (None, None) => return Err(HeaderSourceError::OnePlace),
        };
        Ok(Self { place, prefix: written.prefix })
    }
}

impl From<HeaderSource> for WrittenHeader {
    fn from(source: HeaderSource) -> Self {
        let (file, variable) = match source.place {
            Place::File(path) => (Some(path), None),
            Place::Variable(name) => (None, Some(name)),
        };
        Self { file, variable, prefix: source.prefix }
    }
}

impl JsonSchema for HeaderSource {
    fn schema_name() -> Cow<'static, str> {
        "HeaderSource".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        WrittenHeader::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_its_value_in_one_place() {
        let read = |text: &str| toml::from_str::<HeaderSource>(text).map_err(|error| error.to_string());
        let header = read("file = 'token'\nprefix = 'Bearer '").unwrap();
        assert_eq!(header, HeaderSource { place: Place::File("token".into()), prefix: "Bearer ".into() });
        assert!(read("file = 'a'\nvariable = 'TICKETFALL_B'").unwrap_err().contains("give `file` or"));
        assert!(read("variable = 'HOME'").unwrap_err().contains("TICKETFALL_"));
        assert!(read("value = 'hush'").unwrap_err().contains("unknown field"));
    }
}
