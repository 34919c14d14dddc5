//! What `doctor` asks of sellers that somebody searches at: one anonymous page each, for whether they are there and
//! what time they have.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::DATE;
use http::{HeaderMap, Method};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use ticketfall_core::ids::SellerId;

use super::Check;
use crate::app;
use crate::cli::Context;
use crate::seller::transport::{Network, Request, Tls, Transport};
use crate::seller::{Definition, Definitions};
use crate::store::monitors;

const ANSWER_MAX: Duration = Duration::from_secs(5);
/// A clock that is further off than this misjudges sessions and holds.
const ASTRAY_MIN: SignedDuration = SignedDuration::from_secs(60);
/// Sellers that are asked in one go; nobody looks after more.
const ASKED_MAX: usize = 20;

/// How one seller answered.
#[derive(Debug)]
pub(super) struct Site {
    name: String,
    answer: Result<Answered, String>,
}

#[derive(Debug)]
struct Answered {
    /// What time the seller has, where it says so, and what time it was here.
    times: Option<(Timestamp, Timestamp)>,
}

/// Asks each seller that is configured, or that a search is kept for, once.
pub(super) async fn all(context: &Context) -> Vec<Site> {
    let (definitions, _) = app::definitions(&context.loaded.config);
    let mut sites = Vec::new();
    for definition in used(&definitions, context).await.into_iter().take(ASKED_MAX) {
        sites.push(Site { name: definition.id.to_string(), answer: ask(&definition, context).await });
    }
    sites
}

async fn used(definitions: &Definitions, context: &Context) -> Vec<Arc<Definition>> {
    let config = &context.loaded.config;
    let mut ids: BTreeSet<SellerId> = config.sellers.keys().cloned().collect();
    let events = config.monitors.iter().filter_map(|monitor| {
        monitor.event.as_ref().map(ToString::to_string).or_else(|| monitor.configuration.event.clone())
    });
    ids.extend(events.filter_map(|event| Some(definitions.for_url(&event)?.0.id.clone())));
    if let Ok(Some(store)) = context.store_to_read().await {
        let kept = monitors::all(&store).await.unwrap_or_default();
        ids.extend(kept.into_iter().map(|row| row.key.seller));
    }
    let found = ids.iter().filter_map(|id| definitions.get(id));
    found.filter(|definition| !definition.is_template()).cloned().collect()
}

async fn ask(definition: &Definition, context: &Context) -> Result<Answered, String> {
    let trust = app::trust(&context.loaded.config).map_err(|error| format!("cannot {error}"))?;
    let network = Tls::trusting(&trust).and_then(|tls| Network::new(&tls, None, definition.private));
    let network = network.map_err(|error| format!("cannot {error}"))?;
    let request = Request {
        method: Method::GET,
        url: definition.origin().clone(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let answer = Transport::Network(network).send(request, ANSWER_MAX).await;
    let answer = answer.map_err(|error| format!("cannot {error}"))?;
    let date = answer.headers.get(DATE).and_then(|date| date.to_str().ok());
    let told = date.and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
    Ok(Answered { times: told.map(|told| (told, context.clock.now())) })
}

/// Whether every seller is there.
pub(super) fn reached(sites: &[Site]) -> Check {
    const NAME: &str = "seller sites";
    let lost: Vec<String> = sites
        .iter()
        .filter_map(|site| Some(format!("{}: {}", site.name, site.answer.as_ref().err()?)))
        .collect();
    match lost.first() {
        None if sites.is_empty() => Check::good(NAME, "nobody searches anywhere yet"),
        None => Check::good(NAME, format!("{} answer", sites.len())),
        Some(first) => Check::doubtful(
            NAME,
            format!("{} of {} do not answer: {first}", lost.len(), sites.len()),
            "check its origin with `ticketfall seller show ID`, and the network",
        ),
    }
}

/// How far the clock is from that of a seller: negative when it is behind; none where no seller says the time.
pub(super) fn astray(sites: &[Site]) -> Option<(&str, SignedDuration)> {
    let off = |site: &Site| {
        let (told, here) = site.answer.as_ref().ok()?.times?;
        Some(here.duration_since(told))
    };
    let times = sites.iter().filter_map(|site| Some((site.name.as_str(), off(site)?)));
    times.filter(|(_, off)| off.abs() > ASTRAY_MIN).max_by_key(|(_, off)| off.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(name: &str, seconds: i64) -> Site {
        let here = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let times = Some((Timestamp::UNIX_EPOCH, here));
        Site { name: name.to_owned(), answer: Ok(Answered { times }) }
    }

    #[test]
    fn only_a_clock_that_is_far_off_is_astray() {
        assert_eq!(astray(&[site("northend", 59), site("harbour", -60)]), None);
        let sites = [site("northend", 61), site("harbour", -3_600)];
        assert_eq!(astray(&sites), Some(("harbour", SignedDuration::from_secs(-3_600))));
    }
}
