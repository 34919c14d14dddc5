//! What a seller's events teach of when seats fall: the hours that were watched, and what fell in them.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Row;
use ticketfall_core::ids::{EventId, SellerId};
use ticketfall_core::rhythm::{Past, life};

use super::columns::{At, Text, time};
use super::{Result, Store};

const FALLS_MAX: usize = 20_000;
const SECONDS_AN_HOUR: i64 = 3_600;
const MINUTES_AN_HOUR: i64 = 60;

/// The pasts of a seller's events from `since` on, those looked at last first.
///
/// There are so many falls at most that learning from them is quick, and each event is a read of its own, so that no
/// write waits for all of them.
pub async fn since(store: &Store, seller: &SellerId, since: Timestamp) -> Result<Vec<Past>> {
    let mut pasts = Vec::new();
    let mut falls_left = FALLS_MAX;
    for (event, starts_at) in events(store, seller, since).await? {
        if falls_left == 0 {
            break;
        }
        let past = past(store, (seller.clone(), event, starts_at), since, falls_left).await?;
        falls_left -= past.falls.len();
        pasts.push(past);
    }
    Ok(pasts)
}

async fn events(
    store: &Store,
    seller: &SellerId,
    since: Timestamp,
) -> Result<Vec<(EventId, Option<Timestamp>)>> {
    let seller = seller.clone();
    let event = |row: &Row<'_>| {
        let Text(event) = row.get("event")?;
        Ok((event, time(row, "begins_at")?))
    };
    store
        .read(move |db| {
            db.prepare_cached(
                "SELECT event, begins_at FROM events WHERE seller = ?1
                   AND (last_seen >= ?2 OR event IN (SELECT event FROM readings WHERE seller = ?1 AND minute >= ?3))
                 ORDER BY last_seen DESC, event",
            )?
            .query_map((seller.as_str(), At(since), minute(since)), event)?
            .collect()
        })
        .await
}

/// Where more fell than are read, the hours begin with the first fall that is.
async fn past(
    store: &Store,
    (seller, event, starts_at): (SellerId, EventId, Option<Timestamp>),
    since: Timestamp,
    falls_max: usize,
) -> Result<Past> {
    store
        .read(move |db| {
            let rows_max = i64::try_from(falls_max).unwrap_or(i64::MAX);
            let falls: Vec<(Timestamp, Duration)> = db
                .prepare_cached(
                    "SELECT first_seen, last_seen, gone_at FROM falls
                     WHERE seller = ?1 AND event = ?2 AND first_seen >= ?3 AND gone_at IS NOT NULL
                     ORDER BY first_seen DESC LIMIT ?4",
                )?
                .query_map((seller.as_str(), event.as_str(), At(since), rows_max), fall)?
                .collect::<rusqlite::Result<_>>()?;
            let first = falls.last().filter(|_| falls.len() == falls_max).map_or(since, |(at, _)| *at);
            let hours = db
                .prepare_cached(
                    "SELECT minute / ?4 AS hour, sum(looks) AS looks FROM readings
                     WHERE seller = ?1 AND event = ?2 AND minute >= ?3
                       AND outcome IN ('seats', 'unchanged', 'notOnSale')
                     GROUP BY hour ORDER BY hour",
                )?
                .query_map((seller.as_str(), event.as_str(), minute(first), MINUTES_AN_HOUR), hour)?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Past { starts_at, hours, falls })
        })
        .await
}

fn fall(row: &Row<'_>) -> rusqlite::Result<(Timestamp, Duration)> {
    let (At(first_seen), At(last_seen), At(gone_at)) =
        (row.get("first_seen")?, row.get("last_seen")?, row.get("gone_at")?);
    Ok((first_seen, life(first_seen, last_seen, gone_at)))
}

fn hour(row: &Row<'_>) -> rusqlite::Result<(Timestamp, u32)> {
    let hour: i64 = row.get("hour")?;
    let begins = Timestamp::from_second(hour.saturating_mul(SECONDS_AN_HOUR)).unwrap_or(Timestamp::MAX);
    Ok((begins, row.get("looks")?))
}

