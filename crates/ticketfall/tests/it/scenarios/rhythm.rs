//! Which seconds matter: looks go where the store says that falls are likely, and only where that wins.

use jiff::{SignedDuration, Timestamp};
use ticketfall::monitoring::Spread;
use ticketfall::store::readings::{self, ReadingCount};
use ticketfall::store::{Store, events, falls};
use ticketfall_core::eye::Eye;
use ticketfall_core::fall::{Fall as Fell, FallId};
use ticketfall_core::ids::{EventId, EventKey, SellerId};
use ticketfall_core::offer::PartSeats;
use url::Url;

use super::*;

const DAYS: i64 = 10;
const ASKED: u64 = 120;
const HOUR: u64 = 3_600;
/// The rehearsals open at 21:41; so long after it is 22:00.
const TO_TEN: u64 = 19 * 60;

fn key(event: &str) -> EventKey {
    EventKey { seller: SellerId::new("boxoffice").unwrap(), event: EventId::new(event).unwrap() }
}

/// Ten days around the clock at last week's match, where in these hours six times twenty seconds of seats fell.
pub(crate) async fn lived_through(store: &Store, hours: impl Fn(i64) -> Vec<i64>) {
    let begin: Timestamp = "2026-11-12T00:00:00Z".parse().unwrap();
    let at = |day: i64, hour: i64, second: i64| {
        begin + SignedDuration::from_secs(((day * 24) + hour) * 3_600 + second)
    };
    let url: Url = event_url(3999).parse().unwrap();
    events::seen(store, &key("3999"), &url, None, at(DAYS, 0, 0)).await.unwrap();
    let count = |n: i64| ReadingCount {
        key: key("3999"),
        minute: at(0, n, 0),
        outcome: "unchanged".to_owned(),
        looks: 30,
        blind: Duration::ZERO,
    };
    readings::add(store, (0..DAYS * 24).map(count).collect()).await.unwrap();
    let fell = |(n, at): (u64, Timestamp)| Fell {
        id: FallId(n),
        area: AreaId::new("1").unwrap(),
        area_name: None,
        market: Market::Exchange,
        band: None,
        price: None,
        seats: PartSeats::Any(2),
        first_seen: at,
        last_seen: at,
        gone_at: Some(at + SignedDuration::from_secs(40)),
    };
    let times = (0..DAYS).flat_map(|day| {
        let in_hour = move |hour: i64| (0..6).map(move |n| at(day, hour, n * 500 + day * 20));
        hours(day).into_iter().flat_map(in_hour)
    });
    falls::keep(store, &key("3999"), &Eye::Everybody, (1..).zip(times).map(fell).collect()).await.unwrap();
}

fn looks_between(r: &Scene, from: u64, until: u64) -> usize {
    r.count(|one| one.is_look() && (secs(from)..secs(until)).contains(&one.left))
}

#[tokio::test(start_paused = true)]
async fn looks_are_denser_where_falls_are_likely_and_no_more_in_a_day() {
    let story = async |r: &mut Scene| {
        lived_through(&r.store, |_| vec![22]).await;
        let wanted = Configuration { speed_limit: "120".parse().unwrap(), ..wants(2) };
        r.start("ada", wanted).await;
        r.after(secs(TO_TEN + 24 * HOUR)).await;
        assert!(matches!(r.supervisor.spread(&key("4001")), Some(Spread::Likely(..))));
        let (likely, next) =
            (looks_between(r, TO_TEN, TO_TEN + HOUR), looks_between(r, TO_TEN + HOUR, TO_TEN + 2 * HOUR));
        let evenly = usize::try_from(HOUR / ASKED).unwrap();
        assert!(likely > 4 * evenly, "{likely} looks in the likely hour");
        assert!(next < evenly, "{next} looks in the hour after it");
        let all = looks_between(r, TO_TEN, TO_TEN + 24 * HOUR);
        assert!(all <= 24 * evenly + 24, "{all} looks in a day, not {}", 24 * evenly);
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn looks_stay_even_where_spending_them_does_not_win() {
    let story = async |r: &mut Scene| {
        lived_through(&r.store, |day| vec![day * 11 % 24]).await;
        let wanted = Configuration { speed_limit: "120".parse().unwrap(), ..wants(2) };
        r.start("ada", wanted).await;
        r.after(secs(3 * HOUR)).await;
        let spread = r.supervisor.spread(&key("4001"));
        assert!(
            matches!(&spread, Some(Spread::Evenly(comparison)) if !comparison.is_too_short()),
            "{spread:?}"
        );
        let an_hour = |n: u64| looks_between(r, n * HOUR, (n + 1) * HOUR);
        assert_eq!([an_hour(1), an_hour(2)], [30, 30]);
    };
    Rehearsal::of(Script::default()).run(story).await;
}
