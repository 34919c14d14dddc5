//! The waiting room of a script, and whether it makes sense.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::checks::{out_of, unknown};
use super::span;
use crate::event::EventId;

/// A waiting room in front of the site.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Room {
    /// The event that it guards; the whole site when left out.
    pub event: Option<EventId>,
    /// From when it guards, since the opening.
    #[serde(deserialize_with = "span::deserialize")]
    pub opens: Duration,
    /// From when it lets people through, since the opening; as soon as it guards when left out.
    #[serde(deserialize_with = "span::option::deserialize")]
    pub starts: Option<Duration>,
    /// Until when it guards, since the opening; for good when left out.
    #[serde(deserialize_with = "span::option::deserialize")]
    pub closes: Option<Duration>,
    /// When nobody is let through, in order of time.
    #[serde(rename = "pause")]
    pub pauses: Vec<Pause>,
    /// How many are let through a minute.
    pub per_minute: u32,
    /// How many are in the line before anybody joins.
    pub ahead: u32,
    /// For how many minutes a pass is good.
    pub pass_minutes: u64,
    /// Whether each request to the site makes the pass good for that long again.
    pub extend: bool,
    /// Whether a person has to answer a check before they get a place.
    pub soft_block: bool,
    /// How many of the tokens that it gives first are signed with another key than its own.
    pub bad_tokens: u32,
    /// How many of the tokens that it gives after those have a time that is over.
    pub late_tokens: u32,
    /// What a clock on the wall shows at the opening, in seconds since 1970; the time in tokens and passes counts on
    /// from there.
    pub epoch: u64,
    /// The customer id of the queue, `c` on the wire.
    pub customer: String,
    /// The event id of the queue, `e` on the wire.
    pub id: String,
    /// What tokens and passes are signed with; follows from the seed when left out.
    pub secret: Option<RoomSecret>,
    /// The host of the queue's pages, with the site's port unless it names one; the site's own when left out.
    pub host: Option<String>,
}

/// A time in which a waiting room lets nobody through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// From when, since the opening.
    #[serde(deserialize_with = "span::deserialize")]
    pub at: Duration,
    /// For how long.
    #[serde(rename = "for", deserialize_with = "span::deserialize")]
    pub lasts: Duration,
}

impl Pause {
    pub(crate) fn end(self) -> Duration {
        self.at + self.lasts
    }
}

/// What a waiting room signs with; it prints nothing of itself.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct RoomSecret(String);

impl RoomSecret {
    /// A secret of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RoomSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoomSecret(…)")
    }
}

impl Default for Room {
    fn default() -> Self {
        Self {
            event: None,
            opens: Duration::ZERO,
            starts: None,
            closes: None,
            pauses: Vec::new(),
            per_minute: 60,
            ahead: 30,
            pass_minutes: 20,
            extend: true,
            soft_block: false,
            bad_tokens: 0,
            late_tokens: 0,
            epoch: 0,
            customer: "northend".to_owned(),
            id: "matchday".to_owned(),
            secret: None,
            host: None,
        }
    }
}

impl Room {
    /// The same room, with all its times this much later.
    pub(crate) fn later_by(self, span: Duration) -> Self {
        Self {
            opens: self.opens + span,
            starts: self.starts.map(|starts| starts + span),
            closes: self.closes.map(|closes| closes + span),
            pauses: self.pauses.iter().map(|pause| Pause { at: pause.at + span, ..*pause }).collect(),
            ..self
        }
    }

    /// From when it lets people through, since the opening.
    pub(crate) fn first_through(&self) -> Duration {
        self.starts.unwrap_or(self.opens)
    }

    pub(super) fn complaint(&self) -> Option<String> {
        (self.event.and_then(unknown))
            .or_else(|| self.untimely())
            .or_else(|| out_of("per_minute", self.per_minute, 1..=100_000))
            .or_else(|| out_of("ahead", self.ahead, 0..=1_000_000))
            .or_else(|| out_of("pass_minutes", self.pass_minutes, 1..=1_000_000))
            .or_else(|| unfit("customer", &self.customer))
            .or_else(|| unfit("id", &self.id))
            .or_else(|| {
                let empty = self.secret.as_ref().is_some_and(|secret| secret.reveal().is_empty());
                empty.then(|| "secret is empty; write any text, or leave it out".to_owned())
            })
            .or_else(|| no_host(self.host.as_deref()?))
    }

    fn untimely(&self) -> Option<String> {
        let early = self.starts.is_some_and(|starts| starts < self.opens);
        let shut = self.closes.is_some_and(|closes| closes <= self.first_through());
        let mixed = self.pauses.windows(2).any(|two| two[1].at < two[0].end());
        (early.then_some("starts is before opens; give a time at or after it"))
            .or_else(|| shut.then_some("closes before anybody is let through; give a later time"))
            .or_else(|| mixed.then_some("its pauses overlap; give them apart and in order of time"))
            .map(str::to_owned)
    }
}

/// Ids stand in tokens and URLs, where other characters part fields.
fn unfit(key: &str, id: &str) -> Option<String> {
    let fit =
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (!fit).then(|| format!("{key} = {id:?}; write up to 64 letters, digits and hyphens"))
}

fn no_host(host: &str) -> Option<String> {
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    (host.is_empty() || !plain).then(|| {
        format!("host = {host:?}; write a name such as \"localhost\", with a port where it has its own")
    })
}
