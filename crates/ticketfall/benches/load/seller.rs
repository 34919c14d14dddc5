//! The seller of the benchmarks, a process of its own: the box office behind a relay that writes down when each
//! request began and each answer ended, or its recorded answers for as many events as are asked for.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use ticketfall_boxoffice::{BoxOffice, LEAGUE_MATCH, Limits, Opening, Script, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::Outcome;
use crate::stages::now;

const BUFFER: usize = 64 * 1024;
/// So many digits has a number that stands for an event here, and no other number.
const EVENT_DIGITS: usize = 6;

/// What a seller is started with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// How many members the box office knows.
    pub(crate) members: usize,
    /// How many lots are on sale from the beginning, which makes the size of an answer.
    pub(crate) lots: u32,
    /// Whether answers are recorded and given for every event; else each request is relayed and told.
    pub(crate) recorded: bool,
}

impl Terms {
    pub(crate) fn words(self) -> [String; 3] {
        [self.members.to_string(), self.lots.to_string(), self.recorded.to_string()]
    }

    pub(crate) fn read(words: &[String]) -> Outcome<Self> {
        let [members, lots, recorded] = words else { return Err("a seller takes three words".into()) };
        Ok(Self { members: members.parse()?, lots: lots.parse()?, recorded: recorded.parse()? })
    }
}

/// Serves until the process is ended; the first line on stdout is where.
pub(crate) async fn serve(terms: Terms) -> Outcome<()> {
    let office = office(terms);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let behind = listener.local_addr()?;
    let router = if terms.recorded {
        println!("http://{behind}");
        recordings(&office)
    } else {
        let relay = TcpListener::bind("127.0.0.1:0")?;
        relay.set_nonblocking(true)?;
        println!("http://{}", relay.local_addr()?);
        std::thread::spawn(move || relay_all(relay, behind).map_err(|error| println!("! {error}")));
        office.router()
    };
    std::io::stdout().flush()?;
    Ok(axum::serve(listener, router).await?)
}

/// A box office whose keys and sessions last.
pub(crate) fn office(terms: Terms) -> BoxOffice {
    let limits = Limits { key_seconds: 86_400, session_minutes: 1_440, ..Limits::default() };
    let opening = Opening { lots: terms.lots, event: LEAGUE_MATCH, ..Opening::default() };
    let script = Script { limits, opening, ..Script::default() };
    BoxOffice::open(Settings { members: terms.members, script, ..Settings::default() })
}

/// Its answers, recorded and given for every event.
pub(crate) fn recordings(office: &BoxOffice) -> Router {
    Router::new().fallback(recorded).with_state(Recordings { office: office.router(), known: Arc::default() })
}

/// Answers that were given once, by what was asked.
#[derive(Clone)]
struct Recordings {
    office: Router,
    known: Arc<Mutex<BTreeMap<String, Recorded>>>,
}

type Recorded = (StatusCode, HeaderMap, Bytes);

/// Every event is the league match: what was read of it is given again; what changes something is the box office's.
async fn recorded(State(recordings): State<Recordings>, request: Request) -> Response {
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    let target = of_the_league_match(target);
    let is_read = *request.method() == Method::GET && !target.contains("Authentication");
    let known = || recordings.known.lock().ok()?.get(&target).cloned();
    if let Some((status, headers, body)) = is_read.then(known).flatten() {
        return (status, headers, body).into_response();
    }
    let (mut parts, body) = request.into_parts();
    let Ok(uri) = target.parse() else { return StatusCode::BAD_REQUEST.into_response() };
    parts.uri = uri;
    let Ok(answer) = recordings.office.clone().oneshot(Request::from_parts(parts, body)).await;
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if let (true, StatusCode::OK, Ok(mut known)) = (is_read, parts.status, recordings.known.lock()) {
        known.insert(target, (parts.status, parts.headers.clone(), body.clone()));
    }
    Response::from_parts(parts, Body::from(body))
}

/// Numbers of six digits are events.
fn of_the_league_match(target: &str) -> String {
    let mut found = String::with_capacity(target.len());
    for part in target.split_inclusive(|letter: char| !letter.is_ascii_digit()) {
        let digits = part.trim_end_matches(|letter: char| !letter.is_ascii_digit());
        if digits.len() == EVENT_DIGITS {
            found.push_str(&LEAGUE_MATCH.to_string());
            found.push_str(&part[digits.len()..]);
        } else {
            found.push_str(part);
        }
    }
    found
}

/// Relays on a thread of its own, so that the box office's work does not delay what is written down.
fn relay_all(listener: TcpListener, office: SocketAddr) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let mut open = JoinSet::new();
        for number in 0_usize.. {
            let (client, _) = listener.accept().await?;
            client.set_nodelay(true)?;
            open.spawn(relay(client, office, number));
            while open.try_join_next().is_some() {}
        }
        Ok(())
    })
}

/// Carries one connection's bytes, and tells when a request began (`>`) and when bytes of its answer were sent (`<`).
async fn relay(mut client: TcpStream, office: SocketAddr, number: usize) {
    let Ok(mut office) = TcpStream::connect(office).await else { return };
    let (mut asking, mut answering) = (vec![0; BUFFER], vec![0; BUFFER]);
    let mut asked = String::new();
    loop {
        tokio::select! {
            read = client.read(&mut asking) => {
                let at = now();
                let Ok(read @ 1..) = read else { return };
                if let Some(line) = request_line(&asking[..read]) {
                    asked = line;
                    println!("> {at} {number} {asked}");
                }
                if office.write_all(&asking[..read]).await.is_err() {
                    return;
                }
            }
            read = office.read(&mut answering) => {
                let Ok(read @ 1..) = read else { return };
                if client.write_all(&answering[..read]).await.is_err() {
                    return;
                }
                println!("< {} {number} {asked}", now());
            }
        }
    }
}

/// Method and path, where a request begins with these bytes.
fn request_line(bytes: &[u8]) -> Option<String> {
    let line = bytes.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    version.starts_with("HTTP/").then(|| format!("{method} {}", target.split('?').next().unwrap_or(target)))
}
