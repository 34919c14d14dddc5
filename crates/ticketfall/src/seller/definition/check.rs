//! From a draft to a definition: everything that is wrong is found at once.

mod pages;
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
    Definition, Dialect, EventPattern, QuotaHeaders, Requests, RoomPage, RoomPageIs, SeatMapRules, VERSION,
    WaitingRoom,
};
use crate::seller::classify::Classifier;
use crate::seller::dialects::mapped::{Mapping, check_program};
use crate::seller::template::Templates;
use pages::{basket, match_page, spot};

/// The definition; `None` when something that it cannot do without is wrong. Everything else is checked all
/// the same, so that the report is whole.
pub(super) fn compiled(draft: Draft, report: &mut Report) -> Option<Definition> {
    if *draft.version.get_ref() != VERSION {
        report
            .at(draft.version.span(), format!("this program reads version {VERSION}; write the file for it"));
    }
    let mut templates = Templates::default();
    let (headers, own_hosts) = (&draft.headers, &draft.hosts[..]);
    let mut writer = requests::Writer { templates: &mut templates, headers, hosts: own_hosts, report };
    let requests = writer.all(&draft.requests, draft.event_urls.first(), draft.look.get_ref());
    let hold = writer.hold(&draft.hold);
    let origin = origin(&draft.origin, draft.private, report);
    let prefix = prefix(draft.prefix.as_ref(), report);
    let hosts = hosts(&draft.hosts, draft.private, report);
    let time_zone = time_zone(&draft.time_zone, report);
    let currency = currency(&draft.currency, report);
    let pace = pace(&draft.pace, report);
    let per_member = draft.limits.per_member.as_ref().and_then(|limit| at_least_one(limit, report));
    let event_patterns = event_patterns(&draft.event_urls, report);
    let quota = draft.pace.quota.as_ref().map(|quota| quota_headers(quota, &draft.pace, report));
    let mapping = mapping(&draft, report);
    only_in_exchange(&draft, report);
    let match_page = draft.page.map(|page| match_page(page, report));
    let basket = draft.basket.map(|draft| basket(draft, report));
    let waiting_room = waiting_room(draft.waiting_room, report);
    let classifier = Arc::new(Classifier::compiled(&draft.classify, report));
    let requests = requests?;
    looks(&draft.look, &requests, report);
    Some(Definition {
        id: draft.id,
        name: draft.name,
        dialect: *draft.dialect.get_ref(),
        time_zone: time_zone?,
        currency: currency?,
        shared: draft.shared,
        private: draft.private,
        look: draft.look.into_inner(),
        pace: pace?,
        per_member,
        waiting_room,
        page: match_page.flatten(),
        seat_map: seat_map(draft.seat_map),
        basket: basket.flatten(),
        quota: quota.flatten(),
        mapping,
        api_key: None,
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
                "an event's path has {event} as one of its segments, such as /Event/Index/{event}, or as a \
                 parameter's value, such as /show?id={event}",
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

fn seat_map(draft: draft::SeatMap) -> SeatMapRules {
    SeatMapRules { available: draft.available, first_x: draft.first_x, first_y: draft.first_y }
}

/// Requests whose answers no other dialect reads.
fn only_in_exchange(draft: &Draft, report: &mut Report) {
    let requests = &draft.requests;
    let known =
        [("config", &requests.config), ("seat_map", &requests.seat_map), ("totals", &requests.totals)];
    let of_exchange = *draft.dialect.get_ref() == Dialect::Exchange;
    for (name, _) in known.into_iter().filter(|(_, request)| request.is_some() && !of_exchange) {
        let message = format!("only the exchange has [requests.{name}]; others join [requests.documents]");
        report.at(draft.dialect.span(), message);
    }
    if !requests.documents.is_empty() && *draft.dialect.get_ref() != Dialect::Mapped {
        report.at(draft.dialect.span(), "only `dialect = \"mapped\"` joins [requests.documents]");
    }
}

fn quota_headers(
    quota: &draft::QuotaHeaders,
    pace: &draft::Pace,
    report: &mut Report,
) -> Option<QuotaHeaders> {
    let mut name =
        |text: &str| report.take(pace.floor.span(), text.parse(), "use the name of a header in `quota`");
    let reset = quota.reset.as_deref().map(&mut name);
    Some(QuotaHeaders { left: name(&quota.left)?, reset: reset.flatten(), reset_as: quota.reset_as })
}

/// The program of a mapped seller, which no other has.
fn mapping(draft: &Draft, report: &mut Report) -> Option<Arc<Mapping>> {
    let is_mapped = *draft.dialect.get_ref() == Dialect::Mapped;
    match &draft.mapped {
        Some(mapped) if is_mapped => {
            let program = mapped.program.get_ref();
            if let Err(why) = check_program(program) {
                report.at(mapped.program.span(), why);
            }
            Some(Arc::new(Mapping::new(program.clone())))
        }
        Some(mapped) => {
            report.at(mapped.program.span(), "only `dialect = \"mapped\"` has a program");
            None
        }
        None if is_mapped => {
            report.at(draft.dialect.span(), "a mapped seller needs a program; write it under [mapped]");
            None
        }
        None => None,
    }
}
