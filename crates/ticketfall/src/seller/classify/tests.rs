use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderName, HeaderValue};

use super::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/exchange/", $name)).as_slice()
    };
}

const NOW: Timestamp = Timestamp::constant(1_795_273_200, 0);

fn definition() -> Definition {
    let text = r#"
        based_on = "exchange"
        id = "northend"
        name = "Northend FC"
        origin = "https://tickets.northend.example"
        prefix = "/northend"
    "#;
    Definition::parse("northend.toml", text).unwrap()
}

fn answer(status: u16, headers: &[(&str, &str)], body: &'static [u8]) -> Answer {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap()));
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.collect(),
        body: Bytes::from_static(body),
    }
}

fn classified(answer: &Answer) -> Class {
    let url = Url::parse("https://tickets.northend.example/northend/EDP/Seats/AvailableResale").unwrap();
    classify(&definition(), &url, answer, NOW)
}

fn reading(answer: &Answer) -> Reading {
    match classified(answer) {
        Class::Turned { reading, .. } => reading,
        Class::Plain | Class::Redirect(_) => panic!("it was taken for what was asked"),
    }
}

fn redirect_to(location: &str) -> Reading {
    reading(&answer(302, &[("location", location)], b""))
}

#[test]
fn what_was_asked_for_is_plain() {
    for body in [
        fixture!("availability-empty.json"),
        fixture!("availability-one.json"),
        fixture!("page.html"),
        fixture!("config.json"),
    ] {
        assert_eq!(classified(&answer(200, &[], body)), Class::Plain);
    }
    assert_eq!(classified(&answer(400, &[], b"Seat taken")), Class::Plain);
}

#[test]
fn every_way_of_being_signed_out_is_known() {
    for location in [
        "/northend/Error/CommonWithTitle?key=Message_SessionTimeout_LightBox",
        "/northend/?PublishLogoutDataLayer=true",
        "https://tickets.northend.example/northend/Authentication/Login?ReturnUrl=%2F",
        "/northend/EDP/Validation/EventNotAllowed?eventId=4001&reason=EventRequiresSignIn",
    ] {
        assert_eq!(redirect_to(location), Reading::SignedOut, "{location}");
    }
    assert_eq!(reading(&answer(200, &[], fixture!("page-requires-sign-in.html"))), Reading::SignedOut);
    assert_eq!(reading(&answer(401, &[], b"")), Reading::SignedOut);
}

#[test]
fn an_event_that_is_not_allowed_says_why() {
    let redirected = |reason: &str| {
        redirect_to(&format!("/northend/EDP/Validation/EventNotAllowed?eventId=4001&reason={reason}"))
    };
    for reason in ["EventNoAvailableSalesModesOrSoldOut", "EventArchived"] {
        assert_eq!(redirected(reason), Reading::NotOnSale { reason: reason.to_owned() });
    }
    for reason in ["EventRestricted", "PricesRestricted"] {
        assert_eq!(redirected(reason), Reading::KeyMissing { reason: reason.to_owned() });
    }
    let page = reading(&answer(200, &[], fixture!("page-prices-restricted.html")));
    assert_eq!(page, Reading::KeyMissing { reason: "PricesRestricted".to_owned() });
}

#[test]
fn a_waiting_room_is_known_on_a_302_and_on_a_200() {
    let queue =
        "https://northend.queue-it.net/?c=northend&e=match&t=https%3A%2F%2Ftickets.northend.example%2F";
    assert_eq!(redirect_to(queue), Reading::Queue { url: queue.to_owned() });
    let encoded = "https%3A%2F%2Fnorthend.queue-it.net%2F%3Fc%3Dnorthend";
    for body in [b"".as_slice(), fixture!("availability-one.json")] {
        let seen = reading(&answer(200, &[("x-queueit-redirect", encoded)], body));
        assert_eq!(seen, Reading::Queue { url: "https://northend.queue-it.net/?c=northend".to_owned() });
    }
}

#[test]
fn blocks_and_calls_for_a_person_are_told_apart() {
    for body in
        [fixture!("block.json"), fixture!("abuse.html"), fixture!("paused.html"), fixture!("restricted.html")]
    {
        assert_eq!(reading(&answer(200, &[], body)).name(), "blocked");
    }
    assert_eq!(reading(&answer(403, &[], b"")).name(), "blocked");
    assert_eq!(reading(&answer(200, &[], fixture!("identity.html"))).name(), "human");
    assert_eq!(reading(&answer(403, &[], fixture!("identity.html"))).name(), "human");
    assert_eq!(redirect_to("/northend/Captcha/Index").name(), "human");
}

#[test]
fn words_in_a_feed_are_no_page() {
    let feed = br#"[{"AreaId":1,"PriceBands":[],"Name":"Your Browsing Activity Has Been Paused"}]"#;
    assert_eq!(classified(&answer(200, &[], feed)), Class::Plain);
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let wait = |status, value: &str| reading(&answer(status, &[("retry-after", value)], b""));
    let slow = |seconds| Reading::SlowDown { wait: Some(Duration::from_secs(seconds)) };
    assert_eq!(wait(429, "120"), slow(120));
    assert_eq!(wait(503, " 7 "), slow(7));
    let date =
        rfc2822::to_string(&(NOW + jiff::SignedDuration::from_secs(90)).to_zoned(jiff::tz::TimeZone::UTC))
            .unwrap();
    assert_eq!(wait(429, &date.replace("+0000", "GMT")), slow(90));
    assert_eq!(wait(429, "Sun, 06 Nov 1994 08:49:37 GMT"), slow(0));
    assert_eq!(wait(429, "soon"), Reading::SlowDown { wait: None });
    assert_eq!(reading(&answer(429, &[], b"")), Reading::SlowDown { wait: None });
}

#[test]
fn a_failing_seller_is_failing() {
    for status in [500, 502, 503] {
        assert_eq!(reading(&answer(status, &[], fixture!("maintenance.html"))).name(), "failing");
    }
}

#[test]
fn a_redirect_that_no_rule_knows_is_left_to_the_client() {
    let elsewhere = answer(302, &[("location", "../Elsewhere")], b"");
    let target = Url::parse("https://tickets.northend.example/northend/EDP/Elsewhere").unwrap();
    assert_eq!(classified(&elsewhere), Class::Redirect(target));
    assert_eq!(reading(&answer(302, &[], b"")).name(), "unknown");
    assert_eq!(reading(&answer(302, &[("location", "https://")], b"")).name(), "unknown");
}

#[test]
fn what_recognised_an_answer_can_be_shown() {
    let Class::Turned { by, .. } = classified(&answer(200, &[], fixture!("block.json"))) else { panic!() };
    let number: usize = by.strip_prefix("rule ").unwrap().parse().unwrap();
    assert!((1..=30).contains(&number));
}
