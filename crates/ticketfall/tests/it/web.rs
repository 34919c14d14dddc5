//! The dashboard in a real Chromium: what people do there, and what they see without asking again.

mod access;
mod cookies;
mod gallery;
mod live;
mod looks;
mod stage;
mod tab;

use serde_json::json;
use ticketfall_core::configuration::Configuration;

use crate::rehearsal::{event_url, profile};
use stage::Stage;
use tab::Tab;

/// Nothing on sale, and two seats together after three seconds, over and over.
const SCRIPT: &str = r#"
    [[fall]]
    at = "3s"
    event = 4001
    area = "East Lower 5"
    seats = 2
    price = "61.00"
    count = 60
    every = "4s"
"#;

/// What nobody can get.
fn too_cheap() -> Configuration {
    serde_json::from_value(json!({ "maxPrice": { "amount": "5.00", "currency": "GBP" } })).unwrap()
}

async fn looking_at(stage: &Stage) -> Tab {
    let tab = Tab::new().await;
    tab.go(&stage.service.link()).await;
    tab.until("location.pathname === '/'").await;
    tab
}

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_to_a_member_who_watches() {
    let stage = Stage::open("", 0).await;
    let tab = looking_at(&stage).await;
    tab.sees("Nobody is here yet.").await;
    tab.click("a[href='/set-up'].first").await;
    tab.sees("From nothing to a search in four steps").await;
    tab.write("input[name=name]", "Ada").await;
    tab.click("input[value=none]").await;
    tab.click("form[action='/members'] button").await;
    tab.sees("Ada is a member").await;
    tab.sees("Nobody is signed in yet: import the cookies").await;
    tab.click("a[href^='/cookies?member=ada']").await;
    tab.sees("Cookies sign in as the member").await;
    tab.write("textarea", &stage.cookies_of(0).await).await;
    tab.click("#import button").await;
    tab.sees("2 of 2 cookies in the session").await;
    tab.go(&stage.at("/set-up?member=ada")).await;
    tab.sees("A session was taken").await;
    tab.write("input[name=event]", &event_url(4001)).await;
    tab.click("button[form=wish]").await;
    tab.sees("Started.").await;
    tab.sees("SearchingTickets").await;
    assert_eq!(stage.supervisor.status(&profile("ada")).unwrap().0.event.as_str(), "4001");
    tab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn held_seats_are_shown_with_the_time_left_and_the_way_to_pay() {
    let stage = Stage::open(SCRIPT, 1).await;
    stage.start("ada", 4001, Configuration::default()).await;
    stage.until("ada", "Tickets").await;
    let tab = looking_at(&stage).await;
    tab.sees("Held for Ada: 2 seats · East Lower 5, row").await;
    tab.sees("£122").await;
    let left = tab.eval("document.querySelector('#calls time').textContent").await;
    assert!(left.as_str().unwrap().starts_with("09:") || left == "10:00", "{left}");
    tab.until(&format!("document.querySelector('#calls time').textContent !== {left}")).await;
    let order = tab.eval("document.querySelector('#calls a.button').href").await;
    assert!(order.as_str().unwrap().ends_with("/northend/Checkout/Basket"), "{order}");
    tab.go(&stage.at("/members/ada")).await;
    tab.until("document.querySelector('#holds .badge.held') !== null").await;
    tab.click("#holds summary").await;
    tab.sees("hold/lock").await;
    tab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_stopped_and_started_again_from_its_page() {
    let stage = Stage::open("", 1).await;
    stage.start("ada", 4001, too_cheap()).await;
    let tab = looking_at(&stage).await;
    tab.click("form[action='/members/ada/stop'] button").await;
    tab.sees("Stopped.").await;
    assert_eq!(stage.supervisor.status(&profile("ada")).unwrap().1.label, "Stopped");
    tab.click("form[action='/members/ada/again'] button").await;
    tab.sees("Started.").await;
    stage.until("ada", "SearchingTickets").await;
    let row = stage.wish("ada").await;
    assert_eq!(row.configuration, Configuration { event: Some(event_url(4001)), ..too_cheap() });
    tab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_wish_is_said_and_nothing_has_to_be_written_twice() {
    let stage = Stage::open("", 1).await;
    let tab = looking_at(&stage).await;
    tab.go(&stage.at("/members/ada")).await;
    tab.write("input[name=event]", "https://elsewhere.example/match").await;
    tab.write("input[name=seats]", "3").await;
    tab.click("#wanted button.first").await;
    tab.sees("No seller definition knows https://elsewhere.example/match").await;
    tab.until("document.querySelector('input[name=seats]').value === '3'").await;
    tab.write("input[name=event]", &event_url(4001)).await;
    tab.write("input[name=price]", "a lot").await;
    tab.click("#wanted button.first").await;
    tab.sees("Ticketfall cannot read one number from \"a lot\"").await;
    tab.write("input[name=price]", "£45.50").await;
    tab.click("#wanted button.first").await;
    tab.sees("Started.").await;
    let wanted = stage.wish("ada").await.configuration;
    assert_eq!((wanted.seat_count.get(), wanted.max_price.minor()), (3, 4_550));
    tab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_venue_is_drawn_as_a_bowl_with_what_fell_and_what_is_free() {
    let stage = Stage::open(SCRIPT, 1).await;
    stage.start("ada", 4001, too_cheap()).await;
    stage.until_fallen(2).await;
    let tab = looking_at(&stage).await;
    tab.go(&stage.at("/events/boxoffice/4001")).await;
    tab.sees("Northend v Rovers").await;
    tab.until("document.querySelectorAll('svg.map path.area').length === 60").await;
    tab.until("document.querySelectorAll('svg.map a path.free').length === 1").await;
    tab.eval("document.querySelector('svg.map a').focus()").await;
    tab.until("document.getElementById('tip').textContent.startsWith('East Lower 5: ')").await;
    tab.sees("on sale for").await;
    tab.until("document.querySelectorAll('svg.timeline .stem').length >= 2").await;
    tab.until("document.querySelectorAll('svg.week rect.area').length === 7 * 24").await;
    tab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_script_pages_are_read_and_forms_are_sent() {
    let stage = Stage::open("", 1).await;
    stage.start("ada", 4001, too_cheap()).await;
    let tab = looking_at(&stage).await;
    tab.call("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    tab.go(&stage.at("/")).await;
    tab.sees("SearchingTickets").await;
    tab.click("form[action='/members/ada/stop'] button").await;
    tab.sees("Stopped.").await;
    tab.write("input[name=price]", "80").await;
    tab.click("#wanted button.first").await;
    tab.sees("Started.").await;
    assert_eq!(stage.wish("ada").await.configuration.max_price.minor(), 8_000);
    tab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_from_outside_is_text_and_nothing_else() {
    let stage = Stage::open("", 0).await;
    let tab = looking_at(&stage).await;
    tab.go(&stage.at("/set-up")).await;
    tab.write("input[name=name]", "<img src=x onerror=alert(1)> & Co").await;
    tab.click("form[action='/members'] button").await;
    tab.sees("<img src=x onerror=alert(1)> & Co is a member").await;
    tab.go(&stage.at("/")).await;
    tab.sees("<img src=x onerror=alert(1)> & Co").await;
    tab.until("document.querySelector('main img') === null").await;
    tab.click("#members a").await;
    tab.sees("What is wanted").await;
    tab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_members_are_filtered_found_and_turned_over_like_pages() {
    let stage = Stage::open("", 0).await;
    for number in 0..120 {
        stage.enlist(&format!("member-{number:03}"), &format!("Member {number:03}")).await;
    }
    let tab = looking_at(&stage).await;
    tab.until("document.querySelectorAll('#members > li').length === 50").await;
    tab.click("#pages a[rel=next]").await;
    tab.sees("page 2 of 3").await;
    tab.until("document.querySelector('#members a').textContent === 'Member 050'").await;
    tab.go(&stage.at("/?q=ber+11")).await;
    tab.until("document.querySelectorAll('#members > li').length === 10").await;
    tab.click("#chips a[href='/?show=held&q=ber%2011']").await;
    tab.sees("Nobody is like that just now.").await;
    tab.close().await;
}
