//! One look at an event: its feeds, read only where their bytes are new.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL};
use jiff::Timestamp;
use ticketfall_core::ids::EventId;
use ticketfall_core::offer::{Market, Offers, Snapshot};
use ticketfall_core::plan::Plan;
use ticketfall_core::reading::Reading;

use super::client::{Client, Told};
use super::definition::{Definition, Dialect};
use super::dialects::catalogue::Catalogue;
use super::dialects::mapped::{Documents, Given};
use super::dialects::read::{Circumstances, Dropped, Read, ReadContext, Unknown};
use super::dialects::{discovery, exchange, inventory_status, schema_org, seatgeek};
use super::exchange_record::Exchange;
use super::prepare::Prepared;
use crate::telemetry::stages;

/// What one look told.
#[derive(Debug, Clone)]
pub struct Look {
    /// The reading; `Unchanged` when every feed's bytes are those of the last reading with seats.
    pub reading: Reading,
    /// What was sent and answered.
    pub exchanges: Vec<Exchange>,
    /// How long all feeds will answer with the same bytes, where the seller says so.
    pub fresh_for: Option<Duration>,
    /// The size of the answers' bodies, decoded.
    pub bytes: u64,
    /// From the first request to the last byte.
    pub took: Duration,
    /// What was not understood in a reading that has seats.
    pub dropped: Dropped,
    /// What the feeds themselves say that rows and seats are called.
    pub names: Plan,
}

impl Look {
    /// A look that told nothing, for a reason that is ours.
    pub fn failed(reason: &str) -> Self {
        Self {
            reading: Reading::Unknown { reason: reason.to_owned() },
            exchanges: Vec::new(),
            fresh_for: None,
            bytes: 0,
            took: Duration::ZERO,
            dropped: Dropped::default(),
            names: Plan::default(),
        }
    }
}

/// What a watch remembers from look to look: the bytes of each feed and what they said.
#[derive(Debug, Clone, Default)]
pub struct LookMemory {
    prepared: Option<Arc<Prepared>>,
    feeds: Vec<Feed>,
    /// Whether a feed is new since the last reading with seats.
    unreported: bool,
}

#[derive(Debug, Clone)]
struct Feed {
    market: Market,
    bytes: Bytes,
    /// Whether the bytes still stand in the room that they were received in, which may be far more than they need.
    is_roomy: bool,
    /// What it says apart from its offers.
    read: Read,
    /// In blocks that the next reading shares where it says the same.
    offers: Offers,
    /// Where its parts stand, where the next answer can be read by what differs.
    layout: Option<exchange::Layout>,
}

impl LookMemory {
    /// Forgets what was read with other names and prices.
    fn reads_with(&mut self, prepared: &Arc<Prepared>) {
        if !self.prepared.as_ref().is_some_and(|known| Arc::ptr_eq(known, prepared)) {
            *self = Self { prepared: Some(prepared.clone()), ..Self::default() };
        }
    }

    /// What can wait until before the next look, and shall not stand between an answer and the seats in it.
    fn tidy(&mut self, definition: &Definition) {
        let prepared = self.prepared.clone().unwrap_or_default();
        for feed in &mut self.feeds {
            if std::mem::take(&mut feed.is_roomy) {
                feed.bytes = Bytes::copy_from_slice(&feed.bytes);
                if definition.dialect == Dialect::Exchange && feed.layout.is_none() {
                    let context = context(definition, feed.market, &prepared.catalogue);
                    let layout = exchange::Layout::of(&feed.bytes, &context);
                    feed.layout = layout.map(|layout| layout.sharing(&feed.offers));
                }
            }
        }
    }

    /// Reads what differs from the answer before; nothing where it must be read as a whole.
    fn read_again(&self, definition: &Definition, market: Market, bytes: &[u8]) -> Option<exchange::Layout> {
        let feed = self.feeds.iter().find(|feed| feed.market == market)?;
        let context = context(definition, market, &self.prepared.as_ref()?.catalogue);
        feed.layout.as_ref()?.read(&feed.bytes, bytes, &context)
    }

