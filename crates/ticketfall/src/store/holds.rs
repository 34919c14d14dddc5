//! Holds that were asked for, and what became of each. What is asked for is noted before the request leaves and has
//! its row soon after, so that a crash leaves something to look for.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde::{Deserialize, Serialize};
use ticketfall_core::fall::Fall;
use ticketfall_core::hold::BasketSeat;
use ticketfall_core::ids::{EventId, EventKey, ProfileId};
use ticketfall_core::offer::SeatGroup;
use ticketfall_core::price::Price;

use super::columns::{At, Json, Text, price, price_columns, time};
use super::{Result, Store};

/// A hold that is asked for so long after a fall was gone was for that fall.
const ASKED_WITHIN: Duration = Duration::from_mins(1);

/// Which row a hold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HoldId(pub(super) i64);

impl HoldId {
    /// The row of that number.
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    /// Its number; later holds have higher ones.
    pub fn number(self) -> i64 {
        self.0
    }
}

/// A hold about to be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedHold {
    /// For whom.
    pub profile: ProfileId,
    /// At which event.
    pub key: EventKey,
    /// Which seats.
    pub group: SeatGroup,
    /// When it is asked for.
    pub at: Timestamp,
}

/// How far a hold got. The first four, and `Unknown`, are open: the seller may be keeping the seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldState {
    /// On its way.
    Asked,
    /// The seller said yes; the basket is not read yet.
    Granted,
    /// The basket has the seats.
    Proven {
        /// As the basket prints them.
        seats: Vec<BasketSeat>,
        /// When the basket is emptied, where it says so.
        expires_at: Option<Timestamp>,
    },
    /// Proven, and left in the basket when its search was stopped: a person's from then on.
    Left {
        /// As the basket prints them.
        seats: Vec<BasketSeat>,
        /// When the basket is emptied, where it says so.
        expires_at: Option<Timestamp>,
    },
    /// The seller said no.
    Refused {
        /// Why, for people.
        reason: String,
    },
    /// Given back.
    Released,
    /// Its time was over.
    Expired,
    /// Left the basket, and not by us: paid for, or taken out.
    Gone,
    /// Nobody can tell until the basket is read.
    Unknown {
        /// What stood in the way.
        reason: String,
    },
}

/// A hold as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRow {
    /// Which row it is.
    pub id: HoldId,
    /// What was asked for.
    pub asked: AskedHold,
    /// What all of it costs, where that can be counted.
    pub total: Option<Price>,
    /// How far it got.
    pub state: HoldState,
    /// Since when; for seats that were left, since when they were proven.
    pub changed_at: Timestamp,
}

impl HoldRow {
    /// Whether it asked for seats of a fall while it was there, or just after.
    pub fn is_for(&self, fall: &Fall) -> bool {
        let until =
            fall.gone_at.and_then(|gone| gone.checked_add(ASKED_WITHIN).ok()).unwrap_or(Timestamp::MAX);
        (fall.first_seen..=until).contains(&self.asked.at) && fall.has_seats_of(&self.asked.group)
    }
}

/// A seat of a basket as it is kept.
#[derive(Serialize, Deserialize)]
struct SeatRow {
    event: Option<EventId>,
    area: Option<Arc<str>>,
    block: Option<Arc<str>>,
    row: Option<Arc<str>>,
    seat: Option<Arc<str>>,
    price: Option<Price>,
}

/// Notes a hold that is on its way.
pub async fn asked(store: &Store, hold: AskedHold) -> Result<HoldId> {
    store.write(move |db| insert(db, hold)).await
}

fn insert(db: &Connection, hold: AskedHold) -> rusqlite::Result<HoldId> {
    let (total, currency) = price_columns(hold.group.total());
    db.execute(
        "INSERT INTO holds
             (profile, seller, event, seat_group, total, currency, state, asked_at, changed_at)
         VALUES (:profile, :seller, :event, :seat_group, :total, :currency, 'asked', :at, :at)",
        named_params! {
            ":profile": hold.profile.as_str(), ":seller": hold.key.seller.as_str(),
            ":event": hold.key.event.as_str(), ":seat_group": Json(hold.group),
            ":total": total, ":currency": currency, ":at": At(hold.at),
        },
    )?;
    Ok(HoldId(db.last_insert_rowid()))
}

/// Writes the rows of holds that a process which died had no time to write; whose profile is gone has no use for them.
pub(super) fn take_up(db: &Connection, left: Vec<AskedHold>) -> rusqlite::Result<()> {
    for hold in left {
        let is_due: bool = db.query_row(
            "SELECT EXISTS (SELECT 1 FROM profiles WHERE id = ?1)
                 AND NOT EXISTS (SELECT 1 FROM holds WHERE asked_at = ?2 AND profile = ?1)",
            (hold.profile.as_str(), At(hold.at)),
            |row| row.get(0),
        )?;
        if is_due {
            tracing::info!(profile = %hold.profile, "a hold was being asked for when the service was cut off");
            insert(db, hold)?;
        }
    }
    Ok(())
}

