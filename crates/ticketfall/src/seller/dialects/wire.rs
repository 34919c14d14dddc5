//! Loose reading of JSON: numbers that may be texts, and lists of which one part may be broken.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::read::Unknown;

/// A code or number, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Code<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CodeVisitor).map(Code)
    }
}

/// A text that is not copied where it stands as itself; `Option<Cow>` would be.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// A code or number, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written(pub(super) String);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CodeVisitor).map(|text| Self(text.into_owned()))
    }
}

struct CodeVisitor;

impl<'de> Visitor<'de> for CodeVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a whole number")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text.trim()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.trim().to_owned()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }
}

/// A part of a list, or why it is none.
#[derive(Debug)]
pub(super) struct Loose<T>(pub(super) Result<T, String>);

impl<'de, T: de::DeserializeOwned> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(T::deserialize(value).map_err(|error| error.to_string())))
    }
}

/// What the bytes are instead of the JSON that was due.
pub(super) fn unreadable(bytes: &[u8], error: &serde_json::Error) -> Unknown {
    let start = bytes.trim_ascii_start();
    Unknown(if start.is_empty() {
        "an empty answer instead of JSON".to_owned()
    } else if start.starts_with(b"<") {
        "a page instead of JSON".to_owned()
    } else if error.is_eof() {
        format!("the JSON breaks off after {} bytes", bytes.len())
    } else {
        format!("no JSON that is understood: {error}")
    })
}