    fn is_known(&self, market: Market, bytes: &Bytes, now: Timestamp) -> bool {
        let is_same = |feed: &Feed| feed.market == market && feed.bytes == bytes;
        let is_good = |feed: &Feed| feed.read.changes_at.is_none_or(|at| now < at);
        self.feeds.iter().any(|feed| is_same(feed) && is_good(feed))
    }

    fn remember(&mut self, feed: Feed) {
        self.feeds.retain(|known| known.market != feed.market);
        self.feeds.push(feed);
        self.unreported = true;
    }

    /// The offers of all feeds, in the order of `markets`.
    fn report(&mut self, markets: &[Market]) -> Snapshot {
        self.unreported = false;
        let feeds = markets.iter().filter_map(|market| self.feeds.iter().find(|feed| feed.market == *market));
        Snapshot {
            offers: feeds.flat_map(|feed| feed.offers.blocks().map(|(_, block)| Arc::clone(block))).collect(),
        }
    }

    fn names(&mut self) -> Plan {
        let mut names = Plan::default();
        for feed in &mut self.feeds {
            names.learn(&std::mem::take(&mut feed.read.names));
        }
        names
    }

    fn dropped(&self) -> Dropped {
        let mut dropped = Dropped::default();
        self.feeds.iter().for_each(|feed| dropped.add(&feed.read.dropped));
        dropped
    }
}

impl Client {
    /// Looks at an event's feeds, one after the other; the first that tells no seats is the reading.
    pub async fn look(&self, event: &EventId, prepared: &Arc<Prepared>, memory: &mut LookMemory) -> Look {
        memory.reads_with(prepared);
        memory.tidy(&self.definition);
        let mut look = Look { reading: Reading::Unchanged, ..Look::failed("") };
        for market in &self.definition.look {
            let seen = self.look_at(event, *market, memory, &mut look).await;
            look.took = look.exchanges.iter().map(|exchange| exchange.took).sum();
            if let Err(reading) = seen {
                return Look { reading, ..look };
            }
        }
        look.dropped = memory.dropped();
        if memory.unreported {
            look.names = memory.names();
            look.reading = Reading::Seats(Arc::new(memory.report(&self.definition.look)));
        }
        look
    }

    /// Reads one feed into the memory, where its bytes are new.
    async fn look_at(
        &self,
        event: &EventId,
        market: Market,
        memory: &mut LookMemory,
        look: &mut Look,
    ) -> Result<(), Reading> {
        let none = || Reading::Unknown { reason: format!("the definition has no feed for {market:?}") };
        let feed = self.definition.requests.feed(market).ok_or_else(none)?;
        let answer = self.ask_feed(event, (market, feed), &mut look.exchanges).await.accepted(feed)?;
        look.bytes += answer.body.len() as u64;
        let fresh = fresh_for(&answer.headers);
        let first = look.exchanges.len() == 1;
        look.fresh_for =
            if first { fresh } else { look.fresh_for.zip(fresh).map(|(one, other)| one.min(other)) };
        if memory.is_known(market, &answer.body, self.clock.now()) {
            return Ok(());
        }
        let layout = memory.read_again(&self.definition, market, &answer.body);
        let (read, offers) = if let Some(layout) = &layout {
            (Read::default(), layout.offers().cloned().collect())
        } else {
            let prepared = memory.prepared.clone().unwrap_or_default();
            let mut read = self.read(event, market, prepared, answer.body.clone()).await?;
            let offers = Offers::by_area(std::mem::take(&mut read.offers));
            (read, offers)
        };
        stages::over("read");
        memory.remember(Feed { market, bytes: answer.body, is_roomy: true, read, offers, layout });
        Ok(())
    }

    /// Reads a feed; what may take long is read beside everything else.
    async fn read(
        &self,
        event: &EventId,
        market: Market,
        prepared: Arc<Prepared>,
        bytes: Bytes,
    ) -> Result<Read, Reading> {
        let (definition, event, now) = (Arc::clone(&self.definition), event.clone(), self.clock.now());
        let reading = move || {
            let Prepared { catalogue, documents, .. } = &*prepared;
            let feed = FeedContext { market, event: Some(&event), catalogue, documents, now };
            read_feed(&definition, &feed, &bytes)
        };
        if self.definition.dialect == Dialect::Exchange {
            return reading();
        }
        tokio::task::spawn_blocking(reading).await.unwrap_or_else(|_panic| {
            Err(Reading::Unknown { reason: "the feed broke our reader: the log says why".to_owned() })
        })
    }

