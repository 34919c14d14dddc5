//! What stands around every page: where one is, and the answers to what people come to ask: are there
//! seats, does it need somebody, is it seeing?

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use ticketfall_core::health::Trouble;
use ticketfall_core::ids::EventKey;
use ticketfall_core::monitor::Held;
use ticketfall_core::watch::{Phase, View};

use super::status::{self, Action, Tone};
use super::words::{self, Moment};
use super::{Web, links};
use crate::monitoring::SearchView;
use crate::store;
use crate::store::profiles::{self, Profile};

/// So many calls are told one by one; the rest are counted.
const CALLS_MAX: usize = 4;

/// The part of the dashboard that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Here {
    Members,
    Events,
    Cookies,
    Budgets,
    Sellers,
    SetUp,
}

/// Everything around a page.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) title: String,
    pub(super) nav: Vec<NavLink>,
    pub(super) now_ms: i64,
    pub(super) seeing: Seeing,
    pub(super) calls: Vec<Call>,
    pub(super) troubles: Vec<String>,
    pub(super) more: Option<String>,
    pub(super) said: Option<&'static str>,
    pub(super) failed: Vec<String>,
    /// Where the page is read again, where that is not where it is.
    pub(super) page: Option<String>,
}

/// A link to a part of the dashboard.
#[derive(Debug)]
pub(super) struct NavLink {
    pub(super) href: &'static str,
    pub(super) label: &'static str,
    pub(super) is_here: bool,
}

/// Whether anybody sees anything.
#[derive(Debug)]
pub(super) struct Seeing {
    pub(super) tone: &'static str,
    pub(super) words: String,
    pub(super) last: Option<Moment>,
    pub(super) blind: Option<String>,
    pub(super) budget: Option<String>,
    /// How many searches are still to start again with the service.
    pub(super) starting_again: usize,
}

/// One thing that somebody should know now.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) tone: &'static str,
    pub(super) id: String,
    pub(super) who: String,
    pub(super) href: String,
    pub(super) words: String,
    pub(super) until: Option<Moment>,
    pub(super) action: Option<Action>,
}

/// What was just done, as the address says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Said {
    Started,
    Stopped,
    Added,
    Removed,
    Shown,
    Updating,
}

impl Said {
    fn words(self) -> &'static str {
        match self {
            Self::Started => "Started.",
            Self::Stopped => "Stopped.",
            Self::Added => "Added.",
            Self::Removed => "Removed.",
            Self::Shown => "The browser is open.",
            Self::Updating => "The update has begun.",
        }
    }
}

impl Frame {
    /// The frame of a page as of now.
    pub(super) async fn new(web: &Web, here: Here, title: impl Into<String>) -> Result<Self, store::Error> {
        let now = web.clock.now();
        let (urgent, all) = web.supervisor.urgent(CALLS_MAX).await?;
        let more = all.saturating_sub(urgent.len());
        let mut calls = Vec::new();
        for profile in profiles::of(&web.store, urgent).await? {
            if let Some((watched, search)) = web.supervisor.status(&profile.id) {
                calls.push(call(web, &profile, &watched, &search, now));
            }
        }
        Ok(Self {
            title: title.into(),
            nav: nav(here),
            now_ms: now.as_millisecond(),
            seeing: Seeing::of(web, now),
            calls,
            troubles: troubles(web),
            more: (more > 0).then(|| format!("and {more} more")),
            said: None,
            failed: Vec::new(),
            page: None,
        })
    }

    /// The same, saying what was just done.
    pub(super) fn saying(self, said: Option<Said>) -> Self {
        Self { said: said.map(Said::words), ..self }
    }

    /// The same, saying why something was not done; the page is read again at `page`.
    pub(super) fn refusing(self, failed: Vec<String>, page: String) -> Self {
        Self { failed, page: Some(page), ..self }
    }
}

