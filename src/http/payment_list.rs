//! `GET /payments`: all payments, those in one state, or those that nobody lets in; the newest
//! first.

use super::frame::{self, Freshness, Place};
use super::html::Html;
use super::{Doors, HttpError, Reply, Request, login, parts};
use crate::domain::ids::PaymentId;
use crate::domain::payment::PaymentState;
use crate::view::{PaymentView, payment};

const PER_PAGE: u32 = 25;

/// Which payments are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    All,
    State(PaymentState),
    /// Paid, and let in by nobody.
    Unserved,
}

/// The word by which a link chooses payments that are paid and not served.
const UNSERVED: &str = "not-let-in";

impl Choice {
    fn read(request: &Request) -> Result<Choice, HttpError> {
        match request.parameter("state").as_deref() {
            None | Some("") => Ok(Choice::All),
            Some(UNSERVED) => Ok(Choice::Unserved),
            Some(word) => word.parse().map(Choice::State).map_err(|_| unknown("state")),
        }
    }

    /// As links write it; nothing for all.
    fn word(self) -> &'static str {
        match self {
            Choice::All => "",
            Choice::State(state) => state.as_str(),
            Choice::Unserved => UNSERVED,
        }
    }

    fn all() -> impl Iterator<Item = Choice> {
        let states = PaymentState::ALL.iter().copied().map(Choice::State);
        [Choice::All, Choice::Unserved].into_iter().chain(states)
    }
}

fn unknown(name: &str) -> HttpError {
    HttpError::BadRequest(format!("{name} is not one that this page knows"))
}

pub(super) fn get(doors: &Doors, request: &Request) -> Result<Reply, HttpError> {
    let Some(session) = doors.logins.session(doors, request) else {
        return Ok(login::see_other("/login"));
    };
    let choice = Choice::read(request)?;
    let before = request.parameter("before").map(|it| it.parse().map_err(|_| unknown("before")));
    let before: Option<PaymentId> = before.transpose()?;
    let now = doors.store.now();
    // One more than is shown tells whether there are older ones.
    let most = PER_PAGE + 1;
    let mut found = doors.store.read(|conn| match choice {
        Choice::All => payment::page(conn, None, before, most, now),
        Choice::State(state) => payment::page(conn, Some(state), before, most, now),
        Choice::Unserved => payment::unserved(conn, before, most, now),
    })?;
    let has_more = usize::try_from(PER_PAGE).is_ok_and(|it| it < found.len());
    if has_more {
        found.pop();
    }
    Ok(frame::page(&session, "Payments", Place::Payments, Freshness::Live, |html| {
        parts::title(html, "Payments", now.wall);
        filters(html, choice);
        if found.is_empty() {
            html.raw("<p class=\"empty\">There are none.</p>");
        } else {
            parts::payment_list(html, &found, now.wall);
        }
        if has_more {
            older(html, choice, &found);
        }
    }))
}

fn filters(html: &mut Html, chosen: Choice) {
    html.raw("<nav class=\"filters\" aria-label=\"Payments by state\">");
    for choice in Choice::all() {
        html.raw("<a href=\"/payments?state=").text(choice.word()).raw("\"");
        if choice == chosen {
            html.raw(" aria-current=\"page\"");
        }
        html.raw(">").text(match choice {
            Choice::All => "all",
            Choice::State(state) => state.as_str(),
            Choice::Unserved => "not let in",
        });
        html.raw("</a>");
    }
    html.raw("</nav>");
}

fn older(html: &mut Html, choice: Choice, found: &[PaymentView]) {
    let Some(last) = found.last() else { return };
    html.raw("<p><a href=\"/payments?state=").text(choice.word()).raw("&amp;before=");
    html.text(last.id).raw("\">Older payments</a></p>");
}
