//! The story of a hold, at each of the faces that tell it: one source, and who may hear it.

use axum::body::Body;
use ticketfall::store::holds::{self, HoldState};

use super::*;
use crate::cli::explained_now;

const STORY: &str = "/api/v1/holds/1/story";

/// What a page shows is escaped there, and nowhere else.
fn escaped(text: &str) -> String {
    let all = [('&', "&#38;"), ('<', "&#60;"), ('>', "&#62;"), ('"', "&#34;"), ('\'', "&#39;")];
    all.into_iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[tokio::test(start_paused = true)]
async fn the_story_of_a_hold_is_the_same_at_every_face() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        caller.give("PUT", "/api/v1/profiles/ada/monitor", two_seats()).await;
        r.after(secs(20)).await;
        let told = caller.get(STORY).await;
        assert_eq!(told, explained_now(r, "1 --json"));
        let turns = told["turns"].as_array().unwrap();
        let kinds: Vec<&str> = turns.iter().map(|turn| turn["kind"].as_str().unwrap()).collect();
        let expected = [
            "fell",
            "matched",
            "permit",
            "asked",
            "request",
            "request",
            "request",
            "outcome",
            "orderPage",
            "deadline",
        ];
        assert_eq!(kinds, expected);
        let page = caller.ask("GET", "/holds/1").await.text;
        let mut rest = page.split_once("id=\"story\"").unwrap().1;
        for turn in turns {
            let text = format!("<span>{}</span>", escaped(turn["text"].as_str().unwrap()));
            let at =
                rest.find(&text).unwrap_or_else(|| panic!("{text} is not told, or not in its turn: {rest}"));
            rest = &rest[at + text.len()..];
        }
        assert!(!rest.contains("<li>"), "the page tells more: {rest}");
        assert!(caller.ask("GET", "/members/ada").await.text.contains("href=\"/holds/1\""));
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_story_is_told_to_nobody_without_a_token_and_of_no_hold_that_is_not_there() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        caller.give("PUT", "/api/v1/profiles/ada/monitor", two_seats()).await;
        r.after(secs(20)).await;
        for path in [STORY, "/holds/1"] {
            let answer = caller.send(Caller::bare("GET", path).body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 401, "{path}");
            assert!(!answer.text.contains("East Lower"), "{path} tells: {}", answer.text);
            assert_eq!(caller.ask("GET", path).await.status, 200, "{path}");
        }
        let problem = caller.ask("GET", "/api/v1/holds/17/story").await.problem();
        assert_eq!(problem, (404, "not-found".to_owned()));
        for path in ["/holds/17", "/holds/ada"] {
            assert_eq!(caller.ask("GET", path).await.status, 404, "{path}");
        }
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_seat_whose_name_is_a_script_is_told_and_not_run() {
    const SCRIPT: &str = "<script>alert('seat')</script>";
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        caller.give("PUT", "/api/v1/profiles/ada/monitor", two_seats()).await;
        r.after(secs(20)).await;
        let row = holds::recent(&r.store, 1).await.unwrap().remove(0);
        let HoldState::Proven { mut seats, expires_at } = row.state else { panic!("{row:?}") };
        seats[0].row = Some(SCRIPT.into());
        seats[0].seat = Some("\" onmouseover=\"alert(1)".into());
        holds::settled(&r.store, row.id, HoldState::Proven { seats, expires_at }, r.clock_now())
            .await
            .unwrap();
        assert!(caller.get(STORY).await.to_string().contains("<script>alert('seat')"), "it is told as it is");
        for path in ["/holds/1", "/members/ada"] {
            let page = caller.ask("GET", path).await.text;
            assert!(!page.contains("<script>alert") && !page.contains("\" onmouseover"), "{path}: {page}");
        }
        assert!(caller.ask("GET", "/holds/1").await.text.contains(&escaped(SCRIPT)));
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}
