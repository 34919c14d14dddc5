//! The configuration's values that have a range.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::ConfigurationError;
use super::given::Field;

const NANOS_PLACES: usize = 9;

pub(super) const SPEED_LIMIT: Field =
    Field { name: "speedLimit", allowed: "seconds from 0.1 to 86400, as a number or a text like \"1.5\"" };
pub(super) const SEAT_COUNT: Field = Field { name: "seatCount", allowed: "a whole number from 1 to 20" };
pub(super) const REQUEST_TIMEOUT: Field =
    Field { name: "requestTimeout", allowed: "whole milliseconds from 1000 to 120000" };

/// Time between looks, from 100 ms to 24 h; written in seconds, with decimals where needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpeedLimit(Duration);

impl SpeedLimit {
    const MIN: Duration = Duration::from_millis(100);
    const MAX: Duration = Duration::from_hours(24);

    /// Refuses an interval out of range.
    pub fn new(interval: Duration) -> Result<Self, ConfigurationError> {
        Self::checked(interval).ok_or_else(|| SPEED_LIMIT.refuse(format!("{interval:?}")))
    }

    /// The interval.
    pub fn get(self) -> Duration {
        self.0
    }

    fn checked(interval: Duration) -> Option<Self> {
        (Self::MIN..=Self::MAX).contains(&interval).then_some(Self(interval))
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        let (whole, decimals) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(decimals) || decimals.len() > NANOS_PLACES {
            return None;
        }
        let nanos = format!("{decimals:0<NANOS_PLACES$}").parse().ok()?;
        Self::checked(Duration::new(whole.parse().ok()?, nanos))
    }
}

impl Default for SpeedLimit {
    fn default() -> Self {
        Self(Duration::from_secs(1))
    }
}

impl FromStr for SpeedLimit {
    type Err = ConfigurationError;

    fn from_str(text: &str) -> Result<Self, ConfigurationError> {
        Self::read(text).ok_or_else(|| SPEED_LIMIT.refuse(format!("{text:?}")))
    }
}

impl fmt::Display for SpeedLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:0NANOS_PLACES$}", self.0.as_secs(), self.0.subsec_nanos());
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Serialize for SpeedLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How many seats are wanted, from 1 to 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SeatCount(u32);

impl SeatCount {
    /// The most seats that anybody can ask for.
    pub const MAX: u32 = 20;

    /// Refuses none, and more than [`Self::MAX`].
    pub fn new(seats: u32) -> Result<Self, ConfigurationError> {
        Self::read(seats).ok_or_else(|| SEAT_COUNT.refuse(seats.to_string()))
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }

    pub(super) fn read(seats: u32) -> Option<Self> {
        (1..=Self::MAX).contains(&seats).then_some(Self(seats))
    }
}

impl Default for SeatCount {
    fn default() -> Self {
        Self(2)
    }
}

impl FromStr for SeatCount {
    type Err = ConfigurationError;

    fn from_str(text: &str) -> Result<Self, ConfigurationError> {
        let seats = text.trim().parse().ok().and_then(Self::read);
        seats.ok_or_else(|| SEAT_COUNT.refuse(format!("{text:?}")))
    }
}

/// How long one request may take, from 1 s to 120 s; written in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RequestTimeout(u32);

impl RequestTimeout {
    /// Refuses milliseconds out of range.
    pub fn from_millis(millis: u32) -> Result<Self, ConfigurationError> {
        Self::read(millis).ok_or_else(|| REQUEST_TIMEOUT.refuse(millis.to_string()))
    }

    /// The time.
    pub fn get(self) -> Duration {
        Duration::from_millis(u64::from(self.0))
    }

    pub(super) fn read(millis: u32) -> Option<Self> {
        (1_000..=120_000).contains(&millis).then_some(Self(millis))
    }
}

impl Default for RequestTimeout {
    fn default() -> Self {
        Self(30_000)
    }
}

impl FromStr for RequestTimeout {
    type Err = ConfigurationError;

    fn from_str(text: &str) -> Result<Self, ConfigurationError> {
        let millis = text.trim().parse().ok().and_then(Self::read);
        millis.ok_or_else(|| REQUEST_TIMEOUT.refuse(format!("{text:?}")))
    }
}
