//! `GET /`: whether money comes in, whether those who paid are let in, and what needs somebody.

use super::frame::{self, Freshness, Place};
use super::html::Html;
use super::parts::{self, Tone, chip, time};
use super::{Doors, HttpError, Reply, Request, box_facts, login, status, words};
use crate::domain::router::RouterState;
use crate::domain::time::Timestamp;
use crate::view::status::RouterStatus;
use crate::view::{Issue, PaymentView, QueueStatus, Severity, Status, payment};
use std::time::Duration;

/// How many of the latest payments are shown.
const LATEST: u32 = 10;

pub(super) fn get(doors: &Doors, request: &Request) -> Result<Reply, HttpError> {
    let Some(session) = doors.logins.session(doors, request) else {
        return Ok(login::see_other("/login"));
    };
    let status = status::read(doors)?;
    let latest = doors.store.read(|conn| payment::page(conn, None, None, LATEST, status.at))?;
    Ok(frame::page(&session, "Status", Place::Status, Freshness::Live, |html| {
        write(html, &status, &latest);
    }))
}

fn write(html: &mut Html, status: &Status, latest: &[PaymentView]) {
    let now = status.at.wall;
    html.raw("<div class=\"title\"><h1>Status</h1><p class=\"note\">As of ");
    parts::moment(html, now);
    html.raw("</p></div>");
    money(html, status);
    issues(html, &status.issues);
    routers(html, &status.routers, now);
    queues(html, &status.queues);
    html.raw("<section aria-labelledby=\"latest\"><h2 id=\"latest\">Latest payments</h2>");
    if latest.is_empty() {
        html.raw("<p class=\"empty\">None yet. The first one shows up here by itself.</p>");
    } else {
        parts::payment_list(html, latest, now);
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

fn routers(html: &mut Html, routers: &[RouterStatus], now: Timestamp) {
    html.raw("<section aria-labelledby=\"routers\"><h2 id=\"routers\">Routers</h2>");
    if routers.is_empty() {
        html.raw("<p class=\"empty\">None yet. <code>mlango router add</code> adds one.</p>");
        html.raw("</section>");
        return;
    }
    html.raw("<ul class=\"routers\">");
    for router in routers {
        html.raw("<li><p class=\"line\"><strong>").text(&router.name).raw("</strong> ");
        let (tone, word) = router_state(router.state);
        chip(html, tone, "", word);
        html.raw(" <span class=\"note when\">since ");
        parts::short_moment(html, router.since);
        html.raw("</span></p><p class=\"note\">").text(&router.address);
        if let Some(version) = &router.version {
            html.raw(", RouterOS ").text(version);
        }
        match router.seen_at {
            Some(at) => {
                html.raw(", answered ");
                time(html, at, now);
            }
            None => {
                html.raw(", never answered yet");
            }
        }
        figures(html, router);
        if 0 < router.parked {
            let waiting = words::count(router.parked, "purchase waits", "purchases wait");
            html.raw(", ").text(waiting).raw(" for it");
        }
        html.raw("</p>");
        if let Some(error) = &router.error {
            html.raw("<p class=\"said\">").text(error).raw("</p>");
        }
        html.raw("</li>");
    }
    html.raw("</ul></section>");
}

/// What it said just now, if it did.
fn figures(html: &mut Html, router: &RouterStatus) {
    if let Some(percent) = router.cpu_load {
        html.raw(", CPU ").text(percent).raw(" %");
    }
    if let Some(bytes) = router.free_memory {
        html.raw(", ").text(words::bytes(bytes)).raw(" of memory free");
    }
    if let Some(bytes) = router.free_storage_bytes {
        html.raw(", ").text(words::bytes(bytes)).raw(" of storage free");
    }
    if let Some(degrees) = router.temperature_celsius {
        html.raw(", ").text(degrees).raw(" °C");
    }
    if router.state == RouterState::Up {
        html.raw(", ").text(words::count(router.active_users, "device", "devices")).raw(" online");
    }
}

fn router_state(state: RouterState) -> (Tone, &'static str) {
    match state {
        RouterState::Up => (Tone::Good, "up"),
        RouterState::Unknown => (Tone::Calm, "not spoken to yet"),
        RouterState::Busy => (Tone::Warn, "busy"),
        RouterState::Unreachable => (Tone::Bad, "does not answer"),
        RouterState::LoginRefused => (Tone::Bad, "refuses our login"),
        RouterState::HostKeyChanged => (Tone::Bad, "host key changed"),
        RouterState::PermissionMissing => (Tone::Bad, "lacks permissions"),
        RouterState::HotspotMissing => (Tone::Bad, "has no hotspot"),
    }
}

fn queues(html: &mut Html, queues: &[QueueStatus]) {
    html.raw(
        "<section aria-labelledby=\"queues\"><h2 id=\"queues\">Queues</h2>\
         <div class=\"scroll\" role=\"region\" aria-labelledby=\"queues\" tabindex=\"0\">\
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
    html.raw("</tbody></table></div></section>");
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
