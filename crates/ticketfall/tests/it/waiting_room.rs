//! Waiting rooms and checks in front of the box office, waited in and answered in a real Chromium.

mod connector;
mod front;
mod stage;

use std::time::Duration;

use rustix::process::{Pid, Signal, getpgid, kill_process_group};
use ticketfall::browser::Browser;
use ticketfall::notify::Notice;
use ticketfall_boxoffice::{Fault, FaultKind, LEAGUE_MATCH, Pause, RequestKind, Room, RoomSecret};

use stage::{Stage, ada, ben};

/// In front of the league match at once, at a host of its own: one let through a second.
fn room(ahead: u32) -> Room {
    Room { event: Some(LEAGUE_MATCH), ahead, host: Some("localhost".to_owned()), ..Room::default() }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A member whose search begins behind this room.
async fn behind(room: Room) -> Stage {
    let stage = Stage::set().await;
    stage.office.open_room(room);
    stage.start(&ada()).await;
    stage
}

async fn kill(browser: &Browser) {
    let pid = Pid::from_raw(browser.pid().unwrap().try_into().unwrap()).unwrap();
    kill_process_group(getpgid(Some(pid)).unwrap(), Signal::KILL).unwrap();
    browser.closed().await;
}

#[tokio::test]
async fn the_members_browser_waits_its_turn_and_the_search_goes_on_with_its_pass() {
    let mut stage = Stage::set().await;
    stage.start(&ada()).await;
    stage.until("a look", |notice| matches!(notice, Notice::Reading { .. })).await;
    stage.office.open_room(room(5));
    stage.until_held().await;
    assert_eq!(
        stage.story(&ada()),
        [
            "SearchingTickets",
            "Queue",
            "(queue) wait in the queue in the browser",
            "SearchingTickets",
            "Tickets"
        ]
    );
    let room = stage.end().await.unwrap();
    assert_eq!(room.polls(), 0, "in a waiting room nobody polls");
    assert_eq!(room.places.len(), 1, "one place for one member");
}

#[tokio::test]
async fn a_second_queue_is_waited_in_in_the_tab_of_the_first_and_says_that_the_pass_ran_out() {
    let mut stage = behind(room(1)).await;
    stage.until("a look", |notice| matches!(notice, Notice::Reading { .. })).await;
    stage.office.open_room(Room { secret: Some(RoomSecret::new("another")), ..room(1) });
    stage.until_held().await;
    assert_eq!(
        stage.story(&ada()),
        [
            "SearchingTickets",
            "Queue",
            "(queue) wait in the queue in the browser",
            "SearchingTickets",
            "Queue: the pass ran out",
            "(queue) the pass ran out: wait in the queue in the browser again",
            "SearchingTickets",
            "Tickets"
        ]
    );
    let tabs = stage.browser.pages().await.unwrap();
    assert_eq!(tabs.len(), 2, "the one that the member signed in with, and ours: {tabs:?}");
    assert_eq!(stage.end().await.unwrap().places.len(), 1);
}

#[tokio::test]
async fn a_room_that_is_not_open_yet_is_paused_or_asks_for_a_person_is_waited_through() {
    let pause = Pause { at: secs(16), lasts: secs(8) };
    let mut stage =
        behind(Room { soft_block: true, starts: Some(secs(14)), pauses: vec![pause], ..room(3) }).await;
    stage.until_status(&ada(), "Captcha").await;
    let check = stage.tab_with("input[name=code]").await;
    let code = check.evaluate("document.querySelector('svg text').textContent").await.unwrap();
    check.fill("input[name=code]", code.as_str().unwrap()).await.unwrap();
    check.click("input[name=person]").await.unwrap();
    check.click("button[type=submit]").await.unwrap();
    stage.until_held().await;
    let story = stage.story(&ada());
    for line in [
        "Captcha: a check in front of the queue",
        "(captcha) answer the check in front of the queue, in the browser",
        "Queue: the waiting room is not open yet",
        "(queue) the waiting room is not open yet: leave its page open in the browser, it goes on by itself",
        "Queue: the queue is paused",
        "(queue) the queue is paused: leave its page open in the browser, it goes on by itself",
        "Tickets",
    ] {
        assert_eq!(story.iter().filter(|told| *told == line).count(), 1, "{line}: {story:#?}");
    }
    let room = stage.end().await.unwrap();
    assert_eq!((room.polls(), room.places.len()), (0, 1));
}

#[tokio::test]
async fn a_pass_that_is_refused_is_asked_for_again_at_the_same_place() {
    let mut stage = behind(Room { bad_tokens: 1, late_tokens: 1, ..room(3) }).await;
    stage.until_held().await;
    let refused = "Queue: the waiting room did not accept the pass:";
    assert_eq!(
        stage.story(&ada()),
        [
            "SearchingTickets",
            "Queue",
            "(queue) wait in the queue in the browser",
            &format!("{refused} it is not the one that was given"),
            &format!("{refused} it came too late"),
            "SearchingTickets",
            "Tickets"
        ]
    );
    let room = stage.end().await.unwrap();
    assert_eq!((room.polls(), room.places.len()), (0, 1));
}

#[tokio::test]
async fn a_browser_that_is_killed_in_the_queue_comes_back_to_its_place() {
    let mut stage = behind(room(24)).await;
    stage.until_place(&ada()).await;
    kill(&stage.browser).await;
    stage.until_held().await;
    let story = stage.story(&ada());
    assert_eq!(story.iter().filter(|line| line.starts_with('(')).count(), 1, "{story:#?}");
    let room = stage.end().await.unwrap();
    assert_eq!((room.polls(), room.places.len()), (0, 1));
}

#[tokio::test]
async fn a_captcha_is_shown_to_its_member_and_the_search_goes_on_once_a_person_has_answered_it() {
    let mut stage = Stage::set().await;
    stage.start(&ada()).await;
    stage.until("a look", |notice| matches!(notice, Notice::Reading { .. })).await;
    stage.office.inject(Fault::once(FaultKind::Captcha).on(RequestKind::Availability));
    stage.until_status(&ada(), "Captcha").await;
    let check = stage.tab_with("form[action$=Captcha]").await;
    let asked = stage.office.log().len();
    tokio::time::sleep(secs(4)).await;
    assert_eq!(stage.office.log().len(), asked, "nobody asks while a person is needed");
    check.click("input[name=person]").await.unwrap();
    check.click("button[type=submit]").await.unwrap();
    stage.until_held().await;
    assert_eq!(
        stage.story(&ada()),
        [
            "SearchingTickets",
            "Captcha: a captcha",
            "(captcha) deal with the check in the browser",
            "SearchingTickets",
            "Tickets"
        ]
    );
    assert!(stage.end().await.is_none());
}

#[tokio::test]
async fn two_members_wait_in_their_own_browsers_and_one_that_is_not_ours_to_start_is_asked_for() {
    let mut stage = Stage::set().await;
    let bens = stage.join_ben().await;
    stage.office.open_room(room(12));
    stage.start(&ada()).await;
    stage.until_place(&ada()).await;
    stage.start(&ben()).await;
    stage.until_place(&ben()).await;
    kill(&bens).await;
    stage.until_status(&ben(), "SessionError").await;
    stage.until_held().await;
    let story = stage.story(&ben());
    let told: Vec<_> = story.iter().filter(|line| line.contains("nobody waits in the queue")).collect();
    assert_eq!(told.len(), 2, "one status and one call: {story:#?}");
    let room = stage.end().await.unwrap();
    assert_eq!((room.polls(), room.places.len(), room.passes()), (0, 2, 1));
}
