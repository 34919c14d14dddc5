//! A browser that somebody else started: where its DevTools socket is.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::error::Error;
use super::tls;

const ASK_WITHIN: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// The address of a browser's DevTools; its path and query may hold a token and are never shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// `http://127.0.0.1:9222`: the socket is asked for at `/json/version`.
    Http(Url),
    /// `ws://…/devtools/browser/…`: the socket itself.
    Socket(Url),
}

impl Endpoint {
    /// The socket to connect to.
    pub(super) async fn socket(&self) -> Result<Url, Error> {
        let base = match self {
            Self::Socket(socket) => return Ok(socket.clone()),
            Self::Http(base) => base,
        };
        let unreachable = |why: String| Error::Reach { at: self.to_string(), why };
        let body = ask(base).await.map_err(|error| unreachable(error.without_url().to_string()))?;
        let answer: Value = serde_json::from_slice(&body)
            .ok()
            .ok_or_else(|| unreachable("its /json/version is not JSON".to_owned()))?;
        let socket = answer["webSocketDebuggerUrl"].as_str().and_then(|text| Url::parse(text).ok());
        socket.ok_or_else(|| unreachable("its /json/version names no webSocketDebuggerUrl".to_owned()))
    }

    /// Asks whether somebody is there, and attaches to nothing.
    pub async fn answers(&self) -> Result<(), Error> {
        match self {
            Self::Http(_) => self.socket().await.map(drop),
            Self::Socket(url) => {
                connects(url).await.map_err(|why| Error::Reach { at: self.to_string(), why })
            }
        }
    }

    fn url(&self) -> &Url {
        match self {
            Self::Http(url) | Self::Socket(url) => url,
        }
    }
}

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let url = Url::parse(text).ok().ok_or(Error::Endpoint("it is no URL"))?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(Error::Endpoint("it names no host"));
        }
        match url.scheme() {
            "http" | "https" => Ok(Self::Http(url)),
            "ws" | "wss" => Ok(Self::Socket(url)),
            _ => Err(Error::Endpoint("it is neither http nor ws")),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url();
        write!(f, "{}://{}", url.scheme(), url.host_str().unwrap_or_default())?;
        url.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

/// Whether somebody listens where a URL points to.
pub(super) async fn connects(url: &Url) -> Result<(), String> {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let connecting = TcpStream::connect((host, url.port_or_known_default().unwrap_or_default()));
    match timeout(ASK_WITHIN, connecting).await {
        Ok(connected) => connected.map(drop).map_err(|error| error.to_string()),
        Err(_elapsed) => Err(format!("no answer within {} s", ASK_WITHIN.as_secs())),
    }
}

async fn ask(base: &Url) -> Result<Vec<u8>, reqwest::Error> {
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured((*tls::config()).clone())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(ASK_WITHIN)
        .build()?;
    let mut url = base.clone();
    url.set_path(&format!("{}/json/version", base.path().trim_end_matches('/')));
    let mut answer = http.get(url).send().await?.error_for_status()?;
    let mut body = Vec::new();
    while body.len() < ANSWER_BYTES_MAX
        && let Some(chunk) = answer.chunk().await?
    {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_shown_without_their_token() {
        let shown = |text: &str| text.parse::<Endpoint>().unwrap().to_string();
        assert_eq!(shown("http://127.0.0.1:9222"), "http://127.0.0.1:9222");
        assert_eq!(shown("wss://cloud.example/devtools/browser/1?token=hush"), "wss://cloud.example");
        let endpoint: Endpoint = "ws://a:hush@127.0.0.1:1/devtools/browser/hush".parse().unwrap();
        assert_eq!(format!("{endpoint:?}"), "Endpoint(ws://127.0.0.1:1)");
    }

    #[test]
    fn what_is_no_address_is_refused_with_an_example() {
        for text in ["9222", "ftp://127.0.0.1", "unix:/run/x"] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains("http://127.0.0.1:9222"), "{error}");
        }
    }

    #[tokio::test]
    async fn nobody_listening_is_told() {
        let error = "http://127.0.0.1:1".parse::<Endpoint>().unwrap().socket().await.unwrap_err();
        assert!(error.to_string().starts_with("reach the browser at http://127.0.0.1:1: "), "{error}");
    }
}
