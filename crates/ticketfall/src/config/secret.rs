//! Reading what the configuration only says the place of: a file that nobody else may read, or a variable.
//! No error shows a value.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::Environment;
use super::cookies::{HeaderSource, Place};

/// The permission bits that a file with a secret may not have.
const OTHERS: u32 = 0o077;

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not there.
    #[error("the variable {0} is not set")]
    Unset(String),
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unread {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Others could read the secret.
    #[error("others may read {path} (mode {mode:o}); run \"chmod 600 {path}\"", path = path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// There is nothing in it.
    #[error("its value is empty")]
    Empty,
}

impl HeaderSource {
    /// The secret with what stands before it.
    pub fn read(&self, environment: &Environment) -> Result<Zeroizing<String>, SecretError> {
        let secret = match &self.place {
            Place::Variable(name) => {
                let value = environment.variable(name);
                Zeroizing::new(value.ok_or_else(|| SecretError::Unset(name.clone()))?.to_owned())
            }
            Place::File(path) => of_file(path)?,
        };
        if secret.trim().is_empty() {
            return Err(SecretError::Empty);
        }
        Ok(Zeroizing::new(format!("{}{}", self.prefix, secret.trim())))
    }
}

fn of_file(path: &Path) -> Result<Zeroizing<String>, SecretError> {
    let unread = |source| SecretError::Unread { path: path.to_owned(), source };
    let mode = path.metadata().map_err(unread)?.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(SecretError::Exposed { path: path.to_owned(), mode });
    }
    std::fs::read_to_string(path).map(Zeroizing::new).map_err(unread)
}
