//! A store that answers late, or not at all: looks go on, and what they showed is on record afterwards.

use ticketfall::store::falls::FallRow;
use ticketfall_core::fall::FallId;

use super::*;

/// Seats that nobody here wants and a rival buys after five seconds.
fn dear(row: &str, at: u64) -> Fall {
    seats(2).row(row).price(Pence(20_000)).at(secs(at))
}

fn dear_falls(falls: impl Into<Vec<Fall>>) -> Rehearsal {
    let rivals = Rivals { count: 1, appetite: 1.0, reaction_ms: [5_000, 5_000], max_price: None };
    Rehearsal::of(Script { rivals, ..self::falls(falls) })
}

/// When each fall was first seen and gone, by its number.
fn lives(rows: &[FallRow]) -> Vec<(FallId, u64, Option<u64>)> {
    let life = |FallRow { fall, .. }: &FallRow| {
        let gone = fall.gone_at.map(|at| since_opening(at).as_secs());
        (fall.id, since_opening(fall.first_seen).as_secs(), gone)
    };
    let mut lives: Vec<_> = rows.iter().map(life).collect();
    lives.sort();
    lives
}

/// From here on nothing that falls can be written down; everything can be read.
fn forbid_falls(r: &Scene) -> rusqlite::Connection {
    let database = rusqlite::Connection::open(r.store.path()).unwrap();
    database
        .execute_batch("CREATE TRIGGER shut BEFORE INSERT ON falls BEGIN SELECT RAISE(ABORT, 'shut'); END")
        .unwrap();
    database
}

#[tokio::test(start_paused = true)]
async fn a_watch_never_waits_for_the_store_and_every_fall_is_on_record_afterwards() {
    let story = async |r: &mut Scene| {
        r.look_after_itself();
        r.start("ada", wants(2)).await;
        r.after(secs(8)).await;
        let held_up = r.store.hold_up().await;
        r.after(secs(38)).await;
        let troubles = r.supervisor.health().troubles;
        assert!(troubles[0].words.contains("it has fallen behind"), "{troubles:?}");
        drop(held_up);
        r.after(secs(39)).await;
        assert_eq!(
            lives(&r.falls().await),
            [(FallId(0), 10, Some(15)), (FallId(1), 20, Some(25)), (FallId(2), 30, Some(35)),]
        );
        let looks: Vec<Duration> =
            r.carried().iter().filter(|one| one.is_look()).map(|one| one.left).collect();
        let longest = looks.windows(2).map(|two| two[1].checked_sub(two[0]).unwrap()).max().unwrap();
        assert_eq!(longest, secs(1), "a look waited");
        let metrics = r.supervisor.metrics().await.unwrap();
        assert!(
            metrics.contains("ticketfall_look_lateness_seconds_sum{seller=\"boxoffice\"} 0\n"),
            "{metrics}"
        );
        r.after(secs(120)).await;
        assert_eq!(r.lines(&["store trouble"]).lines().count(), 2, "{}", r.timeline());
    };
    dear_falls([dear("F", 10), dear("H", 20), dear("J", 30)])
        .warns("the service is in trouble")
        .run(story)
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_begins_anew_numbers_on_from_falls_that_are_not_written_yet() {
    let story = async |r: &mut Scene| {
        r.look_after_itself();
        r.start("ada", wants(2)).await;
        r.after(secs(8)).await;
        let database = forbid_falls(r);
        r.after(secs(12)).await;
        r.panic_at_line("looked");
        r.after(secs(35)).await;
        assert_eq!(r.falls().await, []);
        database.execute_batch("DROP TRIGGER shut").unwrap();
        r.after(secs(60)).await;
        let rows = r.falls().await;
        assert_eq!(lives(&rows), [(FallId(0), 10, Some(20)), (FallId(1), 30, Some(35))]);
    };
    dear_falls([dear("F", 10), dear("H", 30)])
        .warns("the watch failed")
        .warns("the service is in trouble")
        .warns("it is tried again until it is kept")
        .run(story)
        .await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_service_waits_until_what_was_seen_is_written() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(8)).await;
        let held_up = r.store.hold_up().await;
        r.after(secs(12)).await;
        let ended = tokio::join!(r.supervisor.shut_down(), async {
            r.pass(secs(20)).await;
            drop(held_up);
        });
        assert!(ended.0);
        assert_eq!(lives(&r.falls().await), [(FallId(0), 10, None)]);
    };
    dear_falls([dear("F", 10)]).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_service_does_not_wait_for_ever_and_says_what_is_lost() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.after(secs(8)).await;
        let _database = forbid_falls(r);
        r.after(secs(12)).await;
        let before = r.now();
        assert!(r.supervisor.shut_down().await);
        assert!(r.now().checked_sub(before).unwrap() < secs(10));
    };
    dear_falls([dear("F", 10)])
        .warns("it is tried again until it is kept")
        .warns("what watches saw last is on no record")
        .run(story)
        .await;
}

#[tokio::test(start_paused = true)]
async fn looks_wait_only_when_what_they_show_could_not_be_kept_and_hold_up_nobody() {
    let poor = || Configuration { max_price: Price::new(1, Currency::GBP), ..wants(1) };
    let story = async |r: &mut Scene| {
        r.look_after_itself();
        r.start("ada", poor()).await;
        r.after(secs(8)).await;
        let database = forbid_falls(r);
        for wave in 1..=30_u32 {
            (0..300).for_each(|_| drop(r.office.fall(Fall::of(LEAGUE_MATCH).price(Pence(9_900 + wave)))));
            r.after(secs(8) + secs(2) * wave).await;
        }
        r.after(secs(400)).await;
        let troubles = r.supervisor.health().troubles;
        assert_eq!(troubles.len(), 1, "{troubles:?}");
        assert!(troubles[0].words.contains("looks wait until there is room"), "{troubles:?}");
        let last = r.carried().iter().rfind(|one| one.is_look()).unwrap().left;
        assert!(last < secs(60), "a look that could not be kept, after {last:?}");
        r.start("ben", poor()).await;
        r.after(secs(405)).await;
        assert_eq!(r.watch().members, 2, "nobody waits for the watch");
        database.execute_batch("DROP TRIGGER shut").unwrap();
        r.after(secs(440)).await;
        assert!(r.count(|one| one.is_look() && one.left > secs(400)) > 20);
        let count = "SELECT count(*), max(number) FROM falls";
        let (kept, last): (u32, u32) =
            database.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert!(
            kept > 4_096 && kept == last + 1,
            "{kept} falls are on record, the last has the number {last}"
        );
    };
    Rehearsal::of(Script::default())
        .members(2)
        .warns("the service is in trouble")
        .warns("it is tried again until it is kept")
        .run(story)
        .await;
}

#[tokio::test(start_paused = true)]
async fn searches_go_on_and_hold_while_the_store_answers_nobody_for_long() {
    let story = async |r: &mut Scene| {
        r.start("ada", wants(2)).await;
        r.start("ben", Configuration { max_price: Price::new(1, Currency::GBP), ..wants(2) }).await;
        r.after(secs(8)).await;
        let held_up = r.store.hold_up().await;
        r.after(secs(900)).await;
        let looks = r.count(|one| one.is_look() && one.left > secs(600));
        assert!(looks > 250, "only {looks} looks in five minutes");
        assert_eq!(r.basket("ada"), 2, "{}", r.timeline());
        drop(held_up);
        r.after(secs(1_000)).await;
    };
    Rehearsal::of(falls([seats(2).at(secs(800))])).members(2).run(story).await;
}
