//! Lists: by the page, with nothing twice and nothing left out, and answered once while nothing changes.

use std::collections::BTreeSet;

use ticketfall_boxoffice::Rivals;

use super::*;

/// Every item of a list, read two at a time.
async fn all(caller: &Caller, path: &str) -> Vec<Value> {
    let join = if path.contains('?') { '&' } else { '?' };
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("{path}{join}limit=2{cursor}")).await;
        let found = page["items"].as_array().unwrap();
        assert!(found.len() <= 2);
        items.extend(found.iter().cloned());
        let Some(next) = page["next"].as_str() else { return items };
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test(start_paused = true)]
async fn pages_together_are_the_whole_list() {
    let rows = ["A", "B", "C", "D", "E"];
    let all_at_once = rows.map(|row| seats(2).row(row).at(secs(10)));
    let later = rows.map(|row| seats(3).row(row).at(secs(20)));
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        for name in ["ada", "ben", "chloe", "dev", "esi"] {
            let mut wish = two_seats();
            wish["onMatch"] = json!("notify");
            assert_eq!(
                caller.give("PUT", &format!("/api/v1/profiles/{name}/monitor"), wish).await.status,
                201
            );
        }
        r.after(secs(30)).await;
        for (path, whole) in
            [("/api/v1/profiles", 5), ("/api/v1/monitors", 5), ("/api/v1/falls", 10), ("/api/v1/events", 1)]
        {
            let items = all(&caller, path).await;
            let once: BTreeSet<String> = items.iter().map(ToString::to_string).collect();
            assert_eq!((items.len(), once.len()), (whole, whole), "{path}");
            assert_eq!(caller.get(path).await["items"], Value::Array(items), "{path}");
        }
        assert_eq!(caller.get("/api/v1/falls?event=4002").await["items"], json!([]));
        assert_eq!(caller.get("/api/v1/falls?since=2026-11-22T23:00:00Z").await["items"], json!([]));
    };
    let script = falls([all_at_once, later].concat());
    Rehearsal::of(script).members(5).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_query_that_cannot_be_read_is_a_problem() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        for path in [
            "/api/v1/falls?limit=0",
            "/api/v1/falls?limit=501",
            "/api/v1/falls?limit=two",
            "/api/v1/falls?cursor=elsewhere",
            "/api/v1/holds?cursor=elsewhere",
            "/api/v1/monitors?cursor=elsewhere",
            "/api/v1/events?cursor=elsewhere",
            "/api/v1/falls?since=yesterday",
            "/api/v1/holds?profil=ada",
            "/api/v1/stream?event=fall",
        ] {
            assert_eq!(caller.ask("GET", path).await.problem(), (400, "bad-query".to_owned()), "{path}");
        }
        assert_eq!(caller.ask("GET", "/api/v1/holds/x").await.problem(), (400, "bad-path".to_owned()));
        for path in
            ["/api/v1/holds/9", "/api/v1/events/boxoffice/9", "/api/v1/sellers/nobody", "/api/v1/nothing"]
        {
            assert_eq!(caller.ask("GET", path).await.problem(), (404, "not-found".to_owned()), "{path}");
        }
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn what_has_not_changed_is_not_sent_again() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        caller.give("PUT", "/api/v1/profiles/ada/monitor", two_seats()).await;
        r.after(secs(5)).await;
        for path in ["/api/v1/monitors", "/api/v1/profiles/ada/monitor", "/api/v1/holds", "/api/v1/falls"] {
            let tag = caller.ask("GET", path).await.tag().to_owned();
            assert!(!caller.is_new(path, &tag).await, "{path}");
        }
        let tags = ["/api/v1/monitors", "/api/v1/holds", "/api/v1/falls"];
        let mut before = Vec::new();
        for path in tags {
            before.push(caller.ask("GET", path).await.tag().to_owned());
        }
        r.after(secs(15)).await;
        for (path, tag) in tags.into_iter().zip(before) {
            assert!(caller.is_new(path, &tag).await, "{path}");
        }
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_hold_is_there_with_its_reason_and_its_exchanges() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        caller.give("PUT", "/api/v1/profiles/ada/monitor", two_seats()).await;
        r.after(secs(30)).await;
        let holds = caller.get("/api/v1/holds?profile=ada").await;
        let refused = holds["items"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(refused["state"], "refused", "{holds}");
        assert!(refused["askedFor"].as_str().unwrap().starts_with("East Lower 5, row F"), "{refused}");
        let story = caller.get(&format!("/api/v1/holds/{}", refused["id"])).await;
        assert_eq!(story["reason"], refused["reason"]);
        assert!(!story["exchanges"].as_array().unwrap().is_empty());
        let notes = caller.get("/api/v1/profiles/ada/notes").await;
        assert_eq!(notes["items"].as_array().unwrap().last().unwrap()["kind"], "refused", "{notes}");
        for secret in r.secrets() {
            assert!(!story.to_string().contains(&secret));
        }
    };
    let rivals = Rivals { count: 1, appetite: 1.0, reaction_ms: [250, 250], max_price: None };
    Rehearsal::of(Script { rivals, ..falls([seats(2).at(secs(10))]) }).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn sellers_events_and_budgets_say_how_looking_goes() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        caller.give("PUT", "/api/v1/profiles/ada/monitor", two_seats()).await;
        r.after(secs(15)).await;
        let seller = caller.get("/api/v1/sellers/boxoffice").await;
        assert_eq!((&seller["timeZone"], &seller["isTemplate"]), (&json!("Europe/London"), &json!(false)));
        assert!(caller.get("/api/v1/sellers").await.as_array().unwrap().contains(&seller));
        let event = caller.get("/api/v1/events/boxoffice/4001").await;
        assert_eq!((&event["watch"]["members"], &event["watch"]["blindSeconds"]), (&json!(1), &json!(0.0)));
        assert!(
            event["areas"].as_array().unwrap().iter().any(|area| area["name"] == "East Lower 5"),
            "{event}"
        );
        assert_eq!(event["falls"]["latest"][0]["words"], "East Lower 5, row F, seats 245–246, £61.00 each");
        let budgets = caller.get("/api/v1/budgets").await;
        assert_eq!(budgets[0]["host"], "127.0.0.1:7480", "{budgets}");
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}
