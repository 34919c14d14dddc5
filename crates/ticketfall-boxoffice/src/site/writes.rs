//! What the requests of a page's script must carry.

use http::Method;
use http::header::{CONTENT_TYPE, ORIGIN};

use super::ask::Ask;
use super::caller::{Caller, SignedIn};
use super::route::Audience;
use crate::event::EventId;
use crate::house::House;
use crate::refusal::Refusal;

const KEY_HEADER: &str = "RequestVerificationToken";

/// The member who asks, where the request carries what its kind must carry.
pub(super) fn check<'a>(
    house: &mut House,
    ask: &Ask,
    caller: &'a Caller,
    audience: Audience,
) -> Result<&'a SignedIn, Refusal> {
    let Caller::Member { signed_in, .. } = caller else {
        return Err(Refusal::SignedOut);
    };
    match audience {
        Audience::Anybody | Audience::Page => {}
        Audience::Feed => check_script(ask)?,
        Audience::Write => {
            check_script(ask)?;
            check_write(house, ask, signed_in)?;
        }
    }
    Ok(signed_in)
}

/// Whether a write to this event can be thought of at all.
pub(super) fn admit(house: &House, event: EventId, who: &SignedIn, ask: &Ask) -> Result<(), Refusal> {
    house.admit(event, &who.session, ask.now).map(|_event| ()).or(Err(Refusal::EventClosed))
}

/// Whether `key` is the page key of now; a right one counts as a write.
pub(super) fn check_key(
    house: &mut House,
    ask: &Ask,
    who: &SignedIn,
    key: Option<&str>,
) -> Result<(), Refusal> {
    let key = key.filter(|key| !key.is_empty()).ok_or(Refusal::NoKey)?;
    if house.sessions.key(&who.session, ask.now).as_deref() != Some(key) {
        return Err(Refusal::StaleKey);
    }
    house.sessions.count_write(&who.session);
    Ok(())
}

fn check_script(ask: &Ask) -> Result<(), Refusal> {
    let xhr = ask.header("x-requested-with") == Some("XMLHttpRequest");
    if xhr { Ok(()) } else { Err(Refusal::NotXhr) }
}

fn check_write(house: &mut House, ask: &Ask, who: &SignedIn) -> Result<(), Refusal> {
    let times = |name: &str| ask.headers.get_all(name).iter().count();
    if times(KEY_HEADER) > 1 {
        return Err(Refusal::Repeated(KEY_HEADER));
    }
    if times(ORIGIN.as_str()) > 1 {
        return Err(Refusal::Repeated("Origin"));
    }
    let json = ask.header(CONTENT_TYPE.as_str()).is_some_and(|value| value.starts_with("application/json"));
    // A DELETE has no body to be of a type.
    if ask.method != Method::DELETE && !json {
        return Err(Refusal::NotJson);
    }
    check_key(house, ask, who, ask.header(KEY_HEADER))
}
