//! What operators do to jobs and queues, by whichever door: each is one transaction, and audited.

use super::KINDS;
use crate::domain::Invalid;
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::time::{EngineTime, Now, Timestamp};
use crate::job::JobKind;
use crate::store::failed_jobs::{self, Which};
use crate::store::outbox::{self, NewJob};
use crate::store::{self, Store, Tx, audit, queues};
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;

/// Failed jobs by number, or all that fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    These(Vec<JobId>),
    All,
}

/// Narrows down which of the chosen jobs are meant.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    pub queue: Option<Queue>,
    /// Both ends included.
    pub range: Option<(JobId, JobId)>,
    /// Failed so long ago at most.
    pub since: Option<Duration>,
}

/// What became of the jobs somebody chose.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Retried {
    pub retried: Vec<JobId>,
    /// Those that were named, and are no failed jobs or not among what it was narrowed down to.
    pub missing: Vec<JobId>,
    /// Left alone, though all were meant: they brought the box down, and are retried one by one.
    pub quarantined: usize,
}

/// What became of the jobs that were to be forgotten.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Forgotten {
    pub forgotten: Vec<JobId>,
    pub missing: Vec<JobId>,
}

/// Reads a range of job numbers, such as `17-40`.
pub fn parse_range(text: &str) -> Result<(JobId, JobId), Invalid> {
    let bad = || Invalid(format!("{text:?} is not a range of job numbers like 17-40"));
    let (first, last) = text.split_once('-').ok_or_else(bad)?;
    let (first, last) = (first.parse().map_err(|_| bad())?, last.parse().map_err(|_| bad())?);
    if last < first { Err(bad()) } else { Ok((first, last)) }
}

/// A job that somebody wants.
pub struct Wanted<'a> {
    pub kind: &'static JobKind,
    /// What it is about, as a JSON object.
    pub args: &'a str,
    /// Another queue than its own.
    pub queue: Option<Queue>,
    pub delay: Duration,
    /// Not before a trusted wall clock shows this.
    pub not_before: Option<Timestamp>,
}

#[derive(Debug, thiserror::Error)]
pub enum PushError {
    #[error("{args} is not what a job of kind {kind} is about: {error}")]
    Args { kind: &'static str, args: String, error: serde_json::Error },
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What was pushed.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Pushed {
    pub id: JobId,
    pub queue: Queue,
    pub kind: &'static str,
}

/// The kind of that name.
pub fn parse_kind(word: &str) -> Result<&'static JobKind, Invalid> {
    KINDS.iter().find(|it| it.kind == word).ok_or_else(|| {
        let known: Vec<_> = KINDS.iter().map(|it| it.kind).collect();
        Invalid(format!("{word:?} is not one of {}", known.join(", ")))
    })
}

/// Adds a job. Whoever pushes one by hand wants it, even beside one that does the same.
pub fn push(store: &Store, who: &str, wanted: &Wanted<'_>) -> Result<Pushed, PushError> {
    let Wanted { kind: JobKind { kind, check, .. }, args, delay, not_before, .. } = *wanted;
    let job =
        check(args).map_err(|error| PushError::Args { kind, args: args.to_owned(), error })?;
    let queue = wanted.queue.unwrap_or(job.queue);
    let job = NewJob { queue, unique_key: None, delay, not_before, ..job };
    let id = store.write(|tx| {
        let id = outbox::insert(tx, &job)?.expect("nothing keeps out a job without a unique key");
        audit::insert(tx, who, "queue push", Some(&format!("job:{id}")), kind)?;
        Ok(id)
    })?;
    Ok(Pushed { id, queue, kind })
}

/// Puts failed jobs back into their queues. Those that crashed the box must be named.
pub fn retry(
    tx: &Tx<'_>,
    who: &str,
    chosen: &Chosen,
    narrowed: &Narrowed,
) -> store::Result<Retried> {
    let since = narrowed.since.map(|it| before(tx.now, it));
    let all = Which {
        queue: narrowed.queue,
        range: narrowed.range,
        since,
        until: None,
        with_crashed: true,
    };
    let meant = failed_jobs::ids(tx, &all)?;
    let (ids, missing, quarantined) = match chosen {
        Chosen::These(ids) => {
            let (found, missing) = split(ids, &meant);
            (found, missing, 0)
        }
        Chosen::All => {
            let tame = failed_jobs::ids(tx, &Which { with_crashed: false, ..all })?;
            let quarantined = meant.len() - tame.len();
            (tame, Vec::new(), quarantined)
        }
    };
    for &id in &ids {
        retry_one(tx, id)?;
    }
    note(tx, who, "queue retry", &ids)?;
    Ok(Retried { retried: ids, missing, quarantined })
}

fn retry_one(tx: &Tx<'_>, id: JobId) -> store::Result<()> {
    let Some(job) = failed_jobs::get(tx, id)? else { return Ok(()) };
    failed_jobs::retry(tx, id)?;
    match KINDS.iter().find(|it| it.kind == job.kind) {
        Some(kind) => (kind.retried)(&job.args, tx),
        None => Ok(()),
    }
}

/// Takes failed jobs away.
pub fn forget(tx: &Tx<'_>, who: &str, ids: &[JobId]) -> store::Result<Forgotten> {
    let all = Which { with_crashed: true, ..Which::default() };
    let (forgotten, missing) = split(ids, &failed_jobs::ids(tx, &all)?);
    for &id in &forgotten {
        failed_jobs::forget(tx, id)?;
    }
    note(tx, who, "queue forget", &forgotten)?;
    Ok(Forgotten { forgotten, missing })
}

/// Takes all failed jobs away, of one queue if it is named, or those that failed so long ago.
pub fn flush(
    tx: &Tx<'_>,
    who: &str,
    queue: Option<Queue>,
    older_than: Option<Duration>,
) -> store::Result<Forgotten> {
    let until = older_than.map(|it| before(tx.now, it));
    let which = Which { queue, until, with_crashed: true, ..Which::default() };
    let forgotten = failed_jobs::ids(tx, &which)?;
    for &id in &forgotten {
        failed_jobs::forget(tx, id)?;
    }
    note(tx, who, "queue flush", &forgotten)?;
    Ok(Forgotten { forgotten, missing: Vec::new() })
}

/// Brings back what was forgotten or flushed in the last day; returns how many there were.
pub fn undo(tx: &Tx<'_>, who: &str) -> store::Result<usize> {
    let count = failed_jobs::undo(tx)?;
    if 0 < count {
        audit::insert(tx, who, "queue undo", None, &format!("{count} jobs"))?;
    }
    Ok(count)
}

/// Removes for good what failed so long ago; returns how many there were.
pub fn prune_failed(tx: &Tx<'_>, who: &str, older_than: Duration) -> store::Result<usize> {
    let count = failed_jobs::prune(tx, before(tx.now, older_than))?;
    if 0 < count {
        audit::insert(tx, who, "queue prune-failed", None, &format!("{count} jobs"))?;
    }
    Ok(count)
}

/// What can be done to whole queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Pause,
    Resume,
    Restart,
}

