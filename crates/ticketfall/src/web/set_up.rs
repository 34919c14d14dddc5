//! The way from nothing to a member who watches: who, signed in, what for, start. Each step says what is
//! missing.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::frame::{Frame, Here, Said};
use super::member::{Given, Known, WishForm};
use super::page::{Failed, draw, refuse};
use super::words::Moment;
use super::{Web, links};
use crate::store::profiles::{self, BrowserChoice};
use crate::store::sessions;

/// So many members are offered to choose from.
const OFFERED: u32 = 200;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    member: String,
    said: Option<Said>,
}

#[derive(Template)]
#[template(path = "set_up.html")]
struct Page {
    frame: Frame,
    members: Vec<(String, String)>,
    chosen: Option<Chosen>,
    sellers: Vec<(String, String)>,
    has_windows: bool,
}

struct Chosen {
    id: String,
    name: String,
    href: String,
    import: String,
    has_browser: bool,
    session: Option<Moment>,
    wish: WishForm,
    is_running: bool,
}

/// The steps, for one member once there is one.
pub(super) async fn page(State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, Failed> {
    let frame = Frame::new(&web, Here::SetUp, "Set-up").await?.saying(asked.said);
    let chosen = if asked.member.is_empty() {
        None
    } else {
        let known = Known::of(&web, &asked.member).await?;
        let wish = WishForm::of(&web, &known);
        Some(chosen(&web, &known, wish).await?)
    };
    Ok(draw(&draft(&web, frame, chosen).await?))
}

/// The steps of a member whose search did not start, or whose browser was not shown.
pub(super) async fn refused(
    web: &Web,
    known: Known,
    given: &Given,
    failed: Vec<String>,
) -> Result<Response, Failed> {
    let page = format!("/set-up?member={}", links::escaped(known.profile.id.as_str()));
    let frame = Frame::new(web, Here::SetUp, "Set-up").await?.refusing(failed, page);
    let wish = WishForm::of(web, &known);
    let wish = if given.0.is_empty() { wish } else { wish.with(&known, given) };
    let chosen = chosen(web, &known, wish).await?;
    Ok(refuse(&draft(web, frame, Some(chosen)).await?))
}

/// The steps, when a member could not be added.
pub(super) async fn unnamed(web: &Web, failed: String) -> Result<Response, Failed> {
    let frame = Frame::new(web, Here::SetUp, "Set-up").await?.refusing(vec![failed], "/set-up".to_owned());
    Ok(refuse(&draft(web, frame, None).await?))
}

async fn draft(web: &Web, frame: Frame, chosen: Option<Chosen>) -> Result<Page, Failed> {
    let members = profiles::page(&web.store, None, OFFERED).await?.into_iter();
    let sellers = web.supervisor.sellers().into_iter().filter(|seller| !seller.is_template);
    Ok(Page {
        frame,
        members: members.map(|profile| (profile.id.to_string(), profile.label)).collect(),
        chosen,
        sellers: sellers.map(|seller| (seller.name, seller.origin.to_string())).collect(),
        has_windows: web.supervisor.has_windows(),
    })
}

async fn chosen(web: &Web, known: &Known, wish: WishForm) -> Result<Chosen, Failed> {
    let id = &known.profile.id;
    let session = sessions::get(&web.store, id).await?;
    let is_running = known.view().is_some_and(|view| super::status::is_running(&view.status));
    Ok(Chosen {
        id: id.to_string(),
        name: known.profile.label.clone(),
        href: links::member(id),
        import: links::import(id),
        has_browser: known.profile.browser != BrowserChoice::None,
        session: session.map(|session| Moment::ago(session.taken_at, web.clock.now())),
        wish,
        is_running,
    })
}
