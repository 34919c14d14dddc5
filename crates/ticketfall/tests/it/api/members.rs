//! Members over the API: added, changed and removed, with what is secret of them never shown.

use super::*;

const PROFILES: &str = "/api/v1/profiles";

#[tokio::test(start_paused = true)]
async fn a_member_is_added_changed_and_removed() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        let zoe = json!({
            "id": "zoe/2", "label": "Zoe", "browser": { "kind": "none" }, "proxy": "http://zoe:hush-hush@proxy.example:8080",
            "seatsMax": 2, "costMax": { "amount": "200.00", "currency": "GBP" },
        });
        let added = caller.give("POST", PROFILES, zoe.clone()).await;
        assert_eq!(added.status, 201, "{}", added.text);
        let place = added.headers["location"].to_str().unwrap().to_owned();
        assert_eq!(caller.give("POST", PROFILES, zoe).await.problem(), (409, "profile-taken".to_owned()));
        let changed =
            caller.give("PATCH", &place, json!({ "label": "Zoë", "proxy": null, "costMax": null })).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        let shown = caller.get(&place).await;
        assert_eq!(shown, changed.json());
        assert_eq!(
            (&shown["label"], &shown["proxy"], &shown["seatsMax"]),
            (&json!("Zoë"), &json!(false), &json!(2))
        );
        assert_eq!((&added.json()["proxy"], added.text.contains("hush-hush")), (&json!(true), false));
        assert_eq!(caller.ask("DELETE", &place).await.status, 204);
        assert_eq!(caller.ask("GET", &place).await.problem(), (404, "no-profile".to_owned()));
        assert_eq!(caller.ask("DELETE", &place).await.problem(), (404, "no-profile".to_owned()));
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_member_that_cannot_be_kept_is_refused_without_repeating_a_password() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        for member in [
            json!({ "id": "" }),
            json!({ "label": "nobody" }),
            json!({ "id": "zoe", "seatsMax": 0 }),
            json!({ "id": "zoe", "proxy": "gopher://zoe:hush-hush@proxy.example" }),
            json!({ "id": "zoe", "browser": { "kind": "endpoint", "url": "http://127.0.0.1:9222/?token=hush-hush" } }),
            json!({ "id": "zoe", "browser": { "kind": "gologin", "id": "../x", "api": "local" } }),
        ] {
            let refused = caller.give("POST", PROFILES, member).await;
            assert_eq!(refused.problem(), (422, "unusable".to_owned()));
            assert!(!refused.text.contains("hush-hush"), "{}", refused.text);
        }
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_member_who_searches_or_holds_stays() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        caller.give("PUT", "/api/v1/profiles/ada/monitor", two_seats()).await;
        let removed = caller.ask("DELETE", "/api/v1/profiles/ada").await;
        assert_eq!(removed.problem(), (409, "profile-searching".to_owned()));
        let moved =
            caller.give("PATCH", "/api/v1/profiles/ada", json!({ "browser": { "kind": "local" } })).await;
        assert_eq!(moved.problem(), (409, "profile-searching".to_owned()));
        assert_eq!(
            caller.give("PATCH", "/api/v1/profiles/ada", json!({ "label": "Ada L." })).await.status,
            200
        );
        r.after(secs(15)).await;
        caller.ask("DELETE", "/api/v1/profiles/ada/monitor").await;
        let held = caller.ask("DELETE", "/api/v1/profiles/ada").await;
        assert_eq!(held.problem(), (409, "holds-open".to_owned()));
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}
