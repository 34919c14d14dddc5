//! `profiles`: members; what is secret of them is only said to be there.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, LOCATION};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ticketfall_core::ids::ProfileId;
use ticketfall_core::price::Price;
use utoipa::ToSchema;

use super::answer::{Page, foreign_cursor, page_size, tagged};
use super::given::{Body, PageQuery, Path, Query};
use super::shown::Money;
use super::{Api, Problem};
use crate::monitoring::{Change, MemberChange, MemberError, NewMember, Secret};
use crate::store::profiles::{self, BrowserChoice, Profile};
use crate::store::{self, Store, sessions};

/// One member.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Profile)]
pub(super) struct Shown {
    /// The name.
    #[schema(value_type = String)]
    id: ProfileId,
    /// What people call the member.
    label: String,
    /// Where the member signs in and pays.
    #[schema(value_type = Browser)]
    browser: BrowserChoice,
    /// Whether there is a proxy.
    proxy: bool,
    /// The most seats of one event that are held at once.
    seats_max: Option<u32>,
    /// The most that all seats of one event may cost.
    #[schema(value_type = Option<Money>)]
    cost_max: Option<Price>,
    /// When the member was added.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When the session was taken, where there is one.
    #[schema(value_type = Option<String>, format = DateTime)]
    session_taken_at: Option<Timestamp>,
}

/// A member's browser.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "this is what the description says of the store's own type")]
pub(super) struct Browser {
    /// `local`, `endpoint`, `gologin` or `none`.
    #[schema(example = "local")]
    kind: String,
    /// For `endpoint`: the address of its DevTools.
    url: Option<String>,
    /// For `gologin`: the id there.
    id: Option<String>,
    /// For `gologin`: `local` or `cloud`.
    api: Option<String>,
}

/// A member to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewProfile {
    /// The name.
    #[schema(value_type = String)]
    id: ProfileId,
    /// What people call the member; left out, the name.
    label: Option<String>,
    /// Left out, `{"kind": "local"}`.
    #[schema(value_type = Option<Browser>)]
    browser: Option<BrowserChoice>,
    /// The proxy's URL, with its password; sealed, and never shown again.
    #[schema(value_type = Option<String>)]
    proxy: Option<Secret>,
    /// The most seats of one event that are held at once.
    #[schema(minimum = 1)]
    seats_max: Option<u32>,
    /// The most that all seats of one event may cost.
    #[schema(value_type = Option<Money>)]
    cost_max: Option<Price>,
}

/// What changes; what is left out stays, and null takes away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ChangedProfile {
    /// What people call the member.
    label: Option<String>,
    /// Where the member signs in and pays.
    #[schema(value_type = Option<Browser>)]
    browser: Option<BrowserChoice>,
    /// The proxy's URL.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    proxy: Change<Secret>,
    /// The most seats of one event.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    seats_max: Change<u32>,
    /// The most that all seats of one event may cost.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    cost_max: Change<Price>,
}

/// Every member, by name.
#[utoipa::path(get, path = "/api/v1/profiles", operation_id = "listProfiles", tag = "profiles", params(PageQuery), responses(
    (status = 200, description = "A page of them.", body = Page<Shown>),
    (status = 304, description = "Nothing has changed."),
    (status = 400, description = "The query cannot be read.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(api): State<Api>,
    headers: HeaderMap,
    Query(asked): Query<PageQuery>,
) -> Result<Response, Problem> {
    let size = page_size(asked.limit)?;
    let after = asked.cursor.map(ProfileId::new).transpose().map_err(|_error| foreign_cursor())?;
    let found = profiles::page(&api.store, after, size + 1).await?;
    let page = Page::of(found, size, |profile| profile.id.to_string());
    let mut items = Vec::with_capacity(page.items.len());
    for profile in page.items {
        items.push(shown(&api.store, profile).await?);
    }
    Ok(tagged(&headers, &Page { items, next: page.next }))
}

