//! Batches that leave the box with their jobs, and go on where those are taken in.

use super::outbox::NewJob;
use super::{Result, Tx};
use crate::domain::ids::BatchId;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde::{Deserialize, Serialize};

/// A batch as it stood at the export, told with each of its jobs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortableBatch {
    /// Of the box it was made on.
    id: BatchId,
    name: String,
    total: i64,
    pending: i64,
    failed: i64,
    then: Option<NewJob>,
    catch: Option<NewJob>,
    finally: Option<NewJob>,
}

pub(super) fn get(conn: &Connection, id: BatchId) -> Result<PortableBatch> {
    conn.prepare_cached("SELECT * FROM job_batches WHERE id = ?1")?.query_row([id], |row| {
        let job = |name: &str| -> rusqlite::Result<Option<String>> { row.get(name) };
        let callbacks = [job("then_job")?, job("catch_job")?, job("finally_job")?];
        Ok(from_row(row, callbacks))
    })?
}

fn from_row(row: &Row<'_>, callbacks: [Option<String>; 3]) -> Result<PortableBatch> {
    let mut jobs = callbacks.into_iter().map(|it| it.as_deref().map(serde_json::from_str));
    let mut next = || jobs.next().flatten().transpose();
    Ok(PortableBatch {
        id: row.get("id")?,
        name: row.get("name")?,
        total: row.get("total")?,
        pending: row.get("pending")?,
        failed: row.get("failed")?,
        then: next()?,
        catch: next()?,
        finally: next()?,
    })
}

/// The same batch on this box: with the first of its jobs it is made, with all its counts, so that
/// it waits for those that are still to be taken in.
pub(super) fn here(tx: &Tx<'_>, origin: &str, batch: &PortableBatch) -> Result<BatchId> {
    let known = tx
        .prepare_cached("SELECT id FROM job_batches WHERE origin = ?1 AND origin_id = ?2")?
        .query_row((origin, batch.id), |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    let json = |job: &Option<NewJob>| job.as_ref().map(serde_json::to_string).transpose();
    tx.prepare_cached(
        "INSERT INTO job_batches (name, total, pending, failed, then_job, catch_job, finally_job,
                                  origin, origin_id, created_at_ms)
         VALUES (:name, :total, :pending, :failed, :then, :catch, :finally, :origin, :origin_id,
                 :now)",
    )?
    .execute(named_params! {
        ":name": batch.name, ":total": batch.total, ":pending": batch.pending,
        ":failed": batch.failed, ":then": json(&batch.then)?, ":catch": json(&batch.catch)?,
        ":finally": json(&batch.finally)?, ":origin": origin, ":origin_id": batch.id,
        ":now": tx.now.wall,
    })?;
    Ok(BatchId(tx.last_insert_rowid()))
}
