//! Jobs that leave the box in a file, and come back or go to another. Their due times are told as
//! time to go, since no other box has our engine time.

use super::failed_jobs::Why;
use super::outbox::{self, NewJob};
use super::portable_batches::{self, PortableBatch};
use super::{Result, Tx};
use crate::domain::ids::{BatchId, JobId};
use crate::domain::queue::Queue;
use crate::domain::text_enum;
use crate::domain::time::{EngineTime, Now, Timestamp};
use rusqlite::{Connection, Row, named_params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::time::Duration;

text_enum! {
    pub enum Side {
        /// Owed, be it that it runs just now.
        Pending = "pending",
        /// Given up, and not forgotten.
        Failed = "failed",
    }
}

/// A job as a line of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortableJob {
    /// Whose number `id` is.
    pub origin: String,
    pub id: JobId,
    pub state: Side,
    pub queue: Queue,
    pub kind: String,
    pub args: Value,
    pub priority: u8,
    pub serial_key: Option<String>,
    pub unique_key: Option<String>,
    pub about: Option<String>,
    pub tags: Option<Vec<String>>,
    pub chain: Option<Vec<NewJob>>,
    #[serde(default)]
    pub batch: Option<PortableBatch>,
    /// For how long it is not to run, if it is pending.
    pub delay_ms: u64,
    /// Not before a trusted wall clock shows this.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    pub failure: Option<PortableFailure>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortableFailure {
    pub why: Why,
    pub error: String,
    pub fingerprint: String,
    pub tries: u32,
    /// Milliseconds since 1970, by the clock of the box that it failed on.
    pub failed_at_ms: i64,
    pub age_ms: u64,
}

/// Whose job numbers are those of this database.
pub fn origin(conn: &Connection) -> Result<String> {
    Ok(conn.query_row("SELECT origin FROM meta", [], |row| row.get(0))?)
}

pub fn count(conn: &Connection, side: Side) -> Result<i64> {
    let sql = match side {
        Side::Pending => "SELECT count(*) FROM jobs",
        Side::Failed => "SELECT count(*) FROM failed_jobs WHERE forgotten_at_ms IS NULL",
    };
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}

/// The next jobs of one side, by number, that come after `after`.
pub fn page(
    conn: &Connection,
    side: Side,
    now: Now,
    after: JobId,
    limit: u32,
) -> Result<Vec<PortableJob>> {
    let origin = origin(conn)?;
    let sql = match side {
        Side::Pending => "SELECT * FROM jobs WHERE id > ?1 ORDER BY id LIMIT ?2",
        Side::Failed => {
            "SELECT * FROM failed_jobs WHERE id > ?1 AND forgotten_at_ms IS NULL
             ORDER BY id LIMIT ?2"
        }
    };
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query((after, limit))?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        jobs.push(from_row(conn, row, side, now, &origin)?);
    }
    Ok(jobs)
}

fn from_row(
    conn: &Connection,
    row: &Row<'_>,
    side: Side,
    now: Now,
    origin: &str,
) -> Result<PortableJob> {
    let batch_id: Option<BatchId> = row.get("batch_id")?;
    let json = |name: &str| -> Result<Option<String>> { Ok(row.get(name)?) };
    let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let delay_ms = match side {
        Side::Pending => millis(row.get::<_, EngineTime>("run_at_engine_ms")?.since(now.engine)),
        Side::Failed => 0,
    };
    let failure = match side {
        Side::Pending => None,
        Side::Failed => Some(PortableFailure {
            why: row.get("why")?,
            error: row.get("error")?,
            fingerprint: row.get("fingerprint")?,
            tries: row.get("runs")?,
            failed_at_ms: row.get("failed_at_ms")?,
            age_ms: millis(now.engine.since(row.get("failed_engine_ms")?)),
        }),
    };
    Ok(PortableJob {
        origin: origin.to_owned(),
        id: row.get("id")?,
        state: side,
        queue: row.get("queue")?,
        kind: row.get("kind")?,
        args: serde_json::from_str(&row.get::<_, String>("args")?)?,
        priority: row.get("priority")?,
        serial_key: row.get("serial_key")?,
        unique_key: row.get("unique_key")?,
        about: row.get("about")?,
        tags: json("tags")?.as_deref().map(serde_json::from_str).transpose()?,
        chain: json("chain")?.as_deref().map(serde_json::from_str).transpose()?,
        batch: batch_id.map(|it| portable_batches::get(conn, it)).transpose()?,
        delay_ms,
        not_before: match side {
            Side::Pending => row.get("run_at_ms")?,
            Side::Failed => None,
        },
        failure,
    })
}

