//! `check`: reads one page, capture or answer, and says what fits and why all else was refused.

use std::sync::{Arc, Mutex};

use clap::{Args, ValueEnum};
use serde::Serialize;
use ticketfall_core::checker::{Refusal, Verdict, check_ticket};
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{ProfileId, SellerId};
use ticketfall_core::offer::Offers;
use ticketfall_core::plan::Plan;
use ticketfall_core::reading::Reading;
use url::Url;

use super::seller::NamedFile;
use super::source::Source;
use super::wanted::Wanted;
use super::{Context, Exit, Failure, profile, secrets, seller};
use crate::app;
use crate::seller::definition::Definition;
use crate::seller::gate::Gate;
use crate::seller::transport::{Network, Tls, Transport};
use crate::seller::{Client, Exchange, Kind, LookMemory, Saved, read_saved};
use crate::session::{Jar, Origin, Session, USER_AGENT};

/// One look has no use for jitter.
const SEED: u64 = 0;

/// What to check.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// A saved page or answer, an event page of the seller, or "-" for stdin
    #[arg(value_name = "FILE|URL|-")]
    source: Source,
    /// Whose page it is
    #[arg(long, value_name = "ID", value_parser = seller::seller_id)]
    seller: SellerId,
    /// The member whose session looks at a URL; left out, nobody is signed in
    #[arg(long, value_name = "NAME", value_parser = profile::profile_id)]
    profile: Option<ProfileId>,
    /// What a saved answer is, where that should not be guessed
    #[arg(long = "as", value_name = "KIND")]
    saved_as: Option<SavedKind>,
    /// A further document that the definition joins, as it was saved
    #[arg(long = "document", value_name = "NAME=FILE", value_parser = seller::named_file)]
    documents: Vec<NamedFile>,
    /// Say step by step what was asked and read, what recognised it, and what was dropped
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    wanted: Wanted,
}

/// What a saved answer is.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum SavedKind {
    /// A feed of offers
    Availability,
    /// An event's config
    Config,
    /// A seat map
    SeatMap,
    /// A match page
    Page,
    /// A basket page
    Basket,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Finding {
    reading: &'static str,
    offers: Offers,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<String>>,
}

/// A reading, the names that go with it, and what was not understood.
struct Seen {
    reading: Reading,
    plan: Plan,
    not_understood: Vec<String>,
    steps: Vec<String>,
}

impl Seen {
    fn turned(reading: Reading, exchanges: &[Exchange]) -> Self {
        Self { reading, plan: Plan::default(), not_understood: Vec::new(), steps: steps(exchanges) }
    }
}

impl Check {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let sellers = context.sellers()?;
        let definition = sellers.get(&self.seller).ok_or_else(|| seller::unknown(&self.seller))?.clone();
        let configuration = self.wanted.configuration()?;
        let seen = match &self.source {
            Source::Page(url) => {
                let session = session(self.profile.as_ref(), context).await?;
                look(&definition, url, session, &configuration, context).await?
            }
            Source::Stdin | Source::File(_) => {
                let documents = seller::documents(&self.documents)?;
                let bytes = self.source.read()?;
                let kind = self.saved_as.map(Kind::from);
                let now = context.clock.now();
                saved(&definition, Saved { bytes: &bytes, kind, documents: &documents, now })
            }
        };
        for what in &seen.not_understood {
            tracing::warn!("not understood: {what}");
        }
        let steps = self.explain.then(|| seen.steps.clone());
        judge(&seen, steps, &configuration, context)
    }
}

fn saved(definition: &Definition, saved: Saved<'_>) -> Seen {
    let inspection = read_saved(definition, saved);
    Seen {
        reading: inspection.reading,
        plan: inspection.names,
        not_understood: inspection.dropped.described,
        steps: inspection.steps,
    }
}

/// What was asked, and what each answer was taken for.
fn steps(exchanges: &[Exchange]) -> Vec<String> {
    let told = |exchange: &Exchange| {
        let status = exchange.status.map_or("no answer".to_owned(), |status| format!("status {status}"));
        let Exchange { label, method, url, bytes, note, .. } = exchange;
        format!("{label}: {method} {url}: {status}, {bytes} bytes: {note}")
    };
    exchanges.iter().map(told).collect()
}

