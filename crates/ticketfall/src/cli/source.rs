//! Where a command's input comes from: a file, the web, or stdin. No more is read than any answer is long.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

use super::{Exit, Failure};
use crate::seller::transport::BODY_MAX;

/// Where input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// Standard input.
    Stdin,
    /// A page of the web.
    Page(Url),
    /// A file.
    File(PathBuf),
}

/// Input that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("read {from}")]
struct Unread {
    from: String,
    #[source]
    source: io::Error,
}

impl FromStr for Source {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Self::Page(url),
            Ok(_) | Err(_) if text == "-" => Self::Stdin,
            Ok(_) | Err(_) => Self::File(text.into()),
        })
    }
}

impl Source {
    /// Reads a file or stdin; a page of the web is not read here.
    pub(super) fn read(&self) -> Result<Vec<u8>, Failure> {
        let (from, read) = match self {
            Self::Stdin => ("stdin".to_owned(), all_of(io::stdin().lock())),
            Self::File(path) => (path.display().to_string(), File::open(path).and_then(all_of)),
            Self::Page(url) => (url.to_string(), Err(io::ErrorKind::Unsupported.into())),
        };
        read.map_err(|source| {
            Failure::new(Exit::Usage, Unread { from, source })
                .advise("check that it is there and yours to read")
        })
    }

    /// Reads text.
    pub(super) fn read_text(&self) -> Result<String, Failure> {
        String::from_utf8(self.read()?).map_err(|error| {
            let source = io::Error::new(io::ErrorKind::InvalidData, error.utf8_error());
            Failure::new(Exit::Usage, Unread { from: format!("{self:?} as text"), source })
        })
    }
}

fn all_of(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(BODY_MAX).unwrap_or(u64::MAX);
    input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > BODY_MAX {
        let message = format!("it is longer than {} MiB", BODY_MAX >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}
