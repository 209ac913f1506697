//! `POST /api/queue/…` at the operator's listener: what `mlango queue` does, in the same words.
//! Files stay on the box, and so do `export` and `import`; `work` is a process, not a request.

use super::{Doors, HttpError, Reply, Request, caller};
use crate::domain::Invalid;
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::time::{Timestamp, parse_span};
use crate::jobs::by_hand::{self, Chosen, Narrowed, Order, PushError, Wanted, parse_range};
use crate::store::failed_jobs;
use crate::view::failed::{FailedGroup, FailedView};
use crate::view::job;
use crate::view::queues::{LENGTH_MAX, monitored};
use crate::view::workers::workers;
use serde::Deserialize;
use serde_json::{Value, json};
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Prune {
    hours: u32,
}

/// Which queues are to be judged, and how long is too long.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Monitor {
    queues: Vec<Queue>,
    max: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Push {
    kind: String,
    args: Option<Value>,
    queue: Option<Queue>,
    delay: Option<String>,
    at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Show {
    id: JobId,
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
        "prune-failed" => {
            let older_than = hours(required_body::<Prune>(request)?.hours);
            let count = doors.store.write(|tx| by_hand::prune_failed(tx, who, older_than))?;
            Reply::json(200, &json!({ "pruned": count }))
        }
        "workers" => {
            let Nothing {} = body(request)?;
            let now = doors.store.now();
            Reply::json(200, &doors.store.read(|conn| workers(conn, now))?)
        }
        "monitor" => monitor(doors, &body(request)?),
        "push" => push(doors, who, &required_body(request)?),
        "show" => show(doors, required_body::<Show>(request)?.id),
        "pause" => order(doors, who, Order::Pause, &body(request)?),
        "resume" => order(doors, who, Order::Resume, &body(request)?),
        "restart" => order(doors, who, Order::Restart, &body(request)?),
        _ => Err(HttpError::NotFound),
    }
}

fn show(doors: &Doors, id: JobId) -> Result<Reply, HttpError> {
    let now = doors.store.now();
    let found =
        doors.store.read(|conn| job::find(conn, &doors.config, job::Server::Runs, now, id))?;
    Reply::json(200, &found.ok_or(HttpError::NotFound)?)
}

fn monitor(doors: &Doors, wanted: &Monitor) -> Result<Reply, HttpError> {
    let (now, max) = (doors.store.now(), wanted.max.unwrap_or(LENGTH_MAX));
    let read = |conn: &_| monitored(conn, &doors.config, now, &wanted.queues, max);
    Reply::json(200, &doors.store.read(read)?)
}

fn push(doors: &Doors, who: &str, wanted: &Push) -> Result<Reply, HttpError> {
    if wanted.delay.is_some() && wanted.at.is_some() {
        return Err(HttpError::BadRequest("give either delay or at, not both".to_owned()));
    }
    let delay = wanted.delay.as_deref().map(parse_span).transpose().map_err(named("delay"))?;
    let args = wanted.args.as_ref().map_or_else(|| "{}".to_owned(), Value::to_string);
    let job = Wanted {
        kind: by_hand::parse_kind(&wanted.kind).map_err(named("kind"))?,
        args: &args,
        queue: wanted.queue,
        delay: delay.unwrap_or_default(),
        not_before: wanted.at,
    };
    let pushed = by_hand::push(&doors.store, who, &job).map_err(|error| match error {
        PushError::Args { .. } => HttpError::BadRequest(error.to_string()),
        PushError::Store(error) => error.into(),
    })?;
    Reply::json(201, &pushed)
}

fn hours(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 3600)
}

fn failed(doors: &Doors, wanted: &Failed) -> Result<Reply, HttpError> {
    if wanted.group {
        let groups = doors.store.read(|conn| failed_jobs::groups(conn, wanted.queue, u32::MAX))?;
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
    let older_than = wanted.hours.map(hours);
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
