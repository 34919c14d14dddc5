//! Whether an offer can be had now: its availability, and the time in which it is valid.

use jiff::civil::DateTime;
use jiff::{Timestamp, civil};
use serde_json::Value;

use super::offers::texts;
use crate::seller::dialects::read::{Circumstances, Read};

/// Whether an offer can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Had {
    /// Now.
    Yes,
    /// Not now, and why.
    No(String),
    /// The page does not say, or not in words that are known.
    Unknown(String),
}

/// Whether the offer can be had now; notes when that changes by itself.
pub(super) fn had(offer: &Value, given: &Circumstances<'_>, read: &mut Read) -> Had {
    let (from, until) = (
        moment(offer, &["validFrom", "availabilityStarts"], given, false),
        moment(offer, &["validThrough", "availabilityEnds"], given, true),
    );
    read.changes_at(from, given.now);
    read.changes_at(until, given.now);
    if from.is_some_and(|from| from > given.now) || until.is_some_and(|until| until < given.now) {
        return Had::No("it is not valid now".to_owned());
    }
    let words = texts(offer, "availability");
    let Some(word) = words.first() else {
        return Had::Unknown("the offer does not say whether it can be had".to_owned());
    };
    match word.trim_end_matches('/').rsplit(['/', '#', ':']).next().unwrap_or(word).to_lowercase().as_str() {
        "instock" | "limitedavailability" | "onlineonly" | "instoreonly" | "preorder" | "presale" => Had::Yes,
        "soldout" | "outofstock" | "discontinued" | "reserved" | "backorder" | "madetoorder" => {
            Had::No(format!("its availability is {:?}", shown(word)))
        }
        _ => Had::Unknown(format!("the availability {:?} is not known", shown(word))),
    }
}

/// The time that one of the properties names; a bare date lasts until its end.
fn moment(offer: &Value, names: &[&str], given: &Circumstances<'_>, is_end: bool) -> Option<Timestamp> {
    names.iter().flat_map(|name| texts(offer, name)).find_map(|text| {
        let text = text.trim();
        if let Ok(exact) = text.parse::<Timestamp>() {
            return Some(exact);
        }
        let local = if text.len() <= 10 {
            let time = if is_end { civil::time(23, 59, 59, 0) } else { civil::time(0, 0, 0, 0) };
            text.parse::<civil::Date>().ok()?.to_datetime(time)
        } else {
            text.parse::<DateTime>().ok()?
        };
        given.zone.to_ambiguous_timestamp(local).compatible().ok()
    })
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}
