//! The seller's client against the box office: in one process, on virtual time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use ticketfall::clock::Clock;
use ticketfall::seller::gate::Gate;
use ticketfall::seller::transport::Request;
use ticketfall::seller::{Client, Definition, Definitions, LookMemory, Network, Prepared, Tls, Transport};
use ticketfall::session::{Jar, Origin, Session};
use ticketfall_boxoffice::{
    BoxOffice, Cache, Fall, Fault, FaultKind, KEYWORD, LEAGUE_MATCH, Limits, Market as Side, Pence,
    RequestKind, Script, Selector, Settings,
};
use ticketfall_core::hold::{Basket, BasketReading, HoldOutcome, HoldRequest};
use ticketfall_core::ids::{EventId, ProfileId, SellerId};
use ticketfall_core::offer::{Market, Offer, Part, PartSeats, SeatGroup, Stock};
use ticketfall_core::price::{Currency, Price};
use ticketfall_core::reading::Reading;
use ticketfall_core::seat::SeatRun;
use url::Url;

/// A box office with one member signed in to it, and that member's client.
struct Stage {
    office: BoxOffice,
    client: Client,
    prepared: Arc<Prepared>,
    memory: LookMemory,
}

fn event() -> EventId {
    EventId::new("4001").unwrap()
}

/// A member's way to the sign-in page.
struct Doorway {
    transport: Transport,
    definition: Arc<Definition>,
    clock: Clock,
    jar: Jar,
}

impl Doorway {
    fn in_process(office: &BoxOffice) -> Self {
        let transport = Transport::InProcess(office.router());
        let shipped = Definitions::shipped();
        let definition = shipped.get(&SellerId::new("boxoffice").unwrap()).unwrap().clone();
        let clock = Clock::starting_at(Timestamp::constant(1_795_273_200, 0));
        Self { transport, definition, clock, jar: Jar::default() }
    }

    /// Fills the sign-in form in, as a browser would.
    async fn sign_in(mut self, office: &BoxOffice) -> Client {
        let member = &office.members()[0];
        let form = self.ask(Method::GET, String::new()).await;
        let token = form.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
        let email = member.email.replace('@', "%40");
        let password = &member.password;
        let fields = format!("__RequestVerificationToken={token}&email={email}&password={password}");
        self.ask(Method::POST, fields).await;
        let Self { transport, definition, clock, jar } = self;
        let ada = ProfileId::new("ada").unwrap();
        let session = Session::new(ada, jar, "Browser/1".to_owned(), clock.now(), Origin::Imported);
        let gate = Arc::new(Gate::new(definition.pace, 1, clock));
        Client::new(definition, transport, gate, Arc::new(Mutex::new(session)), clock)
    }

    async fn ask(&mut self, method: Method, form: String) -> String {
        let url = self.definition.origin().join("/northend/Authentication/Login").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.extend(self.jar.header_for(&url, self.clock.now()).map(|cookies| (COOKIE, cookies)));
        let request = Request { method, url: url.clone(), headers, body: form.into() };
        let answer = self.transport.send(request, Duration::from_secs(5)).await.unwrap();
        self.jar.store_response(&url, answer.headers.get_all(SET_COOKIE), self.clock.now());
        String::from_utf8(answer.body.to_vec()).unwrap()
    }
}

impl Stage {
    async fn open(script: Script) -> Self {
        Self::looking_at(script, &[Market::Exchange]).await
    }

    async fn looking_at(script: Script, look: &[Market]) -> Self {
        let office = BoxOffice::open(Settings { script, ..Settings::default() });
        let mut doorway = Doorway::in_process(&office);
        Arc::make_mut(&mut doorway.definition).look = look.to_vec();
        Self::entered(office, doorway).await
    }

    async fn entered(office: BoxOffice, doorway: Doorway) -> Self {
        let client = doorway.sign_in(&office).await;
        let prepared = Arc::new(client.prepare(&event(), None).await.outcome.unwrap());
        Self { office, client, prepared, memory: LookMemory::default() }
    }

    async fn look(&mut self) -> Reading {
        self.client.look(&event(), &self.prepared, &mut self.memory).await.reading
    }

