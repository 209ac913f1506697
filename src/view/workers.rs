//! Who works, and on what.

use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::text_enum;
use crate::domain::time::Now;
use crate::store::{Result, queues};
use rusqlite::Connection;
use serde::Serialize;

text_enum! {
    pub enum WorkerState {
        Idle = "idle",
        Busy = "busy",
        /// Its queue is left alone until an operator resumes it.
        Paused = "paused",
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct WorkerView {
    pub name: String,
    pub queue: Queue,
    pub state: WorkerState,
    /// Unknown of one that was replaced and ends what it had begun.
    pub uptime_seconds: Option<u64>,
    pub job_id: Option<JobId>,
    #[serde(skip)]
    pub kind: Option<String>,
}

/// The workers of the server that runs, or ran last.
pub fn workers(conn: &Connection, now: Now) -> Result<Vec<WorkerView>> {
    let view = |row: queues::WorkerRow| {
        let state = match row.job {
            Some(_) => WorkerState::Busy,
            None if queues::is_paused(conn, row.queue)? => WorkerState::Paused,
            None => WorkerState::Idle,
        };
        Ok(WorkerView {
            name: row.name,
            queue: row.queue,
            state,
            uptime_seconds: row.since.map(|it| now.engine.since(it).as_secs()),
            job_id: row.job.as_ref().map(|it| it.0),
            kind: row.job.map(|it| it.1),
        })
    };
    queues::workers(conn)?.into_iter().map(view).collect()
}
