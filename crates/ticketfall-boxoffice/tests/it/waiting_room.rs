//! The waiting room as clients meet it: turned away, in the line, through, and what the books say of them.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use ticketfall_boxoffice::{BoxOffice, LEAGUE_MATCH, Pause, PlaceStanding, Room, RoomBook, Script};

use crate::visitor::{ADA, BEN, RESALE, Reply, Visitor, lock_body, open};

const MATCH_PAGE: &str = "/EDP/Event/Index/4001";
const QUEUE: &str = "/_queue/?c=northend&e=matchday&ver=boxoffice-1&cver=1&man=event-4001&cid=en-GB&l=&t=%2Fnorthend%2FEDP%2FEvent%2FIndex%2F4001";
const PASS: &str = "QueueITAccepted-SDFrts345E-V3_matchday";
const PLACE: &str = "Queue-it-matchday";

/// In front of the league match from the first minute on: one a second, nine of them before anybody joins.
fn room() -> Room {
    Room { event: Some(LEAGUE_MATCH), opens: Duration::from_mins(1), ahead: 9, ..Room::default() }
}

/// A box office whose room has just opened, and a member who signed in before.
async fn opened(room: Room) -> (BoxOffice, Visitor) {
    let office = open(Script { room: Some(room), ..Script::default() });
    let ada = Visitor::signed_in(&office, ADA).await;
    after(60).await;
    (office, ada)
}

