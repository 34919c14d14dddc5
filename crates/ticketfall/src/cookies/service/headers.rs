//! The headers of a request: names from the configuration, values from files and variables. No error
//! and no `Debug` shows a value.

use std::collections::BTreeMap;

use http::header::{ACCEPT, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::SetupError;
use crate::config::cookies::HeaderSource;
use crate::config::{Environment, SecretError};
use crate::session;

/// Why a header cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// A name that no header has.
    #[error("no header has such a name")]
    Name,
    /// The value cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Something that no header may hold.
    #[error("its value has a line break or another control character in it")]
    Value,
}

/// Reads every header's value.
pub(super) fn read(
    sources: &BTreeMap<String, HeaderSource>,
    environment: &Environment,
) -> Result<HeaderMap, SetupError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/plain;q=0.5"));
    headers.insert(USER_AGENT, HeaderValue::from_static(session::USER_AGENT));
    for (name, source) in sources {
        let (name, value) = header(name, source, environment)
            .map_err(|why| SetupError::Header { name: name.clone(), why })?;
        headers.insert(name, value);
    }
    Ok(headers)
}

fn header(
    name: &str,
    source: &HeaderSource,
    environment: &Environment,
) -> Result<(HeaderName, HeaderValue), HeaderError> {
    let name: HeaderName = name.parse().ok().ok_or(HeaderError::Name)?;
    let text = source.read(environment)?;
    let mut value = HeaderValue::from_str(&text).ok().ok_or(HeaderError::Value)?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::cookies::Place;

    fn told(place: Place, value: &str) -> Result<HeaderMap, String> {
        let variables = BTreeMap::from([("TICKETFALL_TOKEN".to_owned(), value.to_owned())]);
        let environment = Environment { variables, ..Environment::default() };
        let source = HeaderSource { place, prefix: "Bearer ".to_owned() };
        read(&BTreeMap::from([("Authorization".to_owned(), source)]), &environment).map_err(|error| {
            let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            format!("{error} {why}")
        })
    }

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, Place) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("token");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (home, Place::File(path))
    }

    #[test]
    fn a_value_is_read_from_its_file_or_variable_and_never_shown() {
        let (_home, place) = file("hush\n", 0o600);
        for place in [place, Place::Variable("TICKETFALL_TOKEN".to_owned())] {
            let headers = told(place, "hush").unwrap();
            assert_eq!(headers["authorization"], "Bearer hush");
            assert!(!format!("{headers:?}").contains("hush"));
        }
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let (_home, place) = file("hush", 0o644);
        assert!(told(place, "").unwrap_err().contains("mode 644"));
        let nowhere = told(Place::File("/nowhere/token".into()), "").unwrap_err();
        assert!(nowhere.contains("/nowhere/token cannot be read"), "{nowhere}");
    }

    #[test]
    fn a_value_that_is_missing_or_no_headers_is_refused_without_repeating_it() {
        let variable = |name: &str| Place::Variable(name.to_owned());
        assert!(told(variable("TICKETFALL_ELSE"), "").unwrap_err().contains("TICKETFALL_ELSE is not set"));
        let broken = told(variable("TICKETFALL_TOKEN"), "hush\nEvil: 1").unwrap_err();
        assert!(broken.contains("control character") && !broken.contains("hush"), "{broken}");
    }
}
