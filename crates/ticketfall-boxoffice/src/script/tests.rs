//! What a script may say, and what its errors tell.

use super::*;
use crate::fault::{FaultKind, RequestKind, Selector};

#[test]
fn a_whole_script_is_read() {
    let script = Script::from_toml(
        r#"
        [[fall]]
        at = "90s"
        event = 4001
        area = "East Lower 5"
        seats = 2
        price = "75.00"

        [[fall]]
        at = "2m"
        event = 4002
        area = 1203
        row = "F"
        market = "primary"
        count = 3
        every = "10s"

        [[fault]]
        at = "30s"
        for = "10s"
        on = "hold"
        member = "ada@example.org"
        kind = "status"
        status = 503

        [[fault]]
        on = "/EDP/Seats/*"
        times = 2
        kind = "slow"
        delay = "3s"

        [[closing]]
        at = "1h"
        event = 4002

        [weather]
        falls_per_minute = 6
        [rivals]
        count = 12
        reaction_ms = [5, 900]
        max_price = "120.00"
        [limits]
        posted = 2
        key_writes = 3
        [pace]
        requests_per_minute = 90
        [cache]
        max_age = 5
        [room]
        event = 4001
        opens = "1m"
        starts = "2m"
        closes = "3h"
        per_minute = 120
        ahead = 500
        pass_minutes = 5
        extend = false
        soft_block = true
        customer = "northend-fc"
        id = "cup-tie"
        secret = "whatever"
        host = "localhost"
        [[room.pause]]
        at = "10m"
        for = "90s"
        "#,
    )
    .unwrap();
    assert_eq!(
        script.falls[0],
        Fall::of(EventId(4001)).at(Duration::from_secs(90)).area("East Lower 5").seats(2).price(Pence(7_500))
    );
    assert_eq!((script.falls[1].count, script.falls[1].every), (3, Duration::from_secs(10)));
    assert_eq!(script.faults[0].kind, FaultKind::Status { status: 503, retry_after: None });
    assert_eq!(script.faults[0].on, Selector::Kind(RequestKind::Hold));
    assert_eq!(script.faults[1].on, Selector::Path("/EDP/Seats/*".to_owned()));
    let room = script.room.unwrap();
    assert_eq!((room.event, room.starts), (Some(EventId(4001)), Some(Duration::from_mins(2))));
    assert_eq!(room.pauses, [Pause { at: Duration::from_mins(10), lasts: Duration::from_secs(90) }]);
    assert_eq!((room.extend, room.soft_block, room.host.as_deref()), (false, true, Some("localhost")));
    assert!(!format!("{room:?}").contains("whatever"));
    assert_eq!((script.limits.posted, script.limits.basket_minutes), (2, 10));
}

#[test]
fn the_empty_script_is_the_default_one() {
    assert_eq!(Script::from_toml("").unwrap(), Script::default());
    assert_eq!(Script::default().room, None);
    assert_eq!(Script::from_toml("[room]").unwrap().room, Some(Room::default()));
}

#[test]
fn errors_say_where_and_what_to_do() {
    for (text, expected) in [
        ("[rivals]\ncuont = 3", "unknown field `cuont`"),
        ("[[fall]]\nat = \"soon\"\nevent = 4001", "write for example \"90s\""),
        ("[[fall]]\nevent = 4001\nprice = \"75\"\nseats = 0", "from 1 to 20"),
        ("[[fall]]\nevent = 1", "choose one of 4001"),
        ("[[fall]]\nevent = 4001\narea = \"Moon\"", "names look like"),
        ("[[fall]]\nevent = 4001\narea = true", "an area's name in quotes"),
        ("[[fall]]\nevent = 4001\nmarket = \"primary\"\nprice = \"75.00\"", "leave price out"),
        ("[rivals]\nappetite = 1.5", "from 0 to 1"),
        ("[rivals]\nreaction_ms = [9, 5]", "the smaller number first"),
        ("[weather]\nevents = []\nfalls_per_minute = 1", "name one"),
        ("[weather]\nfalls_per_minute = 1e-9", "from 0.001 to 6000"),
        ("[weather]\nseats = [3, 1]", "the smaller number first"),
        ("[opening]\nlots = 50000", "from 0 to 20000"),
        ("[limits]\nposted = 0", "from 1 to 40"),
        ("[limits]\nkey_writes = 0", "from 1 to 1000000"),
        ("[limits]\nlock_seconds = 0", "from 1 to 1000000"),
        ("[room]\nevent = 7", "choose one of 4001"),
        ("[room]\nper_minute = 0", "from 1 to 100000"),
        ("[room]\nopens = \"2m\"\nstarts = \"1m\"", "starts is before opens"),
        ("[room]\nopens = \"2m\"\ncloses = \"2m\"", "give a later time"),
        (
            "[[room.pause]]\nat = \"1m\"\nfor = \"2m\"\n[[room.pause]]\nat = \"2m\"\nfor = \"1s\"",
            "give them apart",
        ),
        ("[room]\nid = \"a_b\"", "letters, digits and hyphens"),
        ("[room]\nsecret = \"\"", "write any text"),
        ("[room]\nhost = \"http://queue.example\"", "a name such as \"localhost\""),
        ("[[fault]]\nkind = \"status\"", "status"),
        ("[[fault]]\nkind = \"slow\"", "delay"),
        ("[[fault]]\nkind = \"block\"\nstatus = 403", "status"),
        ("[[fault]]\nkind = \"block\"\non = \"everything\"", "everything"),
    ] {
        let error = Script::from_toml(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}\n{error}");
    }
}
