//! Signs the browser in to its proxy over DevTools: every tab's pages are looked at on their way out, and a
//! challenge is answered when it is the proxy's. A site's own challenge is the person's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;

use super::devtools::{Client, Event};
use super::error::Error;
use super::trouble::Trouble;
use crate::session::{Proxy, Secret};

/// Challenges that are remembered, so that the same answer is not given twice.
const ANSWERED_MAX: usize = 256;

/// Answers the proxy's challenges for as long as it lives.
#[derive(Debug)]
pub(super) struct SignIn {
    _answering: JoinSet<()>,
}

struct Attendant {
    client: Client,
    user: String,
    password: Secret,
    trouble: Trouble,
    /// Sessions by target: a tab that a page of ours is attached to as well is attended once.
    attended: BTreeMap<String, String>,
    answered: BTreeSet<(String, String)>,
}

impl SignIn {
    /// Begins with the tabs that are open; later ones wait until they are attended.
    pub(super) async fn begin(client: &Client, proxy: &Proxy, trouble: Trouble) -> Result<Self, Error> {
        let mut attendant = Attendant {
            client: client.clone(),
            user: proxy.user.clone().unwrap_or_default(),
            password: proxy.password.clone().unwrap_or_else(|| Secret::new("")),
            trouble,
            attended: BTreeMap::new(),
            answered: BTreeSet::new(),
        };
        let mut events = client.events();
        let pages = json!([{"type": "page"}, {"exclude": true}]);
        let params =
            json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true, "filter": pages});
        client.call("Target.setAutoAttach", params).await?;
        // The open tabs were told of before the answer: each is attended before anybody can go somewhere in it.
        while let Ok(event) = events.try_recv() {
            attendant.on_event(&event).await;
        }
        let mut answering = JoinSet::new();
        answering.spawn(attendant.run(events));
        Ok(Self { _answering: answering })
    }
}

impl Attendant {
    async fn run(mut self, mut events: broadcast::Receiver<Arc<Event>>) {
        loop {
            match events.recv().await {
                Ok(event) => self.on_event(&event).await,
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(
                        missed,
                        "a page may wait for its proxy: the browser told more than could be heard"
                    );
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    async fn on_event(&mut self, event: &Event) {
        let session = event.session.as_deref().unwrap_or_default();
        match event.method.as_str() {
            "Target.attachedToTarget" => self.attend(&event.params).await,
            "Target.detachedFromTarget" => {
                let gone = event.params["sessionId"].as_str().unwrap_or_default();
                self.attended.retain(|_, session| session != gone);
            }
            "Fetch.requestPaused" => {
                let params = json!({"requestId": event.params["requestId"]});
                self.tell(session, "Fetch.continueRequest", params).await;
            }
            "Fetch.authRequired" => self.answer(session, &event.params).await,
            _ => {}
        }
    }

    /// Only pages are looked at: what a page loads signs in with what the browser then knows.
    async fn attend(&mut self, params: &Value) {
        let target = params["targetInfo"]["targetId"].as_str().unwrap_or_default();
        let Some(session) = params["sessionId"].as_str() else { return };
        if !self.attended.contains_key(target) {
            self.attended.insert(target.to_owned(), session.to_owned());
            let patterns = json!([{"urlPattern": "*", "resourceType": "Document"}]);
            self.tell(session, "Fetch.enable", json!({"handleAuthRequests": true, "patterns": patterns}))
                .await;
        }
        if params["waitingForDebugger"] == true {
            self.tell(session, "Runtime.runIfWaitingForDebugger", json!({})).await;
        }
    }

    async fn answer(&mut self, session: &str, params: &Value) {
        let challenge = (session.to_owned(), params["requestId"].as_str().unwrap_or_default().to_owned());
        let response = if params["authChallenge"]["source"] != "Proxy" {
            json!({"response": "Default"})
        } else if self.answered.contains(&challenge) {
            self.trouble.refused();
            json!({"response": "CancelAuth"})
        } else {
            if self.answered.len() == ANSWERED_MAX {
                self.answered.clear();
            }
            self.answered.insert(challenge);
            json!({
                "response": "ProvideCredentials", "username": self.user, "password": self.password.reveal(),
            })
        };
        let params = json!({"requestId": params["requestId"], "authChallengeResponse": response});
        self.tell(session, "Fetch.continueWithAuth", params).await;
    }

    /// No answer is waited for: a tab that hangs holds up no other.
    async fn tell(&self, session: &str, method: &'static str, params: Value) {
        self.client.for_session(session).post(method, &params).await;
    }
}
