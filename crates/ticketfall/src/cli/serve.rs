//! `serve`: every search that should run, until the process is asked to end.

use std::convert::Infallible;

use super::follow::asked_to_end;
use super::{Context, Exit, Failure};
use crate::api::Api;
use crate::app::{App, Door};
use crate::config::MonitorSettings;
use crate::monitoring::CookieSource;
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
    line_up(&app, &context.loaded.config.monitors).await?;
    let api = Api { supervisor: app.supervisor.clone(), store: app.store.clone(), clock: context.clock };
    let door = door.also_as(context.loaded.config.api.hosts.clone());
    let service = door.serve(api, context.data_dir(), context.clock)?;
    let (settings, environment) = (context.loaded.config.cookies.clone(), context.environment.clone());
    app.supervisor.fetch_cookies_from(CookieSource { settings, environment });
    let webhook = Webhook::new(&context.loaded.config.notify, &context.environment);
    if let Some(webhook) = webhook.map_err(|error| Failure::new(Exit::Usage, error))? {
        app.supervisor.tell_webhook(webhook);
    }
    let serving = async {
        super::say(&format!(
            "Ticketfall runs at http://{}. The dashboard, for one browser, once: {}\n{}Ctrl-C ends it.\n",
            service.address(),
            service.link(),
            to_come(app.supervisor.starting_again())
        ))?;
        let (never, ()) = tokio::join!(app.supervisor.keep_house(run), app.supervisor.resume_all());
        Ok::<Infallible, Failure>(never)
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

/// Lines up what ran before, and what the configuration asks for.
async fn line_up(app: &App, monitors: &[MonitorSettings]) -> Result<(), Failure> {
    let wish = |settings: &MonitorSettings| {
        let mut configuration = settings.configuration.clone();
        configuration.event = settings.event.as_ref().map(ToString::to_string).or(configuration.event);
        (settings.profile.clone(), configuration)
    };
    app.supervisor.line_up(monitors.iter().map(wish).collect()).await?;
    if app.supervisor.starting_again() == 0 {
        tracing::warn!("there is nothing to search for: add [[monitors]] to ticketfall.toml");
    }
    Ok(())
}

/// What starts by itself from now on.
fn to_come(searches: usize) -> String {
    match searches {
        0 => String::new(),
        1 => "1 search starts. ".to_owned(),
        searches => format!("{searches} searches start. "),
    }
}
