//! What is taken from the process's surroundings: read once, in `main`, and handed on.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;

use super::Error;

/// What the variables of ours begin with.
pub const PREFIX: &str = "TICKETFALL_";

const OTHERS: [&str; 4] = ["CREDENTIALS_DIRECTORY", "NO_COLOR", "PATH", "TZ"];

/// Variables and directories; tests make their own. `Debug` shows the names of variables only.
#[derive(Clone, Default)]
pub struct Environment {
    /// The variables that Ticketfall looks at.
    pub variables: BTreeMap<String, String>,
    /// The user's home.
    pub home_dir: PathBuf,
    /// Where Ticketfall's configuration lies.
    pub config_dir: PathBuf,
    /// Where Ticketfall's data lies, unless configured otherwise.
    pub data_dir: PathBuf,
}

impl Environment {
    /// Reads the real one; fails without a home directory, or when a variable of ours is not text.
    pub fn read() -> Result<Self, Error> {
        let directories = etcetera::choose_base_strategy().map_err(Error::NoHome)?;
        let mut variables = BTreeMap::new();
        for (name, value) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with(PREFIX) || OTHERS.contains(&name.as_str()) {
                let Ok(value) = value.into_string() else { return Err(Error::NotText { name }) };
                variables.insert(name, value);
            }
        }
        Ok(Self {
            variables,
            home_dir: directories.home_dir().to_owned(),
            config_dir: directories.config_dir().join("ticketfall"),
            data_dir: directories.data_dir().join("ticketfall"),
        })
    }

    /// The variable's value, unless it is unset or empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("config_dir", &self.config_dir)
            .field("data_dir", &self.data_dir)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_variable_holds_is_not_shown() {
        let variables = BTreeMap::from([("TICKETFALL_PROXY".to_owned(), "hunter2".to_owned())]);
        let shown = format!("{:?}", Environment { variables, ..Environment::default() });
        assert!(shown.contains("TICKETFALL_PROXY") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn an_empty_variable_is_as_good_as_none() {
        let variables = BTreeMap::from([("NO_COLOR".to_owned(), String::new())]);
        assert_eq!(Environment { variables, ..Environment::default() }.variable("NO_COLOR"), None);
    }
}
