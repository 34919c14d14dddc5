//! Starting again: what ran before the service ended runs again, and whoever is stopped meanwhile does not.

use std::net::TcpListener;

use ticketfall::monitoring::{Change, MemberChange, MemberError};

use super::*;

/// As many as do not all start at once.
const MANY: usize = 40;

/// A browser that takes the call and says nothing, so that a start waits for it.
fn silent() -> (TcpListener, BrowserChoice) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    (listener, BrowserChoice::Endpoint { url })
}

async fn started(r: &Scene) -> Vec<String> {
    let mut names: Vec<String> = CAST.iter().map(|name| (*name).to_owned()).collect();
    names.extend(["kit", "lena"].map(str::to_owned));
    names.extend((13..=MANY).map(|number| format!("member{number}")));
    for name in &names {
        r.start(name, wants(2)).await;
    }
    r.after(secs(5)).await;
    names
}

fn label(r: &Scene, name: &str) -> Option<String> {
    r.supervisor.status(&profile(name)).map(|(_, view)| view.label)
}

#[tokio::test(start_paused = true)]
async fn who_waits_to_start_again_is_told_so_and_then_looks() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", wants(2)).await;
        r.after(secs(5)).await;
        r.crash().await;
        assert_eq!((label(r, "ada"), r.supervisor.starting_again()), (None, 0));
        r.supervisor.line_up(Vec::new()).await.unwrap();
        assert_eq!((r.status("ada").as_str(), r.status("ben").as_str()), ("StartingAgain", "StartingAgain"));
        assert_eq!((r.supervisor.statuses().len(), r.supervisor.starting_again()), (2, 2));
        r.supervisor.resume_all().await;
        assert_eq!((r.status("ada").as_str(), r.supervisor.starting_again()), ("SearchingTickets", 0));
        r.after(secs(20)).await;
        assert_eq!((r.basket("ada"), r.watch().members), (2, 2));
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_may_hold_something_starts_again_first() {
    let story = async |r: &mut Scene| {
        for name in ["ada", "ben", "chloe"] {
            r.start(name, wants(if name == "ben" { 2 } else { 4 })).await;
            r.pass(secs(1)).await;
        }
        r.after(secs(15)).await;
        assert_eq!(r.basket("ben"), 2);
        r.crash().await;
        let before = r.carried().len();
        r.resume().await;
        r.after(secs(30)).await;
        let mut asked: Vec<String> = r.carried()[before..].iter().filter_map(|one| one.by.clone()).collect();
        asked.dedup();
        assert_eq!(asked[0], "ben", "{asked:?}");
        assert_eq!((r.status("ben").as_str(), r.basket("ben")), ("Tickets", 2));
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).members(3).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_service_that_ends_in_the_middle_of_starting_again_loses_no_search() {
    for turns in [0, 1, 2, 5, 20, 60] {
        let story = async |r: &mut Scene| {
            let names = started(r).await;
            r.crash().await;
            r.supervisor.line_up(Vec::new()).await.unwrap();
            let some_turns = async {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                biased;
                () = r.supervisor.resume_all() => {}
                () = some_turns => {}
            }
            assert!(r.supervisor.shut_down().await, "after {turns} turns");
            r.crash().await;
            r.resume().await;
            r.pass(secs(10)).await;
            for name in &names {
                assert_eq!(r.status(name), "SearchingTickets", "{name} after {turns} turns");
            }
            assert_eq!(r.watch().members, MANY);
        };
        Rehearsal::of(Script::default()).members(MANY).run(story).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_starts_again_once_the_service_is_to_end() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(5)).await;
        r.crash().await;
        r.supervisor.line_up(Vec::new()).await.unwrap();
        let (ended, ()) = tokio::join!(r.supervisor.shut_down(), r.supervisor.resume_all());
        assert!(ended);
        assert_eq!((r.status("ada").as_str(), r.desired("ada").await), ("StartingAgain", Desired::Running));
        let late = r.try_start("ada", wants(2)).await;
        insta::assert_snapshot!(late.unwrap_err(), @"search: the service is about to end");
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_search_that_is_stopped_before_its_turn_does_not_start_again() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", wants(2)).await;
        r.after(secs(5)).await;
        r.crash().await;
        r.supervisor.line_up(Vec::new()).await.unwrap();
        let ((), ()) = tokio::join!(r.stop("ada"), r.supervisor.resume_all());
        r.after(secs(20)).await;
        assert_eq!((label(r, "ada"), r.desired("ada").await), (None, Desired::Stopped));
        assert_eq!((r.basket("ada"), r.basket("ben"), r.watch().members), (0, 2, 1));
        assert!(!r.supervisor.stop(&profile("ada")).await, "there is nothing to stop any more");
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_search_that_is_stopped_while_it_starts_does_not_go_on_and_keeps_no_other() {
    let (_browser, choice) = silent();
    let story = async |r: &mut Scene| {
        r.start("ben", wants(2)).await;
        let wish = Configuration { event: Some(event_url(4001)), ..wants(2) };
        r.supervisor.line_up(vec![(profile("ada"), wish)]).await.unwrap();
        r.supervisor.resume_all().await;
        r.after(secs(15)).await;
        r.crash().await;
        r.supervisor.line_up(Vec::new()).await.unwrap();
        let story = async {
            r.after(secs(17)).await;
            assert_eq!(
                (label(r, "ada").unwrap(), r.status("ben")),
                ("StartingAgain".into(), "SearchingTickets".into())
            );
            r.stop("ada").await;
            assert_eq!((r.now(), label(r, "ada")), (secs(17), None), "a stop waits for no browser");
        };
        tokio::join!(r.supervisor.resume_all(), story);
        r.after(secs(40)).await;
        assert_eq!((label(r, "ada"), r.desired("ada").await), (None, Desired::Stopped));
        assert_eq!(r.basket("ben"), 2);
    };
    let endpoint = move |profile: &mut Profile| {
        if profile.id.as_str() == "ada" {
            profile.browser = choice.clone();
        }
    };
    let rehearsal = Rehearsal::of(falls([seats(2).at(secs(30))])).members(2).profiles(endpoint);
    rehearsal.warns("the search goes on with the session that was kept").run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_search_that_somebody_starts_before_its_turn_is_one_search_as_they_want_it() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(4)).await;
        r.start("ben", wants(4)).await;
        r.after(secs(5)).await;
        r.crash().await;
        let before = r.carried().len();
        r.supervisor.line_up(Vec::new()).await.unwrap();
        let elsewhere = Configuration { event: Some(event_url(4002)), ..wants(2) };
        let refused = r.try_start("ada", elsewhere).await;
        insta::assert_snapshot!(refused.unwrap_err(), @"search: the profile searches at boxoffice/4001 already");
        r.start("ada", wants(2)).await;
        assert_eq!((r.status("ada").as_str(), r.supervisor.starting_again()), ("SearchingTickets", 1));
        tokio::join!(r.supervisor.resume_all(), r.start("ben", wants(2)));
        r.after(secs(30)).await;
        assert_eq!((r.watch().members, r.basket("ada") + r.basket("ben")), (2, 4), "both want two");
        let pages = r.carried()[before..].iter().filter(|one| one.path.contains("/EDP/Event/Index/")).count();
        assert_eq!(pages, 2, "each prepared once");
    };
    let script = falls([seats(2).at(secs(10)), seats(2).row("H").at(secs(12))]);
    Rehearsal::of(script).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn one_search_that_cannot_start_again_keeps_no_other_and_is_told() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", wants(2)).await;
        r.after(secs(5)).await;
        r.crash().await;
        r.forget_session("ada").await;
        r.resume().await;
        r.after(secs(20)).await;
        assert_eq!(
            (label(r, "ada"), r.desired("ada").await),
            (None, Desired::Running),
            "it is tried again next time"
        );
        assert_eq!(r.basket("ben"), 2);
    };
    let script = falls([seats(2).at(secs(10))]);
    Rehearsal::of(script).members(2).warns("cannot start the search: nobody is signed in").run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_member_who_is_to_search_again_neither_moves_nor_goes_and_new_limits_count() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(5)).await;
        r.crash().await;
        r.supervisor.line_up(Vec::new()).await.unwrap();
        let moved = MemberChange { browser: Some(BrowserChoice::Local), ..MemberChange::default() };
        let moved = r.supervisor.change_member(&profile("ada"), moved).await;
        assert!(matches!(moved, Err(MemberError::Searching(_))), "{moved:?}");
        let removed = r.supervisor.remove_member(&profile("ada")).await;
        assert!(matches!(removed, Err(MemberError::Searching(_))), "{removed:?}");
        let ada = profile("ada");
        let change = MemberChange { seats_max: Change::Set(1), ..MemberChange::default() };
        let ((), changed) = tokio::join!(r.supervisor.resume_all(), r.supervisor.change_member(&ada, change));
        changed.unwrap();
        r.after(secs(20)).await;
        assert_eq!((label(r, "ada"), r.basket("ada")), (None, 0), "two seats are more than it allows now");
    };
    let script = falls([seats(2).at(secs(10))]);
    Rehearsal::of(script).warns("the profile's own limit is 1").run(story).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_services_own_configuration_wants_starts_with_the_rest() {
    let story = async |r: &mut Scene| {
        for name in ["ada", "ben"] {
            r.start(name, wants(4)).await;
        }
        r.after(secs(5)).await;
        r.crash().await;
        let given = Configuration { event: Some(event_url(4001)), ..wants(2) };
        r.supervisor.line_up(vec![(profile("ada"), given)]).await.unwrap();
        assert_eq!(r.supervisor.starting_again(), 2);
        r.supervisor.resume_all().await;
        r.after(secs(20)).await;
        assert_eq!((r.basket("ada"), r.basket("ben")), (2, 0));
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).members(2).run(story).await;
}
