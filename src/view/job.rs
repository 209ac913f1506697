//! One job, and in plain words why it is not running.

use crate::config::Config;
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::text_enum;
use crate::domain::time::{Now, span_text};
use crate::store::history::RunOutcome;
use crate::store::live_jobs::{self, LastRun, LiveJob};
use crate::store::outbox::JobState;
use crate::store::{Result, failed_jobs, queues};
use rusqlite::Connection;
use serde::Serialize;
use serde_json::value::RawValue;
use std::time::Duration;

text_enum! {
    pub enum State {
        Ready = "ready",
        Delayed = "delayed",
        Waiting = "waiting",
        Running = "running",
        Failed = "failed",
        Forgotten = "forgotten",
        Done = "done",
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct JobView {
    pub id: JobId,
    pub queue: Queue,
    pub kind: String,
    /// Unknown of a job that is done.
    pub args: Option<Box<RawValue>>,
    pub state: State,
    /// A sentence for people.
    pub why: String,
    pub tries: u32,
    pub error: Option<String>,
}

/// Whether somebody serves the data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Runs,
    Absent,
}

/// `None` if there never was such a job, or it ended so long ago that nobody remembers.
pub fn find(
    conn: &Connection,
    config: &Config,
    server: Server,
    now: Now,
    id: JobId,
) -> Result<Option<JobView>> {
    if let Some(job) = live_jobs::find(conn, id)? {
        return live(conn, config, server, now, job).map(Some);
    }
    if let Some(job) = failed_jobs::get(conn, id)? {
        let why = format!(
            "it was given up at {} ({}): {}; `mlango queue retry {id}` tries it again",
            job.failed_at.local_exact(),
            job.why,
            job.error
        );
        return Ok(Some(JobView {
            id,
            queue: job.queue,
            kind: job.kind,
            args: Some(RawValue::from_string(job.args)?),
            state: State::Failed,
            why,
            tries: job.tries,
            error: Some(job.error),
        }));
    }
    let is_forgotten = live_jobs::is_forgotten(conn, id)?;
    Ok(live_jobs::last_run(conn, id)?.map(|run| ended(id, run, is_forgotten)))
}

fn ended(id: JobId, run: LastRun, is_forgotten: bool) -> JobView {
    let at = run.ended_at.local_exact();
    let (state, why) = match run.outcome {
        RunOutcome::Done => (State::Done, format!("it was done at {at}")),
        _ if is_forgotten => (
            State::Forgotten,
            format!("it failed at {at} and was forgotten; `mlango queue undo` brings it back"),
        ),
        other => (
            State::Forgotten,
            format!("its last run ended at {at} ({other}), and it was removed since"),
        ),
    };
    let LastRun { queue, kind, run: tries, error, .. } = run;
    JobView { id, queue, kind, args: None, state, why, tries, error }
}

fn live(
    conn: &Connection,
    config: &Config,
    server: Server,
    now: Now,
    job: LiveJob,
) -> Result<JobView> {
    let state = match job.state {
        JobState::Running => State::Running,
        JobState::Waiting => State::Waiting,
        JobState::Ready if now.engine < job.run_at => State::Delayed,
        JobState::Ready => State::Ready,
    };
    let why = why(conn, config, server, now, &job, state)?;
    Ok(JobView {
        id: job.id,
        queue: job.queue,
        kind: job.kind,
        args: Some(RawValue::from_string(job.args)?),
        state,
        why,
        tries: job.runs,
        error: job.last_error,
    })
}

/// All that stands in its way, what holds longest first.
fn why(
    conn: &Connection,
    config: &Config,
    server: Server,
    now: Now,
    job: &LiveJob,
    state: State,
) -> Result<String> {
    if state == State::Running {
        let worker = job.worker.as_deref().unwrap_or("somebody");
        return Ok(match server {
            Server::Runs => format!("it runs now, by {worker}"),
            Server::Absent => {
                format!("{worker} was cut off while it ran; the next start takes it up again")
            }
        });
    }
    let mut reasons = Vec::new();
    if server == Server::Absent {
        reasons.push("no server runs; `mlango serve` starts one".to_owned());
    }
    if queues::is_paused(conn, job.queue)? {
        let queue = job.queue;
        reasons.push(format!("queue {queue} is paused; `mlango queue resume {queue}` lets it go"));
    }
    if config.queue(job.queue).workers == 0 {
        reasons.push(format!("queue {} has no worker; give [queue.{0}] some", job.queue));
    }
    reasons.extend(own_reason(conn, now, job, state)?);
    if reasons.is_empty() {
        reasons.push(turn(live_jobs::ahead_of(conn, job, now.engine)?, job));
    }
    Ok(reasons.join("; "))
}

/// What keeps this very job.
fn own_reason(conn: &Connection, now: Now, job: &LiveJob, state: State) -> Result<Option<String>> {
    let wait = job.run_at.since(now.engine);
    // The two clocks are read to the millisecond, the moment was asked for to the second.
    let nearest = now.wall + wait + Duration::from_millis(500);
    let until = format!("{}, in {}", nearest.local_exact(), span_text(wait));
    if let Some(at) = job.not_before {
        let at = at.local_exact();
        return Ok(Some(match now.trusted_wall() {
            Some(_) => format!("it waits for the clock to show {at}"),
            None => format!(
                "it waits for the clock to show {at}, and nobody has set the clock yet; the box \
                 needs a time server, or [clock] trust = \"trusted\""
            ),
        }));
    }
    let after = job.last_error.as_ref().map(|it| format!(", after: {it}")).unwrap_or_default();
    if let (State::Waiting, Some(key)) = (state, &job.wait_on) {
        return Ok(Some(format!(
            "it is parked and waits on {key}; it is tried by itself at {until}{after}"
        )));
    }
    if state == State::Delayed {
        return Ok(Some(format!("it is delayed until {until}{after}")));
    }
    let Some(key) = &job.serial_key else { return Ok(None) };
    let holder = live_jobs::holder(conn, key)?;
    Ok(holder.map(|id| format!("{key} is busy with job {id}; one at a time")))
}

fn turn(ahead: i64, job: &LiveJob) -> String {
    match (ahead, &job.serial_key, &job.last_error) {
        (0, Some(key), Some(_)) => format!(
            "it is due and next; if {key} failed three times in a row, it is left alone for up \
             to a minute"
        ),
        (0, ..) => "it is due and next: a worker takes it up as soon as one is free".to_owned(),
        (1, ..) => format!("it is due; 1 job of {} comes before it", job.queue),
        (count, ..) => format!("it is due; {count} jobs of {} come before it", job.queue),
    }
}
