//! `cookies update`: fresh cookies for the members that are named, or for all.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use ticketfall_core::ids::ProfileId;
use tokio::sync::mpsc;

use super::told;
use crate::app;
use crate::cli::context::Keeper;
use crate::cli::cookies::served;
use crate::cli::follow::asked_to_end;
use crate::cli::{Context, Exit, Failure, profile};
use crate::cookies::service::{Service, SetupError};
use crate::monitoring::cookie_update::{PROGRESS_KEPT, ProfileReport, Progress, Source, Step};
use crate::store::profiles;

/// Where fresh cookies come from.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Origin {
    /// The configured service
    Service,
    /// GoLogin's cloud, for members whose browsers are its own
    Gologin,
}

/// Whose cookies to update.
#[derive(Debug, Args)]
pub(in crate::cli) struct Update {
    /// The members' names; all members if left out
    #[arg(value_name = "PROFILE", value_parser = profile::profile_id)]
    profiles: Vec<ProfileId>,
    /// How many members at once, in place of cookies.together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=32))]
    together: Option<u32>,
    /// Where they come from
    #[arg(long, value_enum, default_value = "service", value_name = "SOURCE")]
    from: Origin,
}

impl Update {
    /// The same, as the service is asked for it.
    fn wanted(&self) -> serde_json::Value {
        let from = match self.from {
            Origin::Service => "service",
            Origin::Gologin => "gologin",
        };
        serde_json::json!({ "profiles": self.profiles, "together": self.together, "from": from })
    }

    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let store = match context.keeper().await? {
            Keeper::Service(service) => {
                return served::update(&service, self.wanted(), context).await;
            }
            Keeper::Store(store) => store,
        };
        let settings = &context.loaded.config.cookies;
        let source = self.from.source(context)?;
        let together = self.together.unwrap_or(settings.together);
        let updates = super::updates(store, context)?;
        let profiles: BTreeSet<ProfileId> = if self.profiles.is_empty() {
            let all = profiles::all(&updates.store).await?.into_iter();
            all.filter(|profile| source.serves(profile)).map(|profile| profile.id).collect()
        } else {
            self.profiles.into_iter().collect()
        };
        if profiles.is_empty() {
            return Err(Failure::because(Exit::NothingFound, "find any profile whose cookies are there")
                .advise("`ticketfall profile add NAME` adds one"));
        }
        let bar = bar(profiles.len());
        let (progress, heard) = mpsc::channel(PROGRESS_KEPT);
        let updating = updates.run(source, profiles.into_iter().collect(), together, progress);
        let reports = tokio::select! {
            // Ready to be interrupted before anything begins.
            biased;
            () = asked_to_end() => {
                bar.finish_and_clear();
                return Err(Failure::because(Exit::Unexpected, "finish the update: it was interrupted")
                    .advise("what was kept stays; run it again for the rest"));
            }
            (reports, ()) = async { tokio::join!(updating, draw(&bar, heard)) } => reports,
        };
        context.printer.answer(&reports, |reports| reports.iter().map(told::text).collect())?;
        Ok(told::exit(&reports))
    }
}

impl Origin {
    fn source(self, context: &Context) -> Result<Source, Failure> {
        let config = &context.loaded.config;
        Ok(match self {
            Self::Service => Source::Service(Service::new(&config.cookies, &context.environment)?),
            Self::Gologin => Source::GoLogin(app::gologin(config, context.clock)?),
        })
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        let advice = "see [cookies] in docs/configuration.md; `ticketfall doctor` checks it";
        Self::new(Exit::Usage, error).advise(advice)
    }
}

pub(super) fn bar(length: usize) -> ProgressBar {
    let bar = if io::stderr().is_terminal() {
        ProgressBar::new(u64::try_from(length).unwrap_or(u64::MAX))
    } else {
        ProgressBar::hidden()
    };
    let style =
        ProgressStyle::with_template("{bar:24} {pos}/{len} {wide_msg}").expect("the template is sound");
    bar.with_style(style)
}

async fn draw(bar: &ProgressBar, mut heard: mpsc::Receiver<Progress>) {
    while let Some(progress) = heard.recv().await {
        match progress {
            Progress::At(profile, step) => bar.set_message(format!("{profile}: {}", in_words(step))),
            Progress::Over(ProfileReport { .. }) => bar.inc(1),
        }
    }
    bar.finish_and_clear();
}

pub(super) fn in_words(step: Step) -> &'static str {
    match step {
        Step::Looking => "looking it up",
        Step::Fetching => "fetching cookies",
        Step::Opening => "opening the browser",
        Step::Putting => "putting cookies in",
        Step::Keeping => "keeping the session",
    }
}
