//! Jobs that belong together. Their counts move in the transactions that end their jobs, so each
//! of `then`, `catch` and `finally` is owed exactly once, whatever is cut off.

use super::outbox::{self, NewJob};
use super::{Result, Tx};
use crate::domain::ids::BatchId;
use crate::domain::time::Timestamp;
use rusqlite::{Connection, named_params};

/// A batch as it begins.
pub struct NewBatch<'a> {
    pub name: &'a str,
    pub jobs: Vec<NewJob>,
    /// Owed when every job is done.
    pub then: Option<NewJob>,
    /// Owed when the first job has failed.
    pub catch: Option<NewJob>,
    /// Owed when every job is done or has failed.
    pub finally: Option<NewJob>,
}

/// Adds the batch and its jobs. A job with a chain is done, here, when its chain is. Of a batch
/// without jobs nothing is owed.
pub fn insert(tx: &Tx<'_>, batch: NewBatch<'_>) -> Result<Option<BatchId>> {
    let json = |job: &Option<NewJob>| job.as_ref().map(serde_json::to_string).transpose();
    let total = i64::try_from(batch.jobs.len()).unwrap_or(i64::MAX);
    if total == 0 {
        return Ok(None);
    }
    tx.prepare_cached(
        "INSERT INTO job_batches (name, total, pending, then_job, catch_job, finally_job,
                                  created_at_ms)
         VALUES (:name, :total, :total, :then, :catch, :finally, :now)",
    )?
    .execute(named_params! {
        ":name": batch.name, ":total": total, ":then": json(&batch.then)?,
        ":catch": json(&batch.catch)?, ":finally": json(&batch.finally)?, ":now": tx.now.wall,
    })?;
    let id = BatchId(tx.last_insert_rowid());
    for job in batch.jobs {
        outbox::insert(tx, &NewJob { batch_id: Some(id), ..job })?;
    }
    Ok(Some(id))
}

/// How far a batch has come.
#[derive(Clone, Debug)]
pub struct Batch {
    pub id: BatchId,
    pub name: String,
    pub total: i64,
    /// Not ended yet.
    pub pending: i64,
    pub failed: i64,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// The newest first.
pub fn latest(conn: &Connection, limit: u32) -> Result<Vec<Batch>> {
    let sql = "SELECT * FROM job_batches ORDER BY id DESC LIMIT ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([limit], |row| {
        Ok(Batch {
            id: row.get("id")?,
            name: row.get("name")?,
            total: row.get("total")?,
            pending: row.get("pending")?,
            failed: row.get("failed")?,
            created_at: row.get("created_at_ms")?,
            ended_at: row.get("ended_at_ms")?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A job of the batch is done.
pub(super) fn count_done(tx: &Tx<'_>, id: BatchId) -> Result<()> {
    tx.prepare_cached("UPDATE job_batches SET pending = pending - 1 WHERE id = ?1")?
        .execute([id])?;
    owe_the_rest(tx, id)
}

/// A job of the batch was given up.
pub(super) fn count_failed(tx: &Tx<'_>, id: BatchId) -> Result<()> {
    tx.prepare_cached(
        "UPDATE job_batches SET pending = pending - 1, failed = failed + 1 WHERE id = ?1",
    )?
    .execute([id])?;
    owe(tx, id, Callback::Catch)?;
    owe_the_rest(tx, id)
}

/// A job of the batch that was given up is to run again.
pub(super) fn count_retried(tx: &Tx<'_>, id: BatchId) -> Result<()> {
    tx.prepare_cached(
        "UPDATE job_batches SET pending = pending + 1, failed = failed - 1 WHERE id = ?1",
    )?
    .execute([id])?;
    Ok(())
}

fn owe_the_rest(tx: &Tx<'_>, id: BatchId) -> Result<()> {
    let (pending, failed): (i64, i64) = tx
        .prepare_cached("SELECT pending, failed FROM job_batches WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if 0 < pending {
        return Ok(());
    }
    if failed == 0 {
        owe(tx, id, Callback::Then)?;
    }
    owe(tx, id, Callback::Finally)?;
    tx.prepare_cached(
        "UPDATE job_batches SET ended_at_ms = coalesce(ended_at_ms, ?2) WHERE id = ?1",
    )?
    .execute((id, tx.now.wall))?;
    Ok(())
}

#[derive(Clone, Copy)]
enum Callback {
    Then,
    Catch,
    Finally,
}

/// Owes a callback that has not been owed yet: taking it out of its column is what counts.
fn owe(tx: &Tx<'_>, id: BatchId, callback: Callback) -> Result<()> {
    let (take, clear) = match callback {
        Callback::Then => (
            "SELECT then_job FROM job_batches WHERE id = ?1",
            "UPDATE job_batches SET then_job = NULL WHERE id = ?1",
        ),
        Callback::Catch => (
            "SELECT catch_job FROM job_batches WHERE id = ?1",
            "UPDATE job_batches SET catch_job = NULL WHERE id = ?1",
        ),
        Callback::Finally => (
            "SELECT finally_job FROM job_batches WHERE id = ?1",
            "UPDATE job_batches SET finally_job = NULL WHERE id = ?1",
        ),
    };
    let job: Option<String> = tx.prepare_cached(take)?.query_row([id], |row| row.get(0))?;
    let Some(job) = job else { return Ok(()) };
    tx.prepare_cached(clear)?.execute([id])?;
    outbox::insert(tx, &serde_json::from_str(&job)?)?;
    Ok(())
}
