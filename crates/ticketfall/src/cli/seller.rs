//! `seller list|show|check|new|schema`: the sellers that are known, and definitions of others.

mod check;
mod new;

use clap::Subcommand;
use serde_json::{Value, json};
use ticketfall_core::ids::SellerId;

use super::printer::{pairs, table};
use super::{Context, Exit, Failure};
use crate::seller::definition::{self, Definition};

pub(super) use check::{NamedFile, documents, named_file};

/// What to do with the sellers.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the sellers that are known
    List,
    /// Show what is known of a seller
    Show {
        /// The seller's id
        #[arg(value_name = "ID", value_parser = seller_id)]
        id: SellerId,
    },
    /// Say whether a definition can be used, and what it makes of saved pages and answers
    Check(check::Check),
    /// Write a first draft of a definition by looking at a page
    New(new::New),
    /// Print the JSON schema of a definition's file
    Schema,
}

pub(super) async fn run(command: Command, context: &mut Context) -> Result<Exit, Failure> {
    match command {
        Command::List => list(context),
        Command::Show { id } => show(&id, context),
        Command::Check(check) => check.run(context),
        Command::New(new) => new.run(context).await,
        Command::Schema => schema(context),
    }
}

/// Reads a seller's id from the command line.
pub(super) fn seller_id(text: &str) -> Result<SellerId, String> {
    SellerId::new(text).map_err(|error| format!("cannot {error}"))
}

fn list(context: &mut Context) -> Result<Exit, Failure> {
    let sellers = context.sellers()?;
    let all: Vec<Value> = sellers.list().map(|definition| told(definition)).collect();
    context.printer.answer(&all, |_| {
        let rows = sellers.list().map(|definition| {
            [definition.id.to_string(), definition.name.clone(), place(definition), pace(definition)]
        });
        table(["seller", "name", "where", "looks"], rows)
    })?;
    Ok(Exit::Done)
}

fn show(id: &SellerId, context: &mut Context) -> Result<Exit, Failure> {
    let sellers = context.sellers()?;
    let definition = sellers.get(id).ok_or_else(|| unknown(id))?;
    context.printer.answer(&told(definition), |_| {
        let limit = definition.per_member.map_or("none posted".to_owned(), |seats| format!("{seats} seats"));
        let shown = if definition.shared { "the same to everybody" } else { "to each member their own" };
        pairs(&[
            ("seller", definition.id.to_string()),
            ("name", definition.name.clone()),
            ("where", place(definition)),
            ("hosts", definition.hosts().collect::<Vec<_>>().join(", ")),
            ("looks", pace(definition)),
            ("limit", limit),
            (
                "holds",
                if definition.can_hold() { "can hold seats" } else { "tells, and holds nothing" }.to_owned(),
            ),
            ("shows", shown.to_owned()),
            ("waiting room", definition.waiting_room.hosts.join(", ")),
        ])
    })?;
    Ok(Exit::Done)
}

fn schema(context: &mut Context) -> Result<Exit, Failure> {
    context.printer.answer(&definition::schema(), |schema| format!("{schema:#}"))?;
    Ok(Exit::Done)
}

/// A seller that is not known.
pub(super) fn unknown(id: &SellerId) -> Failure {
    Failure::because(Exit::NothingFound, format!("find the seller {id}"))
        .advise("`ticketfall seller list` shows those that are known")
}

fn told(definition: &Definition) -> Value {
    json!({
        "id": definition.id,
        "name": definition.name,
        "origin": if definition.is_template() { None } else { Some(definition.origin().as_str()) },
        "hosts": definition.hosts().collect::<Vec<_>>(),
        "holds": definition.can_hold(),
        "floorSeconds": definition.pace.floor.as_secs_f64(),
        "perMember": definition.per_member,
        "shared": definition.shared,
        "currency": definition.currency.code(),
        "waitingRoom": definition.waiting_room.hosts,
    })
}

fn place(definition: &Definition) -> String {
    if definition.is_template() {
        format!("a template: set sellers.{}.origin", definition.id)
    } else {
        definition.origin().to_string()
    }
}

fn pace(definition: &Definition) -> String {
    let floor = definition.pace.floor;
    if floor.is_zero() { "as often as asked".to_owned() } else { format!("at most every {floor:?}") }
}
