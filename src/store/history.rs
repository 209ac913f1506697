//! How runs ended: the rows that timelines and averages are made of.

use super::outbox::Claim;
use super::timeline::Moment;
use super::{Result, Tx};
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::text_enum;
use crate::domain::time::Timestamp;
use rusqlite::{Connection, named_params};

text_enum! {
    pub enum RunOutcome {
        Done = "done",
        Retry = "retry",
        Snoozed = "snoozed",
        Parked = "parked",
        Failed = "failed",
    }
}

/// Notes how the run of `claim` ended.
pub fn insert(tx: &Tx<'_>, claim: &Claim, outcome: RunOutcome, error: Option<&str>) -> Result<()> {
    let millis = |span: std::time::Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    tx.prepare_cached(
        "INSERT INTO job_history (job_id, queue, kind, run, outcome, about, error, wait_ms,
                                  run_ms, ended_at_ms)
         VALUES (:job_id, :queue, :kind, :run, :outcome, :about, substr(:error, 1, 4096),
                 :wait_ms, :run_ms, :now)",
    )?
    .execute(named_params! {
        ":job_id": claim.id, ":queue": claim.queue, ":kind": claim.kind, ":run": claim.run,
        ":outcome": outcome, ":about": claim.about, ":error": error,
        ":wait_ms": millis(claim.started.since(claim.run_at)),
        ":run_ms": millis(tx.now.engine.since(claim.started)), ":now": tx.now.wall,
    })?;
    Ok(())
}

/// The runs of one job, the latest first.
pub fn of_job(conn: &Connection, id: JobId, limit: u32) -> Result<Vec<Moment>> {
    let mut statement = conn.prepare_cached(
        "SELECT ended_at_ms, outcome,
                format('run %d, waited %d ms, took %d ms%s', run, wait_ms, run_ms,
                       coalesce(': ' || error, ''))
         FROM job_history WHERE job_id = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map((id, limit), |row| {
        Ok(Moment { at: row.get(0)?, what: row.get(1)?, detail: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// When each run of a queue that ended since then fell due, and when it was taken up.
pub fn waits(
    conn: &Connection,
    queue: Queue,
    since: Timestamp,
) -> Result<Vec<(Timestamp, Timestamp)>> {
    let mut statement = conn.prepare_cached(
        "SELECT ended_at_ms - run_ms - wait_ms, ended_at_ms - run_ms FROM job_history
         WHERE queue = ?1 AND ended_at_ms >= ?2",
    )?;
    let rows = statement.query_map((queue, since), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[test]
fn the_schema_knows_the_same_words() {
    super::assert_schema_has::<RunOutcome>("outcome", RunOutcome::ALL.iter().map(|it| it.as_str()));
}
