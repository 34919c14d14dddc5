//! Afterwards: the story of a hold and of a member, from what a rehearsal left on its disk.

use std::time::Duration;

use ticketfall::store::runs;
use ticketfall_boxoffice::{Fault, FaultKind, RequestKind, Script};
use ticketfall_core::configuration::{Configuration, SeatCount};

use super::User;
use crate::rehearsal::{Rehearsal, Scene};
use crate::scenarios::{falls, seats, secs};

/// Longer than any machine's clock is from the rehearsals'.
const ALL: &str = "--since 36500d";

fn two() -> Configuration {
    Configuration { seat_count: SeatCount::new(2).unwrap(), ..Configuration::default() }
}

/// A user whose store is that of the rehearsal as it is now.
fn afterwards(r: &Scene) -> User {
    let user = User::new();
    std::fs::create_dir_all(user.data_dir()).unwrap();
    r.copy_disk(&user.data_dir());
    user
}

/// What the command line tells of a rehearsal as it is now, for programs.
pub(crate) fn explained_now(r: &Scene, what: &str) -> serde_json::Value {
    afterwards(r).runs(&format!("explain {what}")).json()
}

fn explained(user: &User, what: &str) -> String {
    let run = user.runs(&format!("explain {what} {ALL}"));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    run.stdout
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_explained_by_all_of_its_tries() {
    let refused = Fault::once(FaultKind::Status { status: 400, retry_after: None }).on(RequestKind::Lock);
    let script = Script { faults: vec![refused.times(2)], ..falls([seats(2).at(secs(10))]) };
    let story = async |r: &mut Scene| {
        r.start("ada", two()).await;
        r.after(secs(20)).await;
        let user = afterwards(r);
        let told = explained(&user, "1");
        insta::assert_snapshot!(told, @r#"
        Sun 22 Nov 21:41:10.240  fell      East Lower 5, row F, seats 245–246, £61.00 each at boxoffice/4001
        Sun 22 Nov 21:41:10.240  matched   2 together up to £100.00 each is wanted now, which this fits
        Sun 22 Nov 21:41:10.240  permit    given to ada, whose limits are the seller's own
        Sun 22 Nov 21:41:10.240  asked     hold 1: East Lower 5, row F, seats 245–246, £61.00 each
        Sun 22 Nov 21:41:10.240  request   hold/lock, POST → 400, answered, 40 ms: Bad Request
        Sun 22 Nov 21:41:10.280  request   page, GET → 200, answered, 40 ms
        Sun 22 Nov 21:41:10.280  outcome   hold 1: refused: Bad Request
        Sun 22 Nov 21:41:10.320  asked     hold 2: East Lower 5, row F, seats 245–246, £61.00 each
        Sun 22 Nov 21:41:10.320  request   hold/lock, POST → 400, answered, 40 ms: Bad Request
        Sun 22 Nov 21:41:10.360  request   seat map, GET → 200, answered, 40 ms
        Sun 22 Nov 21:41:10.360  outcome   hold 2: refused: Bad Request
        Sun 22 Nov 21:41:10.400  asked     hold 3: East Lower 5, row F, seats 245–246, £61.00 each
        Sun 22 Nov 21:41:10.400  request   hold/select, PUT → 200, answered, 40 ms: "OK:424a"
        Sun 22 Nov 21:41:10.400  seatView  East Lower 5, row F, seats 245–246, £61.00 each
        Sun 22 Nov 21:41:10.440  request   basket, GET → 200, answered, 40 ms
        Sun 22 Nov 21:41:10.480  outcome   hold 3: proven in the basket: East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        Sun 22 Nov 21:41:10.480  orderPage http://127.0.0.1:7480/northend/Checkout/Basket to be opened by hand (no browser: open it where the member is signed in)
        Sun 22 Nov 21:51:09.480  deadline  hold 3 is to be paid for by then
        "#);
        assert_eq!(explained(&user, "2"), told, "each try tells the whole story");
        let json = user.runs("explain 1 --json").json();
        assert_eq!((&json["of"], &json["id"]), (&"hold".into(), &"1".into()));
        assert_eq!(json["turns"].as_array().unwrap().len(), told.lines().count());
    };
    Rehearsal::of(script).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_proven_hold_is_explained_from_its_fall_to_the_basket() {
    let story = async |r: &mut Scene| {
        r.start("ada", two()).await;
        r.after(secs(20)).await;
        insta::assert_snapshot!(explained(&afterwards(r), "1"), @r#"
        Sun 22 Nov 21:41:10.240  fell      East Lower 5, row F, seats 245–246, £61.00 each at boxoffice/4001
        Sun 22 Nov 21:41:10.240  matched   2 together up to £100.00 each is wanted now, which this fits
        Sun 22 Nov 21:41:10.240  permit    given to ada, whose limits are 4 seats of one event
        Sun 22 Nov 21:41:10.240  asked     hold 1: East Lower 5, row F, seats 245–246, £61.00 each
        Sun 22 Nov 21:41:10.240  request   hold/lock, POST → 200, answered, 40 ms: {"LockedSeats":[{"Id":400119797,"AreaId":1220,"XCoord":36,"YCoord":21,"PriceBandId":"07"},{"Id":400119798,"AreaId":1220,"XCoord":37,"YCoord":21,"PriceBandId":"07"}]}
        Sun 22 Nov 21:41:10.280  request   hold/basket, PUT → 200, answered, 40 ms: {"Success":true}
        Sun 22 Nov 21:41:10.320  request   basket, GET → 200, answered, 40 ms
        Sun 22 Nov 21:41:10.360  outcome   hold 1: proven in the basket: East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        Sun 22 Nov 21:41:10.360  orderPage http://127.0.0.1:7480/northend/Checkout/Basket to be opened by hand (no browser: open it where the member is signed in)
        Sun 22 Nov 21:51:09.360  deadline  hold 1 is to be paid for by then
        "#);
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).profiles(|ada| ada.seats_max = Some(4)).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_member_is_told_what_a_crash_left_and_who_got_what() {
    let story = async |r: &mut Scene| {
        let run = runs::begin(&r.store, "1.0.0", r.clock_now()).await.unwrap();
        r.start("ada", two()).await;
        r.after(Duration::from_millis(10_250)).await;
        runs::alive(&r.store, run, r.clock_now()).await.unwrap();
        r.crash().await;
        let run = runs::begin(&r.store, "1.0.1", r.clock_now()).await.unwrap();
        r.start("ada", two()).await;
        r.start("ben", two()).await;
        r.after(secs(200)).await;
        runs::end(&r.store, run, r.clock_now()).await.unwrap();
        let user = afterwards(r);
        insta::assert_snapshot!(explained(&user, "ada"), @"
        Sun 22 Nov 21:41:00.000  service   started, version 1.0.0
        Sun 22 Nov 21:41:00.000  status    SearchingTickets
        Sun 22 Nov 21:41:10.240  fell      East Lower 5, row F, seats 245–246, £61.00 each at boxoffice/4001; hold 1: not in the basket any more: paid for, taken out, or never there; hold 2: proven in the basket: East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        Sun 22 Nov 21:41:10.250  service   was cut off some time after this; hold 1 was open, and after the restart: not in the basket any more: paid for, taken out, or never there
        Sun 22 Nov 21:41:10.250  service   started, version 1.0.1
        Sun 22 Nov 21:41:10.250  status    SearchingTickets
        Sun 22 Nov 21:41:40.530  status    TicketFall_09:41pm
        Sun 22 Nov 21:41:40.530  fell      East Lower 5, row F, seats 245–246, £61.00 each at boxoffice/4001; hold 2: proven in the basket: East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        Sun 22 Nov 21:41:55.650  status    Tickets
        Sun 22 Nov 21:41:55.650  held      East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        Sun 22 Nov 21:41:55.650  orderPage http://127.0.0.1:7480/northend/Checkout/Basket to be opened by hand (no browser: open it where the member is signed in)
        Sun 22 Nov 21:42:40.530  fell      East Lower 5, row K, seat 263, £61.00 each at boxoffice/4001; nobody asked: by what is wanted now, 1 on sale, 2 wanted
        Sun 22 Nov 21:43:30.530  fell      East Lower 5, row H, seats 245–246, £61.00 each at boxoffice/4001; given to ben, hold 3: proven in the basket: East Lower 5, block 120, row H, seat 246; East Lower 5, block 120, row H, seat 245
        Sun 22 Nov 21:44:20.000  service   ended
        ");
        insta::assert_snapshot!(explained(&user, "ben"), @"
        Sun 22 Nov 21:41:00.000  service   started, version 1.0.0
        Sun 22 Nov 21:41:10.240  fell      East Lower 5, row F, seats 245–246, £61.00 each at boxoffice/4001; given to ada, hold 2: proven in the basket: East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        Sun 22 Nov 21:41:10.250  service   was cut off some time after this; no hold of this member was open
        Sun 22 Nov 21:41:10.250  service   started, version 1.0.1
        Sun 22 Nov 21:41:10.250  status    SearchingTickets
        Sun 22 Nov 21:41:40.530  status    TicketFall_09:41pm
        Sun 22 Nov 21:41:40.530  fell      East Lower 5, row F, seats 245–246, £61.00 each at boxoffice/4001; given to ada, hold 2: proven in the basket: East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        Sun 22 Nov 21:42:40.530  status    TicketFall_09:42pm
        Sun 22 Nov 21:42:40.530  fell      East Lower 5, row K, seat 263, £61.00 each at boxoffice/4001; nobody asked: by what is wanted now, 1 on sale, 2 wanted
        Sun 22 Nov 21:43:30.530  fell      East Lower 5, row H, seats 245–246, £61.00 each at boxoffice/4001; hold 3: proven in the basket: East Lower 5, block 120, row H, seat 246; East Lower 5, block 120, row H, seat 245
        Sun 22 Nov 21:43:30.650  status    Tickets
        Sun 22 Nov 21:43:30.650  held      East Lower 5, block 120, row H, seat 246; East Lower 5, block 120, row H, seat 245
        Sun 22 Nov 21:43:30.650  orderPage http://127.0.0.1:7480/northend/Checkout/Basket to be opened by hand (no browser: open it where the member is signed in)
        Sun 22 Nov 21:44:20.000  service   ended
        ");
    };
    let fallen = [seats(2).at(secs(10)), seats(2).row("H").at(secs(150)), seats(1).row("K").at(secs(100))];
    Rehearsal::of(falls(fallen)).members(2).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_refused_with_what_is_near() {
    let story = async |r: &mut Scene| {
        r.start("ada", two()).await;
        r.after(secs(20)).await;
        let user = afterwards(r);
        insta::assert_snapshot!(user.runs("explain 17").refused(3), @"
        × cannot explain 17: no hold and no profile is called so
        help: did you mean 1?
        ");
        insta::assert_snapshot!(user.runs("explain adda").refused(3), @"
        × cannot explain adda: no hold and no profile is called so
        help: did you mean ada?
        ");
    };
    Rehearsal::of(falls([seats(2).at(secs(10))])).run(story).await;
    User::new().runs("explain ada").refused(3);
}
