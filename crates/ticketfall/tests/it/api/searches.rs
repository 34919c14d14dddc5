//! Starting, following and stopping a search over the API.

use super::*;

const MONITOR: &str = "/api/v1/profiles/ada/monitor";

#[tokio::test(start_paused = true)]
async fn a_search_is_started_followed_to_its_seats_and_stopped() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        let never = caller.get(MONITOR).await;
        assert_eq!((&never["status"], &never["event"]), (&json!("Stopped"), &Value::Null));

        let started = caller.give("PUT", MONITOR, two_seats()).await;
        assert_eq!(started.status, 201, "{}", started.text);
        assert_eq!(started.json()["status"], "SearchingTickets");

        r.after(secs(15)).await;
        let held = caller.get(MONITOR).await;
        assert_eq!(held["status"], "Tickets");
        assert_eq!(held["held"]["seats"].as_array().unwrap().len(), 2);
        assert_eq!(held["held"]["total"], json!({ "amount": "122.00", "currency": "GBP" }));
        assert!(held["held"]["orderPage"].as_str().unwrap().ends_with("/Checkout/Basket"), "{held}");

        let stopped = caller.ask("DELETE", MONITOR).await;
        assert_eq!((stopped.status.as_u16(), &stopped.json()["status"]), (200, &json!("Stopped")));
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_start_and_a_stop_that_come_twice_do_what_one_does() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        assert_eq!(caller.give("PUT", MONITOR, two_seats()).await.status, 201);
        r.after(secs(3)).await;
        let again = caller
            .give("PUT", MONITOR, json!({ "seatCount": "3", "speedLimit": 2, "event": event_url(4001) }))
            .await;
        assert_eq!(again.status, 200, "{}", again.text);
        assert_eq!(again.json()["configuration"]["seatCount"], 3);
        r.after(secs(6)).await;
        assert_eq!(r.watch().members, 1);
        for _ in 0..2 {
            let stopped = caller.ask("DELETE", MONITOR).await;
            assert_eq!((stopped.status.as_u16(), &stopped.json()["status"]), (200, &json!("Stopped")));
        }
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn everything_that_a_search_lacks_is_answered_at_once() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        r.forget_session("ada").await;
        let wish = json!({ "event": "https://nowhere.example/match/1", "seatCount": 9 });
        for (method, path) in [("PUT", MONITOR.to_owned()), ("POST", format!("{MONITOR}/check"))] {
            let refused = caller.give(method, &path, wish.clone()).await;
            assert_eq!(refused.problem(), (422, "cannot-start".to_owned()));
            let refusals = refused.json()["refusals"].clone();
            let names: Vec<&str> =
                refusals.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
            assert_eq!(names, ["seller", "signedIn"], "{refusals}");
            assert!(refusals[0]["words"].is_string() && refusals[0]["advice"].is_string());
        }
        let ready = caller.give("POST", &format!("{MONITOR}/check"), json!({})).await;
        assert_eq!(ready.json()["refusals"][0]["name"], "event");
        let nobody = caller.give("PUT", "/api/v1/profiles/zoe/monitor", two_seats()).await;
        assert_eq!(nobody.problem(), (404, "cannot-start".to_owned()));
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_search_elsewhere_is_in_the_way() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        caller.give("PUT", MONITOR, two_seats()).await;
        let elsewhere = caller.give("PUT", MONITOR, json!({ "event": event_url(4002) })).await;
        assert_eq!(elsewhere.problem(), (409, "cannot-start".to_owned()));
        assert_eq!(elsewhere.json()["refusals"][0]["name"], "search");
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_configuration_out_of_range_is_refused_by_the_name_of_its_field() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        for (wish, field) in [
            (json!({ "seatCount": 99 }), "seatCount"),
            (json!({ "speedLimit": "soon" }), "speedLimit"),
            (json!({ "seatcount": 2 }), "seatcount"),
            (json!([]), "object"),
        ] {
            let refused = caller.give("PUT", MONITOR, wish).await;
            assert_eq!(refused.problem(), (422, "unusable".to_owned()));
            let detail = refused.json()["detail"].as_str().unwrap().to_owned();
            assert!(
                detail.starts_with("cannot ") && detail.to_lowercase().contains(&field.to_lowercase()),
                "{detail}"
            );
        }
        let request = caller.request("PUT", MONITOR).body("{\"seatCount\": ".into()).unwrap();
        assert_eq!(caller.send(request).await.problem(), (400, "bad-json".to_owned()));
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn an_access_keyword_is_taken_and_never_shown() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        let mut wish = two_seats();
        wish["keyword1"] = json!("open-sesame");
        let started = caller.give("PUT", MONITOR, wish).await;
        assert_eq!(started.status, 201);
        r.after(secs(3)).await;
        for text in [
            started.text,
            caller.ask("GET", MONITOR).await.text,
            caller.ask("GET", "/api/v1/monitors").await.text,
        ] {
            assert!(!text.contains("open-sesame") && text.contains("keyword1"), "{text}");
        }
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn members_searches_and_history_are_there_after_a_restart() {
    let story = async |r: &mut Scene| {
        let before = Caller::of(r);
        before.give("PUT", MONITOR, two_seats()).await;
        r.after(secs(15)).await;
        let (members, falls) = (before.get("/api/v1/profiles").await, before.get("/api/v1/falls").await);
        assert_eq!(falls["items"].as_array().unwrap().len(), 1);
        r.crash().await;
        let after = Caller::of(r);
        assert_eq!(after.get("/api/v1/profiles").await, members);
        assert_eq!(after.get("/api/v1/falls").await, falls);
        let monitor = after.get(MONITOR).await;
        assert_eq!((&monitor["startsWithService"], &monitor["event"]), (&json!(true), &json!("4001")));
        r.resume().await;
        r.after(secs(20)).await;
        assert_eq!(after.get(MONITOR).await["status"], "Tickets");
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}