impl Order {
    pub fn as_str(self) -> &'static str {
        match self {
            Order::Pause => "pause",
            Order::Resume => "resume",
            Order::Restart => "restart",
        }
    }
}

/// Does it to one queue, or to all if none is named; returns which.
pub fn order(
    tx: &Tx<'_>,
    who: &str,
    order: Order,
    queue: Option<Queue>,
) -> store::Result<Vec<Queue>> {
    let queues = queue.map_or_else(|| Queue::ALL.to_vec(), |it| vec![it]);
    for &queue in &queues {
        match order {
            Order::Pause => queues::pause(tx, queue)?,
            Order::Resume => queues::resume(tx, queue)?,
            Order::Restart => queues::restart(tx, queue)?,
        }
    }
    let detail = queue.map_or("every queue", |it| it.as_str());
    audit::insert(tx, who, &format!("queue {}", order.as_str()), None, detail)?;
    Ok(queues)
}

/// `wanted`, each once, by whether it is among `known`.
fn split(wanted: &[JobId], known: &[JobId]) -> (Vec<JobId>, Vec<JobId>) {
    let known: BTreeSet<_> = known.iter().collect();
    let wanted: BTreeSet<_> = wanted.iter().copied().collect();
    wanted.into_iter().partition(|it| known.contains(it))
}

fn before(now: Now, span: Duration) -> EngineTime {
    EngineTime(now.engine.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}

/// As many numbers as an audit row names; more are counted.
const NAMED_MAX: usize = 20;

fn note(tx: &Tx<'_>, who: &str, what: &str, ids: &[JobId]) -> store::Result<()> {
    let named: Vec<String> = ids.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    let (about, detail) = match ids {
        [] => return Ok(()), // Nothing was changed.
        [id] => (Some(format!("job:{id}")), "1 job".to_owned()),
        _ => (None, format!("{} jobs: {}", ids.len(), named.join(" "))),
    };
    audit::insert(tx, who, what, about.as_deref(), &detail)
}

#[test]
fn a_range_has_two_ends() {
    assert_eq!(parse_range("17-40").unwrap(), (JobId(17), JobId(40)));
    for text in ["", "17", "-", "17-", "-40", "40-17", "a-b", "1-2-3"] {
        assert!(parse_range(text).is_err(), "{text:?}");
    }
}
