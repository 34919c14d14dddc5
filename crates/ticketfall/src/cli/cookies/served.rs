//! Cookies of a running service's members: it does the work, and this tells how far it is.

use std::path::Path;
use std::time::Duration;

use http::Method;
use serde::Deserialize;
use ticketfall_core::ids::ProfileId;

use super::update::{bar, in_words};
use super::{file, told};
use crate::cli::service::{Service, profile_path};
use crate::cli::{Context, Exit, Failure};
use crate::monitoring::cookie_update::{ProfileReport, Step};

const LOOKED_EVERY: Duration = Duration::from_millis(250);

/// An update as the service tells it.
#[derive(Debug, Deserialize)]
struct Job {
    id: u64,
    state: String,
    profiles: Vec<Progress>,
    reports: Vec<ProfileReport>,
}

#[derive(Debug, Deserialize)]
struct Progress {
    profile: String,
    step: Step,
}

/// Lets the service update members, and waits for it.
pub(super) async fn update(
    service: &Service,
    wanted: serde_json::Value,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let mut job: Job = service.ask(Method::POST, "cookies/update", Some(&wanted)).await?;
    let bar = bar(job.profiles.len());
    while job.state == "running" {
        tokio::time::sleep(LOOKED_EVERY).await;
        job = service.ask(Method::GET, &format!("cookies/update/{}", job.id), None).await?;
        bar.set_position(u64::try_from(job.reports.len()).unwrap_or(u64::MAX));
        let is_over =
            |one: &&Progress| job.reports.iter().any(|report| report.profile.as_str() == one.profile);
        if let Some(one) = job.profiles.iter().find(|one| !is_over(one)) {
            bar.set_message(format!("{}: {}", one.profile, in_words(one.step)));
        }
    }
    bar.finish_and_clear();
    if job.state == "interrupted" {
        return Err(Failure::because(
            Exit::Unexpected,
            "finish the update: the service ended, or the update failed",
        )
        .advise("what was kept stays; run it again for the rest"));
    }
    context.printer.answer(&job.reports, |reports| reports.iter().map(told::text).collect())?;
    Ok(told::exit(&job.reports))
}

/// Lets the service put the cookies of a file to use.
pub(super) async fn import(
    service: &Service,
    profile: &ProfileId,
    path: &Path,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let bytes = file::bytes(path)?.to_vec();
    let report: ProfileReport = service.send(Method::POST, &profile_path(profile, "/cookies"), bytes).await?;
    context.printer.answer(&report, told::text)?;
    Ok(told::exit(&[report]))
}
