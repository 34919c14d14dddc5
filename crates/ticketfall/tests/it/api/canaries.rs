//! Secrets that are easy to recognise, sent in by every door, and looked for at every other one: as they are, and as
//! hexadecimal, base64 or a list of bytes would show them.

use std::fmt::Debug;
use std::path::Path;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ticketfall::session::{Secret, Session};
use ticketfall::store::{backup, monitors, profiles, sessions};
use ticketfall::vault::{Options, Purpose, Vault};
use tracing::Level;

use super::walk::{filled, paths};
use super::*;
use crate::rehearsal::{Spoken, profile};

const PROXY: &str = "canary-proxy-4f1c";
const KEYWORD: &str = "canary-keyword-77ab";
const COOKIE: &str = "canary-cookie-90de";
const API_KEY: &str = "canary-api-key-51c2";

/// Places, and what stands there.
type Seen = Vec<(String, Vec<u8>)>;

/// The ways in which a careless line would show a secret.
fn shapes(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let list: Vec<String> = bytes.iter().map(u8::to_string).collect();
    let thirds = &bytes[..bytes.len() - bytes.len() % 3];
    let shapes = [secret.to_owned(), hex, list.join(", "), STANDARD_NO_PAD.encode(thirds)];
    shapes.into_iter().map(String::into_bytes).collect()
}

fn found(secrets: &[String], seen: &Seen) -> Vec<String> {
    let shapes: Vec<(&String, Vec<u8>)> = secrets
        .iter()
        .flat_map(|secret| shapes(secret).into_iter().map(move |shape| (secret, shape)))
        .collect();
    let shows = |text: &[u8], shape: &[u8]| text.windows(shape.len()).any(|window| window == shape);
    seen.iter()
        .flat_map(|(place, text)| {
            shapes
                .iter()
                .filter(|(_, shape)| shows(text, shape))
                .map(move |(secret, _)| format!("{secret}: {place}"))
        })
        .collect()
}

/// Everything is given a secret.
async fn plant(r: &Scene, caller: &Caller) -> Vec<String> {
    let proxy = json!({ "proxy": format!("socks5://ben:{PROXY}@proxy.example:1080") });
    assert_eq!(caller.give("PATCH", "/api/v1/profiles/ben", proxy).await.status, 200);
    let cookies = format!("boxoffice.example\tFALSE\t/\tTRUE\t4102444800\tpass\t{COOKIE}\n");
    let request = caller.request("POST", "/api/v1/profiles/ben/cookies").body(Body::from(cookies)).unwrap();
    assert_eq!(caller.send(request).await.status, 200);
    let mut wish = two_seats();
    wish["keyword1"] = json!(KEYWORD);
    assert_eq!(caller.give("PUT", "/api/v1/profiles/ada/monitor", wish).await.status, 201);
    let link = caller.give("POST", "/api/v1/dashboard-links", json!({})).await.json();
    let code = link["url"].as_str().unwrap().split_once("code=").unwrap().1.to_owned();
    let own = [PROXY, KEYWORD, COOKIE, API_KEY].map(str::to_owned);
    [own.to_vec(), vec![code, r.token()]].concat()
}

/// What is refused tells why without repeating it.
async fn refusals(caller: &Caller, seen: &mut Seen) {
    for (method, path, body) in [
        (
            "POST",
            "/api/v1/profiles",
            json!({ "id": "zoe", "proxy": format!("gopher://zoe:{PROXY}@x.example") }),
        ),
        ("POST", "/api/v1/profiles", json!({ "id": "zoe", "proxy": { "url": PROXY } })),
        ("PUT", "/api/v1/profiles/ada/monitor", json!({ "keyword1": [KEYWORD] })),
        (
            "PUT",
            "/api/v1/profiles/ada/monitor",
            json!({ "keyword1": format!("{KEYWORD}\n{}", "x".repeat(9_000)) }),
        ),
        ("POST", "/api/v1/profiles/ben/cookies", json!({ "cookies": COOKIE })),
        ("POST", "/api/v1/profiles/ben/cookies", json!([{ "name": "a b", "value": COOKIE, "domain": ";" }])),
        ("POST", "/api/v1/cookies/update", json!({ "token": COOKIE })),
    ] {
        let answer = caller.give(method, path, body).await;
        seen.push((format!("the refusal of {method} {path}"), format!("{answer:?}").into_bytes()));
    }
}

