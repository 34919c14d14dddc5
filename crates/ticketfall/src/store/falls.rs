//! Seats that fell: each fall once, by its number within the event, with when it was first and last seen.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Row, named_params};
use ticketfall_core::eye::Eye;
use ticketfall_core::fall::{Fall, FallId};
use ticketfall_core::ids::{EventId, EventKey, ProfileId, SellerId};
use ticketfall_core::offer::Market;

use super::columns::{At, Json, Text, price, price_columns, time};
use super::{Result, Store};

/// A fall, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FallRow {
    /// At which event.
    pub key: EventKey,
    /// What fell.
    pub fall: Fall,
}

/// Which falls are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FallQuery {
    /// Of this seller; left out, any.
    pub seller: Option<SellerId>,
    /// Of this event; left out, any.
    pub event: Option<EventId>,
    /// First seen at this time or later.
    pub since: Timestamp,
    /// First seen before this time.
    pub until: Timestamp,
    /// The most rows, the latest of them.
    pub rows_max: u32,
}

/// Keeps falls of an event that an eye was shown: new ones, and of those it has when they were last seen, by whom, and gone.
pub async fn keep(store: &Store, key: &EventKey, eye: &Eye, falls: Vec<Fall>) -> Result<()> {
    let (key, eye) = (key.clone(), eye.clone());
    store
        .write_quick(move |db| {
            let mut upsert = db.prepare_cached(
                "INSERT INTO falls (seller, event, number, area, area_name, market, band, price, currency, seats,
                                    first_seen, last_seen, gone_at, seen_by)
                 VALUES (:seller, :event, :number, :area, :area_name, :market, :band, :price, :currency, :seats,
                         :first_seen, :last_seen, :gone_at, (SELECT id FROM profiles WHERE id = :seen_by))
                 ON CONFLICT (seller, event, number) DO UPDATE
                 SET last_seen = max(last_seen, excluded.last_seen), gone_at = ifnull(gone_at, excluded.gone_at),
                     seen_by = iif(excluded.last_seen >= last_seen, excluded.seen_by, seen_by)",
            )?;
            for fall in falls {
                let (minor, currency) = price_columns(fall.price);
                upsert.execute(named_params! {
                    ":seller": key.seller.as_str(), ":event": key.event.as_str(),
                    ":number": i64::try_from(fall.id.0).unwrap_or(i64::MAX),
                    ":area": fall.area.as_str(), ":area_name": fall.area_name, ":market": word(fall.market),
                    ":band": fall.band, ":price": minor, ":currency": currency, ":seats": Json(fall.seats),
                    ":first_seen": At(fall.first_seen), ":last_seen": At(fall.last_seen),
                    ":gone_at": fall.gone_at.map(At),
                    ":seen_by": eye.alone().map(ProfileId::as_str),
                })?;
            }
            Ok(())
        })
        .await
}

/// The falls of an event that are not known to be gone, the oldest first.
pub async fn on_sale(store: &Store, key: &EventKey) -> Result<Vec<Fall>> {
    let key = key.clone();
    store
        .read(move |db| {
            db.prepare_cached(
                "SELECT * FROM falls WHERE seller = ?1 AND event = ?2 AND gone_at IS NULL ORDER BY number",
            )?
            .query_map([key.seller.as_str(), key.event.as_str()], fall)?
            .collect()
        })
        .await
}

/// The same, each with the member who was shown it last, where each is shown something else.
pub async fn on_sale_to(store: &Store, key: &EventKey) -> Result<Vec<(Fall, Option<ProfileId>)>> {
    let key = key.clone();
    store
        .read(move |db| {
            db.prepare_cached(
                "SELECT * FROM falls WHERE seller = ?1 AND event = ?2 AND gone_at IS NULL ORDER BY number",
            )?
            .query_map([key.seller.as_str(), key.event.as_str()], |row| {
                let seen_by: Option<Text<ProfileId>> = row.get("seen_by")?;
                Ok((fall(row)?, seen_by.map(|Text(profile)| profile)))
            })?
            .collect()
        })
        .await
}

/// The last number that a fall of the event was given.
pub async fn last(store: &Store, key: &EventKey) -> Result<Option<FallId>> {
    let key = key.clone();
    store
        .read(move |db| {
            let number: Option<i64> = db.query_row(
                "SELECT max(number) FROM falls WHERE seller = ?1 AND event = ?2",
                [key.seller.as_str(), key.event.as_str()],
                |row| row.get(0),
            )?;
            Ok(number.map(id))
        })
        .await
}

