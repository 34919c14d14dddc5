mod api;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request as Asked;
use axum::response::Response;
use http::request::Parts;
use ticketfall_core::hold::{Basket, BasketReading, HoldOutcome, HoldRequest};
use ticketfall_core::ids::{AreaId, ProfileId};
use ticketfall_core::offer::{Market, Part, PartSeats, SeatGroup};
use ticketfall_core::pace::Purpose;
use ticketfall_core::price::{Currency, Price};

use super::*;
use crate::seller::transport::{Network, Tls};
use crate::seller::{LookMemory, Prepared};
use crate::session::{Jar, Origin};

const DEFINITION: &str = r#"
    based_on = "exchange"
    id = "northend"
    name = "Northend FC"
    origin = "https://tickets.northend.example"
    prefix = "/northend"
"#;

type Heard = Arc<Mutex<Vec<Parts>>>;

/// A seller that answers as the test says, and what it heard.
fn seller(answers: impl Fn(&Parts) -> Response + Clone + Send + Sync + 'static) -> (Client, Heard) {
    let heard = Heard::default();
    let ears = heard.clone();
    let router = Router::new().fallback(async move |asked: Asked| {
        let (parts, _) = asked.into_parts();
        let answer = answers(&parts);
        ears.lock().unwrap().push(parts);
        answer
    });
    (client(DEFINITION, Transport::InProcess(router)), heard)
}

fn client(definition: &str, transport: Transport) -> Client {
    let definition = Arc::new(Definition::parse("northend.toml", definition).unwrap());
    let clock = Clock::starting_at(Timestamp::constant(1_795_273_200, 0));
    let ada = ProfileId::new("ada").unwrap();
    let session = Session::new(ada, Jar::default(), "Browser/1".to_owned(), clock.now(), Origin::Imported);
    let gate = Arc::new(Gate::new(definition.pace, 1, clock));
    Client::new(definition, transport, gate, Arc::new(Mutex::new(session)), clock)
}

fn event() -> EventId {
    EventId::new("4001").unwrap()
}

fn page(html: &str) -> Response {
    Response::new(Body::from(html.to_owned()))
}

fn with_key() -> Response {
    page("<div class=ism-module></div><input name=__RequestVerificationToken value=k3y-of-the-page>")
}

fn redirect(location: &str) -> Response {
    Response::builder().status(302).header("location", location).body(Body::empty()).unwrap()
}

async fn look(client: &Client) -> Reading {
    client.look(&event(), &Arc::new(Prepared::default()), &mut LookMemory::default()).await.reading
}

fn one_seat() -> HoldRequest {
    let part = Part {
        area: AreaId::new("1201").unwrap(),
        area_name: None,
        market: Market::Exchange,
        band: Some("12".into()),
        class: Some("5511".into()),
        price: Price::new(7500, Currency::GBP),
        seats: PartSeats::Any(1),
    };
    HoldRequest::BestAvailable { part, together: true }
}

async fn hold(client: &Client) -> Told<HoldOutcome> {
    client.renew_key(&event()).await.outcome.unwrap();
    client.hold(&one_seat(), &event(), &Prepared::default()).await
}

