//! `[cookies]`: the service that cookies are fetched from. Its headers' values are secrets, so only
//! where each of them is stands here.

mod header;
mod profile_url;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::Error;
use super::file::Cookies;
use super::layers::Layers;
pub use header::{HeaderSource, HeaderSourceError, Place};
pub use profile_url::{ProfileUrl, ProfileUrlError};

/// The most profiles that are updated at once.
pub const TOGETHER_MAX: u32 = 32;
/// The most seconds that one answer may take.
pub const SECONDS_MAX: u32 = 120;

const TOGETHER: u32 = 4;
const SECONDS: u32 = 20;

/// The service that cookies are fetched from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CookieSettings {
    /// Where a profile's cookies are; left out, there is no service.
    pub url: Option<ProfileUrl>,
    /// Where in the answer they are; left out, the answer is nothing else.
    pub pointer: Option<Pointer>,
    /// Whether the service may be on this machine or in a private network.
    pub private: bool,
    /// How many profiles are updated at once.
    pub together: u32,
    /// Seconds that one answer may take.
    pub timeout: u32,
    /// Headers of every request, and where their values are.
    pub headers: BTreeMap<String, HeaderSource>,
}

impl CookieSettings {
    pub(super) fn resolve(file: Cookies, layers: &mut Layers<'_>, home: &Path) -> Result<Self, Error> {
        let headers = file.headers.into_iter().map(|(name, source)| (name, source.in_home(home)));
        Ok(Self {
            url: layers.pick("cookies.url", file.url)?,
            pointer: layers.pick("cookies.pointer", file.pointer)?,
            private: layers.pick("cookies.private", file.private)?.unwrap_or(false),
            together: layers.pick("cookies.together", file.together)?.map_or(TOGETHER, |number| number.0),
            timeout: layers.pick("cookies.timeout", file.timeout)?.map_or(SECONDS, |number| number.0),
            headers: headers.collect(),
        })
    }

    /// How long one answer may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }

    /// The variables that headers take their values from.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.headers.values().filter_map(|header| match &header.place {
            Place::Variable(name) => Some(name.as_str()),
            Place::File(_) => None,
        })
    }
}

/// A JSON pointer (RFC 6901), such as `/data/cookies`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Pointer(String);

/// Why a text is no [`Pointer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no JSON pointer; write it like /data/cookies")]
pub struct PointerError;

impl Pointer {
    /// The pointer as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Pointer {
    type Err = PointerError;

    fn from_str(text: &str) -> Result<Self, PointerError> {
        if text.starts_with('/') { Ok(Self(text.to_owned())) } else { Err(PointerError) }
    }
}

impl TryFrom<String> for Pointer {
    type Error = PointerError;

    fn try_from(text: String) -> Result<Self, PointerError> {
        text.parse()
    }
}

impl From<Pointer> for String {
    fn from(pointer: Pointer) -> Self {
        pointer.0
    }
}

/// A whole number from 1 to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub(super) struct Bounded<const MAX: u32>(u32);

/// Why a number is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it must be a whole number from 1 to {0}")]
pub(super) struct BoundedError(u32);

impl<const MAX: u32> TryFrom<u32> for Bounded<MAX> {
    type Error = BoundedError;

    fn try_from(number: u32) -> Result<Self, BoundedError> {
        if (1..=MAX).contains(&number) { Ok(Self(number)) } else { Err(BoundedError(MAX)) }
    }
}

impl<const MAX: u32> FromStr for Bounded<MAX> {
    type Err = BoundedError;

    fn from_str(text: &str) -> Result<Self, BoundedError> {
        text.parse().ok().ok_or(BoundedError(MAX)).and_then(u32::try_into)
    }
}

impl<const MAX: u32> JsonSchema for Bounded<MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("From1To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": MAX })
    }
}