/// The falls that `query` asks for, the latest first.
pub async fn query(store: &Store, query: FallQuery) -> Result<Vec<FallRow>> {
    store
        .read(move |db| {
            db.prepare_cached(
                "SELECT * FROM falls
                 WHERE first_seen >= :since AND first_seen < :until
                   AND (:seller IS NULL OR seller = :seller) AND (:event IS NULL OR event = :event)
                 ORDER BY first_seen DESC, seller, event, number DESC LIMIT :rows_max",
            )?
            .query_map(
                named_params! {
                    ":since": At(query.since), ":until": At(query.until), ":rows_max": query.rows_max,
                    ":seller": query.seller.as_ref().map(SellerId::as_str),
                    ":event": query.event.as_ref().map(EventId::as_str),
                },
                row,
            )?
            .collect()
        })
        .await
}

/// How many falls of each event were first seen at `since` or later.
pub async fn counts_since(store: &Store, since: Timestamp) -> Result<BTreeMap<EventKey, u32>> {
    store
        .read(move |db| {
            db.prepare_cached(
                "SELECT seller, event, count(*) FROM falls WHERE first_seen >= ?1 GROUP BY seller, event",
            )?
            .query_map([At(since)], |row| {
                let (Text(seller), Text(event)) = (row.get(0)?, row.get(1)?);
                Ok((EventKey { seller, event }, row.get(2)?))
            })?
            .collect()
        })
        .await
}

/// Where a page of falls ends: what stands after it comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FallMark {
    /// When the last fall of the page was first seen.
    pub first_seen: Timestamp,
    /// At which event.
    pub key: EventKey,
    /// Its number.
    pub id: FallId,
}

/// The falls that `query` asks for, the latest first, from after `mark` on.
pub async fn page(store: &Store, query: FallQuery, mark: Option<FallMark>) -> Result<Vec<FallRow>> {
    let Some(mark) = mark else { return self::query(store, query).await };
    store
        .read(move |db| {
            db.prepare_cached(
                "SELECT * FROM falls
                 WHERE first_seen >= :since AND first_seen < :until
                   AND (:seller IS NULL OR seller = :seller) AND (:event IS NULL OR event = :event)
                   AND (first_seen < :at OR first_seen = :at
                       AND (seller, event, -number) > (:mark_seller, :mark_event, -:number))
                 ORDER BY first_seen DESC, seller, event, number DESC LIMIT :rows_max",
            )?
            .query_map(
                named_params! {
                    ":since": At(query.since), ":until": At(query.until), ":rows_max": query.rows_max,
                    ":seller": query.seller.as_ref().map(SellerId::as_str),
                    ":event": query.event.as_ref().map(EventId::as_str),
                    ":at": At(mark.first_seen), ":mark_seller": mark.key.seller.as_str(),
                    ":mark_event": mark.key.event.as_str(),
                    ":number": i64::try_from(mark.id.0).unwrap_or(i64::MAX),
                },
                row,
            )?
            .collect()
        })
        .await
}

fn row(row: &Row<'_>) -> rusqlite::Result<FallRow> {
    let Text(seller) = row.get("seller")?;
    let Text(event) = row.get("event")?;
    Ok(FallRow { key: EventKey { seller, event }, fall: fall(row)? })
}

fn id(number: i64) -> FallId {
    FallId(u64::try_from(number).unwrap_or_default())
}

fn word(market: Market) -> &'static str {
    match market {
        Market::Primary => "primary",
        Market::Exchange => "exchange",
    }
}