/// Whole hours only, so that one that is thinned, and reads as its first minute, counts like any other.
fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SECONDS_AN_HOUR) * MINUTES_AN_HOUR
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::events::{self, Told};
    use crate::store::falls::{self, tests::pair};
    use crate::store::readings::{self, ReadingCount};
    use crate::store::tests::{at, key, scratch};
    use ticketfall_core::eye::Eye;
    use ticketfall_core::fall::Fall;
    use ticketfall_core::plan::Plan;

    const HOUR: i64 = 3_600;

    fn looks(outcome: &str, second: i64, looks: u32) -> ReadingCount {
        let (outcome, blind) = (outcome.to_owned(), Duration::ZERO);
        ReadingCount { key: key(), minute: at(second), outcome, looks, blind }
    }

    fn hour(number: i64) -> Timestamp {
        Timestamp::from_second(at(0).as_second().div_euclid(HOUR) * HOUR + number * HOUR).unwrap()
    }

    async fn seen() -> Store {
        let store = scratch();
        let url = "https://northend.example/EDP/Event/Index/501".parse().unwrap();
        events::seen(&store, &key(), &url, None, at(0)).await.unwrap();
        store
    }

    #[tokio::test]
    async fn a_past_has_its_beginning_its_hours_and_what_fell_and_is_gone() {
        let store = seen().await;
        let told = Told { name: None, begins_at: Some(at(90 * HOUR)) };
        events::know(&store, &key(), told, &Plan::default()).await.unwrap();
        let gone = Fall { last_seen: at(12), gone_at: Some(at(16)), ..pair(1, 10) };
        falls::keep(&store, &key(), &Eye::Everybody, vec![gone, pair(2, 20)]).await.unwrap();
        readings::add(&store, vec![looks("seats", 0, 2), looks("unchanged", 61, 3)]).await.unwrap();
        readings::add(&store, vec![looks("notOnSale", HOUR, 4), looks("queue", 2 * HOUR, 9)]).await.unwrap();
        let past = Past {
            starts_at: Some(at(90 * HOUR)),
            hours: vec![(hour(0), 5), (hour(1), 4)],
            falls: vec![(at(10), Duration::from_secs(4))],
        };
        let expected = [past];
        assert_eq!(since(&store, &key().seller, at(0)).await.unwrap(), expected);
        readings::thin(&store, at(9 * HOUR)).await.unwrap();
        assert_eq!(since(&store, &key().seller, at(0)).await.unwrap(), expected, "thinned minutes count too");
    }

    #[tokio::test]
    async fn what_is_older_or_of_another_seller_is_left_out() {
        let store = seen().await;
        let gone = |number, second| Fall { gone_at: Some(at(second + 2)), ..pair(number, second) };
        falls::keep(&store, &key(), &Eye::Everybody, vec![gone(1, 10), gone(2, 5 * HOUR)]).await.unwrap();
        readings::add(&store, vec![looks("seats", 0, 1), looks("seats", 5 * HOUR, 1)]).await.unwrap();
        let found = since(&store, &key().seller, at(4 * HOUR)).await.unwrap();
        assert_eq!((found[0].hours.as_slice(), found[0].falls.len()), ([(hour(5), 1)].as_slice(), 1));
        let stranger = SellerId::new("rovers").unwrap();
        assert_eq!(since(&store, &stranger, at(0)).await.unwrap(), []);
    }

    #[tokio::test]
    async fn where_more_fell_than_are_read_the_hours_before_them_do_not_count() {
        let store = seen().await;
        let gone = |number, second| Fall { gone_at: Some(at(second + 2)), ..pair(number, second) };
        falls::keep(&store, &key(), &Eye::Everybody, vec![gone(1, 10), gone(2, 5 * HOUR), gone(3, 6 * HOUR)])
            .await
            .unwrap();
        let hours = [0, 5 * HOUR, 6 * HOUR].map(|second| looks("seats", second, 1));
        readings::add(&store, hours.to_vec()).await.unwrap();
        let found = past(&store, (key().seller, key().event, None), at(0), 2).await.unwrap();
        assert_eq!(found.hours, [(hour(5), 1), (hour(6), 1)]);
        assert_eq!(found.falls.len(), 2);
    }
}
