//! `ticketfall.toml` as it is written: every key may be left out, and a strange one is an error.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use ticketfall_core::ids::SellerId;

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
    pub log: Log,
    pub api: Api,
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
}
