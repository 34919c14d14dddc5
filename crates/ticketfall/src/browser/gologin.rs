//! GoLogin's profiles: listed, started and stopped over its desktop app or its cloud, and changed in nothing.
//!
//! Too many questions revoke the token, so few are asked, and none after the first that was too many.

mod gate;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::endpoint::{self, Endpoint};
use super::error::Error;
use super::tls;
use crate::clock::Clock;
use crate::session::{Proxy, Secret};
use gate::Gate;
pub use wire::Listed;

const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// A profile's files may have to be fetched first.
const START_WITHIN: Duration = Duration::from_mins(2);
const ANSWER_BYTES_MAX: usize = 16 << 20;
const PAGES_MAX: u32 = 200;
/// How Cloudflare begins to say that too much was asked, with whatever status.
const TOO_MUCH: &[u8] = b"error code: 1015";

/// Which of GoLogin's two interfaces runs a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// The desktop app on this machine.
    Local,
    /// GoLogin's own machines.
    Cloud,
}

/// Where GoLogin is, and what signs us in there.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The desktop app.
    pub local: Url,
    /// The cloud.
    pub cloud: Url,
    /// A file with the API token, which nobody else may read.
    pub token_file: Option<PathBuf>,
    /// Where it is noted that GoLogin wants no more questions.
    pub data_dir: PathBuf,
}

/// One installation's access to GoLogin; every profile shares it, and its budget.
#[derive(Debug)]
pub struct GoLogin {
    http: reqwest::Client,
    settings: Settings,
    gate: Gate,
}

/// One question; its URL is never shown.
struct Question {
    what: &'static str,
    method: Method,
    url: Url,
    token: Option<Secret>,
    body: Option<Vec<u8>>,
    within: Duration,
}