/// Every page and every answer there is.
async fn faces(caller: &Caller, seen: &mut Seen) {
    let mut asked = 0;
    for path in paths(caller).await.iter().filter(|path| path.as_str() != "/api/v1/stream") {
        for (name, accept) in [("ada", "text/html"), ("ben", "application/json")] {
            let path = filled(path).replace("ada", name);
            let request = caller.request("GET", &path).header("accept", accept);
            let answer = caller.send(request.body(Body::empty()).unwrap()).await;
            asked += usize::from(answer.status.is_success());
            seen.push((format!("GET {path} as {accept}"), format!("{answer:?}").into_bytes()));
        }
    }
    assert!(asked > 30, "most answer: {asked}");
}

/// What `{:?}` of all that carries secrets says.
async fn debugged(r: &Scene, directory: &Path, seen: &mut Seen) {
    let mut show = |name: &str, value: &dyn Debug| {
        seen.push((format!("Debug of {name}"), format!("{value:?} {value:#?}").into_bytes()));
    };
    let (vault, _) = Vault::open(directory, &Options::default()).unwrap();
    let row = sessions::get(&r.store, &profile("ada")).await.unwrap().unwrap();
    let plain = vault.unseal(&profile("ada"), Purpose::Session, &row.sealed.0).unwrap();
    let session = Session::from_bytes(&plain).unwrap();
    show("a session", &session);
    show("its cookies", &session.jar.cookies().collect::<Vec<_>>());
    show("a kept session", &row);
    show("a vault", &vault);
    show("a secret", &Secret::new(PROXY));
    show(
        "a proxy",
        &format!("socks5://ben:{PROXY}@proxy.example:1080").parse::<ticketfall::session::Proxy>(),
    );
    show("what is no proxy", &format!("gopher://ben:{PROXY}@x").parse::<ticketfall::session::Proxy>());
    show(
        "a browser's address",
        &format!("ws://a:{COOKIE}@127.0.0.1:1/x").parse::<ticketfall::browser::Endpoint>(),
    );
    show("members", &profiles::all(&r.store).await.unwrap());
    show("searches", &monitors::all(&r.store).await.unwrap());
    r.supervisor.line_up(Vec::new()).await.unwrap();
    show("who is to start again", &r.supervisor);
    show("statuses", &r.supervisor.statuses());
    show("the supervisor", &r.supervisor);
    show("the faces", &r.faces());
    show("the store", &r.store);
    show("notices", &r.heard());
    show("a cookie file that is none", &ticketfall::cookies::read(COOKIE.as_bytes()));
}

/// Every file but the two that hold a secret because they are there for it.
fn files(directory: &Path, seen: &mut Seen) {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let keys = ["vault.key", "api-token"];
    for file in entries.filter(|path| !keys.iter().any(|key| path.ends_with(key))) {
        seen.push((format!("the file {}", file.display()), std::fs::read(&file).unwrap()));
    }
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_seen_at_any_face_in_any_shape() {
    let story = async |r: &mut Scene| {
        let spoken = Spoken::begin();
        let listening = spoken.listen(Level::TRACE);
        let caller = Caller::of(r);
        let mut secrets = plant(r, &caller).await;
        r.after(secs(20)).await;
        assert_eq!(r.basket("ada"), 2, "the keyword, the session and the page key were used");
        let directory = r.directory().to_owned();
        secrets.extend(r.secrets());
        let key = std::fs::read_to_string(directory.join("vault.key")).unwrap();
        secrets.push(key.trim().to_owned());

        let mut seen = Seen::new();
        refusals(&caller, &mut seen).await;
        faces(&caller, &mut seen).await;
        debugged(r, &directory, &mut seen).await;
        backup::write(&r.store, &directory.join("one.backup"), "2026-11-28T15:00:00Z".parse().unwrap())
            .await
            .unwrap();
        files(&directory, &mut seen);
        seen.push(("notices".to_owned(), serde_json::to_vec(&r.heard()).unwrap()));
        drop(listening);
        seen.push(("the log, all of it".to_owned(), spoken.text().into_bytes()));
        assert!(seen.len() > 100 && spoken.text().len() > 1_000);
        assert_eq!(found(&secrets, &seen), [] as [String; 0]);

        let careless = vec![("a careless line".to_owned(), format!("{:?}", COOKIE.as_bytes()).into_bytes())];
        assert_eq!(found(&secrets, &careless), [format!("{COOKIE}: a careless line")], "it would be found");
    };
    let script = falls([seats(2).at(secs(10))]);
    let rehearsal = Rehearsal::of(script).members(2);
    rehearsal.seller(|seller| *seller = seller.with_api_key(Secret::new(API_KEY))).run(story).await;
}
