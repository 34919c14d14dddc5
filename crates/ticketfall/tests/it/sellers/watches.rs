//! Whole watches at sellers of this process, on virtual time: what falls is told, and what is not understood
//! ends nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse as _;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use tempfile::TempDir;
use ticketfall::clock::Clock;
use ticketfall::monitoring::{BrowserPlan, Connections, Parts, Supervisor};
use ticketfall::notify::{Dated, Notice, Notices};
use ticketfall::seller::{Definition, Definitions};
use ticketfall::session::Secret;
use ticketfall::store::Store;
use ticketfall::store::profiles::{self, BrowserChoice, Profile};
use ticketfall::vault::{Options, Vault};
use ticketfall_core::configuration::{Configuration, SeatCount};
use ticketfall_core::ids::{ProfileId, SellerId};
use ticketfall_core::price::{Currency, Price};
use tokio::task::JoinSet;

use super::{Example, executable};
use crate::rehearsal::{Carried, Rehearsal, Scene, since_opening};

const OPENING: Timestamp = Timestamp::constant(1_795_383_660, 0);

/// What the seller answers at a path.
type Answers = Arc<Mutex<BTreeMap<String, (u16, HeaderMap, String)>>>;

/// A seller of this process, and a member who watches there; nobody is signed in.
struct Shop {
    answers: Answers,
    asked: Arc<Mutex<Vec<(Duration, String)>>>,
    heard: Arc<Mutex<Vec<Dated>>>,
    supervisor: Supervisor,
    clock: Clock,
    _directory: TempDir,
    _listening: JoinSet<()>,
}

impl Shop {
    async fn of(definition: Definition) -> Self {
        let (directory, clock) = (TempDir::new().unwrap(), Clock::starting_at(OPENING));
        let (answers, asked) = (Answers::default(), Arc::<Mutex<Vec<_>>>::default());
        let store = Store::open(directory.path(), OPENING).await.unwrap();
        let ada = Profile {
            id: ProfileId::new("ada").unwrap(),
            label: "Ada".to_owned(),
            browser: BrowserChoice::None,
            proxy: None,
            seats_max: None,
            cost_max: None,
            created_at: OPENING,
        };
        assert!(profiles::add(&store, ada).await.unwrap());
        let mut definitions = Definitions::shipped();
        definitions.add(definition.mapped_by(executable()));
        let supervisor = Supervisor::new(Parts {
            clock,
            store,
            vault: Arc::new(Vault::open(directory.path(), &Options::default()).unwrap().0),
            definitions,
            connections: Connections::InProcess(router(answers.clone(), asked.clone(), clock)),
            notices: Notices::default(),
            browsers: BrowserPlan { headless: true, ..BrowserPlan::new(directory.path()) },
            where_likely: true,
            seed: 1,
        });
        let (heard, mut listening) = (Arc::<Mutex<Vec<_>>>::default(), JoinSet::new());
        let (mut notices, told) = (supervisor.notices().listen(), heard.clone());
        listening.spawn(async move {
            while let Ok(notice) = notices.recv().await {
                told.lock().unwrap().push(notice);
            }
        });
        Self { answers, asked, heard, supervisor, clock, _directory: directory, _listening: listening }
    }

    fn answer(&self, path: &str, body: &str) {
        self.answer_with(path, 200, &[], body);
    }

    fn answer_with(&self, path: &str, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        let answer = (status, headers.collect(), body.to_owned());
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    async fn watch(&self, event: &str, wanted: Configuration) {
        let event = Some(event.parse().unwrap()).map(|url: url::Url| url.to_string());
        let ada = ProfileId::new("ada").unwrap();
        self.supervisor.start(&ada, Configuration { event, ..wanted }).await.unwrap();
    }

    async fn after(&self, seconds: u64) {
        let when = OPENING.checked_add(Duration::from_secs(seconds)).unwrap();
        self.clock.sleep_until(when).await;
    }

    /// What fell and what fitted, in words.
    fn told(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let lines = heard.iter().filter_map(|dated| {
            let at = since_opening(dated.at).as_secs();
            if let Notice::Fall { seats, .. } = &dated.notice {
                return Some(format!("{at} fall {seats}"));
            }
            let Notice::Match { seats, .. } = &dated.notice else { return None };
            Some(format!("{at} match {seats}"))
        });
        lines.collect()
    }

    /// The readings, each time that they changed.
    fn readings(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let readings = heard.iter().filter_map(|dated| {
            let Notice::Reading { reading, .. } = &dated.notice else { return None };
            Some((*reading).to_owned())
        });
        let mut readings: Vec<String> = readings.collect();
        readings.dedup();
        readings
    }

    fn status(&self) -> String {
        self.supervisor.status(&ProfileId::new("ada").unwrap()).unwrap().1.label
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(at, what)| format!("{} {what}", at.as_secs())).collect()
    }
}

