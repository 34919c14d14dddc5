//! What an answer is, before anybody believes its body: waiting room, signed out, captcha, block, failure.
//! The definition's rules come first, in their order; then what every seller means by a status.

use http::header::{HeaderMap, LOCATION, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use percent_encoding::percent_decode_str;
use std::time::Duration;
use ticketfall_core::reading::Reading;
use url::Url;

use super::definition::Definition;
use super::transport::Answer;

pub(super) mod rules;

pub(super) use rules::Classifier;

/// The longest text that an answer's words are looked for in, in bytes.
const TEXT_MAX: usize = 1 << 20;

/// What an answer turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// What was asked for, or a refusal of it: the body decides.
    Plain,
    /// Something else.
    Turned {
        /// What.
        reading: Reading,
        /// What told so: a rule of the definition by its number, a status, the waiting room.
        by: String,
    },
    /// A redirect that no rule knows.
    Redirect(Url),
}

/// Classifies one answer to a request for `url`.
pub fn classify(definition: &Definition, url: &Url, answer: &Answer, now: Timestamp) -> Class {
    let target = redirect(url, answer);
    // A waiting room answers in the seller's name, with any status and any body.
    if let Some(queue) = waiting_room(definition, answer, target.as_ref()) {
        let by = "waiting room".to_owned();
        return Class::Turned { reading: Reading::Queue { url: queue }, by };
    }
    if let Some((number, reading)) = definition.classifier.first_match(answer, target.as_ref(), now) {
        return Class::Turned { reading, by: format!("rule {number}") };
    }
    if let Some(target) = target {
        return Class::Redirect(target);
    }
    match by_status(answer, now) {
        Some(reading) => Class::Turned { reading, by: format!("status {}", answer.status) },
        None => Class::Plain,
    }
}

/// Where a redirect leads.
fn redirect(url: &Url, answer: &Answer) -> Option<Url> {
    if !answer.status.is_redirection() {
        return None;
    }
    let location = answer.headers.get(LOCATION)?;
    url.join(&String::from_utf8_lossy(location.as_bytes())).ok()
}

fn waiting_room(definition: &Definition, answer: &Answer, target: Option<&Url>) -> Option<String> {
    if let Some(target) = target.filter(|target| definition.is_waiting_room(target)) {
        return Some(target.to_string());
    }
    let name = definition.waiting_room.redirect_header.as_deref()?;
    let value = answer.headers.get(name)?;
    Some(percent_decode_str(&String::from_utf8_lossy(value.as_bytes())).decode_utf8_lossy().into_owned())
}

fn by_status(answer: &Answer, now: Timestamp) -> Option<Reading> {
    let status = answer.status.as_u16();
    match status {
        429 => Some(Reading::SlowDown { wait: retry_after(&answer.headers, now) }),
        503 if answer.headers.contains_key(RETRY_AFTER) => {
            Some(Reading::SlowDown { wait: retry_after(&answer.headers, now) })
        }
        500..=599 => Some(Reading::Failing { reason: format!("the seller answers with status {status}") }),
        300..=399 => {
            Some(Reading::Unknown { reason: format!("a redirect that leads nowhere (status {status})") })
        }
        _ => None,
    }
}

/// How long to wait: `Retry-After` in seconds or as a date.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// The answer as text for people, when it is no JSON and not too long.
fn text(answer: &Answer) -> Option<std::borrow::Cow<'_, str>> {
    let first = answer.body.iter().find(|byte| !byte.is_ascii_whitespace())?;
    let shown = &answer.body[..answer.body.len().min(TEXT_MAX)];
    (!matches!(first, b'{' | b'[')).then(|| String::from_utf8_lossy(shown))
}

#[cfg(test)]
mod tests;
