//! `GET /`: whether money comes in, whether those who paid are let in, and what needs somebody.

use super::frame::{self, Freshness, Place};
use super::html::Html;
use super::parts::{self, Tone, chip, time};
use super::sessions::Session;
use super::{
    Doors, HttpError, Reply, Request, box_facts, failure_list, login, queue_table, router_list,
    status, takings, waiting, words,
};
use crate::domain::money::Cents;
use crate::domain::package::Package;
use crate::domain::payment::PaymentState;
use crate::domain::time::Timestamp;
use crate::store::days::{self, Span};
use crate::store::failed_jobs::FailedJob;
use crate::store::{failed_jobs, packages};
use crate::view::day::{Sold, sold};
use crate::view::depth::{self, MINUTES};
use crate::view::{Issue, PaymentView, Severity, Status, payment};

/// How many of the latest payments are shown.
const LATEST: u32 = 10;
/// How many kinds of failures.
const FAILURES: u32 = 5;

/// What the page shows beside the status.
struct Lists {
    held: Vec<PaymentView>,
    unserved: Vec<PaymentView>,
    packages: Vec<Package>,
    latest: Vec<PaymentView>,
    failures: Vec<(FailedJob, i64)>,
    sold: Vec<Sold>,
    first_hour: Timestamp,
    hours: Vec<(i64, i64, Cents)>,
    depth: [i64; MINUTES],
}

pub(super) fn get(doors: &Doors, request: &Request) -> Result<Reply, HttpError> {
    let Some(session) = doors.logins.session(doors, request) else {
        return Ok(login::see_other("/login"));
    };
    let status = status::read(doors)?;
    let lists = read(doors, &status)?;
    Ok(frame::page(&session, "Status", Place::Status, Freshness::Live, |html| {
        write(html, &session, &status, &lists);
    }))
}

fn read(doors: &Doors, status: &Status) -> Result<Lists, HttpError> {
    let now = status.at;
    let today = now.wall.start_of_day();
    let first_hour = takings::first_hour(now.wall);
    let lists = doors.store.read(|conn| {
        let held = Some(PaymentState::Held);
        let hours = Span { from: first_hour, until: now.wall.next_day() };
        Ok(Lists {
            held: payment::page(conn, held, None, waiting::SHOWN, now)?,
            unserved: payment::unserved(conn, None, waiting::SHOWN, now)?,
            packages: packages::active(conn)?,
            latest: payment::page(conn, None, None, LATEST, now)?,
            failures: failed_jobs::groups(conn, None, FAILURES)?,
            sold: sold(conn, Span { from: today, until: today.next_day() })?,
            first_hour,
            hours: days::by_hour(conn, hours)?,
            depth: depth::last_hour(conn, now)?,
        })
    })?;
    Ok(lists)
}

fn write(html: &mut Html, session: &Session, status: &Status, lists: &Lists) {
    let now = status.at.wall;
    parts::title(html, "Status", now);
    money(html, status);
    waiting::held(html, session, &lists.held, &lists.packages, now);
    waiting::unserved(html, session, &lists.unserved, now);
    issues(html, &status.issues);
    html.raw("<section aria-labelledby=\"today\"><h2 id=\"today\">Today by package</h2>");
    html.raw("<div class=\"pair\"><div>");
    takings::by_package(html, &lists.sold);
    html.raw("</div>");
    takings::by_hour(html, lists.first_hour, &lists.hours);
    html.raw("</div></section>");
    html.raw("<section aria-labelledby=\"routers\"><h2 id=\"routers\">Routers</h2>");
    router_list::write(html, &status.routers, now, None);
    html.raw("</section><section aria-labelledby=\"queues\"><h2 id=\"queues\">Queues</h2>");
    queue_table::write(html, &status.queues);
    takings::queue_depth(html, &lists.depth);
    html.raw("</section>");
    if !lists.failures.is_empty() {
        html.raw("<section aria-labelledby=\"failed\"><h2 id=\"failed\">Failed jobs</h2>");
        failure_list::groups(html, session, &lists.failures, "/", now);
        html.raw("<p><a href=\"/failed\">All failed jobs</a></p></section>");
    }
    html.raw("<section aria-labelledby=\"latest\"><h2 id=\"latest\">Latest payments</h2>");
    if lists.latest.is_empty() {
        html.raw("<p class=\"empty\">None yet. The first one shows up here by itself.</p>");
    } else {
        parts::payment_list(html, &lists.latest, now);
        html.raw("<p><a href=\"/payments\">All payments</a></p>");
    }
    html.raw("</section>");
    box_facts::write(html, status);
}

