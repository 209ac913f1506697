//! A [`Job`] with its type forgotten: what the table of kinds is made of.

use super::{Cx, Done, Failure, Job, JobError, World};
use crate::domain::queue::Queue;
use crate::store::outbox::NewJob;
use crate::store::{self, Tx};
use std::time::Duration;

/// A row of the table of jobs: a [`Job`] with its type forgotten.
pub struct JobKind {
    pub kind: &'static str,
    pub queue: Queue,
    pub tries: Option<u32>,
    pub parks: bool,
    pub at_most_once: bool,
    pub rate_limit: Option<(usize, Duration)>,
    pub cut: fn(&str, &World),
    /// Refuses args that this kind could not run with.
    pub check: fn(&str) -> serde_json::Result<NewJob>,
    pub run: fn(&str, &Cx) -> Result<Done, JobError>,
    pub unsuccessful: fn(&str, &Tx<'_>, &World, &Failure<'_>) -> store::Result<()>,
    pub retried: fn(&str, &Tx<'_>) -> store::Result<()>,
}

impl JobKind {
    pub const fn of<J: Job>() -> JobKind {
        JobKind {
            kind: J::KIND,
            queue: J::QUEUE,
            tries: J::TRIES,
            parks: J::PARKS,
            at_most_once: J::AT_MOST_ONCE,
            rate_limit: J::RATE_LIMIT,
            cut: cut_json::<J>,
            check: check_json::<J>,
            run: run_json::<J>,
            unsuccessful: unsuccessful_json::<J>,
            retried: retried_json::<J>,
        }
    }
}

fn run_json<J: Job>(args: &str, cx: &Cx) -> Result<Done, JobError> {
    let job: J = serde_json::from_str(args).map_err(|error| JobError::GiveUp(error.into()))?;
    job.run(cx)
}

fn cut_json<J: Job>(args: &str, world: &World) {
    if let Ok(job) = serde_json::from_str::<J>(args) {
        job.cut(world);
    }
}

fn check_json<J: Job>(args: &str) -> serde_json::Result<NewJob> {
    let job: J = serde_json::from_str(args)?;
    job.to_new_job().map_err(serde::ser::Error::custom)
}

fn unsuccessful_json<J: Job>(
    args: &str,
    tx: &Tx<'_>,
    world: &World,
    failure: &Failure<'_>,
) -> store::Result<()> {
    match serde_json::from_str::<J>(args) {
        Ok(job) => job.unsuccessful(tx, world, failure),
        Err(_) => Ok(()), // Args that do not decode were never acted upon.
    }
}

fn retried_json<J: Job>(args: &str, tx: &Tx<'_>) -> store::Result<()> {
    match serde_json::from_str::<J>(args) {
        Ok(job) => job.retried(tx),
        Err(_) => Ok(()), // It will be given up again, for that very reason.
    }
}
