//! The answers of somebody who does not get what they asked for.

use std::time::Duration;

use askama::Template;
use http::StatusCode;
use http::header::RETRY_AFTER;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::Answer;
use super::ask::Ask;
use super::route::{Audience, Route};
use crate::refusal::{Reason, Refusal};

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    title: &'a str,
    sentence: &'a str,
}

/// The answer to a refused request; a 400 is a page or a plain text.
pub(super) fn answer(refusal: &Refusal, ask: &Ask, route: &Route, as_html: bool) -> Answer {
    let answer = match refusal {
        Refusal::SignedOut => signed_out(ask, route),
        Refusal::NotAllowed { event, reason } => Answer::redirect(&format!(
            "/EDP/Validation/EventNotAllowed?eventId={event}&reason={}",
            reason.code()
        )),
        Refusal::NotFound => {
            notice("Page not found", "There is nothing at this address.").status(StatusCode::NOT_FOUND)
        }
        Refusal::NotXhr
        | Refusal::NotJson
        | Refusal::NoKey
        | Refusal::StaleKey
        | Refusal::Repeated(_)
        | Refusal::Malformed(_)
        | Refusal::BadParameter(_)
        | Refusal::WrongQuantity
        | Refusal::OverTheLimit
        | Refusal::SeatGone
        | Refusal::NotLocked
        | Refusal::WrongPriceClass
        | Refusal::WrongMarket
        | Refusal::EventClosed => bad_request(refusal.sentence(), as_html),
    };
    answer.note(refusal.note())
}

/// Where somebody without a session is sent.
pub(super) fn signed_out(ask: &Ask, route: &Route) -> Answer {
    match route.audience() {
        Audience::Feed | Audience::Write => Answer::redirect(
            "/Error/CommonWithTitle?key=Message_SessionTimeout_Light&titleKey=Message_SessionTimeout_Light_Title",
        ),
        Audience::Anybody | Audience::Page => {
            let back = utf8_percent_encode(ask.target(), NON_ALPHANUMERIC);
            Answer::redirect(&format!("/Authentication/Login?ReturnUrl={back}&PublishLogoutDataLayer=true"))
        }
    }
}

/// The 429 of somebody who asks too fast.
pub(super) fn too_fast(wait: Duration) -> Answer {
    let seconds = wait.as_millis().div_ceil(1_000);
    let answer = notice("Too many requests", "Please wait a little before you go on.");
    answer
        .status(StatusCode::TOO_MANY_REQUESTS)
        .with(RETRY_AFTER, &seconds.to_string())
        .note(format!("refused: too fast, wait {seconds} s"))
}

/// The page that a script's request is sent to when the session is over.
pub(super) fn problem_page() -> Answer {
    notice("Your session has timed out", "Please sign in again to go on.")
}

/// The page that says why an event cannot be opened.
pub(super) fn not_allowed_page(ask: &Ask) -> Answer {
    let reason = ask.query.get("reason").and_then(Reason::by_code);
    notice("This event is not available", reason.map_or("You cannot open this event.", Reason::sentence))
}

pub(super) fn notice(title: &str, sentence: &str) -> Answer {
    Answer::page(&Notice { title, sentence })
}

fn bad_request(sentence: &str, as_html: bool) -> Answer {
    let answer =
        if as_html { notice("Something went wrong", sentence) } else { Answer::text(sentence.to_owned()) };
    answer.status(StatusCode::BAD_REQUEST)
}
