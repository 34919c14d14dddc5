//! `cookies update`: fresh cookies for the members that are named, or for all.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use ticketfall_core::ids::ProfileId;
use tokio::sync::mpsc;

use super::told;
use crate::cli::context::Keeper;
use crate::cli::cookies::served;
use crate::cli::follow::asked_to_end;
use crate::cli::{Context, Exit, Failure, profile};
use crate::cookies::service::{Service, SetupError};
use crate::monitoring::cookie_update::{PROGRESS_KEPT, ProfileReport, Progress, Step};
use crate::store::profiles;

/// Whose cookies to update.
#[derive(Debug, Args)]
pub(in crate::cli) struct Update {
    /// The members' names; all members if left out
    #[arg(value_name = "PROFILE", value_parser = profile::profile_id)]
    profiles: Vec<ProfileId>,
    /// How many members at once, in place of cookies.together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=32))]
    together: Option<u32>,
}

impl Update {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let store = match context.keeper().await? {
            Keeper::Service(service) => {
                return served::update(&service, self.profiles, self.together, context).await;
            }
            Keeper::Store(store) => store,
        };
        let settings = &context.loaded.config.cookies;
        let service = Service::new(settings, &context.environment)?;
        let together = self.together.unwrap_or(settings.together);
        let updates = super::updates(store, context)?;
        let profiles: BTreeSet<ProfileId> = if self.profiles.is_empty() {
            profiles::all(&updates.store).await?.into_iter().map(|profile| profile.id).collect()
        } else {
            self.profiles.into_iter().collect()
        };
        if profiles.is_empty() {
            return Err(Failure::because(Exit::NothingFound, "find any profile")
                .advise("`ticketfall profile add NAME` adds one"));
        }
        let bar = bar(profiles.len());
        let (progress, heard) = mpsc::channel(PROGRESS_KEPT);
        let updating = updates.run(service, profiles.into_iter().collect(), together, progress);
        let reports = tokio::select! {
            (reports, ()) = async { tokio::join!(updating, draw(&bar, heard)) } => reports,
            () = asked_to_end() => {
                bar.finish_and_clear();
                return Err(Failure::because(Exit::Unexpected, "finish the update: it was interrupted")
                    .advise("what was kept stays; run it again for the rest"));
            }
        };
        context.printer.answer(&reports, |reports| reports.iter().map(told::text).collect())?;
        Ok(told::exit(&reports))
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
