//! Access keywords at rest: sealed for their profile beside the configuration, which is kept without them.

use ticketfall_core::configuration::{Configuration, Keyword};
use ticketfall_core::ids::ProfileId;

use crate::store::monitors::MonitorRow;
use crate::store::profiles::Sealed;
use crate::vault::{Purpose, Vault};

/// Seals a keyword's text.
pub fn seal(vault: &Vault, profile: &ProfileId, keyword: &str) -> Sealed {
    Sealed(vault.seal(profile, Purpose::Keyword, keyword.as_bytes()))
}

/// The keyword as it is kept.
pub(super) fn sealed(vault: &Vault, profile: &ProfileId, keyword: &Keyword) -> Option<Sealed> {
    keyword.reveal().map(|text| seal(vault, profile, text))
}

/// A kept configuration with its keyword; else why that does not open.
pub(super) fn opened(vault: &Vault, row: MonitorRow) -> Result<Configuration, String> {
    let Some(sealed) = &row.keyword else { return Ok(row.configuration) };
    let plain =
        vault.unseal(&row.profile, Purpose::Keyword, &sealed.0).map_err(|error| format!("cannot {error}"))?;
    let text = std::str::from_utf8(&plain).map_err(|error| error.to_string())?;
    let keyword1 = Keyword::new(text).map_err(|error| format!("cannot {error}"))?;
    Ok(Configuration { keyword1, ..row.configuration })
}
