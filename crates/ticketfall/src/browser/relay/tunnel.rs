//! A tunnel through an HTTP proxy that is reached over TLS, made of what the browser asks a SOCKS proxy for.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Failure, GRANTED, VERSION};
use crate::browser::trouble::Trouble;
use crate::session::Proxy;

const HEAD_MAX: usize = 16 << 10;
/// The SOCKS reply for a site that cannot be reached.
const HOST_UNREACHABLE: u8 = 4;
const CONNECTED: u16 = 200;
const SIGN_IN_WANTED: u16 = 407;
/// Statuses that speak of the site, not of the proxy: it is not there, or does not answer.
const OF_THE_SITE: [u16; 2] = [502, 504];

/// Opens what the browser asked for, and answers as a SOCKS proxy would.
pub(super) async fn open(
    far: TcpStream,
    tls: &Arc<ClientConfig>,
    proxy: &Proxy,
    request: &[u8],
    trouble: &Trouble,
) -> Result<(TlsStream<TcpStream>, Vec<u8>), Failure> {
    let host = proxy.host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(host).map_err(|error| Failure::Tls(io::Error::other(error)))?;
    let mut far = TlsConnector::from(Arc::clone(tls)).connect(name, far).await.map_err(Failure::Tls)?;
    let target = target(request).ok_or_else(|| speech("a target that is no address"))?;
    let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{}\r\n", sign_in(proxy));
    far.write_all(head.as_bytes()).await.map_err(Failure::Speech)?;
    let reply = |code| vec![VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0];
    match status(&mut far).await? {
        CONNECTED => Ok((far, reply(GRANTED))),
        SIGN_IN_WANTED if proxy.user.is_some() => Err(Failure::Refused),
        SIGN_IN_WANTED => Err(Failure::SignIn),
        code if OF_THE_SITE.contains(&code) => {
            trouble.of_the_site();
            Ok((far, reply(HOST_UNREACHABLE)))
        }
        code => Err(speech(&format!("status {code}"))),
    }
}

fn speech(what: &str) -> Failure {
    Failure::Speech(io::Error::new(io::ErrorKind::InvalidData, what))
}

/// Host and port of a SOCKS request.
fn target(request: &[u8]) -> Option<String> {
    let (address, port) = request.get(4..)?.split_last_chunk::<2>()?;
    let port = u16::from_be_bytes(*port);
    let host = match request[3] {
        1 => Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?).to_string(),
        4 => format!("[{}]", Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?)),
        3 => {
            let name = std::str::from_utf8(address.get(1..)?).ok()?;
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
            (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())?
        }
        _ => return None,
    };
    Some(format!("{host}:{port}"))
}

fn sign_in(proxy: &Proxy) -> String {
    let Some(user) = &proxy.user else { return String::new() };
    let password = proxy.password.as_ref().map_or("", |password| password.reveal());
    format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(format!("{user}:{password}")))
}

/// The status of the proxy's answer; what follows its head is the site's.
async fn status(far: &mut TlsStream<TcpStream>) -> Result<u16, Failure> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == HEAD_MAX {
            return Err(speech("an answer without an end"));
        }
        head.push(far.read_u8().await.map_err(Failure::Speech)?);
    }
    let line = String::from_utf8_lossy(&head);
    let code = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    code.ok_or_else(|| speech("an answer without a status"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_from_every_kind_of_address() {
        let of = |kind: u8, address: &[u8]| target(&[&[5, 1, 0, kind], address, &[1, 187]].concat());
        assert_eq!(of(1, &[127, 0, 0, 1]).unwrap(), "127.0.0.1:443");
        assert_eq!(of(3, b"\x0bclub.example").unwrap(), "club.example:443");
        assert!(of(4, &[0; 16]).unwrap().starts_with("[::]:"));
    }

    #[test]
    fn a_name_that_would_be_more_than_a_name_is_no_target() {
        let of = |name: &[u8]| target(&[&[5, 1, 0, 3, 9], name, &[0, 80]].concat());
        assert_eq!(of(b"a b\r\nX: y"), None);
        assert_eq!(of(b""), None);
        assert_eq!(target(&[5, 1]), None);
    }
}
