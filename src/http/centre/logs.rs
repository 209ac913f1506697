//! `GET /logs`: the end of each log, and what was done by hand.

use super::Asked;
use crate::domain::queue::Queue;
use crate::http::frame::{self, Freshness, Place};
use crate::http::html::Html;
use crate::http::{HttpError, Reply, parts};
use crate::logging::{last_lines, log_file};
use crate::store::audit;
use anyhow::Context as _;

const LINES: usize = 200;
const DEEDS: u32 = 200;
const BY_HAND: &str = "by-hand";

/// Which log is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// What belongs to no queue.
    Program,
    Queue(Queue),
    /// What operators did.
    ByHand,
}

impl Choice {
    fn read(text: &str) -> Result<Choice, HttpError> {
        match text {
            "" => Ok(Choice::Program),
            BY_HAND => Ok(Choice::ByHand),
            word => word
                .parse()
                .map(Choice::Queue)
                .map_err(|_| HttpError::BadRequest("there is no such log".to_owned())),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Choice::Program => "",
            Choice::Queue(queue) => queue.as_str(),
            Choice::ByHand => BY_HAND,
        }
    }

    fn all() -> impl Iterator<Item = Choice> {
        let queues = Queue::ALL.iter().copied().map(Choice::Queue);
        [Choice::Program, Choice::ByHand].into_iter().chain(queues)
    }
}

pub(super) fn get(asked: &Asked<'_>) -> Result<Reply, HttpError> {
    let choice = Choice::read(&asked.request.parameter("of").unwrap_or_default())?;
    let store = &asked.doors.store;
    let now = store.now();
    let mut shown = Html::default();
    match choice {
        Choice::ByHand => {
            parts::moments(&mut shown, &store.read(|conn| audit::latest(conn, DEEDS))?);
        }
        Choice::Program => lines(&mut shown, asked, None)?,
        Choice::Queue(queue) => lines(&mut shown, asked, Some(queue))?,
    }
    Ok(frame::page(asked.session, "Logs", Place::Logs, Freshness::Live, |html| {
        parts::title(html, "Logs", now.wall);
        html.raw("<nav class=\"filters\" aria-label=\"Logs\">");
        for one in Choice::all() {
            html.raw("<a href=\"/logs?of=").text(one.word()).raw("\"");
            if one == choice {
                html.raw(" aria-current=\"page\"");
            }
            html.raw(">").text(match one {
                Choice::Program => "program",
                Choice::ByHand => "done by hand",
                Choice::Queue(queue) => queue.as_str(),
            });
            html.raw("</a>");
        }
        html.raw("</nav>").append(shown);
    }))
}

/// The newest first: one looks for what has just happened.
fn lines(html: &mut Html, asked: &Asked<'_>, queue: Option<Queue>) -> Result<(), HttpError> {
    let path = log_file(&asked.doors.config.data_dir.join("logs"), queue);
    let (lines, _) = last_lines(&path, LINES).context("read a log for its page")?;
    if lines.is_empty() {
        html.raw("<p class=\"empty\">Nothing is logged there yet.</p>");
        return Ok(());
    }
    html.raw("<ol class=\"log\">");
    for line in lines.iter().rev() {
        let (_, level) = line.split_once("Z ").unwrap_or_default();
        html.raw("<li class=\"").raw(match level.split(' ').next() {
            Some("ERROR") => "bad",
            Some("WARN") => "warn",
            _ => "calm",
        });
        html.raw("\">").text(line).raw("</li>");
    }
    html.raw("</ol>");
    Ok(())
}
