//! Routers as they were last found, with the age of what is said of them.

use super::forms::{self, Look, Press};
use super::html::Html;
use super::parts::{self, Tone, chip, time};
use super::sessions::Session;
use super::words;
use crate::domain::router::RouterState;
use crate::domain::time::Timestamp;
use crate::view::status::RouterStatus;

/// With buttons, if a session is given for their forms.
pub(super) fn write(
    html: &mut Html,
    routers: &[RouterStatus],
    now: Timestamp,
    session: Option<&Session>,
) {
    if routers.is_empty() {
        html.raw("<p class=\"empty\">None yet. <code>mlango router add</code> adds one.</p>");
        return;
    }
    html.raw("<ul class=\"rows\">");
    for router in routers {
        row(html, router, now);
        if let Some(session) = session {
            deeds(html, session, router);
        }
        html.raw("</li>");
    }
    html.raw("</ul>");
}

fn row(html: &mut Html, router: &RouterStatus, now: Timestamp) {
    html.raw("<li><p class=\"line\"><strong>").text(&router.name).raw("</strong> ");
    let (tone, word) = state(router.state);
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

fn deeds(html: &mut Html, session: &Session, router: &RouterStatus) {
    html.raw("<div class=\"deeds\">");
    let orders = [("check", Look::Plain, "Check now"), ("try", Look::Main, "Try what waits now")];
    for (verb, look, words) in orders {
        if verb == "try" && router.parked == 0 {
            continue;
        }
        let press = Press {
            action: &format!("/routers/{}/{verb}", router.id),
            back: "/routers",
            look,
            words,
            about: &format!("on {}", router.name),
        };
        forms::press(html, session, &press);
    }
    html.raw("</div>");
}

fn state(state: RouterState) -> (Tone, &'static str) {
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
