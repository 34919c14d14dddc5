//! The event stream: nothing twice, nothing left out, and a word where something is missing for good.

use super::*;

async fn begin(r: &Scene) -> Caller {
    let caller = Caller::of(r);
    caller.give("PUT", "/api/v1/profiles/ada/monitor", two_seats()).await;
    caller
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_hears_what_was_missed_once_and_in_order() {
    let story = async |r: &mut Scene| {
        let caller = begin(r).await;
        let mut whole =
            caller.listen("?events=session,status,fall,verdict,hold,proof,order_page", None).await;
        assert_eq!(whole.next().await.event, "hello");
        let mut broken =
            caller.listen("?events=session,status,fall,verdict,hold,proof,order_page", None).await;
        let fall = broken.until("fall").await;
        drop(broken);
        r.after(secs(15)).await;
        let mut again =
            caller.listen("?events=session,status,fall,verdict,hold,proof,order_page", Some(&fall.id)).await;
        let before = whole.until("fall").await;
        assert_eq!(before, fall);
        loop {
            let (one, other) = (whole.next().await, again.next().await);
            assert_eq!(one, other);
            assert!(one.number() > fall.number());
            if one.event == "order_page" {
                break;
            }
        }
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_is_noticed_by_who_comes_back() {
    let story = async |r: &mut Scene| {
        let caller = begin(r).await;
        let hello = caller.listen("", None).await.next().await;
        r.after(secs(5)).await;
        r.crash().await;
        let mut again = Caller::of(r).listen("", Some(&hello.id)).await;
        let told = again.next().await;
        assert_eq!((told.event.as_str(), &told.data["why"]), ("reset", &json!("anotherRun")));
        assert_ne!(told.id.split_once('-').unwrap().0, hello.id.split_once('-').unwrap().0);
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn an_id_that_was_never_told_is_answered_by_a_reset() {
    let story = async |r: &mut Scene| {
        let caller = begin(r).await;
        let hello = caller.listen("", None).await.next().await;
        let run = hello.id.split_once('-').unwrap().0.to_owned();
        for (last, why) in [(format!("{run}-999999"), "missedTooMuch"), ("nonsense".to_owned(), "anotherRun")]
        {
            let told = caller.listen("", Some(&last)).await.next().await;
            assert_eq!((told.event.as_str(), &told.data["why"]), ("reset", &json!(why)), "{last}");
        }
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_is_kept_alive_and_only_so_many_may_listen() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        let mut all = Vec::new();
        for _ in 0..64 {
            all.push(caller.listen("?events=fall", None).await);
        }
        assert_eq!(
            caller.ask("GET", "/api/v1/stream").await.problem(),
            (503, "too-many-listeners".to_owned())
        );
        let mut one = all.pop().unwrap();
        assert_eq!(one.next().await.event, "hello");
        assert!(one.comment().await.starts_with("event: beat"));
        drop(one);
        assert_eq!(caller.listen("", None).await.next().await.event, "hello");
    };
    Rehearsal::of(Script::default()).run(story).await;
}
