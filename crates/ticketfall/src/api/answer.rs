//! How answers are framed: lists by the page, and a tag on what is asked for often, so that nothing is sent
//! twice.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::Problem;

const PAGE: u32 = 50;
const PAGE_MAX: u32 = 500;
const TAG_BYTES: usize = 12;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// What is on it.
    pub(super) items: Vec<T>,
    /// The `cursor` of the next page; none on the last.
    pub(super) next: Option<String>,
}

impl<T> Page<T> {
    /// A page of `size` from `found`, which has one more where another page follows.
    pub(super) fn of(mut found: Vec<T>, size: u32, cursor: impl FnOnce(&T) -> String) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let has_more = found.len() > size;
        found.truncate(size);
        let next = found.last().filter(|_| has_more).map(cursor);
        Self { items: found, next }
    }

    /// The same page with other things on it.
    pub(super) fn map<U>(self, show: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(show).collect(), next: self.next }
    }
}

/// How long a page is, where `limit` asks for it.
pub(super) fn page_size(limit: Option<u32>) -> Result<u32, Problem> {
    let size = limit.unwrap_or(PAGE);
    if (1..=PAGE_MAX).contains(&size) {
        Ok(size)
    } else {
        Err(Problem::new(StatusCode::BAD_REQUEST, "bad-query", "the query cannot be read")
            .detail(format!("limit is a whole number from 1 to {PAGE_MAX}")))
    }
}

/// A cursor that did not come from us.
pub(super) fn foreign_cursor() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad-query", "the query cannot be read")
        .detail("cursor is what `next` of the page before says")
}

/// The answer with its tag, or that it is the one that the caller has.
pub(super) fn tagged<T: Serialize>(asked: &HeaderMap, value: &T) -> Response {
    let body = serde_json::to_vec(value).expect("answers are plain data");
    let digest = Sha256::digest(&body);
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..TAG_BYTES]));
    let mut response = if is_known(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(value).into_response()
    };
    let tag = HeaderValue::try_from(tag).expect("base64 makes a header");
    response.headers_mut().insert(ETAG, tag);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_the_next_one_begins_and_the_last_one_does_not() {
        let page = Page::of(vec![1, 2, 3], 2, ToString::to_string);
        assert_eq!((page.items, page.next.as_deref()), (vec![1, 2], Some("2")));
        assert_eq!(Page::of(vec![1, 2], 2, ToString::to_string).next, None);
    }

    #[test]
    fn what_the_caller_has_already_is_not_sent_again() {
        let ask =
            |value: &'static str| HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(value))]);
        let first = tagged(&HeaderMap::new(), &[1, 2]);
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let asked = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::try_from(known).unwrap())]);
            assert_eq!(tagged(&asked, &[1, 2]).status(), StatusCode::NOT_MODIFIED);
            assert!(tagged(&asked, &[1, 3]).status() == StatusCode::OK || asked[IF_NONE_MATCH] == "*");
        }
        assert_eq!(tagged(&ask("\"x\""), &[1, 2]).status(), StatusCode::OK);
    }
}
