//! What whoever runs the simulation may ask over HTTP; no part of the site, and not in its log.

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::answer::Answer;
use super::ask::Ask;
use crate::books::{Books, Cause};
use crate::house::House;
use crate::script::Fall;

#[derive(Serialize)]
struct State {
    #[serde(flatten)]
    books: Books,
    violations: Vec<String>,
}

pub(super) fn answer(house: &mut House, ask: &Ask, path: &str) -> Answer {
    match (path, ask.method == Method::POST) {
        ("state", false) => state(house, ask),
        ("log", false) => Answer::json(&house.log()),
        ("fall", true) => fall(house, ask),
        _ => problem(StatusCode::NOT_FOUND, "ask for GET state, GET log or POST fall"),
    }
}

fn state(house: &House, ask: &Ask) -> Answer {
    let books = house.books(ask.now);
    let violations = books.violations();
    Answer::json(&State { books, violations })
}

fn fall(house: &mut House, ask: &Ask) -> Answer {
    // A form of another site cannot send this type, so no page can make seats fall behind somebody's back.
    let json = ask.header("content-type").is_some_and(|value| value.starts_with("application/json"));
    if !json {
        return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send a fall as application/json");
    }
    let fall: Fall = match serde_json::from_slice(&ask.body) {
        Ok(fall) => fall,
        Err(error) => return problem(StatusCode::BAD_REQUEST, &format!("cannot read the fall: {error}")),
    };
    match house.fall(&fall, ask.now, Cause::Injected) {
        Ok(number) => Answer::json(&house.fall_record(number)),
        Err(error) => problem(StatusCode::BAD_REQUEST, &format!("cannot {error}")),
    }
}

fn problem(status: StatusCode, detail: &str) -> Answer {
    Answer::json(&json!({ "detail": detail })).status(status)
}
