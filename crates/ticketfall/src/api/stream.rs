//! `stream`: notices as they happen, as server-sent events. Who comes back with the id of the last one hears
//! what was missed; where that is not known any more, a `reset` says so.

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

use super::Problem;
use super::given::Query;
use crate::notify::{Dated, Notices, Resumed};

/// How many may listen at once.
const LISTENERS_MAX: usize = 64;
/// Longer silence is broken by a `beat`, so that both ends, and scripts too, see a connection that is gone.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// How soon a browser comes back.
const RETRY: Duration = Duration::from_secs(2);

/// Where notices are heard, and in which run of the service.
#[derive(Debug, Clone)]
pub(super) struct Hearing {
    notices: Notices,
    /// Numbers count within a run.
    run: String,
    places: Arc<Semaphore>,
}

impl Hearing {
    pub(super) fn new(notices: Notices, run: String) -> Self {
        Self { notices, run, places: Arc::new(Semaphore::new(LISTENERS_MAX)) }
    }
}

/// What is heard.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct Heard {
    /// Only these kinds, with commas between: `fall,proof,status`.
    events: Option<String>,
    /// The id of the last event that was heard, where no header can say so.
    last_event_id: Option<String>,
}

/// One listener.
struct Listener {
    run: String,
    kinds: Option<BTreeSet<String>>,
    due: VecDeque<Event>,
    live: broadcast::Receiver<Dated>,
    notices: Notices,
    _place: OwnedSemaphorePermit,
}

/// Notices as they happen; `event` is the kind, `id` brings back what was missed.
#[utoipa::path(get, path = "/api/v1/stream", operation_id = "listen", tag = "stream",
    params(Heard, ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was heard.")), responses(
    (status = 200, description = "Server-sent events without end: `hello` first, `reset` when something was missed for good.", body = String, content_type = "text/event-stream"),
    (status = 503, description = "Too many listen already.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn listen(
    State(hearing): State<Hearing>,
    headers: HeaderMap,
    Query(heard): Query<Heard>,
) -> Result<Response, Problem> {
    let place = hearing.places.clone().try_acquire_owned().map_err(|_full| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-many-listeners", "too many listen already")
            .detail(format!("{LISTENERS_MAX} connections listen: close a page, or try again later"))
    })?;
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let last = header.map(str::to_owned).or(heard.last_event_id);
    let kinds = heard.events.map(|kinds| kinds.split(',').map(|kind| kind.trim().to_owned()).collect());
    let (due, live) = hearing.resume(last.as_deref(), kinds.as_ref());
    let Hearing { notices, run, .. } = hearing;
    let listener = Listener { run, kinds, due, live, notices, _place: place };
    let mut response = Sse::new(events(listener))
        .keep_alive(KeepAlive::new().interval(SILENCE_MAX).event(Event::default().event("beat").data("{}")))
        .into_response();
    // A proxy that collects an answer before it passes it on would hold every notice back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

impl Hearing {
    /// What is due at once to who heard everything up to `last`, and what comes after that.
    fn resume(
        &self,
        last: Option<&str>,
        kinds: Option<&BTreeSet<String>>,
    ) -> (VecDeque<Event>, broadcast::Receiver<Dated>) {
        let known = last.and_then(|last| last.split_once('-')).filter(|(run, _)| *run == self.run);
        let number = known.and_then(|(_, number)| number.parse().ok());
        let Resumed { is_broken, last: told, missed, live } =
            self.notices.listen_after(number.unwrap_or(u64::MAX));
        let id = id(&self.run, told);
        let begin =
            |name: &str, why: Value| Event::default().event(name).id(&id).retry(RETRY).data(why.to_string());
        let due = match (last, number) {
            (None, _) => VecDeque::from([begin("hello", json!({ "run": self.run }))]),
            (Some(_), None) => VecDeque::from([begin("reset", json!({ "why": "anotherRun" }))]),
            (Some(_), Some(_)) if is_broken => {
                VecDeque::from([begin("reset", json!({ "why": "missedTooMuch" }))])
            }
            (Some(_), Some(_)) => missed.iter().filter_map(|dated| event(&self.run, dated, kinds)).collect(),
        };
        (due, live)
    }
}

fn events(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(listener, |mut listener| async move {
        loop {
            if let Some(event) = listener.due.pop_front() {
                return Some((Ok(event), listener));
            }
            match listener.live.recv().await {
                Ok(dated) => listener.due.extend(event(&listener.run, &dated, listener.kinds.as_ref())),
                Err(RecvError::Lagged(missed)) => {
                    listener.notices.were_missed(missed);
                    let data = json!({ "why": "tooSlow" }).to_string();
                    listener.due.push_back(Event::default().event("reset").data(data));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    })
}

/// A notice as an event, unless the listener does not want its kind.
fn event(run: &str, dated: &Dated, kinds: Option<&BTreeSet<String>>) -> Option<Event> {
    let notice = serde_json::to_value(dated).expect("notices are plain data");
    let kind = notice["event"].as_str().unwrap_or_default();
    let is_wanted = kinds.is_none_or(|kinds| kinds.contains(kind));
    is_wanted.then(|| Event::default().event(kind).id(id(run, dated.number)).data(notice.to_string()))
}

fn id(run: &str, number: u64) -> String {
    format!("{run}-{number}")
}
