//! One profile's client at one seller: it sends a definition's requests with the member's cookies,
//! classifies every answer before its body is believed, and records each exchange.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::header::{COOKIE, SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use ticketfall_core::ids::EventId;
use ticketfall_core::offer::Market;
use ticketfall_core::pace::Purpose;
use ticketfall_core::reading::Reading;
use url::Url;

use super::classify::{Class, classify};
use super::definition::{BuildError, Definition, RequestTemplate, permitted};
use super::exchange_record::{Exchange, shown_url};
use super::gate::{Gate, Turn};
use super::page;
use super::template::Values;
use super::transport::{Answer, Request, Sent, Transport, TransportError};
use crate::clock::Clock;
use crate::quote::excerpt;
use crate::session::{Secret, Session};
use crate::telemetry::stages;

/// How long a request may take unless somebody says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// How many redirects of a page are followed.
const REDIRECTS_MAX: usize = 5;

/// What a request came to, and every exchange that it took.
#[derive(Debug, Clone)]
pub struct Told<T> {
    /// What it came to.
    pub outcome: T,
    /// In the order in which they were sent.
    pub exchanges: Vec<Exchange>,
}

/// What is known of one event that belongs to the member alone.
#[derive(Debug, Clone, Default)]
struct Keys {
    keyword: Option<Secret>,
    page_key: Option<Secret>,
    /// The match page, which has the keyword in it; made when it is first needed.
    page_url: Option<Secret>,
    /// The looks' requests, which are the same until a key is another one.
    feeds: Vec<(Market, Arc<Request>)>,
}

/// What one request came to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// An answer that is what was asked for, or a refusal of it.
    Plain(Answer),
    /// An answer to something else.
    Turned { reading: Reading, status: u16 },
    /// A redirect that neither the rules nor the client follow.
    Redirected(Url),
    /// No answer.
    Lost(TransportError),
    /// It was not sent.
    NotSent(BuildError),
}

impl Outcome {
    /// What it says about asking this seller again, where it says something.
    fn reading(&self) -> Option<Reading> {
        match self {
            Self::Turned { reading, .. } => Some(reading.clone()),
            Self::Lost(error) if error.is_the_sellers() => {
                Some(Reading::Failing { reason: error.to_string() })
            }
            Self::Lost(_) | Self::Plain(_) | Self::Redirected(_) | Self::NotSent(_) => None,
        }
    }

    /// An accepted answer, or what the outcome means for whoever wanted to read something.
    pub(super) fn accepted(self, request: &RequestTemplate) -> Result<Answer, Reading> {
        match self {
            Self::Plain(answer) if request.accepts(answer.status.as_u16()) => Ok(answer),
            Self::Plain(answer) => Err(Reading::Unknown {
                reason: format!("the seller answers with status {}", answer.status.as_u16()),
            }),
            Self::Turned { reading, .. } => Err(reading),
            Self::Redirected(target) => {
                Err(Reading::Unknown { reason: format!("a redirect to {}", shown_url(&target)) })
            }
            Self::Lost(error) => Err(Reading::Failing { reason: format!("cannot {error}") }),
            Self::NotSent(error @ BuildError::NoApiKey(_)) => {
                Err(Reading::KeyMissing { reason: error.to_string() })
            }
            Self::NotSent(error) => {
                Err(Reading::Unknown { reason: format!("a request that was not sent: {error}") })
            }
        }
    }
}

/// A member's client; clones share the session, the page keys and the connections.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) definition: Arc<Definition>,
    transport: Transport,
    gate: Arc<Gate>,
    session: Arc<Mutex<Session>>,
    pub(super) clock: Clock,
    timeout: Duration,
    purpose: Purpose,
    turn: Turn,
    /// Boxed, as a map has room for eleven and most hold one.
    keys: Arc<Mutex<BTreeMap<EventId, Box<Keys>>>>,
}

impl Client {
    /// A client whose every request passes `gate` as upkeep, and may take [`TIMEOUT`].
    pub fn new(
        definition: Arc<Definition>,
        transport: Transport,
        gate: Arc<Gate>,
        session: Arc<Mutex<Session>>,
        clock: Clock,
    ) -> Self {
        let turn = gate.turn();
        let (timeout, purpose) = (TIMEOUT, Purpose::Upkeep);
        Self { definition, transport, gate, session, clock, timeout, purpose, turn, keys: Arc::default() }
    }

    /// The same client with another patience.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    /// The same client, whose requests are for something else.
    #[must_use]
    pub fn asking_for(&self, purpose: Purpose) -> Self {
        Self { purpose, ..self.clone() }
    }

    /// The same client, in line behind everybody who is there now.
    #[must_use]
    pub fn in_new_turn(&self) -> Self {
        Self { turn: self.gate.turn(), ..self.clone() }
    }

    /// The seller that it talks to.
    pub fn definition(&self) -> &Arc<Definition> {
        &self.definition
    }

    /// The match page of an event, for people.
    pub fn event_page(&self, event: &EventId) -> Option<Url> {
        let keyword = self.keys().get(event).and_then(|keys| keys.keyword.clone());
        self.definition.event_url(event, keyword.as_ref().map(Secret::reveal)).ok()
    }

