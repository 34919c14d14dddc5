//! Getting ready for an event: its page with the key, its config, the names of its rows and seats, so
//! that a hold later costs its own steps and nothing before them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ticketfall_core::ids::EventId;
use ticketfall_core::plan::{AreaPlan, Plan};
use ticketfall_core::reading::Reading;
use ticketfall_core::seat_view::SeatMap;

use super::client::{Client, Told};
use super::definition::{Definition, MatchPage, Source};
use super::dialects::catalogue::Catalogue;
use super::dialects::exchange::{self, Config, ReadSeatMap};
use super::dialects::mapped::Documents;
use super::dialects::read::{Dropped, Unknown};
use super::exchange_record::Exchange;
use super::page;
use super::transport::Answer;
use crate::session::Secret;

/// Longer texts are no names.
const NAME_MAX: usize = 200;

/// What is known of an event before anybody looks at it; the same for all members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prepared {
    /// What the match page calls the event.
    pub name: Option<String>,
    /// When it says that the event begins.
    pub begins_at: Option<Timestamp>,
    /// Names of areas, rows and seats.
    pub plan: Arc<Plan>,
    /// Areas and price bands with their buyer classes.
    pub catalogue: Catalogue,
    /// URLs that the event's config names.
    pub urls: BTreeMap<String, String>,
    /// What the definition's program joins to a feed, by name.
    pub documents: Documents,
    /// What was not understood.
    pub dropped: Dropped,
}

/// What a match page says of its event.
#[derive(Debug, Default)]
struct Announced {
    name: Option<String>,
    begins_at: Option<Timestamp>,
}

/// What a match page tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadPage {
    /// The page and its key.
    Key(Secret),
    /// The page, without a key.
    NoKey,
}

impl Client {
    /// Reads the match page, the config and the seat map. Keeps the page key and the keyword here.
    pub async fn prepare(&self, event: &EventId, keyword: Option<&str>) -> Told<Result<Prepared, Reading>> {
        self.set_keyword(event, keyword);
        let mut exchanges = Vec::new();
        let outcome = self.prepared(event, &mut exchanges).await;
        Told { outcome, exchanges }
    }

    /// Reads the match page again for a fresh page key.
    pub async fn renew_key(&self, event: &EventId) -> Told<Result<(), Reading>> {
        let mut exchanges = Vec::new();
        let outcome = self.read_key(event, &mut exchanges).await.map(drop);
        Told { outcome, exchanges }
    }

    /// Reads which concrete seats can be bought.
    pub async fn seat_map(&self, event: &EventId, prepared: &Prepared) -> Told<Result<SeatMap, Reading>> {
        let mut exchanges = Vec::new();
        let read = self.read_map(event, &prepared.catalogue, &prepared.urls, &mut exchanges).await;
        let none = || Reading::Unknown { reason: "the definition has no [requests.seat_map]".to_owned() };
        let outcome = read.and_then(|read| read.ok_or_else(none)).map(|read| read.map);
        Told { outcome, exchanges }
    }

    async fn prepared(&self, event: &EventId, log: &mut Vec<Exchange>) -> Result<Prepared, Reading> {
        let page = self.read_key(event, log).await?;
        let Announced { name, begins_at } = page.map(|page| self.announced(&page)).unwrap_or_default();
        let Config { catalogue, urls, mut dropped } = self.read_config(event, log).await?;
        let plan = match self.read_map(event, &catalogue, &urls, log).await {
            Ok(Some(read)) => {
                dropped.add(&read.dropped);
                read.plan
            }
            Ok(None) => names_of_areas(&catalogue),
            // Without the names of rows a search still works, so a map that cannot be read does not end it.
            Err(Reading::Unknown { reason }) => {
                tracing::warn!(%event, reason, "the seat map is not understood: rows and seats have no names");
                names_of_areas(&catalogue)
            }
            Err(reading) => return Err(reading),
        };
        let documents = self.read_documents(event, log).await?;
        Ok(Prepared { name, begins_at, plan: Arc::new(plan), catalogue, urls, documents, dropped })
    }

