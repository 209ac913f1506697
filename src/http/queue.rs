//! `POST /api/queue/…` at the operator's listener: what `mlango queue` does, in the same words.

use super::{Doors, HttpError, Reply, Request, caller};
use crate::domain::Invalid;
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::time::parse_span;
use crate::jobs::by_hand::{self, Chosen, Narrowed, Order, parse_range};
use crate::store::failed_jobs;
use crate::view::failed::{FailedGroup, FailedView};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// As many failed jobs as one answer has, unless more are asked for.
const FAILED_MAX: u32 = 1000;

/// Which failed jobs are to be listed.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Failed {
    queue: Option<Queue>,
    group: bool,
    limit: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Retry {
    ids: Option<Ids>,
    queue: Option<Queue>,
    range: Option<String>,
    since: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forget {
    ids: Vec<JobId>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Flush {
    queue: Option<Queue>,
    hours: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Target {
    queue: Option<Queue>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// `[17, 18]` or `"all"`
#[derive(Deserialize)]
#[serde(untagged)]
enum Ids {
    These(Vec<JobId>),
    Word(String),
}

/// `POST /api/queue/{verb}`
pub(super) fn post(doors: &Doors, request: &Request, verb: &str) -> Result<Reply, HttpError> {
    let who = caller::of(doors, request)?.as_str();
    match verb {
        "failed" => failed(doors, &body(request)?),
        "retry" => retry(doors, who, body(request)?),
        "forget" => forget(doors, who, &required_body::<Forget>(request)?.ids),
        "flush" => flush(doors, who, &body(request)?),
        "undo" => {
            let Nothing {} = body(request)?;
            let count = doors.store.write(|tx| by_hand::undo(tx, who))?;
            Reply::json(200, &json!({ "restored": count }))
        }
        "pause" => order(doors, who, Order::Pause, &body(request)?),
        "resume" => order(doors, who, Order::Resume, &body(request)?),
        "restart" => order(doors, who, Order::Restart, &body(request)?),
        _ => Err(HttpError::NotFound),
    }
}

fn failed(doors: &Doors, wanted: &Failed) -> Result<Reply, HttpError> {
    if wanted.group {
        let groups = doors.store.read(|conn| failed_jobs::groups(conn, wanted.queue))?;
        let views = groups.into_iter().map(|(job, count)| FailedGroup::new(job, count));
        return Reply::json(200, &views.collect::<anyhow::Result<Vec<_>>>()?);
    }
    let limit = wanted.limit.unwrap_or(FAILED_MAX);
    let jobs = doors.store.read(|conn| failed_jobs::page(conn, wanted.queue, None, limit))?;
    let views = jobs.into_iter().map(FailedView::new);
    Reply::json(200, &views.collect::<anyhow::Result<Vec<_>>>()?)
}

fn retry(doors: &Doors, who: &str, wanted: Retry) -> Result<Reply, HttpError> {
    let range = wanted.range.as_deref().map(parse_range).transpose().map_err(named("range"))?;
    let since = wanted.since.as_deref().map(parse_span).transpose().map_err(named("since"))?;
    let narrowed = Narrowed { queue: wanted.queue, range, since };
    let is_narrow = narrowed.queue.is_some() || range.is_some() || since.is_some();
    let chosen = match wanted.ids {
        Some(Ids::These(ids)) => Chosen::These(ids),
        Some(Ids::Word(word)) if word == "all" => Chosen::All,
        None if is_narrow => Chosen::All,
        Some(Ids::Word(_)) | None => {
            let words = "ids: give the numbers of failed jobs, or \"all\"";
            return Err(HttpError::BadRequest(words.to_owned()));
        }
    };
    let done = doors.store.write(|tx| by_hand::retry(tx, who, &chosen, &narrowed))?;
    Reply::json(found(done.retried.is_empty() && !done.missing.is_empty()), &done)
}

fn forget(doors: &Doors, who: &str, ids: &[JobId]) -> Result<Reply, HttpError> {
    let done = doors.store.write(|tx| by_hand::forget(tx, who, ids))?;
    Reply::json(found(done.forgotten.is_empty() && !done.missing.is_empty()), &done)
}

fn flush(doors: &Doors, who: &str, wanted: &Flush) -> Result<Reply, HttpError> {
    let older_than = wanted.hours.map(|it| Duration::from_secs(u64::from(it) * 3600));
    let done = doors.store.write(|tx| by_hand::flush(tx, who, wanted.queue, older_than))?;
    Reply::json(200, &done)
}

fn order(doors: &Doors, who: &str, order: Order, target: &Target) -> Result<Reply, HttpError> {
    let queues = doors.store.write(|tx| by_hand::order(tx, who, order, target.queue))?;
    Reply::json(200, &json!({ order.as_str(): queues }))
}

/// Not Found, if none of those that were named is there.
fn found(is_none: bool) -> u16 {
    if is_none { 404 } else { 200 }
}

fn named(key: &'static str) -> impl FnOnce(Invalid) -> HttpError {
    move |error| HttpError::BadRequest(format!("{key}: {error}"))
}

/// An empty body asks for nothing in particular.
fn body<T: Default + for<'a> Deserialize<'a>>(request: &Request) -> Result<T, HttpError> {
    if request.body.is_empty() { Ok(T::default()) } else { required_body(request) }
}

fn required_body<T: for<'a> Deserialize<'a>>(request: &Request) -> Result<T, HttpError> {
    serde_json::from_slice(&request.body).map_err(|error| {
        HttpError::BadRequest(format!("the body is not what is expected: {error}"))
    })
}
