//! The parts of GoLogin's answers that matter here; everything else is let by.

use serde::Deserialize;
use serde_json::Value;

use crate::session::proxy::ProxyKind;
use crate::session::{Proxy, Secret};

/// One page of the account's profiles.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) profiles: Vec<Listed>,
    #[serde(default, rename = "allProfilesCount")]
    pub(super) all: usize,
}

/// A profile of GoLogin's, as its list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    /// What it is started by.
    pub id: String,
    /// What its owner calls it.
    #[serde(default)]
    pub name: String,
}

/// The proxy of a profile; an error for one that the session cannot go through as well.
pub(super) fn proxy(given: &Value) -> Result<Option<Proxy>, String> {
    let text = |field: &str| given[field].as_str().filter(|text| !text.is_empty());
    let kind = match text("mode") {
        Some("none") => return Ok(None),
        Some("http") => ProxyKind::Http,
        Some("https") => ProxyKind::Https,
        Some("socks5") => ProxyKind::Socks5,
        Some(mode) if mode.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            return Err(format!("it is of the kind {mode}, which the session cannot use"));
        }
        Some(_) | None => return Err("it is of no known kind".to_owned()),
    };
    let number = given["port"].as_u64().or_else(|| given["port"].as_str()?.parse().ok());
    let port = number.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
    match (text("host"), port) {
        (Some(host), Some(port)) => Ok(Some(Proxy {
            kind,
            host: host.to_owned(),
            port,
            user: text("username").map(str::to_owned),
            password: text("password").map(Secret::new),
        })),
        _ => Err("it has no host, or no port".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_proxy_is_read_with_its_password_and_a_port_in_quotes() {
        let given = json!({"mode": "socks5", "host": "p.example", "port": "1080", "username": "ada", "password": "hush"});
        assert_eq!(proxy(&given).unwrap(), Some("socks5://ada:hush@p.example:1080".parse().unwrap()));
        let open = json!({"mode": "http", "host": "p.example", "port": 80, "username": "", "password": ""});
        assert_eq!(proxy(&open).unwrap(), Some("http://p.example:80".parse().unwrap()));
    }

    #[test]
    fn no_proxy_is_only_what_says_so() {
        assert_eq!(proxy(&json!({"mode": "none"})), Ok(None));
        for unknown in
            [json!(null), json!({}), json!({"mode": "socks4"}), json!({"mode": "http", "host": "p"})]
        {
            assert!(proxy(&unknown).is_err(), "{unknown}");
        }
    }
}
