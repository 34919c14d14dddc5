//! `demo`: the main job on a box office of our own.

use clap::Args;
use jiff::SignedDuration;

use super::follow::{Followed, Follower, Until};
use super::{Context, Exit, Failure};
use crate::app::demo::{Demo as Running, DemoOptions, SignedIn};

/// How the demo runs.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// End when seats are held
    #[arg(long)]
    once: bool,
    /// Show no browser window
    #[arg(long)]
    headless: bool,
    /// Makes the stadium, the rivals and all chance repeatable
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Where the service listens on this machine; 0 picks a free port
    #[arg(long, default_value_t = 0, value_name = "P")]
    port: u16,
    /// Give up after so many seconds, with exit code 3 when nothing was held
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..))]
    timeout: Option<u32>,
}

impl Demo {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let settings = &context.loaded.config.browser;
        let has_display =
            ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| context.environment.variable(name).is_some());
        let options = DemoOptions {
            seed: self.seed,
            headless: self.headless || settings.headless || (cfg!(target_os = "linux") && !has_display),
            browser: settings.path.clone(),
            port: self.port,
        };
        let demo = Running::open(&options, context.clock).await?;
        super::say(&introduction(&demo, &options))?;
        let ended = self.follow(&demo, context).await;
        demo.close().await;
        Ok(match ended? {
            Followed::Held | Followed::Interrupted => Exit::Done,
            Followed::TimedOut | Followed::Ended => Exit::NothingFound,
        })
    }

    async fn follow(&self, demo: &Running, context: &mut Context) -> Result<Followed, Failure> {
        let supervisor = demo.supervisor.clone();
        let mut follower = Follower::new(&supervisor, context.clock);
        demo.search().await?;
        let wait = self.timeout.map(|seconds| SignedDuration::from_secs(i64::from(seconds)));
        let time = wait.map(|wait| context.clock.now().saturating_add(wait)).transpose().ok().flatten();
        Ok(follower.follow(&mut context.printer, None, Until { held: self.once, time }).await?)
    }
}

fn introduction(demo: &Running, options: &DemoOptions) -> String {
    let signed_in = match &demo.signed_in {
        SignedIn::Browser(version) if options.headless => {
            format!("signed in with {version}, without a window")
        }
        SignedIn::Browser(version) => format!("signed in with {version}"),
        SignedIn::Imported(why) => {
            format!(
                "signed in without a browser, by an imported session ({why}): nobody will see the order page open"
            )
        }
    };
    format!(
        "A box office stands at {} (simulated, seed {}).\n{} is {signed_in}, and wants two seats together up to £100.00 each at\n{}\nThe dashboard, for this browser only, once: {}\nCtrl-C ends everything.\n\n",
        demo.origin,
        options.seed,
        demo.profile(),
        demo.event_url(),
        demo.service.link(),
    )
}
