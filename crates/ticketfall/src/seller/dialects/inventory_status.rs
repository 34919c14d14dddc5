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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seller::dialects::retold::{read_for, words};

    fn told(text: &str) -> String {
        crate::seller::dialects::retold::told(read, text)
    }

    #[test]
    fn each_status_says_whether_there_are_tickets() {
        let text = r#"[{"eventId":"a","status":"TICKETS_AVAILABLE"},{"eventid":"b","status":"FEW_TICKETS_LEFT"},
            {"eventId":"c","status":"TICKETS_NOT_AVAILABLE","resaleStatus":"TICKETS_AVAILABLE"}]"#;
        assert_eq!(told(text), "a Primary - ? None; b Primary few left ? None; c Exchange - ? None");
    }

    #[test]
    fn only_the_wanted_event_counts() {
        let text = r#"[{"eventId":"a","status":"TICKETS_AVAILABLE"},
            {"eventId":"b","status":"TICKETS_NOT_AVAILABLE"}]"#;
        assert_eq!(words(&read_for(read, Some("a"), text).unwrap()), "tickets Primary - ? None");
        assert_eq!(read_for(read, Some("b"), text).unwrap().offers, []);
        let other = read_for(read, Some("c"), text).unwrap_err();
        assert_eq!(other.reason(), Some("the answer says nothing of the event"));
    }

    #[test]
    fn what_is_unknown_there_is_unknown_here() {
        for text in [
            r#"[{"eventId":"a","status":"UNKNOWN"}]"#,
            r#"[{"eventId":"a"}]"#,
            r#"[{"eventId":"a","status":"SOON"}]"#,
            r#"[{"status":"TICKETS_AVAILABLE"}]"#,
            "[]",
            "{}",
            "null",
            "<p>",
        ] {
            assert!(told(text).starts_with("unknown:"), "{text}: {}", told(text));
        }
    }
}
