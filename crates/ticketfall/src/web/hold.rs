//! One hold: what became of it, and its whole story as the command line tells it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use ticketfall_core::ids::EventKey;

use super::frame::{Frame, Here};
use super::member::{hold_stands, kind_in_words};
use super::members::name_of;
use super::page::{Failed, draw};
use super::status::Badge;
use super::words::Moment;
use super::{Web, links, venue_time};
use crate::store::holds::{self, HoldId, HoldRow};
use crate::store::{events, profiles};
use crate::story::{Turn, of_hold};

#[derive(Template)]
#[template(path = "hold.html")]
struct Page {
    frame: Frame,
    number: i64,
    badge: Badge,
    seats: String,
    why: Option<String>,
    member: Place,
    event: Place,
    turns: Vec<TurnRow>,
}

/// Where more is to be seen.
struct Place {
    href: String,
    name: String,
}

struct TurnRow {
    at: Moment,
    kind: String,
    words: String,
}

/// The hold's page.
pub(super) async fn page(State(web): State<Web>, Path(number): Path<String>) -> Result<Response, Failed> {
    let missing = || Failed::NotFound(format!("hold {number}"));
    let Ok(id) = number.parse().map(HoldId::new) else { return Err(missing()) };
    let Some(row) = holds::get(&web.store, id).await? else { return Err(missing()) };
    let turns = of_hold(&web.store, &row).await?;
    Ok(draw(&drawn(&web, row, turns).await?))
}

async fn drawn(web: &Web, row: HoldRow, turns: Vec<Turn>) -> Result<Page, Failed> {
    let (number, profile, key) = (row.id.number(), &row.asked.profile, &row.asked.key);
    let frame = Frame::new(web, Here::Members, format!("Hold {number}")).await?;
    let label = profiles::get(&web.store, profile).await?.map(|profile| profile.label);
    let event = events::get(&web.store, key).await?;
    let plan = event.as_ref().and_then(|event| event.plan.clone()).unwrap_or_default();
    let (tone, word, why) = hold_stands(row.state.clone());
    Ok(Page {
        frame,
        number,
        badge: Badge { tone: tone.name(), label: word.to_owned() },
        seats: plan.describe(&row.asked.group),
        why,
        member: Place { href: links::member(profile), name: label.unwrap_or_else(|| profile.to_string()) },
        event: Place { href: links::event(key), name: name_of(key, event.as_ref()) },
        turns: turns.into_iter().map(|turn| shown(web, key, turn)).collect(),
    })
}

fn shown(web: &Web, key: &EventKey, Turn { at, kind, text }: Turn) -> TurnRow {
    let venue = venue_time(web.supervisor.seller(&key.seller).as_ref());
    let at = Moment::exactly(at, web.clock.now(), &venue);
    TurnRow { at, kind: kind_in_words(&kind).to_owned(), words: text }
}
