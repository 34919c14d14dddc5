//! `seller list|show|check`: the sellers that are known, and whether a definition can be used.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};
use ticketfall_core::ids::SellerId;

use super::printer::{pairs, table};
use super::source::Source;
use super::{Context, Exit, Failure};
use crate::seller::definition::Definition;
use crate::seller::{Inspection, inspect};

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
    Check {
        /// The definition's file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Pages and answers that were saved
        #[arg(value_name = "SAVED")]
        saved: Vec<PathBuf>,
    },
}

pub(super) fn run(command: Command, context: &mut Context) -> Result<Exit, Failure> {
    match command {
        Command::List => list(context),
        Command::Show { id } => show(&id, context),
        Command::Check { file, saved } => check(&file, saved, context),
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
            ("shows", shown.to_owned()),
            ("waiting room", definition.waiting_room.hosts.join(", ")),
        ])
    })?;
    Ok(Exit::Done)
}

fn check(file: &Path, saved: Vec<PathBuf>, context: &mut Context) -> Result<Exit, Failure> {
    let text = Source::File(file.to_owned()).read_text()?;
    let definition = Definition::parse(&file.display().to_string(), &text)?;
    let mut inspected = Vec::new();
    for path in saved {
        let bytes = Source::File(path.clone()).read()?;
        inspected.push((path.display().to_string(), inspect(&definition, &bytes, None)));
    }
    let answer = json!({
        "seller": told(&definition),
        "saved": inspected.iter().map(|(path, inspection)| inspection_told(path, inspection)).collect::<Vec<_>>(),
    });
    context.printer.answer(&answer, |_| {
        let lines: Vec<String> =
            inspected.iter().map(|(path, inspection)| lines_of(path, inspection)).collect();
        format!("{} can be used: {}\n{}", file.display(), definition.name, lines.concat())
    })?;
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
        "floorSeconds": definition.pace.floor.as_secs_f64(),
        "perMember": definition.per_member,
        "shared": definition.shared,
        "currency": definition.currency.code(),
        "waitingRoom": definition.waiting_room.hosts,
    })
}

fn inspection_told(path: &str, inspection: &Inspection) -> Value {
    json!({
        "file": path,
        "kind": inspection.kind,
        "reading": inspection.reading.name(),
        "recognisedBy": inspection.recognised_by,
        "summary": inspection.summary,
        "notUnderstood": { "count": inspection.dropped.count, "first": inspection.dropped.described },
    })
}

fn lines_of(path: &str, inspection: &Inspection) -> String {
    let dropped = &inspection.dropped;
    let first: Vec<String> = dropped.described.iter().map(|what| format!("    {what}\n")).collect();
    let not_understood = match dropped.count {
        0 => String::new(),
        count => format!("  {count} parts were not understood:\n{}", first.concat()),
    };
    format!("{path}: {} ({})\n{not_understood}", inspection.reading.name(), inspection.summary)
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