    /// The session that it talks with; the lock is never held across an await.
    pub fn session(&self) -> &Arc<Mutex<Session>> {
        &self.session
    }

    /// Keeps the access keyword that an event wants.
    pub fn set_keyword(&self, event: &EventId, keyword: Option<&str>) {
        let mut keys = self.keys();
        let keys = keys.entry(event.clone()).or_default();
        let page_key = keys.page_key.take();
        **keys = Keys { keyword: keyword.map(Secret::new), page_key, ..Keys::default() };
    }

    /// Whether the page key of an event is at hand.
    pub fn has_key(&self, event: &EventId) -> bool {
        self.keys().get(event).is_some_and(|keys| keys.page_key.is_some())
    }

    /// Closes its connections until the next request.
    pub fn rest(&self) {
        self.transport.rest();
    }

    /// Forgets what it knows of an event, once its search is over.
    pub fn forget(&self, event: &EventId) {
        self.keys().remove(event);
    }

    pub(super) fn set_page_key(&self, event: &EventId, key: Option<Secret>) {
        let mut keys = self.keys();
        let keys = keys.entry(event.clone()).or_default();
        (keys.page_key, keys.feeds) = (key, Vec::new());
    }

    fn keys(&self) -> MutexGuard<'_, BTreeMap<EventId, Box<Keys>>> {
        self.keys.lock().expect("nothing panics while it holds the keys")
    }

    fn known(&self, event: &EventId) -> Keys {
        self.keys().get(event).map(|keys| (**keys).clone()).unwrap_or_default()
    }

    /// Keeps what was made of what was known, unless a key has become another one meanwhile.
    fn keep(&self, event: &EventId, known: &Keys, made: impl FnOnce(&mut Keys)) {
        let is_same =
            |keys: &&mut Box<Keys>| keys.keyword == known.keyword && keys.page_key == known.page_key;
        if let Some(keys) = self.keys().get_mut(event).filter(is_same) {
            made(keys);
        }
    }

    /// What every template may name about an event.
    pub(super) fn values(&self, event: &EventId) -> Values {
        self.values_of(event, &self.known(event))
    }

    fn values_of(&self, event: &EventId, known: &Keys) -> Values {
        let [keyword, page_key] =
            [&known.keyword, &known.page_key].map(|secret| secret.as_ref().map(Secret::reveal));
        let page_url = known.page_url.clone().or_else(|| {
            let made = self.definition.event_url(event, keyword).ok()?;
            let page_url = Secret::new(made.as_str());
            self.keep(event, known, |keys| keys.page_url = Some(page_url.clone()));
            Some(page_url)
        });
        let page_url = page_url.as_ref().map(Secret::reveal);
        self.definition.values(event, keyword, page_url).with("page_key", page_key)
    }

    /// Asks for a feed; its request is filled in once and sent again with every look.
    pub(super) async fn ask_feed(
        &self,
        event: &EventId,
        (market, feed): (Market, &RequestTemplate),
        log: &mut Vec<Exchange>,
    ) -> Outcome {
        match self.feed_request(event, market, feed) {
            Ok(request) => self.follow(feed, Request::clone(&request), log).await,
            Err(error) => Outcome::NotSent(error),
        }
    }

    fn feed_request(
        &self,
        event: &EventId,
        market: Market,
        feed: &RequestTemplate,
    ) -> Result<Arc<Request>, BuildError> {
        let known = self.known(event);
        if let Some((_, request)) = known.feeds.iter().find(|(of, _)| *of == market) {
            return Ok(Arc::clone(request));
        }
        let values = self.values_of(event, &known).with("market", market);
        let request = Arc::new(feed.build(&self.definition, &values)?);
        self.keep(event, &known, |keys| keys.feeds.push((market, Arc::clone(&request))));
        Ok(request)
    }

    /// What templates that are about no event may name.
    pub(super) fn bare_values(&self) -> Values {
        self.definition.bare_values()
    }

    /// Sends one request of the definition; a page's redirects are followed within the seller's hosts.
    pub(super) async fn ask(
        &self,
        template: &RequestTemplate,
        values: &Values,
        log: &mut Vec<Exchange>,
    ) -> Outcome {
        match template.build(&self.definition, values) {
            Ok(request) => self.follow(template, request, log).await,
            Err(error) => Outcome::NotSent(error),
        }
    }

    async fn follow(
        &self,
        template: &RequestTemplate,
        mut request: Request,
        log: &mut Vec<Exchange>,
    ) -> Outcome {
        let headers = request.headers.clone();
        for _ in 0..REDIRECTS_MAX {
            let outcome = self.exchange(template, request, log).await;
            let Outcome::Redirected(target) = outcome else { return outcome };
            if !template.is_page {
                return Outcome::Redirected(target);
            }
            request = match permitted(&self.definition, target.clone()) {
                Ok(url) => Request { method: Method::GET, url, headers: headers.clone(), body: Bytes::new() },
                Err(_) => return Outcome::Redirected(target),
            };
        }
        let reason = format!("more than {REDIRECTS_MAX} redirects, at last to {}", shown_url(&request.url));
        Outcome::Turned { reading: Reading::Unknown { reason }, status: 302 }
    }

    /// One request and its answer, recorded.
    async fn exchange(
        &self,
        template: &RequestTemplate,
        mut request: Request,
        log: &mut Vec<Exchange>,
    ) -> Outcome {
        let pass = match self.gate.pass(self.purpose, self.turn).await {
            Ok(pass) => pass,
            Err(reading) => {
                return Outcome::Turned { reading, status: StatusCode::TOO_MANY_REQUESTS.as_u16() };
            }
        };
        let label = &*template.label;
        let at = self.clock.now();
        let (method, url, body) = (request.method.clone(), request.url.clone(), request.body.clone());
        // Those of now: a key that is renewed meanwhile stays a secret.
        let secrets = self.secrets();
        self.sign(&mut request.headers, &url, at);
        stages::over("asked");
        let mut sending = pin!(self.transport.send(request, self.timeout));
        let first = poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
        if first.is_pending() {
            // Its connection is next: what is kept of a request is written down while it is on its way.
            tokio::task::yield_now().await;
        }
        let mut exchange = Exchange::begun(at, label, &method, without(&secrets, &shown_url(&url)));
        let writes = method != Method::GET;
        exchange.asked = (writes && !body.is_empty()).then(|| without(&secrets, &page::words(&body)));
        let sent = match first {
            Poll::Ready(sent) => sent,
            Poll::Pending => sending.await,
        };
        drop(pass);
        let now = self.clock.now();
        exchange.took = Duration::try_from(now.duration_since(at)).unwrap_or_default();
        let outcome = match sent {
            Ok(answer) => {
                exchange.status = Some(answer.status.as_u16());
                exchange.bytes = answer.body.len() as u64;
                exchange.answered = writes.then(|| without(&secrets, &page::words(&answer.body)));
                // An answer that turns us away may bring the cookie that lets us back in.
                self.keep_cookies(&url, &answer, now);
                self.keep_quota(&answer, now);
                self.classified(&url, answer, now, &mut exchange.note)
            }
            Err(error) => {
                exchange.note = match error.sent {
                    Sent::No => format!("cannot {error}; nothing was sent"),
                    Sent::Maybe => format!("cannot {error}"),
                };
                Outcome::Lost(error)
            }
        };
        self.gate.answered(outcome.reading().as_ref());
        stages::over("classified");
        let Exchange { status, bytes, note, .. } = &exchange;
        tracing::debug!(label, status, bytes, note, "asked the seller");
        log.push(exchange);
        outcome
    }

    /// The beginning of a text, without any page key, API key or keyword.
    pub(super) fn shown(&self, text: &str) -> String {
        without(&self.secrets(), text)
    }

    fn secrets(&self) -> Vec<Secret> {
        let keys = self.keys();
        let secrets = keys.values().flat_map(|keys| keys.keyword.iter().chain(&keys.page_key));
        let secrets = secrets.chain(&self.definition.api_key);
        secrets.filter(|secret| !secret.reveal().is_empty()).cloned().collect()
    }

    fn classified(&self, url: &Url, answer: Answer, now: Timestamp, note: &mut String) -> Outcome {
        match classify(&self.definition, url, &answer, now) {
            Class::Plain => {
                "answered".clone_into(note);
                Outcome::Plain(answer)
            }
            Class::Turned { reading, by } => {
                let reason = reading.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
                *note = format!("{}{reason} ({by})", reading.name());
                Outcome::Turned { reading, status: answer.status.as_u16() }
            }
            Class::Redirect(target) => {
                *note = format!("redirected to {}", shown_url(&target));
                Outcome::Redirected(target)
            }
        }
    }

    fn sign(&self, headers: &mut HeaderMap, url: &Url, now: Timestamp) {
        let session = self.locked_session();
        if let Some(cookies) = session.jar.header_for(url, now) {
            headers.insert(COOKIE, cookies);
        }
        if let Ok(agent) = HeaderValue::from_str(&session.user_agent) {
            headers.insert(USER_AGENT, agent);
        }
    }

    fn keep_quota(&self, answer: &Answer, now: Timestamp) {
        let quota = self.definition.quota.as_ref().and_then(|quota| quota.told(&answer.headers, now));
        if let Some(quota) = quota {
            self.gate.told(quota);
        }
    }

    fn keep_cookies(&self, url: &Url, answer: &Answer, now: Timestamp) {
        let changes = self.locked_session().jar.store_response(url, answer.headers.get_all(SET_COOKIE), now);
        for change in changes {
            if let crate::session::jar::Change::Refused(refused) = change {
                tracing::warn!(cookie = refused.name, why = %refused.why, "did not keep a cookie of the seller's");
            }
        }
    }

    fn locked_session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().expect("nothing panics while it holds a session")
    }
}

/// The beginning of a text, without any of the secrets.
fn without(secrets: &[Secret], text: &str) -> String {
    excerpt(&secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.reveal(), "…")))
}

#[cfg(test)]
mod tests;