    /// Without one of its documents a feed cannot be read rightly, so all of them must be there.
    async fn read_documents(&self, event: &EventId, log: &mut Vec<Exchange>) -> Result<Documents, Reading> {
        let mut documents = Documents::new();
        for (name, request) in &self.definition.requests.documents {
            let answer = self.ask(request, &self.values(event), log).await.accepted(request)?;
            let rule = request.read.clone();
            let found = tokio::task::spawn_blocking(move || {
                rule.found(&answer.body).map(std::borrow::Cow::into_owned)
            });
            let broken = |_panic| Unknown("it broke our reader".to_owned());
            let found = found.await.map_err(broken).and_then(|found| found);
            let unknown = |Unknown(why)| Reading::Unknown { reason: format!("the document `{name}`: {why}") };
            documents.insert(name.clone(), found.map_err(unknown)?.into());
        }
        Ok(documents)
    }

    /// Keeps the page key; the match page, where there is one.
    async fn read_key(&self, event: &EventId, log: &mut Vec<Exchange>) -> Result<Option<Answer>, Reading> {
        if let Some(error) = self.definition.lacks_api_key() {
            return Err(Reading::KeyMissing { reason: error.to_string() });
        }
        let Some(wanted) = &self.definition.page else { return Ok(None) };
        let page = &self.definition.requests.page;
        let answer = self.ask(page, &self.values(event), log).await.accepted(page)?;
        match read_page(&answer, wanted)? {
            ReadPage::Key(key) => {
                self.set_page_key(event, Some(key));
                Ok(Some(answer))
            }
            ReadPage::NoKey => {
                self.set_page_key(event, None);
                Err(Reading::KeyMissing { reason: "the match page carries no key".to_owned() })
            }
        }
    }

    fn announced(&self, page: &Answer) -> Announced {
        let Some(wanted) = &self.definition.page else { return Announced::default() };
        let begins_at = read_beginning(page, wanted, &self.definition.time_zone);
        Announced { name: read_name(page, wanted), begins_at }
    }

    async fn read_config(&self, event: &EventId, log: &mut Vec<Exchange>) -> Result<Config, Reading> {
        let Some(request) = &self.definition.requests.config else { return Ok(Config::default()) };
        let answer = self.ask(request, &self.values(event), log).await.accepted(request)?;
        read_config(&self.definition, &answer.body).map_err(|Unknown(reason)| Reading::Unknown { reason })
    }

    /// The seat map; `None` when there is no request for it.
    async fn read_map(
        &self,
        event: &EventId,
        catalogue: &Catalogue,
        urls: &BTreeMap<String, String>,
        log: &mut Vec<Exchange>,
    ) -> Result<Option<ReadSeatMap>, Reading> {
        let Some(request) = &self.definition.requests.seat_map else { return Ok(None) };
        let values = self.values(event).with("urls", urls);
        let answer = self.ask(request, &values, log).await.accepted(request)?;
        let read = read_seat_map(&self.definition, catalogue, &answer.body);
        read.map(Some).map_err(|Unknown(reason)| Reading::Unknown { reason })
    }
}

/// Reads a match page.
pub fn read_page(answer: &Answer, wanted: &MatchPage) -> Result<ReadPage, Unknown> {
    let key = value_at(answer, &wanted.key)?;
    if let Some(key) = key.filter(|key| !key.is_empty()) {
        return Ok(ReadPage::Key(Secret::new(key)));
    }
    match &wanted.marker {
        None => Ok(ReadPage::NoKey),
        Some(marker) if page::first(&answer.body, marker).is_some_and(|found| !found.is_empty()) => {
            Ok(ReadPage::NoKey)
        }
        Some(_) => {
            Err(Unknown("a page that is no match page: neither its key nor its marker is there".to_owned()))
        }
    }
}

