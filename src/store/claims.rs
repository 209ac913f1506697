//! Taking jobs out of the `jobs` table to run them.

use super::outbox::{NewJob, Tally};
use super::{Error, Result, Tx};
use crate::domain::ids::{BatchId, JobId};
use crate::domain::queue::Queue;
use crate::domain::time::{ASK_CLOCK_AGAIN, EngineTime};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

/// A job that is ours to run until we complete it, give it back, or the process ends.
#[derive(Clone, Debug)]
pub struct Claim {
    pub id: JobId,
    pub queue: Queue,
    pub kind: String,
    pub args: String,
    pub serial_key: Option<String>,
    pub about: Option<String>,
    pub batch_id: Option<BatchId>,
    pub(super) chain: Option<String>,
    /// The number of this run: proof that the claim is still ours.
    pub run: u32,
    pub failures: u32,
    pub exceptions: u32,
    pub snoozes: u32,
    /// Earlier runs whose end nobody saw: the process died, or the power went.
    pub cut_off: u32,
    pub run_at: EngineTime,
    pub started: EngineTime,
}

pub(super) const CLAIM_COLUMNS: &str = "id, queue, kind, args, serial_key, about, batch_id, chain,
     runs, failures, exceptions, snoozes, crashes + power_cuts + stops AS cut_off, run_at_engine_ms,
     started_engine_ms";

impl Claim {
    /// Whether other jobs are owed when this one is done.
    pub fn has_chain(&self) -> bool {
        self.chain.is_some()
    }

    /// A run of `job` that has no row, and so is written nowhere.
    pub fn ephemeral(job: NewJob, run: u32, failures: u32, started: EngineTime) -> Claim {
        Claim {
            id: JobId::EPHEMERAL,
            queue: job.queue,
            kind: job.kind.into_owned(),
            args: job.args,
            serial_key: job.serial_key,
            about: job.about,
            batch_id: None,
            chain: None,
            run,
            failures,
            exceptions: failures,
            snoozes: 0,
            cut_off: 0,
            run_at: started,
            started,
        }
    }

    pub fn is_ephemeral(&self) -> bool {
        self.id == JobId::EPHEMERAL
    }

    /// Its counters as they stood when it was claimed.
    pub fn tally(&self) -> Tally {
        let Claim { failures, exceptions, snoozes, .. } = *self;
        Tally { failures, exceptions, snoozes }
    }

    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Claim> {
        Ok(Claim {
            id: row.get("id")?,
            queue: row.get("queue")?,
            kind: row.get("kind")?,
            args: row.get("args")?,
            serial_key: row.get("serial_key")?,
            about: row.get("about")?,
            batch_id: row.get("batch_id")?,
            chain: row.get("chain")?,
            run: row.get("runs")?,
            failures: row.get("failures")?,
            exceptions: row.get("exceptions")?,
            snoozes: row.get("snoozes")?,
            cut_off: row.get("cut_off")?,
            run_at: row.get("run_at_engine_ms")?,
            started: row.get("started_engine_ms")?,
        })
    }
}

/// When the first job of `queue` may run, of those that may after `after`. Never, if it is paused.
pub fn next_due(conn: &Connection, queue: Queue, after: EngineTime) -> Result<Option<EngineTime>> {
    let next = conn
        .prepare_cached(
            "SELECT min(next) FROM (
               SELECT (SELECT min(run_at_engine_ms) FROM jobs
                       WHERE state = 'ready' AND queue = :queue AND priority = level.column1
                         AND run_at_engine_ms > :after) AS next
               FROM (VALUES (1), (2), (3), (4), (5)) AS level
               UNION ALL
               SELECT min(run_at_engine_ms) FROM jobs
               WHERE state = 'waiting' AND queue = :queue AND run_at_engine_ms > :after)
             WHERE NOT EXISTS (SELECT 1 FROM queues WHERE queue = :queue AND is_paused = 1)",
        )?
        .query_row(named_params! { ":queue": queue, ":after": after }, |row| row.get(0))?;
    Ok(next)
}

