//! The first command of the README, as it is built: a real browser, real sockets, real time.

use std::collections::BTreeMap;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Runs the demo in a home of its own, without anything of this machine's configuration.
fn demo(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let home = TempDir::new().unwrap();
    Command::new(env!("CARGO_BIN_EXE_ticketfall"))
        .arg("demo")
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .envs(variables.iter().copied())
        .timeout(Duration::from_mins(2))
        .output()
        .unwrap()
}

/// What was printed, one event a line; the first of each kind by its name.
fn events(output: &Output) -> BTreeMap<String, Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let mut events = BTreeMap::new();
    for line in text.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(event["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{line}");
        events.entry(event["event"].as_str().unwrap().to_owned()).or_insert(event);
    }
    events
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What each kind of event has of its own.
const FIELDS: [(&str, &[&str]); 9] = [
    ("session", &["profile", "origin", "cookies"]),
    ("reading", &["watched", "by", "reading", "offers", "tookMs", "blindMs"]),
    ("fall", &["watched", "fall", "seats"]),
    ("verdict", &["watched", "profiles", "wanted", "groups", "refused"]),
    ("hold", &["profile", "watched", "attempt", "seats", "answer", "tookMs"]),
    ("refused", &["profile", "watched", "by", "attempt", "reason"]),
    ("seat_view", &["profile", "watched", "chosen"]),
    ("proof", &["profile", "watched", "result", "seats", "total", "expiresAt"]),
    ("order_page", &["profile", "watched", "url", "opened", "secondsLeft"]),
];

fn assert_told(events: &BTreeMap<String, Value>) {
    for (kind, fields) in FIELDS {
        let event = events.get(kind).unwrap_or_else(|| panic!("no {kind} in {:?}", events.keys()));
        for field in fields {
            assert!(event.get(field).is_some(), "no {field} in {event}");
        }
    }
}

#[test]
fn the_demo_ends_with_seats_held_and_the_order_page_open_in_a_real_browser() {
    let output = demo(&["--once", "--headless", "--json", "--seed", "1", "--timeout", "60"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let events = events(&output);
    assert_told(&events);
    assert_eq!(events["session"]["origin"], "browser");
    assert_eq!(events["order_page"]["opened"], true, "{}", events["order_page"]);
    assert_eq!(events["proof"]["seats"].as_array().unwrap().len(), 2);
}

#[test]
fn without_a_browser_the_demo_says_aloud_that_the_session_is_imported() {
    let nowhere = [("TICKETFALL_BROWSER_PATH", "/nowhere/chromium")];
    let output = demo(&["--once", "--headless", "--json", "--seed", "1", "--timeout", "60"], &nowhere);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("without a browser, by an imported session"), "{}", said(&output));
    let events = events(&output);
    assert_told(&events);
    assert_eq!(events["order_page"]["opened"], false);
}

#[test]
fn a_demo_whose_time_is_up_says_that_nothing_was_found() {
    let nowhere = [("TICKETFALL_BROWSER_PATH", "/nowhere/chromium")];
    let output = demo(&["--once", "--headless", "--json", "--seed", "1", "--timeout", "1"], &nowhere);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
}
