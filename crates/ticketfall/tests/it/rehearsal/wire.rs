//! The way from members to the box office: it takes time, breaks where a story says so, remembers what it carried,
//! and can be cut.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use bytes::Bytes;
use http::HeaderName;
use http::header::{COOKIE, LOCATION, RETRY_AFTER};
use ticketfall_boxoffice::{BoxOffice, QUEUE_PREFIX, SESSION_COOKIE};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

const BODY_MAX: usize = 16 << 20;
const QUEUE_HEADER: HeaderName = HeaderName::from_static("x-queueit-redirect");

/// One request that went over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Carried {
    /// Which process sent it, counted from zero.
    pub(crate) life: usize,
    /// When it left, since the opening.
    pub(crate) left: Duration,
    /// When its answer was back, or nobody waited for it any more.
    pub(crate) done: Option<Duration>,
    /// Whose session it carried.
    pub(crate) by: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    /// What came back, where it came whole and the wire listens.
    pub(crate) answer: Option<Answered>,
}

/// An answer that came back.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Bytes,
    /// Whether it sends its reader to a waiting room.
    pub(crate) is_queue: bool,
}

/// How one request fares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trip {
    pub(crate) there: Duration,
    pub(crate) back: Duration,
    pub(crate) mishap: Option<Mishap>,
}

/// What a connection that breaks takes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// The request: the seller never sees it.
    RequestLost,
    /// The answer: what was asked for is done.
    AnswerLost,
}

/// Says how the request of this number fares.
pub(crate) type Way = Arc<dyn Fn(usize, &Carried) -> Trip + Send + Sync>;

/// A way that always takes as long, both there and back.
pub(crate) fn steady(one_way: Duration) -> Way {
    Arc::new(move |_, _| Trip { there: one_way, back: one_way, mishap: None })
}

impl Carried {
    /// A step of a hold: a lock, its way into the basket, or concrete seats.
    pub(crate) fn is_hold(&self) -> bool {
        let asks = ["/EDP/BestAvailable/", "/EDP/Ism/Select"];
        asks.iter().any(|part| self.path.contains(part))
    }

    /// Changes who has what: a hold or a release.
    pub(crate) fn is_write(&self) -> bool {
        self.is_hold() || self.method == "DELETE"
    }

    /// The method, and the last word of the path.
    pub(crate) fn brief(&self) -> String {
        format!("{} {}", self.method, self.path.rsplit('/').next().unwrap_or_default())
    }

    pub(crate) fn is_look(&self) -> bool {
        self.path.contains("/EDP/Seats/Available")
    }

    pub(crate) fn is_basket(&self) -> bool {
        self.path.ends_with("/Checkout/Basket")
    }
}

#[derive(Debug, Default)]
struct Memory {
    carried: Vec<Carried>,
    secrets: BTreeSet<String>,
    sessions: BTreeMap<String, String>,
    panic_at: Option<(String, &'static str)>,
    under_way: JoinSet<()>,
    lives: usize,
    listens: bool,
}

/// Every line to one box office.
#[derive(Clone)]
pub(crate) struct Wire {
    office: BoxOffice,
    way: Way,
    memory: Arc<Mutex<Memory>>,
    moved: watch::Sender<usize>,
}

/// One process's line; a cut one carries nothing more, and nobody is told.
#[derive(Clone)]
pub(crate) struct Line {
    wire: Wire,
    life: usize,
    cut: Arc<AtomicBool>,
}

/// Notes when somebody stops waiting, however that comes about.
struct Waiting(Line, usize);

impl Drop for Waiting {
    fn drop(&mut self) {
        let now = self.0.wire.office.now();
        self.0.wire.memory().carried[self.1].done.get_or_insert(now);
        self.0.wire.moves();
    }
}

impl Wire {
    pub(crate) fn to(office: &BoxOffice, way: Way) -> Self {
        Self { office: office.clone(), way, memory: Arc::default(), moved: watch::Sender::default() }
    }

    /// A line for a process that begins.
    pub(crate) fn line(&self) -> Line {
        let mut memory = self.memory();
        memory.lives += 1;
        Line { wire: self.clone(), life: memory.lives - 1, cut: Arc::default() }
    }

    /// Keeps answers from now on.
    pub(crate) fn listen(&self) {
        self.memory().listens = true;
    }

    /// Counts up with everything that leaves, arrives or comes back.
    pub(crate) fn moved(&self) -> watch::Receiver<usize> {
        self.moved.subscribe()
    }

    fn moves(&self) {
        self.moved.send_modify(|moved| *moved += 1);
    }

    /// Remembers whose session a cookie is, and that it is secret.
    pub(crate) fn knows(&self, session: &str, profile: &str) {
        self.memory().sessions.insert(session.to_owned(), profile.to_owned());
    }