impl Seeing {
    fn of(web: &Web, now: Timestamp) -> Self {
        let watches = web.supervisor.watches();
        let is_looking = |view: &&View| view.members > 0 && view.phase != Phase::Idle;
        let watches: Vec<&View> = watches.iter().map(|(_, view)| view).filter(is_looking).collect();
        let blind = watches.iter().filter(|view| view.blind_since.is_some()).count();
        let (tone, words) = match (watches.len(), blind) {
            (0, _) => (Tone::Stopped, "not looking".to_owned()),
            (1, 0) => (Tone::Looking, "seeing 1 event".to_owned()),
            (all, 0) => (Tone::Looking, format!("seeing {all} events")),
            (1, _) => (Tone::Needs, "blind".to_owned()),
            (all, blind) => (Tone::Needs, format!("blind at {blind} of {all} events")),
        };
        let longest = watches.iter().map(|view| view.blind).max();
        let last = watches.iter().filter_map(|view| view.last).map(|(at, _)| at).max();
        Self {
            tone: tone.name(),
            words,
            last: last.map(|at| Moment::ago(at, now)),
            blind: longest.map(|blind| words::lasted(Duration::from_secs(blind.as_secs()))),
            budget: budget(web),
            starting_again: web.supervisor.starting_again(),
        }
    }
}

/// What is wrong with the service itself, a line each.
fn troubles(web: &Web) -> Vec<String> {
    let told = |trouble: &Trouble| {
        let event = trouble.concern.event().map(|key| format!(" at {key}")).unwrap_or_default();
        let who = trouble.concern.profile().map(|profile| format!(" of {profile}")).unwrap_or_default();
        let part = trouble.concern.name();
        format!("{part}{who}{event}: {} – {}", trouble.words, trouble.remedy.words())
    };
    web.supervisor.health().troubles.iter().map(told).collect()
}

/// What is left where least is left.
fn budget(web: &Web) -> Option<String> {
    let hosts = web.supervisor.budgets().into_iter();
    let limited = hosts.filter_map(|(_, left, rules)| Some((left?, rules.budget?.requests)));
    let (left, all) = limited.min_by_key(|(left, all)| u64::from(*left) * 1_000 / u64::from(*all).max(1))?;
    Some(format!("{left} of {all} requests left"))
}

fn call(web: &Web, profile: &Profile, watched: &EventKey, search: &SearchView, now: Timestamp) -> Call {
    let order_page = web.supervisor.seller(&watched.seller).and_then(|seller| seller.order_page);
    let actions = status::actions(profile, Some(search), order_page.as_ref().map(url::Url::as_str));
    let tone = Tone::of(&search.status);
    let held = search.held.as_ref().filter(|_| tone == Tone::Held);
    let reason = search.status.reason().unwrap_or_default();
    let words = match (tone, held) {
        (_, Some(held)) => format!("{} · pay within", status::held(held)),
        (Tone::Blocked, None) => format!("the site said stop, and we did: {reason}"),
        (Tone::Held | Tone::Needs | Tone::Fell | Tone::Waiting | Tone::Looking | Tone::Stopped, None) => {
            format!("needs you: {reason}")
        }
    };
    Call {
        tone: tone.name(),
        id: links::escaped(profile.id.as_str()),
        who: profile.label.clone(),
        href: links::member(&profile.id),
        words,
        until: held.map(|held: &Held| Moment::left(held.expires_at, now)),
        action: actions.into_iter().next(),
    }
}

fn nav(here: Here) -> Vec<NavLink> {
    let link = |href, label, part| NavLink { href, label, is_here: part == here };
    vec![
        link("/", "Members", Here::Members),
        link("/events", "Events", Here::Events),
        link("/cookies", "Cookies", Here::Cookies),
        link("/budgets", "Budgets", Here::Budgets),
        link("/sellers", "Sellers", Here::Sellers),
        link("/set-up", "Set-up", Here::SetUp),
    ]
}