impl GoLogin {
    /// Access that asks nothing yet; the token is read when it is needed.
    pub fn new(settings: Settings, clock: Clock) -> Result<Arc<Self>, Error> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured((*tls::config()).clone())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .build()
            .map_err(|error| failed("make an HTTP client", error))?;
        let gate = Gate::new(&settings, clock);
        Ok(Arc::new(Self { http, settings, gate }))
    }

    /// Whether there is a token file at all; without one, only the desktop app can be spoken to.
    pub fn has_token(&self) -> bool {
        self.settings.token_file.is_some()
    }

    /// Whether a profile could be started: the token is there, or the desktop app; asks GoLogin nothing.
    pub async fn is_ready(&self, api: Api) -> Result<(), Error> {
        match api {
            Api::Cloud => self.gate.check().and_then(|()| self.gate.token().map(drop)),
            Api::Local => {
                let why = |why: String| unclear("reach its desktop app", &why);
                endpoint::connects(&self.settings.local).await.map_err(why)
            }
        }
    }

    /// Every profile of the account.
    pub async fn profiles(&self) -> Result<Vec<Listed>, Error> {
        const WHAT: &str = "list the profiles";
        let mut profiles = Vec::new();
        for page in 1..=PAGES_MAX {
            let mut url = below(&self.settings.cloud, &["browser", "v2"]);
            url.query_pairs_mut().append_pair("page", &page.to_string());
            let answer = self.ask(self.cloud(WHAT, Method::GET, url)?).await?;
            let page: wire::Page = read(WHAT, &answer)?;
            let is_last = page.profiles.is_empty();
            profiles.extend(page.profiles);
            if is_last || profiles.len() >= page.all {
                break;
            }
        }
        Ok(profiles)
    }

    /// Asks for the first page of profiles only, and returns how many there are.
    pub async fn count(&self) -> Result<usize, Error> {
        const WHAT: &str = "list the profiles";
        let mut url = below(&self.settings.cloud, &["browser", "v2"]);
        url.query_pairs_mut().append_pair("page", "1");
        let answer = self.ask(self.cloud(WHAT, Method::GET, url)?).await?;
        Ok(read::<wire::Page>(WHAT, &answer)?.all)
    }

    /// Starts a profile, and says where its browser can be attached to.
    pub async fn start(&self, id: &str, api: Api) -> Result<Endpoint, Error> {
        const WHAT: &str = "start the profile";
        let (question, field) = match api {
            Api::Local => {
                let url = below(&self.settings.local, &["browser", "start-profile"]);
                (Question::local(WHAT, url, &json!({"profileId": id, "sync": true})), "wsUrl")
            }
            Api::Cloud => {
                let url = below(&self.settings.cloud, &["browser", id, "web"]);
                (self.cloud(WHAT, Method::POST, url)?, "remoteOrbitaUrl")
            }
        };
        let answer = self.ask(Question { within: START_WITHIN, ..question }).await?;
        let answer: Value = read(WHAT, &answer)?;
        answer[field].as_str().ok_or_else(|| unclear(WHAT, &format!("it names no {field}")))?.parse()
    }

    /// Stops a profile that was started.
    pub async fn stop(&self, id: &str, api: Api) -> Result<(), Error> {
        const WHAT: &str = "stop the profile";
        let question = match api {
            Api::Local => {
                let url = below(&self.settings.local, &["browser", "stop-profile"]);
                Question::local(WHAT, url, &json!({"profileId": id}))
            }
            Api::Cloud => {
                let url = below(&self.settings.cloud, &["browser", id, "web"]);
                self.cloud(WHAT, Method::DELETE, url)?
            }
        };
        self.ask(question).await.map(drop)
    }

    /// The proxy that the profile's browser goes through, for its session; none where it goes straight.
    pub async fn proxy(&self, id: &str) -> Result<Option<Proxy>, Error> {
        const WHAT: &str = "read the profile's proxy";
        let url = below(&self.settings.cloud, &["browser", id]);
        let answer = self.ask(self.cloud(WHAT, Method::GET, url)?).await?;
        let profile: Value = read(WHAT, &answer)?;
        wire::proxy(&profile["proxy"]).map_err(|why| unclear(WHAT, &why))
    }

    /// The profile's cookies, as the JSON that GoLogin keeps them in.
    pub async fn cookies(&self, id: &str) -> Result<Vec<u8>, Error> {
        let url = below(&self.settings.cloud, &["browser", id, "cookies"]);
        self.ask(self.cloud("read the profile's cookies", Method::GET, url)?).await
    }

    /// Replaces the profile's cookies by a list of JSON, as GoLogin keeps them.
    pub async fn put_cookies(&self, id: &str, cookies: Vec<u8>) -> Result<(), Error> {
        let mut url = below(&self.settings.cloud, &["browser", id, "cookies"]);
        url.query_pairs_mut().append_pair("fromUser", "true");
        let question = self.cloud("write the profile's cookies", Method::POST, url)?;
        self.ask(Question { body: Some(cookies), ..question }).await.map(drop)
    }

    fn cloud(&self, what: &'static str, method: Method, url: Url) -> Result<Question, Error> {
        let token = Some(self.gate.token()?);
        Ok(Question { what, method, url, token, body: None, within: ANSWER_WITHIN })
    }

    async fn ask(&self, question: Question) -> Result<Vec<u8>, Error> {
        self.gate.pass().await?;
        let what = question.what;
        let mut request = self.http.request(question.method, question.url).timeout(question.within);
        if let Some(token) = &question.token {
            request = request.bearer_auth(token.reveal());
        }
        if let Some(body) = question.body {
            request = request.header(reqwest::header::CONTENT_TYPE, "application/json").body(body);
        }
        let mut answer = request.send().await.map_err(|error| failed(what, error))?;
        let status = answer.status();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(what, error))? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(unclear(what, "the answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        if status == StatusCode::TOO_MANY_REQUESTS || body.starts_with(TOO_MUCH) {
            return Err(self.gate.close());
        }
        match status {
            status if status.is_success() => Ok(body),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(unclear(what, "it refuses the token")),
            StatusCode::NOT_FOUND => Err(unclear(what, "it knows no such profile")),
            status => Err(unclear(what, &format!("it answers with status {}", status.as_u16()))),
        }
    }
}

impl Question {
    fn local(what: &'static str, url: Url, body: &Value) -> Self {
        let body = Some(body.to_string().into_bytes());
        Self { what, method: Method::POST, url, token: None, body, within: ANSWER_WITHIN }
    }
}

fn below(base: &Url, steps: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(steps);
    }
    url
}

fn read<T: serde::de::DeserializeOwned>(what: &'static str, answer: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(answer).ok().ok_or_else(|| unclear(what, "its answer cannot be understood"))
}

fn unclear(what: &'static str, why: &str) -> Error {
    Error::GoLogin { what, why: why.to_owned() }
}

/// The deepest cause says the most, and the URL is left out.
fn failed(what: &'static str, error: reqwest::Error) -> Error {
    let error = error.without_url();
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
    unclear(what, &causes.last().map(ToString::to_string).unwrap_or_default())
}