async fn after(seconds: u64) {
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

fn book(office: &BoxOffice) -> RoomBook {
    office.books().room.unwrap()
}

async fn script_feed(visitor: &mut Visitor, page: &str) -> Reply {
    let request = Request::get(format!("/northend{RESALE}"))
        .header("host", "127.0.0.1:7480")
        .header("X-Requested-With", "XMLHttpRequest")
        .header("x-queueit-ajaxpageurl", page);
    visitor.send(request, Body::empty()).await
}

async fn status(visitor: &mut Visitor) -> Value {
    visitor.go("/_queue/status").await.json()
}

/// Waits in the line for ten seconds; the answer is the way on.
async fn wait(visitor: &mut Visitor) -> String {
    assert_eq!(visitor.go(QUEUE).await.status, StatusCode::OK);
    after(10).await;
    status(visitor).await["redirectUrl"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_page_without_a_pass_leads_to_the_line() {
    let (office, mut ada) = opened(room()).await;
    let turned = ada.page(MATCH_PAGE).await;
    assert_eq!((turned.status, turned.location()), (StatusCode::FOUND, QUEUE));
    assert_eq!(office.log().last().unwrap().note, "waiting room: no pass");
    assert_eq!(ada.page("/EDP/Event/Index/4002").await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_script_that_names_its_page_is_told_in_a_header() {
    let (_, mut ada) = opened(Room { host: Some("localhost".to_owned()), ..room() }).await;
    let turned =
        script_feed(&mut ada, "http%3A%2F%2F127.0.0.1%3A7480%2Fnorthend%2FEDP%2FEvent%2FIndex%2F4001").await;
    assert_eq!((turned.status, turned.body.as_str()), (StatusCode::OK, ""));
    let url = turned.header("x-queueit-redirect");
    assert!(
        url.starts_with("http%3A%2F%2Flocalhost%3A7480%2F_queue%2F%3Fc%3Dnorthend%26e%3Dmatchday%26"),
        "{url}"
    );
    assert!(url.ends_with(
        "%26t%3Dhttp%253A%252F%252F127.0.0.1%253A7480%252Fnorthend%252FEDP%252FEvent%252FIndex%252F4001"
    ));
    let unnamed = ada.feed(RESALE).await;
    assert_eq!(unnamed.status, StatusCode::FOUND);
    assert!(unnamed.location().starts_with("http://localhost/_queue/?c=northend"), "{unnamed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_browser_waits_and_comes_back_with_a_pass() {
    let (office, mut ada) = opened(room()).await;
    let queue = ada.page(MATCH_PAGE).await.location().to_owned();
    let line = ada.go(&queue).await;
    assert_eq!(line.between("id=\"MainPart_lbUsersInLineAheadOfYou\">", "<"), "9");
    after(10).await;
    let on = ada.go(&queue).await.location().to_owned();
    assert!(
        on.starts_with("/northend/EDP/Event/Index/4001?queueittoken=e_matchday~ts_190~ce_true~rt_queue~q_"),
        "{on}"
    );
    let clean = ada.go(&on).await;
    assert_eq!((clean.status, clean.location()), (StatusCode::FOUND, "/northend/EDP/Event/Index/4001"));
    let pass = clean.header("set-cookie").to_owned();
    assert!(pass.starts_with(&format!("{PASS}=EventId%3Dmatchday%26QueueId%3D")), "{pass}");
    assert!(pass.contains("%26RedirectType%3Dqueue%26IssueTime%3D70%26Hash%3D"), "{pass}");
    assert!(ada.page(MATCH_PAGE).await.body.contains("ism-module"));
    let book = book(&office);
    assert_eq!((book.passes(), book.polls(), book.violations), (1, 0, Vec::new()));
    assert_eq!(book.places[0].client.as_deref(), Some(ADA));
    assert_eq!(book.places[0].standing, PlaceStanding::Gone { at: Duration::from_secs(70) });
}

#[tokio::test(start_paused = true)]
async fn the_waiting_page_has_the_marks_of_the_wire() {
    let (_, mut ada) = opened(room()).await;
    ada.go(QUEUE).await;
    after(5).await;
    let page = ada.go(QUEUE).await;
    for mark in [
        "<body data-pageid=\"queue\">",
        "id=\"MainPart_lbQueueNumber\">10<",
        "id=\"MainPart_lbUsersInLineAheadOfYou\">4<",
        "id=\"MainPart_lbWhichIsIn\">less than a minute<",
        "id=\"MainPart_lbExpectedServiceTime\" data-seconds=\"5\">0:01:10<",
        "id=\"MainPart_divProgressbar\" role=\"progressbar\"",
        "aria-valuenow=\"50\"",
        "http-equiv=\"refresh\"",
    ] {
        assert!(page.body.contains(mark), "{mark}\n{}", page.body);
    }
    let expected = json!({
        "pageId": "queue", "usersInLineAheadOfYou": 4, "queueNumber": 10, "whichIsIn": "less than a minute",
        "expectedServiceTime": "0:01:10", "expectedSeconds": 5, "progress": 50, "isPaused": false,
    });
    assert_eq!(status(&mut ada).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_paused_line_says_so_and_promises_no_time() {
    let pause = Pause { at: Duration::from_secs(62), lasts: Duration::from_mins(5) };
    let (_, mut ada) = opened(Room { pauses: vec![pause], ..room() }).await;
    ada.go(QUEUE).await;
    assert!(!ada.go(QUEUE).await.body.contains("class=\"queue-paused\""));
    after(120).await;
    let page = ada.go(QUEUE).await;
    assert!(page.body.contains("<body data-pageid=\"queue\" class=\"queue-paused\">"));
    assert!(page.body.contains("id=\"MainPart_lbWhichIsIn\"></dd>"));
    let status = status(&mut ada).await;
    assert_eq!((&status["isPaused"], &status["expectedSeconds"]), (&json!(true), &Value::Null));
    assert_eq!(status["usersInLineAheadOfYou"], 7);
}

#[tokio::test(start_paused = true)]
async fn before_the_start_the_page_says_so() {
    let (_, mut ada) = opened(Room { starts: Some(Duration::from_mins(3)), ..room() }).await;
    let page = ada.go(QUEUE).await;
    assert!(page.body.contains("data-pageid=\"before\"") && page.body.contains("3 minutes"), "{}", page.body);
    after(120).await;
    assert_eq!(status(&mut ada).await["pageId"], "queue");
}

#[tokio::test(start_paused = true)]
async fn a_second_client_has_a_second_place() {
    let (office, mut ada) = opened(room()).await;
    ada.go(QUEUE).await;
    ada.go(QUEUE).await;
    assert_eq!(book(&office).places.len(), 1);
    let second = Visitor::new(&office).go(QUEUE).await;
    assert_eq!(second.between("id=\"MainPart_lbQueueNumber\">", "<"), "11");
    let places = book(&office).places;
    assert_eq!(
        places.iter().map(|place| (place.number, place.asked)).collect::<Vec<_>>(),
        [(Some(10), 2), (Some(11), 1)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_hold_needs_a_pass_where_it_is_for_the_guarded_event() {
    let (office, mut ada) = opened(room()).await;
    office.fall(crate::visitor::two_seats()).unwrap();
    let turned = ada.lock(2).await;
    assert!(turned.location().starts_with("/_queue/"), "{turned:?}");
    assert_eq!(
        ada.write(Method::DELETE, "/EDP/Ism/PurgeLocks?eventId=4001", &Value::Null).await.status,
        StatusCode::FOUND
    );
    let mut other = lock_body(1);
    other["EventId"] = json!(4002);
    assert_eq!(
        ada.write(Method::POST, "/EDP/BestAvailable/ResaleSeats", &other).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(office.books().seats_on_sale(4001).len(), 2);
    let on = wait(&mut ada).await;
    ada.go(&on).await;
    ada.read_key(4001).await;
    ada.hold(2).await;
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_changed_or_is_late_leads_to_an_error_page() {
    let (office, mut ada) = opened(room()).await;
    let on = wait(&mut ada).await;
    let changed = ada.go(&on.replace("~ce_true", "~ce_false")).await.location().to_owned();
    assert!(changed.starts_with("/_queue/error/hash/?c=northend&e=matchday&"), "{changed}");
    let page = ada.go(&changed).await;
    assert!(page.body.contains("data-pageid=\"error\"") && page.body.contains("href=\"/_queue/?c=northend"));
    after(121).await;
    let late = ada.go(&on).await.location().to_owned();
    assert!(late.starts_with("/_queue/error/timestamp/?"), "{late}");
    assert!(ada.go(&late).await.body.contains("Your turn has passed"));
    assert_eq!(ada.cookies.get(PASS), None);
    assert_eq!(office.log().last().unwrap().note, "waiting room: token refused, /error/timestamp/");
}

#[tokio::test(start_paused = true)]
async fn a_pass_is_renewed_by_each_request_unless_it_is_not_extended() {
    for (extend, status) in [(true, StatusCode::OK), (false, StatusCode::FOUND)] {
        let (_, mut ada) = opened(Room { pass_minutes: 1, extend, ..room() }).await;
        let on = wait(&mut ada).await;
        ada.go(&on).await;
        after(50).await;
        assert_eq!(ada.page(MATCH_PAGE).await.headers.contains_key("set-cookie"), extend);
        after(50).await;
        assert_eq!(ada.page(MATCH_PAGE).await.status, status);
    }
}

#[tokio::test(start_paused = true)]
async fn asking_the_site_while_waiting_is_counted_for_each_client() {
    let (office, mut ada) = opened(room()).await;
    let mut ben = Visitor::new(&office);
    ada.page(MATCH_PAGE).await;
    for _ in 0..3 {
        ben.page(MATCH_PAGE).await;
        ada.go(QUEUE).await;
        status(&mut ada).await;
    }
    let book = book(&office);
    let counted: Vec<_> =
        book.clients.iter().map(|client| (client.name.as_str(), client.turned_away, client.polls)).collect();
    assert_eq!(counted, [(ADA, 1, 0), ("visitor 2", 3, 2)]);
    assert_eq!(office.books().violations(), ["visitor 2 asked the site 2 times more while waiting"]);
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_another_member_uses_is_a_violation() {
    let (office, mut ada) = opened(Room { opens: Duration::from_mins(2), ..room() }).await;
    let mut ben = Visitor::signed_in(&office, BEN).await;
    after(60).await;
    let on = wait(&mut ada).await;
    ada.go(&on).await;
    ben.cookies.insert(PASS.to_owned(), ada.cookies[PASS].clone());
    assert_eq!(ben.page(MATCH_PAGE).await.status, StatusCode::OK);
    assert_eq!(office.books().violations(), [format!("{BEN} used the pass of {ADA}")]);
}

#[tokio::test(start_paused = true)]
async fn a_soft_block_is_a_persons_to_answer() {
    let (office, mut ada) = opened(Room { soft_block: true, ahead: 90, ..room() }).await;
    let page = ada.go(QUEUE).await;
    assert!(page.body.contains("data-pageid=\"softblock\"") && page.body.contains("I'm not a robot"));
    after(60).await;
    assert_eq!(ada.go("/_queue/status").await.status, StatusCode::NOT_FOUND);
    assert_eq!(book(&office).places[0].standing, PlaceStanding::Checking { missed: 0 });
    let action = QUEUE.replace("/_queue/", "/_queue/check");
    let code = page.between("fill=\"#1b2430\">", "<").to_owned();
    let answer = ada.send(Request::post(&action), Body::from(format!("code={code}"))).await;
    assert_eq!(answer.location(), QUEUE);
    let second = ada.go(QUEUE).await;
    assert!(second.body.contains("That was not the code, or the box was not ticked"));
    let code = second.between("fill=\"#1b2430\">", "<");
    ada.send(Request::post(&action), Body::from(format!("code={code}&person=yes"))).await;
    assert!(ada.go(QUEUE).await.body.contains("data-pageid=\"queue\""));
}

#[tokio::test(start_paused = true)]
async fn a_room_before_the_whole_site_guards_every_page_of_it() {
    let (office, mut ada) = opened(Room { event: None, ..room() }).await;
    for path in ["/", "/Authentication/Login", "/Checkout/Basket", "/EDP/Event/Index/4002", "/nowhere"] {
        assert!(ada.page(path).await.location().contains("&man=site&"), "{path}");
    }
    assert_eq!(ada.go("/_boxoffice/state").await.json()["room"]["clients"][0]["polls"], 4);
    assert_eq!(book(&office).clients.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn when_the_room_closes_the_site_is_open_and_whoever_waits_goes_on() {
    let (office, mut ada) = opened(Room { closes: Some(Duration::from_secs(65)), ..room() }).await;
    ada.go(QUEUE).await;
    after(5).await;
    assert_eq!(status(&mut ada).await, json!({ "redirectUrl": "/northend/EDP/Event/Index/4001" }));
    assert_eq!(Visitor::new(&office).go(QUEUE).await.location(), "/northend/EDP/Event/Index/4001");
    assert_eq!(ada.page(MATCH_PAGE).await.status, StatusCode::OK);
    assert!(!book(&office).is_open);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_does_not_exist_is_not_found() {
    let (office, mut ada) = opened(room()).await;
    for url in
        [QUEUE.replace("e=matchday", "e=other"), "/_queue/elsewhere".to_owned(), "/_queue/check".to_owned()]
    {
        assert_eq!(ada.go(&url).await.status, StatusCode::NOT_FOUND, "{url}");
    }
    assert!(book(&office).places.is_empty());
    let without = open(Script::default());
    assert_eq!(Visitor::new(&without).go(QUEUE).await.status, StatusCode::NOT_FOUND);
    assert_eq!(without.books().room, None);
}

#[tokio::test(start_paused = true)]
async fn places_tokens_and_passes_are_in_no_book_and_no_log() {
    let (_, mut ada) = opened(room()).await;
    let on = wait(&mut ada).await;
    ada.go(&on.replace("~h_", "~h_0")).await;
    ada.go(&on).await;
    ada.page(MATCH_PAGE).await;
    let told = format!("{}{}", ada.go("/_boxoffice/state").await.body, ada.go("/_boxoffice/log").await.body);
    let token = on.split_once("queueittoken=").unwrap().1;
    for secret in [token, token.split_once("~h_").unwrap().1, &ada.cookies[PLACE], &ada.cookies[PASS]] {
        assert!(!told.contains(secret), "{secret}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_room_can_give_tokens_that_its_site_refuses() {
    let (office, mut ada) = opened(Room { bad_tokens: 1, late_tokens: 1, ..room() }).await;
    let on = wait(&mut ada).await;
    assert!(ada.go(&on).await.location().starts_with("/_queue/error/hash/?"));
    let on = status(&mut ada).await["redirectUrl"].as_str().unwrap().to_owned();
    assert!(ada.go(&on).await.location().starts_with("/_queue/error/timestamp/?"));
    let on = status(&mut ada).await["redirectUrl"].as_str().unwrap().to_owned();
    assert_eq!(ada.go(&on).await.location(), "/northend/EDP/Event/Index/4001");
    assert_eq!((book(&office).passes(), office.books().violations()), (1, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn tokens_and_passes_count_by_the_rooms_clock() {
    let (_, mut ada) = opened(Room { epoch: 1_800_000_000, ..room() }).await;
    let on = wait(&mut ada).await;
    assert!(on.contains("~ts_1800000190~"), "{on}");
    let pass = ada.go(&on).await.header("set-cookie").to_owned();
    assert!(pass.contains("%26IssueTime%3D1800000070%26"), "{pass}");
    assert_eq!(ada.page(MATCH_PAGE).await.status, StatusCode::OK);
    after(20 * 60).await;
    assert_eq!(ada.page(MATCH_PAGE).await.status, StatusCode::FOUND);
}
