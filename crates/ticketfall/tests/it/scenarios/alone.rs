//! Sellers that show each member something else: each looks alone, and what they are shown is one event.

use ticketfall_boxoffice::Private;

use super::*;

/// Each member looks alone.
fn alone(script: Script) -> Rehearsal {
    Rehearsal::of(script).members(2).seller(|definition| definition.shared = false)
}

/// An area that only this member is shown.
fn only(name: &str, area: &str) -> Private {
    Private { area: area.into(), members: vec![format!("{name}@example.org")] }
}

fn too_dear(fall: Fall) -> Fall {
    fall.price(Pence(20_000))
}

async fn both_start(r: &Scene) {
    r.start("ada", wants(2)).await;
    r.start("ben", wants(2)).await;
}

#[tokio::test(start_paused = true)]
async fn two_who_are_shown_the_same_seats_never_both_ask_for_them() {
    let story = async |r: &mut Scene| {
        both_start(r).await;
        r.after(secs(40)).await;
        assert_eq!((r.basket("ada"), r.basket("ben")), (2, 2));
        let asked =
            |name: &'static str| move |one: &Carried| one.is_hold() && one.by.as_deref() == Some(name);
        assert_eq!(
            (r.count(asked("ada")), r.count(asked("ben"))),
            (2, 2),
            "a lock and its way into the basket"
        );
        assert!(r.count(|one| one.is_look() && one.by.as_deref() == Some("ben")) > 20, "ben looks alone");
    };
    alone(falls([seats(2).at(secs(10)), seats(2).row("H").at(secs(30))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_fall_that_two_are_shown_is_told_once_and_each_hears_why_not() {
    let story = async |r: &mut Scene| {
        both_start(r).await;
        r.after(secs(20)).await;
        insta::assert_snapshot!(r.lines(&["fall", "verdict", "TicketFall"]), @r"
        10.240 fall East Lower 5, row F, seats 245–246, £200.00 each
        10.240 verdict ada, 2 together up to £100.00 each: nothing fits: 1 tooDear
        10.240 verdict ben, 2 together up to £100.00 each: nothing fits: 1 tooDear
        10.240 ada status TicketFall_09:41pm
        10.240 ben status TicketFall_09:41pm
        ");
        let rows = r.falls().await;
        assert_eq!(rows.len(), 1);
        r.after(secs(90)).await;
        let seen = since_opening(r.falls().await[0].fall.last_seen);
        assert!(seen > secs(60), "last seen at {seen:?}");
    };
    alone(falls([too_dear(seats(2)).at(secs(10))])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn falls_that_only_one_is_shown_have_numbers_of_their_own() {
    let private = vec![only("ada", "East Lower 5"), only("ben", "West Lower 3")];
    let script = falls([seats(2).at(secs(10)), seats(2).area("West Lower 3").at(secs(10))]);
    let story = async |r: &mut Scene| {
        both_start(r).await;
        r.after(secs(20)).await;
        let rows = r.falls().await;
        let mut told: Vec<_> = rows.iter().map(|row| (row.fall.id.0, row.fall.area.to_string())).collect();
        told.sort();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].1 != told[1].1, "{told:?}");
        assert_eq!((r.basket("ada"), r.basket("ben")), (2, 2));
    };
    alone(Script { private, ..script }).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn seats_that_one_lets_go_are_offered_to_another_at_once() {
    let story = async |r: &mut Scene| {
        both_start(r).await;
        r.after(secs(15)).await;
        insta::assert_snapshot!(r.lines(&["hold", "refused"]), @r"
        10.240 ada refused by the ledger: the seats would cost more than the member's cap of £50.00
        10.320 ben hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        ");
        assert_eq!((r.basket("ada"), r.basket("ben")), (0, 2));
    };
    let frugal = |profile: &mut Profile| {
        let is_ada = profile.id.as_str() == "ada";
        profile.cost_max = is_ada.then(|| Price::new(5_000, Currency::GBP));
    };
    alone(falls([seats(2).at(secs(10))])).profiles(frugal).run(story).await;
}

/// A fall that only ada is shown and nobody of ours takes; a rival does soon after she has left.
fn adas_fall() -> Script {
    let rivals = Rivals { count: 1, reaction_ms: [10_000, 10_000], appetite: 1.0, max_price: None };
    let private = vec![only("ada", "East Lower 5")];
    Script { rivals, private, ..falls([too_dear(seats(2)).at(secs(10))]) }
}

#[tokio::test(start_paused = true)]
async fn what_only_one_who_left_was_shown_is_gone_when_she_looks_again() {
    let story = async |r: &mut Scene| {
        both_start(r).await;
        r.after(secs(15)).await;
        r.stop("ada").await;
        r.after(secs(60)).await;
        assert_eq!(r.falls().await[0].fall.gone_at, None, "nobody knows");
        r.start("ada", wants(2)).await;
        r.after(secs(65)).await;
        let fall = r.falls().await.remove(0).fall;
        let (seen, gone) = (since_opening(fall.last_seen), since_opening(fall.gone_at.unwrap()));
        assert!(seen < secs(15) && gone > secs(60), "seen {seen:?}, gone {gone:?}");
    };
    alone(adas_fall()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_only_who_was_shown_a_fall_can_tell_that_it_is_gone() {
    let story = async |r: &mut Scene| {
        both_start(r).await;
        r.after(secs(15)).await;
        r.crash().await;
        r.start("ben", wants(2)).await;
        r.after(secs(40)).await;
        assert_eq!(r.falls().await[0].fall.gone_at, None, "ben was never shown it");
        r.start("ada", wants(2)).await;
        r.after(secs(45)).await;
        assert!(r.falls().await[0].fall.gone_at.is_some());
    };
    alone(adas_fall()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn members_who_look_alone_are_shown_as_one_event() {
    let story = async |r: &mut Scene| {
        both_start(r).await;
        r.after(secs(10)).await;
        let view = r.watch();
        assert_eq!((view.members, view.in_line), (2, 2));
        let looks = r.count(|one| one.is_look() && one.done.is_some());
        assert_eq!(view.looks, u64::try_from(looks).unwrap());
        r.sign_out("ben");
        r.after(secs(14)).await;
        assert!(r.watch().blind > Duration::ZERO, "ben sees nothing");
        assert!(
            r.supervisor.metrics().await.unwrap().contains("ticketfall_blind_seconds{seller=\"boxoffice\"}")
        );
    };
    alone(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn the_floor_lies_between_the_looks_of_any_two_also_when_one_has_left() {
    let floor = secs(3);
    let story = async |r: &mut Scene| {
        both_start(r).await;
        r.after(secs(60)).await;
        r.stop("ada").await;
        r.stop("ben").await;
        r.start("ben", wants(2)).await;
        r.after(secs(90)).await;
        let looks: Vec<Carried> = r.carried().into_iter().filter(Carried::is_look).collect();
        let by = |name: &str| looks.iter().filter(|one| one.by.as_deref() == Some(name)).count();
        assert!(by("ada") >= 9 && by("ben") >= 19, "ada looked {} times, ben {}", by("ada"), by("ben"));
        assert!(looks.windows(2).all(|two| two[0].left + floor <= two[1].left));
    };
    let slow = |definition: &mut Definition| {
        definition.shared = false;
        definition.pace.floor = secs(3);
    };
    Rehearsal::of(Script::default()).members(2).seller(slow).run(story).await;
}
