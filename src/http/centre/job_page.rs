//! `GET /jobs/{id}`: one job, why it is not running, and all its runs.

use super::errand::{Errand, Step, refused};
use super::{Asked, WHO, failed};
use crate::domain::ids::JobId;
use crate::http::forms::{self, Look, Press};
use crate::http::frame::{self, Freshness, Place};
use crate::http::html::Html;
use crate::http::parts::{self, Tone, chip, fact};
use crate::http::{HttpError, Reply};
use crate::jobs::by_hand::{self, Chosen, Narrowed};
use crate::store::history;
use crate::view::job::{self, Server, State};

/// The latest runs of a job.
const RUNS: u32 = 50;

pub(super) fn get(asked: &Asked<'_>, id: JobId) -> Result<Reply, HttpError> {
    let store = &asked.doors.store;
    let now = store.now();
    let (found, runs) = store.read(|conn| {
        let found = job::find(conn, &asked.doors.config, Server::Runs, now, id)?;
        Ok((found, history::of_job(conn, id, RUNS)?))
    })?;
    let view = found.ok_or(HttpError::NotFound)?;
    let title = format!("Job {id}");
    Ok(frame::page(asked.session, &title, Place::Failed, Freshness::Live, |html| {
        parts::title(html, &title, now.wall);
        html.raw("<section class=\"panel\"><p class=\"line\"><strong>").text(&view.kind);
        html.raw("</strong> ");
        chip(html, tone(view.state), "", view.state.as_str());
        html.raw("</p><p>It is in queue ").text(view.queue).raw("; ").text(&view.why);
        html.raw("</p>");
        if view.state == State::Failed {
            deeds(html, asked, id);
        }
        html.raw("<dl class=\"facts\">");
        fact(html, "Args", view.args.as_ref().map(|it| it.get().to_owned()));
        fact(html, "Runs", Some(view.tries));
        fact(html, "Last error", view.error.as_ref());
        html.raw("</dl></section>");
        html.raw("<section aria-labelledby=\"runs\"><h2 id=\"runs\">Its runs</h2>");
        parts::moments(html, &runs);
        html.raw("</section>");
    }))
}

fn tone(state: State) -> Tone {
    match state {
        State::Failed => Tone::Bad,
        State::Waiting => Tone::Warn,
        State::Done => Tone::Good,
        State::Ready | State::Delayed | State::Running | State::Forgotten => Tone::Calm,
    }
}

fn deeds(html: &mut Html, asked: &Asked<'_>, id: JobId) {
    html.raw("<div class=\"deeds\">");
    for (verb, look, name) in [("retry", Look::Main, "Retry"), ("forget", Look::Danger, "Forget")] {
        let press = Press {
            action: &format!("/jobs/{id}/{verb}"),
            back: &format!("/jobs/{id}"),
            look,
            words: name,
            about: &format!("job {id}"),
        };
        forms::press(html, asked.session, &press);
    }
    html.raw("</div>");
}

/// `POST /jobs/{id}/…`: forgetting one asks nothing, as it can be brought back.
pub(super) fn act(errand: &Errand<'_>, id: JobId, verb: &str) -> Result<Step, HttpError> {
    let store = &errand.doors.store;
    let words = match verb {
        "retry" => {
            let (chosen, narrowed) = (Chosen::These(vec![id]), Narrowed::default());
            let done = store.write(|tx| by_hand::retry(tx, WHO, &chosen, &narrowed))?;
            (!done.retried.is_empty()).then(|| failed::retried(&done))
        }
        "forget" => {
            let done = store.write(|tx| by_hand::forget(tx, WHO, &[id]))?;
            (!done.forgotten.is_empty()).then(|| failed::forgotten(1))
        }
        _ => return Err(HttpError::NotFound),
    };
    words.map(Step::Done).ok_or_else(|| refused(format!("job {id} is no failed job any more")))
}
