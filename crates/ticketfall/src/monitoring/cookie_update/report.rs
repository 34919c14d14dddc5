//! What is told of an update: each cookie by name, never by value.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ticketfall_core::ids::ProfileId;

use crate::browser::{self, PutCookie, PutOutcome};
use crate::cookies::service::FetchError;
use crate::session::Cookie;
use crate::session::cookie::Domain;
use crate::{session, store, vault};

/// What became of one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileReport {
    /// Which.
    pub profile: ProfileId,
    /// How it went.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How a profile's update went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Outcome {
    /// The session was renewed.
    Updated(Kept),
    /// It was not.
    Failed(Failed),
}

/// A session that was renewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Whether the cookies are in the member's browser, and were read back there.
    pub in_browser: bool,
    /// Each cookie that was to be set.
    pub cookies: Vec<CookieReport>,
    /// What was left out because it is no cookie.
    pub left_out: Vec<String>,
    /// How many cookies the session has now.
    pub session_cookies: usize,
    /// When the session was taken.
    pub taken_at: Timestamp,
}

/// What became of one cookie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CookieReport {
    /// Its name.
    pub name: String,
    /// Which hosts it is for.
    pub domain: String,
    /// What is held of it now.
    #[serde(flatten)]
    pub outcome: CookieOutcome,
}

/// What is held of a cookie after it was to be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum CookieOutcome {
    /// The cookie as it was given.
    Set,
    /// The cookie, with other attributes or another value.
    Changed {
        /// Which, and why.
        why: String,
    },
    /// Not the cookie: somebody said no.
    Refused {
        /// Their words.
        why: String,
    },
    /// Not the cookie, and nobody said no.
    Dropped {
        /// Why, as far as it can be told.
        why: String,
    },
}

/// Where an update is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Looking the profile up.
    Looking,
    /// Asking the service.
    Fetching,
    /// Opening the member's browser.
    Opening,
    /// Putting cookies in and reading them back.
    Putting,
    /// Sealing and keeping the session.
    Keeping,
}

/// Why a profile was not updated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{why}")]
pub struct Failed {
    /// Where it failed.
    pub at: Step,
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// Why; it finishes "cannot …".
    pub why: String,
}

/// What kind of failure, for how a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailureKind {
    /// There is no such profile.
    NoProfile,
    /// The service cannot be reached.
    Unreachable,
    /// Anything else.
    Other,
}

impl ProfileReport {
    /// Whether the session was renewed with at least one of the cookies.
    pub fn has_succeeded(&self) -> bool {
        match &self.outcome {
            Outcome::Updated(kept) => kept.cookies.iter().any(|cookie| cookie.outcome.is_held()),
            Outcome::Failed(_) => false,
        }
    }

    pub(super) fn broken_off(profile: ProfileId) -> Self {
        Self { profile, outcome: Outcome::Failed(Failed::at(Step::Looking, &"go on: something broke off")) }
    }
}

impl CookieOutcome {
    /// Whether the cookie is there.
    pub fn is_held(&self) -> bool {
        match self {
            Self::Set | Self::Changed { .. } => true,
            Self::Refused { .. } | Self::Dropped { .. } => false,
        }
    }
}

impl CookieReport {
    pub(super) fn new(cookie: &Cookie, outcome: CookieOutcome) -> Self {
        Self { name: cookie.name().to_owned(), domain: cookie.domain().to_string(), outcome }
    }

    /// A cookie whose time was over before anybody could hold it.
    pub(super) fn ended(cookie: &Cookie) -> Self {
        let end = cookie.attributes.expires.unwrap_or_default();
        Self::new(cookie, CookieOutcome::Dropped { why: format!("it ended at {end:.0}") })
    }

    /// What the browser holds of a cookie.
    pub(super) fn put(cookie: &Cookie, put: PutCookie) -> Self {
        let outcome = match put.outcome {
            PutOutcome::Set => CookieOutcome::Set,
            PutOutcome::Changed { what } => CookieOutcome::Changed { why: why_changed(&what) },
            PutOutcome::Refused { why } => CookieOutcome::Refused { why },
            PutOutcome::Dropped => CookieOutcome::Dropped { why: why_dropped(cookie).to_owned() },
        };
        Self::new(cookie, outcome)
    }
}

impl Failed {
    pub(super) fn at(at: Step, why: &impl ToString) -> Self {
        Self { at, kind: FailureKind::Other, why: why.to_string() }
    }

    pub(super) fn no_profile(profile: &ProfileId) -> Self {
        let why = format!("find the profile {profile}: `ticketfall profile list` shows those there are");
        Self { at: Step::Looking, kind: FailureKind::NoProfile, why }
    }
}

