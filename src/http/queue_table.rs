//! The ten queues in numbers.

use super::html::Html;
use super::parts::{Tone, chip};
use super::words;
use crate::view::QueueStatus;
use std::time::Duration;

pub(super) fn write(html: &mut Html, queues: &[QueueStatus]) {
    html.raw(
        "<div class=\"scroll\" role=\"region\" aria-labelledby=\"queues\" tabindex=\"0\">\
         <table><thead><tr><th scope=\"col\">Queue</th><th scope=\"col\">Busy</th>\
         <th scope=\"col\">Ready</th><th scope=\"col\">Delayed</th><th scope=\"col\">Waiting</th>\
         <th scope=\"col\">Failed</th><th scope=\"col\">Oldest</th>\
         <th scope=\"col\">Done in 1 h</th><th scope=\"col\">Failed in 1 h</th>\
         <th scope=\"col\">Average</th><th scope=\"col\">95 % within</th></tr></thead><tbody>",
    );
    for queue in queues {
        html.raw("<tr><th scope=\"row\">").text(queue.name);
        if queue.paused {
            html.raw(" ");
            chip(html, Tone::Warn, "", "paused");
        }
        html.raw("</th>");
        cell(html, &format!("{} of {}", queue.busy, queue.workers), "");
        number(html, queue.ready, "");
        number(html, queue.delayed, "");
        number(html, queue.waiting, "warn");
        number(html, queue.failed, "bad");
        let oldest = queue.oldest_ready_seconds.map(|it| words::span(Duration::from_secs(it)));
        cell(html, oldest.as_deref().unwrap_or("–"), "");
        number(html, queue.done_last_hour, "");
        number(html, queue.failed_last_hour, "bad");
        cell(html, &milliseconds(queue.avg_ms), "");
        cell(html, &milliseconds(queue.p95_ms), "");
        html.raw("</tr>");
    }
    html.raw("</tbody></table></div>");
}

fn number(html: &mut Html, number: i64, tone: &'static str) {
    cell(html, &words::grouped(number), if number == 0 { "zero" } else { tone });
}

fn cell(html: &mut Html, words: &str, class: &'static str) {
    html.raw("<td class=\"").raw(class).raw("\">").text(words).raw("</td>");
}

fn milliseconds(ms: Option<i64>) -> String {
    match ms {
        None => "–".to_owned(),
        Some(ms) if ms < 10_000 => format!("{} ms", words::grouped(ms)),
        Some(ms) => format!("{} s", ms / 1_000),
    }
}
