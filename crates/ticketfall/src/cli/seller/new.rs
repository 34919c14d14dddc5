//! `seller new`: a first draft of a definition, made by looking at a page.

use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use http::header::{ACCEPT, USER_AGENT as USER_AGENT_HEADER};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::json;
use url::Url;

use crate::cli::source::Source;
use crate::cli::{Context, Exit, Failure};
use crate::seller::transport::{Network, Request, Tls, Transport};
use crate::seller::{Proposal, propose};
use crate::session::USER_AGENT;

/// How long the page may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What to look at.
#[derive(Debug, Args)]
pub(in crate::cli) struct New {
    /// The page of an event, or one that was saved
    #[arg(long, value_name = "URL|FILE")]
    from: Source,
    /// Where the saved page was
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// Allow a page on this machine or in a private network
    #[arg(long)]
    private: bool,
}

impl New {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let (bytes, url) = match &self.from {
            Source::Page(url) => (fetched(url, self.private).await?, Some(url)),
            Source::Stdin | Source::File(_) => (self.from.read()?.into(), self.url.as_ref()),
        };
        let proposal = propose(&bytes, url, context.clock.now());
        let answer = json!({ "definition": proposal.text, "found": proposal.found });
        context.printer.answer(&answer, |_| file(&proposal))?;
        Ok(Exit::Done)
    }
}

/// The draft as a file, with what was found at its head.
fn file(proposal: &Proposal) -> String {
    let found: Vec<String> = proposal.found.iter().map(|found| format!("# Found: {found}.\n")).collect();
    let advice =
        "# A draft: read it, and try it with `ticketfall seller check FILE --page SAVED --explain`.\n";
    format!("{}{advice}\n{}", found.concat(), proposal.text)
}

/// Asks for the page once, as nobody; a redirect is not followed, for it may lead to another seller.
async fn fetched(url: &Url, private: bool) -> Result<Bytes, Failure> {
    let tls = Tls::new().map_err(|error| Failure::new(Exit::Unexpected, error))?;
    let network = Network::new(&tls, None, private).map_err(|error| Failure::new(Exit::Unexpected, error))?;
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/html,application/xhtml+xml,application/json"));
    headers.insert(USER_AGENT_HEADER, HeaderValue::from_static(USER_AGENT));
    let request = Request { method: Method::GET, url: url.clone(), headers, body: Bytes::new() };
    let answer = Transport::Network(network).send(request, PATIENCE).await.map_err(|error| {
        Failure::new(Exit::Unreachable, error).advise("save the page in a browser and name the file instead")
    })?;
    if answer.status.is_success() {
        return Ok(answer.body);
    }
    let status = answer.status.as_u16();
    Err(Failure::because(Exit::Unreachable, format!("look at {url}: it answers with status {status}"))
        .advise("open it in a browser, save the page and name the file instead"))
}
