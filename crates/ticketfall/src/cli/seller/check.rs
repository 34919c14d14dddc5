//! `seller check`: whether a definition can be used, and what it makes of saved pages and answers, step by step.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::told;
use crate::cli::source::Source;
use crate::cli::{Context, Exit, Failure};
use crate::seller::definition::Definition;
use crate::seller::{Inspection, Saved, read_saved};

/// What to check.
#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    /// The definition's file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Pages and answers that were saved
    #[arg(value_name = "SAVED")]
    saved: Vec<PathBuf>,
    /// A page or answer that was saved; again for more
    #[arg(long = "page", value_name = "CAPTURE")]
    pages: Vec<PathBuf>,
    /// A further document that the definition joins, as it was saved
    #[arg(long = "document", value_name = "NAME=FILE", value_parser = named_file)]
    documents: Vec<NamedFile>,
    /// Say step by step what was read, what recognised it, which offers came out and what was dropped
    #[arg(long)]
    explain: bool,
}

/// A saved document, by its name in the definition.
pub(in crate::cli) type NamedFile = (String, PathBuf);

/// Reads `NAME=FILE` from the command line.
pub(in crate::cli) fn named_file(text: &str) -> Result<NamedFile, String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), file.into())),
        Some(_) | None => Err("write the document's name and its file, as in prices=saved.json".to_owned()),
    }
}

/// Reads saved documents.
pub(in crate::cli) fn documents(files: &[NamedFile]) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    files.iter().map(|(name, file)| Ok((name.clone(), Source::File(file.clone()).read()?))).collect()
}

impl Check {
    pub(super) fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let text = Source::File(self.file.clone()).read_text()?;
        let definition = Definition::parse(&self.file.display().to_string(), &text)?;
        let documents = documents(&self.documents)?;
        let mut inspected = Vec::new();
        for path in self.saved.iter().chain(&self.pages) {
            let bytes = Source::File(path.clone()).read()?;
            let saved = Saved { bytes: &bytes, kind: None, documents: &documents, now: context.clock.now() };
            inspected.push((path.display().to_string(), read_saved(&definition, saved)));
        }
        let all = inspected.iter().map(|(path, inspection)| answer(path, inspection, self.explain));
        let whole = json!({ "seller": told(&definition), "saved": all.collect::<Vec<_>>() });
        context.printer.answer(&whole, |_| {
            let lines = inspected.iter().map(|(path, inspection)| lines(path, inspection, self.explain));
            let usable = format!("{} can be used: {}\n", self.file.display(), definition.name);
            [usable].into_iter().chain(lines).collect::<Vec<_>>().concat()
        })?;
        Ok(Exit::Done)
    }
}

fn answer(path: &str, inspection: &Inspection, explain: bool) -> Value {
    let mut answer = json!({
        "file": path,
        "kind": inspection.kind,
        "reading": inspection.reading.name(),
        "recognisedBy": inspection.recognised_by,
        "summary": inspection.summary,
        "notUnderstood": { "count": inspection.dropped.count, "first": inspection.dropped.described },
    });
    if explain {
        answer["offers"] = json!(inspection.reading.snapshot().cloned().unwrap_or_default().offers);
        answer["steps"] = json!(inspection.steps);
    }
    answer
}

fn lines(path: &str, inspection: &Inspection, explain: bool) -> String {
    let first = format!("{path}: {} ({})\n", inspection.reading.name(), inspection.summary);
    if explain {
        let steps = inspection.steps.iter().map(|step| format!("  {step}\n"));
        return [first].into_iter().chain(steps).collect::<Vec<_>>().concat();
    }
    let dropped = &inspection.dropped;
    let described: Vec<String> = dropped.described.iter().map(|what| format!("    {what}\n")).collect();
    let not_understood = match dropped.count {
        0 => String::new(),
        count => format!("  {count} parts were not understood:\n{}", described.concat()),
    };
    format!("{first}{not_understood}")
}
