//! Which of several values of a key counts: a flag's, else a variable's, else the file's,
//! else the default.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::error::closest;
use super::{Environment, Error, PREFIX};

/// Every key that a flag or a variable can set.
pub const KEYS: [&str; 22] = [
    "data_dir",
    "sellers_dir",
    "vault.key_file",
    "browser.path",
    "browser.headless",
    "browser.close_when_idle",
    "network.extra_roots",
    "gologin.token_file",
    "gologin.local_url",
    "gologin.cloud_url",
    "looks.where_likely",
    "log.level",
    "log.format",
    "log.file",
    "api.listen",
    "cookies.url",
    "cookies.pointer",
    "cookies.private",
    "cookies.together",
    "cookies.timeout",
    "notify.webhook",
    "notify.private",
];

/// Variables with our prefix that set no key: the file itself, and what commands take.
const OTHER_VARIABLES: [&str; 2] = ["TICKETFALL_CONFIG", "TICKETFALL_PROXY"];

/// A flag of the command line that sets a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The key, one of [`KEYS`].
    pub key: &'static str,
    /// The flag as it is typed: `--data-dir`.
    pub name: &'static str,
    /// Its value as it was typed.
    pub value: String,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File,
    /// This variable.
    Variable(String),
    /// This flag.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File => f.write_str("file"),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// The values above the file's, and a record of which counted.
pub(super) struct Layers<'a> {
    flags: &'a [Flag],
    environment: &'a Environment,
    pub(super) sources: BTreeMap<&'static str, Source>,
}

impl<'a> Layers<'a> {
    pub(super) fn new(flags: &'a [Flag], environment: &'a Environment) -> Self {
        Self { flags, environment, sources: BTreeMap::new() }
    }

    /// The value of `key` that counts, if anybody set it.
    pub(super) fn pick<T>(&mut self, key: &'static str, in_file: Option<T>) -> Result<Option<T>, Error>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let (source, value) = match self.above_file(key) {
            Some((source, text)) => {
                let value = text.parse().map_err(|problem: T::Err| Error::Value {
                    from: source.to_string(),
                    key,
                    message: problem.to_string(),
                })?;
                (source, Some(value))
            }
            None if in_file.is_some() => (Source::File, in_file),
            None => (Source::Default, None),
        };
        self.sources.insert(key, source);
        Ok(value)
    }

    fn above_file(&self, key: &str) -> Option<(Source, &'a str)> {
        let flag = self.flags.iter().find(|flag| flag.key == key);
        if let Some(flag) = flag {
            return Some((Source::Flag(flag.name), &flag.value));
        }
        let name = variable_of(key);
        let value = self.environment.variable(&name)?;
        Some((Source::Variable(name), value))
    }
}

/// The variable that sets `key`: `TICKETFALL_LOG_LEVEL` for `log.level`.
pub fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_uppercase())
}

/// A line for each variable with our prefix that means nothing to us.
pub(super) fn strange_variables<'n>(
    environment: &Environment,
    of_headers: impl Iterator<Item = &'n str>,
) -> Vec<String> {
    let others = OTHER_VARIABLES.into_iter().chain(of_headers).map(str::to_owned);
    let known: Vec<String> = KEYS.iter().map(|key| variable_of(key)).chain(others).collect();
    environment
        .variables
        .keys()
        .filter(|name| name.starts_with(PREFIX) && !known.contains(name))
        .map(|name| match closest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("the variable {name} sets nothing; did you mean {near}?"),
            None => format!("the variable {name} sets nothing"),
        })
        .collect()
}
