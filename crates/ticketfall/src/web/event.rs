//! One event: its venue as a picture of what is free and what fell, falls over time, and what became of them.

mod areas;
mod fates;
mod map;
mod rhythm;
mod spread;
mod timeline;

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use ticketfall_core::configuration::Configuration;
use ticketfall_core::fall::Fall;
use ticketfall_core::ids::{EventId, EventKey, SellerId};
use ticketfall_core::plan::Plan;
use ticketfall_core::watch::{Phase, View};

use super::frame::{Frame, Here};
use super::members::name_of;
use super::page::{Failed, draw};
use super::words::{self, Moment};
use super::{Web, links, venue_time};
use crate::store::events::{self, EventRow};
use crate::store::falls::{self, FallQuery};
use crate::store::{holds, monitors};

use fates::{Court, Fate, Tally};

const DAYS: Duration = Duration::from_hours(7 * 24);
/// So many falls are read for a page, the latest.
const FALLS_MAX: u32 = 5_000;
const HOLDS_MAX: u32 = 500;
/// So many wishes of members are read, to be asked why a fall was missed.
const WISHES_MAX: u32 = 100;
/// So many falls are listed.
const LISTED: usize = 25;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    span: String,
}

#[derive(Template)]
#[template(path = "events.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<EventLine>,
}

struct EventLine {
    href: String,
    name: String,
    seller: String,
    fell: u32,
    is_watched: bool,
    last: Moment,
}

#[derive(Template)]
#[template(path = "event.html")]
struct Page {
    frame: Frame,
    name: String,
    seller: String,
    href: String,
    original: String,
    watch: String,
    is_watched: bool,
    has_falls: bool,
    is_capped: bool,
    today: Numbers,
    tally: Tally,
    areas: areas::Areas,
    timeline: timeline::Timeline,
    spans: &'static [timeline::Span],
    week: rhythm::Week,
    lives: rhythm::Lives,
    spread: Option<spread::Card>,
    listed: Vec<FallLine>,
}

/// What fell since midnight at the venue.
struct Numbers {
    falls: usize,
    seats: u32,
    free: u32,
}

struct FallLine {
    at: Moment,
    words: String,
    lived: String,
    fate: String,
    tone: &'static str,
}

/// Every event that was looked at.
pub(super) async fn list(State(web): State<Web>) -> Result<Response, Failed> {
    let now = web.clock.now();
    let frame = Frame::new(&web, Here::Events, "Events").await?;
    let counts = falls::counts_since(&web.store, words::before(now, DAYS)).await?;
    let watched: Vec<EventKey> = web.supervisor.watches().into_iter().map(|(key, _)| key).collect();
    let line = |event: EventRow| EventLine {
        href: links::event(&event.key),
        name: name_of(&event.key, Some(&event)),
        seller: seller_name(&web, &event.key.seller),
        fell: counts.get(&event.key).copied().unwrap_or_default(),
        is_watched: watched.contains(&event.key),
        last: Moment::ago(event.last_seen, now),
    };
    let rows = events::all(&web.store).await?.into_iter().map(line).collect();
    Ok(draw(&ListPage { frame, rows }))
}

