//! `watch URL --profile NAME`: one search in the foreground, until seats are
//! held.

use clap::Args;
use jiff::SignedDuration;
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::ProfileId;
use url::Url;

use super::follow::{Followed, Follower, Until};
use super::{Context, Exit, Failure, wanted};
use crate::app::App;
use crate::store::runs;

/// Which event, for whom, and what is wanted.
#[derive(Debug, Args)]
pub(super) struct Watch {
    /// The match page
    url: Url,
    /// For whom
    #[arg(long, value_name = "NAME", value_parser = super::profile::profile_id)]
    profile: ProfileId,
    #[command(flatten)]
    wanted: wanted::Wanted,
    /// Give up after so many seconds, with exit code 3 when nothing was held
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..))]
    timeout: Option<u32>,
}

impl Watch {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let configuration =
            Configuration { event: Some(self.url.to_string()), ..self.wanted.configuration()? };
        let app = context.app().await?;
        let (clock, run) =
            (context.clock, runs::begin(&app.store, env!("CARGO_PKG_VERSION"), context.clock.now()).await?);
        let ended = tokio::select! {
            ended = self.follow(&app, configuration, context) => ended,
            never = app.supervisor.keep_house(run) => match never {},
        };
        let is_clean = app.supervisor.shut_down().await;
        if !is_clean {
            tracing::warn!("a hold was still on its way: the next start reads the basket first");
        }
        runs::end(&app.store, run, clock.now()).await?;
        Ok(match ended? {
            Followed::Held | Followed::Interrupted => Exit::Done,
            Followed::TimedOut | Followed::Ended => Exit::NothingFound,
        })
    }

    async fn follow(
        &self,
        app: &App,
        configuration: Configuration,
        context: &mut Context,
    ) -> Result<Followed, Failure> {
        let mut follower = Follower::new(&app.supervisor, context.clock);
        app.supervisor.start(&self.profile, configuration).await?;
        let wait = self.timeout.map(|seconds| SignedDuration::from_secs(i64::from(seconds)));
        let time = wait.map(|wait| context.clock.now().saturating_add(wait)).transpose().ok().flatten();
        let until = Until { held: true, time };
        Ok(follower.follow(&mut context.printer, Some(&self.profile), until).await?)
    }
}
