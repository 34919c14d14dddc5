//! A check for people, which stands before everything that a member asks for until a person has answered it.

use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::Answer;
use super::ask::Ask;
use super::caller::Caller;
use super::route::Route;
use super::sign_in::way_back;
use crate::house::House;

#[derive(Template)]
#[template(path = "captcha.html")]
struct Captcha<'a> {
    back: &'a str,
    has_missed: bool,
}

/// Whether this request has to wait for a person.
pub(super) fn stands_before(house: &House, caller: &Caller, route: &Route) -> bool {
    let is_its_own = matches!(route, Route::Captcha | Route::CaptchaAnswer | Route::SignOut);
    !is_its_own && caller.member().is_some_and(|member| house.unproven.contains(&member))
}

/// The way to the check.
pub(super) fn demanded(ask: &Ask) -> Answer {
    let back = utf8_percent_encode(ask.target(), NON_ALPHANUMERIC);
    Answer::redirect(&format!("/Captcha?ReturnUrl={back}")).note("captcha")
}

/// The page with the check.
pub(super) fn page(ask: &Ask) -> Answer {
    Answer::page(&Captcha { back: &way_back(&ask.query), has_missed: false })
}

/// What somebody says of themselves.
pub(super) fn answer(house: &mut House, ask: &Ask, caller: &Caller) -> Answer {
    let form = ask.form();
    if form.get("person").is_none() {
        return Answer::page(&Captcha { back: &way_back(&form), has_missed: true });
    }
    if let Some(member) = caller.member() {
        house.unproven.remove(&member);
    }
    Answer::redirect_to(&way_back(&form)).note("captcha answered")
}
