//! Signing in to a SOCKS 5 proxy, and handing the browser's request on to it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Failure, GRANTED, NO_SIGN_IN, VERSION, expect_version, read_message};
use crate::browser::trouble::Trouble;
use crate::session::Proxy;

const SIGN_IN_VERSION: u8 = 1;
const BY_PASSWORD: u8 = 2;
/// Replies that speak of the site, not of the proxy: network and host unreachable, refused, expired.
const OF_THE_SITE: std::ops::RangeInclusive<u8> = 3..=6;

/// Opens what the browser asked for; a refusal that speaks of the site is handed on as an answer.
pub(super) async fn open(
    mut far: TcpStream,
    proxy: &Proxy,
    request: &[u8],
    trouble: &Trouble,
) -> Result<(TcpStream, Vec<u8>), Failure> {
    sign_in(&mut far, proxy).await?;
    far.write_all(request).await.map_err(Failure::Speech)?;
    let reply = read_message(&mut far).await.map_err(Failure::Speech)?;
    match reply[1] {
        GRANTED => {}
        code if OF_THE_SITE.contains(&code) => trouble.of_the_site(),
        code => trouble.failed(format!("it makes no connection to the site (reply {code})")),
    }
    Ok((far, reply))
}

async fn sign_in(far: &mut TcpStream, proxy: &Proxy) -> Result<(), Failure> {
    let mut chosen = [0; 2];
    far.write_all(&[VERSION, 2, NO_SIGN_IN, BY_PASSWORD]).await.map_err(Failure::Speech)?;
    far.read_exact(&mut chosen).await.map_err(Failure::Speech)?;
    expect_version(chosen[0], VERSION).map_err(Failure::Speech)?;
    match chosen[1] {
        NO_SIGN_IN => return Ok(()),
        BY_PASSWORD => {}
        _ => return Err(Failure::Method),
    }
    let user = proxy.user.as_deref().unwrap_or_default();
    let password = proxy.password.as_ref().map_or("", |password| password.reveal());
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
