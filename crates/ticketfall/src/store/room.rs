//! Making room: what is older than anybody asks for goes, a little at a time, so that nobody waits for it. What is
//! open, or may be, never goes.

use jiff::Timestamp;
use rusqlite::named_params;

use super::columns::At;
use super::{Result, Store};

/// So many rows go in one turn.
const TURN: u32 = 2_000;

/// Tables whose rows are numbered as they happened, and what of them stays whatever its age.
const STORIES: [(&str, &str); 3] = [
    ("notes", "FALSE"),
    ("statuses", "FALSE"),
    (
        "exchanges",
        "hold IN (SELECT id FROM holds WHERE state NOT IN ('refused', 'released', 'expired', 'gone'))",
    ),
];

/// Of seasons: the last search of a member stays, and a fall that is on sale while its event is looked at.
const SEASONS: [&str; 4] = [
    "DELETE FROM holds WHERE id IN (
         SELECT id FROM holds
         WHERE asked_at < :before AND changed_at < :before
             AND state IN ('refused', 'released', 'expired', 'gone') LIMIT :turn)",
    "DELETE FROM falls WHERE (seller, event, number) IN (
         SELECT seller, event, number FROM falls
         WHERE first_seen < :before AND last_seen < :before
             AND (gone_at IS NOT NULL OR NOT EXISTS (
                 SELECT 1 FROM events WHERE events.seller = falls.seller AND events.event = falls.event
                     AND events.last_seen >= :before)) LIMIT :turn)",
    "DELETE FROM monitors WHERE (profile, seller, event) IN (
         SELECT profile, seller, event FROM monitors
         WHERE desired = 'stopped' AND waiting_since < :before AND ifnull(status_at < :before, TRUE)
             AND EXISTS (
                 SELECT 1 FROM monitors AS later
                 WHERE later.profile = monitors.profile AND later.waiting_since > monitors.waiting_since)
         LIMIT :turn)",
    "DELETE FROM events WHERE (seller, event) IN (
         SELECT seller, event FROM events
         WHERE last_seen < :before
             AND NOT EXISTS (SELECT 1 FROM monitors
                 WHERE monitors.seller = events.seller AND monitors.event = events.event)
             AND NOT EXISTS (SELECT 1 FROM falls
                 WHERE falls.seller = events.seller AND falls.event = events.event) LIMIT :turn)",
];

/// Forgets notes, statuses and exchanges from before `before`, and of each all but the last `rows_max`; says how many
/// rows that were.
pub async fn forget_stories(store: &Store, before: Timestamp, rows_max: u32) -> Result<usize> {
    let mut gone = 0;
    for (table, stays) in STORIES {
        let sql = format!(
            "DELETE FROM {table} WHERE id IN (
                 SELECT id FROM {table}
                 WHERE id < max(
                     ifnull((SELECT id FROM {table} WHERE at >= :before ORDER BY id LIMIT 1), {last} + 1),
                     {last} - :rows_max + 1) AND ifnull(NOT ({stays}), TRUE)
                 ORDER BY id LIMIT :turn)",
            last = format_args!("(SELECT max(id) FROM {table})"),
        );
        gone += in_turns(store, &sql, before, Some(rows_max)).await?;
    }
    Ok(gone)
}

/// Forgets holds that are over, falls, stopped searches and events from before `before`; says how many rows that were.
pub async fn forget_seasons(store: &Store, before: Timestamp) -> Result<usize> {
    let mut gone = 0;
    for sql in SEASONS {
        gone += in_turns(store, sql, before, None).await?;
    }
    Ok(gone)
}

async fn in_turns(store: &Store, sql: &str, before: Timestamp, rows_max: Option<u32>) -> Result<usize> {
    let mut gone = 0;
    loop {
        let sql = sql.to_owned();
        let turn = store.write_quick(move |db| {
            let mut delete = db.prepare_cached(&sql)?;
            match rows_max {
                Some(rows_max) => delete
                    .execute(named_params! { ":before": At(before), ":turn": TURN, ":rows_max": rows_max }),
                None => delete.execute(named_params! { ":before": At(before), ":turn": TURN }),
            }
        });
        match turn.await? {
            0 => return Ok(gone),
            some => gone += some,
        }
        // Whoever waits for the store comes first.
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests;
