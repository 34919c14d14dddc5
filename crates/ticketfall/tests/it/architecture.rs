//! Which module may import which. A module that is not in its crate's table fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A module imports from lower layers only, never from its own.
type Layers = &'static [&'static [&'static str]];

const SERVICE: Layers = &[
    &["session", "vault", "config", "clock"],
    &["telemetry"],
    &["seller", "browser", "cookies", "store", "notify"],
    &["monitoring"],
    &["api", "web"],
    &["app"],
    &["cli"],
    &["lib", "main"],
];

/// What the faces never see, though it lies below them.
const HIDDEN: &[(&str, &[&str])] = &[
    ("api", &["seller", "browser", "cookies", "session", "vault"]),
    ("web", &["seller", "browser", "cookies", "session", "vault"]),
];

const CORE: Layers = &[];

const BOX_OFFICE: Layers = &[];

/// All that the rules may lean on.
const CORE_DEPENDENCIES: &[&str] = &["fastrand", "iso_currency", "jiff", "serde", "thiserror"];

/// What reads a clock, a file, a socket or a random source.
const IMPURE: &[&str] = &[
    "std::env", "std::fs", "std::io", "std::net", "std::process", "std::thread", "Instant::now",
    "SystemTime", "Timestamp::now", "Zoned::now", "Rng::new", "fastrand::u", "TimeZone::system", "TimeZone::get",
];
