//! Notices on their way to whoever listens, with the latest kept for a listener that comes back.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use ticketfall_core::health::Sign;
use tokio::sync::broadcast;

use super::{Notice, counted, line};
use crate::telemetry::metrics::Metrics;

/// How far behind a listener may be.
const BACKLOG: usize = 4_096;
/// How many notices are kept for a listener that comes back.
const KEPT: usize = 4_096;

/// A notice and when it happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dated {
    /// Counts up from 1 in each run.
    #[serde(skip)]
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub notice: Notice,
}

/// What a listener that was away is given.
#[derive(Debug)]
pub struct Resumed {
    /// Whether something that it did not hear is forgotten by now.
    pub is_broken: bool,
    /// The number of the last notice that was told before `live` begins.
    pub last: u64,
    /// What it missed, oldest first; readings are not kept.
    pub missed: Vec<Dated>,
    /// What comes from now on.
    pub live: broadcast::Receiver<Dated>,
}

/// Where notices are told; cheap to copy.
#[derive(Debug, Clone)]
pub struct Notices(Arc<Told>);

#[derive(Debug)]
struct Told {
    metrics: Metrics,
    listeners: broadcast::Sender<Dated>,
    kept: Mutex<Kept>,
    missed: AtomicU64,
}

#[derive(Debug, Default)]
struct Kept {
    last: u64,
    forgotten: u64,
    recent: VecDeque<Dated>,
}

impl Default for Notices {
    fn default() -> Self {
        let listeners = broadcast::channel(BACKLOG).0;
        Self(Arc::new(Told {
            metrics: Metrics::default(),
            listeners,
            kept: Mutex::default(),
            missed: AtomicU64::new(0),
        }))
    }
}

impl Notices {
    /// Tells everybody who listens now, and the log.
    pub fn tell(&self, at: Timestamp, notice: Notice) {
        line::log(&notice);
        counted::count(&self.0.metrics, &notice);
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let told = kept.number(at, notice);
        // Nobody listening is no failure: the log and the store have it.
        let _listeners = self.0.listeners.send(told);
    }

    /// The numbers that notices are counted into.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Listens from now on; who lags behind too far is told how much was missed.
    pub fn listen(&self) -> broadcast::Receiver<Dated> {
        self.0.listeners.subscribe()
    }

    /// Notes that somebody who listens was too slow for so many.
    pub fn were_missed(&self, missed: u64) {
        self.0.missed.fetch_add(missed, Ordering::Relaxed);
    }

    /// How those who listen keep up.
    pub fn sign(&self) -> Sign {
        let missed = self.0.missed.load(Ordering::Relaxed);
        Sign::Stream { waiting: self.0.listeners.len(), room: BACKLOG, missed }
    }

    /// Listens again for who heard everything up to `number`, without a gap.
    pub fn listen_after(&self, number: u64) -> Resumed {
        let kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let missed = kept.recent.iter().filter(|told| told.number > number).cloned().collect();
        let is_broken = number < kept.forgotten || number > kept.last;
        Resumed { is_broken, last: kept.last, missed, live: self.0.listeners.subscribe() }
    }
}

impl Kept {
    fn number(&mut self, at: Timestamp, notice: Notice) -> Dated {
        self.last += 1;
        let told = Dated { number: self.last, at, notice };
        if !matches!(told.notice, Notice::Reading { .. }) {
            if self.recent.len() == KEPT
                && let Some(oldest) = self.recent.pop_front()
            {
                self.forgotten = oldest.number;
            }
            self.recent.push_back(told.clone());
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use ticketfall_core::ids::{EventKey, ProfileId};

    use super::*;

    fn ada() -> ProfileId {
        ProfileId::new("ada").unwrap()
    }

    fn taken(cookies: usize) -> Notice {
        Notice::Session { profile: ada(), origin: "browser", cookies }
    }

    fn looked() -> Notice {
        let watched = EventKey {
            seller: ticketfall_core::ids::SellerId::new("boxoffice").unwrap(),
            event: ticketfall_core::ids::EventId::new("1").unwrap(),
        };
        Notice::Reading {
            watched,
            by: ada(),
            reading: "seats",
            reason: None,
            offers: 0,
            took_ms: 1,
            blind_ms: 0,
        }
    }

    #[test]
    fn a_notice_says_when_and_what_on_one_line() {
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        let notice = Notice::Session { profile: ada(), origin: "browser", cookies: 2 };
        let line = serde_json::to_string(&Dated { number: 7, at, notice }).unwrap();
        assert_eq!(
            line,
            r#"{"at":"2026-09-21T14:13:20Z","event":"session","profile":"ada","origin":"browser","cookies":2}"#
        );
    }

    #[tokio::test]
    async fn who_listens_hears_each_notice_once() {
        let notices = Notices::default();
        notices.tell(Timestamp::UNIX_EPOCH, taken(1));
        let mut listener = notices.listen();
        notices.tell(Timestamp::UNIX_EPOCH, taken(2));
        assert!(matches!(listener.recv().await.unwrap().notice, Notice::Session { cookies: 2, .. }));
        assert!(listener.try_recv().is_err());
    }

    #[tokio::test]
    async fn who_comes_back_hears_what_was_missed_and_then_what_comes() {
        let notices = Notices::default();
        for notice in [taken(1), taken(2), looked(), taken(3)] {
            notices.tell(Timestamp::UNIX_EPOCH, notice);
        }
        let mut resumed = notices.listen_after(1);
        notices.tell(Timestamp::UNIX_EPOCH, taken(4));
        let missed: Vec<u64> = resumed.missed.iter().map(|told| told.number).collect();
        assert_eq!((missed, resumed.is_broken), (vec![2, 4], false));
        assert_eq!(resumed.live.recv().await.unwrap().number, 5);
    }

    #[test]
    fn who_was_away_too_long_is_told_so() {
        let notices = Notices::default();
        for count in 0..KEPT + 2 {
            notices.tell(Timestamp::UNIX_EPOCH, taken(count));
        }
        assert!(notices.listen_after(1).is_broken);
        let resumed = notices.listen_after(2);
        assert_eq!((resumed.missed.len(), resumed.is_broken), (KEPT, false));
        assert!(notices.listen_after(9_999_999).is_broken, "that number is of another run");
    }
}
