//! Ticketmaster's Inventory Status API: whether there are tickets, for primary and resale, never which.

use serde::Deserialize;
use ticketfall_core::ids::AreaId;
use ticketfall_core::offer::Market;
use ticketfall_core::reading::Reading;

use super::read::{Circumstances, Read, Unknown, anywhere, tickets};
use super::wire::{Loose, unreadable};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(alias = "eventid", alias = "id")]
    event_id: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    resale_status: Option<String>,
}

/// Reads the answer about some events, of which one may be wanted.
pub fn read(bytes: &[u8], given: &Circumstances<'_>) -> Result<Read, Reading> {
    let events: Vec<Loose<Wire>> =
        serde_json::from_slice(bytes).map_err(|error| unreadable(bytes, &error))?;
    let mut read = Read::default();
    let mut answered = false;
    for event in events {
        let event = match event.0 {
            Ok(event) => event,
            Err(why) => {
                read.dropped.note(|| format!("an event: {why}"));
                continue;
            }
        };
        if given.event.is_some_and(|wanted| *wanted.as_str() != *event.event_id) {
            continue;
        }
        answered = true;
        let area = given.event.map_or_else(|| AreaId::new(&event.event_id).ok(), |_| None);
        let area = area.unwrap_or_else(anywhere);
        for (market, status) in [(Market::Primary, &event.status), (Market::Exchange, &event.resale_status)] {
            take(&mut read, &area, market, status.as_deref(), &event.event_id);
        }
    }
    if !answered && read.dropped.count == 0 {
        return Err(Unknown("the answer says nothing of the event".to_owned()).into());
    }
    Ok(read.unless_all_is_dropped()?)
}

fn take(read: &mut Read, area: &AreaId, market: Market, status: Option<&str>, event: &str) {
    match status {
        Some("TICKETS_AVAILABLE" | "FEW_TICKETS_LEFT") => {
            let mut offer = tickets(area.clone(), market, None, None);
            offer.kind = (status == Some("FEW_TICKETS_LEFT")).then(|| "few left".into());
            read.offers.push(offer);
        }
        Some("TICKETS_NOT_AVAILABLE") => {}
        Some(other) => read.dropped.note(|| format!("{event}: the status {other:?} tells nothing")),
        None if market == Market::Exchange => {}
        None => read.dropped.note(|| format!("{event}: no status")),
    }
}
