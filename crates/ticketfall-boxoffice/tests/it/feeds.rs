//! The feeds of an event: configuration, availability, totals, the seat map, and how old they may be.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use ticketfall_boxoffice::{Cache, Fall, LEAGUE_MATCH, Market, Opening, Pence, Private, Script};

use crate::visitor::{ADA, BEN, REGULAR, RESALE, Visitor, open, open_with_two_seats, two_seats};

#[tokio::test(start_paused = true)]
async fn the_configuration_has_areas_prices_and_encoded_addresses() {
    let office = open(Script::default());
    let config = Visitor::signed_in(&office, ADA).await.feed("/EDP/Event/Config/4001").await.json();
    assert_eq!(config["Areas"].as_array().unwrap().len(), 60);
    assert_eq!(config["Areas"][19], json!({ "Id": 1220, "Name": "East Lower 5" }));
    let line = json!({ "PriceCategory": "07", "PriceType": 103, "PriceTypeDescription": "Junior", "TotalFaceValue": 2400 });
    assert!(config["Prices"]["Prices"].as_array().unwrap().contains(&line));
    let urls = &config["Urls"];
    assert_eq!(urls["AvailabilityUrl"], "%2Fnorthend%2FEDP%2FIsm%2FSeatMap%3FeventId%3D4001");
    assert_eq!(urls["PurgeLocksUrl"], "%2Fnorthend%2FEDP%2FIsm%2FPurgeLocks");
    assert_eq!(urls["GetRegularSeatsUrl"], "%2Fnorthend%2FEDP%2FSeats%2FAvailableRegular");
    assert_eq!(urls["LockRegularSeatsUrl"], "%2Fnorthend%2FEDP%2FBestAvailable%2FRegularSeats");
}

#[tokio::test(start_paused = true)]
async fn the_exchange_writes_its_price_and_the_club_does_not() {
    let office = open_with_two_seats();
    office.fall(Fall::of(LEAGUE_MATCH).area("North Upper 1").primary()).unwrap();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let seats = office.books().falls[0].clone();
    let interval =
        json!({ "YCoord": seats.y, "StartXCoord": seats.seats[0].x, "EndXCoord": seats.seats[1].x });
    let resale = ada.feed(RESALE).await.json();
    let band = &resale[0]["PriceBands"][0];
    assert_eq!((&resale[0]["AreaId"], &band["TotalValueFormatted"]), (&json!(1220), &json!("£75.00")));
    assert_eq!(band["AvailableSeatsIntervals"], json!([interval]));
    assert!(["07", "12", "15"].contains(&band["PriceBandCode"].as_str().unwrap()));
    let regular = ada.feed(REGULAR).await.json();
    assert_eq!(regular[0]["AreaId"], 1209);
    assert_eq!(regular[0]["PriceBands"][0].get("TotalValueFormatted"), None);
}

#[tokio::test(start_paused = true)]
async fn nothing_on_sale_is_an_empty_list() {
    let office = open(Script::default());
    let mut ada = Visitor::signed_in(&office, ADA).await;
    assert_eq!(ada.feed(RESALE).await.body, "[]");
    assert_eq!(ada.feed(REGULAR).await.body, "[]");
    assert_eq!(ada.feed(REGULAR).await.header("cache-control"), "no-store");
}

