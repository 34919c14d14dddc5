//! `cookies export`: a member's cookies in the clear, for the eyes of one person.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use ticketfall_core::ids::ProfileId;

use crate::cli::{Context, Exit, Failure, profile, say, secrets};
use crate::cookies::{self, Format};

const WARNING: &str =
    "These cookies sign in as the member: keep them as you would a password, and remove them after use.\n";

/// All that could lead a name to another directory is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// Whose cookies to write, how and where.
#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// The member's name
    #[arg(value_name = "PROFILE", value_parser = profile::profile_id)]
    profile: ProfileId,
    /// How they are written: netscape, json, devtools or storage-state
    #[arg(long, default_value = "json", value_parser = format)]
    format: Format,
    /// The file to write, which must not be there yet, or "-" for stdout; <PROFILE-cookies.json> if left out
    #[arg(long, value_name = "FILE|-")]
    out: Option<PathBuf>,
}

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("write {}", path.display())]
struct Unwritten {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl Export {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let session = secrets::session(&self.profile, context).await?;
        let text = cookies::write(self.format, session.jar.cookies())
            .map_err(|error| Failure::new(Exit::Usage, error).advise("choose another --format"))?;
        let path = self.out.unwrap_or_else(|| usual_name(&self.profile, self.format));
        say(WARNING)?;
        if path == Path::new("-") {
            context.printer.verbatim(&text)?;
            return Ok(Exit::Done);
        }
        write(&path, &text).map_err(|error| unwritten(path.clone(), error))?;
        let count = session.jar.len();
        let answer = json!({
            "profile": self.profile, "file": path, "format": self.format.to_string(), "cookies": count,
            "takenAt": session.taken_at,
        });
        context.printer.answer(&answer, |_| format!("wrote {count} cookies to {}", path.display()))?;
        Ok(Exit::Done)
    }
}

fn format(text: &str) -> Result<Format, String> {
    text.parse().map_err(|error: cookies::Error| format!("cannot {error}"))
}

fn usual_name(profile: &ProfileId, format: Format) -> PathBuf {
    let end = match format {
        Format::Netscape => "txt",
        Format::Extension | Format::DevTools | Format::StorageState => "json",
    };
    format!("{}-cookies.{end}", utf8_percent_encode(profile.as_str(), ESCAPED)).into()
}

/// A new file, so that no link is followed and nobody else's mode is kept.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

fn unwritten(path: PathBuf, source: io::Error) -> Failure {
    let advice = if source.kind() == io::ErrorKind::AlreadyExists {
        "name another file with --out, or remove that one first"
    } else {
        "check that the directory is there and yours to write"
    };
    Failure::new(Exit::Usage, Unwritten { path, source }).advise(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_profile_leads_to_another_directory() {
        let name = usual_name(&ProfileId::new("../a b").unwrap(), Format::Netscape);
        assert_eq!(name, Path::new("%2E%2E%2Fa%20b-cookies.txt"));
    }
}