/// Adds a member.
#[utoipa::path(post, path = "/api/v1/profiles", operation_id = "addProfile", tag = "profiles", request_body = NewProfile, responses(
    (status = 201, description = "The member is added.", body = Shown),
    (status = 409, description = "There is one of that name.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A value cannot be used.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn add(State(api): State<Api>, Body(new): Body<NewProfile>) -> Result<Response, Problem> {
    let seats_max = at_least_one(new.seats_max)?;
    let browser = new.browser.unwrap_or(BrowserChoice::Local);
    let NewProfile { id, label, proxy, cost_max, .. } = new;
    let member = NewMember { id, label, browser, proxy, seats_max, cost_max };
    let profile = api.supervisor.add_member(member).await?;
    let place = [(LOCATION, format!("/api/v1/profiles/{}", super::in_path(profile.id.as_str())))];
    Ok((StatusCode::CREATED, place, Json(shown(&api.store, profile).await?)).into_response())
}

/// One member.
#[utoipa::path(get, path = "/api/v1/profiles/{profile}", operation_id = "getProfile", tag = "profiles",
    params(("profile" = String, Path, description = "The name.")), responses(
    (status = 200, description = "The member.", body = Shown),
    (status = 304, description = "Nothing has changed."),
    (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(id): Path<ProfileId>,
) -> Result<Response, Problem> {
    let profile = found(&api.store, &id).await?;
    Ok(tagged(&headers, &shown(&api.store, profile).await?))
}

/// Changes a member; browser and proxy only while no search runs.
#[utoipa::path(patch, path = "/api/v1/profiles/{profile}", operation_id = "changeProfile", tag = "profiles",
    params(("profile" = String, Path, description = "The name.")), request_body = ChangedProfile, responses(
    (status = 200, description = "The member as it is now.", body = Shown),
    (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "A search runs.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A value cannot be used.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn change(
    State(api): State<Api>,
    Path(id): Path<ProfileId>,
    Body(change): Body<ChangedProfile>,
) -> Result<Json<Shown>, Problem> {
    at_least_one(change.seats_max.given().copied())?;
    let ChangedProfile { label, browser, proxy, seats_max, cost_max } = change;
    let change = MemberChange { label, browser, proxy, seats_max, cost_max };
    let profile = api.supervisor.change_member(&id, change).await?;
    Ok(Json(shown(&api.store, profile).await?))
}

/// Removes a member with the session, the searches and the history; not while a search runs or a hold may stand.
#[utoipa::path(delete, path = "/api/v1/profiles/{profile}", operation_id = "removeProfile", tag = "profiles",
    params(("profile" = String, Path, description = "The name.")), responses(
    (status = 204, description = "The member is gone."),
    (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "A search runs, or a hold may stand.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn remove(State(api): State<Api>, Path(id): Path<ProfileId>) -> Result<StatusCode, Problem> {
    api.supervisor.remove_member(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The profile of that name, or that there is none.
pub(super) async fn found(store: &Store, id: &ProfileId) -> Result<Profile, Problem> {
    profiles::get(store, id).await?.ok_or_else(|| Problem::no_profile(id))
}

async fn shown(store: &Store, profile: Profile) -> Result<Shown, store::Error> {
    let session = sessions::get(store, &profile.id).await?;
    Ok(Shown {
        id: profile.id,
        label: profile.label,
        browser: profile.browser,
        proxy: profile.proxy.is_some(),
        seats_max: profile.seats_max,
        cost_max: profile.cost_max,
        created_at: profile.created_at,
        session_taken_at: session.map(|session| session.taken_at),
    })
}

fn at_least_one(seats: Option<u32>) -> Result<Option<u32>, Problem> {
    if seats == Some(0) {
        return Err(Problem::unusable("cannot take 0 as seatsMax: it must be at least 1"));
    }
    Ok(seats)
}

impl From<MemberError> for Problem {
    fn from(error: MemberError) -> Self {
        let words = format!("cannot {error}");
        let conflict = |kind: &str, title: &str| Self::new(StatusCode::CONFLICT, kind, title).detail(&words);
        match error {
            MemberError::NotThere(id) => Self::no_profile(&id),
            MemberError::Taken(_) => conflict("profile-taken", "there is a profile of that name"),
            MemberError::Searching(_) => conflict("profile-searching", "the profile searches"),
            MemberError::HoldsOpen { .. } => conflict("holds-open", "a hold of the profile may still stand"),
            MemberError::Proxy(_) | MemberError::Browser(_) => Self::unusable(words),
            MemberError::Store(error) => error.into(),
        }
    }
}
