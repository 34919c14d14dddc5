//! The running service, as commands speak to it: over its API, with the token that lies in the data directory.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use subtle::ConstantTimeEq as _;
use ticketfall_core::ids::ProfileId;
use tokio::sync::OnceCell;
use url::Url;
use zeroize::Zeroizing;

use super::{Context, Exit, Failure};
use crate::app::{self, Challenge};
use crate::seller::transport::{Network, Request, Tls, Transport};

/// The token's file in the data directory.
const TOKEN: &str = "api-token";
const PROOF_WITHIN: Duration = Duration::from_secs(10);
/// A stop waits for a hold on its way, for a minute at most.
const ANSWER_WITHIN: Duration = Duration::from_secs(90);

/// The way to the running service.
pub(super) struct Service {
    address: SocketAddr,
    transport: Transport,
    token: Zeroizing<String>,
    bearer: HeaderValue,
    /// Done once: whoever listens there has shown that it has the token too.
    met: OnceCell<()>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A refusal of the service's, as RFC 9457 has it.
#[derive(Debug, Deserialize)]
struct Problem {
    title: String,
    detail: Option<String>,
    #[serde(default)]
    refusals: Vec<Refused>,
}

#[derive(Debug, Deserialize)]
struct Refused {
    name: String,
    words: String,
    advice: String,
}

/// The token cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("read the service's token in {}", path.display())]
struct NoToken {
    path: PathBuf,
    #[source]
    source: std::io::Error,
}

impl Service {
    /// The service that the configuration tells of; whether it runs is seen when it is asked.
    pub(super) fn of(context: &Context) -> Result<Self, Failure> {
        let address = context.loaded.config.api.listen;
        let path = context.data_dir().join(TOKEN);
        let token = match std::fs::read_to_string(&path) {
            Ok(token) => Zeroizing::new(token.trim().to_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(silent(address)),
            Err(source) => return Err(Failure::new(Exit::Usage, NoToken { path, source })),
        };
        let bearer = Zeroizing::new(format!("Bearer {}", *token));
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_invalid| {
            Failure::because(
                Exit::Usage,
                format!("use the service's token in {}: it is no token", path.display()),
            )
        })?;
        bearer.set_sensitive(true);
        let failed = |error| Failure::new(Exit::Unexpected, error);
        let network = Network::new(&Tls::new().map_err(failed)?, None, true).map_err(failed)?;
        let (transport, met) = (Transport::Network(network), OnceCell::new());
        Ok(Self { address, transport, token, bearer, met })
    }

    /// The same, where it runs and answers.
    pub(super) async fn answering(context: &Context) -> Result<Option<Self>, Failure> {
        let found = match Self::of(context) {
            Ok(service) => service.ask::<Value>(Method::GET, "budgets", None).await.map(|_| service),
            Err(failure) => Err(failure),
        };
        match found {
            Ok(service) => Ok(Some(service)),
            Err(failure) if failure.exit() == Exit::Unreachable => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Asks, and reads the answer; an answer without a body is read as null.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, Failure> {
        let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.send(method, path, bytes).await
    }

    /// Shows the token to nobody who has not shown that it is the service: any user of this machine can listen where the
    /// service does not.
    async fn meet(&self) -> Result<(), Failure> {
        let challenge = Challenge::random();
        let url = format!("http://{}/proof?challenge={}", self.address, challenge.as_str());
        let url = Url::parse(&url).expect("an address and digits make a URL");
        let request = Request { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new() };
        let answer = self.transport.send(request, PROOF_WITHIN).await;
        let answer = answer.map_err(|_unreached| silent(self.address))?;
        let proof = app::proof(&self.token, self.address, challenge.as_str());
        if answer.status.is_success() && bool::from(answer.body.ct_eq(proof.as_bytes())) {
            return Ok(());
        }
        if answer.status.is_success() && answer.body.len() == proof.len() {
            Err(stranger())
        } else {
            Err(foreign(self.address))
        }
    }

    /// The same, with a body of any kind.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<T, Failure> {
        self.met.get_or_try_init(|| self.meet()).await?;
        let url = format!("http://{}/api/v1/{path}", self.address);
        let url = Url::parse(&url).expect("an address and an escaped path make a URL");
        let mut headers = HeaderMap::from_iter([(AUTHORIZATION, self.bearer.clone())]);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request = Request { method, url, headers, body: body.into() };
        let answer = self.transport.send(request, ANSWER_WITHIN).await;
        let answer = answer.map_err(|_unreached| silent(self.address))?;
        if !answer.status.is_success() {
            return Err(refusal(answer.status, &answer.body, self.address));
        }
        let body = if answer.body.is_empty() { b"null".as_slice() } else { &answer.body };
        serde_json::from_slice(body).map_err(|_foreign| foreign(self.address))
    }
}

/// A profile's place in the API, with what is below it.
pub(super) fn profile_path(profile: &ProfileId, below: &str) -> String {
    format!("profiles/{}{below}", utf8_percent_encode(profile.as_str(), NON_ALPHANUMERIC))
}

fn silent(address: SocketAddr) -> Failure {
    Failure::because(Exit::Unreachable, format!("reach the service: nothing answers at http://{address}"))
        .advise("`ticketfall serve` starts it; where it listens elsewhere, set api.listen")
}

fn stranger() -> Failure {
    Failure::because(Exit::Usage, "speak to the service: it does not know this token")
        .advise("it runs with another data directory: give its own with --data-dir")
}

fn foreign(address: SocketAddr) -> Failure {
    Failure::because(Exit::Unexpected, format!("understand what answers at http://{address}"))
        .advise("something else may listen there: set api.listen to another port")
}

fn refusal(status: StatusCode, body: &[u8], address: SocketAddr) -> Failure {
    let Ok(problem) = serde_json::from_slice::<Problem>(body) else { return foreign(address) };
    let exit = match status {
        StatusCode::NOT_FOUND => Exit::NothingFound,
        StatusCode::UNAUTHORIZED
        | StatusCode::CONFLICT
        | StatusCode::BAD_REQUEST
        | StatusCode::UNPROCESSABLE_ENTITY => Exit::Usage,
        _ => Exit::Unexpected,
    };
    if status == StatusCode::UNAUTHORIZED {
        return stranger();
    }
    match problem.refusals.as_slice() {
        [] => {
            let words = problem.detail.unwrap_or(problem.title);
            Failure::because(exit, words.strip_prefix("cannot ").unwrap_or(&words).to_owned())
        }
        refusals => {
            let lines = refusals.iter().map(|one| format!("\n  {}: {}", one.name, one.words));
            let advice: Vec<&str> = refusals.iter().map(|one| one.advice.as_str()).collect();
            Failure::because(exit, format!("start the search:{}", lines.collect::<String>()))
                .advise(advice.join("\n"))
        }
    }
}
