//! Members of a running service: what would be written is asked of it instead.

use std::path::Path;

use http::Method;
use serde_json::{Value, json};
use ticketfall_core::ids::ProfileId;

use super::view::Member;
use crate::cli::cookies::file;
use crate::cli::service::{Service, profile_path};
use crate::cli::{Exit, Failure};
use crate::session::Proxy;
use crate::store::profiles::Profile;

/// Adds a member, whose proxy the service seals, with the session of a cookies file where one is given.
pub(super) async fn add(
    service: &Service,
    profile: &Profile,
    proxy: Option<&Proxy>,
    cookies: Option<&Path>,
) -> Result<Member, Failure> {
    let body = json!({
        "id": profile.id,
        "label": profile.label,
        "browser": profile.browser,
        "proxy": proxy.map(|proxy| proxy.url().reveal().to_owned()),
        "seatsMax": profile.seats_max,
        "costMax": profile.cost_max,
    });
    let added: Member = service.ask(Method::POST, "profiles", Some(&body)).await?;
    let Some(path) = cookies else { return Ok(added) };
    let bytes = file::bytes(path)?.to_vec();
    let _report: Value = service.send(Method::POST, &profile_path(&profile.id, "/cookies"), bytes).await?;
    service.ask(Method::GET, &profile_path(&profile.id, ""), None).await
}

/// Whether there is a member of that name.
pub(super) async fn is_there(service: &Service, id: &ProfileId) -> Result<bool, Failure> {
    let found: Result<Value, Failure> = service.ask(Method::GET, &profile_path(id, ""), None).await;
    match found {
        Ok(_) => Ok(true),
        Err(failure) if failure.exit() == Exit::NothingFound => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// Removes a member.
pub(super) async fn remove(service: &Service, id: &ProfileId) -> Result<(), Failure> {
    service.ask(Method::DELETE, &profile_path(id, ""), None).await
}
