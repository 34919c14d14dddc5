//! What is kept of one request and its answer: enough to argue about a refusal, and no secret.

use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// When it was sent.
    pub at: Timestamp,
    /// Which request of the definition it was: `page`, `availability/exchange`, `hold/lock`.
    pub label: String,
    /// The HTTP method.
    pub method: String,
    /// Where it went; values of its query that might be secret are left out.
    pub url: String,
    /// The status, where an answer came.
    pub status: Option<u16>,
    /// From the first byte sent to the last received.
    pub took: Duration,
    /// The size of the answer's body, decoded.
    pub bytes: u64,
    /// What the answer was taken for, or why there is none.
    pub note: String,
    /// The beginning of what a request that changes something said; `None` for others.
    pub asked: Option<String>,
    /// The beginning of what was answered to it, in the words that people see; `None` for others.
    pub answered: Option<String>,
}

impl Exchange {
    /// The record of a request that has just been sent to this URL, as it may be shown.
    pub(super) fn begun(at: Timestamp, label: &str, method: &Method, url: String) -> Self {
        Self {
            at,
            label: label.to_owned(),
            method: method.to_string(),
            url,
            status: None,
            took: Duration::ZERO,
            bytes: 0,
            note: String::new(),
            asked: None,
            answered: None,
        }
    }
}

/// The URL without what might be secret: plain numbers and yes or no stay.
pub(super) fn shown_url(url: &Url) -> String {
    let mut shown = url.clone();
    let pairs: Vec<_> = url
        .query_pairs()
        .map(|(name, value)| {
            let plain = value.len() <= 12 && value.bytes().all(|byte| byte.is_ascii_digit())
                || matches!(&*value, "true" | "false");
            format!("{name}={}", if plain { &*value } else { "…" })
        })
        .collect();
    shown.set_query(None);
    if pairs.is_empty() { shown.to_string() } else { format!("{shown}?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_not_kept_in_a_url() {
        let url =
            Url::parse("https://t.example/n/AvailableResale?EventId=4001&spell=open-sesame&k=true").unwrap();
        assert_eq!(shown_url(&url), "https://t.example/n/AvailableResale?EventId=4001&spell=…&k=true");
    }
}
