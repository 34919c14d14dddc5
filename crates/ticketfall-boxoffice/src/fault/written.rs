//! Faults as scripts write them.

use std::time::Duration;

use serde::Deserialize;

use super::{Fault, FaultKind, RequestKind, Selector};
use crate::script::span;

/// A fault as a script writes it: one table, whose other keys depend on `kind`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(default, deserialize_with = "span::deserialize")]
    at: Duration,
    #[serde(default, rename = "for", deserialize_with = "span::option::deserialize")]
    lasts: Option<Duration>,
    times: Option<u32>,
    on: Option<String>,
    member: Option<String>,
    kind: WrittenKind,
    status: Option<u16>,
    #[serde(default, deserialize_with = "span::option::deserialize")]
    retry_after: Option<Duration>,
    #[serde(default, deserialize_with = "span::option::deserialize")]
    delay: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenKind {
    Status,
    Block,
    Abuse,
    Paused,
    Identity,
    Captcha,
    Restricted,
    SignedOut,
    EmptyBasket,
    StaleKey,
    GrantThenSilence,
    Slow,
    Truncated,
    Garbage,
    NullFields,
    EmptyBody,
    RedirectLoop,
}

impl TryFrom<Written> for Fault {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        Ok(Self {
            kind: written.kind()?,
            on: written.selector()?,
            at: written.at,
            lasts: written.lasts,
            times: written.times,
            member: written.member,
        })
    }
}

impl Written {
    fn selector(&self) -> Result<Selector, String> {
        match self.on.as_deref() {
            None => Ok(Selector::Kind(RequestKind::Any)),
            Some(path) if path.starts_with('/') => Ok(Selector::Path(path.to_owned())),
            Some(name) => {
                let name = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name);
                RequestKind::deserialize(name)
                    .map(Selector::Kind)
                    .map_err(|error| format!("on: {error}, or a path that begins with /"))
            }
        }
    }

    fn kind(&self) -> Result<FaultKind, String> {
        const STATUSES: [u16; 7] = [400, 403, 404, 429, 500, 502, 503];
        let is = |kind| self.kind == kind;
        if !is(WrittenKind::Status) && (self.status.is_some() || self.retry_after.is_some()) {
            return Err("status and retry_after belong to kind = \"status\"".to_owned());
        }
        if !is(WrittenKind::Slow) && self.delay.is_some() {
            return Err("delay belongs to kind = \"slow\"".to_owned());
        }
        Ok(match self.kind {
            WrittenKind::Status => {
                let status = self.status.filter(|status| STATUSES.contains(status));
                let status =
                    status.ok_or_else(|| format!("kind = \"status\" needs status = one of {STATUSES:?}"))?;
                FaultKind::Status { status, retry_after: self.retry_after.map(|span| span.as_secs()) }
            }
            WrittenKind::Slow => {
                FaultKind::Slow(self.delay.ok_or("kind = \"slow\" needs delay, such as \"3s\"")?)
            }
            WrittenKind::Block => FaultKind::Block,
            WrittenKind::Abuse => FaultKind::Abuse,
            WrittenKind::Paused => FaultKind::Paused,
            WrittenKind::Identity => FaultKind::Identity,
            WrittenKind::Captcha => FaultKind::Captcha,
            WrittenKind::Restricted => FaultKind::Restricted,
            WrittenKind::SignedOut => FaultKind::SignedOut,
            WrittenKind::EmptyBasket => FaultKind::EmptyBasket,
            WrittenKind::StaleKey => FaultKind::StaleKey,
            WrittenKind::GrantThenSilence => FaultKind::GrantThenSilence,
            WrittenKind::Truncated => FaultKind::Truncated,
            WrittenKind::Garbage => FaultKind::Garbage,
            WrittenKind::NullFields => FaultKind::NullFields,
            WrittenKind::EmptyBody => FaultKind::EmptyBody,
            WrittenKind::RedirectLoop => FaultKind::RedirectLoop,
        })
    }
}
