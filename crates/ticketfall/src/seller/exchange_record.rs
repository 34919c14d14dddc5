//! What is kept of one request and its answer: enough to argue about a refusal, and no secret.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

/// How much is kept of what was said, in characters.
const EXCERPT_MAX: usize = 600;

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
    /// What a hold asked for; `None` for other requests.
    pub asked: Option<String>,
    /// The beginning of what was answered to a hold, as text; `None` for other requests.
    pub answered: Option<String>,
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

/// The beginning of a text, on one line, without `secret`.
pub(super) fn excerpt(text: &str, secret: Option<&str>) -> String {
    let text = match secret {
        Some(secret) if !secret.is_empty() => text.replace(secret, "…"),
        Some(_) | None => text.to_owned(),
    };
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > EXCERPT_MAX {
            line = line.chars().take(EXCERPT_MAX).chain(['…']).collect();
            break;
        }
    }
    line
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

    #[test]
    fn an_excerpt_is_one_short_line_without_the_secret() {
        assert_eq!(excerpt(" key hush\n  refused ", Some("hush")), "key … refused");
        assert!(excerpt(&"long ".repeat(1000), None).chars().count() <= EXCERPT_MAX + 1);
    }
}
