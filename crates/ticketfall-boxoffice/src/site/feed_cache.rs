//! Answers of feeds that are given again for a while, as a cache in front of a real site does.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AGE, CACHE_CONTROL};

use super::answer::Answer;
use super::ask::Ask;
use super::caller::SignedIn;
use crate::house::House;

/// How many answers are kept.
const KEPT_MAX: usize = 256;

/// The kept answers, by address, and by member where not all are shown the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct FeedCache(BTreeMap<String, Kept>);

#[derive(Clone, Debug)]
struct Kept {
    since: Duration,
    body: Bytes,
}

/// The feed's answer: a kept one that is young enough, else a new one.
pub(super) fn answer(
    house: &mut House,
    (ask, who): (&Ask, &SignedIn),
    body: impl FnOnce(&House) -> Bytes,
) -> Answer {
    let max_age = Duration::from_secs(house.script.cache.max_age);
    if max_age.is_zero() {
        return Answer::json_bytes(body(house));
    }
    house.feed_cache.0.retain(|_, kept| ask.now < kept.since + max_age);
    let of_whom = if house.script.private.is_empty() { String::new() } else { format!("{} ", who.member) };
    let address = of_whom + ask.target();
    let kept = house.feed_cache.0.get(&address).cloned();
    let kept = kept.unwrap_or_else(|| Kept { since: ask.now, body: body(house) });
    // A client that makes up addresses fills the cache no further; its answers are just not kept.
    if house.feed_cache.0.len() < KEPT_MAX {
        house.feed_cache.0.insert(address, kept.clone());
    }
    let age = ask.now.saturating_sub(kept.since).as_secs();
    let answer = Answer::json_bytes(kept.body).with(AGE, &age.to_string());
    answer.with(CACHE_CONTROL, &format!("max-age={}", max_age.as_secs())).note(format!("ok, {age} s old"))
}
