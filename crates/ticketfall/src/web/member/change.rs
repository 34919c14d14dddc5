//! What a member's page asks for: start, stop, show the browser, add, remove.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::ProfileId;
use ticketfall_core::price::Currency;
use url::Url;

use super::super::frame::{Frame, Here};
use super::super::page::{Failed, onward, refuse};
use super::super::set_up;
use super::super::{Web, links};
use super::{Given, Known, WishForm, draft};
use crate::monitoring::{BrowserShown, MemberError, NewMember, Refusal, StartError};
use crate::store::profiles::BrowserChoice;

/// Starts a search with what the form says; one that runs takes it up at once.
pub(in crate::web) async fn start(
    State(web): State<Web>,
    Path(name): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Failed> {
    let known = Known::of(&web, &name).await?;
    let given = Given(pairs);
    let currency = currency_at(&web, given.get("event"));
    let failed = match started(&web, &known, given.configuration(currency), given.keeps_keyword()).await {
        Ok(()) => return Ok(onward(&format!("{}?said=started", links::member(&known.profile.id)))),
        Err(failed) => failed?,
    };
    if given.get("from") == Some("set-up") {
        return set_up::refused(&web, known, &given, failed).await;
    }
    let wish = WishForm::of(&web, &known).with(&known, &given);
    refused(&web, known, Some(wish), failed).await
}

/// Starts a search, with the keyword that is kept where none was written.
async fn started(
    web: &Web,
    known: &Known,
    wanted: Result<Configuration, Vec<String>>,
    keeps_keyword: bool,
) -> Result<(), Result<Vec<String>, Failed>> {
    let mut wanted = wanted.map_err(Ok)?;
    let id = &known.profile.id;
    if keeps_keyword && known.wish.as_ref().is_some_and(|wish| wish.keyword.is_some()) {
        let kept = web.supervisor.last_wish(id).await.map_err(reasons)?;
        wanted.keyword1 = kept.map(|kept| kept.keyword1).unwrap_or_default();
    }
    web.supervisor.start(id, wanted).await.map(drop).map_err(reasons)
}

/// Starts the last search as it was.
pub(in crate::web) async fn start_again(
    State(web): State<Web>,
    Path(name): Path<String>,
) -> Result<Response, Failed> {
    let known = Known::of(&web, &name).await?;
    if known.wish.is_none() {
        return Ok(onward(&format!("/set-up?member={}", links::escaped(&name))));
    }
    let failed = match web.supervisor.start_again(&known.profile.id).await {
        Ok(_) => return Ok(onward(&format!("{}?said=started", links::member(&known.profile.id)))),
        Err(error) => reasons(error)?,
    };
    refused(&web, known, None, failed).await
}

/// Stops the search.
pub(in crate::web) async fn stop(
    State(web): State<Web>,
    Path(name): Path<String>,
) -> Result<Response, Failed> {
    let known = Known::of(&web, &name).await?;
    web.supervisor.stop(&known.profile.id).await;
    Ok(onward(&format!("{}?said=stopped", links::member(&known.profile.id))))
}

/// Shows the member's browser at the match page.
pub(in crate::web) async fn browser(
    State(web): State<Web>,
    Path(name): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Failed> {
    let known = Known::of(&web, &name).await?;
    let given = Given(pairs);
    let page = given.get("page").and_then(|page| Url::parse(page).ok());
    let is_set_up = given.get("from") == Some("set-up");
    let page = page.or_else(|| known.wish.as_ref().map(|wish| wish.event_url.clone()));
    show(&web, known, page, is_set_up).await
}

/// Shows the member's browser at the order page.
pub(in crate::web) async fn order_page(
    State(web): State<Web>,
    Path(name): Path<String>,
) -> Result<Response, Failed> {
    let known = Known::of(&web, &name).await?;
    let seller = known.wish.as_ref().and_then(|wish| web.supervisor.seller(&wish.key.seller));
    show(&web, known, seller.and_then(|seller| seller.order_page), false).await
}

/// Adds a member.
pub(in crate::web) async fn add(
    State(web): State<Web>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Failed> {
    let given = Given(pairs);
    let label = given.get("name").unwrap_or_default().to_owned();
    let browser = match given.get("browser") {
        Some("none") => BrowserChoice::None,
        Some(_) | None => BrowserChoice::Local,
    };
    let id = match ProfileId::new(label.to_lowercase().replace(char::is_whitespace, "-")) {
        Ok(id) => id,
        Err(error) => return set_up::unnamed(&web, format!("Ticketfall cannot {error}.")).await,
    };
    let new = NewMember {
        id: id.clone(),
        label: Some(label),
        browser,
        proxy: None,
        seats_max: None,
        cost_max: None,
    };
    if let Err(error) = web.supervisor.add_member(new).await {
        return set_up::unnamed(&web, unchanged(error)?).await;
    }
    Ok(onward(&format!("/set-up?member={}&said=added", links::escaped(id.as_str()))))
}

/// Removes a member whose name was written out, with everything that is known of it.
pub(in crate::web) async fn remove(
    State(web): State<Web>,
    Path(name): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Failed> {
    let known = Known::of(&web, &name).await?;
    let id = known.profile.id.clone();
    if Given(pairs).get("sure") != Some(id.as_str()) {
        let failed = format!("Nothing was removed: write {id} in the field to remove the member.");
        return refused(&web, known, None, vec![failed]).await;
    }
    web.supervisor.stop(&id).await;
    match web.supervisor.remove_member(&id).await {
        Ok(()) => Ok(onward("/?said=removed")),
        Err(error) => {
            let failed = unchanged(error)?;
            refused(&web, known, None, vec![failed]).await
        }
    }
}

async fn show(web: &Web, known: Known, page: Option<Url>, is_set_up: bool) -> Result<Response, Failed> {
    let id = known.profile.id.clone();
    let failed = match web.supervisor.show_browser(&id, page.as_ref()).await? {
        BrowserShown::Open => {
            let to = if is_set_up {
                format!("/set-up?member={}&said=shown", links::escaped(id.as_str()))
            } else {
                format!("{}?said=shown", links::member(&id))
            };
            return Ok(onward(&to));
        }
        BrowserShown::NoProfile => return Err(Failed::NotFound(format!("member called {id}"))),
        BrowserShown::NoWindows => {
            format!(
                "Browsers have no windows where Ticketfall runs. Run `ticketfall profile open {id}` on a machine with a screen, or import cookies."
            )
        }
        BrowserShown::NoBrowser => {
            format!("{} has no browser here: import cookies in its place.", known.profile.label)
        }
        BrowserShown::Failed(why) => format!("Ticketfall cannot {why}."),
    };
    if is_set_up {
        return set_up::refused(web, known, &Given::default(), vec![failed]).await;
    }
    refused(web, known, None, vec![failed]).await
}

/// The member's page, saying why something was not done.
async fn refused(
    web: &Web,
    known: Known,
    wish: Option<WishForm>,
    failed: Vec<String>,
) -> Result<Response, Failed> {
    let page = links::member(&known.profile.id);
    let frame = Frame::new(web, Here::Members, known.profile.label.clone()).await?.refusing(failed, page);
    let wish = wish.unwrap_or_else(|| WishForm::of(web, &known));
    Ok(refuse(&draft(web, known, frame, wish).await?))
}

fn currency_at(web: &Web, page: Option<&str>) -> Currency {
    let key = page.and_then(|page| web.supervisor.event_of(page));
    let seller = key.and_then(|key| web.supervisor.seller(&key.seller));
    seller.map_or(Currency::GBP, |seller| seller.currency)
}

/// All that stands in the way of a start, one by one.
fn reasons(error: StartError) -> Result<Vec<String>, Failed> {
    match error {
        StartError::Refused(refusals) => Ok(refusals.iter().map(advised).collect()),
        StartError::Store(error) => Err(error.into()),
        StartError::Connection(error) => Ok(vec![sentence(&format!("cannot {error}"))]),
    }
}

/// A refusal, and what to do about it.
fn advised(refusal: &Refusal) -> String {
    format!("{} {}", sentence(refusal), sentence(&refusal.advice()))
}

/// Why a member stays as it is.
fn unchanged(error: MemberError) -> Result<String, Failed> {
    match error {
        MemberError::Store(error) => Err(error.into()),
        error @ (MemberError::Taken(_)
        | MemberError::NotThere(_)
        | MemberError::Searching(_)
        | MemberError::HoldsOpen { .. }
        | MemberError::Proxy(_)
        | MemberError::Browser(_)) => Ok(format!("Ticketfall cannot {error}.")),
    }
}

fn sentence(words: &impl ToString) -> String {
    let words = words.to_string();
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
