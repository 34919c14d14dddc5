//! When Ticketfall ran, so that a crash can be told from a stop; the oldest runs make room.

use jiff::Timestamp;
use rusqlite::Row;

use super::columns::At;
use super::{Result, Store};

/// How many are kept.
const KEPT_MAX: u32 = 1_000;

/// Which row a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunId(i64);

/// From a start to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Which Ticketfall it was.
    pub version: String,
    /// When it started.
    pub started_at: Timestamp,
    /// The last sign of life.
    pub alive_at: Timestamp,
    /// When it ended; none when it runs, or was cut off.
    pub ended_at: Option<Timestamp>,
}

/// Notes that a run starts.
pub async fn begin(store: &Store, version: &str, at: Timestamp) -> Result<RunId> {
    let version = version.to_owned();
    store
        .write(move |db| {
            db.execute(
                "INSERT INTO runs (version, started_at, alive_at) VALUES (?1, ?2, ?2)",
                (version, At(at)),
            )?;
            let id = db.last_insert_rowid();
            db.execute("DELETE FROM runs WHERE id <= ?1", [id - i64::from(KEPT_MAX)])?;
            Ok(RunId(id))
        })
        .await
}

/// Notes that it still runs.
pub async fn alive(store: &Store, RunId(id): RunId, at: Timestamp) -> Result<()> {
    let alive = "UPDATE runs SET alive_at = ?2 WHERE id = ?1";
    store.write_quick(move |db| db.execute(alive, (id, At(at))).map(drop)).await
}

/// Notes that the latest run still goes on, behind all that waits to be written: when it is done, nothing older waits.
pub async fn latest_alive(store: &Store, at: Timestamp) -> Result<()> {
    let alive = "UPDATE runs SET alive_at = ?1 WHERE id = (SELECT max(id) FROM runs) AND alive_at < ?1";
    store.write(move |db| db.execute(alive, [At(at)]).map(drop)).await?;
    store.write_quick(move |db| db.execute(alive, [At(at)]).map(drop)).await
}

/// Notes that it ended as it should.
pub async fn end(store: &Store, RunId(id): RunId, at: Timestamp) -> Result<()> {
    let end = "UPDATE runs SET alive_at = ?2, ended_at = ?2 WHERE id = ?1";
    store.write(move |db| db.execute(end, (id, At(at))).map(drop)).await
}

/// The last runs, the latest first.
pub async fn recent(store: &Store, rows_max: u32) -> Result<Vec<RunRow>> {
    store
        .read(move |db| {
            db.prepare_cached("SELECT * FROM runs ORDER BY id DESC LIMIT ?1")?
                .query_map([rows_max], run)?
                .collect()
        })
        .await
}

fn run(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let At(started_at) = row.get("started_at")?;
    let At(alive_at) = row.get("alive_at")?;
    let ended_at: Option<At> = row.get("ended_at")?;
    Ok(RunRow { version: row.get("version")?, started_at, alive_at, ended_at: ended_at.map(|At(at)| at) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{at, scratch};

    #[tokio::test]
    async fn a_run_that_was_cut_off_has_no_end_but_a_last_sign_of_life() {
        let store = scratch();
        let cut_off = begin(&store, "1.0.0", at(0)).await.unwrap();
        alive(&store, cut_off, at(60)).await.unwrap();
        let ended = begin(&store, "1.0.1", at(100)).await.unwrap();
        end(&store, ended, at(130)).await.unwrap();
        let run = |version: &str, started: i64, alive: i64, ended: Option<i64>| RunRow {
            version: version.to_owned(),
            started_at: at(started),
            alive_at: at(alive),
            ended_at: ended.map(at),
        };
        let expected = [run("1.0.1", 100, 130, Some(130)), run("1.0.0", 0, 60, None)];
        assert_eq!(recent(&store, 10).await.unwrap(), expected);
        assert_eq!(recent(&store, 1).await.unwrap(), expected[..1]);
    }

    #[tokio::test]
    async fn the_oldest_runs_make_room() {
        let store = scratch();
        for second in 0..i64::from(KEPT_MAX) + 3 {
            begin(&store, "1.0.0", at(second)).await.unwrap();
        }
        let kept = recent(&store, u32::MAX).await.unwrap();
        assert_eq!((kept.len(), kept.last().unwrap().started_at), (KEPT_MAX as usize, at(3)));
    }
}
