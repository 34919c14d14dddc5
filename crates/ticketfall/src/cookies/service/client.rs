//! The HTTP client of the cookie service.

use http::{HeaderMap, StatusCode};
use url::Url;
use zeroize::Zeroizing;

use super::SetupError;
use crate::address::reach::{Guard, client, deepest};
use crate::cookies::BYTES_MAX;

/// What allows addresses that are not public.
const PRIVATE: &str = "cookies.private";

/// Why there is no answer; it repeats no address with a query.
#[derive(Debug)]
pub(super) struct Unreached(pub(super) String);

#[derive(Debug)]
pub(super) struct Client(reqwest::Client);

impl Client {
    /// A client for the service at `origin`; `private` allows this machine and private networks.
    pub(super) fn new(origin: &Url, private: bool) -> Result<Self, SetupError> {
        let guard = Guard::new(origin, private, PRIVATE)?;
        client(guard).map(Self).map_err(SetupError::Client)
    }

    /// The status and the body, of which one byte more than is allowed is enough to tell that it is too long.
    pub(super) async fn get(
        &self,
        url: Url,
        headers: HeaderMap,
    ) -> Result<(StatusCode, Zeroizing<Vec<u8>>), Unreached> {
        let failed = |error: reqwest::Error| Unreached(deepest(&error.without_url()));
        let mut answer = self.0.get(url).headers(headers).send().await.map_err(failed)?;
        let mut body = Zeroizing::new(Vec::new());
        while body.len() <= BYTES_MAX
            && let Some(chunk) = answer.chunk().await.map_err(failed)?
        {
            body.extend_from_slice(&chunk);
        }
        Ok((answer.status(), body))
    }
}
