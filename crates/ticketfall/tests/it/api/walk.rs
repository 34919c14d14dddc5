//! Every route there is, asked by somebody who has no token, and by a page of another site.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use axum::body::Body;

use super::description::operations;
use super::*;

/// What is answered to anybody.
const OPEN: [&str; 4] = ["/healthz", "/readyz", "/enter", "/proof"];

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

/// The paths of all routes: those that are described, and those that stand in the sources of the faces.
pub(super) async fn paths(caller: &Caller) -> BTreeSet<String> {
    let document = caller.get("/openapi.json").await;
    let mut paths: BTreeSet<String> = operations(&document).into_iter().map(|(path, _, _)| path).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let faces = ["api", "web", "app"].into_iter();
    let files =
        faces.flat_map(|face| [vec![root.join(format!("{face}.rs"))], sources(&root.join(face))].concat());
    for file in files.filter(|file| !file.ends_with("tests.rs")) {
        let text: String = std::fs::read_to_string(file).unwrap().split_whitespace().collect();
        let routes = text.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        paths.extend(routes);
    }
    paths
}

/// A path with something in place of what varies.
pub(super) fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "ada" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test(start_paused = true)]
async fn every_route_is_closed_to_whoever_has_no_token() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        let paths = paths(&caller).await;
        assert!(
            paths.len() > 20 && paths.contains("/api/v1/dashboard-links") && paths.contains("/"),
            "{paths:?}"
        );
        for path in
            paths.iter().filter(|path| !OPEN.contains(&path.as_str()) && !path.starts_with("/assets/"))
        {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                let request = Caller::bare(method, &filled(path)).body(Body::empty()).unwrap();
                let status = caller.send(request).await.status.as_u16();
                let refused = if matches!(method, "GET" | "HEAD" | "OPTIONS") { 401 } else { 403 };
                assert_eq!(status, refused, "{method} {path}");
                let guess = Caller::bare(method, &filled(path)).header("authorization", "Bearer guess");
                let status = caller.send(guess.body(Body::empty()).unwrap()).await.status.as_u16();
                assert_eq!(status, 401, "{method} {path} with a guess");
            }
        }
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_of_another_site_changes_nothing() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        let document = caller.get("/openapi.json").await;
        for (path, method, _) in operations(&document).into_iter().filter(|(_, method, _)| method != "GET") {
            let request = caller.request(&method, &filled(&path)).header("origin", "http://evil.example");
            assert_eq!(
                caller.send(request.body(Body::empty()).unwrap()).await.status,
                403,
                "{method} {path}"
            );
        }
        assert_eq!(caller.get("/api/v1/monitors").await["items"], json!([]));
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn looking_changes_nothing() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        caller.give("PUT", "/api/v1/profiles/ada/monitor", two_seats()).await;
        r.after(secs(5)).await;
        let before = (caller.get("/api/v1/profiles").await, caller.get("/api/v1/monitors").await);
        for path in paths(&caller).await.iter().filter(|path| path.as_str() != "/api/v1/stream") {
            let status = caller.ask("GET", &filled(path)).await.status.as_u16();
            assert!(status != 500, "GET {path} fails");
        }
        assert_eq!((caller.get("/api/v1/profiles").await, caller.get("/api/v1/monitors").await), before);
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_long_or_packed_is_not_taken() {
    /// More than any list of cookies or members has.
    const TOO_LONG: usize = 17 << 20;
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        let document = caller.get("/openapi.json").await;
        let before = caller.get("/api/v1/profiles").await;
        let writes = operations(&document)
            .into_iter()
            .filter(|(_, method, _)| matches!(&**method, "POST" | "PUT" | "PATCH"));
        let mut refused = 0;
        for (path, method, _) in writes {
            let request = caller.request(&method, &filled(&path)).header("content-type", "application/json");
            let long = request.body(Body::from(vec![b' '; TOO_LONG])).unwrap();
            refused += usize::from(caller.send(long).await.status == 413);
            // Nothing is unpacked here: a bomb stays as small as it came.
            let request = caller.request(&method, &filled(&path)).header("content-type", "application/json");
            let packed =
                request.header("content-encoding", "gzip").body(Body::from(&b"\x1f\x8b\x08"[..])).unwrap();
            let status = caller.send(packed).await.status.as_u16();
            assert!(status < 500, "{method} {path}: {status}");
        }
        assert!(refused >= 4, "{refused} refuse what is too long");
        assert_eq!(caller.get("/api/v1/profiles").await, before);
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn no_path_leads_to_a_file() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        let token = r.token();
        for path in [
            "/assets/../api-token",
            "/assets/..%2fapi-token",
            "/assets/%2e%2e/api-token",
            "/assets//etc/passwd",
            "/assets/style.css%00",
            "/members/..%2f..%2fapi-token",
            "/api/v1/profiles/..%2f..%2fapi-token",
            "/api/v1/sellers/..%2f..%2fetc%2fpasswd",
        ] {
            let answer = caller.ask("GET", path).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
            assert!(!answer.text.contains(&token) && !answer.text.contains("root:"), "{path}");
        }
    };
    Rehearsal::of(Script::default()).run(story).await;
}
