//! Jobs given up. They wait for an operator, who tries them again or lets them go; what was let go
//! can be had back for a day.

use super::outbox::Claim;
use super::{Error, Result, Tx, batches};
use crate::domain::ids::{BatchId, JobId};
use crate::domain::queue::Queue;
use crate::domain::text_enum;
use crate::domain::time::{EngineTime, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use std::time::Duration;

/// How long flushed and forgotten jobs can be had back.
pub const UNDO_WITHIN: Duration = Duration::from_secs(24 * 3600);

text_enum! {
    /// Why a job was given up.
    pub enum Why { Error = "error", Timeout = "timeout", Crash = "crash" }
}

/// A job that was given up.
#[derive(Clone, Debug)]
pub struct FailedJob {
    pub id: JobId,
    pub queue: Queue,
    pub kind: String,
    pub args: String,
    pub why: Why,
    pub error: String,
    pub fingerprint: String,
    pub tries: u32,
    pub failed_at: Timestamp,
    /// A JSON array, if there are any.
    pub tags: Option<String>,
}

impl FailedJob {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<FailedJob> {
        Ok(FailedJob {
            id: row.get("id")?,
            queue: row.get("queue")?,
            kind: row.get("kind")?,
            args: row.get("args")?,
            why: row.get("why")?,
            error: row.get("error")?,
            fingerprint: row.get("fingerprint")?,
            tries: row.get("runs")?,
            failed_at: row.get("failed_at_ms")?,
            tags: row.get("tags")?,
        })
    }
}

/// Gives a claim up. Fails, and so undoes the rest of `tx`, if it is no longer ours.
pub fn bury(tx: &Tx<'_>, claim: &Claim, why: Why, error: &str) -> Result<()> {
    let rows = tx
        .prepare_cached(
            "INSERT INTO failed_jobs (id, queue, kind, args, priority, serial_key, unique_key,
                                      about, tags, batch_id, chain, runs, why, error, fingerprint,
                                      failed_at_ms, failed_engine_ms)
             SELECT id, queue, kind, args, priority, serial_key, unique_key,
                    about, tags, batch_id, chain, runs, :why, substr(:error, 1, 4096),
                    :fingerprint, :now, :engine
             FROM jobs
             WHERE id = :id AND runs = :run AND state = 'running'",
        )?
        .execute(named_params! {
            ":id": claim.id, ":run": claim.run, ":why": why, ":error": error,
            ":fingerprint": fingerprint(&claim.kind, error), ":now": tx.now.wall,
            ":engine": tx.now.engine,
        })?;
    if rows != 1 {
        return Err(Error::LostClaim(claim.id));
    }
    tx.prepare_cached("DELETE FROM jobs WHERE id = ?1")?.execute([claim.id])?;
    tx.wakes_all(); // Whoever waits for its serial key may go.
    claim.batch_id.map_or(Ok(()), |id| batches::count_failed(tx, id))
}

/// What failures have in common that differ only in numbers, as in ids and times.
fn fingerprint(kind: &str, error: &str) -> String {
    let mut print = format!("{kind}: ");
    let mut was_digit = false;
    for letter in error.chars().take(300) {
        let is_digit = letter.is_ascii_digit();
        match (is_digit, was_digit) {
            (true, true) => {}
            (true, false) => print.push('#'),
            (false, _) => print.push(letter),
        }
        was_digit = is_digit;
    }
    print
}

pub fn get(conn: &Connection, id: JobId) -> Result<Option<FailedJob>> {
    let job = conn
        .prepare_cached("SELECT * FROM failed_jobs WHERE id = ?1 AND forgotten_at_ms IS NULL")?
        .query_row([id], FailedJob::from_row)
        .optional()?;
    Ok(job)
}

/// Which failed jobs are meant.
#[derive(Clone, Debug, Default)]
pub struct Which {
    pub queue: Option<Queue>,
    /// By id, both ends included.
    pub range: Option<(JobId, JobId)>,
    /// Failed so long ago at most.
    pub since: Option<EngineTime>,
    /// Failed so long ago at least.
    pub until: Option<EngineTime>,
    /// Those that brought the program down, too.
    pub with_crashed: bool,
}

