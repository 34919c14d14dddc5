//! A SOCKS 5 proxy on this machine that signs in to the profile's own, or trusts its certificate, because browsers
//! cannot, and knows whose failure it is, the proxy's or the site's. It listens at the loopback address alone.

mod socks;
mod tunnel;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::trouble::Trouble;
use crate::session::Proxy;
use crate::session::proxy::ProxyKind;
use crate::trust::Trust;

const LINKS_MAX: usize = 256;
const GREETING_WITHIN: Duration = Duration::from_secs(10);
const UPSTREAM_WITHIN: Duration = Duration::from_secs(20);
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

// RFC 1928.
const VERSION: u8 = 5;
const NO_SIGN_IN: u8 = 0;
const GRANTED: u8 = 0;
const FAILED: u8 = 1;

/// Why the profile's proxy opened no way.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("it cannot be reached ({0})")]
    Reach(io::Error),
    #[error("it does not answer")]
    Silent,
    #[error("it does not speak like a proxy of its kind ({0})")]
    Speech(io::Error),
    #[error("its certificate is not trusted, or it speaks no TLS ({0})")]
    Tls(io::Error),
    #[error("it wants a name and a password")]
    SignIn,
    #[error("it takes no name and password")]
    Method,
    #[error("it refuses the name or the password")]
    Refused,
}

/// The way on from a proxy.
type Far = Box<dyn Stream>;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Serves one browser until it is dropped.
#[derive(Debug)]
pub(super) struct Relay {
    port: u16,
    _serving: JoinSet<()>,
}

impl Relay {
    /// Listens at `port`, or at any that is free.
    pub(super) async fn start(
        (proxy, trust): (Proxy, &Trust),
        trouble: Trouble,
        port: Option<u16>,
    ) -> io::Result<Self> {
        let tls = match proxy.kind {
            ProxyKind::Https => Some(trust.config().map(Arc::new).map_err(io::Error::other)?),
            ProxyKind::Http | ProxyKind::Socks5 => None,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await?;
        let port = listener.local_addr()?.port();
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, Arc::new(Upstream { proxy, tls, trouble })));
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
    /// For a proxy that is reached over TLS, and asked for tunnels; the others speak SOCKS.
    tls: Option<Arc<ClientConfig>>,
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
    async fn open(&self, request: &[u8]) -> Result<(Far, Vec<u8>), Failure> {
        let host = self.proxy.host.trim_start_matches('[').trim_end_matches(']');
        let far = TcpStream::connect((host, self.proxy.port)).await.map_err(Failure::Reach)?;
        if let Some(tls) = &self.tls {
            let (far, reply) = tunnel::open(far, tls, &self.proxy, request, &self.trouble).await?;
            return Ok((Box::new(far), reply));
        }
        let (far, reply) = socks::open(far, &self.proxy, request, &self.trouble).await?;
        Ok((Box::new(far), reply))
    }
}
