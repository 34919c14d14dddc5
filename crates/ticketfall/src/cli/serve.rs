//! `serve`: every search that should run, until the process is asked to end.

use std::convert::Infallible;

use ticketfall_core::ids::{EventKey, ProfileId};

use super::follow::asked_to_end;
use super::{Context, Exit, Failure};
use crate::api::Api;
use crate::app::{App, Door};
use crate::config::MonitorSettings;
use crate::monitoring::{CookieSource, StartError};
use crate::notify::webhook::Webhook;
use crate::store::runs;

/// Runs the service.
pub(super) async fn run(context: &mut Context) -> Result<Exit, Failure> {
    // Searches run before all of them are started: whoever ends the service then ends it in order too.
    let asked_to_end = asked_to_end();
    let door = Door::open(context.loaded.config.api.listen).await?;
    let app = context.app().await?;
    tracing::info!(key = ?app.key_source, "the vault is open");
    let run = runs::begin(&app.store, env!("CARGO_PKG_VERSION"), context.clock.now()).await?;
    let api = Api { supervisor: app.supervisor.clone(), store: app.store.clone(), clock: context.clock };
    let service = door.serve(api, context.data_dir(), context.clock)?;
    let (settings, environment) = (context.loaded.config.cookies.clone(), context.environment.clone());
    app.supervisor.fetch_cookies_from(CookieSource { settings, environment });
    let webhook = Webhook::new(&context.loaded.config.notify, &context.environment);
    if let Some(webhook) = webhook.map_err(|error| Failure::new(Exit::Usage, error))? {
        app.supervisor.tell_webhook(webhook);
    }
    let serving = async {
        begin(&app, &context.loaded.config.monitors).await?;
        super::say(&format!(
            "Ticketfall runs at http://{}. The dashboard, for one browser, once: {}\nCtrl-C ends it.\n",
            service.address(),
            service.link()
        ))?;
        Ok::<Infallible, Failure>(app.supervisor.keep_house(run).await)
    };
    // Whoever reads that it runs may end it at once.
    tokio::select! {
        biased;
        () = asked_to_end => {}
        failed = serving => match failed? {},
    }
    if !app.supervisor.shut_down().await {
        tracing::warn!("a hold was still on its way: the next start reads the basket first");
    }
    runs::end(&app.store, run, context.clock.now()).await?;
    Ok(Exit::Done)
}

/// Resumes what ran before, and starts what the configuration asks for; a profile that it names has no other search.
async fn begin(app: &App, monitors: &[MonitorSettings]) -> Result<(), Failure> {
    let mut resumed = app.supervisor.to_resume().await?;
    resumed.retain(|(profile, _)| monitors.iter().all(|settings| settings.profile != *profile));
    if resumed.is_empty() && monitors.is_empty() {
        tracing::warn!("there is nothing to search for: add [[monitors]] to ticketfall.toml");
    }
    for (profile, configuration) in resumed {
        let started = match configuration {
            Ok(configuration) => app.supervisor.resume(&profile, configuration).await,
            Err(refusal) => Err(refusal.into()),
        };
        tell(&profile, started);
    }
    for settings in monitors {
        let mut configuration = settings.configuration.clone();
        configuration.event = settings.event.as_ref().map(ToString::to_string).or(configuration.event);
        tell(&settings.profile, app.supervisor.resume(&settings.profile, configuration).await);
    }
    Ok(())
}

/// A line for each thing that stands in the way, so that nothing is mended in vain.
fn tell(profile: &ProfileId, started: Result<EventKey, StartError>) {
    match started {
        Ok(_) => {}
        Err(StartError::Refused(refusals)) => {
            for refusal in refusals {
                let (need, advice) = (refusal.need().name(), refusal.advice());
                tracing::error!(%profile, need, advice, "cannot start the search: {refusal}");
            }
        }
        Err(error @ (StartError::Store(_) | StartError::Connection(_))) => {
            tracing::error!(%profile, "cannot start the search: {error}");
        }
    }
}