fn router(answers: Answers, asked: Arc<Mutex<Vec<(Duration, String)>>>, clock: Clock) -> Router {
    Router::new().fallback(move |request: Request| {
        let host = request.headers()[header::HOST].to_str().unwrap().to_owned();
        let method = request.method().clone();
        let what = format!("{method} {host}{}", request.uri());
        asked.lock().unwrap().push((since_opening(clock.now()), what));
        let answer = answers.lock().unwrap().get(request.uri().path()).cloned();
        let (status, headers, body) = answer.unwrap_or((404, HeaderMap::new(), String::new()));
        async move { (StatusCode::from_u16(status).unwrap(), headers, body).into_response() }
    })
}

fn definition(number: usize) -> Definition {
    Definition::parse("docs/sellers.md", Example::of(number).file(".toml")).unwrap()
}

fn shipped(id: &str) -> Definition {
    Definition::clone(Definitions::shipped().get(&SellerId::new(id).unwrap()).unwrap())
}

fn up_to(pounds: i64, currency: Currency, seats: u32) -> Configuration {
    Configuration {
        max_price: Price::new(pounds * 100, currency),
        seat_count: SeatCount::new(seats).unwrap(),
        ..Configuration::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_with_schema_org_is_watched_and_told_about() {
    let (shop, page) = (Shop::of(definition(1)).await, Example::of(1));
    let sold_out = page.file("gala.html").replace("InStock", "SoldOut");
    shop.answer("/whats-on/4001-winter-gala", &sold_out);
    shop.watch("https://www.halls.example/whats-on/4001-winter-gala", up_to(40, Currency::GBP, 2)).await;
    shop.after(45).await;
    assert_eq!((shop.told(), shop.readings()), (vec![], vec!["seats".to_owned(), "unchanged".to_owned()]));
    shop.answer("/whats-on/4001-winter-gala", page.file("gala.html"));
    shop.after(100).await;
    assert_eq!(
        shop.told(),
        ["60 match Stalls, 2 seats, £38.50 each", "60 fall Stalls, 6 seats, £38.50 each"]
    );
    assert_eq!(shop.asked().len(), 4, "{:?}", shop.asked());
}

#[tokio::test(start_paused = true)]
async fn a_json_api_without_holds_is_watched_and_told_about() {
    let (shop, example) = (Shop::of(definition(2)).await, Example::of(2));
    shop.answer("/v2/events/77/offers", r#"{"offers": []}"#);
    shop.watch("https://tickets.arena.example/event?id=77", up_to(50, Currency::EUR, 2)).await;
    shop.after(15).await;
    shop.answer("/v2/events/77/offers", example.file("offers.json"));
    shop.after(25).await;
    assert_eq!(shop.told()[0], "20 match Balcony, 2 seats, €45.50 each");
    assert!(shop.told().contains(&"20 fall Balcony, 4 seats, €45.50 each".to_owned()), "{:?}", shop.told());
    let asked = shop.asked();
    assert_eq!(
        asked,
        ["0", "10", "20"].map(|at| format!("{at} GET api.arena.example/v2/events/77/offers?lang=en"))
    );
    assert!(shop.status().starts_with("TicketFall_"), "{}", shop.status());
}

#[tokio::test(start_paused = true)]
async fn rows_and_seats_have_the_names_that_the_feed_gives_them() {
    let (shop, example) = (Shop::of(definition(3)).await, Example::of(3));
    shop.answer("/shows/9/seats", example.file("seats.html"));
    shop.answer("/shows/9/seatlist", r#"[[], ["SECTION", "ROW", "SEAT", "AVAILABLE"]]"#);
    let wanted = Configuration { rows: vec!["7".to_owned()], ..up_to(80, Currency::GBP, 2) };
    shop.watch("https://dome.example/shows/9/seats", wanted).await;
    shop.after(3).await;
    shop.answer("/shows/9/seatlist", example.file("seatlist.json"));
    shop.after(8).await;
    assert_eq!(
        shop.told(),
        [
            "5 match LOWER 3, row 7, seats 12–13, £75.00 each",
            "5 fall LOWER 3, row 7, seats 12–13, £75.00 each",
            "5 fall LOWER 3, row 7, seat 15, £75.00 each",
            "5 fall UPPER 1, row C, seat 4, £42.50 each",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_document_that_cannot_be_read_makes_the_event_unknown() {
    let shop = Shop::of(definition(3)).await;
    shop.answer("/shows/9/seats", "<p>Back soon</p>");
    shop.answer("/shows/9/seatlist", Example::of(3).file("seatlist.json"));
    shop.watch("https://dome.example/shows/9/seats", up_to(80, Currency::GBP, 2)).await;
    shop.after(20).await;
    assert_eq!((shop.told(), shop.status()), (vec![], "BackingOff".to_owned()));
    shop.answer("/shows/9/seats", Example::of(3).file("seats.html"));
    shop.after(600).await;
    assert!(!shop.told().is_empty());
}

/// A definition whose program does something strange for as long as the feed asks for it.
fn strange(program: &str) -> Definition {
    let text = Example::of(2)
        .file(".toml")
        .replace(".offers[]\n|", &format!("if .strange then {program} else . end | .offers[]\n|"));
    Definition::parse("strange.toml", &text).unwrap()
}

async fn is_stopped_and_goes_on(program: &str) {
    let shop = Shop::of(strange(program)).await;
    shop.answer("/v2/events/77/offers", r#"{"strange": true, "offers": []}"#);
    shop.watch("https://tickets.arena.example/event?id=77", up_to(50, Currency::EUR, 2)).await;
    shop.after(5).await;
    assert_eq!((shop.readings(), shop.told()), (vec!["unknown".to_owned()], vec![]), "{program}");
    shop.answer("/v2/events/77/offers", Example::of(2).file("offers.json"));
    shop.after(400).await;
    let told = shop.told();
    assert!(told[0].ends_with("match Balcony, 2 seats, €45.50 each"), "{program}: {told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_program_that_loops_floods_or_eats_is_stopped_and_the_watch_goes_on() {
    let programs = [
        "(def f: f; f)",
        "[limit(1e12; repeat(1))]",
        "range(1e18)",
        "reduce range(60) as $i (\"ab\"; . + .)",
        "(def f: 1 + f; f)",
        "{offers: [range(60000) | {zone: {id: \"A\"}, price: {cents: 1}, left: 1}]}",
    ];
    futures_util::future::join_all(programs.map(is_stopped_and_goes_on)).await;
}

#[tokio::test(start_paused = true)]
async fn an_api_key_is_sent_and_shown_to_nobody() {
    let shop = Shop::of(shipped("discovery").with_api_key(Secret::new("k3y-of-ours"))).await;
    let path = "/discovery/v2/events/G5.json";
    let on_sale =
        r#"{"dates":{"status":{"code":"onsale"}},"priceRanges":[{"currency":"GBP","min":35,"max":90}]}"#;
    let reset = (OPENING.as_millisecond() + 3_600_000).to_string();
    let quota = [("rate-limit-available", "0"), ("rate-limit-reset", &*reset)];
    shop.answer_with(path, 200, &quota, on_sale);
    shop.watch("https://app.ticketmaster.com/discovery/v2/events/G5.json", up_to(50, Currency::GBP, 2)).await;
    shop.after(3_599).await;
    assert_eq!(shop.asked(), ["0 GET app.ticketmaster.com/discovery/v2/events/G5.json?apikey=k3y-of-ours"]);
    assert_eq!(shop.told()[0], "0 match tickets, 2 seats, £35.00 each");
    shop.after(3_605).await;
    assert_eq!(shop.asked().len(), 2);
    assert!(!format!("{:?}", shop.heard.lock().unwrap()).contains("k3y-of-ours"));
}

#[tokio::test(start_paused = true)]
async fn an_api_is_not_asked_without_a_key() {
    let shop = Shop::of(shipped("seatgeek")).await;
    shop.watch("https://api.seatgeek.com/2/events/7", up_to(50, Currency::USD, 2)).await;
    shop.after(20).await;
    assert_eq!((shop.asked(), shop.status()), (vec![], "KeyNotFound".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn no_redirect_leads_a_definition_to_another_host() {
    let shop = Shop::of(definition(1)).await;
    let away = [("location", "https://elsewhere.example/whats-on/4001")];
    shop.answer_with("/whats-on/4001", 302, &away, "");
    shop.watch("https://www.halls.example/whats-on/4001", up_to(40, Currency::GBP, 2)).await;
    shop.after(20).await;
    assert_eq!(shop.readings(), ["unknown"]);
    assert!(shop.asked().iter().all(|line| line.contains("www.halls.example")), "{:?}", shop.asked());
}

/// The fourth example, at the box office.
fn at_the_box_office(seller: &mut Definition) {
    let id = seller.id.clone();
    *seller = definition(4).at_origin(seller.origin()).mapped_by(executable());
    seller.id = id;
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_is_only_a_file_holds_in_two_steps_and_proves_it() {
    let fall = ticketfall_boxoffice::Fall::of(ticketfall_boxoffice::LEAGUE_MATCH)
        .seats(2)
        .price(ticketfall_boxoffice::Pence(6_100))
        .at(Duration::from_secs(10));
    let script = ticketfall_boxoffice::Script { falls: vec![fall], ..Default::default() };
    let story = async |scene: &mut Scene| {
        scene.start("ada", up_to(100, Currency::GBP, 2)).await;
        scene.after(Duration::from_secs(20)).await;
        assert_eq!((scene.status("ada").as_str(), scene.basket("ada")), ("Tickets", 2));
        assert_eq!(scene.count(Carried::is_hold), 2);
        insta::assert_snapshot!(scene.lines(&["hold", "proof", "order"]), @"
        12.240 ada hold first West Lower 5, 2 seats, £61.00 each -> granted
        12.280 ada proof proven West Lower 5, block 150, row D, seat 64; West Lower 5, block 150, row D, seat 63
        12.280 ada order page, 599 s left
        ");
    };
    Rehearsal::of(script).seller(at_the_box_office).run(story).await;
}
