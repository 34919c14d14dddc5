//! The first page: every member, how the search stands, and what to do next.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use ticketfall_core::ids::{EventKey, ProfileId};

use super::frame::{Frame, Here, Said};
use super::page::{Failed, draw};
use super::status::{self, Action, Badge, Line};
use super::{Web, links, venue_time, words};
use crate::monitoring::{Counts, RollPage, RollQuery, SearchView, Standing};
use crate::store::events::{self, EventRow};
use crate::store::monitors::{self, MonitorRow};
use crate::store::notes;
use crate::store::profiles::{self, Profile};

/// So many members stand on a page.
const PAGE: usize = 50;
/// From so many members on there is something to find.
const MANY: usize = 8;

/// Which members are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Show {
    #[default]
    All,
    Held,
    Needs,
    Looking,
    Stopped,
}

impl Show {
    const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::All, "all", "Everybody"),
        (Self::Held, "held", "Held"),
        (Self::Needs, "needs", "Need you"),
        (Self::Looking, "looking", "Looking"),
        (Self::Stopped, "stopped", "Stopped"),
    ];

    fn standing(self) -> RangeInclusive<Standing> {
        match self {
            Self::All => Standing::Holds..=Standing::Rests,
            Self::Held => Standing::Holds..=Standing::Holds,
            Self::Needs => Standing::Needs..=Standing::Blocked,
            Self::Looking => Standing::Searches..=Standing::Searches,
            Self::Stopped => Standing::Rests..=Standing::Rests,
        }
    }
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    show: Show,
    page: usize,
    said: Option<Said>,
}

#[derive(Template)]
#[template(path = "members.html")]
struct Page {
    frame: Frame,
    all: usize,
    chips: Vec<Chip>,
    is_searchable: bool,
    q: String,
    rows: Vec<Row>,
    number: usize,
    pages: usize,
    before: Option<String>,
    after: Option<String>,
}

struct Chip {
    href: String,
    label: &'static str,
    count: usize,
    is_here: bool,
}

struct Row {
    id: String,
    href: String,
    name: String,
    event: Option<EventLink>,
    badge: Badge,
    wanted: String,
    line: Line,
    actions: Vec<Action>,
}

struct EventLink {
    href: String,
    name: String,
}

/// One member who is shown, and the search if there is one.
type Shown = (Profile, Option<(EventKey, SearchView)>);

/// The members.
pub(super) async fn page(State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, Failed> {
    let frame = Frame::new(&web, Here::Members, "Members").await?.saying(asked.said);
    let wanted = RollQuery {
        called: asked.q.trim().to_lowercase(),
        standing: asked.show.standing(),
        page: asked.page,
        page_rows: PAGE,
    };
    let RollPage { all, called, shown, page, pages } = web.supervisor.roll(&wanted).await?;
    let to = |page: usize| address(asked.show, &asked.q, page);
    Ok(draw(&Page {
        frame,
        all,
        chips: chips(&called, &asked),
        is_searchable: all >= MANY || !asked.q.is_empty(),
        rows: rows(&web, shown).await?,
        before: (page > 1).then(|| to(page - 1)),
        after: (page < pages).then(|| to(page + 1)),
        number: page,
        pages,
        q: asked.q,
    }))
}

fn chips(called: &Counts, asked: &Asked) -> Vec<Chip> {
    let chip = |(show, _, label): (Show, &str, &'static str)| Chip {
        href: address(show, &asked.q, 1),
        label,
        count: called.of(&show.standing()),
        is_here: show == asked.show,
    };
    Show::ALL.into_iter().map(chip).collect()
}

fn address(show: Show, q: &str, page: usize) -> String {
    let word = Show::ALL.into_iter().find_map(|(one, word, _)| (one == show).then_some(word));
    let show = (show != Show::All).then(|| format!("show={}", word.unwrap_or_default()));
    let q = (!q.is_empty()).then(|| format!("q={}", links::escaped(q)));
    let page = (page > 1).then(|| format!("page={page}"));
    let query = [show, q, page].into_iter().flatten().collect::<Vec<_>>().join("&");
    if query.is_empty() { "/".to_owned() } else { format!("/?{query}") }
}

async fn rows(web: &Web, names: Vec<ProfileId>) -> Result<Vec<Row>, Failed> {
    let profiles = profiles::of(&web.store, names.clone()).await?.into_iter();
    let entries: Vec<Shown> = profiles
        .map(|profile| {
            let search = web.supervisor.status(&profile.id);
            (profile, search)
        })
        .collect();
    let mut last = notes::last_of(&web.store, names.clone()).await?;
    let mut wishes: BTreeMap<ProfileId, MonitorRow> = BTreeMap::new();
    for wish in monitors::of_profiles(&web.store, names).await? {
        wishes.entry(wish.profile.clone()).or_insert(wish);
    }
    let mut known: BTreeMap<EventKey, Option<EventRow>> = BTreeMap::new();
    let mut rows = Vec::with_capacity(entries.len());
    for (profile, search) in entries {
        let wish = wishes.remove(&profile.id);
        let key = search.as_ref().map(|(key, _)| key).or(wish.as_ref().map(|wish| &wish.key)).cloned();
        if let Some(key) = key.as_ref().filter(|key| !known.contains_key(key)) {
            known.insert(key.clone(), events::get(&web.store, key).await?);
        }
        let event = key.as_ref().and_then(|key| known.get(key)?.as_ref());
        let note = last.remove(&profile.id);
        let search = search.as_ref().map(|(_, search)| search);
        rows.push(row(web, (&profile, search), (wish.as_ref(), event), note.as_ref()));
    }
    Ok(rows)
}

fn row(
    web: &Web,
    (profile, search): (&Profile, Option<&SearchView>),
    (wish, event): (Option<&MonitorRow>, Option<&EventRow>),
    last: Option<&notes::Note>,
) -> Row {
    let seller = wish.and_then(|wish| web.supervisor.seller(&wish.key.seller));
    let venue = venue_time(seller.as_ref());
    let order_page = seller.and_then(|seller| seller.order_page);
    let actions = match (search, wish) {
        (None, None) => {
            vec![Action::go(format!("/set-up?member={}", links::escaped(profile.id.as_str())), "Set up")]
        }
        (search, _) => {
            let order_page = order_page.as_ref().map(url::Url::as_str);
            status::actions(profile, search, order_page).into_iter().take(2).collect()
        }
    };
    Row {
        id: links::escaped(profile.id.as_str()),
        href: links::member(&profile.id),
        name: profile.label.clone(),
        event: wish.map(|wish| EventLink { href: links::event(&wish.key), name: name_of(&wish.key, event) }),
        badge: status::badge(search),
        wanted: wish.map_or_else(String::new, |wish| {
            words::wanted(&wish.configuration, event.and_then(|event| event.plan.as_ref()))
        }),
        line: status::line(search, last, web.clock.now(), &venue),
        actions,
    }
}

/// What an event is called, or its number at its seller.
pub(super) fn name_of(key: &EventKey, event: Option<&EventRow>) -> String {
    event.and_then(|event| event.name.clone()).unwrap_or_else(|| format!("Event {}", key.event))
}
