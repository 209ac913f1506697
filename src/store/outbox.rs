//! The `jobs` table: work that is owed, written beside the fact that made us owe it.

use super::{Error, Result, Tx, batches};
use crate::domain::ids::{BatchId, JobId};
use crate::domain::queue::Queue;
use crate::domain::text_enum;
use crate::domain::time::{ASK_CLOCK_AGAIN, Timestamp};
use rusqlite::named_params;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

pub use super::claims::{Claim, Claimant, claim, confirm, next_due};
pub use super::handback::{
    Back, Behind, Tally, behind, forget_serial, give_back, hurry, hurry_about, running_keys, unpark,
};

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