/// One event.
pub(super) async fn page(
    State(web): State<Web>,
    Path((seller, event)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failed> {
    let missing = || Failed::NotFound(format!("event {event} at {seller} that was ever looked at"));
    let (Ok(seller), Ok(event)) = (SellerId::new(&seller), EventId::new(&event)) else {
        return Err(missing());
    };
    let key = EventKey { seller, event: event.clone() };
    let Some(row) = events::get(&web.store, &key).await? else {
        return Err(Failed::NotFound(format!("event {event} that was ever looked at")));
    };
    let name = name_of(&key, Some(&row));
    let frame = Frame::new(&web, Here::Events, name.clone()).await?;
    let known = Known::read(&web, &row).await?;
    Ok(draw(&known.page(&web, (frame, name), &row, &asked)))
}

/// What an event's page is drawn from.
struct Known {
    now: Timestamp,
    venue: TimeZone,
    plan: Plan,
    falls: Vec<Fall>,
    open: Vec<Fall>,
    fates: Vec<Fate>,
}

impl Known {
    async fn read(web: &Web, row: &EventRow) -> Result<Self, Failed> {
        let (key, now) = (&row.key, web.clock.now());
        let since = words::before(now, DAYS);
        let query = FallQuery {
            seller: Some(key.seller.clone()),
            event: Some(key.event.clone()),
            since,
            until: Timestamp::MAX,
            rows_max: FALLS_MAX,
        };
        let falls: Vec<Fall> =
            falls::query(&web.store, query).await?.into_iter().map(|row| row.fall).collect();
        let on_sale = falls::on_sale(&web.store, key).await?;
        let holds = holds::at_event(&web.store, key, since, HOLDS_MAX).await?;
        let wishes = monitors::wishes_at(&web.store, key, WISHES_MAX).await?;
        let plan = row.plan.clone().unwrap_or_default();
        let wishes = wishes.iter().map(Configuration::criteria);
        let court = Court::new(&holds, wishes, &plan);
        let fates = falls.iter().map(|fall| court.fate(fall)).collect();
        let open = on_sale.into_iter().filter(|fall| court.fate(fall) != Fate::Caught).collect();
        let venue = venue_time(web.supervisor.seller(&key.seller).as_ref());
        Ok(Self { now, venue, plan, falls, open, fates })
    }

    fn page(&self, web: &Web, (frame, name): (Frame, String), row: &EventRow, asked: &Asked) -> Page {
        let falls: Vec<&Fall> = self.falls.iter().collect();
        let midnight = self.now.to_zoned(self.venue.clone()).start_of_day();
        let midnight = midnight.map_or(Timestamp::MIN, |midnight| midnight.timestamp());
        let today: Vec<&Fall> = falls.iter().copied().filter(|fall| fall.first_seen >= midnight).collect();
        let told: Vec<(&Fall, Fate, String)> =
            falls.iter().zip(&self.fates).map(|(fall, fate)| (*fall, *fate, self.tip(fall, *fate))).collect();
        let span = timeline::span(&asked.span, &falls, self.now);
        let view =
            web.supervisor.watches().into_iter().find(|(key, _)| *key == row.key).map(|(_, view)| view);
        Page {
            frame,
            name,
            seller: seller_name(web, &row.key.seller),
            href: links::event(&row.key),
            original: row.url.to_string(),
            is_watched: view.as_ref().is_some_and(|view| view.phase != Phase::Idle),
            watch: view.map_or_else(|| "nobody looks".to_owned(), |view| watch_in_words(&view)),
            has_falls: !falls.is_empty(),
            is_capped: u32::try_from(falls.len()).unwrap_or(u32::MAX) >= FALLS_MAX,
            today: Numbers {
                falls: today.len(),
                seats: today.iter().map(|fall| fates::seats(fall)).sum(),
                free: self.open.iter().map(fates::seats).sum(),
            },
            tally: Tally::of(&self.fates),
            areas: areas::draw(&self.plan, &today, &self.open, |at| {
                Moment::clock(at, self.now, &self.venue).text
            }),
            timeline: timeline::draw(span, &told, self.now, &self.venue),
            spans: &timeline::SPANS,
            week: rhythm::week(&falls, self.now, &self.venue),
            lives: rhythm::lives(&falls),
            spread: spread::card(web.supervisor.spread(&row.key).as_ref()),
            listed: told.iter().take(LISTED).map(|(fall, fate, _)| self.line(fall, *fate)).collect(),
        }
    }

    fn tip(&self, fall: &Fall, fate: Fate) -> String {
        let at = Moment::clock(fall.first_seen, self.now, &self.venue).text;
        format!("{at} · {} · {} · {}", fall.describe(&self.plan), self.lived(fall), fate_in_words(fate))
    }

    fn lived(&self, fall: &Fall) -> String {
        match fall.gone_at {
            Some(gone) => format!("lived {}", words::lasted(words::since(fall.first_seen, gone))),
            None => format!("on sale for {}", words::lasted(words::since(fall.first_seen, self.now))),
        }
    }

    fn line(&self, fall: &Fall, fate: Fate) -> FallLine {
        FallLine {
            at: Moment::clock(fall.first_seen, self.now, &self.venue),
            words: fall.describe(&self.plan),
            lived: self.lived(fall),
            fate: fate_in_words(fate),
            tone: match fate {
                Fate::Caught => "held",
                Fate::OnSale => "looking",
                Fate::Missed(_) => "stopped",
            },
        }
    }
}

fn fate_in_words(fate: Fate) -> String {
    match fate {
        Fate::Caught => "caught".to_owned(),
        Fate::OnSale => "on sale".to_owned(),
        Fate::Missed(why) => format!("missed: {}", why.words()),
    }
}

fn watch_in_words(view: &View) -> String {
    if view.phase == Phase::Idle {
        return "nobody looks just now".to_owned();
    }
    let every = view.interval.map(|interval| format!(", a look every {}", words::lasted(interval)));
    let members = u64::try_from(view.members).unwrap_or(u64::MAX);
    let seeing = if view.blind_since.is_some() { "blind" } else { "seeing" };
    format!("{seeing}, for {}{}", words::counted(members, "member"), every.unwrap_or_default())
}

fn seller_name(web: &Web, id: &SellerId) -> String {
    web.supervisor.seller(id).map_or_else(|| id.to_string(), |seller| seller.name)
}
