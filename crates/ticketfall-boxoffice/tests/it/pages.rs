//! The pages that people read: matches, who may open them, the basket.

use axum::http::StatusCode;
use ticketfall_boxoffice::{Fall, KEYWORD, LEAGUE_MATCH, Script};

use crate::visitor::{ADA, Visitor, open, open_with_two_seats};

#[tokio::test(start_paused = true)]
async fn the_match_page_has_the_key_and_the_marks_of_the_platform() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let page = ada.page("/EDP/Event/Index/4001?position=3").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.token().len(), 92);
    for mark in ["ism-module", "Event Information Screen", "Northend v Rovers", "at most 4 seats"] {
        assert!(page.body.contains(mark), "{mark}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_match_page_says_what_is_on_sale_in_printed_names() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let page = ada.page("/EDP/Event/Index/4001").await;
    let books = office.books();
    let seats = books.seats_on_sale(4001);
    let mut names: Vec<u32> = seats.iter().map(|seat| seat.seat.parse().unwrap()).collect();
    names.sort_unstable();
    let words = format!("<td>{} to {} (2 together)</td>", names[0], names[1]);
    assert!(page.body.contains(&words), "{words}");
    assert!(page.body.contains("<td>East Lower 5</td>") && page.body.contains("<td>£75.00</td>"));
}

#[tokio::test(start_paused = true)]
async fn a_sold_out_match_says_so_to_people() {
    let office = open(Script::default());
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let page = ada.page("/EDP/Event/Index/4001").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("This event currently has no seats available"));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_may_not_be_opened_says_why() {
    let office = open(Script::default());
    let mut ada = Visitor::signed_in(&office, ADA).await;
    for (event, reason) in
        [(4003, "EventArchived"), (4004, "EventRestricted"), (4005, "EventNoAvailableSalesModesOrSoldOut")]
    {
        let expected = format!("/northend/EDP/Validation/EventNotAllowed?eventId={event}&reason={reason}");
        assert_eq!(ada.page(&format!("/EDP/Event/Index/{event}")).await.location(), expected);
        assert_eq!(ada.feed(&format!("/EDP/Event/Config/{event}")).await.location(), expected);
        let page = ada.page(expected.strip_prefix("/northend").unwrap()).await;
        assert!(page.body.contains("This event is not available"));
    }
    assert_eq!(ada.page("/EDP/Event/Index/4999").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn the_keyword_opens_an_event_for_the_session_that_brought_it() {
    let office = open(Script::default());
    let mut ada = Visitor::signed_in(&office, ADA).await;
    let wrong = ada.page("/EDP/Event/Index/4004?spell=00000000-0000-0000-0000-000000000000").await;
    assert_eq!(wrong.status, StatusCode::FOUND);
    assert_eq!(ada.page(&format!("/EDP/Event/Index/4004?spell={KEYWORD}")).await.status, StatusCode::OK);
    assert_eq!(ada.feed("/EDP/Event/Config/4004").await.status, StatusCode::OK);
    assert!(office.log().iter().all(|line| !line.query.contains(KEYWORD)));
    let mut again = Visitor::signed_in(&office, ADA).await;
    assert_eq!(again.feed("/EDP/Event/Config/4004").await.status, StatusCode::FOUND);
}

#[tokio::test(start_paused = true)]
async fn the_basket_names_every_seat_as_documented() {
    let office = open_with_two_seats();
    let mut ada = Visitor::signed_in(&office, ADA).await;
    ada.hold(2).await;
    let page = ada.page("/Checkout/Basket").await.body;
    assert_eq!(page.matches("class=\"basket-event card\" basket-event-item-ref=\"").count(), 2);
    for seat in &office.books().member(ADA).unwrap().basket {
        for (part, name) in [("area", "East Lower 5"), ("row", &seat.row), ("seat-number", &seat.seat)] {
            let span = format!("<span data-testid=\"seat-detail-{part}\">{name}</span>");
            assert!(page.contains(&span), "{span}");
        }
    }
    assert!(page.contains("data-testid=\"seat-detail-block\""));
    assert!(page.contains("data-testid=\"basket-countdown\" data-seconds=\"600\">10:00<"));
    assert!(page.contains("<strong data-testid=\"basket-total\">£150.00</strong>"));
}

#[tokio::test(start_paused = true)]
async fn the_front_page_lists_what_can_be_opened() {
    let office = open(Script::default());
    let page = Visitor::new(&office).page("/").await.body;
    assert!(page.contains("/northend/EDP/Event/Index/4001") && page.contains("Cup tie"));
    assert!(!page.contains("/northend/EDP/Event/Index/4003"));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_does_not_exist_is_not_found() {
    let office = open(Script::default());
    let mut ada = Visitor::signed_in(&office, ADA).await;
    office.fall(Fall::of(LEAGUE_MATCH));
    let reply = ada.page("/EDP/Nothing").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(office.log().last().unwrap().note, "refused: not found");
}
