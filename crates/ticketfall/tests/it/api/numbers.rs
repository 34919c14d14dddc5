//! The service in numbers, and that no number tells a member or a seat.

use super::*;

#[tokio::test(start_paused = true)]
async fn the_numbers_say_how_looking_and_holding_go_and_name_nobody() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        caller.give("PUT", "/api/v1/profiles/ada/monitor", two_seats()).await;
        r.after(secs(15)).await;
        let answer = caller.ask("GET", "/metrics").await;
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
        let text = answer.text;
        for line in [
            "ticketfall_looks_total{seller=\"boxoffice\",outcome=\"seats\"} 2",
            "ticketfall_falls_total{seller=\"boxoffice\"} 1",
            "ticketfall_holds_total{seller=\"boxoffice\",result=\"granted\"} 1",
            "ticketfall_proofs_total{seller=\"boxoffice\",result=\"proven\"} 1",
            "ticketfall_searches{status=\"Tickets\"} 1",
            "ticketfall_searches{status=\"SearchingTickets\"} 0",
            "ticketfall_blind_seconds{seller=\"boxoffice\"} 0",
            "ticketfall_sessions 1",
            "ticketfall_oldest_session_age_seconds 15",
            "ticketfall_seen_to_held_seconds_bucket{seller=\"boxoffice\",le=\"0.25\"} 1",
            "ticketfall_look_duration_seconds_bucket{seller=\"boxoffice\",le=\"0.05\"} 11",
            "ticketfall_look_lateness_seconds_bucket{seller=\"boxoffice\",le=\"0.005\"}",
        ] {
            assert!(text.lines().any(|told| told.starts_with(line)), "{line} is not in\n{text}");
        }
        for named in ["ada", "East Lower", "4001"] {
            assert!(!text.contains(named), "{named}");
        }
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}
