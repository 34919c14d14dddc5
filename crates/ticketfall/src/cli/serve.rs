//! `serve`: every search that should run, until the process is asked to end.

use super::follow::asked_to_end;
use super::{Context, Exit, Failure};
use crate::api::Api;
use crate::app::Door;
use crate::store::monitors::{self, Desired};

/// Runs the service.
pub(super) async fn run(context: &mut Context) -> Result<Exit, Failure> {
    let door = Door::open(context.loaded.config.api.listen).await?;
    let app = context.app().await?;
    tracing::info!(key = ?app.key_source, "the vault is open");
    let api = Api { supervisor: app.supervisor.clone(), store: app.store.clone(), clock: context.clock };
    let service = door.serve(api, context.data_dir(), context.clock)?;
    let mut wanted = Vec::new();
    for row in monitors::all(&app.store).await?.into_iter().filter(|row| row.desired == Desired::Running) {
        let mut configuration = row.configuration;
        configuration.event = Some(row.event_url.to_string());
        wanted.push((row.profile, configuration));
    }
    for settings in &context.loaded.config.monitors {
        wanted.retain(|(profile, _)| *profile != settings.profile);
        let mut configuration = settings.configuration.clone();
        configuration.event = settings.event.as_ref().map(ToString::to_string).or(configuration.event);
        wanted.push((settings.profile.clone(), configuration));
    }
    if wanted.is_empty() {
        tracing::warn!("there is nothing to search for: add [[monitors]] to ticketfall.toml");
    }
    for (profile, configuration) in wanted {
        if let Err(error) = app.supervisor.start(&profile, configuration).await {
            tracing::error!(%profile, "cannot start the search: {error}");
        }
    }
    super::say(&format!(
        "Ticketfall runs at http://{}. The dashboard, for one browser, once: {}\nCtrl-C ends it.\n",
        service.address(),
        service.link()
    ))?;
    tokio::select! {
        () = asked_to_end() => {}
        () = app.supervisor.keep_tidy() => {}
    }
    if !app.supervisor.shut_down().await {
        tracing::warn!("a hold was still on its way: the next start reads the basket first");
    }
    Ok(Exit::Done)
}
