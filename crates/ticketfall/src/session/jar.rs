//! The cookies of one session: which go with a request, which an answer changes, which the browser lacks.

use http::HeaderValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::cookie::{Cookie, Refusal, Refused, is_trustworthy};
use super::set_cookie;

/// The most cookies that a jar keeps.
pub const COOKIES_MAX: usize = 300;

/// A moment in a jar's life, to ask later what it gained since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Mark(u64);

impl Mark {
    /// When the jar was filled: everything that answers brought came after it.
    pub const FILLED: Self = Self(0);
}

/// What one `Set-Cookie` header did to the jar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A cookie of this name is new.
    Added(String),
    /// A cookie of this name has a new value or new attributes.
    Replaced(String),
    /// The site ended the cookie of this name.
    Removed(String),
    /// A cookie was not kept.
    Refused(Refused),
}

/// The cookies of one session, in the order in which they came.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Jar {
    kept: Vec<Kept>,
    revision: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    cookie: Cookie,
    changed: Mark,
}

impl Jar {
    /// Fills a jar; a later cookie replaces the same earlier one, and those over the limit are handed back.
    pub fn from_cookies(cookies: impl IntoIterator<Item = Cookie>) -> (Self, Vec<Refused>) {
        let mut jar = Self::default();
        let mut refused = Vec::new();
        for cookie in cookies {
            let name = cookie.name().to_owned();
            if let Err(why) = jar.keep(cookie, Mark::FILLED) {
                refused.push(Refused { name, why });
            }
        }
        (jar, refused)
    }

    /// The `Cookie` header of a request for `url`, marked sensitive; `None` when no cookie belongs there.
    pub fn header_for(&self, url: &Url, now: Timestamp) -> Option<HeaderValue> {
        let mut sent: Vec<_> = self.cookies().filter(|cookie| cookie.is_sent_to(url, now)).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path().len()));
        let pairs: Vec<_> =
            sent.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value().reveal())).collect();
        if pairs.is_empty() {
            return None;
        }
        let mut header = HeaderValue::from_maybe_shared(bytes::Bytes::from(pairs.join("; ")))
            .expect("a cookie has no character that a header may not have");
        header.set_sensitive(true);
        Some(header)
    }

    /// Takes up the `Set-Cookie` headers of an answer from `url`; says what each of them did.
    pub fn store_response<'h>(
        &mut self,
        url: &Url,
        headers: impl IntoIterator<Item = &'h HeaderValue>,
        now: Timestamp,
    ) -> Vec<Change> {
        headers
            .into_iter()
            .filter_map(|header| match set_cookie::read(header.as_bytes(), url, now) {
                Ok(cookie) => self.take_up(cookie, url, now),
                Err(refused) => Some(Change::Refused(refused)),
            })
            .collect()
    }

    /// Every cookie, in the order in which they came.
    pub fn cookies(&self) -> impl Iterator<Item = &Cookie> {
        self.kept.iter().map(|kept| &kept.cookie)
    }

    /// The cookies that some request to `host` (lower case) may carry.
    pub fn cookies_for_host(&self, host: &str) -> impl Iterator<Item = &Cookie> {
        self.cookies().filter(move |cookie| cookie.domain().covers(host))
    }

    /// Counts the chosen cookies as gained now, because the browser will have lost them; says how many.
    pub fn owe(&mut self, is_owed: impl Fn(&Cookie) -> bool) -> usize {
        self.revision += 1;
        let owed = self.kept.iter_mut().filter(|kept| is_owed(&kept.cookie));
        owed.map(|kept| kept.changed = Mark(self.revision)).count()
    }

    /// Now, to be handed to [`Jar::gained_since`] later.
    pub fn mark(&self) -> Mark {
        Mark(self.revision)
    }

    /// The cookies that answers brought or changed after `mark`: what the browser has not seen.
    pub fn gained_since(&self, mark: Mark) -> impl Iterator<Item = &Cookie> {
        self.kept.iter().filter(move |kept| kept.changed > mark).map(|kept| &kept.cookie)
    }

    /// How many cookies there are.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there is no cookie at all.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// About how much memory the jar takes, in bytes.
    pub fn approximate_bytes(&self) -> usize {
        size_of::<Self>() + self.cookies().map(|cookie| cookie.approximate_bytes() + 8).sum::<usize>()
    }

    /// `None` when the answer tells nothing new.
    fn take_up(&mut self, cookie: Cookie, url: &Url, now: Timestamp) -> Option<Change> {
        let name = cookie.name().to_owned();
        let old = self.kept.iter().position(|kept| kept.cookie.is_same_as(&cookie));
        if old.is_some_and(|old| self.kept[old].cookie.attributes.secure) && !is_trustworthy(url) {
            let why = Refusal::Insecure("an insecure connection may not replace a secure cookie");
            return Some(Change::Refused(Refused { name, why }));
        }
        if cookie.is_expired(now) {
            return old.map(|old| {
                self.kept.remove(old);
                Change::Removed(name)
            });
        }
        if old.is_some_and(|old| self.kept[old].cookie == cookie) {
            return None;
        }
        if old.is_none() && self.kept.len() >= COOKIES_MAX {
            self.kept.retain(|kept| !kept.cookie.is_expired(now));
        }
        self.revision += 1;
        Some(match self.keep(cookie, Mark(self.revision)) {
            Ok(()) if old.is_some() => Change::Replaced(name),
            Ok(()) => Change::Added(name),
            Err(why) => Change::Refused(Refused { name, why }),
        })
    }

    fn keep(&mut self, cookie: Cookie, changed: Mark) -> Result<(), Refusal> {
        if let Some(kept) = self.kept.iter_mut().find(|kept| kept.cookie.is_same_as(&cookie)) {
            *kept = Kept { cookie, changed };
        } else if self.kept.len() >= COOKIES_MAX {
            return Err(Refusal::Full(COOKIES_MAX));
        } else {
            self.kept.push(Kept { cookie, changed });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
