//! The payment pages: for people only. Paying is pressing one button, and no money exists.

use askama::Template;

use super::answer::Answer;
use super::ask::Ask;
use super::basket::{self, Line};
use super::caller::SignedIn;
use super::writes;
use crate::house::House;
use crate::money::Pence;
use crate::refusal::Refusal;

#[derive(Template)]
#[template(path = "payment.html")]
struct Payment<'a> {
    member: &'a str,
    key: &'a str,
    lines: Vec<Line<'a>>,
    total: Pence,
}

#[derive(Template)]
#[template(path = "paid.html")]
struct Paid<'a> {
    member: &'a str,
    lines: Vec<Line<'a>>,
    total: Pence,
}

pub(super) fn page(house: &House, ask: &Ask, who: &SignedIn) -> Answer {
    let basket = house.basket(who.member);
    if basket.is_empty() {
        return Answer::redirect("/Checkout/Basket");
    }
    let key = house.sessions.key(&who.session, ask.now).unwrap_or_default();
    let (member, lines) = (house.members[who.member].name.as_str(), basket::lines(house, &basket));
    Answer::page(&Payment { member, key: &key, lines, total: basket::total(&basket) }).note("payment page")
}

pub(super) fn pay(house: &mut House, ask: &Ask, who: &SignedIn) -> Result<Answer, Refusal> {
    writes::check_key(house, ask, who, ask.form().get("__RequestVerificationToken"))?;
    let paid = house.pay(who.member, ask.now);
    if paid.is_empty() {
        return Ok(Answer::redirect("/Checkout/Basket"));
    }
    let (member, lines) = (house.members[who.member].name.as_str(), basket::lines(house, &paid));
    Ok(Answer::page(&Paid { member, lines, total: basket::total(&paid) })
        .note(format!("paid for {}", paid.len())))
}
