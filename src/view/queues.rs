//! The ten queues in numbers.

use crate::config::Config;
use crate::domain::queue::Queue;
use crate::domain::time::Now;
use crate::store::{Result, queues as stored, statistics};
use rusqlite::Connection;
use serde::Serialize;
use std::collections::BTreeMap;

/// More jobs than this ready, delayed and waiting are too many, unless another number is given.
pub const LENGTH_MAX: u32 = 1000;

/// What one queue holds and how it does.
#[derive(Clone, Debug, Serialize)]
pub struct QueueStatus {
    pub name: Queue,
    pub workers: usize,
    /// How many of the workers have a job in hand.
    pub busy: i64,
    pub paused: bool,
    /// Due and waiting for a worker.
    pub ready: i64,
    /// To run later.
    pub delayed: i64,
    /// Parked until what they need returns.
    pub waiting: i64,
    pub running: i64,
    /// Given up; an operator must look.
    pub failed: i64,
    /// How long the oldest ready job has been due.
    pub oldest_ready_seconds: Option<u64>,
    pub done_last_hour: i64,
    pub failed_last_hour: i64,
    /// Of the runs done in the last hour, without the wait before them.
    pub avg_ms: Option<i64>,
    pub p95_ms: Option<i64>,
}

/// Every queue, in the order of the enum. `busy` is what a running server knows of its workers;
/// without one, claims say it.
pub fn queues(
    conn: &Connection,
    config: &Config,
    now: Now,
    busy: Option<&BTreeMap<Queue, usize>>,
) -> Result<Vec<QueueStatus>> {
    let status = |&name: &Queue| {
        let numbers = statistics::queue(conn, name, now)?;
        let counted = busy.and_then(|it| it.get(&name)).and_then(|&it| i64::try_from(it).ok());
        Ok(QueueStatus {
            name,
            workers: config.queue(name).workers,
            busy: counted.unwrap_or(numbers.running),
            paused: stored::is_paused(conn, name)?,
            ready: numbers.ready,
            delayed: numbers.delayed,
            waiting: numbers.waiting,
            running: numbers.running,
            failed: numbers.failed,
            oldest_ready_seconds: numbers.oldest_due.map(|it| now.engine.since(it).as_secs()),
            done_last_hour: numbers.done_last_hour,
            failed_last_hour: numbers.failed_last_hour,
            avg_ms: numbers.avg_ms,
            p95_ms: numbers.p95_ms,
        })
    };
    Queue::ALL.iter().map(status).collect()
}

/// Whether a queue is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    Ok,
    Alert,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Ok => "OK",
            Verdict::Alert => "ALERT",
        }
    }
}

/// A queue, and whether it is too long.
#[derive(Clone, Debug, Serialize)]
pub struct Monitored {
    #[serde(flatten)]
    pub queue: QueueStatus,
    pub status: Verdict,
}

/// Those of the queues that are `wanted`, or all if none is; more than `max` jobs are too many.
pub fn monitored(
    conn: &Connection,
    config: &Config,
    now: Now,
    wanted: &[Queue],
    max: u32,
) -> Result<Vec<Monitored>> {
    let is_wanted = |it: &QueueStatus| wanted.is_empty() || wanted.contains(&it.name);
    let judged = |queue: QueueStatus| {
        let length = queue.ready + queue.delayed + queue.waiting;
        let status = if i64::from(max) < length { Verdict::Alert } else { Verdict::Ok };
        Monitored { queue, status }
    };
    Ok(queues(conn, config, now, None)?.into_iter().filter(is_wanted).map(judged).collect())
}
