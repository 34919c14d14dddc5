//! A service that has just begun answers at once, and says what is still to start again.

use serde_json::json;

use super::caller::Caller;
use crate::rehearsal::{Rehearsal, Scene, profile};
use crate::scenarios::{falls, seats, secs};
use ticketfall_boxoffice::Script;
use ticketfall_core::configuration::Configuration;

async fn in_line(r: &mut Scene) -> Caller {
    for name in ["ada", "ben"] {
        r.start(name, Configuration::default()).await;
    }
    r.after(secs(5)).await;
    r.crash().await;
    r.supervisor.line_up(Vec::new()).await.unwrap();
    Caller::of(r)
}

#[tokio::test(start_paused = true)]
async fn every_face_says_what_is_still_to_start_again() {
    let story = async |r: &mut Scene| {
        let caller = in_line(r).await;
        assert_eq!(caller.ask("GET", "/readyz").await.status, 200);
        let monitors = caller.get("/api/v1/monitors").await;
        let statuses: Vec<_> =
            monitors["items"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
        assert_eq!(statuses, ["StartingAgain", "StartingAgain"]);
        assert_eq!(caller.get("/api/v1/health").await["startingAgain"], 2);
        let metrics = caller.ask("GET", "/metrics").await.text;
        assert!(metrics.contains("ticketfall_searches{status=\"StartingAgain\"} 2"), "{metrics}");
        let page = caller.ask("GET", "/").await.text;
        assert!(page.contains("2 to start again") && page.contains("StartingAgain"), "{page}");
        r.supervisor.resume_all().await;
        r.after(secs(20)).await;
        let page = caller.ask("GET", "/?show=looking").await.text;
        assert!(!page.contains("to start again"), "{page}");
        let metrics = caller.ask("GET", "/metrics").await.text;
        assert!(metrics.contains("ticketfall_searches{status=\"StartingAgain\"} 0"), "{metrics}");
        assert!(metrics.contains("ticketfall_searches{status=\"Tickets\"} 1"), "{metrics}");
        assert_eq!(caller.get("/api/v1/health").await["startingAgain"], 0);
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_search_that_is_to_start_again_is_stopped_and_started_by_its_monitor() {
    let story = async |r: &mut Scene| {
        let caller = in_line(r).await;
        let stopped = caller.ask("DELETE", "/api/v1/profiles/ada/monitor").await;
        assert_eq!(stopped.json()["status"], "Stopped");
        let taken_up = caller
            .give("PUT", "/api/v1/profiles/ben/monitor", json!({ "event": wish(r, "ben").await }))
            .await;
        assert_eq!((taken_up.status.as_u16(), &taken_up.json()["status"]), (200, &json!("SearchingTickets")));
        r.supervisor.resume_all().await;
        assert_eq!(caller.get("/api/v1/profiles/ada/monitor").await["status"], "Stopped");
        assert_eq!(r.supervisor.statuses().len(), 1);
    };
    Rehearsal::of(Script::default()).members(2).run(story).await;
}

async fn wish(r: &Scene, name: &str) -> String {
    let rows = ticketfall::store::monitors::of_profiles(&r.store, vec![profile(name)]).await.unwrap();
    rows[0].event_url.to_string()
}