#[tokio::test(start_paused = true)]
async fn availability_keeps_to_what_is_asked() {
    let office = open_with_two_seats();
    office.fall(Fall::of(LEAGUE_MATCH).area("West Lower 1").price(Pence(5_000))).unwrap();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    for (asked, areas) in [
        (RESALE.to_owned(), vec![1220, 1246]),
        (RESALE.replace("Together=false", "Together=true").replace("Quantity=1", "Quantity=2"), vec![1220]),
        (RESALE.replace("Quantity=1", "Quantity=3"), vec![1220, 1246]),
        (RESALE.replace("Quantity=1", "Quantity=4"), vec![]),
        (RESALE.replace("MaximumPrice=10000000", "MaximumPrice=7499"), vec![1246]),
        (RESALE.replace("MinimumPrice=0", "MinimumPrice=5001"), vec![1220]),
    ] {
        let answer = ada.feed(&asked).await.json();
        let found: Vec<u64> =
            answer.as_array().unwrap().iter().map(|area| area["AreaId"].as_u64().unwrap()).collect();
        assert_eq!(found, areas, "{asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn odd_parameters_are_refused() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    for odd in [
        RESALE.replace("&MarketType=1", ""),
        RESALE.replace("MarketType=1", "MarketType=2"),
        RESALE.replace("Quantity=1", "Quantity=0"),
        RESALE.replace("Quantity=1", "Quantity=one"),
        RESALE.replace("AreSeatsTogether=false&", ""),
        RESALE.replace("AreSeatsTogether=false", "AreSeatsTogether=maybe"),
        RESALE.replace("MinimumPrice=0", "MinimumPrice=10000001"),
        RESALE.replace("EventId=4001", "EventId=4001&EventId=4002"),
        "/EDP/Seats/AvailableRegular".to_owned(),
        "/EDP/Ism/AreaAvailability".to_owned(),
        "/EDP/Ism/SeatMap?eventId=x".to_owned(),
        "/EDP/Ism/SeatMap?eventId=4001&areaId=7".to_owned(),
    ] {
        assert_eq!(ada.feed(&odd).await.status, StatusCode::BAD_REQUEST, "{odd}");
        assert!(office.log().last().unwrap().note.starts_with("refused: bad parameter"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_feed_is_for_the_pages_script_only() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    assert_eq!(ada.page(RESALE).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(office.log().last().unwrap().note, "refused: not xhr");
    let request = Request::get(format!("/northend{RESALE}")).header("X-Requested-With", "curl");
    assert_eq!(ada.send(request, Body::empty()).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn area_totals_count_both_markets() {
    let office = open_with_two_seats();
    office.fall(Fall::of(LEAGUE_MATCH).area(1220).primary()).unwrap();
    let totals =
        Visitor::signed_in(&office, ADA).await.feed("/EDP/Ism/AreaAvailability?eventId=4001").await.json();
    assert_eq!(totals.as_array().unwrap().len(), 60);
    assert_eq!((&totals[19]["AreaId"], &totals[19]["AvailableSeats"]), (&json!(1220), &json!(3)));
    assert_eq!(totals[0]["AvailableSeats"], 0);
}

/// The cells that a section's runs say are available, as (y, x).
fn available(section: &Value) -> BTreeSet<(usize, usize)> {
    let width = section["SeatNames"].as_array().unwrap().len();
    let bare = |code: &str| code.trim_start_matches('0').to_owned();
    let summary = section["StatusSummary"].as_array().unwrap();
    let on_sale = summary.iter().filter(|status| status["Symbol"] == "A");
    let codes: BTreeSet<String> = on_sale.map(|status| bare(status["Code"].as_str().unwrap())).collect();
    let mut cells = BTreeSet::new();
    let mut next = 0;
    for run in section["ExtendedTicketTypes"].as_array().unwrap() {
        let (code, count) = run.as_str().unwrap().split_once(',').unwrap();
        let count: usize = count.parse().unwrap();
        if codes.contains(&bare(code)) {
            cells.extend((next..next + count).map(|cell| (cell / width, cell % width)));
        }
        next += count;
    }
    assert_eq!(next, width * section["RowNames"].as_array().unwrap().len());
    cells
}

#[tokio::test(start_paused = true)]
async fn the_seat_map_shows_what_is_on_sale_where_it_is() {
    let opening = Opening { lots: 150, ..Opening::default() };
    let office = open(Script { opening, ..Script::default() });
    office.fall(Fall::of(LEAGUE_MATCH).area(1220).seats(3).primary()).unwrap();
    let map = Visitor::signed_in(&office, ADA).await.feed("/EDP/Ism/SeatMap?eventId=4001").await.json();
    let books = office.books();
    let sections = map["Sections"].as_array().unwrap();
    assert_eq!(sections.len(), 60);
    for section in sections {
        let name = section["SectionName"].as_str().unwrap();
        let seats = books.seats_on_sale(4001).into_iter().filter(|seat| seat.area_name == name);
        let expected: BTreeSet<(usize, usize)> =
            seats.clone().map(|seat| (seat.y.into(), seat.x.into())).collect();
        assert_eq!(available(section), expected, "{name}");
        for seat in seats {
            assert_eq!(section["RowNames"][usize::from(seat.y)]["Name"], seat.row.as_str());
            assert_eq!(section["SeatNames"][usize::from(seat.x)], seat.seat.as_str());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_seat_map_can_be_one_area_and_shows_holds_as_held() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    ada.hold(1).await;
    let map = ada.feed("/EDP/Ism/SeatMap?eventId=4001&areaId=1220").await.json();
    assert_eq!(map["Sections"].as_array().unwrap().len(), 1);
    assert_eq!(available(&map["Sections"][0]).len(), 1);
    let runs = map["Sections"][0]["ExtendedTicketTypes"].as_array().unwrap();
    assert!(runs.contains(&json!("03,1")), "{runs:?}");
}

#[tokio::test(start_paused = true)]
async fn some_sections_leave_out_the_leading_zero() {
    let office = open(Script::default());
    let map = Visitor::signed_in(&office, ADA).await.feed("/EDP/Ism/SeatMap?eventId=4001").await.json();
    assert_eq!(map["Sections"][0]["StatusSummary"][0], json!({ "Code": "01", "Symbol": "A" }));
    assert_eq!(map["Sections"][1]["StatusSummary"][0], json!({ "Code": "1", "Symbol": "A" }));
}

#[tokio::test(start_paused = true)]
async fn a_cached_feed_changes_only_when_it_is_old_enough() {
    let office = open(Script { cache: Cache { max_age: 5 }, ..Script::default() });
    let mut ada = Visitor::signed_in(&office, ADA).await;
    assert_eq!(ada.feed(RESALE).await.body, "[]");
    office.fall(two_seats()).unwrap();
    tokio::time::advance(Duration::from_secs(4)).await;
    let kept = ada.feed(RESALE).await;
    assert_eq!(
        (kept.body.as_str(), kept.header("age"), kept.header("cache-control")),
        ("[]", "4", "max-age=5")
    );
    tokio::time::advance(Duration::from_secs(1)).await;
    let fresh = ada.feed(RESALE).await;
    assert!(fresh.body.contains("£75.00"));
    assert_eq!(fresh.header("age"), "0");
}

#[tokio::test(start_paused = true)]
async fn an_availability_answer_can_be_two_hundred_kilobytes() {
    let opening = Opening { lots: 2_500, seats: 2, market: Market::Exchange, event: LEAGUE_MATCH };
    let office = open(Script { opening, ..Script::default() });
    let answer = Visitor::signed_in(&office, ADA).await.feed(RESALE).await;
    assert!(answer.body.len() > 200_000, "{}", answer.body.len());
    assert!(office.books().not_fallen.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_private_area_is_shown_and_sold_to_its_members_only() {
    let private = Private { area: "East Lower 5".into(), members: vec![BEN.to_owned()] };
    let cache = Cache { max_age: 60 };
    let office =
        open(Script { falls: vec![two_seats()], private: vec![private], cache, ..Script::default() });
    let (mut ada, mut ben) = (Visitor::signed_in(&office, ADA).await, Visitor::signed_in(&office, BEN).await);
    assert_eq!(ben.feed(RESALE).await.json()[0]["AreaId"], 1220);
    assert_eq!(ada.feed(RESALE).await.body, "[]", "also where ben's answer is kept");
    let totals = "/EDP/Ism/AreaAvailability?eventId=4001";
    assert_eq!(ada.feed(totals).await.json()[19]["AvailableSeats"], 0);
    assert_eq!(ben.feed(totals).await.json()[19]["AvailableSeats"], 2);
    let map = "/EDP/Ism/SeatMap?eventId=4001&areaId=1220";
    assert_eq!(ada.feed(map).await.json()["Sections"], json!([]));
    assert_eq!(ben.feed(map).await.json()["Sections"][0]["SectionName"], "East Lower 5");
}
