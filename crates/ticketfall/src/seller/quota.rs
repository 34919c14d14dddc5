//! What a seller's answers say of how often it may still be asked.

use std::time::Duration;

use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use ticketfall_core::pace::{Quota, later};

use super::definition::{QuotaHeaders, ResetAs};

/// How far ahead a quota may begin anew: a header that says more is not believed.
const RESET_MAX: Duration = Duration::from_hours(48);

impl QuotaHeaders {
    /// What the headers of an answer say; `None` where they say nothing that is understood.
    pub(super) fn told(&self, headers: &HeaderMap, now: Timestamp) -> Option<Quota> {
        let left: i64 = number(headers, &self.left)?;
        let resets_at = self.reset.as_ref().and_then(|reset| self.resets_at(number(headers, reset)?, now));
        let left = u32::try_from(left.max(0)).unwrap_or(u32::MAX);
        Some(Quota { left, resets_at: resets_at.filter(|at| *at <= later(now, RESET_MAX)) })
    }

    fn resets_at(&self, number: i64, now: Timestamp) -> Option<Timestamp> {
        match self.reset_as {
            ResetAs::Seconds => Some(later(now, Duration::from_secs(u64::try_from(number).ok()?))),
            ResetAs::EpochSeconds => Timestamp::from_second(number).ok(),
            ResetAs::EpochMilliseconds => Timestamp::from_millisecond(number).ok(),
        }
    }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn told(left: &'static str, reset: &'static str, reset_as: ResetAs) -> Option<(u32, Option<i64>)> {
        let names = QuotaHeaders {
            left: HeaderName::from_static("rate-limit-available"),
            reset: Some(HeaderName::from_static("rate-limit-reset")),
            reset_as,
        };
        let mut headers = HeaderMap::new();
        headers.insert(names.left.clone(), HeaderValue::from_static(left));
        headers.insert("rate-limit-reset", HeaderValue::from_static(reset));
        let quota = names.told(&headers, Timestamp::from_second(1_000).unwrap())?;
        Some((quota.left, quota.resets_at.map(Timestamp::as_second)))
    }

    #[test]
    fn a_quota_is_read_in_each_way_it_is_written() {
        assert_eq!(told("4722", "60", ResetAs::Seconds), Some((4_722, Some(1_060))));
        assert_eq!(told("0", "1500", ResetAs::EpochSeconds), Some((0, Some(1_500))));
        assert_eq!(told("-3", "1500000", ResetAs::EpochMilliseconds), Some((0, Some(1_500))));
    }

    #[test]
    fn what_is_no_quota_says_nothing() {
        assert_eq!(told("many", "60", ResetAs::Seconds), None);
        assert_eq!(told("5", "soon", ResetAs::Seconds), Some((5, None)));
        assert_eq!(told("5", "99999999999", ResetAs::EpochSeconds), Some((5, None)));
    }
}
