//! A small SOCKS 5 proxy that resolves names itself and can want a password.

use std::io;
use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;

use super::stage::{Door, PASSWORD, Seen, Temper, USER};

const BY_PASSWORD: u8 = 2;
const CONNECTION_REFUSED: u8 = 5;

pub(super) async fn link(mut near: TcpStream, door: Door) -> io::Result<()> {
    let mut head = [0; 2];
    near.read_exact(&mut head).await?;
    let mut methods = vec![0; head[1].into()];
    near.read_exact(&mut methods).await?;
    match door.temper {
        Temper::Silent => std::future::pending().await,
        Temper::Strict if !methods.contains(&BY_PASSWORD) => {
            door.note(Seen::TurnedAway);
            return near.write_all(&[5, 0xff]).await;
        }
        Temper::Open | Temper::Cut if methods.contains(&0) => near.write_all(&[5, 0]).await?,
        Temper::Open | Temper::Cut | Temper::Strict => {
            near.write_all(&[5, BY_PASSWORD]).await?;
            near.read_u8().await?;
            let (user, password) = (text(&mut near).await?, text(&mut near).await?);
            let is_known = user == USER && password == PASSWORD;
            near.write_all(&[1, u8::from(!is_known)]).await?;
            if !is_known {
                door.note(Seen::TurnedAway);
                return Ok(());
            }
        }
    }
    let mut request = [0; 4];
    near.read_exact(&mut request).await?;
    let host = match request[3] {
        1 => Ipv4Addr::from(near.read_u32().await?).to_string(),
        3 => text(&mut near).await?,
        kind => panic!("an address of kind {kind}"),
    };
    near.read_u16().await?;
    if door.temper == Temper::Cut {
        return near.write_all(&[5, CONNECTION_REFUSED, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    }
    let mut far = door.open(&host).await;
    near.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    copy_bidirectional(&mut near, &mut far).await.map(drop)
}

async fn text(near: &mut TcpStream) -> io::Result<String> {
    let mut text = vec![0; near.read_u8().await?.into()];
    near.read_exact(&mut text).await?;
    Ok(String::from_utf8(text).unwrap())
}
