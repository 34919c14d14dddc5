//! Locks, baskets, selections and releases as a page's script asks for them.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use ticketfall_boxoffice::{CUP_TIE, Fall, Fate, LEAGUE_MATCH, Owner, Pence, Script};

use crate::visitor::{ADA, BEN, RESALE, Visitor, lock_body, open, open_with_two_seats};

#[tokio::test(start_paused = true)]
async fn the_best_seats_are_locked_and_nobody_else_sees_them() {
    let office = open_with_two_seats();
    let (mut ada, mut ben) = (Visitor::signed_in(&office, ADA).await, Visitor::signed_in(&office, BEN).await);
    let locked = ada.lock(2).await.json();
    let fall = &office.books().falls[0];
    let seat = &locked["LockedSeats"][0];
    assert_eq!(
        (&seat["AreaId"], &seat["XCoord"], &seat["YCoord"]),
        (&json!(1220), &json!(fall.seats[0].x), &json!(fall.y))
    );
    assert_eq!(ben.feed(RESALE).await.body, "[]");
    assert_eq!(ben.lock(1).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(office.books().member(ADA).unwrap().locked.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lock_keeps_to_area_band_and_price() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let band = ada.feed(RESALE).await.json()[0]["PriceBands"][0]["PriceBandCode"].clone();
    for (field, value, status) in [
        ("AreaId", json!(1221), StatusCode::BAD_REQUEST),
        ("PriceBandId", json!("01"), StatusCode::BAD_REQUEST),
        ("PriceBandId", json!("99"), StatusCode::BAD_REQUEST),
        ("MaximumPrice", json!(7_499), StatusCode::BAD_REQUEST),
        ("MinimumPrice", json!(7_501), StatusCode::BAD_REQUEST),
        ("PriceBandId", band.as_str().unwrap().parse::<u32>().unwrap().into(), StatusCode::OK),
        ("PriceBandId", band, StatusCode::OK),
    ] {
        let mut body = lock_body(1);
        body[field] = value;
        let reply = ada.write(Method::POST, "/EDP/BestAvailable/ResaleSeats", &body).await;
        assert_eq!(reply.status, status, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_cup_tie_locks_a_main_seat_and_its_companions() {
    let office = open(Script::default());
    office.fall(Fall::of(CUP_TIE).area("South Lower 4").seats(2).primary()).unwrap();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let mut body = lock_body(2);
    body["EventId"] = json!(4002);
    let locked = ada.write(Method::POST, "/EDP/BestAvailable/RegularSeats", &body).await.json();
    let class = ada.adult(4002).await;
    let seat = |seat: &Value| json!({ "Id": seat["Id"], "PriceClassId": class });
    let seats = json!([seat(&locked["MainSeat"]), seat(&locked["CompanionSeats"][0])]);
    let body = json!({ "EventId": 4002, "Seats": seats });
    assert_eq!(ada.write(Method::PUT, "/EDP/BestAvailable/RegularSeats", &body).await.status, StatusCode::OK);
    let basket = office.books().member(ADA).unwrap().basket.clone();
    assert_eq!(basket.len(), 2);
    assert_eq!(basket[0].price, Pence(3_100));
}

#[tokio::test(start_paused = true)]
async fn a_concession_pays_the_lists_price_to_the_club_and_the_exchange_price_to_a_member() {
    let office = open(Script::default());
    let mut ada = Visitor::signed_in(&office, ADA).await;
    for fall in [
        Fall::of(LEAGUE_MATCH).area("South Lower 4").primary(),
        Fall::of(LEAGUE_MATCH).area("South Lower 4").price(Pence(9_900)),
    ] {
        office.fall(fall).unwrap();
        let market = office.books().falls.last().unwrap().market;
        let path = match market {
            ticketfall_boxoffice::Market::Primary => "/EDP/BestAvailable/RegularSeats",
            ticketfall_boxoffice::Market::Exchange => "/EDP/BestAvailable/ResaleSeats",
        };
        let id = ada.write(Method::POST, path, &lock_body(1)).await.json()["LockedSeats"][0]["Id"].clone();
        let body = json!({ "EventId": 4001, "Seats": [{ "Id": id, "PriceClassId": 102 }] });
        assert_eq!(ada.write(Method::PUT, path, &body).await.status, StatusCode::OK);
    }
    let mut prices: Vec<Pence> =
        office.books().member(ADA).unwrap().basket.iter().map(|seat| seat.price).collect();
    prices.sort();
    assert_eq!(prices, [Pence(3_100), Pence(9_900)]);
}

#[tokio::test(start_paused = true)]
async fn a_lock_lasts_a_minute_and_a_basket_ten() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let locked = ada.lock(2).await.json();
    tokio::time::advance(Duration::from_secs(59)).await;
    assert_eq!(ada.put(&locked).await.status, StatusCode::OK);
    tokio::time::advance(Duration::from_mins(9)).await;
    assert!(ada.page("/Checkout/Basket").await.body.contains(">01:00<"));
    tokio::time::advance(Duration::from_mins(1)).await;
    assert!(ada.page("/Checkout/Basket").await.body.contains("Your basket is empty."));
    let fate = office.books().falls[0].seats[0].fate.clone();
    assert_eq!(fate, Fate::GivenBack { at: Duration::from_secs(659) });
}

/// The body of a selection of the one run that is on sale.
async fn selection(visitor: &mut Visitor, seats: usize) -> Value {
    let class = visitor.adult(4001).await;
    let area = visitor.feed(RESALE).await.json()[0].clone();
    let interval = &area["PriceBands"][0]["AvailableSeatsIntervals"][0];
    let first = interval["StartXCoord"].as_u64().unwrap();
    let seat = |x: u64| {
        json!({ "AreaId": area["AreaId"], "XCoordinate": x, "YCoordinate": interval["YCoord"],
                "PriceClassId": class, "IsSecondaryMarket": true })
    };
    let seats: Vec<Value> = (first..).take(seats).map(seat).collect();
    json!({ "EventId": 4001, "Seats": seats })
}

#[tokio::test(start_paused = true)]
async fn concrete_seats_go_to_the_basket_in_one_step() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let body = selection(&mut ada, 2).await;
    let reply = ada.write(Method::PUT, "/EDP/Ism/SelectResaleSeat", &body).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.body.starts_with("\"OK:") && reply.body.len() == 9, "{}", reply.body);
    assert_eq!(office.books().member(ADA).unwrap().basket.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_selection_happens_whole_or_not_at_all() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let three = selection(&mut ada, 3).await;
    assert_eq!(
        ada.write(Method::PUT, "/EDP/Ism/SelectResaleSeat", &three).await.status,
        StatusCode::BAD_REQUEST
    );
    let mut twice = selection(&mut ada, 2).await;
    twice["Seats"][1] = twice["Seats"][0].clone();
    assert_eq!(
        ada.write(Method::PUT, "/EDP/Ism/SelectResaleSeat", &twice).await.status,
        StatusCode::BAD_REQUEST
    );
    let mut regular = selection(&mut ada, 1).await;
    assert_eq!(
        ada.write(Method::PUT, "/EDP/Ism/SelectRegularSeat", &regular).await.status,
        StatusCode::BAD_REQUEST
    );
    regular["Seats"][0]["IsSecondaryMarket"] = json!(false);
    assert_eq!(
        ada.write(Method::PUT, "/EDP/Ism/SelectRegularSeat", &regular).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(office.books().seats_on_sale(4001).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_release_gives_back_locks_and_basket() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    ada.hold(1).await;
    ada.lock(1).await;
    let elsewhere = ada.write(Method::DELETE, "/EDP/Ism/PurgeLocks?eventId=4002", &json!({})).await;
    assert_eq!(elsewhere.json(), json!({ "PurgedSeats": 0 }));
    let reply = ada.write(Method::DELETE, "/EDP/Ism/PurgeLocks?eventId=4001", &json!({})).await;
    assert_eq!(reply.json(), json!({ "PurgedSeats": 2 }));
    assert_eq!(office.books().seats_on_sale(4001).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_basket_is_counted_in_two_ways() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    ada.hold(2).await;
    assert_eq!(ada.feed("/Checkout/Basket/ItemsCount").await.body, "2");
    let request =
        Request::post("/northend/Checkout/Basket/ItemsCount").header("X-Requested-With", "XMLHttpRequest");
    assert_eq!(ada.send(request, Body::empty()).await.json(), json!({ "Count": 2 }));
}

#[tokio::test(start_paused = true)]
async fn the_books_tell_who_has_a_seat_by_its_printed_names() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    ada.hold(2).await;
    let books = office.books();
    let (row, seat) = (&books.falls[0].row, &books.falls[0].seats[0].seat);
    let until = Duration::from_mins(10);
    assert_eq!(
        books.owner(4001, "East Lower 5", row, seat),
        Some(&Owner::InBasket { member: ADA.to_owned(), until })
    );
    assert_eq!(books.owner(4002, "East Lower 5", row, seat), None);
    assert_eq!(books.violations(), Vec::<String>::new());
    assert_eq!(books.holders().into_iter().collect::<Vec<_>>(), [ADA]);
}
