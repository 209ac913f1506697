//! What operators do to a whole queue.

use super::{Result, Tx};
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::time::EngineTime;
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::BTreeMap;

/// Whether workers leave the queue alone.
pub fn is_paused(conn: &Connection, queue: Queue) -> Result<bool> {
    let is_paused = conn
        .prepare_cached("SELECT is_paused FROM queues WHERE queue = ?1")?
        .query_row([queue], |row| row.get(0))
        .optional()?;
    Ok(is_paused.unwrap_or(false))
}

/// Has workers leave the queue alone: what runs ends, nothing new begins.
pub fn pause(tx: &Tx<'_>, queue: Queue) -> Result<()> {
    tx.execute(
        "INSERT INTO queues (queue, is_paused, paused_at_ms) VALUES (?1, 1, ?2)
         ON CONFLICT DO UPDATE SET is_paused = 1, paused_at_ms = ?2",
        (queue, tx.now.wall),
    )?;
    Ok(())
}

pub fn resume(tx: &Tx<'_>, queue: Queue) -> Result<()> {
    tx.wakes(queue);
    tx.execute("UPDATE queues SET is_paused = 0, paused_at_ms = NULL WHERE queue = ?1", [queue])?;
    Ok(())
}

/// Has the queue's workers start afresh, with the settings that the configuration has then.
pub fn restart(tx: &Tx<'_>, queue: Queue) -> Result<()> {
    tx.wants_restart();
    tx.execute(
        "INSERT INTO queues (queue, restarts) VALUES (?1, 1)
         ON CONFLICT DO UPDATE SET restarts = restarts + 1",
        [queue],
    )?;
    Ok(())
}

/// Notes how many workers a server has for the queue from now on.
pub fn set_workers(tx: &Tx<'_>, queue: Queue, workers: usize) -> Result<()> {
    let workers = i64::try_from(workers).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO queues (queue, workers, since_engine_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET workers = ?2, since_engine_ms = ?3",
        (queue, workers, tx.now.engine),
    )?;
    Ok(())
}

/// How often the queue was restarted.
pub fn restarts(conn: &Connection, queue: Queue) -> Result<i64> {
    let restarts = conn
        .prepare_cached("SELECT restarts FROM queues WHERE queue = ?1")?
        .query_row([queue], |row| row.get(0))
        .optional()?;
    Ok(restarts.unwrap_or(0))
}

/// A worker as the table of queues and the claims know it.
#[derive(Clone, Debug)]
pub struct WorkerRow {
    pub name: String,
    pub queue: Queue,
    /// When it began; unknown of one that is not on record any more, and still busy.
    pub since: Option<EngineTime>,
    /// What it runs now.
    pub job: Option<(JobId, String)>,
}

/// The workers of the server that runs, or ran last, queue by queue: those on record, and after a
/// restart those that still end what they had begun.
pub fn workers(conn: &Connection) -> Result<Vec<WorkerRow>> {
    let mut busy = busy_workers(conn)?;
    let mut statement = conn
        .prepare_cached("SELECT queue, workers, since_engine_ms FROM queues WHERE workers > 0")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut found: Vec<WorkerRow> = Vec::new();
    for row in rows {
        let (queue, count, since): (Queue, i64, Option<EngineTime>) = row?;
        found.extend((1..=count).map(|number| {
            let name = format!("{queue}-{number}");
            let job = busy.remove(&name).map(|(_, id, kind)| (id, kind));
            WorkerRow { name, queue, since, job }
        }));
    }
    found.extend(busy.into_iter().map(|(name, (queue, id, kind))| WorkerRow {
        name,
        queue,
        since: None,
        job: Some((id, kind)),
    }));
    found.sort_by_key(|it| it.queue); // Stable: by number within a queue.
    Ok(found)
}

type Busy = BTreeMap<String, (Queue, JobId, String)>;

fn busy_workers(conn: &Connection) -> Result<Busy> {
    let mut statement =
        conn.prepare_cached("SELECT worker, queue, id, kind FROM jobs WHERE state = 'running'")?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
