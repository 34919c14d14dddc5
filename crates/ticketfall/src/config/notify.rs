//! `[notify]`: who is told of notices besides the stream and the log. The webhook's secret is elsewhere.

use std::path::Path;

use serde::Serialize;
use url::Url;

use super::Error;
use super::cookies::{HeaderSource, Place};
use super::file::{NoticeKind, Notify};
use super::layers::Layers;

/// What is sent where nothing else is said: what a person has to know at once.
const USUAL: [NoticeKind; 6] = [
    NoticeKind::Fall,
    NoticeKind::Match,
    NoticeKind::Proof,
    NoticeKind::OrderPage,
    NoticeKind::Person,
    NoticeKind::Health,
];

/// Who is told of notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotifySettings {
    /// Where each notice is sent; left out, nowhere.
    pub webhook: Option<Url>,
    /// Where the secret is that deliveries are signed with.
    pub secret: Option<HeaderSource>,
    /// The kinds of notices that are sent.
    pub events: Vec<String>,
    /// Whether the webhook may be on this machine or in a private network.
    pub private: bool,
}

impl NotifySettings {
    pub(super) fn resolve(file: Notify, layers: &mut Layers<'_>, home: &Path) -> Result<Self, Error> {
        Ok(Self {
            webhook: layers.pick("notify.webhook", file.webhook)?,
            secret: file.secret.map(|secret| secret.in_home(home)),
            events: file.events.unwrap_or_else(|| USUAL.to_vec()).into_iter().map(name).collect(),
            private: layers.pick("notify.private", file.private)?.unwrap_or(false),
        })
    }

    /// The variable that the secret is in, where it is in one.
    pub(super) fn variable(&self) -> Option<&str> {
        match &self.secret.as_ref()?.place {
            Place::Variable(name) => Some(name),
            Place::File(_) => None,
        }
    }
}

/// As the wire names it.
fn name(kind: NoticeKind) -> String {
    let name = serde_json::to_value(kind).expect("a kind is plain data");
    name.as_str().unwrap_or_default().to_owned()
}
