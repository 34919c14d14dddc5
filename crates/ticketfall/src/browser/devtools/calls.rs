//! The calls that wait for an answer, and whether there can be one at all: both under one lock,
//! so that no call made after a disconnect waits for ever.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{oneshot, watch};

use super::Closed;

/// An error that the browser answered with.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    pub(super) message: String,
}

pub(super) type Answer = Result<Value, Refusal>;

#[derive(Debug)]
enum State {
    Open { next: u64, waiting: BTreeMap<u64, oneshot::Sender<Answer>> },
    Closed(Closed),
}

/// Every open call of one connection.
#[derive(Debug)]
pub(super) struct Calls {
    state: Mutex<State>,
    closed: watch::Sender<Option<Closed>>,
}

/// One call that waits; dropping it forgets it.
#[derive(Debug)]
pub(super) struct Call<'c> {
    calls: &'c Calls,
    id: u64,
    answer: oneshot::Receiver<Answer>,
}

impl Default for Calls {
    fn default() -> Self {
        let state = Mutex::new(State::Open { next: 1, waiting: BTreeMap::new() });
        Self { state, closed: watch::Sender::new(None) }
    }
}

impl Calls {
    /// Opens a call, unless the connection is over.
    pub(super) fn register(&self) -> Result<Call<'_>, Closed> {
        match &mut *self.lock() {
            State::Open { next, waiting } => {
                let (sender, answer) = oneshot::channel();
                let id = *next;
                *next += 1;
                waiting.insert(id, sender);
                Ok(Call { calls: self, id, answer })
            }
            State::Closed(reason) => Err(reason.clone()),
        }
    }

    /// Hands an answer to who waits for it; nobody may.
    pub(super) fn resolve(&self, id: u64, answer: Answer) {
        if let State::Open { waiting, .. } = &mut *self.lock()
            && let Some(sender) = waiting.remove(&id)
        {
            drop(sender.send(answer));
        }
    }

    /// Ends every open call and every later one; the first reason stays.
    pub(super) fn close(&self, reason: Closed) {
        let mut state = self.lock();
        if let State::Open { .. } = &*state {
            *state = State::Closed(reason.clone());
            self.closed.send_replace(Some(reason));
        }
    }

    /// Whether the connection still stands.
    pub(super) fn is_open(&self) -> bool {
        matches!(&*self.lock(), State::Open { .. })
    }

    /// Waits for the end of the connection.
    pub(super) async fn closed(&self) -> Closed {
        let mut closed = self.closed.subscribe();
        let reason = closed.wait_for(Option::is_some).await.expect("the sender lives as long as the calls");
        reason.clone().expect("it was waited for")
    }

    fn reason(&self) -> Closed {
        match &*self.lock() {
            State::Open { .. } => Closed::Ended,
            State::Closed(reason) => reason.clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call<'_> {
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// The browser's answer, or why none can come.
    pub(super) async fn answer(&mut self) -> Result<Answer, Closed> {
        match (&mut self.answer).await {
            Ok(answer) => Ok(answer),
            Err(_) => Err(self.calls.reason()),
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if let State::Open { waiting, .. } = &mut *self.calls.lock() {
            waiting.remove(&self.id);
        }
    }
}