impl From<Result<Kept, Failed>> for Outcome {
    fn from(result: Result<Kept, Failed>) -> Self {
        result.map_or_else(Self::Failed, Self::Updated)
    }
}

impl From<FetchError> for Failed {
    fn from(error: FetchError) -> Self {
        let kind = if error.is_unreachable() { FailureKind::Unreachable } else { FailureKind::Other };
        Self { kind, ..Self::at(Step::Fetching, &error) }
    }
}

impl From<browser::Error> for Failed {
    fn from(error: browser::Error) -> Self {
        Self::at(Step::Putting, &error)
    }
}

impl From<store::Error> for Failed {
    fn from(error: store::Error) -> Self {
        Self::at(Step::Keeping, &error)
    }
}

impl From<vault::Error> for Failed {
    fn from(error: vault::Error) -> Self {
        Self::at(Step::Looking, &error)
    }
}

impl From<session::proxy::ProxyError> for Failed {
    fn from(error: session::proxy::ProxyError) -> Self {
        Self::at(Step::Looking, &error)
    }
}

fn why_changed(parts: &[&'static str]) -> String {
    let why = |part: &&'static str| match *part {
        "expiry" => "expiry: browsers end a cookie after 400 days".to_owned(),
        "same site" => "same site: None needs Secure".to_owned(),
        "value" => "value: the browser kept another".to_owned(),
        part => format!("{part}: the browser decided otherwise"),
    };
    parts.iter().map(why).collect::<Vec<_>>().join("; ")
}

/// Browsers do not say why; their rules do.
fn why_dropped(cookie: &Cookie) -> &'static str {
    let attributes = &cookie.attributes;
    let is_bare = matches!(cookie.domain(), Domain::HostOnly(_)) && cookie.path() == "/";
    let name = cookie.name().to_ascii_lowercase();
    if name.starts_with("__host-") && !(attributes.secure && is_bare) {
        "a name with __Host- needs Secure, the path / and no hosts below"
    } else if name.starts_with("__secure-") && !attributes.secure {
        "a name with __Secure- needs Secure"
    } else {
        "the browser says yes and holds nothing; it may be for a whole public suffix, such as co.uk"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::cookie::Attributes;

    fn cookie(name: &str, attributes: Attributes) -> Cookie {
        Cookie::new(name, "hush", Domain::parse("club.example").unwrap(), "/").unwrap().with(attributes)
    }

    fn told(cookie: &Cookie, outcome: PutOutcome) -> CookieOutcome {
        let put = PutCookie { name: cookie.name().to_owned(), domain: cookie.domain().clone(), outcome };
        CookieReport::put(cookie, put).outcome
    }

    #[test]
    fn a_dropped_cookie_is_explained_by_the_browsers_rules() {
        let why = |name: &str, secure| {
            let cookie = cookie(name, Attributes { secure, ..Attributes::default() });
            format!("{:?}", told(&cookie, PutOutcome::Dropped))
        };
        assert!(why("__Host-a", false).contains("a name with __Host-"));
        assert!(why("__Secure-a", false).contains("a name with __Secure-"));
        assert!(why("__Secure-a", true).contains("public suffix"));
    }

    #[test]
    fn a_changed_cookie_is_held_and_says_what_changed() {
        let outcome =
            told(&cookie("a", Attributes::default()), PutOutcome::Changed { what: vec!["expiry", "secure"] });
        assert!(outcome.is_held());
        let why = "expiry: browsers end a cookie after 400 days; secure: the browser decided otherwise";
        assert_eq!(outcome, CookieOutcome::Changed { why: why.to_owned() });
    }

    #[test]
    fn an_update_of_which_nothing_is_held_has_not_succeeded() {
        let report = |cookies| ProfileReport {
            profile: ProfileId::new("ada").unwrap(),
            outcome: Outcome::Updated(Kept {
                in_browser: true,
                cookies,
                left_out: Vec::new(),
                session_cookies: 0,
                taken_at: Timestamp::UNIX_EPOCH,
            }),
        };
        let ended = CookieReport::ended(&cookie("old", Attributes::default()));
        let set = CookieReport::new(&cookie("new", Attributes::default()), CookieOutcome::Set);
        assert!(!report(vec![ended.clone()]).has_succeeded());
        assert!(report(vec![ended, set.clone()]).has_succeeded());
        let json = serde_json::to_string(&report(vec![set])).unwrap();
        assert!(json.starts_with(r#"{"profile":"ada","outcome":"updated","inBrowser":true"#), "{json}");
        assert!(
            json.contains(r#"{"name":"new","domain":"club.example","outcome":"set"}"#)
                && !json.contains("hush")
        );
    }
}
