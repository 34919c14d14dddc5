//! `ticketfall.toml` as it is written: every key may be left out, and a strange one is an error.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use ticketfall_core::ids::SellerId;
use url::Url;

use super::cookies::{Bounded, HeaderSource, Pointer, ProfileUrl, SECONDS_MAX, TOGETHER_MAX};
use super::hosts::HostName;
use super::{LogFormat, LogLevel, MonitorSettings, SellerSettings};

/// The configuration of Ticketfall.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "ticketfall.toml")]
pub(super) struct File {
    /// Where profiles, sessions and everything seen are kept.
    pub data_dir: Option<PathBuf>,
    /// Where your own seller definitions lie.
    pub sellers_dir: Option<PathBuf>,
    pub vault: Vault,
    pub browser: Browser,
    pub network: Network,
    pub gologin: GoLogin,
    pub looks: Looks,
    pub log: Log,
    pub api: Api,
    pub cookies: Cookies,
    pub notify: Notify,
    /// What you add to a seller definition, by its id.
    #[schemars(with = "BTreeMap<String, SellerSettings>")]
    pub sellers: BTreeMap<SellerId, SellerSettings>,
    /// Searches that the service starts by itself.
    pub monitors: Vec<MonitorSettings>,
}

/// How what is secret is kept.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Vault {
    /// The file that holds the key; left out, a key is made beside the data.
    pub key_file: Option<PathBuf>,
}

/// The browser that members sign in with and pay in.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Browser {
    /// The program to start; left out, the first Chromium or Chrome that is found.
    pub path: Option<PathBuf>,
    /// Whether it starts without a window. Nobody can sign in or pay there then.
    pub headless: Option<bool>,
    /// Whether it is closed some minutes after it was needed, and opened again for a queue, a captcha or an order
    /// page.
    pub close_when_idle: Option<bool>,
}

/// How sellers and proxies are reached.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Network {
    /// A PEM file of certificates that are trusted beside Mozilla's list, such as a company's.
    pub extra_roots: Option<PathBuf>,
}

/// Members' browsers at GoLogin.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct GoLogin {
    /// A file that holds the API token and that nobody else may read.
    pub token_file: Option<PathBuf>,
    /// Where the desktop app listens.
    pub local_url: Option<Url>,
    /// Where the cloud is.
    pub cloud_url: Option<Url>,
}

/// How looks are spent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Looks {
    /// Whether they go where falls are likely, where that is proven to win; else they are evenly spaced.
    pub where_likely: Option<bool>,
}

/// What is logged, and how.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Log {
    /// How much is logged.
    pub level: Option<LogLevel>,
    /// Lines for people or lines for programs.
    pub format: Option<LogFormat>,
    /// A file that gets the same lines, one file a day.
    pub file: Option<PathBuf>,
}

/// The dashboard and the API.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Api {
    /// The address and port to listen at.
    #[schemars(with = "Option<String>")]
    pub listen: Option<SocketAddr>,
    /// Names that it answers to besides its own address: those of a proxy in front of it.
    pub hosts: Vec<HostName>,
}

/// The service that cookies are fetched from.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Cookies {
    /// Where a profile's cookies are, with {profile} where its name belongs.
    pub url: Option<ProfileUrl>,
    /// Where in the answer they are, as a JSON pointer.
    pub pointer: Option<Pointer>,
    /// Whether the service may be on this machine or in a private network.
    pub private: Option<bool>,
    /// How many profiles are updated at once.
    pub together: Option<Bounded<TOGETHER_MAX>>,
    /// Seconds that one answer may take.
    pub timeout: Option<Bounded<SECONDS_MAX>>,
    /// Headers of every request, and where their values are.
    pub headers: BTreeMap<String, HeaderSource>,
}

/// Who is told of notices besides the stream and the log.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Notify {
    /// Where each notice is sent, as a signed POST.
    pub webhook: Option<Url>,
    /// Where the secret is that deliveries are signed with.
    pub secret: Option<HeaderSource>,
    /// The kinds of notices that are sent.
    pub events: Option<Vec<NoticeKind>>,
    /// Whether the webhook may be on this machine or in a private network.
    pub private: Option<bool>,
}

/// A kind of notice that can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum NoticeKind {
    /// A session was taken.
    Session,
    /// Seats fell.
    Fall,
    /// They are gone again.
    Gone,
    /// What the checker says of them.
    Verdict,
    /// Seats fit somebody who wants to be told.
    Match,
    /// A hold was answered.
    Hold,
    /// A hold was refused.
    Refused,
    /// The seat map was read.
    SeatView,
    /// The basket was read to judge a hold.
    Proof,
    /// Seats were given back.
    Release,
    /// It is time to pay.
    OrderPage,
    /// A person is needed.
    Person,
    /// A status changed.
    Status,
    /// Something is wrong with the service itself, or is right again.
    Health,
}

/// A monitor's configuration, whose type knows no schemas.
pub(super) fn configuration_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "description": "What is wanted, in the words of the API.",
        "additionalProperties": false,
        "properties": {
            "speedLimit": { "type": ["string", "number"], "description": "Seconds between looks." },
            "seatCount": { "type": "integer", "minimum": 1, "maximum": 20, "description": "Seats wanted." },
            "selectedType": { "type": "string", "description": "Area, ticket type or buyer class; All or a name." },
            "selectedAreas": {
                "type": "array", "items": { "type": "string" },
                "description": "Area ids, the dearest to the member first; empty is any."
            },
            "keyword1": { "type": "string", "description": "The access keyword, where an event needs one." },
            "requestTimeout": {
                "type": "integer", "minimum": 1000, "maximum": 120_000,
                "description": "Milliseconds that one request may take."
            },
            "event": { "type": "string", "format": "uri", "description": "The match page." },
            "maxPrice": {
                "type": "object",
                "description": "The most that one seat may cost.",
                "additionalProperties": false,
                "required": ["amount", "currency"],
                "properties": { "amount": { "type": "string" }, "currency": { "type": "string" } }
            },
            "together": { "type": "boolean", "description": "Whether the seats must be adjacent." },
            "rows": {
                "type": "array", "items": { "type": "string" },
                "description": "Printed names of rows; empty is any."
            },
            "onMatch": { "enum": ["hold", "notify"], "description": "What happens when seats fit." },
            "priority": { "type": "integer", "description": "The highest comes first." }
        }
    })
}
