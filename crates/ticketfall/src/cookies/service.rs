//! The service that cookies are fetched from: one request a profile, its secrets in headers. Nothing is
//! followed or repeated, and no answer is believed to be longer than a cookies file.

mod client;
mod headers;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use ticketfall_core::ids::ProfileId;
use url::Url;
use zeroize::Zeroizing;

use super::{BYTES_MAX, ImportedCookies};
use crate::address::reach::Refused;
use crate::config::cookies::{Pointer, ProfileUrl};
use crate::config::{CookieSettings, Environment};
use client::{Client, Unreached};
pub use headers::HeaderError;

/// Why there is no service to ask; each finishes "cannot …".
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// No address is configured.
    #[error("fetch cookies: cookies.url is not set")]
    NoUrl,
    /// An address that is not gone to.
    #[error("use cookies.url: {0}")]
    Refused(#[from] Refused),
    /// A header that cannot be sent.
    #[error("use cookies.headers.{name}: {why}")]
    Header {
        /// Its name.
        name: String,
        /// Why not.
        #[source]
        why: HeaderError,
    },
    /// TLS, or something else of the client.
    #[error("set up an HTTP client: {0}")]
    Client(String),
}

/// Why a profile's cookies were not had; each finishes "cannot …" and repeats no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// A name that has no place in an address.
    #[error("ask for {0:?}: that name would lead to another address")]
    Name(String),
    /// No connection, or one that broke.
    #[error("reach {place}: {why}")]
    Unreached {
        /// The service, without anything secret.
        place: String,
        /// Why not.
        why: String,
    },
    /// Nothing came in time.
    #[error("get an answer of {place} within {} s", after.as_secs())]
    Late {
        /// The service, without anything secret.
        place: String,
        /// How long was waited.
        after: Duration,
    },
    /// An answer other than a success.
    #[error("use the answer of {place}: {}", status_in_words(*status))]
    Status {
        /// The service, without anything secret.
        place: String,
        /// What it answered.
        status: StatusCode,
    },
    /// The service asked to slow down, now or before.
    #[error("ask {0} more: it asked to slow down")]
    SlowDown(String),
    /// An answer with no cookies in it.
    #[error(transparent)]
    Unread(#[from] super::Error),
}

impl FetchError {
    /// Whether the service, and not its answer or a name, stood in the way.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Unreached { .. } | Self::Late { .. } | Self::SlowDown(_) => true,
            Self::Status { status, .. } => status.is_server_error(),
            Self::Name(_) | Self::Unread(_) => false,
        }
    }
}

/// A service that is ready to be asked.
#[derive(Debug)]
pub struct Service {
    url: ProfileUrl,
    pointer: Option<Pointer>,
    timeout: Duration,
    headers: HeaderMap,
    client: Client,
    has_slowed: AtomicBool,
}

impl Service {
    /// Reads the headers' secrets; fails where the settings cannot be used.
    pub fn new(settings: &CookieSettings, environment: &Environment) -> Result<Self, SetupError> {
        let url = settings.url.clone().ok_or(SetupError::NoUrl)?;
        let client = Client::new(&url.origin(), settings.private)?;
        Ok(Self {
            url,
            pointer: settings.pointer.clone(),
            timeout: settings.timeout(),
            headers: headers::read(&settings.headers, environment)?,
            client,
            has_slowed: AtomicBool::new(false),
        })
    }

    /// Fetches a profile's cookies.
    pub async fn fetch(&self, profile: &ProfileId) -> Result<ImportedCookies, FetchError> {
        let url = self.url.of(profile).ok_or_else(|| FetchError::Name(profile.to_string()))?;
        let body = self.answer(url, self.headers.clone()).await?;
        let read = match &self.pointer {
            None => super::read(&body),
            Some(pointer) => super::read_at(&body, pointer.as_str()),
        };
        Ok(read?)
    }

    /// Asks for the service's first page without any secret: whatever it answers, it is there.
    pub async fn reach(&self) -> Result<(), FetchError> {
        match self.answer(self.url.origin(), HeaderMap::new()).await {
            Err(error @ (FetchError::Unreached { .. } | FetchError::Late { .. })) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Where it is, without anything secret.
    pub fn place(&self) -> String {
        self.url.origin().origin().ascii_serialization()
    }

    async fn answer(&self, url: Url, headers: HeaderMap) -> Result<Zeroizing<Vec<u8>>, FetchError> {
        let place = self.place();
        if self.has_slowed.load(Ordering::Relaxed) {
            return Err(FetchError::SlowDown(place));
        }
        let after = self.timeout;
        let Ok(answer) = tokio::time::timeout(after, self.client.get(url, headers)).await else {
            return Err(FetchError::Late { place, after });
        };
        let (status, body) =
            answer.map_err(|Unreached(why)| FetchError::Unreached { place: place.clone(), why })?;
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.has_slowed.store(true, Ordering::Relaxed);
            return Err(FetchError::SlowDown(place));
        }
        if !status.is_success() {
            return Err(FetchError::Status { place, status });
        }
        if body.len() > BYTES_MAX { Err(super::Error::TooLong(body.len()).into()) } else { Ok(body) }
    }
}

fn status_in_words(status: StatusCode) -> String {
    let why = match status.as_u16() {
        300..=399 => "redirects are not followed",
        401 | 403 => "it refuses the secrets of [cookies.headers]",
        404 | 410 => "it knows no such profile",
        500..=599 => "it fails; try again later",
        _ => "it is no success",
    };
    format!("{why} (status {})", status.as_u16())
}

#[cfg(test)]
mod tests;