    async fn offers(&mut self) -> Vec<Offer> {
        let reading = self.look().await;
        let Reading::Seats(snapshot) = reading else { panic!("no seats but {reading:?}") };
        snapshot.offers.iter().cloned().collect()
    }

    async fn hold(&self, request: &HoldRequest) -> HoldOutcome {
        self.client.hold(request, &event(), &self.prepared).await.outcome
    }

    async fn basket(&self) -> Basket {
        match self.client.basket().await.outcome {
            BasketReading::Read(basket) => basket,
            BasketReading::Turned(reading) => panic!("no basket but {reading:?}"),
        }
    }

    fn fall(&self, seats: u16) {
        self.office.fall(Fall::of(LEAGUE_MATCH).seats(seats).price(Pence(7500))).unwrap();
    }

    fn fault(&self, kind: FaultKind, on: RequestKind) {
        self.office.inject(Fault::once(kind).on(on));
    }

    fn asked_for(&self, path: &str) -> usize {
        self.office.log().iter().filter(|line| line.path.contains(path)).count()
    }
}

fn part(offer: &Offer, seats: PartSeats) -> Part {
    let class = offer.classes.first().expect("the config lists classes for every band");
    Part {
        area: offer.area.clone(),
        area_name: offer.area_name.clone(),
        market: offer.market,
        band: offer.band.clone(),
        class: Some(class.id.clone()),
        price: offer.price.or(class.price).unwrap(),
        seats,
    }
}

fn best_available(offer: &Offer, seats: u32) -> HoldRequest {
    HoldRequest::BestAvailable { part: part(offer, PartSeats::Any(seats)), together: true }
}

fn run_of(offer: &Offer) -> SeatRun {
    match &offer.stock {
        Stock::Runs(runs) => runs[0],
        Stock::Count { .. } => panic!("the exchange sells seats by their places"),
    }
}

fn these_seats(offer: &Offer) -> HoldRequest {
    HoldRequest::Seats(SeatGroup { parts: vec![part(offer, PartSeats::Run(run_of(offer)))] })
}

#[tokio::test(start_paused = true)]
async fn what_is_prepared_names_areas_rows_seats_and_prices() {
    let stage = Stage::open(Script::default()).await;
    let stadium = stage.office.stadium();
    assert_eq!(stage.prepared.plan.areas.len(), stadium.areas().len());
    let area = &stadium.areas()[0];
    let plan = &stage.prepared.plan.areas[&ticketfall_core::ids::AreaId::new(area.id.0.to_string()).unwrap()];
    assert_eq!(plan.name.as_deref(), Some(area.name.as_str()));
    assert_eq!(
        plan.rows.values().map(|name| &**name).collect::<Vec<_>>(),
        area.rows.iter().map(|row| &*row.name).collect::<Vec<_>>()
    );
    assert_eq!(plan.seats.len(), area.seat_names.len());
    assert_eq!(stage.prepared.begins_at, Some("2026-11-28T15:00:00Z".parse().unwrap()));
    assert!(stage.prepared.catalogue.bands().all(|band| !band.classes.is_empty()));
    assert_eq!(stage.prepared.dropped.count, 0);
}

#[tokio::test(start_paused = true)]
async fn a_fall_is_seen_held_proven_and_given_back() {
    let mut stage = Stage::open(Script::default()).await;
    assert!(stage.offers().await.is_empty());
    assert_eq!(stage.look().await, Reading::Unchanged);
    stage.fall(2);
    let offers = stage.offers().await;
    assert_eq!(offers[0].price, Some(Price::new(7500, Currency::GBP)));
    let HoldOutcome::Granted { seats } = stage.hold(&best_available(&offers[0], 2)).await else { panic!() };
    assert_eq!(seats.iter().map(|seat| (seat.y, seat.x)).collect::<Vec<_>>(), {
        let run = run_of(&offers[0]);
        [(run.y, run.start), (run.y, run.end)]
    });
    let basket = stage.basket().await;
    assert_eq!(basket.seats.len(), 2);
    let plan = &stage.prepared.plan.areas[&offers[0].area];
    assert_eq!(basket.seats[0].row.as_ref(), plan.rows.get(&seats[0].y));
    assert_eq!(basket.seats[0].event, Some(event()));
    assert_eq!(basket.seats[0].price, Some(Price::new(7500, Currency::GBP)));
    assert!(basket.expires_in > Some(Duration::from_secs(590)));
    stage.client.release(&event(), &stage.prepared).await.outcome.unwrap();
    assert_eq!(stage.basket().await, Basket::default());
    assert_eq!(stage.office.books().violations(), Vec::<String>::new());
    assert_eq!(stage.asked_for("/Checkout/Payment"), 0);
}