/// The ids of those that are meant, the newest first.
pub fn ids(conn: &Connection, which: &Which) -> Result<Vec<JobId>> {
    let mut statement = conn.prepare_cached(
        "SELECT id FROM failed_jobs
         WHERE forgotten_at_ms IS NULL
           AND (:queue IS NULL OR queue = :queue)
           AND id BETWEEN :first AND :last
           AND failed_engine_ms BETWEEN :since AND :until
           AND (:with_crashed OR why <> 'crash')
         ORDER BY id DESC",
    )?;
    let (first, last) = which.range.unwrap_or((JobId(i64::MIN), JobId(i64::MAX)));
    let rows = statement.query_map(
        named_params! {
            ":queue": which.queue, ":first": first, ":last": last,
            ":since": which.since.unwrap_or(EngineTime(i64::MIN)),
            ":until": which.until.unwrap_or(EngineTime(i64::MAX)),
            ":with_crashed": which.with_crashed,
        },
        |row| row.get(0),
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The newest first, older than `before`, of one queue if it is named.
pub fn page(
    conn: &Connection,
    queue: Option<Queue>,
    before: Option<JobId>,
    limit: u32,
) -> Result<Vec<FailedJob>> {
    let mut statement = conn.prepare_cached(
        "SELECT * FROM failed_jobs
         WHERE forgotten_at_ms IS NULL AND (?1 IS NULL OR queue = ?1)
           AND id < coalesce(?2, 9223372036854775807)
         ORDER BY id DESC LIMIT ?3",
    )?;
    let rows = statement.query_map((queue, before, limit), FailedJob::from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Equal failures, as one: the newest of them, and how many there are; the most frequent first.
pub fn groups(
    conn: &Connection,
    queue: Option<Queue>,
    limit: u32,
) -> Result<Vec<(FailedJob, i64)>> {
    // The inner part reads an index alone, however long the errors are.
    let mut statement = conn.prepare_cached(
        "SELECT failed_jobs.*, how_many FROM (
           SELECT max(id) AS newest, count(*) AS how_many FROM failed_jobs
           WHERE forgotten_at_ms IS NULL AND (?1 IS NULL OR queue = ?1)
           GROUP BY queue, fingerprint ORDER BY 2 DESC, 1 DESC LIMIT ?2)
         CROSS JOIN failed_jobs ON id = newest
         ORDER BY how_many DESC, id DESC",
    )?;
    let rows = statement
        .query_map((queue, limit), |row| Ok((FailedJob::from_row(row)?, row.get("how_many")?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A failed job and all that failed as it did, the newest first; none, if it has not failed.
pub fn alike(conn: &Connection, id: JobId) -> Result<Vec<JobId>> {
    let mut statement = conn.prepare_cached(
        "SELECT other.id FROM failed_jobs AS this
           CROSS JOIN failed_jobs AS other
           ON other.queue = this.queue AND other.fingerprint = this.fingerprint
         WHERE this.id = ?1 AND this.forgotten_at_ms IS NULL AND other.forgotten_at_ms IS NULL
           AND other.why = this.why
         ORDER BY other.id DESC",
    )?;
    let rows = statement.query_map([id], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether anything that was forgotten can still be had back.
pub fn can_undo(conn: &Connection, now: EngineTime) -> Result<bool> {
    let since = EngineTime(now.0 - i64::try_from(UNDO_WITHIN.as_millis()).unwrap_or(0));
    let can_undo = conn
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM failed_jobs
                            WHERE forgotten_at_ms IS NOT NULL AND forgotten_engine_ms >= ?1)",
        )?
        .query_row([since], |row| row.get(0))?;
    Ok(can_undo)
}

/// Those of a queue that are about e.g. `subscription:67`.
pub fn about(conn: &Connection, queue: Queue, about: &str) -> Result<Vec<JobId>> {
    let mut statement = conn.prepare_cached(
        "SELECT id FROM failed_jobs
         WHERE about = ?2 AND +queue = ?1 AND forgotten_at_ms IS NULL",
    )?;
    let rows = statement.query_map((queue, about), |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Puts a failed job back into its queue, its failures forgiven, under its own id. False if it has
/// not failed. If a live job has its unique key by now, that one does the work; but with a batch
/// or a chain it goes beside it without the key, as in [`super::outbox::insert`].
pub fn retry(tx: &Tx<'_>, id: JobId) -> Result<bool> {
    let found: Option<(Option<BatchId>, bool)> = tx
        .prepare_cached(
            "SELECT batch_id, chain IS NOT NULL FROM failed_jobs
             WHERE id = ?1 AND forgotten_at_ms IS NULL",
        )?
        .query_row([id], |row| row.try_into())
        .optional()?;
    let Some((batch_id, has_chain)) = found else { return Ok(false) };
    let put_back = |is_unique: bool| -> Result<usize> {
        let rows = tx
            .prepare_cached(
                "INSERT INTO jobs (id, queue, kind, args, priority, serial_key, unique_key, about,
                                   tags, batch_id, chain, runs, run_at_engine_ms, created_at_ms)
                 SELECT id, queue, kind, args, priority, serial_key, iif(?4, unique_key, NULL),
                        about, tags, batch_id, chain, runs, ?2, ?3
                 FROM failed_jobs WHERE id = ?1
                 ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL DO NOTHING",
            )?
            .execute((id, tx.now.engine, tx.now.wall, is_unique))?;
        Ok(rows)
    };
    if put_back(true)? == 0 && (batch_id.is_some() || has_chain) {
        put_back(false)?;
    }
    tx.prepare_cached("DELETE FROM failed_jobs WHERE id = ?1")?.execute([id])?;
    tx.wakes_all();
    batch_id.map_or(Ok(()), |it| batches::count_retried(tx, it)).map(|()| true)
}

/// Takes a failed job away. False if it has not failed.
pub fn forget(tx: &Tx<'_>, id: JobId) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "UPDATE failed_jobs SET forgotten_at_ms = ?2, forgotten_engine_ms = ?3
             WHERE id = ?1 AND forgotten_at_ms IS NULL",
        )?
        .execute((id, tx.now.wall, tx.now.engine))?;
    Ok(rows == 1)
}

/// Brings back all that was forgotten in the last day, and says how many there were.
pub fn undo(tx: &Tx<'_>) -> Result<usize> {
    let since = EngineTime(tx.now.engine.0 - i64::try_from(UNDO_WITHIN.as_millis()).unwrap_or(0));
    let rows = tx.execute(
        "UPDATE failed_jobs SET forgotten_at_ms = NULL, forgotten_engine_ms = NULL
         WHERE forgotten_engine_ms >= ?1",
        [since],
    )?;
    Ok(rows)
}

/// Removes for good what was forgotten longer ago than it can be had back.
pub fn purge(tx: &Tx<'_>) -> Result<usize> {
    let since = EngineTime(tx.now.engine.0 - i64::try_from(UNDO_WITHIN.as_millis()).unwrap_or(0));
    let rows = tx.execute("DELETE FROM failed_jobs WHERE forgotten_engine_ms < ?1", [since])?;
    Ok(rows)
}

/// Removes for good what failed before `until`, forgotten or not, and says how many there were.
pub fn prune(tx: &Tx<'_>, until: EngineTime) -> Result<usize> {
    Ok(tx.execute("DELETE FROM failed_jobs WHERE failed_engine_ms <= ?1", [until])?)
}

#[test]
fn the_schema_knows_the_same_words() {
    super::assert_schema_has::<Why>("why", Why::ALL.iter().map(|it| it.as_str()));
}

#[test]
fn failures_that_differ_in_numbers_are_alike() {
    let one = fingerprint("provision_user", "router 3 does not answer (took 5002 ms)");
    assert_eq!(one, fingerprint("provision_user", "router 14 does not answer (took 61 ms)"));
    assert_eq!(one, "provision_user: router # does not answer (took # ms)");
}
