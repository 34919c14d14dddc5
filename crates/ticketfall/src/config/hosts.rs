//! Names that the service answers to besides its own address: those of a proxy in front of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A host's name as a browser sends it, with its port where that is not the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct HostName(#[schemars(with = "String")] String);

/// Why a text names no host.
#[derive(Debug, thiserror::Error)]
#[error(
    "use {0:?} as a host: give one name as a browser shows it, like tickets.example or tickets.example:8443"
)]
pub struct HostError(String);

impl HostName {
    /// Whether a `Host` is this one; a name without a port is meant with any.
    pub fn is(&self, host: &str) -> bool {
        let bare = host.rsplit_once(':').map_or(host, |(name, _port)| name);
        [host, bare].iter().any(|given| given.eq_ignore_ascii_case(&self.0))
    }
}

impl TryFrom<String> for HostName {
    type Error = HostError;

    fn try_from(text: String) -> Result<Self, HostError> {
        let (name, port) = text.split_once(':').map_or((&*text, None), |(name, port)| (name, Some(port)));
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let has_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        if name.split('.').all(is_part) && has_port { Ok(Self(text)) } else { Err(HostError(text)) }
    }
}

impl From<HostName> for String {
    fn from(name: HostName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Result<HostName, HostError> {
        HostName::try_from(text.to_owned())
    }

    #[test]
    fn a_name_is_itself_with_any_port_and_one_with_a_port_with_that_alone() {
        let (name, with_port) = (named("tickets.example").unwrap(), named("tickets.example:8443").unwrap());
        assert!(name.is("tickets.example") && name.is("Tickets.Example:8443"));
        assert!(with_port.is("tickets.example:8443") && !with_port.is("tickets.example"));
        for other in ["evil.example", "tickets.example.evil.example", "eviltickets.example", ""] {
            assert!(!name.is(other), "{other}");
        }
    }

    #[test]
    fn what_is_no_single_host_is_refused_with_what_to_give() {
        for text in
            ["", "*", "*.example", "https://tickets.example", "a/b", "a b", "a:0", "a:b", ".example", "a,b"]
        {
            assert!(named(text).is_err(), "{text}");
        }
        let error = named("https://tickets.example").unwrap_err().to_string();
        assert!(error.contains("like tickets.example"), "{error}");
    }
}
