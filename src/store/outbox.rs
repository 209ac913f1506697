//! The `jobs` table: work that is owed, written beside the fact that made us owe it.

use super::{Error, Result, Tx, batches};
use crate::domain::ids::{BatchId, JobId};
use crate::domain::queue::Queue;
use crate::domain::text_enum;
use crate::domain::time::{ASK_CLOCK_AGAIN, EngineTime, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

pub use super::handback::{Back, Tally, forget_serial, give_back, hurry, running_keys, unpark};

text_enum! {
    /// `ready` is due or will be; `waiting` is not to run before what it waits for has happened,
    /// or its time has come after all.
    pub enum JobState { Ready = "ready", Running = "running", Waiting = "waiting" }
}

/// A job as it enters the table, or as a link of a chain that may enter it later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewJob {
    pub queue: Queue,
    pub kind: Cow<'static, str>,
    /// A JSON object of at most 64 KiB.
    pub args: String,
    /// 1 is first, 5 is last.
    pub priority: u8,
    /// Not before so much has passed since it entered.
    #[serde(default)]
    pub delay: Duration,
    /// Not before a trusted wall clock shows this.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    pub serial_key: Option<String>,
    pub unique_key: Option<String>,
    pub about: Option<String>,
    pub tags: Vec<String>,
    #[serde(skip)]
    pub batch_id: Option<BatchId>,
    /// Owed one after another, each when the one before is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<NewJob>,
}

impl NewJob {
    /// Whether its end means something to others.
    fn leads_on(&self) -> bool {
        self.batch_id.is_some() || !self.chain.is_empty()
    }
}

/// What a job waits on that is not to run before a moment by the wall clock.
const CLOCK: &str = "clock";

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
    chain: Option<String>,
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

/// Adds a job. `None` if a live one has the same kind and unique key, which will do the work.
///
/// One that is in a batch, or has others chained to it, is never left out: it enters without its
/// unique key, beside the live one. Doing the work twice comes to the same as doing it once, but
/// what counts it or follows it must not be lost. (Laravel, too, lets no unique key keep a job out
/// of a batch.)
pub fn insert(tx: &Tx<'_>, job: &NewJob) -> Result<Option<JobId>> {
    match add(tx, job, job.unique_key.as_deref())? {
        None if job.leads_on() => add(tx, job, None),
        added => Ok(added),
    }
}

fn add(tx: &Tx<'_>, job: &NewJob, unique_key: Option<&str>) -> Result<Option<JobId>> {
    tx.wakes(job.queue);
    let wall = tx.now.trusted_wall();
    let moment = job.not_before.filter(|at| wall.is_none_or(|wall| wall < *at));
    let (state, wait_on, run_at) = match moment {
        Some(at) => {
            let until = wall.map_or(ASK_CLOCK_AGAIN, |it| at.since(it).min(ASK_CLOCK_AGAIN));
            (JobState::Waiting, Some(CLOCK), tx.now.engine + until)
        }
        None => (JobState::Ready, None, tx.now.engine + job.delay),
    };
    let json = |is_empty: bool, text: serde_json::Result<String>| {
        if is_empty { Ok(None) } else { text.map(Some) }
    };
    let tags = json(job.tags.is_empty(), serde_json::to_string(&job.tags))?;
    let chain = json(job.chain.is_empty(), serde_json::to_string(&job.chain))?;
    let rows = tx
        .prepare_cached(
            "INSERT INTO jobs (queue, kind, args, priority, state, wait_on, run_at_engine_ms,
                               run_at_ms, serial_key, unique_key, about, tags, batch_id, chain,
                               created_at_ms)
             VALUES (:queue, :kind, :args, :priority, :state, :wait_on, :run_at,
                     :moment, :serial_key, :unique_key, :about, :tags, :batch_id, :chain,
                     :now)
             ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL DO NOTHING",
        )?
        .execute(named_params! {
            ":queue": job.queue, ":kind": job.kind, ":args": job.args, ":priority": job.priority,
            ":state": state, ":wait_on": wait_on, ":run_at": run_at, ":moment": moment,
            ":serial_key": job.serial_key, ":unique_key": unique_key, ":about": job.about,
            ":tags": tags, ":batch_id": job.batch_id, ":chain": chain, ":now": tx.now.wall,
        })?;
    Ok((rows == 1).then(|| JobId(tx.last_insert_rowid())))
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

/// Ends a claim: its chain goes on, its batch counts it. Fails, and so undoes the rest of `tx`, if
/// the claim is no longer ours.
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
    go_on(tx, claim.chain.as_deref(), claim.batch_id)
}

/// Owes what follows a job that is done. In a batch it takes the job's place, so that the batch
/// waits for the whole chain; after the last link the batch counts.
pub(super) fn go_on(tx: &Tx<'_>, chain: Option<&str>, batch_id: Option<BatchId>) -> Result<()> {
    let links = chain.map_or(Ok(Vec::new()), serde_json::from_str::<Vec<NewJob>>)?;
    let mut links = links.into_iter();
    match (links.next(), batch_id) {
        (Some(next), _) => {
            let chain = next.chain.into_iter().chain(links).collect();
            insert(tx, &NewJob { chain, batch_id, ..next }).map(drop)
        }
        (None, Some(id)) => batches::count_done(tx, id),
        (None, None) => Ok(()),
    }
}

#[test]
fn the_schema_knows_the_same_states() {
    super::assert_schema_has::<JobState>("state", JobState::ALL.iter().map(|it| it.as_str()));
}
