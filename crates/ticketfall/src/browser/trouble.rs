//! What went wrong at a proxy, kept for whoever opens a page through it: the browser itself says little.

use std::sync::{Arc, Mutex, PoisonError};

/// What Chromium calls failures of a proxy, and what they mean.
const FAILURES: &[(&str, &str)] = &[
    ("net::ERR_PROXY_CONNECTION_FAILED", "it cannot be reached"),
    ("net::ERR_TUNNEL_CONNECTION_FAILED", "it makes no connection to the site"),
    ("net::ERR_SOCKS_CONNECTION_FAILED", "it cannot be reached, or makes no connection to the site"),
    ("net::ERR_PROXY_AUTH_REQUESTED", "it wants a name and a password"),
    ("net::ERR_PROXY_AUTH_UNSUPPORTED", "it wants another kind of sign-in than a name and a password"),
    ("net::ERR_PROXY_CERTIFICATE_INVALID", "its certificate is not valid"),
    ("net::ERR_MALFORMED_PROXY_RESPONSE", "it does not speak like a proxy"),
];

#[derive(Debug)]
enum Note {
    /// The proxy refuses the browser, whatever the browser makes of that.
    Refused,
    /// Why a connection failed: one of the page's, or one that the browser makes on its own.
    Failed(String),
    /// The proxy says that it cannot reach the site.
    Site,
}

/// The last thing that went wrong; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<Note>>>);

impl Trouble {
    pub(super) fn refused(&self) {
        self.note(Note::Refused);
    }

    pub(super) fn failed(&self, why: impl Into<String>) {
        self.note(Note::Failed(why.into()));
    }

    pub(super) fn of_the_site(&self) {
        self.note(Note::Site);
    }

    /// From here on, only what goes wrong later counts.
    pub(super) fn forget(&self) {
        drop(self.take());
    }

    /// Why the proxy is to blame for a page that ended in Chromium's `error`, where it is.
    pub(super) fn blame(&self, error: Option<&str>) -> Option<String> {
        let known = FAILURES.iter().find(|(name, _)| Some(*name) == error).map(|(_, why)| *why);
        match (self.take(), known) {
            (Some(Note::Refused), _) => Some("it refuses the name or the password".to_owned()),
            (Some(Note::Failed(why)), Some(_)) => Some(why),
            (Some(Note::Site), _) => None,
            (Some(Note::Failed(_)) | None, known) => known.map(str::to_owned),
        }
    }

    fn note(&self, note: Note) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(note);
    }

    fn take(&self) -> Option<Note> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_says_more_than_the_browser() {
        let trouble = Trouble::default();
        trouble.failed("it does not answer");
        let failed = Some("net::ERR_SOCKS_CONNECTION_FAILED");
        assert_eq!(trouble.blame(failed).unwrap(), "it does not answer");
        assert!(trouble.blame(failed).unwrap().contains("cannot be reached"));
    }

    #[test]
    fn a_site_that_the_proxy_cannot_reach_is_not_the_proxys_failure() {
        let trouble = Trouble::default();
        trouble.of_the_site();
        assert_eq!(trouble.blame(Some("net::ERR_SOCKS_CONNECTION_FAILED")), None);
        trouble.failed("a connection that the browser made on its own");
        assert_eq!(trouble.blame(Some("net::ERR_NAME_NOT_RESOLVED")), None);
        assert_eq!(trouble.blame(None), None);
    }

    #[test]
    fn a_refusal_counts_also_where_the_proxy_sent_a_page_with_it() {
        let trouble = Trouble::default();
        trouble.refused();
        assert!(trouble.blame(None).is_some());
        assert_eq!(trouble.blame(None), None);
    }
}
