//! `boxoffice`: the simulated seller alone.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::follow::asked_to_end;
use super::{Context, Exit, Failure};
use crate::app::BoxOfficeHouse;

/// How the box office runs.
#[derive(Debug, Args)]
pub(super) struct BoxOffice {
    /// Where it listens; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:7480", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Decides the stadium, the rivals and all chance
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// How many members it has
    #[arg(long, default_value_t = 12, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    members: u16,
    /// What falls and what fails, as TOML
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
}

impl BoxOffice {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let script = match &self.script {
            Some(path) => Some((path.display().to_string(), read(path)?)),
            None => None,
        };
        let house = BoxOfficeHouse::open(self.listen, (self.seed, self.members.into()), script).await?;
        let members = house.members();
        let answer = json!({ "origin": house.origin(), "members": members });
        context.printer.answer(&answer, |_| {
            let lines: Vec<String> =
                members.iter().map(|(email, password)| format!("  {email}  {password}\n")).collect();
            format!(
                "{}{}\nMembers, and their passwords:\n{}State: /_boxoffice/state · log: /_boxoffice/log · let seats fall: POST /_boxoffice/fall\n",
                house.origin().as_str().trim_end_matches('/'),
                ticketfall_boxoffice::PREFIX,
                lines.concat()
            )
        })?;
        asked_to_end().await;
        Ok(Exit::Done)
    }
}

fn read(path: &PathBuf) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::because(Exit::Usage, format!("read the script {}: {error}", path.display()))
    })
}
