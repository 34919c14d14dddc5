//! The waiting room's own pages: the line, the check before it, what its script asks for, and what went wrong.

use std::time::Duration;

use askama::Template;
use http::{Method, StatusCode};
use serde::Serialize;

use super::answer::Answer;
use super::ask::Ask;
use super::queue_url::{QUEUE_PREFIX, queue_url, way_on};
use crate::queue_room::{Line, QueueRoom, Sight, Visit};

/// How often the page asks for its status, in seconds.
const ASK_EVERY: u64 = 3;

#[derive(Template)]
#[template(path = "waiting_room.html")]
struct WaitingRoom {
    status: Status,
    every: u64,
}

#[derive(Template)]
#[template(path = "soft_block.html")]
struct SoftBlock<'a> {
    code: &'a str,
    has_missed: bool,
    action: &'a str,
}

#[derive(Template)]
#[template(path = "room_notice.html")]
struct RoomNotice<'a> {
    title: &'a str,
    sentence: &'a str,
    again: Option<&'a str>,
}

/// What the page shows and its script asks for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    page_id: &'static str,
    users_in_line_ahead_of_you: u64,
    queue_number: u64,
    which_is_in: String,
    /// Seconds since the opening, as the clock on the wall of the room shows it.
    expected_service_time: String,
    expected_seconds: Option<u64>,
    progress: u64,
    is_paused: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Elsewhere<'a> {
    redirect_url: &'a str,
}

/// Answers a request to a page under the room's prefix.
pub(super) fn answer(room: &mut QueueRoom, ask: &Ask, path: &str) -> Answer {
    match (&ask.method, path) {
        (&Method::GET | &Method::HEAD, "") => page(room, ask),
        (&Method::GET | &Method::HEAD, "status") => status(room, ask),
        (&Method::POST, "check") => check(room, ask),
        (&Method::GET | &Method::HEAD, "error/hash/") => {
            refused(room, ask, "We could not recognise your place in the line.")
        }
        (&Method::GET | &Method::HEAD, "error/timestamp/") => {
            refused(room, ask, "Your turn has passed before you went on.")
        }
        _ => notice("There is nothing at this address.", StatusCode::NOT_FOUND),
    }
}

fn page(room: &mut QueueRoom, ask: &Ask) -> Answer {
    let script = room.script();
    if ask.query.get("c") != Some(&script.customer) || ask.query.get("e") != Some(&script.id) {
        return notice("There is no line of this name.", StatusCode::NOT_FOUND);
    }
    let (cookie, target) = (cookie_name(room), way_on(ask));
    match room.visit(ask.cookie(&cookie), &target, ask.now) {
        Visit::NotNeeded => Answer::redirect_to(&target),
        Visit::Full => {
            notice("The line is too long. Please come again later.", StatusCode::SERVICE_UNAVAILABLE)
        }
        Visit::Place { queue_id, sight } => seen(ask, sight)
            .set_cookie(&format!("{cookie}={queue_id}; Path={QUEUE_PREFIX}; HttpOnly; SameSite=Lax")),
    }
}

fn seen(ask: &Ask, sight: Sight) -> Answer {
    match sight {
        Sight::Onward { url } => Answer::redirect_to(&url),
        Sight::Line(line) => {
            Answer::page(&WaitingRoom { status: Status::of(line, ask.now), every: ASK_EVERY })
        }
        Sight::Check { code, missed } => {
            let action = format!("{QUEUE_PREFIX}/check?{}", ask.query_text());
            Answer::page(&SoftBlock { code: &code, has_missed: missed > 0, action: &action })
        }
    }
}

fn status(room: &mut QueueRoom, ask: &Ask) -> Answer {
    let sight = ask.cookie(&cookie_name(room)).and_then(|queue_id| room.look(queue_id, ask.now));
    match sight {
        Some(Sight::Line(line)) => Answer::json(&Status::of(line, ask.now)),
        Some(Sight::Onward { url }) => Answer::json(&Elsewhere { redirect_url: &url }),
        // The page's script asks for the whole page again.
        Some(Sight::Check { .. }) | None => Answer::empty().status(StatusCode::NOT_FOUND),
    }
}

fn check(room: &mut QueueRoom, ask: &Ask) -> Answer {
    let form = ask.form();
    if let Some(queue_id) = ask.cookie(&cookie_name(room)) {
        let is_person = form.get("person").is_some();
        room.answer_check(queue_id, form.get("code").unwrap_or_default().trim(), is_person, ask.now);
    }
    Answer::redirect_to(&format!("{QUEUE_PREFIX}/?{}", ask.query_text()))
}

fn refused(room: &QueueRoom, ask: &Ask, sentence: &str) -> Answer {
    let again = queue_url(room.script(), ask, "/", &way_on(ask));
    Answer::page(&RoomNotice { title: "You are not in the line", sentence, again: Some(&again) })
}

fn notice(sentence: &str, status: StatusCode) -> Answer {
    Answer::page(&RoomNotice { title: "Waiting room", sentence, again: None }).status(status)
}

fn cookie_name(room: &QueueRoom) -> String {
    format!("Queue-it-{}", room.script().id)
}

impl Status {
    fn of(line: Line, now: Duration) -> Self {
        Self {
            page_id: if line.has_started { "queue" } else { "before" },
            users_in_line_ahead_of_you: line.ahead,
            queue_number: line.number,
            which_is_in: line.wait.map(in_words).unwrap_or_default(),
            expected_service_time: line.wait.map(|wait| on_the_clock(now + wait)).unwrap_or_default(),
            expected_seconds: line.wait.map(|wait| wait.as_secs()),
            progress: line.percent,
            is_paused: line.is_paused,
        }
    }
}

fn in_words(wait: Duration) -> String {
    match wait.as_secs().div_ceil(60) {
        0 | 1 => "less than a minute".to_owned(),
        minutes @ 2..=60 => format!("{minutes} minutes"),
        61.. => "more than an hour".to_owned(),
    }
}

/// Time since the opening: without a wall clock, the only one that both sides know.
fn on_the_clock(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    format!("{}:{:02}:{:02}", minutes / 60, minutes % 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_words_and_by_the_clock() {
        let words = |seconds| in_words(Duration::from_secs(seconds));
        assert_eq!(
            [0, 60, 61, 3_600].map(words),
            ["less than a minute", "less than a minute", "2 minutes", "60 minutes"]
        );
        assert_eq!(words(3_601), "more than an hour");
        assert_eq!(on_the_clock(Duration::from_secs(3_725)), "1:02:05");
    }
}
