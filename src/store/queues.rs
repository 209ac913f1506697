//! What operators do to a whole queue.

use super::{Result, Tx};
use crate::domain::queue::Queue;
use rusqlite::{Connection, OptionalExtension as _};

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