    /// Counts the seats on sale as the seller's own totals do: a check on what the feeds say.
    pub async fn totals(&self, event: &EventId) -> Told<Result<u64, Reading>> {
        let mut exchanges = Vec::new();
        let outcome = self.counted(event, &mut exchanges).await;
        Told { outcome, exchanges }
    }

    async fn counted(&self, event: &EventId, log: &mut Vec<Exchange>) -> Result<u64, Reading> {
        let none = || Reading::Unknown { reason: "the definition has no [requests.totals]".to_owned() };
        let request = self.definition.requests.totals.as_ref().ok_or_else(none)?;
        let answer = self.ask(request, &self.values(event), log).await.accepted(request)?;
        Ok(exchange::read_totals(&answer.body)?)
    }
}

/// A feed, and what it is read with.
#[derive(Debug, Clone, Copy)]
pub(super) struct FeedContext<'f> {
    pub(super) market: Market,
    pub(super) event: Option<&'f EventId>,
    pub(super) catalogue: &'f Catalogue,
    pub(super) documents: &'f Documents,
    pub(super) now: Timestamp,
}

/// What the club exchange's feeds are read with.
fn context<'c>(definition: &Definition, market: Market, catalogue: &'c Catalogue) -> ReadContext<'c> {
    ReadContext { market, currency: definition.currency, catalogue }
}

/// Reads the bytes of a feed in the definition's dialect.
pub(super) fn read_feed(
    definition: &Definition,
    feed: &FeedContext<'_>,
    bytes: &[u8],
) -> Result<Read, Reading> {
    let FeedContext { market, event, catalogue, documents, now } = *feed;
    let currency = definition.currency;
    let given = Circumstances { market, currency, event, now, zone: &definition.time_zone };
    match definition.dialect {
        Dialect::Exchange => Ok(exchange::read_availability(bytes, &context(definition, market, catalogue))?),
        Dialect::SchemaOrg => schema_org::read(bytes, &given),
        Dialect::Discovery => discovery::read(bytes, &given),
        Dialect::InventoryStatus => inventory_status::read(bytes, &given),
        Dialect::Seatgeek => seatgeek::read(bytes, &given),
        Dialect::Mapped => {
            let none = || Unknown("the definition has no program".to_owned());
            let mapping = definition.mapping.as_ref().ok_or_else(none)?;
            let rule = definition.requests.feed(market).map(|feed| feed.read.clone()).unwrap_or_default();
            mapping.read(&rule, bytes, Given { documents, event, market, currency })
        }
    }
}

/// What is left of `max-age`.
fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    let control = headers.get(CACHE_CONTROL)?.to_str().ok()?.to_lowercase();
    let mut directives = control.split(',').map(str::trim);
    if directives.clone().any(|directive| matches!(directive, "no-store" | "no-cache")) {
        return None;
    }
    let seconds: u64 = directives.find_map(|directive| directive.strip_prefix("max-age="))?.parse().ok()?;
    let age: u64 = headers.get(AGE).and_then(|age| age.to_str().ok()?.trim().parse().ok()).unwrap_or(0);
    Some(Duration::from_secs(seconds.saturating_sub(age))).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn fresh(control: &'static str, age: Option<&'static str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(control));
        headers.extend(age.map(|age| (AGE, HeaderValue::from_static(age))));
        fresh_for(&headers).map(|left| left.as_secs())
    }

    #[test]
    fn what_is_left_of_max_age_is_how_long_bytes_stay_the_same() {
        assert_eq!(fresh("public, max-age=30", None), Some(30));
        assert_eq!(fresh("max-age=30", Some("25")), Some(5));
        assert_eq!(fresh("max-age=30", Some("31")), None);
        assert_eq!(fresh("no-store, max-age=30", None), None);
        assert_eq!(fresh("max-age=soon", None), None);
    }
}
