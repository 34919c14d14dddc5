//! What the store keeps of searches and watches. A record that cannot be
//! written is said in the log and stops nothing.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use ticketfall_core::book::Book;
use ticketfall_core::configuration::Configuration;
use ticketfall_core::eye::Eye;
use ticketfall_core::fall::{Fall, FallId};
use ticketfall_core::hold::HoldOutcome;
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::monitor::{Doubt, End, Story};

use super::keywords;
use super::member::Member;
use super::person::{asked_of_a_person, kind_of};
use super::sightings::Sightings;
use super::{WatchKey, locked};
use crate::notify::{Notice, attempt_name, seat_in_words};
use crate::seller::{Exchange, Prepared};
use crate::session::Session;
use crate::store::events::{self, Told};
use crate::store::exchanges::{self, Exchange as KeptExchange};
use crate::store::falls;
use crate::store::holds::{self, AskedHold, HoldId, HoldQuery, HoldRow, HoldState};
use crate::store::monitors::{self, Desired};
use crate::store::notes::{self, Note};
use crate::store::readings::ReadingCount;
use crate::store::sessions::{self, KeptSession};
use crate::store::statuses::{self, StatusRow};
use crate::store::{self, Noted, Store};
use crate::vault::{Purpose, Vault};

const READINGS_EVERY: Duration = Duration::from_mins(1);

async fn kept<T>(what: &'static str, write: impl Future<Output = Result<T, store::Error>>) -> Option<T> {
    match write.await {
        Ok(written) => Some(written),
        Err(error) => {
            tracing::error!(%error, what, "cannot keep a record");
            None
        }
    }
}

/// Looks counted by minute and outcome until they are written.
#[derive(Debug)]
pub(super) struct Readings {
    key: EventKey,
    counts: BTreeMap<&'static str, u32>,
    blind: Duration,
    since: Option<Timestamp>,
}

impl Readings {
    pub(super) fn new(key: EventKey) -> Self {
        Self { key, counts: BTreeMap::new(), blind: Duration::ZERO, since: None }
    }

    /// Counts a look.
    pub(super) fn count(&mut self, outcome: &'static str, now: Timestamp) {
        *self.counts.entry(outcome).or_default() += 1;
        self.since.get_or_insert(now);
    }

    /// Whether it is time to write what was counted.
    pub(super) fn are_due(&self, now: Timestamp) -> bool {
        let age = |since| Duration::try_from(now.duration_since(since)).unwrap_or_default();
        self.since.is_some_and(|since| age(since) >= READINGS_EVERY)
    }

    /// Gives what was counted since it last did; `blind_total` is the watch's blind time so far.
    pub(super) fn take(&mut self, blind_total: Duration) -> Vec<ReadingCount> {
        let Some(minute) = self.since.take() else { return Vec::new() };
        let mut blind = blind_total.saturating_sub(std::mem::replace(&mut self.blind, blind_total));
        let count = |(outcome, looks): (&'static str, u32)| ReadingCount {
            key: self.key.clone(),
            minute,
            outcome: outcome.to_owned(),
            looks,
            blind: std::mem::take(&mut blind),
        };
        std::mem::take(&mut self.counts).into_iter().map(count).collect()
    }
}

/// What is known for a watch that begins: the falls that were on sale when the event was last looked at, and the last
/// number that one was given. What nobody is known to have been shown, its eyes were.
pub(super) async fn book(
    store: &Store,
    sightings: &Sightings,
    WatchKey { event, eye }: &WatchKey,
) -> Result<Book, store::Error> {
    // Before the store is asked: what is written meanwhile is found twice, and not nowhere.
    let unwritten = sightings.of(event);
    let seen_by = |profile: Option<ProfileId>| match (eye, profile) {
        (Eye::Everybody, _) | (Eye::Alone(_), None) => eye.clone(),
        (Eye::Alone(_), Some(profile)) => Eye::Alone(profile),
    };
    let written = falls::on_sale_to(store, event).await?;
    let mut last = falls::last(store, event).await?;
    let mut known: BTreeMap<FallId, (Fall, Eye)> =
        written.into_iter().map(|(fall, profile)| (fall.id, (fall, seen_by(profile)))).collect();
    for (eye, fall) in unwritten {
        last = last.max(Some(fall.id));
        known.insert(fall.id, (fall, eye));
    }
    known.retain(|_, (fall, _)| fall.gone_at.is_none());
    Ok(Book::new(known.into_values().collect(), last))
}

