//! Thousands of bodies with something wrong in them: each is taken, or refused in words; none is our own failure.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header;
use proptest::strategy::{Strategy as _, ValueTree as _};

use super::*;
use crate::bad_input::mutated::{Format, Mutated, mutated, runner};

const BODIES: u32 = 3_000;
const PASSWORD: &str = "hush-hush-0f-a-pr0xy";

/// What is sent where when nothing is wrong with it.
fn sound() -> Vec<(&'static str, &'static str, Value)> {
    let member = json!({ "id": "zoe", "label": "Zoe", "browser": { "kind": "none" }, "seatsMax": 2,
        "proxy": format!("http://zoe:{PASSWORD}@proxy.example:8080"), "costMax": { "amount": "200.00", "currency": "GBP" } });
    let cookie =
        json!({ "name": "auth", "value": PASSWORD, "domain": "127.0.0.1", "path": "/", "secure": false });
    vec![
        ("POST", "/api/v1/profiles", member.clone()),
        ("PATCH", "/api/v1/profiles/ada", member),
        ("PUT", "/api/v1/profiles/zoe/monitor", two_seats()),
        ("POST", "/api/v1/profiles/zoe/cookies", json!([cookie])),
        ("POST", "/api/v1/cookies/update", json!({ "profile": "zoe" })),
    ]
}

#[tokio::test(start_paused = true)]
async fn whatever_stands_in_a_body_is_taken_or_refused_in_words() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        let sound = sound();
        let bodies = sound.iter().map(|(_, _, body)| (Format::Json, body.to_string().into_bytes())).collect();
        let (strategy, mut runner) = (mutated(bodies), runner(BODIES));
        let mut answered: BTreeMap<(usize, u16), u32> = BTreeMap::new();
        for _ in 0..BODIES {
            let Mutated { from, bytes } = strategy.new_tree(&mut runner).unwrap().current();
            let (method, path, _) = &sound[from];
            let request = caller.request(method, path).header(header::CONTENT_TYPE, "application/json");
            let answer = caller.send(request.body(Body::from(bytes.clone())).unwrap()).await;
            *answered.entry((from, answer.status.as_u16())).or_default() += 1;
            let told = format!("{method} {path} {}: {}", bytes.escape_ascii(), answer.text);
            assert!(!answer.status.is_server_error(), "{told}");
            if answer.status.is_client_error() {
                let (status, kind) = answer.problem();
                assert!(status >= 400 && !kind.is_empty(), "{told}");
                assert!(answer.text.len() < 4_000, "{told}");
            }
            assert!(!answer.text.contains(PASSWORD), "{told}");
        }
        for (from, (_, path, _)) in sound.iter().enumerate() {
            let statuses = answered.keys().filter(|(of, _)| *of == from).count();
            assert!(statuses >= 3, "{path} was never answered but in the same way: {answered:?}");
        }
    };
    Rehearsal::of(Script::default()).run(story).await;
}
