//! The `jobs` table: work that is owed, written beside the fact that made us owe it.

use super::{Error, Result, Tx};
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::text_enum;
use crate::domain::time::EngineTime;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use std::time::Duration;

text_enum! {
    /// `ready` is due or will be; `waiting` is not to run before what it waits for has happened,
    /// or its time has come after all.
    pub enum JobState { Ready = "ready", Running = "running", Waiting = "waiting" }
}

/// A job as it enters the table.
pub struct NewJob {
    pub queue: Queue,
    pub kind: &'static str,
    /// A JSON object of at most 64 KiB.
    pub args: String,
    /// 1 is first, 5 is last.
    pub priority: u8,
    pub delay: Duration,
    pub serial_key: Option<String>,
    pub unique_key: Option<String>,
    pub about: Option<String>,
}

/// A job that is ours to run until we complete it, give it back, or the process ends.
#[derive(Clone, Debug)]
pub struct Claim {
    pub id: JobId,
    pub queue: Queue,
    pub kind: String,
    pub args: String,
    pub serial_key: Option<String>,
    pub about: Option<String>,
    /// The number of this run: proof that the claim is still ours.
    pub run: u32,
    pub failures: u32,
    pub exceptions: u32,
    /// Earlier runs whose end nobody saw: the process died, or the power went.
    pub cut_off: u32,
    pub run_at: EngineTime,
    pub started: EngineTime,
}

const CLAIM_COLUMNS: &str = "id, queue, kind, args, serial_key, about, runs, failures, exceptions,
     crashes + power_cuts AS cut_off, run_at_engine_ms, started_engine_ms";

impl Claim {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Claim> {
        Ok(Claim {
            id: row.get("id")?,
            queue: row.get("queue")?,
            kind: row.get("kind")?,
            args: row.get("args")?,
            serial_key: row.get("serial_key")?,
            about: row.get("about")?,
            run: row.get("runs")?,
            failures: row.get("failures")?,
            exceptions: row.get("exceptions")?,
            cut_off: row.get("cut_off")?,
            run_at: row.get("run_at_engine_ms")?,
            started: row.get("started_engine_ms")?,
        })
    }
}

/// Adds a job. `None` if a live one has the same kind and unique key, which will do the work.
pub fn insert(tx: &Tx<'_>, job: &NewJob) -> Result<Option<JobId>> {
    tx.wakes(job.queue);
    let rows = tx
        .prepare_cached(
            "INSERT INTO jobs (queue, kind, args, priority, run_at_engine_ms, serial_key,
                               unique_key, about, created_at_ms)
             VALUES (:queue, :kind, :args, :priority, :run_at, :serial_key,
                     :unique_key, :about, :now)
             ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL DO NOTHING",
        )?
        .execute(named_params! {
            ":queue": job.queue, ":kind": job.kind, ":args": job.args, ":priority": job.priority,
            ":run_at": tx.now.engine + job.delay, ":serial_key": job.serial_key,
            ":unique_key": job.unique_key, ":about": job.about, ":now": tx.now.wall,
        })?;
    Ok((rows == 1).then(|| JobId(tx.last_insert_rowid())))
}

/// When the first job of `queue` may run, of those that may after `after`.
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
               WHERE state = 'waiting' AND queue = :queue AND run_at_engine_ms > :after)",
        )?
        .query_row(named_params! { ":queue": queue, ":after": after }, |row| row.get(0))?;
    Ok(next)
}