/// Who claims, and what it may not have just now.
#[derive(Clone, Debug)]
pub struct Claimant<'a> {
    /// The kernel's.
    pub boot_id: &'a str,
    /// Such as `payments-1`.
    pub worker: &'a str,
    /// Serial keys that are shut, such as `router:3`, as a JSON array.
    pub shut_keys: &'a str,
    /// Kinds whose rate limit is reached, as a JSON array.
    pub limited_kinds: &'a str,
}

/// Takes the first job of `queue` that is due and may run, if there is one.
pub fn claim(tx: &Tx<'_>, queue: Queue, claimant: &Claimant<'_>) -> Result<Option<Claim>> {
    if super::queues::is_paused(tx, queue)? {
        return Ok(None);
    }
    release_overdue(tx, queue)?;
    // A seek for each priority: one ORDER BY over all would read every urgent job not yet due.
    for priority in 1..=5 {
        let claim = tx
            .prepare_cached(&format!(
                "UPDATE jobs SET state = 'running', boot_id = :boot_id, worker = :worker,
                                 runs = runs + 1, started_engine_ms = :now
                 WHERE id = (
                   SELECT id FROM jobs AS due
                   WHERE state = 'ready' AND queue = :queue AND priority = :priority
                     AND run_at_engine_ms <= :now
                     AND NOT EXISTS (
                       SELECT 1 FROM jobs AS busy
                       WHERE busy.state = 'running' AND busy.serial_key = due.serial_key)
                     AND (serial_key IS NULL
                          OR serial_key NOT IN (SELECT value FROM json_each(:shut_keys)))
                     AND kind NOT IN (SELECT value FROM json_each(:limited_kinds))
                   ORDER BY run_at_engine_ms, id
                   LIMIT 1)
                 RETURNING {CLAIM_COLUMNS}"
            ))?
            .query_row(
                named_params! {
                    ":queue": queue, ":priority": priority, ":now": tx.now.engine,
                    ":boot_id": claimant.boot_id, ":worker": claimant.worker,
                    ":shut_keys": claimant.shut_keys, ":limited_kinds": claimant.limited_kinds,
                },
                Claim::from_row,
            )
            .optional()?;
        if claim.is_some() {
            return Ok(claim);
        }
    }
    Ok(None)
}

/// Lets go what has waited long enough. What waits for a moment is let go by the wall clock alone,
/// and until then it is looked at again every now and then: nobody tells when a clock is set.
fn release_overdue(tx: &Tx<'_>, queue: Queue) -> Result<()> {
    let (now, wall) = (tx.now.engine, tx.now.trusted_wall());
    let overdue = "state = 'waiting' AND queue = :queue AND run_at_engine_ms <= :now";
    tx.prepare_cached(&format!(
        "UPDATE jobs SET state = 'ready', wait_on = NULL, run_at_ms = NULL
         WHERE {overdue} AND (run_at_ms IS NULL OR run_at_ms <= :wall)"
    ))?
    .execute(named_params! { ":queue": queue, ":now": now, ":wall": wall })?;
    let again = i64::try_from(ASK_CLOCK_AGAIN.as_millis()).unwrap_or(i64::MAX);
    tx.prepare_cached(&format!(
        "UPDATE jobs SET run_at_engine_ms =
                           :now + coalesce(min(run_at_ms - :wall, :again), :again)
         WHERE {overdue}"
    ))?
    .execute(named_params! { ":queue": queue, ":now": now, ":wall": wall, ":again": again })?;
    Ok(())
}

/// Writes a claim once more, in a durable transaction: a job that must not act twice may only
/// begin when its beginning is on the disk.
pub fn confirm(tx: &Tx<'_>, claim: &Claim) -> Result<()> {
    let rows = tx
        .prepare_cached(
            "UPDATE jobs SET runs = runs WHERE id = ?1 AND runs = ?2 AND state = 'running'",
        )?
        .execute((claim.id, claim.run))?;
    if rows == 1 { Ok(()) } else { Err(Error::LostClaim(claim.id)) }
}
