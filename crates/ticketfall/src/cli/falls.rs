//! `falls`: what fell, where, for how much, and for how long.

use std::sync::Arc;

use clap::Args;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::Serialize;
use ticketfall_core::ids::{AreaId, EventId, EventKey, SellerId};
use ticketfall_core::offer::{Market, PartSeats};
use ticketfall_core::price::Price;
use ticketfall_core::seat::SeatRun;
use url::Url;

use super::printer::table;
use super::{Context, Exit, Failure};
use crate::store::falls::{self, FallQuery, FallRow};
use crate::store::{self, Store, events};

/// Which falls to show.
#[derive(Debug, Args)]
pub(super) struct Falls {
    /// Of this event only: its match page's URL, or its number
    #[arg(long, value_name = "URL|ID")]
    event: Option<String>,
    /// First seen within this time, like 90m, 1h or 7d
    #[arg(long, default_value = "24h", value_name = "TIME", value_parser = duration)]
    since: SignedDuration,
    /// No more than the latest N
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: u32,
}

/// A fall as it is answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FallView {
    seller: SellerId,
    event: EventId,
    area: AreaId,
    area_name: Option<Arc<str>>,
    market: Market,
    band: Option<Arc<str>>,
    price: Option<Price>,
    seats: u32,
    /// Which seats, on the seller's map, where that is known.
    run: Option<SeatRun>,
    first_seen: Timestamp,
    last_seen: Timestamp,
    gone_at: Option<Timestamp>,
}

impl Falls {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let falls = match context.store_to_read().await? {
            Some(store) => self.find(&store, context.clock.now()).await?,
            None => Vec::new(),
        };
        let zone = TimeZone::system();
        context.printer.answer(&falls, |falls| text(falls, &zone))?;
        Ok(if falls.is_empty() { Exit::NothingFound } else { Exit::Done })
    }

    async fn find(self, store: &Store, now: Timestamp) -> Result<Vec<FallView>, store::Error> {
        let (seller, event) = match self.event {
            None => (None, None),
            Some(text) => match named(store, &text).await? {
                Some((seller, event)) => (seller, Some(event)),
                None => return Ok(Vec::new()),
            },
        };
        let since = now.saturating_sub(self.since).unwrap_or(Timestamp::MIN);
        let query = FallQuery { seller, event, since, until: Timestamp::MAX, rows_max: self.limit };
        Ok(falls::query(store, query).await?.into_iter().map(FallView::from).collect())
    }
}

/// The event that a URL or a number means, where there is one.
async fn named(store: &Store, text: &str) -> Result<Option<(Option<SellerId>, EventId)>, store::Error> {
    let Ok(url) = Url::parse(text) else { return Ok(EventId::new(text).ok().map(|event| (None, event))) };
    let known = events::all(store).await?.into_iter().find(|event| event.url == url);
    Ok(known.map(|event| (Some(event.key.seller), event.key.event)))
}

fn text(falls: &[FallView], zone: &TimeZone) -> String {
    if falls.is_empty() {
        return "nothing fell in that time\n".to_owned();
    }
    let rows = falls.iter().map(|fall| {
        [
            fall.first_seen.to_zoned(zone.clone()).strftime("%a %-d %b %H:%M:%S").to_string(),
            format!("{}/{}", fall.seller, fall.event),
            fall.area_name.as_deref().unwrap_or(fall.area.as_str()).to_owned(),
            fall.seats.to_string(),
            fall.price.map_or("?".to_owned(), |price| price.to_string()),
            lived(fall),
        ]
    });
    table(["seen", "event", "area", "seats", "price", "lived"], rows)
}

fn lived(fall: &FallView) -> String {
    match fall.gone_at {
        Some(gone_at) => format!("{:#}", whole(gone_at.duration_since(fall.first_seen))),
        None => "still there".to_owned(),
    }
}

fn whole(duration: SignedDuration) -> SignedDuration {
    SignedDuration::from_secs(duration.as_secs())
}

/// A time as people write it.
pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    let span: Result<Span, _> = text.parse();
    span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
        .ok()
        .filter(SignedDuration::is_positive)
        .ok_or_else(|| format!("cannot read {text:?} as a time: write it like 90m, 1h or 7d"))
}

impl From<FallRow> for FallView {
    fn from(FallRow { key: EventKey { seller, event }, fall }: FallRow) -> Self {
        let (seats, run) = match fall.seats {
            PartSeats::Run(run) => (run.seats(), Some(run)),
            PartSeats::Any(seats) => (seats, None),
        };
        Self {
            seller,
            event,
            area: fall.area,
            area_name: fall.area_name,
            market: fall.market,
            band: fall.band,
            price: fall.price,
            seats,
            run,
            first_seen: fall.first_seen,
            last_seen: fall.last_seen,
            gone_at: fall.gone_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_the_way_people_write_them() {
        assert_eq!(duration("90m"), Ok(SignedDuration::from_mins(90)));
        assert_eq!(duration("7d"), Ok(SignedDuration::from_hours(7 * 24)));
        for bad in ["", "soon", "-1h", "0s", "1 month"] {
            assert!(duration(bad).is_err(), "{bad:?}");
        }
    }
}
