//! What any ticket page says of its event in the words of schema.org: JSON-LD, microdata or RDFa. A page that
//! says nothing of offers is unknown, never empty.

mod availability;
mod events;
mod json_ld;
mod markup;
mod offers;
#[cfg(test)]
mod tests;

use serde_json::Value;
use ticketfall_core::reading::Reading;

use super::html;
use super::read::{Circumstances, Dropped, Read, Unknown};

/// Reads a page.
pub fn read(bytes: &[u8], given: &Circumstances<'_>) -> Result<Read, Reading> {
    let mut dropped = Dropped::default();
    let found = vocabularies(bytes, &mut dropped)?;
    let mut unread = None;
    // The first vocabulary that knows offers counts: a page that uses two says the same thing twice.
    for nodes in &found {
        match events::read(nodes, given) {
            Ok(read) => {
                dropped.add(&read.dropped);
                return Ok(Read { dropped, ..read }.unless_all_is_dropped()?);
            }
            Err(Reading::Unknown { reason }) => unread = unread.or(Some(reason)),
            Err(reading) => return Err(reading),
        }
    }
    let reason = unread.unwrap_or_else(|| nothing(&dropped));
    Err(Unknown(reason).into())
}

/// What each vocabulary of a page says, where it says something.
fn vocabularies(bytes: &[u8], dropped: &mut Dropped) -> Result<Vec<Vec<Value>>, Unknown> {
    if matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return Ok(vec![json_ld::block(&html::text(bytes)).map_err(Unknown)?]);
    }
    let page = html::parsed(bytes)?;
    let found = [json_ld::nodes(&page, dropped), markup::microdata(&page), markup::rdfa(&page)];
    Ok(found.into_iter().filter(|nodes| !nodes.is_empty()).collect())
}

/// What a page is called that tells of no event.
pub(super) fn nothing(dropped: &Dropped) -> String {
    match dropped.described.first() {
        Some(first) => format!("the page says nothing of an event that is understood; {first}"),
        None => "the page says nothing of an event in the words of schema.org".to_owned(),
    }
}
