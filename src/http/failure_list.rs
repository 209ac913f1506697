//! Jobs that were given up, in lists with their buttons.

use super::forms::{self, Look, Press};
use super::html::Html;
use super::parts::time;
use super::sessions::Session;
use super::words;
use crate::domain::time::Timestamp;
use crate::store::failed_jobs::{FailedJob, Why};

/// So much of an error stands in a list; its job's page has all of it.
const SHOWN: usize = 300;

/// Equal failures as one, each with how many there are.
pub(super) fn groups(
    html: &mut Html,
    session: &Session,
    groups: &[(FailedJob, i64)],
    back: &str,
    now: Timestamp,
) {
    html.raw("<ul class=\"rows\">");
    for (newest, count) in groups {
        html.raw("<li><p class=\"line\"><strong>").text(words::grouped(*count)).raw(" × ");
        html.text(&newest.kind).raw("</strong> <span class=\"note\">in ").text(newest.queue);
        html.raw("</span> <span class=\"note when\">the last ");
        time(html, newest.failed_at, now);
        html.raw("</span></p>");
        error(html, newest);
        html.raw("<div class=\"deeds\">");
        let about = format!("{} that failed like job {}", words::grouped(*count), newest.id);
        for (verb, look, name) in [
            ("retry-alike", Look::Main, "Retry these"),
            ("forget-alike", Look::Danger, "Forget these"),
        ] {
            forms::begin(html, session, format!("/failed/{verb}"), back);
            forms::hidden(html, "job", newest.id);
            forms::button(html, look, name, &about);
            forms::end(html);
        }
        html.raw("<a href=\"/jobs/").text(newest.id).raw("\">Details of the last</a>");
        html.raw("</div></li>");
    }
    html.raw("</ul>");
}

/// Each by itself.
pub(super) fn jobs(
    html: &mut Html,
    session: &Session,
    jobs: &[FailedJob],
    back: &str,
    now: Timestamp,
) {
    html.raw("<ul class=\"rows\">");
    for job in jobs {
        html.raw("<li><p class=\"line\"><a href=\"/jobs/").text(job.id).raw("\"><strong>");
        html.text(job.id).raw("</strong> ").text(&job.kind).raw("</a> <span class=\"note\">in ");
        html.text(job.queue).raw(", after ");
        html.text(words::count(i64::from(job.tries), "run", "runs"));
        html.raw("</span> <span class=\"note when\">");
        time(html, job.failed_at, now);
        html.raw("</span></p>");
        error(html, job);
        html.raw("<div class=\"deeds\">");
        for (verb, look, words) in
            [("retry", Look::Main, "Retry"), ("forget", Look::Danger, "Forget")]
        {
            let action = format!("/jobs/{}/{verb}", job.id);
            let about = format!("job {}", job.id);
            forms::press(
                html,
                session,
                &Press { action: &action, back, look, words, about: &about },
            );
        }
        html.raw("</div></li>");
    }
    html.raw("</ul>");
}

fn error(html: &mut Html, job: &FailedJob) {
    html.raw("<p class=\"said\">");
    match job.why {
        Why::Error => {}
        Why::Timeout => {
            html.raw("It took too long. ");
        }
        Why::Crash => {
            html.raw("It brought the box down, and is retried only by hand. ");
        }
    }
    let is_long = job.error.chars().nth(SHOWN).is_some();
    html.text(job.error.chars().take(SHOWN).collect::<String>());
    html.raw(if is_long { "…</p>" } else { "</p>" });
}