/// Notes how far a hold got by `at`; false when there is no such hold.
pub async fn settled(store: &Store, id: HoldId, state: HoldState, at: Timestamp) -> Result<bool> {
    store
        .write(move |db| {
            let word = state.name();
            let (reason, seats, expires_at) = match state {
                HoldState::Proven { seats, expires_at } | HoldState::Left { seats, expires_at } => {
                    (None, Some(kept(seats)), expires_at)
                }
                HoldState::Refused { reason } | HoldState::Unknown { reason } => (Some(reason), None, None),
                HoldState::Asked
                | HoldState::Granted
                | HoldState::Released
                | HoldState::Expired
                | HoldState::Gone => (None, None, None),
            };
            let changed = db.execute(
                "UPDATE holds SET state = :state, reason = :reason, changed_at = :at,
                     seats = ifnull(:seats, seats), expires_at = ifnull(:expires_at, expires_at)
                 WHERE id = :id",
                named_params! {
                    ":id": id.0, ":state": word, ":reason": reason, ":at": At(at),
                    ":seats": seats.map(Json), ":expires_at": expires_at.map(At),
                },
            )?;
            Ok(changed == 1)
        })
        .await
}

/// Notes that a proven hold is left in the basket, because nobody here looks after it any more; false when it is not
/// proven.
pub async fn left(store: &Store, id: HoldId) -> Result<bool> {
    store
        .write(move |db| {
            let left = "UPDATE holds SET state = 'left' WHERE id = ?1 AND state = 'proven'";
            Ok(db.execute(left, [id.0])? == 1)
        })
        .await
}

/// The profile's holds that the seller may be keeping, the oldest first.
pub async fn open_for(store: &Store, profile: &ProfileId) -> Result<Vec<HoldRow>> {
    let profile = profile.clone();
    store
        .read(move |db| {
            db.prepare_cached(
                "SELECT * FROM holds
                 WHERE profile = ?1 AND state IN ('asked', 'granted', 'proven', 'left', 'unknown') ORDER BY id",
            )?
            .query_map([profile.as_str()], hold)?
            .collect()
        })
        .await
}

/// The last holds of everybody, the latest first.
pub async fn recent(store: &Store, rows_max: u32) -> Result<Vec<HoldRow>> {
    store
        .read(move |db| {
            db.prepare_cached("SELECT * FROM holds ORDER BY id DESC LIMIT ?1")?
                .query_map([rows_max], hold)?
                .collect()
        })
        .await
}

/// The last holds at an event that were asked for at `since` or later, the latest first.
pub async fn at_event(
    store: &Store,
    key: &EventKey,
    since: Timestamp,
    rows_max: u32,
) -> Result<Vec<HoldRow>> {
    let key = key.clone();
    store
        .read(move |db| {
            db.prepare_cached(
                "SELECT * FROM holds WHERE asked_at >= ?1 AND seller = ?2 AND event = ?3
                 ORDER BY id DESC LIMIT ?4",
            )?
            .query_map((At(since), key.seller.as_str(), key.event.as_str(), rows_max), hold)?
            .collect()
        })
        .await
}

/// Which holds are asked for, the latest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HoldQuery {
    /// Of this profile; left out, of any.
    pub profile: Option<ProfileId>,
    /// Only those before this one.
    pub before: Option<HoldId>,
    /// The most rows.
    pub rows_max: u32,
}

/// The holds that `query` asks for, the latest first.
pub async fn query(store: &Store, query: HoldQuery) -> Result<Vec<HoldRow>> {
    store
        .read(move |db| {
            // Said so, a profile's holds are found by its name.
            let whose = if query.profile.is_some() { "profile = :profile" } else { ":profile IS NULL" };
            db.prepare_cached(&format!(
                "SELECT * FROM holds WHERE {whose} AND id < ifnull(:before, 9223372036854775807)
                 ORDER BY id DESC LIMIT :rows_max",
            ))?
            .query_map(
                named_params! {
                    ":profile": query.profile.as_ref().map(ProfileId::as_str),
                    ":before": query.before.map(|id| id.0), ":rows_max": query.rows_max,
                },
                hold,
            )?
            .collect()
        })
        .await
}

/// The hold of that number.
pub async fn get(store: &Store, id: HoldId) -> Result<Option<HoldRow>> {
    store
        .read(move |db| {
            db.prepare_cached("SELECT * FROM holds WHERE id = ?1")?.query_row([id.0], hold).optional()
        })
        .await
}