#[tokio::test(start_paused = true)]
async fn a_redirect_to_a_foreign_host_is_not_followed() {
    for target in [
        "https://evil.example/",
        "http://tickets.northend.example/",
        "//127.0.0.1/",
        "https://tickets.northend.example:8443/",
    ] {
        let (client, heard) = seller(move |_| redirect(target));
        let outcome = client.renew_key(&event()).await.outcome;
        assert!(matches!(outcome, Err(Reading::Unknown { .. })), "{outcome:?}");
        assert_eq!(heard.lock().unwrap().len(), 1, "{target}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_may_move_within_the_seller_but_not_for_ever() {
    let (client, heard) = seller(|asked| match asked.uri.query() {
        Some(_) => with_key(),
        None => redirect("/northend/EDP/Event/Index/4001?position=2"),
    });
    assert_eq!(client.renew_key(&event()).await.outcome, Ok(()));
    assert_eq!(heard.lock().unwrap().len(), 2);
    let (client, heard) = seller(|asked| redirect(asked.uri.path()));
    assert!(client.renew_key(&event()).await.outcome.is_err());
    assert_eq!(heard.lock().unwrap().len(), REDIRECTS_MAX);
}

#[tokio::test(start_paused = true)]
async fn no_redirect_leads_to_payment() {
    let (client, heard) = seller(|_| redirect("/northend/Checkout/Payment/Index"));
    assert!(client.renew_key(&event()).await.outcome.is_err());
    assert_eq!(heard.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_redirects_is_unknown_and_not_followed() {
    let (client, heard) = seller(|_| redirect("/northend/Elsewhere"));
    let Reading::Unknown { reason } = look(&client).await else { panic!() };
    assert_eq!(reason, "a redirect to https://tickets.northend.example/northend/Elsewhere");
    assert_eq!(heard.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn cookies_of_answers_go_with_the_next_request() {
    let (client, heard) = seller(|_| {
        let cookie = "www.northend.example/northend=abc; Path=/northend; HttpOnly";
        Response::builder().header("set-cookie", cookie).body(Body::from("[]")).unwrap()
    });
    look(&client).await;
    look(&client).await;
    let heard = heard.lock().unwrap();
    assert_eq!(heard[0].headers.get("cookie"), None);
    assert_eq!(heard[1].headers["cookie"], "www.northend.example/northend=abc");
    assert_eq!(heard[1].headers["user-agent"], "Browser/1");
}

#[tokio::test(start_paused = true)]
async fn a_feed_says_for_which_page_it_asks() {
    let (client, heard) = seller(|_| page("[]"));
    look(&client).await;
    client.renew_key(&event()).await.outcome.unwrap_err();
    let heard = heard.lock().unwrap();
    let url = "https://tickets.northend.example/northend/EDP/Event/Index/4001";
    assert_eq!(heard[0].headers["referer"], url);
    assert_eq!(heard[0].headers["x-queueit-ajaxpageurl"], crate::seller::template::encoded(url));
    assert_eq!(heard[0].headers["x-requested-with"], "XMLHttpRequest");
    assert!(!heard[1].headers.contains_key("x-requested-with"));
    assert!(!heard[1].headers.contains_key("x-queueit-ajaxpageurl"));
}

#[tokio::test(start_paused = true)]
async fn a_write_carries_every_header_once() {
    let (client, heard) = seller(|asked| match asked.method {
        Method::GET => with_key(),
        _ => page(include_str!("../../../tests/fixtures/exchange/locked.json")),
    });
    let HoldOutcome::Granted { seats } = hold(&client).await.outcome else { panic!() };
    assert_eq!(
        seats.iter().map(|seat| (seat.area.as_str(), seat.y, seat.x)).collect::<Vec<_>>(),
        [("1201", 7, 120), ("1201", 7, 121)]
    );
    let heard = heard.lock().unwrap();
    let [_, lock, put] = &heard[..] else { panic!("{heard:?}") };
    for write in [lock, put] {
        for name in write.headers.keys() {
            assert_eq!(write.headers.get_all(name).iter().count(), 1, "{name}");
        }
        assert_eq!(write.headers["requestverificationtoken"], "k3y-of-the-page");
        assert_eq!(write.headers["content-type"], "application/json");
    }
}

#[tokio::test(start_paused = true)]
async fn the_main_seat_and_its_companions_are_granted_too() {
    let (client, _) = seller(|asked| match asked.method {
        Method::GET => with_key(),
        _ => page(include_str!("../../../tests/fixtures/exchange/main-seat.json")),
    });
    let told = hold(&client).await;
    let HoldOutcome::Granted { seats } = told.outcome else { panic!() };
    assert_eq!(seats.iter().map(|seat| seat.band.as_deref()).collect::<Vec<_>>(), [Some("12"), None]);
    let asked = told.exchanges[1].asked.as_ref().unwrap();
    assert_eq!(
        asked,
        r#"{"EventId": 4001, "Seats": [ {"Id": 71, "PriceClassId": 5511}, {"Id": 72, "PriceClassId": 5511} ]}"#
    );
}

#[tokio::test(start_paused = true)]
async fn a_lock_of_no_seats_is_a_refusal() {
    let (client, heard) = seller(|asked| match asked.method {
        Method::GET => with_key(),
        _ => page(r#"{"LockedSeats": []}"#),
    });
    let outcome = hold(&client).await.outcome;
    assert!(matches!(outcome, HoldOutcome::Refused { status: 200, locked: false, .. }), "{outcome:?}");
    assert_eq!(heard.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_quotes_a_line_of_the_page_and_not_all_of_it() {
    let (client, _) = seller(|asked| {
        if asked.method == Method::GET {
            with_key()
        } else {
            let all = "<nav>Home\n Tickets</nav> <p>Sorry, gone.</p>".to_owned()
                + &"<p>Small print.</p>".repeat(99);
            Response::builder().status(400).body(Body::from(all)).unwrap()
        }
    });
    let HoldOutcome::Refused { reason, .. } = hold(&client).await.outcome else { panic!("it is refused") };
    assert!(reason.starts_with("Home Tickets Sorry, gone. Small print."), "{reason}");
    assert!(reason.ends_with('…') && reason.chars().count() <= 161, "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_ends_in_a_redirect_may_stand() {
    let (client, _) = seller(|asked| match asked.method {
        Method::GET => with_key(),
        _ => redirect("/northend/Checkout/Basket"),
    });
    assert!(matches!(hold(&client).await.outcome, HoldOutcome::Unknown { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_hold_without_a_page_key_or_a_buyer_class_is_not_sent() {
    let (client, heard) = seller(|_| with_key());
    let told = client.hold(&one_seat(), &event(), &Prepared::default()).await;
    assert!(matches!(
        told.outcome,
        HoldOutcome::Turned { reading: Reading::KeyMissing { .. }, locked: false }
    ));
    client.renew_key(&event()).await.outcome.unwrap();
    let HoldRequest::BestAvailable { part, together } = one_seat() else { panic!() };
    let classless = HoldRequest::BestAvailable { part: Part { class: None, ..part }, together };
    let told = client.hold(&classless, &event(), &Prepared::default()).await;
    assert!(matches!(told.outcome, HoldOutcome::Turned { reading: Reading::Unknown { .. }, locked: false }));
    assert_eq!(heard.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn seats_that_are_not_known_by_their_places_cannot_be_asked_for_one_by_one() {
    let (client, heard) = seller(|_| with_key());
    client.renew_key(&event()).await.outcome.unwrap();
    let HoldRequest::BestAvailable { part, .. } = one_seat() else { panic!() };
    let request = HoldRequest::Seats(SeatGroup { parts: vec![part] });
    let told = client.hold(&request, &event(), &Prepared::default()).await;
    assert!(matches!(told.outcome, HoldOutcome::Turned { reading: Reading::Unknown { .. }, locked: false }));
    assert_eq!(heard.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_never_reached_the_seller_does_not_stand() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let text = DEFINITION.replace("https://tickets.northend.example", &format!("http://127.0.0.1:{port}"));
    let network = Network::new(&Tls::new().unwrap(), None, true).unwrap();
    let client = client(&format!("{text}private = true"), Transport::Network(network));
    client.set_page_key(&event(), Some(Secret::new("k3y")));
    let told = client.hold(&one_seat(), &event(), &Prepared::default()).await;
    let HoldOutcome::Turned { reading: Reading::Failing { reason }, locked: false } = told.outcome else {
        panic!()
    };
    assert!(reason.starts_with("cannot connect to the seller"), "{reason}");
    assert!(told.exchanges[0].note.ends_with("nothing was sent"));
}

#[tokio::test(start_paused = true)]
async fn no_record_has_a_secret_in_it() {
    let (client, _) = seller(|asked| match asked.method {
        Method::GET => with_key(),
        _ => Response::builder()
            .status(400)
            .body(Body::from("stale k3y-of-the-page, open-sesame <b>no</b>"))
            .unwrap(),
    });
    client.set_keyword(&event(), Some("open-sesame"));
    let page = client.renew_key(&event()).await;
    assert!(page.exchanges[0].url.ends_with("spell=…"));
    let told = hold(&client).await;
    let HoldOutcome::Refused { reason, .. } = &told.outcome else { panic!() };
    assert_eq!(reason, "stale …, … <b>no</b>");
    let request =
        client.definition.requests.page.build(&client.definition, &client.values(&event())).unwrap();
    let answer = client.transport.send(request.clone(), TIMEOUT).await;
    let shown = format!("{told:?}{page:?}{client:?}{request:?}{answer:?}{:?}", client.values(&event()));
    assert!(!shown.contains("k3y-of-the-page") && !shown.contains("open-sesame"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_look_is_asked_for_with_the_keys_of_now() {
    let text = format!("{DEFINITION}\n[headers.xhr]\nx-key = '{{{{ page_key }}}}'\n");
    let client = client(&text, Transport::InProcess(Router::new()));
    let said = || {
        let feed = client.definition.requests.exchange.as_ref().unwrap();
        let asked = client.feed_request(&event(), Market::Exchange, feed).unwrap();
        ["referer", "x-key"].map(|name| asked.headers[name].to_str().unwrap().to_owned())
    };
    let says = |keyword: &str, key: &str| {
        for _ in 0..2 {
            let [referer, sent] = said();
            assert!(referer.ends_with(keyword), "{referer}");
            assert_eq!(sent, key);
        }
    };
    client.set_page_key(&event(), Some(Secret::new("k1")));
    says("/4001", "k1");
    client.set_keyword(&event(), Some("open-sesame"));
    says("open-sesame", "k1");
    client.set_page_key(&event(), Some(Secret::new("k2")));
    says("open-sesame", "k2");
    client.set_keyword(&event(), Some("close-sesame"));
    says("close-sesame", "k2");
}

#[tokio::test(start_paused = true)]
async fn an_empty_basket_is_believed_only_when_the_count_agrees() {
    for (count, expected) in
        [("0", None), (r#"{"Count":0}"#, None), ("2", Some("2 are counted")), ("<p>", Some("its count"))]
    {
        let (client, _) = seller(move |asked| match asked.uri.path() {
            "/northend/Checkout/Basket" => page("<p>Your basket is empty.</p>"),
            _ => page(count),
        });
        match (client.basket().await.outcome, expected) {
            (BasketReading::Read(basket), None) => assert_eq!(basket, Basket::default()),
            (BasketReading::Turned(Reading::Unknown { reason }), Some(why)) => {
                assert!(reason.contains(why), "{reason}");
            }
            (outcome, _) => panic!("{count}: {outcome:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_match_page_without_a_key_is_a_missing_key_and_another_page_is_unknown() {
    let (client, _) = seller(|_| page("<div class=ism-module></div>"));
    assert!(matches!(client.renew_key(&event()).await.outcome, Err(Reading::KeyMissing { .. })));
    let (client, _) = seller(|_| page("<p>We will be back.</p>"));
    assert!(matches!(client.renew_key(&event()).await.outcome, Err(Reading::Unknown { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_failing_proxy_does_not_slow_the_seller_down_for_others() {
    let proxy = "http://127.0.0.1:9".parse().unwrap();
    let network = Network::new(&Tls::new().unwrap(), Some(&proxy), false).unwrap();
    let client = client(DEFINITION, Transport::Network(network));
    assert_eq!(look(&client).await.name(), "failing");
    assert_eq!(client.gate.opens_at(Purpose::Look), None);
}

#[tokio::test(start_paused = true)]
async fn the_page_key_belongs_to_the_event() {
    let (client, _) = seller(|_| with_key());
    client.renew_key(&event()).await.outcome.unwrap();
    assert!(client.has_key(&event()));
    assert!(!client.has_key(&EventId::new("4002").unwrap()));
    client.forget(&event());
    assert!(!client.has_key(&event()));
}
