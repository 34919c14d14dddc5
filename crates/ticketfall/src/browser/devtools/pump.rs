//! Moves messages between the socket and those who wait, and notices a browser that went silent:
//! a stopped one leaves its socket open.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{broadcast, mpsc};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_util::sync::CancellationToken;

use super::calls::{Calls, Refusal};
use super::{Closed, Event};

const PING_EVERY: Duration = Duration::from_secs(5);
const PONGS_MISSED_MAX: u32 = 2;
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// An answer when it has an `id`, an event when it has a `method`.
#[derive(Deserialize)]
struct Frame {
    id: Option<u64>,
    #[serde(default)]
    result: Value,
    error: Option<Refusal>,
    method: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(rename = "sessionId")]
    session: Option<String>,
}

/// Everything that the socket's one task needs.
pub(super) struct Pump<S> {
    pub(super) socket: WebSocketStream<S>,
    pub(super) outgoing: mpsc::Receiver<Message>,
    pub(super) calls: Arc<Calls>,
    pub(super) events: broadcast::Sender<Arc<Event>>,
    pub(super) hang_up: CancellationToken,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Pump<S> {
    /// Runs until the connection is over, then says so to everybody who waits.
    pub(super) async fn run(mut self) {
        let reason = self.exchange().await;
        tracing::debug!(%reason, "connection to a browser is over");
        self.calls.close(reason);
    }

    async fn exchange(&mut self) -> Closed {
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut unanswered = 0;
        loop {
            let outcome = tokio::select! {
                () = self.hang_up.cancelled() => {
                    drop(timeout(SEND_WITHIN, self.socket.close(None)).await);
                    Err(Closed::Asked)
                }
                incoming = self.socket.next() => {
                    unanswered = 0;
                    self.take(incoming)
                }
                Some(message) = self.outgoing.recv() => self.send(message).await,
                _ = pings.tick() => {
                    if unanswered >= PONGS_MISSED_MAX {
                        Err(Closed::Silent)
                    } else {
                        unanswered += 1;
                        self.send(Message::Ping(tungstenite::Bytes::new())).await
                    }
                }
            };
            if let Err(reason) = outcome {
                return reason;
            }
        }
    }

    fn take(&self, incoming: Option<Result<Message, tungstenite::Error>>) -> Result<(), Closed> {
        match incoming {
            Some(Ok(Message::Text(text))) => {
                self.deliver(&text);
                Ok(())
            }
            Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Ok(Message::Close(_))) | None => Err(Closed::Ended),
            Some(Err(error)) => Err(broken(&error)),
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), Closed> {
        match timeout(SEND_WITHIN, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(broken(&error)),
            Err(_) => Err(Closed::Silent),
        }
    }

    fn deliver(&self, text: &str) {
        match serde_json::from_str(text) {
            Ok(Frame { id: Some(id), error: Some(refusal), .. }) => self.calls.resolve(id, Err(refusal)),
            Ok(Frame { id: Some(id), result, .. }) => self.calls.resolve(id, Ok(result)),
            // Nobody listening is as good as everybody having heard.
            Ok(Frame { method: Some(method), params, session, .. }) => {
                drop(self.events.send(Arc::new(Event { method, params, session })));
            }
            Ok(Frame { .. }) | Err(_) => {
                tracing::debug!(bytes = text.len(), "the browser sent a message of an unknown form");
            }
        }
    }
}

/// A browser that is killed breaks the connection in one of several ways, all of which are its end.
fn broken(error: &tungstenite::Error) -> Closed {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    use tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;
    const ENDS: [std::io::ErrorKind; 4] = [BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof];
    let is_end = matches!(
        error,
        tungstenite::Error::ConnectionClosed
            | tungstenite::Error::AlreadyClosed
            | tungstenite::Error::Protocol(ResetWithoutClosingHandshake)
    ) || matches!(error, tungstenite::Error::Io(io) if ENDS.contains(&io.kind()));
    if is_end { Closed::Ended } else { Closed::Broken(error.to_string()) }
}