/// Looks once, as a watch would.
async fn look(
    definition: &Arc<Definition>,
    url: &Url,
    session: Session,
    configuration: &Configuration,
    context: &Context,
) -> Result<Seen, Failure> {
    let event = definition.event_id_from(url.as_str()).ok_or_else(|| not_an_event(definition))?;
    let trust = app::trust(&context.loaded.config).map_err(app::Error::from)?;
    let tls = Tls::trusting(&trust).map_err(|error| Failure::new(Exit::Unexpected, error))?;
    let network = Network::new(&tls, session.proxy.as_ref(), definition.private)
        .map_err(|error| Failure::new(Exit::Unexpected, error))?;
    let client = Client::new(
        definition.clone(),
        Transport::Network(network),
        Arc::new(Gate::new(definition.pace, SEED, context.clock)),
        Arc::new(Mutex::new(session)),
        context.clock,
    )
    .with_timeout(configuration.request_timeout());
    let carried = definition.keyword_from(url.as_str());
    let keyword = configuration.keyword1.reveal().or(carried.as_deref());
    let told = client.prepare(&event, keyword).await;
    let prepared = match told.outcome {
        Ok(prepared) => Arc::new(prepared),
        Err(reading) => return Ok(Seen::turned(reading, &told.exchanges)),
    };
    let looked = client.look(&event, &prepared, &mut LookMemory::default()).await;
    let not_understood = [prepared.dropped.described.clone(), looked.dropped.described].concat();
    let mut plan = Plan::clone(&prepared.plan);
    plan.learn(&looked.names);
    let steps = steps(&[told.exchanges, looked.exchanges].concat());
    Ok(Seen { reading: looked.reading, plan, not_understood, steps })
}

async fn session(profile: Option<&ProfileId>, context: &Context) -> Result<Session, Failure> {
    if let Some(id) = profile {
        return secrets::session(id, context).await;
    }
    let nobody = ProfileId::new("nobody").expect("a plain word");
    let now = context.clock.now();
    Ok(Session::new(nobody, Jar::default(), USER_AGENT.to_owned(), now, Origin::Imported))
}

fn not_an_event(definition: &Definition) -> Failure {
    let failure = Failure::because(Exit::Usage, format!("take that as an event page of {}", definition.id));
    if definition.is_template() {
        failure.advise(format!("say where the seller is: set sellers.{}.origin", definition.id))
    } else {
        failure.advise(format!("its event pages are at {}", definition.origin()))
    }
}

fn judge(
    seen: &Seen,
    steps: Option<Vec<String>>,
    configuration: &Configuration,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let (offers, verdict) = if let Reading::Seats(snapshot) = &seen.reading {
        (snapshot.offers.clone(), check_ticket(&configuration.criteria(), snapshot, &seen.plan))
    } else {
        (Offers::default(), Verdict::default())
    };
    let exit = if matches!(seen.reading, Reading::Failing { .. }) {
        Exit::Unreachable
    } else if verdict.groups.is_empty() {
        Exit::NothingFound
    } else {
        Exit::Done
    };
    let finding = Finding { reading: seen.reading.name(), offers, verdict, steps };
    context.printer.answer(&finding, |finding| text(finding, seen))?;
    Ok(exit)
}

fn text(finding: &Finding, Seen { reading, plan, .. }: &Seen) -> String {
    let reason = reading.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
    let mut lines: Vec<String> =
        finding.steps.iter().flatten().map(|step| format!("step      {step}\n")).collect();
    lines.push(format!("reading   {}{reason}\n", finding.reading));
    if finding.offers.is_empty() {
        return lines.concat();
    }
    lines.push(format!("offers    {}, {} fit\n", finding.offers.len(), finding.verdict.fitting));
    lines.extend(finding.verdict.groups.iter().map(|group| format!("fits      {}\n", plan.describe(group))));
    lines.extend(finding.verdict.refusals.iter().map(|refusal| refused(refusal, &finding.offers)));
    lines.concat()
}

fn refused(refusal: &Refusal, offers: &Offers) -> String {
    let name = offers.get(refusal.offer).and_then(|offer| offer.area_name.as_deref());
    format!("refused   {}: {}\n", name.unwrap_or(refusal.area.as_str()), refusal.reason)
}

impl From<SavedKind> for Kind {
    fn from(kind: SavedKind) -> Self {
        match kind {
            SavedKind::Availability => Self::Availability,
            SavedKind::Config => Self::Config,
            SavedKind::SeatMap => Self::SeatMap,
            SavedKind::Page => Self::Page,
            SavedKind::Basket => Self::Basket,
        }
    }
}
