//! The way from members to the box office: it takes time, remembers what it carried, and can be cut.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::header::COOKIE;
use ticketfall_boxoffice::{BoxOffice, SESSION_COOKIE};

/// One request that went over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Carried {
    /// When it left, since the opening.
    pub(crate) left: Duration,
    /// When its answer was back, or nobody waited for it any more.
    pub(crate) done: Option<Duration>,
    /// Whose session it carried.
    pub(crate) by: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
}

impl Carried {
    /// A step of a hold: a lock, its way into the basket, or concrete seats.
    pub(crate) fn is_hold(&self) -> bool {
        let asks = ["/EDP/BestAvailable/", "/EDP/Ism/Select"];
        asks.iter().any(|part| self.path.contains(part))
    }

    /// The method, and the last word of the path.
    pub(crate) fn brief(&self) -> String {
        format!("{} {}", self.method, self.path.rsplit('/').next().unwrap_or_default())
    }

    pub(crate) fn is_look(&self) -> bool {
        self.path.contains("/EDP/Seats/Available")
    }
}

#[derive(Debug, Default)]
struct Memory {
    carried: Vec<Carried>,
    secrets: BTreeSet<String>,
    sessions: BTreeMap<String, String>,
    panic_at: Option<(String, &'static str)>,
}

/// Every line to one box office.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    office: BoxOffice,
    one_way: Duration,
    memory: Arc<Mutex<Memory>>,
}

/// One process's line; a cut one carries nothing more, and nobody is told.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    wire: Wire,
    cut: Arc<AtomicBool>,
}

/// Notes when somebody stops waiting, however that comes about.
struct Waiting(Line, usize);

impl Drop for Waiting {
    fn drop(&mut self) {
        let now = self.0.wire.office.now();
        self.0.wire.memory().carried[self.1].done.get_or_insert(now);
    }
}

impl Wire {
    pub(crate) fn to(office: &BoxOffice, one_way: Duration) -> Self {
        Self { office: office.clone(), one_way, memory: Arc::default() }
    }

    pub(crate) fn line(&self) -> Line {
        Line { wire: self.clone(), cut: Arc::default() }
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

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    fn note(&self, request: &Request) -> usize {
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
            left: self.office.now(),
            done: None,
            by,
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
        });
        memory.carried.len() - 1
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

    fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }
}

async fn carry(State(line): State<Line>, request: Request, next: Next) -> Response {
    if line.is_cut() {
        return pending().await;
    }
    let number = line.wire.note(&request);
    let _waiting = Waiting(line.clone(), number);
    assert!(!line.wire.panics(number), "this panic belongs to the rehearsal");
    tokio::time::sleep(line.wire.one_way).await;
    let answer = next.run(request).await;
    tokio::time::sleep(line.wire.one_way).await;
    if line.is_cut() {
        return pending().await;
    }
    answer
}
