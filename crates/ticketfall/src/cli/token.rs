//! `token rotate`: a new token for the API, and everybody who came in by the old one has to come in anew.

use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};

use super::context::Keeper;
use super::{Context, Exit, Failure};
use crate::app;

/// What to do with the token that programs and the dashboard come in by.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a new token: the old one, links and browsers that are signed in let nobody in any more
    Rotate,
}

pub(super) async fn run(command: Command, context: &mut Context) -> Result<Exit, Failure> {
    match command {
        Command::Rotate => rotate(context).await,
    }
}

async fn rotate(context: &mut Context) -> Result<Exit, Failure> {
    let is_running = match context.keeper().await? {
        Keeper::Service(service) => {
            service.ask::<Value>(Method::POST, "token", None).await?;
            true
        }
        // The store stays locked meanwhile, so that no service begins with the old one.
        Keeper::Store(_store) => {
            app::renew_token(context.data_dir()).map_err(app::Error::from)?;
            false
        }
    };
    let file = context.data_dir().join("api-token");
    let answer = json!({ "file": file, "serviceTookIt": is_running });
    context.printer.answer(&answer, |_| {
        let now = if is_running { "the service has it already" } else { "no service runs" };
        format!(
            "A new token is in {}; {now}.\n`ticketfall dashboard` lets a browser in again.",
            file.display()
        )
    })?;
    Ok(Exit::Done)
}
