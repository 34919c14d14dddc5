//! The basket, which is the order page: what is held, and for how much longer.

use std::time::Duration;

use askama::Template;
use serde_json::json;

use super::answer::Answer;
use super::ask::Ask;
use super::caller::SignedIn;
use crate::house::{BasketLine, House};
use crate::money::Pence;
use crate::stadium::Printed;

#[derive(Template)]
#[template(path = "basket.html")]
struct Basket<'a> {
    member: &'a str,
    key: &'a str,
    lines: Vec<Line<'a>>,
    total: Pence,
    seconds: u64,
    countdown: String,
}

/// A seat of the basket in words.
pub(super) struct Line<'a> {
    pub(super) id: u64,
    pub(super) event: u32,
    pub(super) title: &'static str,
    pub(super) kick_off: &'static str,
    pub(super) printed: Printed<'a>,
    pub(super) class: &'static str,
    pub(super) price: Pence,
}

pub(super) fn page(house: &House, ask: &Ask, who: &SignedIn) -> Answer {
    let basket = house.basket(who.member);
    let left = time_left(&basket, ask.now).as_secs();
    let key = house.sessions.key(&who.session, ask.now).unwrap_or_default();
    let page = Basket {
        member: &house.members[who.member].name,
        key: &key,
        lines: lines(house, &basket),
        total: total(&basket),
        seconds: left,
        countdown: format!("{:02}:{:02}", left / 60, left % 60),
    };
    Answer::page(&page).note(format!("basket with {}", basket.len()))
}

pub(super) fn count(house: &House, who: &SignedIn) -> Answer {
    Answer::json(&json!({ "Count": house.basket(who.member).len() }))
}

pub(super) fn bare_count(house: &House, who: &SignedIn) -> Answer {
    Answer::json(&house.basket(who.member).len())
}

pub(super) fn lines<'a>(house: &'a House, basket: &[BasketLine]) -> Vec<Line<'a>> {
    basket.iter().filter_map(|line| self::line(house, line)).collect()
}

fn line<'a>(house: &'a House, line: &BasketLine) -> Option<Line<'a>> {
    let event = house.event(line.event)?;
    Some(Line {
        id: line.id,
        event: event.id.0,
        title: event.title,
        kick_off: event.kick_off,
        printed: house.stadium.printed(line.place),
        class: event.prices().find(|price| price.class == line.class)?.class_name,
        price: line.price,
    })
}

pub(super) fn total(basket: &[BasketLine]) -> Pence {
    Pence(basket.iter().fold(0, |total, line| total.saturating_add(line.price.0)))
}

/// How long until the first seat of the basket is lost.
pub(super) fn time_left(basket: &[BasketLine], now: Duration) -> Duration {
    basket.iter().map(|line| line.until.saturating_sub(now)).min().unwrap_or_default()
}
