//! Finds the event among a page's nodes, and its offers, also those that hang elsewhere.

use serde_json::Value;
use ticketfall_core::ids::EventId;
use ticketfall_core::reading::Reading;

use super::offers::{take, text, texts, values};
use crate::seller::dialects::read::{Circumstances, Dropped, Read, Unknown};

/// The most nodes of one page that are looked at.
const NODES_MAX: usize = 10_000;

/// Kinds of events whose names do not end in the word.
const OTHER_EVENTS: [&str; 4] = ["Festival", "Hackathon", "EventSeries", "CourseInstance"];

/// Reads the offers of the event that the nodes tell of.
pub(super) fn read(nodes: &[Value], given: &Circumstances<'_>) -> Result<Read, Reading> {
    let all = everything(nodes);
    let events: Vec<_> = all.iter().copied().filter(|node| is_event(node)).collect();
    let selling: Vec<_> =
        events.iter().copied().filter(|event| values(event, "offers").next().is_some()).collect();
    if selling.is_empty() {
        return loose_offers(nodes, &all, &events, given);
    }
    let wanted = wanted(&selling, given.event)?;
    let mut read = Read::default();
    let mut called_off = Vec::new();
    for event in wanted {
        if let Some(status) = status(event) {
            called_off.push(status);
            continue;
        }
        let name = text(event, "name");
        for offer in values(event, "offers").map(|offer| resolved(offer, &all)) {
            if offer.is_object() {
                take(&mut read, offer, name.as_deref(), given);
            } else {
                read.dropped.note(|| format!("an offer that is only named: {offer}"));
            }
        }
    }
    match called_off.first() {
        Some(status) if read.offers.is_empty() && read.dropped.count == 0 => {
            Err(Reading::NotOnSale { reason: status.clone() })
        }
        Some(_) | None => Ok(read.unless_all_is_dropped()?),
    }
}

/// Offers that hang on no event: their own event is named in them, or the page is about nothing else.
fn loose_offers(
    nodes: &[Value],
    all: &[&Value],
    events: &[&Value],
    given: &Circumstances<'_>,
) -> Result<Read, Reading> {
    let is_ticket = |offer: &Value| {
        let mut items = values(offer, "itemOffered").peekable();
        items.peek().is_none() || items.any(|item| is_event(resolved(item, all)))
    };
    let loose: Vec<_> = nodes.iter().filter(|node| is_offer(node) && is_ticket(node)).collect();
    if loose.is_empty() {
        return Err(match events.first() {
            Some(event) => {
                if let Some(reason) = status(event) {
                    return Err(Reading::NotOnSale { reason });
                }
                Unknown("the page tells of an event, but of no offers".to_owned()).into()
            }
            None => Unknown(super::nothing(&Dropped::default())).into(),
        });
    }
    let name = events.first().and_then(|event| text(event, "name"));
    let mut read = Read::default();
    for offer in loose {
        take(&mut read, offer, name.as_deref(), given);
    }
    Ok(read.unless_all_is_dropped()?)
}

/// The events that are meant: those that name the wanted one in a URL of theirs, else the only one.
fn wanted<'v>(selling: &[&'v Value], event: Option<&EventId>) -> Result<Vec<&'v Value>, Unknown> {
    let Some(event) = event else { return Ok(selling.to_vec()) };
    let names = |node: &&&Value| {
        let places = ["url", "@id", "identifier", "sameAs", "mainEntityOfPage"];
        places.iter().flat_map(|place| texts(node, place)).any(|text| has_part(&text, event.as_str()))
    };
    let meant: Vec<_> = selling.iter().filter(names).copied().collect();
    match (meant.is_empty(), selling) {
        (false, _) => Ok(meant),
        (true, [only]) => Ok(vec![only]),
        (true, _) => {
            Err(Unknown(format!("the page tells of {} events, and none of them is {event}", selling.len())))
        }
    }
}

/// Whether a URL has the number as a whole part of it.
fn has_part(url: &str, number: &str) -> bool {
    url.match_indices(number).any(|(at, _)| {
        let is_bound = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        is_bound(url[..at].chars().next_back()) && is_bound(url[at + number.len()..].chars().next())
    })
}

/// What ends an event for good.
fn status(event: &Value) -> Option<String> {
    let status = text(event, "eventStatus")?;
    let word = status.trim_end_matches('/').rsplit(['/', '#', ':']).next().unwrap_or_default();
    word.eq_ignore_ascii_case("EventCancelled").then(|| word.to_owned())
}

/// All nodes, with those inside of others.
fn everything(nodes: &[Value]) -> Vec<&Value> {
    let mut all = Vec::new();
    let mut next: Vec<&Value> = nodes.iter().rev().collect();
    while let Some(node) = next.pop() {
        match node {
            Value::Object(fields) => {
                if all.len() < NODES_MAX {
                    all.push(node);
                }
                next.extend(fields.values().rev());
            }
            Value::Array(values) => next.extend(values.iter().rev()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    all
}

/// The node that an `@id` alone stands for.
fn resolved<'v>(value: &'v Value, all: &[&'v Value]) -> &'v Value {
    let id = match value {
        Value::String(id) => Some(id.as_str()),
        Value::Object(fields) if fields.len() == 1 => fields.get("@id").and_then(Value::as_str),
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    };
    let is_it = |node: &&&Value| {
        let own = node.get("@id").and_then(Value::as_str);
        own == id && node.as_object().is_some_and(|fields| fields.len() > 1)
    };
    id.and_then(|_| all.iter().find(is_it)).copied().unwrap_or(value)
}

fn is_event(node: &Value) -> bool {
    kinds(node).any(|kind| kind.ends_with("Event") || OTHER_EVENTS.contains(&kind))
}

fn is_offer(node: &Value) -> bool {
    kinds(node).any(|kind| matches!(kind, "Offer" | "AggregateOffer"))
}

/// The names of what a node is, without their vocabulary.
fn kinds(node: &Value) -> impl Iterator<Item = &str> {
    let kinds = values(node, "@type").filter_map(Value::as_str);
    kinds.map(|kind| kind.rsplit(['/', '#', ':']).next().unwrap_or(kind))
}