/// Keeps what is known of an event before anybody looks.
pub(super) async fn event(store: &Store, key: &EventKey, known: &Prepared) {
    let told = Told { name: known.name.as_deref(), begins_at: known.begins_at };
    kept("plan", events::know(store, key, told, &known.plan)).await;
}

/// Notes, before its request leaves, that a hold is asked for: its row comes later.
pub(super) fn leaves(store: &Store, hold: &AskedHold) -> Option<Noted> {
    let cannot = |error: &store::Error| tracing::error!(%error, what = "hold", "cannot keep a record");
    store.leaves(hold).inspect_err(cannot).ok()
}

/// Writes the row of a hold that is on its way.
pub(super) async fn asked(member: &Member, hold: AskedHold, noted: Option<Noted>) {
    let id = kept("hold", holds::asked(&member.store, hold)).await;
    *locked(&member.hold) = id;
    if let Some(noted) = noted.filter(|_| id.is_some()) {
        noted.forget();
    }
}

/// Notes how a hold was answered, with every exchange.
pub(super) async fn answered(member: &Member, outcome: &HoldOutcome, exchanges: Vec<Exchange>) {
    let hold = *locked(&member.hold);
    let state = match outcome {
        HoldOutcome::Granted { .. } => HoldState::Granted,
        HoldOutcome::Refused { reason, locked: false, .. } => HoldState::Refused { reason: reason.clone() },
        HoldOutcome::Turned { reading, locked: false } => HoldState::Refused {
            reason: reading.reason().map_or_else(|| reading.name().to_owned(), str::to_owned),
        },
        HoldOutcome::Refused { reason, locked: true, .. } | HoldOutcome::Unknown { reason } => {
            HoldState::Unknown { reason: reason.clone() }
        }
        HoldOutcome::Turned { reading, locked: true } => {
            HoldState::Unknown { reason: reading.name().to_owned() }
        }
    };
    settle(member, state).await;
    keep_exchanges(member, hold, exchanges).await;
}

/// Keeps exchanges that belong to the hold that was asked for last, if one was.
pub(super) async fn exchanges(member: &Member, exchanges: Vec<Exchange>) {
    let hold = *locked(&member.hold);
    keep_exchanges(member, hold, exchanges).await;
}

/// Keeps exchanges that no hold is about.
pub(super) async fn upkeep(member: &Member, exchanges: Vec<Exchange>) {
    keep_exchanges(member, None, exchanges).await;
}

async fn keep_exchanges(member: &Member, hold: Option<HoldId>, all: Vec<Exchange>) {
    let kept_exchange = |exchange: Exchange| KeptExchange {
        hold,
        profile: member.profile.clone(),
        key: member.watched.clone(),
        label: exchange.label,
        method: exchange.method,
        url: exchange.url,
        status: exchange.status,
        took: exchange.took,
        bytes: exchange.bytes,
        note: exchange.note,
        asked: exchange.asked,
        answered: exchange.answered,
        at: exchange.at,
    };
    let all: Vec<KeptExchange> = all.into_iter().map(kept_exchange).collect();
    if !all.is_empty() {
        kept("exchange", exchanges::keep(&member.store, all)).await;
    }
}

async fn settle(member: &Member, state: HoldState) {
    let hold = *locked(&member.hold);
    if let Some(id) = hold {
        kept("hold", holds::settled(&member.store, id, state, member.clock.now())).await;
    }
}

/// Leaves what is proven in the basket to the member, when its search is stopped.
async fn leave(member: &Member) {
    let hold = *locked(&member.hold);
    if let Some(id) = hold {
        kept("hold", holds::left(&member.store, id)).await;
    }
}

/// Holds of an earlier search whose end nobody wrote down.
pub(super) async fn doubt(member: &Member) -> Option<Doubt> {
    let open = kept("holds", holds::open_for(&member.store, &member.profile)).await.unwrap_or_default();
    let is_unknown = |row: &HoldRow| match row.state {
        HoldState::Asked | HoldState::Granted | HoldState::Unknown { .. } => true,
        HoldState::Proven { .. }
        | HoldState::Left { .. }
        | HoldState::Refused { .. }
        | HoldState::Released
        | HoldState::Expired
        | HoldState::Gone => false,
    };
    let unknown = open.into_iter().filter(|row| row.asked.key == member.watched && is_unknown(row));
    let asked: Vec<AskedHold> = unknown.map(|row| row.asked).collect();
    let last = asked.iter().map(|asked| asked.at).max()?;
    Some(Doubt::about(asked.into_iter().map(|asked| asked.group).collect(), last, member.clock.now()))
}

