//! Where pages are; every name in a path is escaped here.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ticketfall_core::ids::{EventKey, ProfileId};

use crate::store::holds::HoldId;

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text as one step of a path, or as one value of a query.
pub(super) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// A member's page.
pub(super) fn member(profile: &ProfileId) -> String {
    format!("/members/{}", escaped(profile.as_str()))
}

/// A hold's page.
pub(super) fn hold(hold: HoldId) -> String {
    format!("/holds/{}", hold.number())
}

/// Where a member's page asks for something.
pub(super) fn member_does(profile: &ProfileId, what: &str) -> String {
    format!("{}/{what}", member(profile))
}

/// Where a member's cookies are imported.
pub(super) fn import(profile: &ProfileId) -> String {
    format!("/cookies?member={}#import", escaped(profile.as_str()))
}

/// An event's page.
pub(super) fn event(key: &EventKey) -> String {
    format!("/events/{}/{}", escaped(key.seller.as_str()), escaped(key.event.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_anywhere_else() {
        let profile = ProfileId::new("../a b?x=\"").unwrap();
        assert_eq!(member_does(&profile, "stop"), "/members/..%2Fa%20b%3Fx%3D%22/stop");
    }
}
