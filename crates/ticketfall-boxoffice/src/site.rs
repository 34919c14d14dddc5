//! The site over the house: who asks, what may answer before the page does, the page, and the line in the log.

pub(crate) mod answer;
mod area_totals;
pub(crate) mod ask;
mod availability;
mod back_office;
mod basket;
mod best_available;
mod caller;
mod captcha;
mod config;
pub(crate) mod feed_cache;
mod guard;
mod home;
mod match_page;
pub(crate) mod pace;
mod payment;
mod purge;
mod queue_pages;
mod queue_url;
mod refused;
pub(crate) mod route;
mod seat_map;
mod select;
mod sign_in;
mod spoiled;
mod writes;

pub use self::queue_url::QUEUE_PREFIX;

use self::answer::Answer;
use self::ask::Ask;
use self::caller::Caller;
use self::guard::Door;
use self::route::Route;
use crate::books::LogLine;
use crate::fault::{FaultKind, Target};
use crate::house::House;
use crate::refusal::Refusal;

/// The path that the club's site lives under.
pub const PREFIX: &str = "/northend";
/// The name of the cookie that a member's session travels in.
pub const SESSION_COOKIE: &str = "northend.example/northend";

const BACK_OFFICE: &str = "/_boxoffice/";

/// Answers one request, and logs it unless it is about the simulation itself or for the waiting room.
pub(crate) fn answer(house: &mut House, ask: &Ask) -> Answer {
    if let Some(path) = ask.path.strip_prefix(BACK_OFFICE) {
        return back_office::answer(house, ask, path);
    }
    if let (Some(path), Some(room)) = (room_page(&ask.path), house.queue_room.as_mut()) {
        return queue_pages::answer(room, ask, path);
    }
    let route = Route::of(&ask.method, &ask.path);
    let caller = Caller::recognise(house, ask);
    let answer = match before_the_page(house, ask, &caller, &route) {
        Door::Open => page_or_fault(house, ask, &caller, &route),
        Door::OpenWith { cookie } => page_or_fault(house, ask, &caller, &route).set_cookie(&cookie),
        Door::Shut(answer) => answer,
    };
    house.write_down(LogLine {
        at: ask.now,
        method: ask.method.to_string(),
        path: ask.path.clone(),
        query: ask.loggable_query(),
        member: caller.member().map(|member| house.email(member)),
        status: answer.status.as_u16(),
        note: answer.note.clone(),
    });
    // Outside its path a browser does not send the cookie, and would take a second one for a new identity.
    if ask.path.starts_with(PREFIX) { caller.remember(answer) } else { answer }
}

/// What turns a client away, or makes it wait, before the page is asked.
fn before_the_page(house: &mut House, ask: &Ask, caller: &Caller, route: &Route) -> Door {
    let limit = house.script.pace.requests_per_minute;
    let wait = limit.and_then(|limit| house.pacemaker.wait(caller.member(), limit, ask.now));
    wait.map_or_else(|| guard::door(house, ask, caller, route), |wait| Door::Shut(refused::too_fast(wait)))
}

/// The path of one of the waiting room's own pages under its prefix.
fn room_page(path: &str) -> Option<&str> {
    path.strip_prefix(QUEUE_PREFIX)?.strip_prefix('/')
}

fn page_or_fault(house: &mut House, ask: &Ask, caller: &Caller, route: &Route) -> Answer {
    if captcha::stands_before(house, caller, route) {
        return captcha::demanded(ask);
    }
    let email = caller.member().map(|member| house.email(member));
    let path = ask.path.strip_prefix(PREFIX).unwrap_or(&ask.path);
    let fault = house.faults.strike(&Target { now: ask.now, route, path, member: email.as_deref() });
    let Some(fault) = fault else {
        return page(house, ask, caller, route);
    };
    if let (FaultKind::Captcha, Some(member)) = (&fault, caller.member()) {
        house.unproven.insert(member);
    }
    if let (FaultKind::StaleKey, Caller::Member { signed_in, .. }) = (&fault, caller) {
        house.sessions.turn_key(&signed_in.session);
    }
    spoiled::instead(&fault, ask, route)
        .unwrap_or_else(|| spoiled::spoil(&fault, page(house, ask, caller, route)))
}

fn page(house: &mut House, ask: &Ask, caller: &Caller, route: &Route) -> Answer {
    page_or_refusal(house, ask, caller, route).unwrap_or_else(|refusal| {
        let as_html = house.count_refusal(caller.member(), &refusal);
        refused::answer(&refusal, ask, route, as_html)
    })
}

fn page_or_refusal(house: &mut House, ask: &Ask, caller: &Caller, route: &Route) -> Result<Answer, Refusal> {
    let who = writes::check(house, ask, caller, route.audience());
    match *route {
        Route::Home => Ok(home::answer(house, caller)),
        Route::SignInForm => Ok(sign_in::form(house, ask, caller)),
        Route::SignIn => sign_in::sign_in(house, ask, caller),
        Route::SignOut => Ok(sign_in::sign_out(house, caller)),
        Route::Captcha => Ok(captcha::page(ask)),
        Route::CaptchaAnswer => Ok(captcha::answer(house, ask, caller)),
        Route::Problem => Ok(refused::problem_page()),
        Route::NotAllowed => Ok(refused::not_allowed_page(ask)),
        Route::MatchPage(event) => match_page::answer(house, ask, who?, event),
        Route::Config(event) => config::answer(house, ask, who?, event),
        Route::Available(market) => availability::answer(house, ask, who?, market),
        Route::AreaTotals => area_totals::answer(house, ask, who?),
        Route::SeatMap => seat_map::answer(house, ask, who?),
        Route::Lock(market) => best_available::lock(house, ask, who?, market),
        Route::Put(market) => best_available::put(house, ask, who?, market),
        Route::Select(market) => select::answer(house, ask, who?, market),
        Route::Purge => purge::answer(house, ask, who?),
        Route::Basket => Ok(basket::page(house, ask, who?)),
        Route::BasketCount => Ok(basket::count(house, who?)),
        Route::BasketCountBare => Ok(basket::bare_count(house, who?)),
        Route::Payment => Ok(payment::page(house, ask, who?)),
        Route::Pay => payment::pay(house, ask, who?),
        Route::Nowhere => Err(Refusal::NotFound),
    }
}