/// Settles holds of an earlier run by what the basket says at the start.
pub(super) async fn reconcile(member: &Member, has_seats: bool) {
    let open = kept("holds", holds::open_for(&member.store, &member.profile)).await.unwrap_or_default();
    let mut open: Vec<_> = open.into_iter().filter(|row| row.asked.key == member.watched).collect();
    if has_seats {
        let standing = match open.pop() {
            Some(row) => Some(row.id),
            None => expired_by_mistake(member).await,
        };
        *locked(&member.hold) = standing;
    }
    for row in open {
        kept("hold", holds::settled(&member.store, row.id, HoldState::Gone, member.clock.now())).await;
    }
}

/// The last hold, where it is said to have expired: by a clock that was set forward, for its seats still stand.
async fn expired_by_mistake(member: &Member) -> Option<HoldId> {
    let last = HoldQuery { profile: Some(member.profile.clone()), before: None, rows_max: 1 };
    let last = kept("holds", holds::query(&member.store, last)).await?.pop()?;
    let is_it = last.asked.key == member.watched && last.state == HoldState::Expired;
    is_it.then_some(last.id)
}

/// Keeps what a story means for the hold, and a line of the member's log.
pub(super) async fn story(member: &Member, story: &Story) {
    match story {
        Story::Proven(held) => {
            let (seats, expires_at) = (held.seats.clone(), Some(held.expires_at));
            settle(member, HoldState::Proven { seats, expires_at }).await;
        }
        Story::Released => settle(member, HoldState::Released).await,
        // Seats may be locked and in no basket: until they are given back, nobody can tell.
        Story::Absent => {
            settle(member, HoldState::Unknown { reason: "the basket stayed empty".to_owned() }).await;
        }
        Story::Ended(End::HoldOver) => {
            // In this order: who dies in between does not search again for what it had.
            not_wanted(&member.store, &member.profile, &member.watched).await;
            settle(member, HoldState::Gone).await;
        }
        Story::Ended(End::Blocked(_)) => not_wanted(&member.store, &member.profile, &member.watched).await,
        Story::NotReleased(reason) => settle(member, HoldState::Unknown { reason: reason.clone() }).await,
        Story::Refused { .. }
        | Story::NotPermitted(_)
        | Story::SeatView(_)
        | Story::Unwanted(_)
        | Story::Person { .. } => {}
        Story::Ended(End::Stopped) => leave(member).await,
    }
    let (kind, text) = line(member, story);
    let note = Note { profile: member.profile.clone(), kind: kind.to_owned(), text, at: member.clock.now() };
    kept("note", notes::keep(&member.store, note)).await;
}

/// Keeps that the order page is open, or where it is to be opened.
pub(super) async fn order_page(member: &Member, url: &str, opened: bool, note: Option<&str>) {
    let place = if opened { "open in the browser" } else { "to be opened by hand" };
    let why = note.map(|note| format!(" ({note})")).unwrap_or_default();
    let (profile, at) = (member.profile.clone(), member.clock.now());
    let note = Note { profile, kind: "orderPage".to_owned(), text: format!("{url} {place}{why}"), at };
    kept("note", notes::keep(&member.store, note)).await;
}

fn line(member: &Member, story: &Story) -> (&'static str, String) {
    match story {
        Story::Refused { attempt, reason } => ("refused", format!("{}: {reason}", attempt_name(*attempt))),
        Story::NotPermitted(denied) => ("notPermitted", denied.to_string()),
        Story::SeatView(None) => ("seatView", "nothing on the seat map fits".to_owned()),
        Story::SeatView(Some(group)) => ("seatView", member.prepared().plan.describe(group)),
        Story::Proven(held) => ("held", held.seats.iter().map(seat_in_words).collect::<Vec<_>>().join("; ")),
        Story::Unwanted(unwanted) => ("unwanted", unwanted.to_string()),
        Story::Absent => ("absent", "the basket stayed empty".to_owned()),
        Story::Released => ("released", "the seats were given back".to_owned()),
        Story::NotReleased(reason) => ("notReleased", reason.clone()),
        Story::Person { person, called } => ("person", asked_of_a_person(person, called)),
        Story::Ended(End::Stopped) => ("ended", "stopped".to_owned()),
        Story::Ended(End::Blocked(reason)) => ("ended", format!("the site said stop: {reason}")),
        Story::Ended(End::HoldOver) => ("ended", "the held seats have left the basket".to_owned()),
    }
}

