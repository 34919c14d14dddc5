//! Fresh cookies: an update of many members with its progress, and an import from a file for one.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::Response;
use serde::Deserialize;
use ticketfall_core::ids::ProfileId;

use super::frame::{Frame, Here, Said};
use super::member::Given;
use super::page::{Failed, draw, onward, refuse};
use super::status::Badge;
use super::words::{self, Moment};
use super::{Web, links, status::Tone};
use crate::monitoring::cookie_update::{CookieOutcome, CookieReport, Kept, Outcome, ProfileReport, Step};
use crate::monitoring::{CookieJob, CookiesFrom, JobState};
use crate::store::profiles;

/// So many members are offered to choose from.
const OFFERED: u32 = 500;
/// So many members of an update are listed, those with trouble first.
const LISTED: usize = 100;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    member: String,
    said: Option<Said>,
}

#[derive(Template)]
#[template(path = "cookies.html")]
struct Page {
    frame: Frame,
    members: Vec<(String, String)>,
    chosen: String,
    job: Option<Job>,
    imported: Option<Row>,
}

/// The latest update.
struct Job {
    badge: Badge,
    began: Moment,
    over: usize,
    all: usize,
    rows: Vec<Row>,
    unlisted: usize,
}

/// What became of one member.
struct Row {
    name: String,
    href: String,
    badge: Badge,
    words: String,
    cookies: Vec<String>,
}