/// Takes the first job of `queue` that is due and whose serial key is free, if there is one.
pub fn claim(tx: &Tx<'_>, queue: Queue, boot_id: &str) -> Result<Option<Claim>> {
    release_overdue(tx, queue)?;
    // A seek for each priority: one ORDER BY over all would read every urgent job not yet due.
    for priority in 1..=5 {
        let claim = tx
            .prepare_cached(&format!(
                "UPDATE jobs SET state = 'running', boot_id = :boot_id, runs = runs + 1,
                                 started_engine_ms = :now
                 WHERE id = (
                   SELECT id FROM jobs AS due
                   WHERE state = 'ready' AND queue = :queue AND priority = :priority
                     AND run_at_engine_ms <= :now
                     AND NOT EXISTS (
                       SELECT 1 FROM jobs AS busy
                       WHERE busy.state = 'running' AND busy.serial_key = due.serial_key)
                   ORDER BY run_at_engine_ms, id
                   LIMIT 1)
                 RETURNING {CLAIM_COLUMNS}"
            ))?
            .query_row(
                named_params! {
                    ":queue": queue, ":priority": priority,
                    ":now": tx.now.engine, ":boot_id": boot_id,
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

/// Lets go what has waited long enough.
fn release_overdue(tx: &Tx<'_>, queue: Queue) -> Result<()> {
    tx.prepare_cached(
        "UPDATE jobs SET state = 'ready', wait_on = NULL
         WHERE state = 'waiting' AND queue = ?1 AND run_at_engine_ms <= ?2",
    )?
    .execute((queue, tx.now.engine))?;
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

/// Ends a claim. Fails, and so undoes the rest of `tx`, if the claim is no longer ours.
pub fn complete(tx: &Tx<'_>, claim: &Claim) -> Result<()> {
    let rows = tx
        .prepare_cached("DELETE FROM jobs WHERE id = ?1 AND runs = ?2 AND state = 'running'")?
        .execute((claim.id, claim.run))?;
    if rows != 1 {
        return Err(Error::LostClaim(claim.id));
    }
    if let Some(key) = &claim.serial_key {
        unpark(tx, key)?; // What it serves answers again, so those that gave up on it may try.
    }
    Ok(())
}

/// How a claim is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// To run again so much later.
    Ready(Duration),
    /// To wait for its serial key, and to try by itself so much later.
    Parked(Duration),
}

/// The counters of a claim that is given back.
#[derive(Clone, Copy, Debug)]
pub struct Tally {
    pub failures: u32,
    pub exceptions: u32,
    pub snoozes: u32,
}

/// Gives a claim back. Fails, and so undoes the rest of `tx`, if it is no longer ours.
pub fn give_back(
    tx: &Tx<'_>,
    claim: &Claim,
    back: Back,
    tally: Tally,
    error: Option<&str>,
) -> Result<()> {
    tx.wakes_all(); // Its serial key is free, whoever waits for it.
    let (state, pause) = match back {
        Back::Ready(pause) => (JobState::Ready, pause),
        Back::Parked(pause) => (JobState::Waiting, pause),
    };
    let rows = tx
        .prepare_cached(
            "UPDATE jobs SET state = :state, boot_id = NULL, started_engine_ms = NULL,
                             wait_on = iif(:state = 'waiting', coalesce(serial_key, kind), NULL),
                             run_at_engine_ms = :run_at, failures = :failures,
                             exceptions = :exceptions, snoozes = snoozes + :snoozes,
                             last_error = coalesce(:error, last_error)
             WHERE id = :id AND runs = :run AND state = 'running'",
        )?
        .execute(named_params! {
            ":id": claim.id, ":run": claim.run, ":state": state,
            ":run_at": tx.now.engine + pause, ":failures": tally.failures,
            ":exceptions": tally.exceptions, ":snoozes": tally.snoozes, ":error": error,
        })?;
    if rows == 1 { Ok(()) } else { Err(Error::LostClaim(claim.id)) }
}

/// Lets go whatever waits on `key`, such as `router:3`.
pub fn unpark(tx: &Tx<'_>, key: &str) -> Result<()> {
    let rows = tx
        .prepare_cached(
            "UPDATE jobs SET state = 'ready', wait_on = NULL, run_at_engine_ms = ?2
             WHERE state = 'waiting' AND wait_on = ?1",
        )?
        .execute((key, tx.now.engine))?;
    let is_anyone_behind = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM jobs WHERE state = 'ready' AND serial_key = ?1)",
        )?
        .query_row([key], |row| row.get(0))?;
    if 0 < rows || is_anyone_behind {
        tx.wakes_all();
    }
    Ok(())
}

/// Forgets the jobs of a serial key whose subject is gone, but for one that runs.
pub fn forget_serial(tx: &Tx<'_>, key: &str) -> Result<usize> {
    Ok(tx.execute("DELETE FROM jobs WHERE serial_key = ?1 AND state <> 'running'", [key])?)
}

/// The serial keys of the jobs about `about` that run now.
pub fn running_keys(conn: &Connection, about: &str) -> Result<Vec<String>> {
    let mut statement = conn.prepare_cached(
        "SELECT serial_key FROM jobs
         WHERE about = ?1 AND +state = 'running' AND serial_key IS NOT NULL",
    )?;
    let rows = statement.query_map([about], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Every claim that says it is running, with its crashes and power cuts.
pub(super) fn running(tx: &Tx<'_>) -> Result<Vec<(Claim, u32, u32)>> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {CLAIM_COLUMNS}, crashes, power_cuts FROM jobs WHERE state = 'running'"
    ))?;
    let rows = statement.query_map([], |row| {
        Ok((Claim::from_row(row)?, row.get("crashes")?, row.get("power_cuts")?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[test]
fn the_schema_knows_the_same_states() {
    super::assert_schema_has::<JobState>("state", JobState::ALL.iter().map(|it| it.as_str()));
}
