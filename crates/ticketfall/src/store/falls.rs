//! Seats that fell: each fall once, with when it was first and last seen.

use jiff::Timestamp;
use rusqlite::{Row, named_params};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use ticketfall_core::ids::{AreaId, EventId, EventKey, SellerId};
use ticketfall_core::offer::{Market, PartSeats};
use ticketfall_core::price::Price;

use super::columns::{At, Json, Text, price, price_columns, time};
use super::{Result, Store};

/// Which row a fall is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FallId(i64);

/// Seats on sale that were not before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallen {
    /// Where they are.
    pub area: AreaId,
    /// What the area is called, where that is known.
    pub area_name: Option<Arc<str>>,
    /// Who sells them.
    pub market: Market,
    /// The seat quality's code, as the seller writes it.
    pub band: Option<Arc<str>>,
    /// What one seat costs, where that is known.
    pub price: Option<Price>,
    /// Which seats.
    pub seats: PartSeats,
}

/// A fall as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FallRow {
    /// Which row it is.
    pub id: FallId,
    /// At which event.
    pub key: EventKey,
    /// What fell.
    pub fallen: Fallen,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// When it was first missed.
    pub gone_at: Option<Timestamp>,
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

/// Notes falls that are on sale at `at`. One that was noted and is not gone is the same fall; the
/// rows come back in the order of `falls`.
pub async fn seen(store: &Store, key: &EventKey, falls: Vec<Fallen>, at: Timestamp) -> Result<Vec<FallId>> {
    let key = key.clone();
    store
        .write_quick(move |db| {
            let mut insert = db.prepare_cached(
                "INSERT INTO falls
                     (seller, event, area, area_name, market, band, price, currency, seats, first_seen, last_seen)
                 VALUES (:seller, :event, :area, :area_name, :market, :band, :price, :currency, :seats, :at, :at)
                 ON CONFLICT (seller, event, area, market, ifnull(band, ''), ifnull(price, -1),
                              ifnull(currency, ''), seats) WHERE gone_at IS NULL
                 DO UPDATE SET last_seen = max(last_seen, excluded.last_seen)
                 RETURNING id",
            )?;
            let mut ids = Vec::with_capacity(falls.len());
            for fall in falls {
                let (minor, currency) = price_columns(fall.price);
                let parameters = named_params! {
                    ":seller": key.seller.as_str(), ":event": key.event.as_str(),
                    ":area": fall.area.as_str(), ":area_name": fall.area_name, ":market": word(fall.market),
                    ":band": fall.band, ":price": minor, ":currency": currency,
                    ":seats": Json(fall.seats), ":at": At(at),
                };
                ids.push(insert.query_row(parameters, |row| row.get(0).map(FallId))?);
            }
            Ok(ids)
        })
        .await
}

/// Notes that these falls are still on sale at `at`.
pub async fn still_there(store: &Store, falls: Vec<FallId>, at: Timestamp) -> Result<()> {
    each(store, "UPDATE falls SET last_seen = max(last_seen, ?2) WHERE id = ?1", falls, at).await
}

/// Notes that these falls were first missed at `at`.
pub async fn gone(store: &Store, falls: Vec<FallId>, at: Timestamp) -> Result<()> {
    each(store, "UPDATE falls SET gone_at = ?2 WHERE id = ?1 AND gone_at IS NULL", falls, at).await
}

/// The falls of an event that are not known to be gone.
pub async fn on_sale(store: &Store, key: &EventKey) -> Result<Vec<FallRow>> {
    let key = key.clone();
    store
        .read(move |db| {
            db.prepare_cached(
                "SELECT * FROM falls WHERE seller = ?1 AND event = ?2 AND gone_at IS NULL ORDER BY id",
            )?
            .query_map([key.seller.as_str(), key.event.as_str()], fall)?
            .collect()
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
                 ORDER BY first_seen DESC, id DESC LIMIT :rows_max",
            )?
            .query_map(
                named_params! {
                    ":since": At(query.since), ":until": At(query.until), ":rows_max": query.rows_max,
                    ":seller": query.seller.as_ref().map(SellerId::as_str),
                    ":event": query.event.as_ref().map(EventId::as_str),
                },
                fall,
            )?
            .collect()
        })
        .await
}

async fn each(store: &Store, sql: &'static str, falls: Vec<FallId>, at: Timestamp) -> Result<()> {
    store
        .write_quick(move |db| {
            let mut update = db.prepare_cached(sql)?;
            for FallId(id) in falls {
                update.execute((id, At(at)))?;
            }
            Ok(())
        })
        .await
}

