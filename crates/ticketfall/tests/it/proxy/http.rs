//! A small HTTP proxy: it forwards plain requests, makes tunnels with CONNECT, and can want a password.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use url::Url;

use super::stage::{Door, PASSWORD, Seen, Temper, USER};

const WHO: &str = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"Northend\"\r\n\
                   Content-Length: 0\r\nConnection: close\r\n\r\n";
const CUT: &str = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

pub(super) async fn link<S>(mut near: S, door: Door) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let head = read_head(&mut near).await?;
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let signed_in = headers.contains(&&*format!("Proxy-Authorization: {}", credentials()))
        || headers.contains(&&*format!("proxy-authorization: {}", credentials()));
    match door.temper {
        Temper::Silent => std::future::pending().await,
        Temper::Cut => return near.write_all(CUT.as_bytes()).await,
        Temper::Strict if !signed_in => {
            door.note(Seen::TurnedAway);
            return near.write_all(WHO.as_bytes()).await;
        }
        Temper::Open | Temper::Strict => {}
    }
    if method == "CONNECT" {
        let mut far = door.open(target.split(':').next().unwrap_or_default()).await;
        near.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
        return copy_bidirectional(&mut near, &mut far).await.map(drop);
    }
    let url = Url::parse(target).unwrap();
    let mut far = door.open(url.host_str().unwrap()).await;
    headers.retain(|line| !line.to_ascii_lowercase().starts_with("proxy-"));
    headers.retain(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let headers = headers.join("\r\n");
    let request = format!("{method} {} HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n", url.path());
    far.write_all(request.as_bytes()).await?;
    copy_bidirectional(&mut near, &mut far).await.map(drop)
}

fn credentials() -> String {
    format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")))
}

async fn read_head(near: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(near.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
