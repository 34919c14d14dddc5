//! The rules of recognition in a definition's file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// What a rule makes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::seller) enum Kind {
    Queue,
    SignedOut,
    Human,
    Blocked,
    KeyMissing,
    NotOnSale,
    SlowDown,
    Failing,
    Unknown,
}

/// One rule of recognition: all that it names must be so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Rule {
    /// What the answer is.
    #[schemars(with = "Kind")]
    pub(in crate::seller) reading: Spanned<Kind>,
    /// The status, one or the other.
    pub(in crate::seller) status: Option<Vec<u16>>,
    /// The host that a redirect leads to.
    pub(in crate::seller) redirect_host: Option<String>,
    /// A part of the path that a redirect leads to.
    pub(in crate::seller) redirect_path: Option<String>,
    /// Parts of the parameters of a redirect.
    #[serde(default)]
    pub(in crate::seller) redirect_query: BTreeMap<String, String>,
    /// Parts of the headers.
    #[serde(default)]
    pub(in crate::seller) header: BTreeMap<String, String>,
    /// Texts that the answer has, all of them.
    #[serde(default)]
    pub(in crate::seller) text: Vec<String>,
    /// Texts that the answer has none of.
    #[serde(default)]
    pub(in crate::seller) without: Vec<String>,
    /// A value of a short JSON answer.
    pub(in crate::seller) json: Option<JsonTest>,
    /// Why, in our words.
    pub(in crate::seller) reason: Option<String>,
    /// The parameter of a redirect that says why.
    pub(in crate::seller) reason_from: Option<String>,
}

/// A value that a short JSON answer has.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct JsonTest {
    /// A JSON pointer.
    pub(in crate::seller) pointer: String,
    /// The value that stands there.
    pub(in crate::seller) equals: serde_json::Value,
}
