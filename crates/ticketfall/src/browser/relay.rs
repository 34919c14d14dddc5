//! A SOCKS 5 proxy on this machine that signs in to the profile's own, because browsers cannot, and knows whose
//! failure it is, the proxy's or the site's, because browsers do not tell. It listens at the loopback address alone.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::trouble::Trouble;
use crate::session::Proxy;

const LINKS_MAX: usize = 256;
const GREETING_WITHIN: Duration = Duration::from_secs(10);
const UPSTREAM_WITHIN: Duration = Duration::from_secs(20);
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

// RFC 1928 and RFC 1929.
const VERSION: u8 = 5;
const SIGN_IN_VERSION: u8 = 1;
const NO_SIGN_IN: u8 = 0;
const BY_PASSWORD: u8 = 2;
const GRANTED: u8 = 0;
const FAILED: u8 = 1;
/// Replies that speak of the site, not of the proxy: network and host unreachable, refused, expired.
const OF_THE_SITE: std::ops::RangeInclusive<u8> = 3..=6;

/// Why the profile's proxy opened no way.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("it cannot be reached ({0})")]
    Reach(io::Error),
    #[error("it does not answer")]
    Silent,
    #[error("it does not speak like a SOCKS proxy ({0})")]
    Speech(io::Error),
    #[error("it takes no name and password")]
    Method,
    #[error("it refuses the name or the password")]
    Refused,
}

/// Serves one browser until it is dropped.
#[derive(Debug)]
pub(super) struct Relay {
    port: u16,
    _serving: JoinSet<()>,
}

impl Relay {
    /// Listens at `port`, or at any that is free.
    pub(super) async fn start(upstream: Proxy, trouble: Trouble, port: Option<u16>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await?;
        let port = listener.local_addr()?.port();
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, Arc::new(Upstream { proxy: upstream, trouble })));
        Ok(Self { port, _serving: serving })
    }

    /// As `--proxy-server` wants it.
    pub(super) fn server(&self) -> String {
        format!("socks5://{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }
}

#[derive(Debug)]
struct Upstream {
    proxy: Proxy,
    trouble: Trouble,
}

async fn serve(listener: TcpListener, upstream: Arc<Upstream>) {
    let mut links = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if links.len() < LINKS_MAX => match accepted {
                Ok((near, _)) => {
                    links.spawn(link(near, Arc::clone(&upstream)));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot take a connection of the browser's");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = links.join_next() => {}
        }
    }
}

async fn link(mut near: TcpStream, upstream: Arc<Upstream>) {
    let ended = async {
        let Ok(Ok(request)) = timeout(GREETING_WITHIN, greet(&mut near)).await else { return Ok(()) };
        let opened = timeout(UPSTREAM_WITHIN, upstream.open(&request)).await;
        match opened.unwrap_or(Err(Failure::Silent)) {
            Ok((mut far, reply)) => {
                near.write_all(&reply).await?;
                copy_bidirectional(&mut near, &mut far).await.map(drop)
            }
            Err(failure) => {
                upstream.trouble.failed(failure.to_string());
                near.write_all(&[VERSION, FAILED, 0, 1, 0, 0, 0, 0, 0, 0]).await
            }
        }
    };
    if let Err(error) = ended.await {
        tracing::trace!(%error, "a connection through the relay broke");
    }
}

/// Takes the browser's greeting and returns its request.
async fn greet(near: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = [0; 2];
    near.read_exact(&mut head).await?;
    expect_version(head[0], VERSION)?;
    let mut methods = vec![0; head[1].into()];
    near.read_exact(&mut methods).await?;
    near.write_all(&[VERSION, NO_SIGN_IN]).await?;
    read_message(near).await
}

/// A request or a reply, which have one form: version, code, reserved, address, port.
async fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    const PORT_BYTES: usize = 2;
    let mut message = vec![0; 4];
    stream.read_exact(&mut message).await?;
    expect_version(message[0], VERSION)?;
    let address = match message[3] {
        1 => 4,
        4 => 16,
        3 => {
            let length = stream.read_u8().await?;
            message.push(length);
            length.into()
        }
        _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "an address of an unknown kind")),
    };
    let begin = message.len();
    message.resize(begin + address + PORT_BYTES, 0);
    stream.read_exact(&mut message[begin..]).await?;
    Ok(message)
}

fn expect_version(given: u8, wanted: u8) -> io::Result<()> {
    if given == wanted { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidData, "another version")) }
}

impl Upstream {
    /// Opens what the browser asked for; a refusal that speaks of the site is handed on as an answer.
    async fn open(&self, request: &[u8]) -> Result<(TcpStream, Vec<u8>), Failure> {
        let host = self.proxy.host.trim_start_matches('[').trim_end_matches(']');
        let mut far = TcpStream::connect((host, self.proxy.port)).await.map_err(Failure::Reach)?;
        self.sign_in(&mut far).await?;
        far.write_all(request).await.map_err(Failure::Speech)?;
        let reply = read_message(&mut far).await.map_err(Failure::Speech)?;
        match reply[1] {
            GRANTED => {}
            code if OF_THE_SITE.contains(&code) => self.trouble.of_the_site(),
            code => self.trouble.failed(format!("it makes no connection to the site (reply {code})")),
        }
        Ok((far, reply))
    }

    async fn sign_in(&self, far: &mut TcpStream) -> Result<(), Failure> {
        let mut chosen = [0; 2];
        far.write_all(&[VERSION, 2, NO_SIGN_IN, BY_PASSWORD]).await.map_err(Failure::Speech)?;
        far.read_exact(&mut chosen).await.map_err(Failure::Speech)?;
        expect_version(chosen[0], VERSION).map_err(Failure::Speech)?;
        match chosen[1] {
            NO_SIGN_IN => return Ok(()),
            BY_PASSWORD => {}
            _ => return Err(Failure::Method),
        }
        let user = self.proxy.user.as_deref().unwrap_or_default();
        let password = self.proxy.password.as_ref().map_or("", |password| password.reveal());
        let mut message = vec![SIGN_IN_VERSION];
        for text in [user, password] {
            message.push(u8::try_from(text.len()).map_err(|_too_long| Failure::Refused)?);
            message.extend_from_slice(text.as_bytes());
        }
        far.write_all(&message).await.map_err(Failure::Speech)?;
        let mut verdict = [0; 2];
        far.read_exact(&mut verdict).await.map_err(Failure::Speech)?;
        if verdict[1] == GRANTED { Ok(()) } else { Err(Failure::Refused) }
    }
}
