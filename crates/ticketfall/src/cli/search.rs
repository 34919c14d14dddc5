//! `start`, `stop` and `dashboard`: what the running service is asked for.

use clap::Args;
use http::Method;
use serde_json::{Value, json};
use ticketfall_core::ids::ProfileId;
use url::Url;

use super::service::{Service, profile_path};
use super::status::{Search, line};
use super::{Context, Exit, Failure, profile, wanted};

/// Whose search to start, and what is wanted.
#[derive(Debug, Args)]
pub(super) struct Start {
    /// For whom
    #[arg(value_name = "PROFILE", value_parser = profile::profile_id)]
    profile: ProfileId,
    /// The match page; left out, the one that the member's browser shows
    #[arg(value_name = "EVENT-URL")]
    event: Option<Url>,
    #[command(flatten)]
    wanted: wanted::Wanted,
}

/// Whose searches to stop.
#[derive(Debug, Args)]
pub(super) struct Stop {
    /// The members' names
    #[arg(value_name = "PROFILE", required_unless_present = "all", value_parser = profile::profile_id)]
    profiles: Vec<ProfileId>,
    /// All searches that run
    #[arg(long, conflicts_with = "profiles")]
    all: bool,
}

impl Start {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let mut wish = self.wanted.wire()?;
        if let Some(event) = &self.event {
            wish.insert("event".to_owned(), event.as_str().into());
        }
        let service = Service::of(context)?;
        let path = profile_path(&self.profile, "/monitor");
        let started: Value = service.ask(Method::PUT, &path, Some(&Value::Object(wish))).await?;
        say(&started, context)?;
        Ok(Exit::Done)
    }
}

impl Stop {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let service = Service::of(context)?;
        let profiles = if self.all { super::status::running(&service).await? } else { self.profiles };
        if profiles.is_empty() {
            super::say("No search runs.\n")?;
            return Ok(Exit::NothingFound);
        }
        for profile in profiles {
            let stopped: Value =
                service.ask(Method::DELETE, &profile_path(&profile, "/monitor"), None).await?;
            say(&stopped, context)?;
        }
        Ok(Exit::Done)
    }
}

/// Prints a link into the dashboard that works once.
pub(super) async fn dashboard(context: &mut Context) -> Result<Exit, Failure> {
    let service = Service::of(context)?;
    let link: Value = service.ask(Method::POST, "dashboard-links", None).await?;
    context.printer.answer(&link, |link| link["url"].as_str().unwrap_or_default().to_owned())?;
    Ok(Exit::Done)
}

/// Sends a notice to whoever is told, so that one can see whether it arrives.
pub(super) async fn test_notice(context: &mut Context) -> Result<Exit, Failure> {
    let service = Service::of(context)?;
    let told: Value = service.ask(Method::POST, "notices/test", Some(&json!({}))).await?;
    context.printer.answer(&told, |told| told["words"].as_str().unwrap_or_default().to_owned())?;
    Ok(Exit::Done)
}

fn say(answer: &Value, context: &mut Context) -> Result<(), Failure> {
    let now = context.clock.now();
    let text = |answer: &Value| Search::read(answer).map(|search| line(&search, now)).unwrap_or_default();
    Ok(context.printer.event(answer, text)?)
}