fn word(market: Market) -> &'static str {
    match market {
        Market::Primary => "primary",
        Market::Exchange => "exchange",
    }
}

fn fall(row: &Row<'_>) -> rusqlite::Result<FallRow> {
    let Text(seller) = row.get("seller")?;
    let Text(event) = row.get("event")?;
    let Text(area) = row.get("area")?;
    let Json(seats) = row.get("seats")?;
    let At(first_seen) = row.get("first_seen")?;
    let At(last_seen) = row.get("last_seen")?;
    let market: String = row.get("market")?;
    let fallen = Fallen {
        area,
        area_name: row.get("area_name")?,
        market: if market == word(Market::Primary) { Market::Primary } else { Market::Exchange },
        band: row.get("band")?,
        price: price(row, "price", "currency")?,
        seats,
    };
    Ok(FallRow {
        id: FallId(row.get("id")?),
        key: EventKey { seller, event },
        fallen,
        first_seen,
        last_seen,
        gone_at: time(row, "gone_at")?,
    })
}

#[cfg(test)]
mod tests {
    use ticketfall_core::price::Currency;
    use ticketfall_core::seat::SeatRun;

    use super::*;
    use crate::store::tests::{at, key, scratch};

    fn pair(start: i32) -> Fallen {
        Fallen {
            area: AreaId::new("1234").unwrap(),
            area_name: Some("East Lower 5".into()),
            market: Market::Exchange,
            band: None,
            price: Some(Price::new(6_100, Currency::GBP)),
            seats: PartSeats::Run(SeatRun::new(7, start, start + 1).unwrap()),
        }
    }

    fn everything() -> FallQuery {
        FallQuery { seller: None, event: None, since: at(0), until: at(1_000), rows_max: 100 }
    }

    #[tokio::test]
    async fn a_fall_that_is_seen_again_is_the_same_fall() {
        let store = scratch();
        let first = seen(&store, &key(), vec![pair(1), pair(10)], at(1)).await.unwrap();
        let again = seen(&store, &key(), vec![pair(10), pair(1)], at(4)).await.unwrap();
        assert_eq!(again, [first[1], first[0]]);
        let rows = on_sale(&store, &key()).await.unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].fallen, pair(1));
        assert_eq!((rows[0].first_seen, rows[0].last_seen, rows[0].gone_at), (at(1), at(4), None));
    }

    #[tokio::test]
    async fn seats_that_fall_again_after_they_were_gone_are_a_new_fall() {
        let store = scratch();
        let first = seen(&store, &key(), vec![pair(1)], at(1)).await.unwrap();
        gone(&store, first.clone(), at(3)).await.unwrap();
        let second = seen(&store, &key(), vec![pair(1)], at(9)).await.unwrap();
        assert_ne!(first, second);
        let times: Vec<_> =
            query(&store, everything()).await.unwrap().iter().map(|row| row.gone_at).collect();
        assert_eq!(times, [None, Some(at(3))]);
    }

    #[tokio::test]
    async fn a_fall_that_stays_is_last_seen_later() {
        let store = scratch();
        let ids = seen(&store, &key(), vec![pair(1)], at(1)).await.unwrap();
        still_there(&store, ids, at(8)).await.unwrap();
        assert_eq!(on_sale(&store, &key()).await.unwrap()[0].last_seen, at(8));
    }

    #[tokio::test]
    async fn falls_are_asked_for_by_event_and_time() {
        let store = scratch();
        let other = EventKey { event: EventId::new("777").unwrap(), ..key() };
        seen(&store, &key(), vec![pair(1)], at(10)).await.unwrap();
        seen(&store, &other, vec![pair(1)], at(20)).await.unwrap();
        seen(&store, &key(), vec![pair(5)], at(30)).await.unwrap();

        let found = async |asked| {
            let rows = query(&store, asked).await.unwrap();
            rows.iter().map(|row| row.first_seen).collect::<Vec<_>>()
        };
        assert_eq!(found(everything()).await, [at(30), at(20), at(10)]);
        assert_eq!(found(FallQuery { event: Some(other.event), ..everything() }).await, [at(20)]);
        assert_eq!(found(FallQuery { since: at(20), until: at(30), ..everything() }).await, [at(20)]);
        assert_eq!(found(FallQuery { rows_max: 1, ..everything() }).await, [at(30)]);
        let stranger = Some(SellerId::new("rovers").unwrap());
        assert_eq!(found(FallQuery { seller: stranger, ..everything() }).await, [] as [Timestamp; 0]);
    }
}
