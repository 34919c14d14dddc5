//! What `doctor` looks at for the members: their proxies and browsers, and where their cookies come from.

use std::collections::BTreeMap;
use std::time::Duration;

use ticketfall_core::ids::ProfileId;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Check;
use crate::browser::{Browser, Endpoint};
use crate::cli::{Context, Failure, secrets};
use crate::cookies::service::{Service, SetupError};
use crate::store::profiles::{self, BrowserChoice, Profile};

/// A browser that takes longer to answer is no use for a queue or an order page.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Every member; none where nothing was kept yet, or the database says for itself what is wrong with it.
pub(super) async fn all(context: &Context) -> Vec<Profile> {
    let Ok(Some(store)) = context.store_to_read().await else { return Vec::new() };
    profiles::all(&store).await.unwrap_or_default()
}

/// Whether each sealed proxy opens, and whether somebody is there; none of them is signed in to.
pub(super) async fn proxies(members: &[Profile], context: &Context) -> Check {
    const NAME: &str = "proxies";
    let sealed: Vec<&Profile> = members.iter().filter(|member| member.proxy.is_some()).collect();
    if sealed.is_empty() {
        return Check::good(NAME, "no member has one");
    }
    if !super::checks::has_key(context) {
        return Check::bad(NAME, "the key that they are sealed with is not there", "put the key back");
    }
    let (mut unusable, mut silent): (Vec<(ProfileId, Failure)>, _) = (Vec::new(), Vec::new());
    let mut asked: BTreeMap<(String, u16), Option<String>> = BTreeMap::new();
    for member in &sealed {
        let proxy = match secrets::proxy(member, context) {
            Ok(proxy) => proxy,
            Err(failure) => {
                unusable.push((member.id.clone(), failure));
                continue;
            }
        };
        let Some(place) = proxy.map(|proxy| (proxy.host, proxy.port)) else { continue };
        let known = asked.get(&place).cloned();
        let why = if let Some(known) = known { known } else { unreached(&place).await };
        asked.insert(place, why.clone());
        silent.extend(why.map(|why| format!("{}: {why}", member.id)));
    }
    if let Some((id, failure)) = unusable.first() {
        return Check::bad(
            NAME,
            format!("{} of {} cannot be used: {id}: {failure}", unusable.len(), sealed.len()),
            "put the key back that they were sealed with, or add the members anew",
        );
    }
    match silent.first() {
        None => Check::good(NAME, format!("{} answer", sealed.len())),
        Some(first) => Check::doubtful(
            NAME,
            format!("{} of {} do not answer: {first}", silent.len(), sealed.len()),
            "see that the proxy runs, and that its host and port are right; nothing goes around it",
        ),
    }
}

/// Why nobody takes a connection there, where that is so.
async fn unreached((host, port): &(String, u16)) -> Option<String> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match timeout(ANSWER_MAX, TcpStream::connect((host, *port))).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_elapsed) => Some(format!("no answer within {} s", ANSWER_MAX.as_secs())),
    }
}

/// Whether each browser that somebody else runs answers; it is let go of at once.
pub(super) async fn endpoints(members: &[Profile]) -> Check {
    const NAME: &str = "browsers elsewhere";
    let mut asked = 0;
    let mut silent = Vec::new();
    for member in members {
        if let BrowserChoice::Endpoint { url } = &member.browser {
            asked += 1;
            if let Err(why) = answers(url.as_str()).await {
                silent.push(format!("{}: {why}", member.id));
            }
        }
    }
    match silent.first() {
        None if asked == 0 => Check::good(NAME, "no member has one"),
        None => Check::good(NAME, format!("{asked} answer")),
        Some(first) => Check::doubtful(
            NAME,
            format!("{} of {asked} do not answer: {first}", silent.len()),
            "start that browser with --remote-debugging-port, and see that its address is right",
        ),
    }
}

async fn answers(url: &str) -> Result<(), String> {
    let attached = async { Browser::attach(&url.parse::<Endpoint>()?).await };
    match timeout(ANSWER_MAX, attached).await {
        Ok(Ok(browser)) => {
            browser.close().await;
            Ok(())
        }
        Ok(Err(error)) => Err(format!("cannot {error}")),
        Err(_) => Err(format!("no answer within {} s", ANSWER_MAX.as_secs())),
    }
}

/// Whether the cookie service can be asked and is there; none of its secrets is sent.
pub(super) async fn cookie_service(context: &Context) -> Check {
    const NAME: &str = "cookie service";
    let service = match Service::new(&context.loaded.config.cookies, &context.environment) {
        Ok(service) => service,
        Err(SetupError::NoUrl) => return Check::good(NAME, "none is configured"),
        Err(error) => {
            return Check::bad(NAME, Failure::from(error).line(), "see [cookies] in docs/configuration.md");
        }
    };
    match service.reach().await {
        Ok(()) => Check::good(NAME, format!("{} is there", service.place())),
        Err(error) => {
            Check::doubtful(NAME, format!("cannot {error}"), "check cookies.url, and try again later")
        }
    }
}
