//! One member: how the search stands, what is wanted, what is and was held, and the story so far.

mod change;
mod holds;
mod wish;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use ticketfall_core::ids::{EventKey, ProfileId};

use super::frame::{Frame, Here, Said};
use super::members::name_of;
use super::page::{Failed, draw};
use super::status::{self, Action, Badge, Line};
use super::words::Moment;
use super::{Web, links, venue_time};
use crate::monitoring::SearchView;
use crate::store::events::{self, EventRow};
use crate::store::monitors::{self, MonitorRow};
use crate::store::notes;
use crate::store::profiles::{self, BrowserChoice, GoLoginApi, Profile};
use crate::store::sessions;

pub(super) use holds::state as hold_stands;

pub(super) use change::{add, browser, order_page, remove, start, start_again, stop};
pub(super) use wish::{Given, WishForm};

const NOTES_MAX: u32 = 60;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    said: Option<Said>,
}

#[derive(Template)]
#[template(path = "member.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    href: String,
    import: String,
    event: Option<(String, String)>,
    badge: Badge,
    line: Line,
    actions: Vec<Action>,
    wish: WishForm,
    is_running: bool,
    browser: String,
    has_browser: bool,
    session: Option<Moment>,
    limits: Option<String>,
    holds: Vec<holds::Row>,
    notes: Vec<NoteRow>,
}

struct NoteRow {
    at: Moment,
    kind: String,
    words: String,
}

/// What a member's page is drawn from.
pub(super) struct Known {
    pub(super) profile: Profile,
    pub(super) search: Option<(EventKey, SearchView)>,
    pub(super) wish: Option<MonitorRow>,
    pub(super) event: Option<EventRow>,
}

impl Known {
    /// All that is known of a member.
    pub(super) async fn of(web: &Web, name: &str) -> Result<Self, Failed> {
        let missing = || Failed::NotFound(format!("member called {name}"));
        let Ok(id) = ProfileId::new(name) else { return Err(missing()) };
        let Some(profile) = profiles::get(&web.store, &id).await? else { return Err(missing()) };
        let search = web.supervisor.status(&id);
        let wishes = monitors::of_profiles(&web.store, vec![id]).await?;
        let is_current = |wish: &MonitorRow| search.as_ref().is_none_or(|(watched, _)| *watched == wish.key);
        let wish = wishes.into_iter().find(is_current);
        let event = match &wish {
            Some(wish) => events::get(&web.store, &wish.key).await?,
            None => None,
        };
        Ok(Self { profile, search, wish, event })
    }

    /// The search as it stands.
    pub(super) fn view(&self) -> Option<&SearchView> {
        self.search.as_ref().map(|(_, view)| view)
    }
}

/// The member's page.
pub(super) async fn page(
    State(web): State<Web>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failed> {
    let known = Known::of(&web, &name).await?;
    let frame = Frame::new(&web, Here::Members, known.profile.label.clone()).await?.saying(asked.said);
    let wish = WishForm::of(&web, &known);
    Ok(draw(&draft(&web, known, frame, wish).await?))
}

async fn draft(web: &Web, known: Known, frame: Frame, wish: WishForm) -> Result<Page, Failed> {
    let now = web.clock.now();
    let id = &known.profile.id;
    let notes = notes::recent(&web.store, id, NOTES_MAX).await?;
    let seller = known.wish.as_ref().and_then(|wish| web.supervisor.seller(&wish.key.seller));
    let venue = venue_time(seller.as_ref());
    let order_page = seller.and_then(|seller| seller.order_page);
    let order_page = order_page.as_ref().map(url::Url::as_str);
    let session = sessions::get(&web.store, id).await?;
    let plan = known.event.as_ref().and_then(|event| event.plan.as_ref());
    Ok(Page {
        frame,
        id: id.to_string(),
        name: known.profile.label.clone(),
        href: links::member(id),
        import: links::import(id),
        event: known
            .wish
            .as_ref()
            .map(|wish| (links::event(&wish.key), name_of(&wish.key, known.event.as_ref()))),
        badge: status::badge(known.view()),
        line: status::line(known.view(), notes.first(), now, &venue),
        actions: status::actions(&known.profile, known.view(), order_page),
        is_running: known.view().is_some_and(|view| status::is_running(&view.status)),
        wish,
        browser: in_words(&known.profile.browser),
        has_browser: known.profile.browser != BrowserChoice::None,
        session: session.map(|session| Moment::ago(session.taken_at, now)),
        limits: limits(&known.profile),
        holds: holds::rows(web, (id, known.view()), plan, &venue).await?,
        notes: notes
            .into_iter()
            .map(|note| NoteRow {
                at: Moment::clock(note.at, now, &venue),
                kind: kind_in_words(&note.kind).to_owned(),
                words: note.text,
            })
            .collect(),
    })
}

fn in_words(browser: &BrowserChoice) -> String {
    match browser {
        BrowserChoice::Local => "a Chromium of this member's own, started here".to_owned(),
        BrowserChoice::Endpoint { url } => {
            format!("a browser that runs already, at {}", url.host_str().unwrap_or("an address"))
        }
        BrowserChoice::GoLogin { api: GoLoginApi::Local, .. } => "a profile in GoLogin's app".to_owned(),
        BrowserChoice::GoLogin { api: GoLoginApi::Cloud, .. } => "a profile in GoLogin's cloud".to_owned(),
        BrowserChoice::None => "none: the session is imported".to_owned(),
    }
}

fn limits(profile: &Profile) -> Option<String> {
    let seats = profile.seats_max.map(|seats| format!("{} at most", super::words::counted(seats, "seat")));
    let cost = profile.cost_max.map(|cost| format!("{} at most for all of them", super::words::price(cost)));
    let parts: Vec<String> = seats.into_iter().chain(cost).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A turn of a member's story in a word for people.
pub(super) fn kind_in_words(kind: &str) -> &str {
    match kind {
        "notPermitted" => "not allowed",
        "seatView" => "seat map",
        "notReleased" => "not given back",
        "orderPage" => "order page",
        "released" => "given back",
        kind => kind,
    }
}
