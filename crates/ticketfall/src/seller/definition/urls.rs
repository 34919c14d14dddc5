//! Which URLs are a seller's, which of them are events, and which are never requested.

use percent_encoding::percent_decode_str;
use ticketfall_core::ids::EventId;
use url::{Host, Url};

use super::Definition;

/// What no definition can allow: paying is for people.
const NEVER: [&str; 1] = ["/checkout/payment"];

/// Where the URL of an event page, below the prefix, has the event's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventPattern {
    /// Between what stands before and after it in the path.
    Path { before: String, after: String },
    /// In a parameter of this path's query.
    Query { path: String, name: String },
}

impl EventPattern {
    /// Reads `/a/{event}/b` or `/a?name={event}`; `None` unless `{event}` begins a segment or is a whole value.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (before, after) = text.split_once("{event}")?;
        if !before.starts_with('/') || after.contains("{event}") {
            return None;
        }
        if let Some((path, query)) = before.split_once('?') {
            let name = query.rsplit('&').next()?.strip_suffix('=')?;
            let whole = !name.is_empty() && (after.is_empty() || after.starts_with('&'));
            return whole.then(|| Self::Query { path: trimmed(path), name: name.to_owned() });
        }
        let whole = before.ends_with('/') && (after.is_empty() || after.starts_with(['/', '.']));
        let (before, after) = (before.to_lowercase(), trimmed(after));
        (whole && !after.contains('?')).then_some(Self::Path { before, after })
    }

    fn event_in(&self, path: &str, url: &Url) -> Option<EventId> {
        match self {
            Self::Path { before, after } => {
                let head = path.get(..before.len())?;
                let rest = path.get(before.len()..)?.trim_end_matches('/');
                let number = rest.get(..rest.len().checked_sub(after.len())?)?;
                let tail = rest.get(number.len()..)?;
                let fits = head.eq_ignore_ascii_case(before)
                    && tail.eq_ignore_ascii_case(after)
                    && !number.contains('/');
                fits.then(|| EventId::new(percent_decode_str(number).decode_utf8_lossy()).ok())?
            }
            Self::Query { path: wanted, name } => {
                let (_, number) = url.query_pairs().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
                trimmed(path).eq(wanted).then(|| EventId::new(number).ok())?
            }
        }
    }
}

fn trimmed(path: &str) -> String {
    path.trim_end_matches('/').to_lowercase()
}

impl Definition {
    /// Scheme, host and port.
    pub fn origin(&self) -> &Url {
        &self.origin
    }

    /// The hosts that requests may go to.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.origin.host_str().into_iter().chain(self.hosts.iter().map(String::as_str))
    }

    /// The hosts whose cookies make up a session. A waiting room's own cookies stay in the browser.
    pub fn cookie_hosts(&self) -> Vec<String> {
        self.hosts().map(str::to_owned).collect()
    }

    /// The event that a page is about; `None` when the URL is no event page of this seller.
    pub fn event_id_from(&self, url: &str) -> Option<EventId> {
        let url = Url::parse(url).ok()?;
        if !self.is_own(&url) {
            return None;
        }
        let path = self.below_prefix(url.path())?;
        self.event_patterns.iter().find_map(|pattern| pattern.event_in(path, &url))
    }

    /// The access keyword that the URL of an event page carries.
    pub fn keyword_from(&self, url: &str) -> Option<String> {
        let parameter = self.keyword_parameter.as_deref()?;
        let url = Url::parse(url).ok()?;
        let (_, keyword) = url.query_pairs().find(|(name, _)| name.eq_ignore_ascii_case(parameter))?;
        Some(keyword.into_owned()).filter(|keyword| !keyword.is_empty())
    }

    /// The URL of an event page without its access keyword, which is kept sealed elsewhere.
    #[must_use]
    pub fn without_keyword(&self, url: &Url) -> Url {
        let is_keyword =
            |name: &str| self.keyword_parameter.as_deref().is_some_and(|own| name.eq_ignore_ascii_case(own));
        if !url.query_pairs().any(|(name, _)| is_keyword(&name)) {
            return url.clone();
        }
        let rest: Vec<_> = url.query_pairs().filter(|(name, _)| !is_keyword(name)).collect();
        let mut bare = url.clone();
        bare.set_query(None);
        if !rest.is_empty() {
            bare.query_pairs_mut().extend_pairs(rest);
        }
        bare
    }

    /// Whether an event is known to open to an access keyword only.
    pub fn needs_keyword(&self, event: &EventId) -> bool {
        self.keyword_events.iter().any(|id| id == "*" || id == event.as_str())
    }

    /// Whether a request may go there: to one of the seller's own hosts, by its own scheme and port.
    pub fn is_own(&self, url: &Url) -> bool {
        url.scheme() == self.origin.scheme()
            && url.username().is_empty()
            && url.password().is_none()
            && (url.origin() == self.origin.origin()
                || url.port().is_none()
                    && url.host_str().is_some_and(|host| self.hosts.iter().any(|own| own == host)))
    }

    /// Whether the URL leads into the waiting room.
    pub fn is_waiting_room(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| {
            self.waiting_room.hosts.iter().any(|room| {
                host.strip_suffix(room.as_str()).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
            })
        })
    }

    /// Whether the URL is only for people, however it is written.
    pub fn is_never_requested(&self, url: &Url) -> bool {
        // Servers differ in what they decode, fold and collapse, so every way of writing it counts.
        let path = percent_decode_str(url.path()).decode_utf8_lossy().to_lowercase();
        let path: Vec<_> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
        let path = format!("/{}/", path.join("/"));
        let never = self.never.iter().map(String::as_str).chain(NEVER);
        never
            .map(|path| format!("{}/", path.trim_end_matches('/').to_lowercase()))
            .any(|never| path.contains(&never))
    }

    /// The path below the prefix.
    fn below_prefix<'p>(&self, path: &'p str) -> Option<&'p str> {
        let head = path.get(..self.prefix.len())?;
        head.eq_ignore_ascii_case(&self.prefix).then(|| &path[self.prefix.len()..])
    }
}

/// Whether the host is surely on this machine or in a private network, by how it is written.
pub(super) fn is_private_host(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => crate::address::is_private((*address).into()),
        Host::Ipv6(address) => crate::address::is_private((*address).into()),
    }
}