/// The numbers of the holds that are nearest to this one, the nearest first.
pub async fn numbers_near(store: &Store, number: i64, rows_max: u32) -> Result<Vec<i64>> {
    store
        .read(move |db| {
            db.prepare_cached(
                "SELECT id FROM (
                     SELECT id FROM (SELECT id FROM holds WHERE id < ?1 ORDER BY id DESC LIMIT ?2)
                     UNION ALL SELECT id FROM (SELECT id FROM holds WHERE id >= ?1 ORDER BY id LIMIT ?2))
                 ORDER BY abs(id - ?1), id LIMIT ?2",
            )?
            .query_map((number, rows_max), |row| row.get(0))?
            .collect()
        })
        .await
}

/// Holds that keep a profile from being removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How many may still stand.
    pub holds: u32,
    /// When the last of them is over by itself; none while that of any is not known.
    pub until: Option<Timestamp>,
}

/// What the seller may be keeping for a profile at `now`. A hold that was left is over with its basket; what became of
/// others, only the next start can tell.
pub(super) fn standing(db: &Connection, profile: &ProfileId, now: Timestamp) -> rusqlite::Result<Standing> {
    db.query_row(
        "SELECT count(*), iif(min(state = 'left' AND expires_at IS NOT NULL), max(expires_at), NULL)
         FROM holds
         WHERE profile = ?1 AND (state IN ('asked', 'granted', 'proven', 'unknown')
             OR state = 'left' AND ifnull(expires_at > ?2, TRUE))",
        (profile.as_str(), At(now)),
        |row| Ok(Standing { holds: row.get(0)?, until: time(row, 1)? }),
    )
}

/// Whoever opens the database to write is alone: proven holds of an earlier run have nobody who looks after them, and
/// those whose basket is over have expired.
pub(super) fn leave_all(db: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    db.execute("UPDATE holds SET state = 'left' WHERE state = 'proven'", [])?;
    let over =
        "UPDATE holds SET state = 'expired', changed_at = ?1 WHERE state = 'left' AND expires_at <= ?1";
    db.execute(over, [At(now)])?;
    Ok(())
}

impl HoldState {
    /// Its word for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Granted => "granted",
            Self::Proven { .. } => "proven",
            Self::Left { .. } => "left",
            Self::Refused { .. } => "refused",
            Self::Released => "released",
            Self::Expired => "expired",
            Self::Gone => "gone",
            Self::Unknown { .. } => "unknown",
        }
    }
}

fn hold(row: &Row<'_>) -> rusqlite::Result<HoldRow> {
    let Text(profile) = row.get("profile")?;
    let Text(seller) = row.get("seller")?;
    let Text(event) = row.get("event")?;
    let Json(group) = row.get("seat_group")?;
    let At(at) = row.get("asked_at")?;
    let At(changed_at) = row.get("changed_at")?;
    Ok(HoldRow {
        id: HoldId(row.get("id")?),
        asked: AskedHold { profile, key: EventKey { seller, event }, group, at },
        total: price(row, "total", "currency")?,
        state: state(row)?,
        changed_at,
    })
}

/// A word that is not ours stands for a state that cannot be told.
fn state(row: &Row<'_>) -> rusqlite::Result<HoldState> {
    let word: String = row.get("state")?;
    let reason: Option<String> = row.get("reason")?;
    Ok(match word.as_str() {
        "asked" => HoldState::Asked,
        "granted" => HoldState::Granted,
        "proven" => HoldState::Proven { seats: seats(row)?, expires_at: time(row, "expires_at")? },
        "left" => HoldState::Left { seats: seats(row)?, expires_at: time(row, "expires_at")? },
        "refused" => HoldState::Refused { reason: reason.unwrap_or_default() },
        "released" => HoldState::Released,
        "expired" => HoldState::Expired,
        "gone" => HoldState::Gone,
        _ => HoldState::Unknown { reason: reason.unwrap_or(word) },
    })
}

fn seats(row: &Row<'_>) -> rusqlite::Result<Vec<BasketSeat>> {
    let seats: Option<Json<Vec<SeatRow>>> = row.get("seats")?;
    Ok(seats.into_iter().flat_map(|Json(seats)| seats).map(BasketSeat::from).collect())
}

fn kept(seats: Vec<BasketSeat>) -> Vec<SeatRow> {
    seats
        .into_iter()
        .map(|BasketSeat { event, area, block, row, seat, price }| SeatRow {
            event,
            area,
            block,
            row,
            seat,
            price,
        })
        .collect()
}

impl From<SeatRow> for BasketSeat {
    fn from(SeatRow { event, area, block, row, seat, price }: SeatRow) -> Self {
        Self { event, area, block, row, seat, price }
    }
}

#[cfg(test)]
pub(super) mod tests;
