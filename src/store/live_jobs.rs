//! Single jobs, as somebody looks at them who wants to know what became of them.

use super::Result;
use super::history::RunOutcome;
use super::outbox::JobState;
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::time::{EngineTime, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

/// A job that is owed.
#[derive(Clone, Debug)]
pub struct LiveJob {
    pub id: JobId,
    pub queue: Queue,
    pub kind: String,
    pub args: String,
    pub priority: u8,
    pub state: JobState,
    pub run_at: EngineTime,
    /// The moment by the wall clock that it waits for.
    pub not_before: Option<Timestamp>,
    pub serial_key: Option<String>,
    pub wait_on: Option<String>,
    pub runs: u32,
    pub worker: Option<String>,
    pub last_error: Option<String>,
}

impl LiveJob {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<LiveJob> {
        Ok(LiveJob {
            id: row.get("id")?,
            queue: row.get("queue")?,
            kind: row.get("kind")?,
            args: row.get("args")?,
            priority: row.get("priority")?,
            state: row.get("state")?,
            run_at: row.get("run_at_engine_ms")?,
            not_before: row.get("run_at_ms")?,
            serial_key: row.get("serial_key")?,
            wait_on: row.get("wait_on")?,
            runs: row.get("runs")?,
            worker: row.get("worker")?,
            last_error: row.get("last_error")?,
        })
    }
}

pub fn find(conn: &Connection, id: JobId) -> Result<Option<LiveJob>> {
    let job = conn
        .prepare_cached("SELECT * FROM jobs WHERE id = ?1")?
        .query_row([id], LiveJob::from_row)
        .optional()?;
    Ok(job)
}

/// A job that somebody runs now.
#[derive(Clone, Debug)]
pub struct Running {
    pub id: JobId,
    pub queue: Queue,
    pub kind: String,
    pub started: EngineTime,
}

pub fn running(conn: &Connection) -> Result<Vec<Running>> {
    let mut statement = conn.prepare_cached(
        "SELECT id, queue, kind, started_engine_ms FROM jobs WHERE state = 'running'",
    )?;
    let rows = statement.query_map([], |row| {
        let (id, queue, kind, started) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(Running { id, queue, kind, started })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Who has a serial key in hand now.
pub fn holder(conn: &Connection, key: &str) -> Result<Option<JobId>> {
    let holder = conn
        .prepare_cached("SELECT id FROM jobs WHERE state = 'running' AND serial_key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(holder)
}

/// How many jobs of its queue are due at `now` and come before it.
pub fn ahead_of(conn: &Connection, job: &LiveJob, now: EngineTime) -> Result<i64> {
    let count = conn
        .prepare_cached(
            "SELECT count(*) FROM jobs
             WHERE state = 'ready' AND queue = :queue AND run_at_engine_ms <= :now
               AND (priority, run_at_engine_ms, id) < (:priority, :run_at, :id)",
        )?
        .query_row(
            named_params! {
                ":queue": job.queue, ":now": now, ":priority": job.priority,
                ":run_at": job.run_at, ":id": job.id,
            },
            |row| row.get(0),
        )?;
    Ok(count)
}

/// The last run of a job that is not owed any more.
#[derive(Clone, Debug)]
pub struct LastRun {
    pub queue: Queue,
    pub kind: String,
    pub run: u32,
    pub outcome: RunOutcome,
    pub error: Option<String>,
    pub ended_at: Timestamp,
}

/// `None` if history does not reach back so far.
pub fn last_run(conn: &Connection, id: JobId) -> Result<Option<LastRun>> {
    let last = conn
        .prepare_cached("SELECT * FROM job_history WHERE job_id = ?1 ORDER BY id DESC LIMIT 1")?
        .query_row([id], |row| {
            Ok(LastRun {
                queue: row.get("queue")?,
                kind: row.get("kind")?,
                run: row.get("run")?,
                outcome: row.get("outcome")?,
                error: row.get("error")?,
                ended_at: row.get("ended_at_ms")?,
            })
        })
        .optional()?;
    Ok(last)
}

/// Whether it failed, and was forgotten or flushed since.
pub fn is_forgotten(conn: &Connection, id: JobId) -> Result<bool> {
    let is_forgotten = conn
        .prepare_cached(
            "SELECT EXISTS (
               SELECT 1 FROM failed_jobs WHERE id = ?1 AND forgotten_at_ms IS NOT NULL)",
        )?
        .query_row([id], |row| row.get(0))?;
    Ok(is_forgotten)
}

/// How many jobs of a queue are due, by the minute since when: milliseconds ago, and the count.
pub fn due_by_minute(conn: &Connection, queue: Queue, now: EngineTime) -> Result<Vec<(i64, i64)>> {
    let mut statement = conn.prepare_cached(
        "SELECT (?2 - run_at_engine_ms) / 60000 * 60000, count(*) FROM jobs
         WHERE queue = ?1 AND state = 'ready' AND run_at_engine_ms <= ?2
         GROUP BY 1",
    )?;
    let rows = statement.query_map((queue, now), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
