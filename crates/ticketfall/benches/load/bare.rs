//! The floor: the same requests by a loop over bare hyper connections, which reads and throws away what it gets.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use http::{Method, Request, Uri};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use url::Url;

use crate::Outcome;
use crate::process::cpu;
use crate::scale::{Load, Told};

pub(crate) const COMMAND: &str = "--bare";

/// Asks for every event once a second, and tells what that cost.
pub(crate) async fn run(words: &[String]) -> Outcome<()> {
    let (load, cookies) = Load::read(words)?;
    let began = Instant::now();
    let late: Arc<Mutex<Vec<u64>>> = Arc::default();
    let mut asking = JoinSet::new();
    for number in 0..load.events {
        let (late, url) = (Arc::clone(&late), load.feed(number));
        let first = began + load.interval.mul_f64(number as f64 / load.events as f64);
        let asker = Asker { url, cookies: cookies.clone(), late, first, interval: load.interval };
        asking.spawn(asker.ask());
    }
    tokio::time::sleep(load.interval * 3).await;
    let (before, since) = (cpu(std::process::id())?, Instant::now());
    late.lock().expect("nobody panics with times").clear();
    tokio::time::sleep(load.seconds).await;
    let late = std::mem::take(&mut *late.lock().expect("nobody panics with times"));
    let used = cpu(std::process::id())?.saturating_sub(before);
    println!("{}", Told::of(late, used, since.elapsed(), 0.0).line());
    Ok(())
}

struct Asker {
    url: Url,
    cookies: String,
    late: Arc<Mutex<Vec<u64>>>,
    first: Instant,
    interval: Duration,
}

impl Asker {
    async fn ask(self) -> Outcome<()> {
        let mut wire = Wire::open(&self.url, self.cookies).await?;
        let mut due = self.first;
        loop {
            tokio::time::sleep_until(due.into()).await;
            let late = u64::try_from(due.elapsed().as_micros())?;
            self.late.lock().expect("nobody panics with times").push(late);
            if wire.ask(Method::GET, &self.url).await?.is_empty() {
                return Err("an empty answer".into());
            }
            due += self.interval;
        }
    }
}

/// A connection and nothing around it.
pub(crate) struct Wire {
    sender: SendRequest<Empty<Bytes>>,
    cookies: String,
    _running: JoinSet<hyper::Result<()>>,
}

impl Wire {
    pub(crate) async fn open(origin: &Url, cookies: String) -> Outcome<Self> {
        let host = origin.socket_addrs(|| None)?.swap_remove(0);
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let mut running = JoinSet::new();
        running.spawn(connection);
        Ok(Self { sender, cookies, _running: running })
    }

    pub(crate) async fn ask(&mut self, method: Method, url: &Url) -> Outcome<Bytes> {
        let uri: Uri = url[url::Position::BeforePath..].parse()?;
        let asked = Request::builder()
            .method(method)
            .uri(uri)
            .header("host", url.authority())
            .header("cookie", &self.cookies)
            .header("x-requested-with", "XMLHttpRequest")
            .header("accept", "application/json, text/plain, */*")
            .body(Empty::new())?;
        self.sender.ready().await?;
        let answer = self.sender.send_request(asked).await?;
        Ok(answer.into_body().collect().await?.to_bytes())
    }
}
