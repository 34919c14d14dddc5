//! Notices: what happened, once, for the stream, the log and whoever listens.
//! Nothing secret is in one.

mod counted;
mod line;
pub mod webhook;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use ticketfall_core::criteria::Criteria;
use ticketfall_core::fall::Fall;
use ticketfall_core::hold::BasketSeat;
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::monitor::Try;
use ticketfall_core::offer::SeatGroup;
use ticketfall_core::price::Price;
use tokio::sync::broadcast;

use crate::telemetry::metrics::Metrics;

/// How far behind a listener may be.
const BACKLOG: usize = 4_096;
/// How many notices are kept for a listener that comes back.
const KEPT: usize = 4_096;

/// What happened; on the wire `event` says which.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Notice {
    /// A session was taken, or renewed.
    Session {
        /// Whose.
        profile: ProfileId,
        /// From where: `browser`, `imported` or `restored`.
        origin: &'static str,
        /// How many of the seller's cookies it has.
        cookies: usize,
    },
    /// A look was answered.
    Reading {
        /// At what.
        watched: EventKey,
        /// Whose session was used.
        by: ProfileId,
        /// What kind of answer.
        reading: &'static str,
        /// What was seen, where there is more to say.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Offers of the latest snapshot.
        offers: usize,
        /// From the request to the last byte.
        took_ms: u64,
        /// How long no reading could be understood, up to now.
        blind_ms: u64,
    },
    /// Seats fell.
    Fall {
        /// For what.
        watched: EventKey,
        /// Which.
        fall: Fall,
        /// In words.
        seats: String,
    },
    /// Fallen seats are gone again.
    Gone {
        /// For what.
        watched: EventKey,
        /// Which.
        fall: Fall,
        /// In words.
        seats: String,
    },
    /// What the checker says of the offers after a fall.
    Verdict {
        /// For what.
        watched: EventKey,
        /// Who wants it so.
        profiles: Vec<ProfileId>,
        /// What they want.
        wanted: String,
        /// The groups that fit, best first.
        groups: Vec<String>,
        /// Why offers were refused, and how many for each reason.
        refused: Vec<RefusedOffers>,
    },
    /// Seats fit somebody who wants to be told.
    Match {
        /// Who.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// Which.
        group: SeatGroup,
        /// In words.
        seats: String,
    },
    /// A hold was asked for, and answered.
    Hold {
        /// For whom.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// Which try.
        attempt: &'static str,
        /// What was asked for, in words.
        seats: String,
        /// How it was answered: `granted`, `refused`, `unknown`, or the kind of another answer.
        answer: &'static str,
        /// What was said, where that is more.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// From the first request to the last answer.
        took_ms: u64,
    },
    /// A hold was refused.
    Refused {
        /// To whom.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// By the `seller`, or by our own `ledger`.
        by: &'static str,
        /// Which try.
        #[serde(skip_serializing_if = "Option::is_none")]
        attempt: Option<&'static str>,
        /// In words.
        reason: String,
    },
    /// The seat map was read after a refusal.
    SeatView {
        /// For whom.
        profile: ProfileId,
        /// Of what.
        watched: EventKey,
        /// The seats chosen there, in words, when any fit.
        chosen: Option<String>,
    },
    /// The basket was read to judge a hold.
    Proof {
        /// Whose.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// `proven`, `unwanted` or `absent`.
        result: &'static str,
        /// Why it is unwanted.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The seats as the basket prints them.
        seats: Vec<String>,
        /// What they cost together.
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<Price>,
        /// When the seller takes them back.
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// Seats were given back, or could not be.
    Release {
        /// By whom.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// Why they could not be.
        #[serde(skip_serializing_if = "Option::is_none")]
        failed: Option<String>,
    },
    /// The order page was opened, or is to be opened by hand.
    OrderPage {
        /// For whom.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// Where a person pays.
        url: String,
        /// Whether it is open in the member's browser.
        opened: bool,
        /// Seconds left to pay.
        seconds_left: i64,
        /// What was said on the way: cookies that the browser would not take, no browser at all.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A person is needed.
    Person {
        /// Who.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// `queue` or `captcha`.
        kind: &'static str,
        /// What to do.
        ask: String,
    },
    /// Something is wrong with the service itself, or is right again.
    Health {
        /// Which part, one word: `watch`, `sight`, `queue`, `search`, `stream`, `store` or `clock`.
        part: &'static str,
        /// Of which event, where it is of one.
        #[serde(skip_serializing_if = "Option::is_none")]
        watched: Option<EventKey>,
        /// Of which member, where it is of one.
        #[serde(skip_serializing_if = "Option::is_none")]
        profile: Option<ProfileId>,
        /// Whether it is over.
        over: bool,
        /// What was wrong, in words.
        words: String,
        /// What is done about it, or is to be done.
        remedy: &'static str,
        /// Since when.
        since: Timestamp,
    },
    /// Somebody wants to see whether notices arrive.
    Test {
        /// That this is one.
        words: String,
    },
    /// A member's status changed.
    Status {
        /// Whose.
        profile: ProfileId,
        /// For what.
        watched: EventKey,
        /// The word.
        status: String,
        /// Why, where there is more to say.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// Offers that were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedOffers {
    /// The reason's name.
    pub reason: &'static str,
    /// How many offers.
    pub offers: usize,
    /// One of them, in words.
    pub example: String,
}

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

    /// How many were told faster than somebody listened.
    pub fn missed(&self) -> u64 {
        self.0.missed.load(Ordering::Relaxed)
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

/// The wire's word for a try.
pub fn attempt_name(attempt: Try) -> &'static str {
    match attempt {
        Try::First => "first",
        Try::FreshKey => "freshKey",
        Try::SeatView => "seatView",
    }
}

/// A basket's seat in words: "East Lower 5, block L5, row 11, seat 22".
pub fn seat_in_words(seat: &BasketSeat) -> String {
    let named = |word: &str, text: &Option<Arc<str>>| {
        text.as_deref().map(|text| if word.is_empty() { text.to_owned() } else { format!("{word} {text}") })
    };
    let block = seat.block.clone().filter(|block| Some(block) != seat.area.as_ref());
    let parts =
        [named("", &seat.area), named("block", &block), named("row", &seat.row), named("seat", &seat.seat)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What a member wants in words: "2 together up to £100.00 each".
pub fn wanted_in_words(criteria: &Criteria) -> String {
    let together = if criteria.together && criteria.seats > 1 { " together" } else { "" };
    format!("{}{together} up to {} each", criteria.seats, criteria.price_max)
}

#[cfg(test)]
mod tests {
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