#[tokio::test]
async fn the_same_works_over_real_sockets() {
    let office = BoxOffice::open(Settings::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    let router = office.router();
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    let mut doorway = Doorway::in_process(&office);
    doorway.transport = Transport::Network(Network::new(&Tls::new().unwrap(), None, true).unwrap());
    doorway.definition = Arc::new(doorway.definition.at_origin(&origin));
    let mut stage = Stage::entered(office, doorway).await;
    stage.fall(2);
    let offers = stage.offers().await;
    assert!(matches!(stage.hold(&best_available(&offers[0], 2)).await, HoldOutcome::Granted { .. }));
    assert_eq!(stage.basket().await.seats.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn both_markets_are_looked_at_where_the_definition_says_so() {
    let mut stage = Stage::looking_at(Script::default(), &[Market::Primary, Market::Exchange]).await;
    stage.fall(1);
    stage.office.fall(Fall::of(LEAGUE_MATCH).primary()).unwrap();
    let offers = stage.offers().await;
    assert_eq!(
        offers.iter().map(|offer| offer.market).collect::<Vec<_>>(),
        [Market::Primary, Market::Exchange]
    );
    assert!(offers[0].price.is_none() && offers[0].classes[0].price.is_some());
    let HoldOutcome::Granted { .. } = stage.hold(&best_available(&offers[0], 1)).await else { panic!() };
    assert_eq!(stage.basket().await.seats.len(), 1);
    assert_eq!(stage.office.books().seats_on_sale(LEAGUE_MATCH)[0].market, Side::Exchange);
}

#[tokio::test(start_paused = true)]
async fn what_one_feed_tells_is_not_lost_when_the_other_fails() {
    let mut stage = Stage::looking_at(Script::default(), &[Market::Primary, Market::Exchange]).await;
    assert!(stage.offers().await.is_empty());
    stage.office.fall(Fall::of(LEAGUE_MATCH).primary()).unwrap();
    let on = Selector::Path("/EDP/Seats/AvailableResale".to_owned());
    stage.office.inject(Fault { on, ..Fault::once(FaultKind::Status { status: 500, retry_after: None }) });
    assert_eq!(stage.look().await.name(), "failing");
    assert_eq!(stage.offers().await.len(), 1);
    assert_eq!(stage.look().await, Reading::Unchanged);
}

#[tokio::test(start_paused = true)]
async fn other_names_and_prices_are_another_reading() {
    let mut stage = Stage::open(Script::default()).await;
    stage.offers().await;
    stage.prepared = Arc::new(Prepared::default());
    assert_eq!(stage.look().await.name(), "seats");
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_may_be_kept_says_for_how_long() {
    let mut stage = Stage::open(Script { cache: Cache { max_age: 30 }, ..Script::default() }).await;
    let look = stage.client.look(&event(), &stage.prepared, &mut stage.memory).await;
    assert_eq!(look.fresh_for, Some(Duration::from_secs(30)));
    tokio::time::advance(Duration::from_secs(12)).await;
    let look = stage.client.look(&event(), &stage.prepared, &mut stage.memory).await;
    assert_eq!(look.fresh_for, Some(Duration::from_secs(18)));
}

#[tokio::test(start_paused = true)]
async fn the_seller_counts_as_many_seats_as_its_feeds_show() {
    let stage = Stage::open(Script::default()).await;
    stage.fall(3);
    assert_eq!(stage.client.totals(&event()).await.outcome, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn concrete_seats_of_the_seat_map_are_held_in_one_step() {
    let mut stage = Stage::open(Script::default()).await;
    stage.fall(2);
    let offers = stage.offers().await;
    let map = stage.client.seat_map(&event(), &stage.prepared).await.outcome.unwrap();
    let area = map.areas.iter().find(|area| area.area == offers[0].area).unwrap();
    assert_eq!(area.runs, [run_of(&offers[0])]);
    assert_eq!(map.areas.iter().map(|area| area.runs.len()).sum::<usize>(), 1);
    assert_eq!(stage.hold(&these_seats(&offers[0])).await, HoldOutcome::Granted { seats: vec![] });
    assert_eq!(stage.basket().await.seats.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_seat_that_is_gone_is_a_refusal_and_nothing_is_locked() {
    let mut stage = Stage::open(Script::default()).await;
    stage.fall(1);
    let offers = stage.offers().await;
    let rival = Doorway::in_process(&stage.office).sign_in(&stage.office).await;
    rival.renew_key(&event()).await.outcome.unwrap();
    stage.hold(&these_seats(&offers[0])).await;
    let told = rival.hold(&best_available(&offers[0], 1), &event(), &stage.prepared).await;
    let HoldOutcome::Refused { status: 400, locked: false, reason } = told.outcome else { panic!() };
    assert!(!reason.is_empty());
    assert_eq!(told.exchanges[0].answered.as_ref(), Some(&reason));
    assert!(told.exchanges[0].asked.as_ref().unwrap().contains("\"Quantity\": 1"));
}

#[tokio::test(start_paused = true)]
async fn a_lock_whose_second_step_is_refused_is_told_of() {
    let mut stage = Stage::open(Script::default()).await;
    stage.fall(1);
    let offers = stage.offers().await;
    stage.fault(FaultKind::Status { status: 400, retry_after: None }, RequestKind::Put);
    let outcome = stage.hold(&best_available(&offers[0], 1)).await;
    assert!(matches!(outcome, HoldOutcome::Refused { status: 400, locked: true, .. }), "{outcome:?}");
    stage.client.release(&event(), &stage.prepared).await.outcome.unwrap();
    assert_eq!(stage.office.books().seats_on_sale(LEAGUE_MATCH).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stale_key_is_refused_and_a_renewed_one_is_not() {
    let limits = Limits { key_seconds: 60, ..Limits::default() };
    let mut stage = Stage::open(Script { limits, ..Script::default() }).await;
    stage.fall(1);
    let offers = stage.offers().await;
    tokio::time::advance(Duration::from_secs(61)).await;
    assert!(matches!(stage.hold(&best_available(&offers[0], 1)).await, HoldOutcome::Refused { .. }));
    stage.client.renew_key(&event()).await.outcome.unwrap();
    assert!(matches!(stage.hold(&best_available(&offers[0], 1)).await, HoldOutcome::Granted { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_is_never_answered_is_unknown_and_the_basket_tells() {
    let mut stage = Stage::open(Script::default()).await;
    stage.fall(1);
    let offers = stage.offers().await;
    stage.fault(FaultKind::GrantThenSilence, RequestKind::Put);
    let outcome = stage.hold(&best_available(&offers[0], 1)).await;
    assert!(matches!(outcome, HoldOutcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(stage.basket().await.seats.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_grant_without_seats_is_seen_in_the_basket_only() {
    let mut stage = Stage::open(Script::default()).await;
    stage.fall(1);
    let offers = stage.offers().await;
    stage.fault(FaultKind::EmptyBasket, RequestKind::Put);
    assert!(matches!(stage.hold(&best_available(&offers[0], 1)).await, HoldOutcome::Granted { .. }));
    assert_eq!(stage.basket().await, Basket::default());
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_a_hold_that_is_no_answer_leaves_it_unknown_or_turns_it() {
    let unknown = [
        FaultKind::Garbage,
        FaultKind::EmptyBody,
        FaultKind::Truncated,
        FaultKind::Status { status: 500, retry_after: None },
    ];
    for fault in unknown {
        let mut stage = Stage::open(Script::default()).await;
        stage.fall(1);
        let offers = stage.offers().await;
        stage.fault(fault.clone(), RequestKind::Lock);
        let outcome = stage.hold(&best_available(&offers[0], 1)).await;
        assert!(matches!(outcome, HoldOutcome::Unknown { .. }), "{fault:?}: {outcome:?}");
    }
    let mut stage = Stage::open(Script::default()).await;
    stage.fall(1);
    let offers = stage.offers().await;
    stage.fault(FaultKind::Block, RequestKind::Lock);
    let outcome = stage.hold(&best_available(&offers[0], 1)).await;
    assert!(
        matches!(outcome, HoldOutcome::Turned { reading: Reading::Blocked { .. }, locked: false }),
        "{outcome:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_before_the_first_step_of_a_hold() {
    let mut stage = Stage::open(Script::default()).await;
    stage.fall(1);
    let offers = stage.offers().await;
    let before = stage.office.log().len();
    stage.hold(&best_available(&offers[0], 1)).await;
    let paths: Vec<_> =
        stage.office.log()[before..].iter().map(|line| (line.method.clone(), line.path.clone())).collect();
    let same = "/northend/EDP/BestAvailable/ResaleSeats".to_owned();
    assert_eq!(paths, [("POST".to_owned(), same.clone()), ("PUT".to_owned(), same)]);
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_trouble_is_a_reading_of_its_own() {
    let mut stage = Stage::open(Script::default()).await;
    let troubles = [
        (FaultKind::Status { status: 429, retry_after: Some(30) }, "slowDown"),
        (FaultKind::Status { status: 503, retry_after: None }, "failing"),
        (FaultKind::Status { status: 403, retry_after: None }, "blocked"),
        (FaultKind::Status { status: 404, retry_after: None }, "unknown"),
        (FaultKind::Block, "blocked"),
        (FaultKind::Abuse, "blocked"),
        (FaultKind::Paused, "blocked"),
        (FaultKind::Restricted, "blocked"),
        (FaultKind::Identity, "human"),
        (FaultKind::SignedOut, "signedOut"),
        (FaultKind::Garbage, "unknown"),
        (FaultKind::EmptyBody, "unknown"),
        (FaultKind::Truncated, "failing"),
        (FaultKind::NullFields, "unknown"),
        (FaultKind::RedirectLoop, "unknown"),
        (FaultKind::Slow(Duration::from_mins(1)), "failing"),
    ];
    stage.fall(1);
    for (fault, expected) in troubles {
        stage.fault(fault.clone(), RequestKind::Availability);
        let reading = stage.look().await;
        assert_eq!(reading.name(), expected, "{fault:?}: {reading:?}");
    }
    assert_eq!(stage.offers().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_event_says_why_it_is_not_on_sale_and_opens_to_its_keyword() {
    let office = BoxOffice::open(Settings::default());
    let client = Doorway::in_process(&office).sign_in(&office).await;
    let archived = client.prepare(&EventId::new("4003").unwrap(), None).await.outcome.unwrap_err();
    assert_eq!(archived, Reading::NotOnSale { reason: "EventArchived".to_owned() });
    let restricted = EventId::new("4004").unwrap();
    let refused = client.prepare(&restricted, Some("wrong")).await.outcome.unwrap_err();
    assert_eq!(refused, Reading::KeyMissing { reason: "EventRestricted".to_owned() });
    let told = client.prepare(&restricted, Some(KEYWORD)).await;
    assert!(told.outcome.is_ok(), "{:?}", told.outcome);
    assert!(told.exchanges.iter().all(|exchange| !format!("{exchange:?}").contains(KEYWORD)));
}

#[tokio::test(start_paused = true)]
async fn a_search_can_do_without_the_names_of_rows() {
    let stage = Stage::open(Script::default()).await;
    stage.fault(FaultKind::Garbage, RequestKind::SeatMap);
    let prepared = stage.client.prepare(&event(), None).await.outcome.unwrap();
    assert_eq!(prepared.plan.areas.len(), stage.prepared.plan.areas.len());
    assert!(prepared.plan.areas.values().all(|area| area.rows.is_empty()));
    stage.fault(FaultKind::SignedOut, RequestKind::SeatMap);
    assert_eq!(stage.client.prepare(&event(), None).await.outcome, Err(Reading::SignedOut));
}

#[tokio::test(start_paused = true)]
async fn a_member_who_is_signed_out_is_told_apart_from_an_empty_basket() {
    let stage = Stage::open(Script::default()).await;
    stage.office.sign_out(&stage.office.members()[0].email);
    assert_eq!(stage.client.basket().await.outcome, BasketReading::Turned(Reading::SignedOut));
    assert_eq!(stage.client.renew_key(&event()).await.outcome, Err(Reading::SignedOut));
}
