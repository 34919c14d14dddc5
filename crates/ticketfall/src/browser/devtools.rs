//! A thin client of the DevTools protocol: calls and events over one socket, parameters untyped.
//! An event that nobody knows is passed on, never a failure.

mod calls;
mod pump;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, WebSocketStream, connect_async_tls_with_config};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::error::Error;
use super::tls;
use calls::Calls;

const MESSAGE_BYTES_MAX: usize = 256 << 20;
const CONNECT_WITHIN: Duration = Duration::from_secs(15);
const CALL_WITHIN: Duration = Duration::from_secs(15);
const OUTBOX_LENGTH: usize = 64;
const EVENTS_KEPT: usize = 256;

/// Why a connection to a browser is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// We hung up.
    #[error("the connection was closed by us")]
    Asked,
    /// The browser hung up, or ended.
    #[error("the browser ended, or closed the connection")]
    Ended,
    /// The browser stopped answering without hanging up.
    #[error("the browser does not answer any more")]
    Silent,
    /// The connection broke.
    #[error("the connection broke ({0})")]
    Broken(String),
}

/// Something that happened in the browser.
#[derive(Debug, Clone)]
pub struct Event {
    /// The DevTools name, such as `Page.loadEventFired`.
    pub method: String,
    /// Its parameters as they came.
    pub params: Value,
    /// The attached target that it is about; the browser itself when absent.
    pub session: Option<String>,
}

/// A connection to a browser, or to one of its attached targets; clones share the socket.
#[derive(Debug, Clone)]
pub struct Client {
    link: Arc<Link>,
    session: Option<Arc<str>>,
}

#[derive(Debug)]
struct Link {
    calls: Arc<Calls>,
    outbox: mpsc::Sender<Message>,
    events: broadcast::Sender<Arc<Event>>,
    hang_up: CancellationToken,
    /// Ends with the last clone.
    _pump: JoinSet<()>,
}

impl Client {
    /// Connects to a `ws://` or `wss://` DevTools socket.
    pub async fn connect(socket: &Url) -> Result<Self, Error> {
        let unreachable = |why: String| Error::Reach { at: place(socket), why };
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let tls = Some(Connector::Rustls(tls::config()));
        let connecting = connect_async_tls_with_config(socket.as_str(), Some(config), true, tls);
        match timeout(CONNECT_WITHIN, connecting).await {
            Ok(Ok((stream, _))) => Ok(Self::over(stream)),
            Ok(Err(error)) => Err(unreachable(error.to_string())),
            Err(_) => Err(unreachable(format!("no answer within {CONNECT_WITHIN:?}"))),
        }
    }

    fn over<S>(socket: WebSocketStream<S>) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let calls = Arc::new(Calls::default());
        let (outbox, outgoing) = mpsc::channel(OUTBOX_LENGTH);
        let (events, _) = broadcast::channel(EVENTS_KEPT);
        let hang_up = CancellationToken::new();
        let pump = pump::Pump {
            socket,
            outgoing,
            calls: Arc::clone(&calls),
            events: events.clone(),
            hang_up: hang_up.clone(),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(pump.run());
        Self { link: Arc::new(Link { calls, outbox, events, hang_up, _pump: tasks }), session: None }
    }

    /// The same connection, addressed to an attached target.
    #[must_use]
    pub fn for_session(&self, session: &str) -> Self {
        Self { link: Arc::clone(&self.link), session: Some(Arc::from(session)) }
    }

    /// Calls a method and waits for its result, for a time that suits most.
    pub async fn call(&self, method: &'static str, params: Value) -> Result<Value, Error> {
        self.call_within(method, params, CALL_WITHIN).await
    }

    /// Calls a method and waits for its result as long as given.
    pub async fn call_within(
        &self,
        method: &'static str,
        params: Value,
        within: Duration,
    ) -> Result<Value, Error> {
        let mut call = self.link.calls.register().map_err(Error::Closed)?;
        let message = self.message(call.id(), method, &params);
        let exchange = async {
            // A send fails only when the pump has ended, and then it has answered the call.
            drop(self.link.outbox.send(message).await);
            call.answer().await
        };
        match timeout(within, exchange).await {
            Ok(Ok(Ok(result))) => Ok(result),
            Ok(Ok(Err(refusal))) => Err(Error::Refused { method, message: refusal.message }),
            Ok(Err(closed)) => Err(Error::Closed(closed)),
            Err(_) => {
                Err(Error::Timeout { what: format!("the browser's answer to {method}"), after: within })
            }
        }
    }

    /// Sends a command whose answer nobody waits for; lost when the browser is gone or slow.
    pub fn tell(&self, method: &'static str, params: &Value) {
        if let Ok(call) = self.link.calls.register() {
            drop(self.link.outbox.try_send(self.message(call.id(), method, params)));
        }
    }

    /// Sends a command whose answer nobody waits for, once there is room for it; lost when the browser is gone.
    pub async fn post(&self, method: &'static str, params: &Value) {
        if let Ok(call) = self.link.calls.register() {
            drop(self.link.outbox.send(self.message(call.id(), method, params)).await);
        }
    }

    /// The events from now on; a reader that falls behind misses the oldest.
    pub fn events(&self) -> broadcast::Receiver<Arc<Event>> {
        self.link.events.subscribe()
    }

    /// Whether the connection still stands.
    pub fn is_open(&self) -> bool {
        self.link.calls.is_open()
    }

    /// Waits until the connection is over.
    pub async fn closed(&self) -> Closed {
        self.link.calls.closed().await
    }

    /// Hangs up; the browser goes on.
    pub async fn close(&self) -> Closed {
        self.link.hang_up.cancel();
        self.closed().await
    }

    fn message(&self, id: u64, method: &str, params: &Value) -> Message {
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(**session);
        }
        Message::text(message.to_string())
    }
}

fn place(socket: &Url) -> String {
    let port = socket.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", socket.scheme(), socket.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests;
