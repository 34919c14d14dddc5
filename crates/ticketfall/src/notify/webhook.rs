//! A webhook: each notice as one signed POST. Whoever has the secret can tell that it came from here, and when.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::StatusCode;
use http::header::{CONTENT_TYPE, USER_AGENT};
use jiff::Timestamp;
use sha2::Sha256;
use url::Url;
use zeroize::Zeroizing;

use crate::address::reach::{Guard, Refused, client, deepest};
use crate::config::{Environment, NotifySettings, SecretError};
use crate::telemetry::plain;

/// What allows addresses that are not public.
const PRIVATE: &str = "notify.private";
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const AGENT: &str = concat!("Ticketfall/", env!("CARGO_PKG_VERSION"));
const ID: &str = "ticketfall-delivery";
const SIGNATURE: &str = "ticketfall-signature";

/// Why there is no webhook; each finishes "cannot …".
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// An address that is not gone to.
    #[error("use notify.webhook: {0}")]
    Refused(#[from] Refused),
    /// Nobody could tell where a delivery comes from.
    #[error("use notify.webhook without notify.secret, which its notices are signed with")]
    NoSecret,
    /// The secret cannot be had.
    #[error("use notify.secret")]
    Secret(#[source] SecretError),
    /// TLS, or something else of the client.
    #[error("set up an HTTP client: {0}")]
    Client(String),
}

/// Why a delivery did not arrive, in words without anything secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// Trying again may help.
    #[error("{0}")]
    Failed(String),
    /// Whoever is there wants no more of this.
    #[error("it answers that it is gone for good (410)")]
    Gone,
}

/// A webhook that is ready to be told.
pub struct Webhook {
    url: Url,
    secret: Zeroizing<String>,
    events: Vec<String>,
    client: reqwest::Client,
}

impl Webhook {
    /// The webhook of the settings, where they have one.
    pub fn new(settings: &NotifySettings, environment: &Environment) -> Result<Option<Self>, SetupError> {
        let Some(url) = settings.webhook.clone() else { return Ok(None) };
        let guard = Guard::new(&url, settings.private, PRIVATE)?;
        let source = settings.secret.as_ref().ok_or(SetupError::NoSecret)?;
        let secret = source.read(environment).map_err(SetupError::Secret)?;
        let client = client(guard).map_err(SetupError::Client)?;
        Ok(Some(Self { url, secret, events: settings.events.clone(), client }))
    }

    /// Where it is, without anything secret.
    pub fn place(&self) -> String {
        plain(&self.url)
    }

    /// Whether it wants notices of this kind.
    pub fn wants(&self, kind: &str) -> bool {
        self.events.iter().any(|event| event == kind)
    }

    /// Delivers `body`, which is the same for every try of one delivery; `now` is when it is signed.
    pub async fn deliver(&self, delivery: &str, body: String, now: Timestamp) -> Result<(), Undelivered> {
        let signature = signature(&self.secret, now.as_second(), &body);
        let request = self
            .client
            .post(self.url.clone())
            .timeout(ANSWER_WITHIN)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, AGENT)
            .header(ID, delivery)
            .header(SIGNATURE, signature)
            .body(body);
        let answer = request.send().await;
        let answer = answer.map_err(|error| Undelivered::Failed(deepest(&error.without_url())))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            StatusCode::GONE => Err(Undelivered::Gone),
            status => Err(Undelivered::Failed(format!("it answers with status {}", status.as_u16()))),
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("place", &self.place()).finish_non_exhaustive()
    }
}

/// `t=SECONDS,v1=HEX`: the HMAC-SHA256 of the seconds, a point and the body.
fn signature(secret: &str, seconds: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length is taken");
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body.as_bytes());
    let digest = mac.finalize().into_bytes();
    let hex = digest.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    format!("t={seconds},v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_one_that_others_come_to_as_well() {
        // printf '1790000000.{"event":"fall"}' | openssl dgst -sha256 -hmac hush
        let expected = "t=1790000000,v1=1543320bf51db810cdb2a1ecf38c84b207e999c559571a9e62e953e361ff138f";
        assert_eq!(signature("hush", 1_790_000_000, r#"{"event":"fall"}"#), expected);
    }
}
