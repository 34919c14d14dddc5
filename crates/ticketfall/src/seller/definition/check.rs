//! From a draft to a definition: everything that is wrong is found at once.

mod requests;

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use ticketfall_core::offer::Market;
use ticketfall_core::pace::{Budget, PaceRules};
use ticketfall_core::price::Currency;
use toml::Spanned;
use url::Url;

use super::draft::{self, Draft, RoomPageKind, Text};
use super::problem::Report;
use super::urls::is_private_host;
use super::{
    BasketPage, Definition, EventPattern, MatchPage, Requests, RoomPage, RoomPageIs, SeatMapRules, Spot,
    VERSION, WaitingRoom,
};
use crate::seller::classify::Classifier;
use crate::seller::template::Templates;

/// The definition; `None` when something that it cannot do without is wrong. Everything else is checked all
/// the same, so that the report is whole.
pub(super) fn compiled(draft: Draft, report: &mut Report) -> Option<Definition> {
    if *draft.version.get_ref() != VERSION {
        report
            .at(draft.version.span(), format!("this program reads version {VERSION}; write the file for it"));
    }
    let mut templates = Templates::default();
    let mut writer = requests::Writer { templates: &mut templates, headers: &draft.headers, report };
    let requests = writer.all(&draft.requests);
    let hold = writer.hold(&draft.hold);
    let origin = origin(&draft.origin, draft.private, report);
    let prefix = prefix(draft.prefix.as_ref(), report);
    let hosts = hosts(&draft.hosts, draft.private, report);
    let time_zone = time_zone(&draft.time_zone, report);
    let currency = currency(&draft.currency, report);
    let pace = pace(&draft.pace, report);
    let per_member = draft.limits.per_member.and_then(|limit| at_least_one(&limit, report));
    let event_patterns = event_patterns(&draft.event_urls, report);
    let match_page = draft.page.map(|page| match_page(page, report));
    let basket = draft.basket.map(|basket| basket_page(basket, report));
    let waiting_room = waiting_room(draft.waiting_room, report);
    let classifier = Arc::new(Classifier::compiled(&draft.classify, report));
    let requests = requests?;
    looks(&draft.look, &requests, report);
    Some(Definition {
        id: draft.id,
        name: draft.name,
        dialect: draft.dialect,
        time_zone: time_zone?,
        currency: currency?,
        shared: draft.shared,
        private: draft.private,
        look: draft.look.into_inner(),
        pace: pace?,
        per_member,
        waiting_room,
        page: match_page,
        seat_map: seat_map(draft.seat_map),
        basket,
        origin: origin?,
        prefix,
        hosts,
        never: draft.never,
        event_patterns,
        keyword_parameter: draft.keyword_parameter,
        keyword_events: draft.keyword_events,
        templates: Arc::new(templates),
        requests: Arc::new(requests),
        hold: Arc::new(hold?),
        classifier,
    })
}

fn origin(text: &Text, private: bool, report: &mut Report) -> Option<Url> {
    let url = report.take(
        text.span(),
        Url::parse(text.get_ref()),
        "use an origin such as https://tickets.example.com",
    )?;
    let bare =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !bare || !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        report.at(
            text.span(),
            "an origin is a scheme, a host and a port; what comes after them is the `prefix`",
        );
        return None;
    }
    if !private && url.host().as_ref().is_some_and(is_private_host) {
        report.at(
            text.span(),
            "this host is on your own machine or network; say `private = true` if that is meant",
        );
    }
    if !private && url.scheme() == "http" {
        report.at(text.span(), "http sends the member's cookies in the clear; use https");
    }
    Some(url)
}

fn prefix(text: Option<&Text>, report: &mut Report) -> String {
    let Some(text) = text else { return String::new() };
    let prefix = text.get_ref();
    if !prefix.is_empty()
        && (!prefix.starts_with('/') || prefix.ends_with('/') || prefix.contains(['?', '#']))
    {
        report.at(text.span(), "a prefix begins with a slash and does not end with one, such as /northend");
    }
    prefix.clone()
}

fn hosts(texts: &[Text], private: bool, report: &mut Report) -> Vec<String> {
    texts.iter().filter_map(|text| host(text, private, report)).collect()
}

fn host(text: &Text, private: bool, report: &mut Report) -> Option<String> {
    let host = report.take(
        text.span(),
        url::Host::parse(text.get_ref()),
        "use a host's name alone, without scheme or port",
    )?;
    let borrowed = match &host {
        url::Host::Domain(name) => url::Host::Domain(name.as_str()),
        url::Host::Ipv4(address) => url::Host::Ipv4(*address),
        url::Host::Ipv6(address) => url::Host::Ipv6(*address),
    };
    if !private && is_private_host(&borrowed) {
        report.at(
            text.span(),
            "this host is on your own machine or network; say `private = true` if that is meant",
        );
    }
    Some(host.to_string())
}

fn time_zone(text: &Text, report: &mut Report) -> Option<TimeZone> {
    let advice = "use a name of the IANA time zone database, such as Europe/London";
    report.take(text.span(), TimeZone::get(text.get_ref()), advice)
}

fn currency(text: &Text, report: &mut Report) -> Option<Currency> {
    let currency = Currency::from_code(text.get_ref());
    if currency.is_none() {
        report.at(text.span(), "use a currency's code of three letters, such as GBP");
    }
    currency
}

