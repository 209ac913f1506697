//! `GET /payments`: all payments, or those in one state, the newest first.

use super::frame::{self, Freshness, Place};
use super::html::Html;
use super::{Doors, HttpError, Reply, Request, login, parts};
use crate::domain::ids::PaymentId;
use crate::domain::payment::PaymentState;
use crate::view::{PaymentView, payment};

const PER_PAGE: u32 = 25;

pub(super) fn get(doors: &Doors, request: &Request) -> Result<Reply, HttpError> {
    let Some(session) = doors.logins.session(doors, request) else {
        return Ok(login::see_other("/login"));
    };
    let bad = |name: &str| HttpError::BadRequest(format!("{name} is not one that this page knows"));
    let state = request.parameter("state").filter(|it| !it.is_empty());
    let state: Option<PaymentState> =
        state.map(|it| it.parse().map_err(|_| bad("state"))).transpose()?;
    let before = request.parameter("before").map(|it| it.parse().map_err(|_| bad("before")));
    let before: Option<PaymentId> = before.transpose()?;
    let now = doors.store.now();
    // One more than is shown tells whether there are older ones.
    let mut found =
        doors.store.read(|conn| payment::page(conn, state, before, PER_PAGE + 1, now))?;
    let has_more = usize::try_from(PER_PAGE).is_ok_and(|it| it < found.len());
    if has_more {
        found.pop();
    }
    Ok(frame::page(&session, "Payments", Place::Payments, Freshness::Still, |html| {
        html.raw("<div class=\"title\"><h1>Payments</h1><p class=\"note\">As of ");
        parts::moment(html, now.wall);
        html.raw("</p></div>");
        filters(html, state);
        if found.is_empty() {
            html.raw("<p class=\"empty\">There are none.</p>");
        } else {
            parts::payment_list(html, &found, now.wall);
        }
        if has_more {
            older(html, state, &found);
        }
    }))
}

fn filters(html: &mut Html, chosen: Option<PaymentState>) {
    html.raw("<nav class=\"filters\" aria-label=\"Payments by state\">");
    for state in std::iter::once(None).chain(PaymentState::ALL.iter().copied().map(Some)) {
        html.raw("<a href=\"/payments");
        if let Some(state) = state {
            html.raw("?state=").text(state);
        }
        html.raw("\"");
        if state == chosen {
            html.raw(" aria-current=\"page\"");
        }
        html.raw(">").text(state.map_or("all", PaymentState::as_str)).raw("</a>");
    }
    html.raw("</nav>");
}

fn older(html: &mut Html, state: Option<PaymentState>, found: &[PaymentView]) {
    let Some(last) = found.last() else { return };
    html.raw("<p><a href=\"/payments?");
    if let Some(state) = state {
        html.raw("state=").text(state).raw("&amp;");
    }
    html.raw("before=").text(last.id).raw("\">Older payments</a></p>");
}