/// The notice that a story makes, where it makes one.
pub(super) fn notice_of(member: &Member, story: &Story) -> Option<Notice> {
    let (profile, watched) = (member.profile.clone(), member.watched.clone());
    let proof = |result, reason| Notice::Proof {
        profile: profile.clone(),
        watched: watched.clone(),
        result,
        reason,
        seats: vec![],
        total: None,
        expires_at: None,
    };
    Some(match story {
        Story::Refused { attempt, reason } => Notice::Refused {
            profile,
            watched,
            by: "seller",
            attempt: Some(attempt_name(*attempt)),
            reason: reason.clone(),
        },
        Story::NotPermitted(denied) => {
            Notice::Refused { profile, watched, by: "ledger", attempt: None, reason: denied.to_string() }
        }
        Story::SeatView(group) => {
            let chosen = group.as_ref().map(|group| member.prepared().plan.describe(group));
            Notice::SeatView { profile, watched, chosen }
        }
        Story::Proven(held) => Notice::Proof {
            profile,
            watched,
            result: "proven",
            reason: None,
            seats: held.seats.iter().map(seat_in_words).collect(),
            total: held.total,
            expires_at: Some(held.expires_at),
        },
        Story::Unwanted(unwanted) => proof("unwanted", Some(unwanted.to_string())),
        Story::Absent => proof("absent", None),
        Story::Released => Notice::Release { profile, watched, failed: None },
        Story::NotReleased(reason) => Notice::Release { profile, watched, failed: Some(reason.clone()) },
        Story::Person { person, called } => {
            let ask = asked_of_a_person(person, called);
            Notice::Person { profile, watched, kind: kind_of(person), ask }
        }
        Story::Ended(_) => return None,
    })
}

/// Notes that a search does not start again with the service.
pub(super) async fn not_wanted(store: &Store, profile: &ProfileId, key: &EventKey) {
    kept("search", monitors::desire(store, profile, key, Desired::Stopped)).await;
}

/// A session that was imported after `than` was taken; one that does not open is said in the log.
pub(super) async fn newer_session(store: &Store, vault: &Vault, than: &Session) -> Option<Session> {
    let row = kept("session", sessions::get(store, &than.profile)).await.flatten();
    let row = row.filter(|row| row.taken_at > than.taken_at)?;
    let opened = vault
        .unseal(&than.profile, Purpose::Session, &row.sealed.0)
        .map_err(|error| error.to_string())
        .and_then(|plain| Session::from_bytes(&plain).map_err(|error| error.to_string()));
    match opened {
        Ok(mut session) => {
            // A clock that was set back must not make it look older than it is.
            session.taken_at = row.taken_at;
            Some(session)
        }
        Err(error) => {
            tracing::warn!(profile = %than.profile, error, "cannot take up an imported session");
            None
        }
    }
}

/// Which session is kept, by when it was taken.
pub(super) async fn session_kept_at(member: &Member) -> Option<Timestamp> {
    let row = kept("session", sessions::get(&member.store, &member.profile)).await.flatten();
    row.map(|row| row.taken_at)
}

/// Keeps sealed sessions, each unless a newer one was imported meanwhile.
pub(super) async fn sessions(store: &Store, all: Vec<(ProfileId, KeptSession)>) {
    kept("session", sessions::keep_all(store, all)).await;
}

/// Keeps the words of statuses, and why.
pub(super) async fn statuses(store: &Store, all: Vec<StatusRow>) {
    kept("status", monitors::tell(store, &all)).await;
    kept("status", statuses::keep(store, all)).await;
}

/// What the store has for a search, and how often it had changed what somebody wants before it was asked.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) rewished: u64,
    pub(super) configuration: Configuration,
}

/// The configuration that the store has for a search now.
pub(super) async fn wish(member: &Member) -> Option<Wish> {
    let rewished = member.store.rewished();
    let row = kept("configuration", monitors::get(&member.store, &member.profile, &member.watched)).await??;
    let opened = keywords::opened(&member.vault, row)
        .inspect_err(|error| tracing::error!(profile = %member.profile, error, "cannot open the keyword"));
    Some(Wish { rewished, configuration: opened.ok()? })
}
