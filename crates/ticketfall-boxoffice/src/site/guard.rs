//! What stands in front of the site while its waiting room is open: it wants a pass, as the official connectors do.

use http::HeaderName;
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;

use super::answer::Answer;
use super::ask::Ask;
use super::caller::Caller;
use super::queue_url::{TOKEN, page_of_script, queue_url, target};
use super::route::Route;
use crate::event::EventId;
use crate::house::House;
use crate::queue_room::{COMPONENT, Client, Entry, Leave, QueueRoom};

const REDIRECT_HEADER: HeaderName = HeaderName::from_static("x-queueit-redirect");
const NO_HASH: &str = "/error/hash/";
const TOO_LATE: &str = "/error/timestamp/";

/// Whether a request may go on to the page.
#[derive(Clone, Debug)]
pub(super) enum Door {
    Open,
    /// It may, and its answer carries this cookie.
    OpenWith {
        cookie: String,
    },
    Shut(Answer),
}

/// Looks at the token or the pass of a request that the waiting room guards.
pub(super) fn door(house: &mut House, ask: &Ask, caller: &Caller, route: &Route) -> Door {
    let client = client(house, caller);
    let Some(room) = house.queue_room.as_mut().filter(|room| room.guards(event_of(ask, route), ask.now))
    else {
        return Door::Open;
    };
    if let Some(token) = ask.query.get(TOKEN) {
        return Door::Shut(enter(room, ask, &client, token));
    }
    let cookie = cookie_name(room);
    match room.admit(ask.cookie(&cookie), &client, ask.now) {
        Leave::Stay => Door::Open,
        Leave::Renewed(pass) => Door::OpenWith { cookie: set_cookie(room, &pass) },
        Leave::TurnedAway => Door::Shut(turn_away(room, ask, &client)),
    }
}

fn client(house: &House, caller: &Caller) -> Client {
    let id = caller.visitor().id.clone();
    match caller.member() {
        Some(member) => Client::Member { email: house.email(member), id },
        None => Client::Visitor { id },
    }
}

fn enter(room: &mut QueueRoom, ask: &Ask, client: &Client, token: &str) -> Answer {
    let failed = |room: &QueueRoom, page| {
        let url = queue_url(room.script(), ask, page, &target(ask));
        Answer::redirect_to(&url).note(format!("waiting room: token refused, {page}"))
    };
    match room.enter(token, client, ask.now) {
        Entry::Pass(pass) => Answer::redirect_to(&target(ask))
            .set_cookie(&set_cookie(room, &pass))
            .note("waiting room: token taken"),
        Entry::BadHash => failed(room, NO_HASH),
        Entry::Expired => failed(room, TOO_LATE),
    }
}

fn turn_away(room: &mut QueueRoom, ask: &Ask, client: &Client) -> Answer {
    room.turn_away(client);
    let answer = match page_of_script(ask) {
        Some(page) => {
            let url = queue_url(room.script(), ask, "/", &page);
            let url = utf8_percent_encode(&url, COMPONENT).to_string();
            Answer::empty().with(REDIRECT_HEADER, &url)
        }
        None => Answer::redirect_to(&queue_url(room.script(), ask, "/", &target(ask))),
    };
    answer.note("waiting room: no pass")
}

fn cookie_name(room: &QueueRoom) -> String {
    format!("QueueITAccepted-SDFrts345E-V3_{}", room.script().id)
}

fn set_cookie(room: &QueueRoom, pass: &str) -> String {
    format!("{}={pass}; Path=/; SameSite=Lax", cookie_name(room))
}

/// The event that a request is about.
fn event_of(ask: &Ask, route: &Route) -> Option<EventId> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct About {
        event_id: EventId,
    }

    match *route {
        Route::MatchPage(event) | Route::Config(event) => Some(event),
        Route::Available(_) | Route::AreaTotals | Route::SeatMap | Route::Purge => {
            ask.query.get("eventId")?.parse().ok()
        }
        Route::Lock(_) | Route::Put(_) | Route::Select(_) => {
            serde_json::from_slice::<About>(&ask.body).ok().map(|about| about.event_id)
        }
        Route::Home
        | Route::SignInForm
        | Route::SignIn
        | Route::SignOut
        | Route::Captcha
        | Route::CaptchaAnswer
        | Route::Problem
        | Route::NotAllowed
        | Route::Basket
        | Route::BasketCount
        | Route::BasketCountBare
        | Route::Payment
        | Route::Pay
        | Route::Nowhere => None,
    }
}
