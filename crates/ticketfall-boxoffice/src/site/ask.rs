//! One request as the pages see it, and the fields of its query or form.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

use crate::refusal::Refusal;

/// What the log shows the names of, and not the values.
const SECRET_FIELDS: [&str; 2] = ["spell", "queueittoken"];

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) now: Duration,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Fields,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    target: String,
    authority: Option<String>,
}

impl Ask {
    pub(crate) fn new(now: Duration, parts: &Parts, body: Bytes) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        // Kept as it came: a redirect back to it must not re-encode it.
        let target = parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
        let authority =
            host.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str)).map(str::to_owned);
        Self {
            now,
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: Fields::read(query),
            headers: parts.headers.clone(),
            body,
            target,
            authority,
        }
    }

    /// Path and query, as they were asked for.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// The query as it came.
    pub(crate) fn query_text(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// Path and query as they were asked for, without the parameter of this name.
    pub(crate) fn target_without(&self, name: &str) -> String {
        let Some((path, query)) = self.target.split_once('?') else { return self.target.clone() };
        let named = |pair: &&str| pair.split('=').next().is_some_and(|key| key.eq_ignore_ascii_case(name));
        let rest: Vec<&str> = query.split('&').filter(|pair| !named(pair)).collect();
        if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) }
    }

    /// The host that was asked, with its port, where the request names one.
    pub(crate) fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// The fields of a form.
    pub(crate) fn form(&self) -> Fields {
        Fields::read(&String::from_utf8_lossy(&self.body))
    }

    /// The value of a header that is readable text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The cookie of this name; names may contain slashes.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let headers = self.headers.get_all(http::header::COOKIE).into_iter();
        let pairs = headers.filter_map(|header| header.to_str().ok()).flat_map(|header| header.split(';'));
        let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The query without an access keyword or a token of the waiting room.
    pub(crate) fn loggable_query(&self) -> String {
        let secret = |name: &str| SECRET_FIELDS.iter().any(|secret| name.eq_ignore_ascii_case(secret));
        let shown = self.query_text().split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if secret(name) => Cow::Owned(format!("{name}=…")),
            Some(_) | None => Cow::Borrowed(pair),
        });
        shown.collect::<Vec<_>>().join("&")
    }
}

/// The fields of a query or a form; names are matched in any case, as the platform does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn read(text: &str) -> Self {
        let decode =
            |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A field that must be there once and make sense.
    pub(crate) fn need<T: FromStr>(&self, name: &'static str) -> Result<T, Refusal> {
        self.optional(name)?.ok_or(Refusal::BadParameter(name))
    }

    /// A field that may be left out, but not repeated or make no sense.
    pub(crate) fn optional<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Refusal> {
        let mut values =
            self.0.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => value.parse().map(Some).or(Err(Refusal::BadParameter(name))),
            (Some(_), Some(_)) => Err(Refusal::BadParameter(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_found_in_any_case() {
        let fields = Fields::read("Email=ada%40example.org&name=Ada+L&eventid=4001&flag");
        assert_eq!(fields.get("email"), Some("ada@example.org"));
        assert_eq!(fields.get("name"), Some("Ada L"));
        assert_eq!(fields.need::<u32>("EventId"), Ok(4001));
        assert_eq!(fields.get("flag"), Some(""));
    }

    #[test]
    fn a_field_that_is_missing_repeated_or_odd_is_refused() {
        let fields = Fields::read("a=1&a=2&b=x");
        for name in ["a", "b", "c"] {
            assert_eq!(fields.need::<u32>(name), Err(Refusal::BadParameter(name)));
        }
    }

    #[test]
    fn a_parameter_can_be_left_out_of_an_address() {
        let without = |target: &str| {
            let request = http::Request::get(target).body(()).unwrap();
            Ask::new(Duration::ZERO, &request.into_parts().0, Bytes::new()).target_without("token")
        };
        assert_eq!(without("/a?token=1"), "/a");
        assert_eq!(without("/a?b=%20&TOKEN=1&tokens=2&c"), "/a?b=%20&tokens=2&c");
        assert_eq!(without("/a"), "/a");
    }

    #[test]
    fn a_cookie_name_may_have_a_slash_and_a_keyword_is_not_logged() {
        let request = http::Request::get("/northend/x?position=1&Spell=secret&queueittoken=e_1~h_2")
            .header("cookie", "visitor=v1; northend.example/northend=abc=d")
            .body(())
            .unwrap();
        let ask = Ask::new(Duration::ZERO, &request.into_parts().0, Bytes::new());
        assert_eq!(ask.cookie("northend.example/northend"), Some("abc=d"));
        assert_eq!(ask.loggable_query(), "position=1&Spell=…&queueittoken=…");
    }
}
