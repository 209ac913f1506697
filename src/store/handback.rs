//! Claims that are given back, and jobs that are let go.

use super::claims::{CLAIM_COLUMNS, Claim};
use super::orphans::Orphan;
use super::outbox::{JobState, NewJob, go_on};
use super::{Error, Result, Tx};
use crate::domain::ids::BatchId;
use rusqlite::{Connection, named_params};
use std::time::Duration;

/// How a claim is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// To run again so much later.
    Ready(Duration),
    /// To wait for its serial key, and to try by itself so much later.
    Parked(Duration),
}

/// The counters of a claim that is given back, as they stand from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
            "UPDATE jobs SET state = :state, boot_id = NULL, worker = NULL,
                             started_engine_ms = NULL,
                             wait_on = iif(:state = 'waiting', coalesce(serial_key, kind), NULL),
                             run_at_engine_ms = :run_at, failures = :failures,
                             exceptions = :exceptions, snoozes = :snoozes,
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
            "UPDATE jobs SET state = 'ready', wait_on = NULL, run_at_ms = NULL,
                             run_at_engine_ms = ?2
             WHERE state = 'waiting' AND wait_on = ?1",
        )?
        .execute((key, tx.now.engine))?;
    if 0 < rows || behind(tx, key)?.is_ready {
        tx.wakes_all();
    }
    Ok(())
}

/// Who stands behind a serial key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// Somebody who may go as soon as the key is free.
    pub is_ready: bool,
    /// Somebody parked until what it stands for works again.
    pub is_parked: bool,
}

pub fn behind(conn: &Connection, key: &str) -> Result<Behind> {
    let behind = conn
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM jobs WHERE state = 'ready' AND serial_key = ?1),
                    EXISTS (SELECT 1 FROM jobs WHERE state = 'waiting' AND wait_on = ?1)",
        )?
        .query_row([key], |row| Ok(Behind { is_ready: row.get(0)?, is_parked: row.get(1)? }))?;
    Ok(behind)
}

/// Brings a job that is owed already forward to when `job` would run, if that is earlier. False if
/// none is owed but for one that runs.
pub fn hurry(tx: &Tx<'_>, job: &NewJob) -> Result<bool> {
    tx.wakes(job.queue);
    let (column, value) = match &job.unique_key {
        Some(key) => ("unique_key", Some(key)),
        None => ("about", job.about.as_ref()),
    };
    let rows = tx
        .prepare_cached(&format!(
            "UPDATE jobs SET run_at_engine_ms = min(run_at_engine_ms, ?1)
             WHERE {column} = ?2 AND kind = ?3 AND args = ?4 AND state <> 'running'"
        ))?
        .execute((tx.now.engine + job.delay, value, &job.kind, &job.args))?;
    Ok(0 < rows)
}

/// Has all that is owed about e.g. `subscription:67` run now, parked or delayed as it may be, and
/// returns how many jobs that is. What waits for the clock goes on waiting.
pub fn hurry_about(tx: &Tx<'_>, about: &str) -> Result<usize> {
    tx.wakes_all();
    let rows = tx
        .prepare_cached(
            "UPDATE jobs SET state = 'ready', wait_on = NULL, run_at_engine_ms = ?2
             WHERE about = ?1 AND state <> 'running' AND run_at_ms IS NULL",
        )?
        .execute((about, tx.now.engine))?;
    Ok(rows)
}

/// Forgets the jobs of a serial key whose subject is gone, but for one that runs. For what follows
/// them they are done: nothing of them is owed any more.
pub fn forget_serial(tx: &Tx<'_>, key: &str) -> Result<usize> {
    let sql = "DELETE FROM jobs WHERE serial_key = ?1 AND state <> 'running'
               RETURNING chain, batch_id";
    let mut statement = tx.prepare(sql)?;
    let rows = statement.query_map([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let gone = rows.collect::<rusqlite::Result<Vec<(Option<String>, Option<BatchId>)>>>()?;
    for (chain, batch_id) in &gone {
        go_on(tx, chain.as_deref(), *batch_id)?;
    }
    Ok(gone.len())
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
pub(super) fn running(tx: &Tx<'_>) -> Result<Vec<Orphan>> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {CLAIM_COLUMNS}, crashes, power_cuts FROM jobs WHERE state = 'running'"
    ))?;
    let rows = statement.query_map([], |row| {
        let (crashes, power_cuts) = (row.get("crashes")?, row.get("power_cuts")?);
        Ok(Orphan { claim: Claim::from_row(row)?, crashes, power_cuts })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