/// What a match page calls its event; nothing where it does not say, or at length.
fn read_name(answer: &Answer, wanted: &MatchPage) -> Option<String> {
    let name = value_at(answer, wanted.name.as_ref()?).ok()??;
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    (!name.is_empty() && name.chars().count() <= NAME_MAX).then_some(name)
}

/// When a match page says that its event begins, in the venue's time where it names no other.
fn read_beginning(answer: &Answer, wanted: &MatchPage, venue: &TimeZone) -> Option<Timestamp> {
    let text = value_at(answer, wanted.begins.as_ref()?).ok()??;
    beginning(text.trim(), venue)
}

/// A date alone is no beginning.
fn beginning(text: &str, venue: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil: DateTime = text.contains(['T', 't', ' ']).then(|| text.parse().ok()).flatten()?;
    civil.to_zoned(venue.clone()).ok().map(|zoned| zoned.timestamp())
}

/// The text that an answer has in a place; `None` where there is nothing.
pub(super) fn value_at(answer: &Answer, place: &Source) -> Result<Option<String>, Unknown> {
    match place {
        Source::Page(spot) => {
            let found = page::first(&answer.body, spot);
            let found = found.ok_or_else(|| Unknown("a page that is no HTML".to_owned()))?;
            Ok(found.into_iter().next().and_then(|found| found.value))
        }
        Source::Json(pointer) => {
            let document: serde_json::Value = serde_json::from_slice(&answer.body)
                .map_err(|error| Unknown(format!("an answer that is no JSON: {error}")))?;
            Ok(document.pointer(pointer).and_then(|value| match value {
                serde_json::Value::String(text) => Some(text.clone()),
                serde_json::Value::Number(number) => Some(number.to_string()),
                serde_json::Value::Null
                | serde_json::Value::Bool(_)
                | serde_json::Value::Array(_)
                | serde_json::Value::Object(_) => None,
            }))
        }
        Source::Header(name) => {
            Ok(answer.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned))
        }
    }
}

/// Reads a config.
pub fn read_config(definition: &Definition, bytes: &[u8]) -> Result<Config, Unknown> {
    exchange::read_config(bytes, definition.currency)
}

/// Reads a seat map.
pub fn read_seat_map(
    definition: &Definition,
    catalogue: &Catalogue,
    bytes: &[u8],
) -> Result<ReadSeatMap, Unknown> {
    exchange::read_seat_map(bytes, catalogue, &definition.seat_map)
}

fn names_of_areas(catalogue: &Catalogue) -> Plan {
    let named = |name: &Option<Arc<str>>| AreaPlan { name: name.clone(), ..AreaPlan::default() };
    Plan { areas: catalogue.areas().map(|area| (area.id.clone(), named(&area.name))).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_read_by_the_clock_of_the_venue_or_by_its_own_offset() {
        let rome = TimeZone::get("Europe/Rome").unwrap_or(TimeZone::fixed(jiff::tz::offset(1)));
        let read = |text| beginning(text, &rome).map(|at| at.to_string());
        assert_eq!(read("2026-11-28T15:00").as_deref(), Some("2026-11-28T14:00:00Z"));
        assert_eq!(read("2026-11-28 15:00:30").as_deref(), Some("2026-11-28T14:00:30Z"));
        assert_eq!(read("2026-11-28T15:00:00+05:00").as_deref(), Some("2026-11-28T10:00:00Z"));
        assert_eq!(read("2026-11-28T15:00Z").as_deref(), Some("2026-11-28T15:00:00Z"));
    }

    #[test]
    fn what_is_no_time_is_no_beginning() {
        for text in ["", "2026-11-28", "Sat 28 Nov 2026, 15:00", "TBC", "15:00", "2026-13-01T15:00"] {
            assert_eq!(beginning(text, &TimeZone::UTC), None, "{text}");
        }
    }
}