/// The latest update, and the forms.
pub(super) async fn page(State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, Failed> {
    let frame = Frame::new(&web, Here::Cookies, "Cookies").await?.saying(asked.said);
    Ok(draw(&draft(&web, frame, asked.member, None).await?))
}

/// Starts an update, of one member or of all.
pub(super) async fn update(
    State(web): State<Web>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Failed> {
    let given = Given(pairs);
    let from = match given.get("from") {
        Some("gologin") => CookiesFrom::Gologin,
        Some(_) | None => CookiesFrom::Service,
    };
    let named = given.get("member").map(ProfileId::new).transpose();
    let failed = match named {
        Ok(named) => match web.supervisor.update_cookies(named.into_iter().collect(), None, from).await {
            Ok(_) => return Ok(onward("/cookies?said=updating")),
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    };
    refused(&web, format!("Ticketfall cannot {failed}."), String::new()).await
}

/// Takes the cookies of a file for a member.
pub(super) async fn import(
    State(web): State<Web>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Failed> {
    let given = Given(pairs);
    let Some(Ok(member)) = given.get("member").map(ProfileId::new) else {
        return refused(&web, "Say whose cookies they are.".to_owned(), String::new()).await;
    };
    let text = given.get("cookies").unwrap_or_default();
    match web.supervisor.import_cookies(member.clone(), text.as_bytes()).await {
        Ok(report) => {
            let frame = Frame::new(&web, Here::Cookies, "Cookies").await?;
            let report = row(&report, report.profile.to_string());
            let frame = frame.refusing(Vec::new(), "/cookies".to_owned());
            Ok(draw(&draft(&web, frame, member.to_string(), Some(report)).await?))
        }
        Err(error) => refused(&web, format!("Ticketfall cannot {error}."), member.to_string()).await,
    }
}

async fn refused(web: &Web, failed: String, chosen: String) -> Result<Response, Failed> {
    let frame =
        Frame::new(web, Here::Cookies, "Cookies").await?.refusing(vec![failed], "/cookies".to_owned());
    Ok(refuse(&draft(web, frame, chosen, None).await?))
}

async fn draft(web: &Web, frame: Frame, chosen: String, imported: Option<Row>) -> Result<Page, Failed> {
    let offered = profiles::page(&web.store, None, OFFERED).await?.into_iter();
    let mut job = web.supervisor.cookie_jobs().first().map(|job| drawn(job, web));
    if let Some(job) = &mut job {
        call_by_label(web, &mut job.rows).await?;
    }
    Ok(Page {
        frame,
        members: offered.map(|profile| (profile.id.to_string(), profile.label)).collect(),
        chosen,
        job,
        imported,
    })
}

/// What people call those who are listed, in place of their names.
async fn call_by_label(web: &Web, rows: &mut [Row]) -> Result<(), Failed> {
    let listed = rows.iter().filter_map(|row| ProfileId::new(&row.name).ok()).collect();
    let profiles = profiles::of(&web.store, listed).await?.into_iter();
    let mut labels: BTreeMap<String, String> =
        profiles.map(|profile| (profile.id.to_string(), profile.label)).collect();
    for row in rows {
        if let Some(label) = labels.remove(&row.name) {
            row.name = label;
        }
    }
    Ok(())
}

/// An update, with members by their names.
fn drawn(job: &CookieJob, web: &Web) -> Job {
    let (tone, word) = match job.state {
        JobState::Running => (Tone::Looking, "running"),
        JobState::Done => (Tone::Held, "done"),
        JobState::Interrupted => (Tone::Needs, "interrupted"),
    };
    let over: BTreeSet<&ProfileId> = job.reports.iter().map(|report| &report.profile).collect();
    let is_running = job.state == JobState::Running;
    let waiting = job.steps.iter().filter(|(id, _)| is_running && !over.contains(id));
    let unlisted = waiting.clone().count().saturating_add(job.reports.len()).saturating_sub(LISTED);
    let mut rows: Vec<Row> = waiting.take(LISTED).map(|(id, step)| under_way(id, *step)).collect();
    let mut reports: Vec<&ProfileReport> = job.reports.iter().collect();
    reports.sort_by_key(|report| report.has_succeeded());
    let left = LISTED - rows.len();
    rows.extend(reports.into_iter().take(left).map(|report| row(report, report.profile.to_string())));
    Job {
        badge: Badge { tone: tone.name(), label: word.to_owned() },
        began: Moment::ago(job.started_at, web.clock.now()),
        over: job.reports.len(),
        all: job.steps.len(),
        rows,
        unlisted,
    }
}

fn under_way(id: &ProfileId, step: Step) -> Row {
    let words = match step {
        Step::Looking => "waiting for its turn",
        Step::Fetching => "asking the service",
        Step::Opening => "opening the browser",
        Step::Putting => "putting cookies in and reading them back",
        Step::Keeping => "keeping the session",
    };
    let tone = if step == Step::Looking { Tone::Stopped } else { Tone::Looking };
    let badge = Badge { tone: tone.name(), label: "under way".to_owned() };
    Row { name: id.to_string(), href: links::member(id), badge, words: words.to_owned(), cookies: Vec::new() }
}

fn row(report: &ProfileReport, name: String) -> Row {
    let href = links::member(&report.profile);
    let badge = |tone: Tone, label: &str| Badge { tone: tone.name(), label: label.to_owned() };
    match &report.outcome {
        Outcome::Failed(failed) => Row {
            name,
            href,
            badge: badge(Tone::Needs, "failed"),
            words: format!("Ticketfall cannot {}.", failed.why),
            cookies: Vec::new(),
        },
        Outcome::Updated(kept) => Row {
            name,
            href,
            badge: if report.has_succeeded() {
                badge(Tone::Held, "updated")
            } else {
                badge(Tone::Needs, "nothing kept")
            },
            words: in_words(kept),
            cookies: kept.cookies.iter().filter_map(trouble).chain(kept.left_out.iter().cloned()).collect(),
        },
    }
}

fn in_words(kept: &Kept) -> String {
    let held = kept.cookies.iter().filter(|cookie| cookie.outcome.is_held()).count();
    let place = if kept.in_browser { "in the browser, and read back" } else { "in the session" };
    let count = |number: usize| words::counted(u64::try_from(number).unwrap_or(u64::MAX), "cookie");
    format!(
        "{} of {} {place}; the session has {}",
        held,
        count(kept.cookies.len()),
        count(kept.session_cookies)
    )
}

/// A cookie that is not as it was given.
fn trouble(cookie: &CookieReport) -> Option<String> {
    let (word, why) = match &cookie.outcome {
        CookieOutcome::Set => return None,
        CookieOutcome::Changed { why } => ("changed", why),
        CookieOutcome::Refused { why } => ("refused", why),
        CookieOutcome::Dropped { why } => ("dropped", why),
    };
    Some(format!("{} of {} was {word}: {why}", cookie.name, cookie.domain))
}
