//! `GET /failed`: jobs that were given up, equal ones as one and each by itself, and what is done
//! to many of them.

use super::errand::{Errand, Question, Step, refused};
use super::{Asked, WHO};
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::http::forms::{self, Look, Press};
use crate::http::frame::{self, Freshness, Place};
use crate::http::html::Html;
use crate::http::sessions::Session;
use crate::http::{HttpError, Reply, failure_list, parts, words};
use crate::jobs::by_hand::{self, Chosen, Narrowed};
use crate::store::failed_jobs;

const PER_PAGE: u32 = 25;
const GROUPS: u32 = 20;

pub(super) fn get(asked: &Asked<'_>) -> Result<Reply, HttpError> {
    let unknown = |name: &str| HttpError::BadRequest(format!("{name} is not one there is"));
    let queue = match asked.request.parameter("queue").as_deref() {
        None | Some("") => None,
        Some(word) => Some(word.parse::<Queue>().map_err(|_| unknown("queue"))?),
    };
    let before = asked.request.parameter("before");
    let before: Option<JobId> =
        before.map(|it| it.parse().map_err(|_| unknown("before"))).transpose()?;
    let store = &asked.doors.store;
    let now = store.now();
    let (groups, mut jobs, can_undo) = store.read(|conn| {
        let groups = match before {
            None => failed_jobs::groups(conn, queue, GROUPS)?,
            Some(_) => Vec::new(),
        };
        let jobs = failed_jobs::page(conn, queue, before, PER_PAGE + 1)?;
        Ok((groups, jobs, failed_jobs::can_undo(conn, now.engine)?))
    })?;
    let has_more = usize::try_from(PER_PAGE).is_ok_and(|it| it < jobs.len());
    if has_more {
        jobs.pop();
    }
    Ok(frame::page(asked.session, "Failed jobs", Place::Failed, Freshness::Live, |html| {
        parts::title(html, "Failed jobs", now.wall);
        filters(html, queue);
        all_of_them(html, asked.session, queue, !jobs.is_empty(), can_undo);
        if jobs.is_empty() {
            html.raw("<p class=\"empty\">No job has been given up.</p>");
            return;
        }
        if !groups.is_empty() {
            html.raw("<section aria-labelledby=\"alike\"><h2 id=\"alike\">Equal ones as one</h2>");
            failure_list::groups(html, asked.session, &groups, "/failed", now.wall);
            html.raw("</section>");
        }
        html.raw("<section aria-labelledby=\"each\"><h2 id=\"each\">Each by itself</h2>");
        failure_list::jobs(html, asked.session, &jobs, "/failed", now.wall);
        html.raw("</section>");
        if let (true, Some(last)) = (has_more, jobs.last()) {
            html.raw("<p><a href=\"/failed?queue=").text(queue.map_or("", Queue::as_str));
            html.raw("&amp;before=").text(last.id).raw("\">Older ones</a></p>");
        }
    }))
}

fn filters(html: &mut Html, chosen: Option<Queue>) {
    html.raw("<nav class=\"filters\" aria-label=\"Failed jobs by queue\">");
    for queue in [None].into_iter().chain(Queue::ALL.iter().copied().map(Some)) {
        html.raw("<a href=\"/failed?queue=").text(queue.map_or("", Queue::as_str)).raw("\"");
        if queue == chosen {
            html.raw(" aria-current=\"page\"");
        }
        html.raw(">").text(queue.map_or("all", Queue::as_str)).raw("</a>");
    }
    html.raw("</nav>");
}