fn fall(row: &Row<'_>) -> rusqlite::Result<Fall> {
    let Text(area) = row.get("area")?;
    let Json(seats) = row.get("seats")?;
    let At(first_seen) = row.get("first_seen")?;
    let At(last_seen) = row.get("last_seen")?;
    let market: String = row.get("market")?;
    Ok(Fall {
        id: id(row.get("number")?),
        area,
        area_name: row.get("area_name")?,
        market: if market == word(Market::Primary) { Market::Primary } else { Market::Exchange },
        band: row.get("band")?,
        price: price(row, "price", "currency")?,
        seats,
        first_seen,
        last_seen,
        gone_at: time(row, "gone_at")?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use ticketfall_core::ids::AreaId;
    use ticketfall_core::offer::PartSeats;
    use ticketfall_core::price::{Currency, Price};
    use ticketfall_core::seat::SeatRun;

    use super::*;
    use crate::store::profiles;
    use crate::store::tests::{ada, at, key, scratch};

    pub(crate) fn pair(number: u64, second: i64) -> Fall {
        Fall {
            id: FallId(number),
            area: AreaId::new("1234").unwrap(),
            area_name: Some("East Lower 5".into()),
            market: Market::Exchange,
            band: None,
            price: Some(Price::new(6_100, Currency::GBP)),
            seats: PartSeats::Run(SeatRun::new(7, 120, 121).unwrap()),
            first_seen: at(second),
            last_seen: at(second),
            gone_at: None,
        }
    }

    fn everything() -> FallQuery {
        FallQuery { seller: None, event: None, since: at(0), until: at(1_000), rows_max: 100 }
    }

    #[tokio::test]
    async fn a_fall_comes_back_as_it_went_in() {
        let store = scratch();
        let many = Fall { market: Market::Primary, price: None, seats: PartSeats::Any(3), ..pair(2, 4) };
        keep(&store, &key(), &Eye::Everybody, vec![pair(1, 1), many.clone()]).await.unwrap();
        assert_eq!(on_sale(&store, &key()).await.unwrap(), [pair(1, 1), many]);
    }

    #[tokio::test]
    async fn a_fall_that_is_kept_again_is_the_same_fall() {
        let store = scratch();
        keep(&store, &key(), &Eye::Everybody, vec![pair(1, 1)]).await.unwrap();
        keep(&store, &key(), &Eye::Everybody, vec![Fall { last_seen: at(8), ..pair(1, 1) }]).await.unwrap();
        keep(&store, &key(), &Eye::Everybody, vec![pair(1, 1)]).await.unwrap();
        assert_eq!(on_sale(&store, &key()).await.unwrap(), [Fall { last_seen: at(8), ..pair(1, 1) }]);
    }

    #[tokio::test]
    async fn a_fall_that_is_gone_stays_gone() {
        let store = scratch();
        let gone = Fall { gone_at: Some(at(3)), ..pair(1, 1) };
        keep(&store, &key(), &Eye::Everybody, vec![gone.clone(), pair(2, 1)]).await.unwrap();
        keep(&store, &key(), &Eye::Everybody, vec![pair(1, 1)]).await.unwrap();
        assert_eq!(on_sale(&store, &key()).await.unwrap(), [pair(2, 1)]);
        assert_eq!(query(&store, everything()).await.unwrap()[1].fall, gone);
    }

    #[tokio::test]
    async fn who_was_shown_a_fall_last_is_known_until_that_member_is_removed() {
        let store = scratch();
        let member = ada();
        profiles::add(&store, member.clone()).await.unwrap();
        let eye = Eye::Alone(member.id.clone());
        keep(&store, &key(), &eye, vec![pair(1, 5)]).await.unwrap();
        keep(&store, &key(), &Eye::Everybody, vec![pair(1, 4), pair(2, 4)]).await.unwrap();
        let shown_to = async || on_sale_to(&store, &key()).await.unwrap();
        assert_eq!(shown_to().await, [(pair(1, 5), Some(member.id.clone())), (pair(2, 4), None)]);
        profiles::remove(&store, &member.id, at(9)).await.unwrap();
        assert_eq!(shown_to().await, [(pair(1, 5), None), (pair(2, 4), None)]);
        keep(&store, &key(), &eye, vec![pair(3, 6)]).await.unwrap();
        assert_eq!(shown_to().await[2], (pair(3, 6), None), "a member who was removed is nobody");
    }

    #[tokio::test]
    async fn numbers_go_on_after_a_restart() {
        let store = scratch();
        assert_eq!(last(&store, &key()).await.unwrap(), None);
        keep(&store, &key(), &Eye::Everybody, vec![pair(7, 1), pair(3, 1)]).await.unwrap();
        assert_eq!(last(&store, &key()).await.unwrap(), Some(FallId(7)));
    }

    #[tokio::test]
    async fn falls_are_asked_for_by_event_and_time() {
        let store = scratch();
        let other = EventKey { event: EventId::new("777").unwrap(), ..key() };
        keep(&store, &key(), &Eye::Everybody, vec![pair(1, 10), pair(2, 30)]).await.unwrap();
        keep(&store, &other, &Eye::Everybody, vec![pair(1, 20)]).await.unwrap();

        let found = async |asked| {
            let rows = query(&store, asked).await.unwrap();
            rows.iter().map(|row| row.fall.first_seen).collect::<Vec<_>>()
        };
        assert_eq!(found(everything()).await, [at(30), at(20), at(10)]);
        assert_eq!(found(FallQuery { event: Some(other.event), ..everything() }).await, [at(20)]);
        assert_eq!(found(FallQuery { since: at(20), until: at(30), ..everything() }).await, [at(20)]);
        assert_eq!(found(FallQuery { rows_max: 1, ..everything() }).await, [at(30)]);
        let stranger = Some(SellerId::new("rovers").unwrap());
        assert_eq!(found(FallQuery { seller: stranger, ..everything() }).await, [] as [Timestamp; 0]);
    }

    #[tokio::test]
    async fn falls_are_counted_by_event_from_a_time_on() {
        let store = scratch();
        let other = EventKey { event: EventId::new("502").unwrap(), ..key() };
        keep(&store, &key(), &Eye::Everybody, vec![pair(1, 1), pair(2, 5), pair(3, 6)]).await.unwrap();
        keep(&store, &other, &Eye::Everybody, vec![pair(1, 5)]).await.unwrap();
        assert_eq!(counts_since(&store, at(5)).await.unwrap(), [(key(), 2), (other, 1)].into());
    }
}
