//! A season in the store: forty events over ten months, each looked at every second in its last ten days, and what
//! members lived through, written row by row as the service would have it.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::Outcome;

const EVENTS: usize = 40;
const DAY: i64 = 86_400_000_000;
const DAYS: i64 = 300;
const MIB: i64 = 1 << 20;
/// How long an event is looked at.
const WATCHED_DAYS: i64 = 10;
const FALLS_A_DAY: i64 = 200;
/// What a member asks for in a season; most of it is refused.
const HOLDS: i64 = 20;
const EXCHANGES_A_HOLD: i64 = 6;
const UPKEEP: i64 = 20;
const NOTES: i64 = 60;
/// Every fall shows in everybody's status, so that a day or two make this many.
const STATUSES: i64 = 200;

/// Numbers from 0 on, as many as the first parameter says.
const NUMBERS: &str = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)";

/// Writes the season of so many members, and tells what it weighs.
pub(crate) fn fill(home: &Path, members: usize) -> Outcome<()> {
    let mut database = Connection::open(home.join("ticketfall.db"))?;
    let now = jiff::Timestamp::from_second(database.query_row("SELECT unixepoch()", [], |row| row.get(0))?)?;
    let now = now.as_microsecond();
    let writing = database.transaction()?;
    for number in 0..EVENTS {
        let number = i64::try_from(number)?;
        event(&writing, number, now - number * DAYS / i64::try_from(EVENTS)? * DAY)?;
    }
    let members = i64::try_from(members)?;
    holds(&writing, members, now)?;
    story(&writing, members, now)?;
    writing.commit()?;
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    weigh(&database, "a season written as it happens")
}

/// How large the database is, and what of it each table has.
pub(crate) fn weigh(database: &Connection, what: &str) -> Outcome<()> {
    let bytes = |pragma: &str| database.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let (page, pages) = (bytes("PRAGMA page_size")?, bytes("PRAGMA page_count")?);
    let free = bytes("PRAGMA freelist_count")?;
    println!("  {what}: {} MiB, of which {} MiB are free", page * pages / MIB, page * free / MIB);
    for table in ["readings", "falls", "holds", "exchanges", "notes", "statuses", "monitors", "sessions"] {
        let rows = bytes(&format!("SELECT count(*) FROM {table}"))?;
        println!("    {table:<10} {rows:>9} rows");
    }
    Ok(())
}

fn event(database: &Connection, number: i64, last: i64) -> Outcome<()> {
    let (event, first) = ((9_000 + number).to_string(), last - WATCHED_DAYS * DAY);
    database.execute(
        "INSERT INTO events (seller, event, name, url, first_seen, last_seen)
         VALUES ('boxoffice', ?1, 'Northend v Visitors', 'http://127.0.0.1:7480/northend/EDP/Event/Index/' || ?1, ?2, ?3)",
        params![event, first, last],
    )?;
    for outcome in ["seats", "none"] {
        database.execute(
            &format!(
                "INSERT INTO readings (seller, event, minute, outcome, looks, blind_us)
                 {NUMBERS} SELECT 'boxoffice', ?2, ?3 / 60000000 + i, ?4, 30, 0 FROM n"
            ),
            params![WATCHED_DAYS * 1_440, event, first, outcome],
        )?;
    }
    database.execute(
        &format!(
            r#"INSERT INTO falls (seller, event, number, area, area_name, market, band, price, currency, seats,
                                  first_seen, last_seen, gone_at)
               {NUMBERS} SELECT 'boxoffice', ?2, i + 1, '1205', 'East Lower 5', 'exchange', '12', 6100, 'GBP',
                   '{{"run":{{"y":7,"start":120,"end":121}}}}', ?3 + i * ?4, ?3 + i * ?4 + 9000000,
                   ?3 + i * ?4 + 9000000 FROM n"#
        ),
        params![WATCHED_DAYS * FALLS_A_DAY, event, first, DAY / FALLS_A_DAY],
    )?;
    Ok(())
}

fn holds(database: &Connection, members: i64, now: i64) -> Outcome<()> {
    let (all, step) = (members * HOLDS, DAYS * DAY / (members * HOLDS));
    database.execute(
        &format!(
            r#"INSERT INTO holds (profile, seller, event, seat_group, total, currency, state, reason, asked_at, changed_at)
               {NUMBERS} SELECT printf('member-%05d', i % ?2), 'boxoffice', 9000 + i % 40,
                   '{{"parts":[{{"area":"1205","area_name":"East Lower 5","market":"exchange","band":"12","class":"1","price":{{"amount":"61.00","currency":"GBP"}},"seats":{{"run":{{"y":7,"start":120,"end":121}}}}}}]}}',
                   12200, 'GBP', iif(i % 10 = 0, 'gone', 'refused'), 'somebody else was quicker',
                   ?3 + i * ?4, ?3 + i * ?4 FROM n"#
        ),
        params![all, members, now - DAYS * DAY, step],
    )?;
    let exchange = "'boxoffice', 9000 + i % 40, 'hold/lock', 'POST',
         'http://127.0.0.1:7480/northend/EDP/BestAvailable/ResaleSeats', 200, 41000, 700, 'seats are locked'";
    database.execute(
        &format!(
            "INSERT INTO exchanges (hold, profile, seller, event, label, method, url, status, took_us, bytes, note,
                                    asked, answered, at)
             {NUMBERS} SELECT 1 + i / ?5, printf('member-%05d', i / ?5 % ?2), {exchange},
                 printf('%.*c', 200, 'a'), printf('%.*c', 500, 'b'), ?3 + i * ?4 / ?5 FROM n"
        ),
        params![all * EXCHANGES_A_HOLD, members, now - DAYS * DAY, step, EXCHANGES_A_HOLD],
    )?;
    database.execute(
        &format!(
            "INSERT INTO exchanges (profile, seller, event, label, method, url, status, took_us, bytes, note, at)
             {NUMBERS} SELECT printf('member-%05d', i % ?2), {exchange}, ?3 FROM n"
        ),
        params![members * UPKEEP, members, now],
    )?;
    Ok(())
}

fn story(database: &Connection, members: i64, now: i64) -> Outcome<()> {
    database.execute(
        &format!(
            "INSERT INTO notes (profile, kind, text, at)
             {NUMBERS} SELECT printf('member-%05d', i % ?2), 'refused', 'first try: somebody else was quicker',
                 ?3 + i * ?4 FROM n"
        ),
        params![members * NOTES, members, now - DAYS * DAY, DAYS * DAY / (members * NOTES)],
    )?;
    database.execute(
        &format!(
            "INSERT INTO statuses (profile, seller, event, label, at)
             {NUMBERS} SELECT printf('member-%05d', i % ?2), 'boxoffice', '9000', 'TicketFall_09:41pm', ?3 FROM n"
        ),
        params![members * STATUSES, members, now],
    )?;
    Ok(())
}
