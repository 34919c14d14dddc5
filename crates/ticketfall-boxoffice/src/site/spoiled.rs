//! What faults do to answers: some come in place of the page, some spoil what the page said.

use http::StatusCode;
use http::header::RETRY_AFTER;
use serde_json::{Value, json};

use super::answer::{Answer, Delivery};
use super::ask::Ask;
use super::route::Route;
use super::{captcha, refused};
use crate::fault::FaultKind;

const IDENTITY_PAGE: &str =
    "<!doctype html><title>Northend tickets</title><h1>Let's Get Your Identity Verified</h1>";
const ABUSE_PAGE: &str =
    "<!doctype html><title>Northend tickets</title><abuse-component action=\"block\"></abuse-component>";

/// The answer that a fault gives in place of the page, where it is of that kind.
pub(super) fn instead(fault: &FaultKind, ask: &Ask, route: &Route) -> Option<Answer> {
    let answer = match fault {
        FaultKind::Status { status, retry_after } => bare_status(*status, *retry_after),
        FaultKind::Block => Answer::json(&json!({ "response": "block" })),
        FaultKind::Abuse => Answer::html(ABUSE_PAGE),
        FaultKind::Paused => {
            refused::notice("Your Browsing Activity Has Been Paused", "We noticed something unusual.")
        }
        FaultKind::Identity => Answer::html(IDENTITY_PAGE),
        FaultKind::Captcha => captcha::demanded(ask),
        FaultKind::Restricted => {
            refused::notice("Restricted access", "You cannot open this page.").status(StatusCode::FORBIDDEN)
        }
        FaultKind::SignedOut => refused::signed_out(ask, route),
        FaultKind::EmptyBasket => return unbooked(route),
        FaultKind::Garbage => refused::notice("We will be right back", "Our site is being looked after."),
        FaultKind::EmptyBody => Answer::empty(),
        FaultKind::RedirectLoop => Answer::redirect_to(ask.target()),
        FaultKind::StaleKey
        | FaultKind::GrantThenSilence
        | FaultKind::Slow(_)
        | FaultKind::Truncated
        | FaultKind::NullFields => return None,
    };
    Some(answer.note(format!("fault: {}", name(fault))))
}

/// The page's answer as the fault leaves it.
pub(super) fn spoil(fault: &FaultKind, mut answer: Answer) -> Answer {
    match fault {
        FaultKind::GrantThenSilence => answer.delivery = Delivery::Never,
        FaultKind::Slow(delay) => answer.delivery = Delivery::After(*delay),
        FaultKind::Truncated => answer.delivery = Delivery::Cut,
        FaultKind::NullFields => nullify(&mut answer),
        FaultKind::Status { .. }
        | FaultKind::Block
        | FaultKind::Abuse
        | FaultKind::Paused
        | FaultKind::Identity
        | FaultKind::Captcha
        | FaultKind::Restricted
        | FaultKind::SignedOut
        | FaultKind::EmptyBasket
        | FaultKind::StaleKey
        | FaultKind::Garbage
        | FaultKind::EmptyBody
        | FaultKind::RedirectLoop => {}
    }
    answer.note = format!("{}; fault: {}", answer.note, name(fault));
    answer
}

fn name(fault: &FaultKind) -> String {
    match fault {
        FaultKind::Status { status, .. } => format!("status {status}"),
        FaultKind::Slow(delay) => format!("slow by {delay:?}"),
        FaultKind::Block => "block".to_owned(),
        FaultKind::Abuse => "abuse".to_owned(),
        FaultKind::Paused => "paused".to_owned(),
        FaultKind::Identity => "identity".to_owned(),
        FaultKind::Captcha => "captcha".to_owned(),
        FaultKind::Restricted => "restricted".to_owned(),
        FaultKind::SignedOut => "signed out".to_owned(),
        FaultKind::EmptyBasket => "empty basket".to_owned(),
        FaultKind::StaleKey => "stale key".to_owned(),
        FaultKind::GrantThenSilence => "never answered".to_owned(),
        FaultKind::Truncated => "truncated".to_owned(),
        FaultKind::Garbage => "garbage".to_owned(),
        FaultKind::NullFields => "null fields".to_owned(),
        FaultKind::EmptyBody => "empty body".to_owned(),
        FaultKind::RedirectLoop => "redirect loop".to_owned(),
    }
}

fn bare_status(status: u16, retry_after: Option<u64>) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let answer = Answer::text(status.canonical_reason().unwrap_or_default()).status(status);
    match retry_after {
        Some(seconds) => answer.with(RETRY_AFTER, &seconds.to_string()),
        None => answer,
    }
}

/// The good news of a hold that books nothing.
fn unbooked(route: &Route) -> Option<Answer> {
    let booked = if matches!(route, Route::Put(_)) {
        super::best_available::booked()
    } else if matches!(route, Route::Select(_)) {
        super::select::booked(0)
    } else {
        return None;
    };
    Some(booked.note("fault: empty basket"))
}

/// Every value null, every list and object kept; nothing to keep becomes a bare null.
fn nullify(answer: &mut Answer) {
    let Ok(mut value) = serde_json::from_slice::<Value>(&answer.body) else { return };
    empty_out(&mut value);
    answer.body = value.to_string().into();
}

fn empty_out(value: &mut Value) {
    match value {
        Value::Array(list) if !list.is_empty() => list.iter_mut().for_each(empty_out),
        Value::Object(fields) if !fields.is_empty() => fields.values_mut().for_each(empty_out),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            *value = Value::Null;
        }
    }
}