    pub(crate) fn keeps_secret(&self, secret: &str) {
        self.memory().secrets.insert(secret.to_owned());
    }

    /// What must be nowhere in the clear.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.memory().secrets.iter().cloned().collect()
    }

    pub(crate) fn panic_at(&self, profile: &str, part: &'static str) {
        self.memory().panic_at = Some((profile.to_owned(), part));
    }

    fn panics(&self, number: usize) -> bool {
        let mut memory = self.memory();
        let one = memory.carried[number].clone();
        let is_it = |(name, part): &mut (String, &'static str)| {
            one.by.as_ref() == Some(name) && one.path.contains(*part)
        };
        memory.panic_at.take_if(is_it).is_some()
    }

    pub(crate) fn carried(&self) -> Vec<Carried> {
        self.memory().carried.clone()
    }

    /// Reads what was carried, without a copy.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&[Carried]) -> T) -> T {
        read(&self.memory().carried)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    fn note(&self, request: &Request, life: usize) -> usize {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let cookies: Vec<(&str, &str)> = header(COOKIE.as_str())
            .into_iter()
            .flat_map(|line| line.split("; "))
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let session = cookies.iter().find(|(name, _)| *name == SESSION_COOKIE).map(|(_, value)| *value);
        let mut memory = self.memory();
        let by = session.and_then(|session| memory.sessions.get(session).cloned());
        memory.secrets.extend(cookies.iter().map(|(_, value)| (*value).to_owned()));
        memory.secrets.extend(header("RequestVerificationToken").map(str::to_owned));
        memory.carried.push(Carried {
            life,
            left: self.office.now(),
            done: None,
            by,
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            answer: None,
        });
        memory.carried.len() - 1
    }

    /// Carries a request to the seller, who decides on it even when nobody waits for the answer any more.
    fn sends(&self, there: Duration, request: Request, next: Next) -> oneshot::Receiver<Response> {
        let (told, answer) = oneshot::channel();
        let wire = self.clone();
        let under_way = &mut self.memory().under_way;
        while under_way.try_join_next().is_some() {}
        under_way.spawn(async move {
            tokio::time::sleep(there).await;
            let answer = next.run(request).await;
            wire.moves();
            drop(told.send(answer));
        });
        answer
    }

    /// Notes what came back, as the process that asked is about to see it.
    async fn hears(&self, number: usize, answer: Response) -> Response {
        if !self.memory().listens {
            return answer;
        }
        let (parts, body) = answer.into_parts();
        let Ok(body) = to_bytes(body, BODY_MAX).await else { return broken_off() };
        let header = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let target = header(LOCATION).unwrap_or_default();
        let is_queue = header(QUEUE_HEADER).is_some() || target.contains(QUEUE_PREFIX);
        let retry_after = header(RETRY_AFTER).and_then(|value| value.parse().ok());
        self.memory().carried[number].answer = Some(Answered {
            status: parts.status.as_u16(),
            retry_after: retry_after.map(Duration::from_secs),
            body: body.clone(),
            is_queue,
        });
        Response::from_parts(parts, Body::from(body))
    }
}

impl Line {
    /// The box office at the far end.
    pub(crate) fn router(&self) -> Router {
        self.wire.office.router().layer(from_fn_with_state(self.clone(), carry))
    }

    /// As when the process at this end dies: what is on its way arrives, and no answer comes back.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
        let now = self.wire.office.now();
        for carried in &mut self.wire.memory().carried {
            carried.done.get_or_insert(now);
        }
    }

    pub(crate) fn life(&self) -> usize {
        self.life
    }

    fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }
}

async fn carry(State(line): State<Line>, request: Request, next: Next) -> Response {
    if line.is_cut() {
        return pending().await;
    }
    let wire = &line.wire;
    let number = wire.note(&request, line.life);
    let _waiting = Waiting(line.clone(), number);
    assert!(!wire.panics(number), "this panic belongs to the rehearsal");
    wire.moves();
    let Trip { there, back, mishap } = wire.read(|carried| (wire.way)(number, &carried[number]));
    if mishap == Some(Mishap::RequestLost) {
        tokio::time::sleep(there).await;
        return broken_off();
    }
    let Ok(answer) = wire.sends(there, request, next).await else { return pending().await };
    tokio::time::sleep(back).await;
    if line.is_cut() {
        return pending().await;
    }
    if mishap == Some(Mishap::AnswerLost) {
        return broken_off();
    }
    wire.hears(number, answer).await
}

/// An answer whose connection breaks before its body.
fn broken_off() -> Response {
    let broken = Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    Response::new(Body::from_stream(futures_util::stream::iter([broken])))
}