fn duration(value: &Spanned<SignedDuration>, report: &mut Report) -> Option<Duration> {
    report.take(
        value.span(),
        Duration::try_from(*value.get_ref()),
        "use a length of time such as \"2s\" or \"10m\"",
    )
}

fn pace(draft: &draft::Pace, report: &mut Report) -> Option<PaceRules> {
    let floor = duration(&draft.floor, report)?;
    let (requests, reserve) = (*draft.requests.get_ref(), draft.reserve);
    if requests == 0 {
        return Some(PaceRules { floor, ..PaceRules::default() });
    }
    let window = duration(&draft.window, report)?;
    if window.is_zero() {
        report.at(draft.window.span(), "a window of no time allows no request; use one such as \"1m\"");
    }
    if reserve >= requests {
        report
            .at(draft.requests.span(), "the reserve for holds leaves no request for looks; lower `reserve`");
    }
    Some(PaceRules { floor, budget: Some(Budget { requests, window, reserve }), ..PaceRules::default() })
}

fn at_least_one(value: &Spanned<u32>, report: &mut Report) -> Option<u32> {
    if *value.get_ref() == 0 {
        report.at(value.span(), "use at least 1, or leave it out");
    }
    Some(*value.get_ref()).filter(|value| *value > 0)
}

fn waiting_room(draft: draft::WaitingRoom, report: &mut Report) -> WaitingRoom {
    WaitingRoom {
        hosts: hosts(&draft.hosts, true, report),
        cookies: draft.cookies,
        redirect_header: draft.redirect_header.map(|header| header.into_inner().to_lowercase()),
        ahead: draft.ahead.map(|draft| spot(draft, report)),
        wait: draft.wait.map(|draft| spot(draft, report)),
        pages: draft.page.into_iter().map(|draft| room_page(draft, report)).collect(),
    }
}

fn room_page(draft: draft::RoomPage, report: &mut Report) -> RoomPage {
    let (span, kind) = (draft.shows.span(), draft.shows.into_inner());
    if draft.path.is_none() && draft.selector.is_none() {
        report.at(span.clone(), "this fits every page of the waiting room; name a `path` or a `selector`");
    }
    if draft.reason.is_some() && kind != RoomPageKind::Refused {
        report.at(span, "a `reason` belongs to shows = \"refused\"; leave it out");
    }
    RoomPage {
        is: match kind {
            RoomPageKind::Before => RoomPageIs::Before,
            RoomPageKind::Paused => RoomPageIs::Paused,
            RoomPageKind::Check => RoomPageIs::Check,
            RoomPageKind::Refused => {
                RoomPageIs::Refused { why: draft.reason.unwrap_or_else(|| "it does not say why".to_owned()) }
            }
        },
        path: draft.path.map(|path| path.to_lowercase()),
        mark: draft.selector.map(|selector| spot(draft::Spot { selector, attribute: None }, report)),
    }
}

fn event_patterns(texts: &[Text], report: &mut Report) -> Vec<EventPattern> {
    let pattern = |text: &Text| {
        let pattern = EventPattern::parse(text.get_ref());
        if pattern.is_none() {
            report.at(
                text.span(),
                "an event's path has {event} as one of its segments, such as /Event/Index/{event}",
            );
        }
        pattern
    };
    texts.iter().filter_map(pattern).collect()
}

fn looks(look: &Spanned<Vec<Market>>, requests: &Requests, report: &mut Report) {
    if look.get_ref().is_empty() {
        report.at(look.span(), "a look needs a feed: name \"exchange\", \"primary\" or both");
    }
    for market in look.get_ref() {
        if requests.feed(*market).is_none() {
            let name = match market {
                Market::Primary => "primary",
                Market::Exchange => "exchange",
            };
            report.at(look.span(), format!("the feed is missing; write [requests.availability.{name}]"));
        }
    }
}

fn match_page(draft: draft::Page, report: &mut Report) -> MatchPage {
    MatchPage { key: spot(draft.key, report), marker: spot(draft.marker, report) }
}

fn seat_map(draft: draft::SeatMap) -> SeatMapRules {
    SeatMapRules { available: draft.available, first_x: draft.first_x, first_y: draft.first_y }
}

fn basket_page(draft: draft::BasketPage, report: &mut Report) -> BasketPage {
    let mut optional = |place: Option<draft::Spot>| place.map(|place| spot(place, report));
    BasketPage {
        area: optional(draft.area),
        block: optional(draft.block),
        row: optional(draft.row),
        price: optional(draft.price),
        expiry: optional(draft.expiry),
        event: optional(draft.event),
        line: spot(draft.line, report),
        empty: draft.empty,
        seat: spot(draft.seat, report),
        lasts: draft.lasts.and_then(|lasts| duration(&lasts, report)),
    }
}

fn spot(draft: draft::Spot, report: &mut Report) -> Spot {
    let span = draft.selector.span();
    let selector = draft.selector.into_inner();
    if let Err(error) = selector.parse::<lol_html::Selector>() {
        report.at(span, format!("this is no CSS selector that can be used here: {error}"));
    }
    Spot { selector, attribute: draft.attribute }
}