/// The buttons that concern all that are listed.
fn all_of_them(
    html: &mut Html,
    session: &Session,
    queue: Option<Queue>,
    are_any: bool,
    can_undo: bool,
) {
    let about = queue.map_or_else(String::new, |it| format!("of queue {it}"));
    html.raw("<div class=\"deeds\">");
    let orders = [("retry", Look::Main, "Retry all"), ("flush", Look::Danger, "Forget all")];
    for (verb, look, name) in orders.into_iter().filter(|_| are_any) {
        forms::begin(html, session, format!("/failed/{verb}"), "/failed");
        forms::hidden(html, "queue", queue.map_or("", Queue::as_str));
        forms::button(html, look, name, &about);
        forms::end(html);
    }
    if can_undo {
        let press = Press {
            action: "/failed/undo",
            back: "/failed",
            look: Look::Plain,
            words: "Bring back what was forgotten",
            about: "in the last day",
        };
        forms::press(html, session, &press);
    }
    html.raw("</div>");
}

/// `POST /failed/…`
pub(super) fn act(errand: &Errand<'_>, verb: &str) -> Result<Step, HttpError> {
    let store = &errand.doors.store;
    match verb {
        "retry" => {
            let narrowed = Narrowed { queue: errand.read_any("queue")?, ..Narrowed::default() };
            let done = store.write(|tx| by_hand::retry(tx, WHO, &Chosen::All, &narrowed))?;
            Ok(Step::Done(retried(&done)))
        }
        "flush" => {
            let queue: Option<Queue> = errand.read_any("queue")?;
            if !errand.is_sure() {
                let of = queue.map_or_else(String::new, |it| format!(" of queue {it}"));
                return Ok(Step::Ask(Question {
                    title: format!("Forget all failed jobs{of}?"),
                    text: "What they were to do stays undone. They can be brought back for a day."
                        .to_owned(),
                    button: "Forget them",
                }));
            }
            let done = store.write(|tx| by_hand::flush(tx, WHO, queue, None))?;
            Ok(Step::Done(forgotten(done.forgotten.len())))
        }
        "undo" => {
            let count = store.write(|tx| by_hand::undo(tx, WHO))?;
            let jobs = words::count(i64::try_from(count).unwrap_or(i64::MAX), "job", "jobs");
            Ok(Step::Done(format!("{jobs} brought back.")))
        }
        "retry-alike" | "forget-alike" => alike(errand, verb),
        _ => Err(HttpError::NotFound),
    }
}

/// What is done to a job and all that failed as it did.
fn alike(errand: &Errand<'_>, verb: &str) -> Result<Step, HttpError> {
    let id: JobId = super::errand::number(&errand.text("job"))?;
    let store = &errand.doors.store;
    let ids = store.read(|conn| failed_jobs::alike(conn, id))?;
    if ids.is_empty() {
        return Err(refused("they are failed jobs no more"));
    }
    let count = words::count(i64::try_from(ids.len()).unwrap_or(i64::MAX), "job", "jobs");
    if verb == "retry-alike" {
        let (chosen, narrowed) = (Chosen::These(ids), Narrowed::default());
        let done = store.write(|tx| by_hand::retry(tx, WHO, &chosen, &narrowed))?;
        return Ok(Step::Done(retried(&done)));
    }
    if !errand.is_sure() {
        return Ok(Step::Ask(Question {
            title: format!("Forget {count} that failed alike?"),
            text: "What they were to do stays undone. They can be brought back for a day."
                .to_owned(),
            button: "Forget them",
        }));
    }
    let done = store.write(|tx| by_hand::forget(tx, WHO, &ids))?;
    Ok(Step::Done(forgotten(done.forgotten.len())))
}

pub(super) fn retried(done: &by_hand::Retried) -> String {
    let count = i64::try_from(done.retried.len()).unwrap_or(i64::MAX);
    let run = if count == 1 { "job runs again" } else { "jobs run again" };
    let mut text = format!("{} {run}.", words::grouped(count));
    if 0 < done.quarantined {
        text.push_str(&format!(
            " {} that brought the box down stay where they are: retry them one by one.",
            done.quarantined
        ));
    }
    text
}

pub(super) fn forgotten(count: usize) -> String {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let jobs = if count == 1 { "job is" } else { "jobs are" };
    format!("{} {jobs} forgotten; within a day they can be brought back.", words::grouped(count))
}