/// What came of one job of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    Taken,
    /// It is here, or was and is done; or a live job with its unique key does the work.
    Known,
}

/// Takes a job in, unless it is known. It gets a number of this box, and goes on in its batch; but
/// one that comes back to the box it left comes alone, as that box's batch has counted its end.
pub fn import(tx: &Tx<'_>, job: &PortableJob) -> Result<Imported> {
    if is_known(tx, job)? {
        return Ok(Imported::Known);
    }
    let batch_id = match &job.batch {
        Some(batch) if origin(tx)? != job.origin => {
            Some(portable_batches::here(tx, &job.origin, batch)?)
        }
        _ => None,
    };
    let unique_key = job.unique_key.clone().filter(|_| job.failure.is_none());
    let new = NewJob {
        queue: job.queue,
        kind: Cow::Owned(job.kind.clone()),
        args: job.args.to_string(),
        priority: job.priority,
        delay: Duration::from_millis(job.delay_ms),
        not_before: job.not_before,
        serial_key: job.serial_key.clone(),
        unique_key,
        about: job.about.clone(),
        tags: job.tags.clone().unwrap_or_default(),
        batch_id,
        chain: job.chain.clone().unwrap_or_default(),
    };
    let Some(id) = outbox::insert(tx, &new)? else { return Ok(Imported::Known) };
    if let Some(failure) = &job.failure {
        set_failed(tx, id, job.unique_key.as_deref(), failure)?;
    }
    tx.prepare_cached("INSERT INTO imported_jobs (origin, job_id) VALUES (?1, ?2)")?
        .execute((&job.origin, job.id))?;
    Ok(Imported::Taken)
}

fn is_known(conn: &Connection, job: &PortableJob) -> Result<bool> {
    let is_known = conn
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM imported_jobs WHERE origin = ?1 AND job_id = ?2)
                 OR EXISTS (SELECT 1 FROM meta WHERE origin = ?1) AND (
                      EXISTS (SELECT 1 FROM jobs WHERE id = ?2)
                      OR EXISTS (SELECT 1 FROM failed_jobs
                                 WHERE id = ?2 AND forgotten_at_ms IS NULL)
                      OR EXISTS (SELECT 1 FROM job_history
                                 WHERE job_id = ?2 AND outcome = 'done'))",
        )?
        .query_row((&job.origin, job.id), |row| row.get(0))?;
    Ok(is_known)
}

/// Moves a job that was just added to those that failed.
fn set_failed(
    tx: &Tx<'_>,
    id: JobId,
    unique_key: Option<&str>,
    failure: &PortableFailure,
) -> Result<()> {
    let age = i64::try_from(failure.age_ms).unwrap_or(i64::MAX);
    tx.prepare_cached(
        "INSERT INTO failed_jobs (id, queue, kind, args, priority, serial_key, unique_key, about,
                                  tags, batch_id, chain, runs, why, error, fingerprint,
                                  failed_at_ms, failed_engine_ms)
         SELECT id, queue, kind, args, priority, serial_key, :unique_key, about,
                tags, batch_id, chain, :tries, :why, substr(:error, 1, 4096), :fingerprint,
                :failed_at, :failed_engine
         FROM jobs WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": id, ":unique_key": unique_key, ":tries": failure.tries, ":why": failure.why,
        ":error": failure.error, ":fingerprint": failure.fingerprint,
        ":failed_at": Timestamp(failure.failed_at_ms),
        ":failed_engine": EngineTime(tx.now.engine.0.saturating_sub(age)),
    })?;
    tx.prepare_cached("DELETE FROM jobs WHERE id = ?1")?.execute([id])?;
    Ok(())
}
