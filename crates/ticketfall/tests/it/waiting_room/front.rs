//! The official connector in front of a box office, in a Node process that ends with the test.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;
use ticketfall::clock::Clock;
use ticketfall_boxoffice::{BoxOffice, CUP_TIE, Room, RoomSecret};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use url::Url;

const SECRET: &str = "shared by the connector and the room";

/// The host of the queue, as the connector's customer would have it.
pub(super) const QUEUE_HOST: &str = "northend.queue-it.net";

/// A running connector.
pub(super) struct Front {
    /// Where the site is that it guards.
    pub(super) site: Url,
    /// The port at this machine where the queue's host is.
    pub(super) room: u16,
    _node: Child,
}

/// A key and a certificate for the queue's host.
pub(super) struct Certificate {
    key: PathBuf,
    certificate: PathBuf,
}

#[derive(Deserialize)]
struct Ports {
    site: u16,
    room: u16,
}

impl Front {
    /// The connector before the league match of the box office at `upstream`; nothing, said aloud, where it is not
    /// installed.
    pub(super) async fn before(upstream: &Url, certificate: Option<&Certificate>) -> Option<Self> {
        let modules = Path::new(env!("CARGO_TARGET_TMPDIR")).join("connector");
        if !modules.join("node_modules/@queue-it/connector-javascript").is_dir() {
            skipped("the official connector is not installed; scripts/test does that where npm is");
            return None;
        }
        let settings = json!({
            "modules": modules,
            "upstream": upstream,
            "guards": "/northend/EDP/",
            "customer": Room::default().customer,
            "event": Room::default().id,
            "secret": SECRET,
            "queue": QUEUE_HOST,
            "key": certificate.map(|pair| &pair.key),
            "certificate": certificate.map(|pair| &pair.certificate),
        });
        let started = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/connector/front.mjs"))
            .arg(settings.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let Ok(mut node) = started else {
            skipped("Node cannot be started");
            return None;
        };
        let mut line = String::new();
        BufReader::new(node.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
        let ports: Ports = serde_json::from_str(&line).expect("the connector says where it listens");
        let site = Url::parse(&format!("http://127.0.0.1:{}", ports.site)).unwrap();
        Some(Self { site, room: ports.room, _node: node })
    }
}

impl Certificate {
    /// Made on the spot; nothing, said aloud, where OpenSSL is not installed.
    pub(super) fn make(dir: &Path) -> Option<Self> {
        let pair = Self { key: dir.join("key.pem"), certificate: dir.join("certificate.pem") };
        let made = std::process::Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
            .args(["-days", "2", "-subj", &format!("/CN={QUEUE_HOST}")])
            .arg("-keyout")
            .arg(&pair.key)
            .arg("-out")
            .arg(&pair.certificate)
            .stderr(Stdio::null())
            .status();
        if made.is_ok_and(|status| status.success()) {
            return Some(pair);
        }
        skipped("there is no OpenSSL to make a certificate with");
        None
    }
}

/// The queue that the connector leads to: it leaves the league match to the connector, and its clock is the world's.
pub(super) fn room(office: &BoxOffice) -> Room {
    let opened = Clock::system().now() - SignedDuration::try_from(office.now()).unwrap();
    Room {
        event: Some(CUP_TIE),
        secret: Some(RoomSecret::new(SECRET)),
        epoch: u64::try_from(opened.as_second()).unwrap(),
        ..Room::default()
    }
}

/// Said past what the test runner keeps of a test's output, so that nobody takes it for a test that passed.
#[expect(
    clippy::explicit_write,
    reason = "the runner captures eprintln, and shows it only when a test fails"
)]
fn skipped(why: &str) {
    writeln!(std::io::stderr(), "skipped, a test with the official connector: {why}").unwrap();
}
