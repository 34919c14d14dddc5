//! The rules of recognition that a definition writes down.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::HeaderName;
use jiff::Timestamp;
use serde_json::Value;
use ticketfall_core::reading::Reading;
use url::Url;

use super::{retry_after, text};
use crate::quote::brief;
use crate::seller::definition::draft::{JsonTest, Kind, Rule as Draft};
use crate::seller::definition::problem::Report;
use crate::seller::transport::Answer;

/// The longest JSON answer that is looked into for a rule, in bytes: a refusal is short.
const JSON_MAX: usize = 16 << 10;

/// A definition's rules, in order.
#[derive(Debug, Default)]
pub(crate) struct Classifier {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    kind: Kind,
    status: Option<Vec<u16>>,
    redirect_host: Option<String>,
    redirect_path: Option<String>,
    redirect_query: BTreeMap<String, String>,
    headers: Vec<(HeaderName, String)>,
    text: Vec<String>,
    without: Vec<String>,
    json: Option<ValueTest>,
    reason: Option<String>,
    reason_from: Option<String>,
}

/// A value that a JSON answer has.
#[derive(Debug, Clone)]
pub(in crate::seller) struct ValueTest {
    pointer: String,
    equals: Value,
}

impl ValueTest {
    /// Whether the document has it; numbers are the same however they are written.
    pub(in crate::seller) fn holds(&self, document: &Value) -> bool {
        document.pointer(&self.pointer).is_some_and(|found| match (found, &self.equals) {
            (Value::Number(found), Value::Number(wanted)) => found.as_f64() == wanted.as_f64(),
            (found, wanted) => found == wanted,
        })
    }
}

impl From<&JsonTest> for ValueTest {
    fn from(draft: &JsonTest) -> Self {
        Self { pointer: draft.pointer.clone(), equals: draft.equals.clone() }
    }
}

impl Classifier {
    /// Checks and compiles the rules.
    pub(in crate::seller) fn compiled(drafts: &[Draft], report: &mut Report) -> Self {
        Self { rules: drafts.iter().filter_map(|draft| Rule::compiled(draft, report)).collect() }
    }

    /// The number, from one, of the first rule that fits, and what it makes of the answer.
    pub(super) fn first_match(
        &self,
        answer: &Answer,
        target: Option<&Url>,
        now: Timestamp,
    ) -> Option<(usize, Reading)> {
        let seen = Seen { answer, target, text: text(answer), json: json(answer) };
        let number = self.rules.iter().position(|rule| rule.fits(&seen))?;
        Some((number + 1, self.rules[number].reading(&seen, now)))
    }
}

/// One answer, as the rules look at it.
struct Seen<'a> {
    answer: &'a Answer,
    target: Option<&'a Url>,
    text: Option<Cow<'a, str>>,
    json: Option<Value>,
}

fn json(answer: &Answer) -> Option<Value> {
    let first = answer.body.iter().find(|byte| !byte.is_ascii_whitespace())?;
    (*first == b'{' && answer.body.len() <= JSON_MAX)
        .then(|| serde_json::from_slice(&answer.body).ok())
        .flatten()
}

impl Rule {
    fn compiled(draft: &Draft, report: &mut Report) -> Option<Self> {
        let span = draft.reading.span();
        let rule = Self {
            kind: *draft.reading.get_ref(),
            status: draft.status.clone(),
            redirect_host: draft.redirect_host.as_deref().map(str::to_lowercase),
            redirect_path: draft.redirect_path.as_deref().map(str::to_lowercase),
            redirect_query: draft.redirect_query.clone(),
            headers: draft
                .header
                .iter()
                .filter_map(|(name, value)| {
                    let name = report.take(span.clone(), name.parse(), "use the name of a header")?;
                    Some((name, value.clone()))
                })
                .collect(),
            text: draft.text.clone(),
            without: draft.without.clone(),
            json: draft.json.as_ref().map(ValueTest::from),
            reason: draft.reason.clone(),
            reason_from: draft.reason_from.clone(),
        };
        if rule.tests_nothing() {
            report.at(
                span,
                "this rule fits every answer; name a status, redirect, header, text or json that it needs",
            );
            return None;
        }
        Some(rule)
    }

    fn tests_nothing(&self) -> bool {
        self.status.is_none()
            && !self.wants_redirect()
            && self.headers.is_empty()
            && self.text.is_empty()
            && self.json.is_none()
    }

    fn wants_redirect(&self) -> bool {
        self.redirect_host.is_some() || self.redirect_path.is_some() || !self.redirect_query.is_empty()
    }

    fn fits(&self, seen: &Seen<'_>) -> bool {
        let status = seen.answer.status.as_u16();
        self.status.as_ref().is_none_or(|wanted| wanted.contains(&status))
            && (!self.wants_redirect() || seen.target.is_some_and(|target| self.fits_redirect(target)))
            && self.headers.iter().all(|(name, part)| {
                let value = seen.answer.headers.get(name);
                value.is_some_and(|value| String::from_utf8_lossy(value.as_bytes()).contains(part.as_str()))
            })
            && self.fits_text(seen.text.as_deref())
            && self.json.as_ref().is_none_or(|test| seen.json.as_ref().is_some_and(|json| test.holds(json)))
    }

    fn fits_redirect(&self, target: &Url) -> bool {
        self.redirect_host.as_deref().is_none_or(|host| target.host_str() == Some(host))
            && self.redirect_path.as_deref().is_none_or(|path| target.path().to_lowercase().contains(path))
            && self.redirect_query.iter().all(|(name, part)| {
                parameter(target, name)
                    .is_some_and(|value| value.to_lowercase().contains(&part.to_lowercase()))
            })
    }

    fn fits_text(&self, text: Option<&str>) -> bool {
        let has = |part: &String| text.is_some_and(|text| text.contains(part.as_str()));
        self.text.iter().all(has) && !self.without.iter().any(has)
    }

    fn reading(&self, seen: &Seen<'_>, now: Timestamp) -> Reading {
        let reason = || self.reason(seen);
        match self.kind {
            Kind::Queue => Reading::Queue { url: seen.target.map(ToString::to_string).unwrap_or_default() },
            Kind::SignedOut => Reading::SignedOut,
            Kind::Human => Reading::Human { reason: reason() },
            Kind::Blocked => Reading::Blocked { reason: reason() },
            Kind::KeyMissing => Reading::KeyMissing { reason: reason() },
            Kind::NotOnSale => Reading::NotOnSale { reason: reason() },
            Kind::SlowDown => Reading::SlowDown { wait: retry_after(&seen.answer.headers, now) },
            Kind::Failing => Reading::Failing { reason: reason() },
            Kind::Unknown => Reading::Unknown { reason: reason() },
        }
    }

    /// The seller's own word where it gives one, else the rule's.
    fn reason(&self, seen: &Seen<'_>) -> String {
        let own =
            self.reason_from.as_deref().zip(seen.target).and_then(|(name, target)| parameter(target, name));
        own.filter(|word| !word.is_empty())
            .map(|words| brief(&words))
            .or_else(|| self.reason.clone())
            .unwrap_or_else(|| format!("status {}", seen.answer.status.as_u16()))
    }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.into_owned())
}
