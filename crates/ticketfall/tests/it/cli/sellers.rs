//! Definitions of one's own: drafted from a page, tried on what was saved, and described for editors.

use axum::Router;
use axum::response::Html;
use ticketfall::seller::Definition;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{CAPTURE, User};

const PAGE: &str = r#"<link rel="canonical" href="https://www.halls.example/whats-on/4001"><p>£38.50</p>
    <script type="application/ld+json">{"@type":"MusicEvent","name":"Gala","url":"/whats-on/4001",
    "offers":{"price":"38.50","priceCurrency":"GBP","availability":"InStock"}}</script>"#;

#[test]
fn a_draft_is_made_of_a_saved_page_and_can_be_tried_on_it_at_once() {
    let user = User::new();
    user.write("gala.html", PAGE);
    let draft = user.runs("seller new --from gala.html");
    assert_eq!((draft.code, draft.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(draft.stdout, @r#"
    # Found: the seller is at https://www.halls.example.
    # Found: events are at /whats-on/{event}.
    # Found: the page tells of an event with 1 offer that can be had, in the words of schema.org.
    # A draft: read it, and try it with `ticketfall seller check FILE --page SAVED --explain`.

    based_on = "schema-org"
    id = "halls-example"
    name = "www.halls.example"
    origin = "https://www.halls.example"
    # For the times in statuses, and for prices that name no currency: are these right?
    time_zone = "Europe/London"
    currency = "GBP"
    event_urls = ["/whats-on/{event}"]

    # The least time between two looks. What do the seller's terms say?
    [pace]
    floor = "30s"
    "#);
    user.write("halls.toml", &draft.stdout);
    let tried = user.runs("seller check halls.toml --page gala.html");
    assert_eq!(
        tried.stdout.lines().nth(1),
        Some("gala.html: seats (a feed with 1 offer)"),
        "{}",
        tried.stderr
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_made_of_a_page_of_the_web() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/shows/77", listener.local_addr().unwrap());
    let mut server = JoinSet::new();
    let router = Router::new().route("/shows/77", axum::routing::get(|| async { Html(PAGE) }));
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });
    let user = User::new();
    assert!(user.runs(&format!("seller new --from {url}")).refused(4).contains("private network"));
    let draft = user.runs(&format!("seller new --from {url} --private --json")).json();
    assert!(draft["definition"].as_str().unwrap().contains("event_urls = [\"/shows/{event}\"]"), "{draft}");
    let missing = url.replace("77", "78");
    assert!(user.runs(&format!("seller new --from {missing} --private")).refused(4).contains("status 404"));
}

#[test]
fn the_schema_of_a_definition_is_json() {
    let schema = User::new().runs("seller schema --json").json();
    assert_eq!(schema["title"], "A Ticketfall seller definition");
    assert!(schema["properties"]["dialect"].is_object());
}

#[test]
fn a_saved_answer_is_explained_step_by_step_without_a_profile() {
    let user = User::new();
    user.write("capture.json", CAPTURE);
    let run = user.runs("check --seller exchange capture.json --explain --seats 3");
    insta::assert_snapshot!(run.stdout, @"
    step      read 167 bytes as a feed of offers: status 200, a body of 167 bytes
    step      no rule of [[classify]] fits, and the status means an answer
    step      offer: 1234, band 12, 3 seats, 3 together at most, £75.00 each
    step      reading: seats
    reading   seats
    offers    1, 1 fit
    fits      1234, 3 seats, £75.00 each
    ");
    let steps = user.runs("check --seller exchange capture.json --explain --json").json()["steps"].clone();
    assert_eq!(steps.as_array().map(Vec::len), Some(4));
    assert!(user.runs("check --seller exchange capture.json --json").json().get("steps").is_none());
    let bad = user.runs("check --seller exchange capture.json --document prices");
    assert!(bad.refused(2).contains("prices=saved.json"));
}

#[test]
fn a_saved_answer_keeps_the_status_and_headers_that_it_was_saved_with() {
    let user = User::new();
    user.write("saved.http", "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\n\r\n{}");
    let run = user.runs("check --seller seatgeek saved.http --json");
    assert_eq!((run.code, &run.json()["reading"]), (3, &"slowDown".into()));
}

#[test]
fn an_api_key_that_others_may_read_is_not_used() {
    let user = User::new();
    let key = user.write("config/ticketfall/key", "k3y");
    let text = format!("[sellers.seatgeek]\napi_key_file = '{}'\n", key.display());
    user.write("config/ticketfall/ticketfall.toml", &text);
    let run = user.runs("seller list");
    assert!(run.stderr.contains("chmod 600") && !run.stderr.contains("k3y"), "{}", run.stderr);
}

#[test]
fn what_ships_is_what_a_user_can_show() {
    let user = User::new();
    for id in ["boxoffice", "discovery", "exchange", "inventory-status", "schema-org", "seatgeek"] {
        let shown = user.runs(&format!("seller show {id}"));
        let holds = if matches!(id, "boxoffice" | "exchange") {
            "can hold seats"
        } else {
            "tells, and holds nothing"
        };
        assert!(shown.stdout.contains(holds), "{id}: {}", shown.stdout);
    }
    assert!(Definition::parse("empty.toml", "").is_err());
}