fn money(html: &mut Html, status: &Status) {
    let (payments, now) = (&status.payments, status.at.wall);
    html.raw("<section aria-labelledby=\"money\"><h2 id=\"money\">Money</h2><dl class=\"tiles\">");
    tile(html, Tone::Calm, "Received today", &words::shillings(payments.today.amount_cents));
    html.text(words::count(payments.today.count, "payment", "payments"));
    match payments.last_at {
        Some(at) => {
            html.raw(", last ");
            time(html, at, now);
        }
        None => {
            html.raw(", none ever");
        }
    }
    let unserved = payments.unfulfilled;
    let tone = if unserved == 0 { Tone::Good } else { Tone::Bad };
    end_tile(html);
    tile(html, tone, "Paid, not let in", &words::grouped(unserved));
    html.raw(match unserved {
        0 => "Everybody who paid is let in",
        _ => "<a href=\"/payments?state=not-let-in\">See who waits</a>",
    });
    end_tile(html);
    let tone = if payments.held == 0 { Tone::Good } else { Tone::Warn };
    tile(html, tone, "Held", &words::grouped(payments.held));
    match payments.held {
        0 => html.raw("Nothing waits for your word"),
        _ => html.raw("<a href=\"/payments?state=held\">Say what they are for</a>"),
    };
    end_tile(html);
    let active = words::grouped(status.subscriptions.active);
    tile(html, Tone::Calm, "Customers with access", &active);
    html.text(words::grouped(status.subscriptions.expiring_next_hour))
        .raw(" end within the hour, ");
    html.text(words::grouped(status.sessions.online)).raw(" online now");
    end_tile(html);
    html.raw("</dl></section>");
}

fn tile(html: &mut Html, tone: Tone, what: &'static str, number: &str) {
    html.raw("<div class=\"tile ").text(tone.class()).raw("\"><dt>").raw(what);
    html.raw("</dt><dd><strong>").text(number).raw("</strong><span class=\"note\">");
}

fn end_tile(html: &mut Html) {
    html.raw("</span></dd></div>");
}

fn issues(html: &mut Html, issues: &[Issue]) {
    html.raw("<section aria-labelledby=\"issues\"><h2 id=\"issues\">What needs you</h2>");
    if issues.is_empty() {
        html.raw("<p class=\"empty\">");
        chip(html, Tone::Good, "", "All well");
        html.raw(" Nothing needs you now.</p></section>");
        return;
    }
    html.raw("<ul class=\"issues\">");
    for issue in issues {
        let (tone, word) = match issue.severity {
            Severity::Error => (Tone::Bad, "Urgent"),
            Severity::Warning => (Tone::Warn, "Warning"),
        };
        html.raw("<li class=\"").text(tone.class()).raw("\"><p class=\"line\">");
        chip(html, tone, "", word);
        html.raw(" <strong>").text(&issue.text).raw("</strong></p><p class=\"note\">");
        advice(html, &issue.advice);
        html.raw("</p></li>");
    }
    html.raw("</ul></section>");
}

/// Commands stand between backquotes.
fn advice(html: &mut Html, text: &str) {
    for (nth, piece) in text.split('`').enumerate() {
        if nth % 2 == 1 {
            html.raw("<code>").text(piece).raw("</code>");
        } else {
            html.text(piece);
        }
    }
}
