//! Any seller's own documents, turned into offers by a jq program that its definition brings.

mod document;
mod money;
mod offer;
mod places;
mod program;
mod serving;
#[cfg(test)]
mod tests;
mod worker;

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use serde_json::value::RawValue;
use ticketfall_core::ids::EventId;
use ticketfall_core::offer::Market;
use ticketfall_core::price::Currency;
use ticketfall_core::reading::Reading;

use super::read::{Read, Unknown};

pub(crate) use document::DocumentRule;
pub(crate) use program::check as check_program;
pub use serving::serve_program;
pub use worker::ARGUMENT as SERVE_PROGRAM;
use worker::Worker;

use offer::Gatherer;

/// Documents that were read before, by name.
pub type Documents = BTreeMap<String, Bytes>;

/// How a definition's documents become offers.
#[derive(Debug)]
pub(crate) struct Mapping {
    worker: Worker,
}

/// What a program is given beside the feed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given<'g> {
    pub(crate) documents: &'g Documents,
    pub(crate) event: Option<&'g EventId>,
    pub(crate) market: Market,
    pub(crate) currency: Currency,
}

impl Mapping {
    /// A mapping by a program that was checked, which this very executable runs.
    pub(crate) fn new(program: String) -> Self {
        // Where nobody knows what runs, the program cannot be started, and that is said then.
        let executable = std::env::current_exe().unwrap_or_default();
        Self { worker: Worker::new(executable, program) }
    }

    /// The same mapping, whose program another Ticketfall runs.
    pub(crate) fn run_by(&self, executable: PathBuf) -> Self {
        Self { worker: self.worker.run_by(executable) }
    }

    /// Reads a feed; waits for the program, so it is no call for an asynchronous task.
    pub(crate) fn read(&self, rule: &DocumentRule, feed: &[u8], given: Given<'_>) -> Result<Read, Reading> {
        let feed = rule.found(feed)?;
        let outputs = self.worker.run(&feed, &variables(given)?).map_err(Unknown)?;
        gathered(&outputs, given)
    }
}

fn gathered(outputs: &[Vec<u8>], given: Given<'_>) -> Result<Read, Reading> {
    let mut gatherer = Gatherer::new(given.market, given.currency);
    for (number, output) in outputs.iter().enumerate() {
        gatherer.take(number + 1, output);
    }
    gatherer.finished()
}

/// What the program finds under its variables, as one JSON document.
fn variables(given: Given<'_>) -> Result<Vec<u8>, Unknown> {
    let mut documents = BTreeMap::new();
    for (name, bytes) in given.documents {
        let document: &RawValue = serde_json::from_slice(bytes)
            .map_err(|error| Unknown(format!("the document `{name}` is no JSON: {error}")))?;
        documents.insert(name, document);
    }
    let variables =
        Variables { documents, event: given.event, market: given.market, currency: given.currency.code() };
    serde_json::to_vec(&variables)
        .map_err(|error| Unknown(format!("the documents cannot be joined: {error}")))
}

#[derive(Debug, serde::Serialize)]
struct Variables<'v> {
    documents: BTreeMap<&'v String, &'v RawValue>,
    event: Option<&'v EventId>,
    market: Market,
    currency: &'static str,
}
