//! `GET /queues`: the ten queues, who works in them, and batches of jobs.

use super::errand::{Errand, Question, Step};
use super::{Asked, WHO};
use crate::domain::queue::Queue;
use crate::domain::time::Timestamp;
use crate::http::forms::{self, Look};
use crate::http::frame::{self, Freshness, Place};
use crate::http::html::Html;
use crate::http::parts::{self, Tone, chip, time};
use crate::http::sessions::Session;
use crate::http::{HttpError, Reply, queue_table, words};
use crate::jobs::by_hand::{self, Order};
use crate::store::batches;
use crate::view::QueueStatus;
use crate::view::queues::queues;
use crate::view::workers::{WorkerState, WorkerView, workers};
use std::time::Duration;

const BATCHES: u32 = 20;

pub(super) fn get(asked: &Asked<'_>) -> Result<Reply, HttpError> {
    let doors = asked.doors;
    let now = doors.store.now();
    let (queues, workers, batches) = doors.store.read(|conn| {
        let queues = queues(conn, &doors.config, now, None)?;
        Ok((queues, workers(conn, now)?, batches::latest(conn, BATCHES)?))
    })?;
    Ok(frame::page(asked.session, "Queues", Place::Queues, Freshness::Live, |html| {
        parts::title(html, "Queues", now.wall);
        orders(html, asked.session, &queues);
        html.raw("<section aria-labelledby=\"queues\"><h2 id=\"queues\">In numbers</h2>");
        queue_table::write(html, &queues);
        html.raw("</section>");
        worker_list(html, &workers);
        batch_list(html, &batches, now.wall);
    }))
}

/// What can be done to each queue, and to all.
fn orders(html: &mut Html, session: &Session, queues: &[QueueStatus]) {
    html.raw("<section aria-labelledby=\"orders\"><h2 id=\"orders\">Orders</h2>");
    html.raw("<ul class=\"rows side\">");
    for queue in queues {
        html.raw("<li><p class=\"line\"><strong>").text(queue.name).raw("</strong> ");
        if queue.paused {
            chip(html, Tone::Warn, "", "paused");
        }
        html.raw(" <span class=\"note\">");
        html.text(format!("{} of {} busy, ", queue.busy, queue.workers));
        html.text(words::grouped(queue.ready)).raw(" ready");
        if let Some(seconds) = queue.oldest_ready_seconds {
            html.raw(", the oldest for ").text(words::span(Duration::from_secs(seconds)));
        }
        html.raw("</span></p><div class=\"deeds\">");
        let order = if queue.paused { Order::Resume } else { Order::Pause };
        for order in [order, Order::Restart] {
            press(html, session, order, Some(queue.name));
        }
        html.raw("</div></li>");
    }
    html.raw("<li><p class=\"line\"><strong>All queues</strong></p><div class=\"deeds\">");
    for order in [Order::Pause, Order::Resume, Order::Restart] {
        press(html, session, order, None);
    }
    html.raw("</div></li></ul></section>");
}

fn press(html: &mut Html, session: &Session, order: Order, queue: Option<Queue>) {
    let (look, name) = match order {
        Order::Pause => (Look::Plain, "Pause"),
        Order::Resume => (Look::Main, "Resume"),
        Order::Restart => (Look::Plain, "Restart workers"),
    };
    forms::begin(html, session, format!("/queues/{}", order.as_str()), "/queues");
    forms::hidden(html, "queue", queue.map_or("", Queue::as_str));
    forms::button(html, look, name, queue.map_or("of every queue", Queue::as_str));
    forms::end(html);
}

fn worker_list(html: &mut Html, workers: &[WorkerView]) {
    html.raw("<section aria-labelledby=\"workers\"><h2 id=\"workers\">Workers</h2>");
    if workers.is_empty() {
        html.raw("<p class=\"empty\">Nobody works here now.</p></section>");
        return;
    }
    html.raw("<ul class=\"workers\">");
    for worker in workers {
        let tone = match worker.state {
            WorkerState::Idle => Tone::Calm,
            WorkerState::Busy => Tone::Good,
            WorkerState::Paused => Tone::Warn,
        };
        html.raw("<li>").text(&worker.name).raw(" ");
        chip(html, tone, "", worker.state.as_str());
        if let (Some(id), Some(kind)) = (worker.job_id, &worker.kind) {
            html.raw(" <a href=\"/jobs/").text(id).raw("\">").text(kind).raw("</a>");
        }
        if let Some(seconds) = worker.uptime_seconds {
            html.raw(" <span class=\"note\">for ");
            html.text(words::span(Duration::from_secs(seconds))).raw("</span>");
        }
        html.raw("</li>");
    }
    html.raw("</ul></section>");
}

fn batch_list(html: &mut Html, batches: &[batches::Batch], now: Timestamp) {
    html.raw("<section aria-labelledby=\"batches\"><h2 id=\"batches\">Batches</h2>");
    if batches.is_empty() {
        html.raw("<p class=\"empty\">None yet: a sale on several routers makes one.</p></section>");
        return;
    }
    html.raw("<ul class=\"rows\">");
    for batch in batches {
        let done = batch.total - batch.pending - batch.failed;
        let (tone, word) = match batch.ended_at {
            None => (Tone::Calm, "under way"),
            Some(_) if 0 < batch.failed => (Tone::Bad, "failed in part"),
            Some(_) => (Tone::Good, "done"),
        };
        html.raw("<li><p class=\"line\"><strong>").text(&batch.name).raw("</strong> ");
        chip(html, tone, "", word);
        html.raw(" <span class=\"note\">").text(format!("{done} of {} done", batch.total));
        if 0 < batch.failed {
            html.raw(", ").text(words::grouped(batch.failed)).raw(" failed");
        }
        html.raw("</span> <span class=\"note when\">begun ");
        time(html, batch.created_at, now);
        html.raw("</span></p></li>");
    }
    html.raw("</ul></section>");
}

/// `POST /queues/…`
pub(super) fn act(errand: &Errand<'_>, verb: &str) -> Result<Step, HttpError> {
    let order = match verb {
        "pause" => Order::Pause,
        "resume" => Order::Resume,
        "restart" => Order::Restart,
        _ => return Err(HttpError::NotFound),
    };
    let queue: Option<Queue> = errand.read_any("queue")?;
    let named = queue.map_or_else(|| "every queue".to_owned(), |it| format!("queue {it}"));
    let holds_money = matches!(queue, None | Some(Queue::Payments | Queue::Provisioning));
    if order == Order::Pause && holds_money && !errand.is_sure() {
        return Ok(Step::Ask(Question {
            title: format!("Pause {named}?"),
            text: "Nobody who pays is let in until it is resumed. No payment is lost by that."
                .to_owned(),
            button: "Pause",
        }));
    }
    errand.doors.store.write(|tx| by_hand::order(tx, WHO, order, queue))?;
    let named = queue.map_or_else(|| "Every queue".to_owned(), |it| format!("Queue {it}"));
    Ok(Step::Done(match order {
        Order::Pause => format!("{named} is paused: what runs ends, nothing new begins."),
        Order::Resume => format!("{named} goes on."),
        Order::Restart => format!("{named}: its workers start afresh."),
    }))
}
