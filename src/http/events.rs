//! `GET /api/events`: what happens, as it happens, for those who watch (server-sent events, HTML
//! standard, section 9.2). Each call writes one page of it; the guard makes a stream of them.

use super::caller::{self, Caller};
use super::{Doors, HttpError, Reply, Request, STREAM_STATE};
use crate::domain::ids::SubscriptionId;
use crate::store::events::{self, Event, EventName};
use crate::store::{Result, audit, subscriptions};
use rusqlite::Connection;
use serde::Deserialize;

/// Events in a page.
const PAGE: usize = 100;
/// What stands for a password in a stored event.
const HIDDEN: &str = r#""password":"********""#;

/// Where a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    /// The last event that was written.
    last: i64,
    /// Passwords of later events than this are shown.
    reveal: Option<i64>,
}

pub(super) fn get(doors: &Doors, request: &Request) -> std::result::Result<Reply, HttpError> {
    let caller = caller::of(doors, request)?;
    let reply = Reply { content_type: "text/event-stream", ..Reply::text(200, "") };
    if request.method == "HEAD" {
        return Ok(reply);
    }
    let mut state = match request.headers.get(STREAM_STATE) {
        Some(text) => State::parse(text).ok_or(HttpError::NotFound)?,
        None => begin(doors, request, caller)?,
    };
    let page = doors.store.read(|conn| {
        let events = events::after(conn, state.last, PAGE)?;
        let mut page = String::new();
        for event in &events {
            page += &frame(conn, event, state.reveal)?;
        }
        state.last = events.last().map_or(state.last, |it| it.id);
        Ok(page)
    })?;
    Ok(Reply { body: page.into_bytes(), ..reply }.with_header(STREAM_STATE, state.text()))
}

/// From now on, or from where the caller left off.
fn begin(
    doors: &Doors,
    request: &Request,
    caller: Caller,
) -> std::result::Result<State, HttpError> {
    let now = doors.store.read(events::last_id)?;
    let left_off = match request.headers.get("Last-Event-ID") {
        Some(text) => {
            let id: i64 = text.trim().parse().map_err(|_| {
                HttpError::BadRequest("Last-Event-ID is not the number of an event".to_owned())
            })?;
            Some(id)
        }
        None => None,
    };
    let reveal = match request.parameter("reveal").as_deref() {
        Some("1") if caller == Caller::Api => Some(now),
        Some("1") => return Err(HttpError::Forbidden),
        _ => None,
    };
    if reveal.is_some() {
        let detail = format!("passwords of events after {now} are shown");
        let who = caller.as_str();
        let audited =
            doors.store.write(|tx| audit::insert(tx, who, "events reveal", None, &detail));
        doors.watch_write(audited)?;
    }
    // An older database may have been put back: then there is nothing to make up for.
    Ok(State { last: left_off.unwrap_or(now).min(now), reveal })
}

impl State {
    fn text(self) -> String {
        match self.reveal {
            Some(reveal) => format!("{} {reveal}", self.last),
            None => self.last.to_string(),
        }
    }

    fn parse(text: &str) -> Option<State> {
        let (last, reveal) = match text.split_once(' ') {
            Some((last, reveal)) => (last, Some(reveal.parse().ok()?)),
            None => (text, None),
        };
        Some(State { last: last.parse().ok()?, reveal })
    }
}

fn frame(conn: &Connection, event: &Event, reveal: Option<i64>) -> Result<String> {
    let Event { id, name, body } = event;
    let shown = match (name, reveal) {
        (EventName::PaymentProcessed, Some(from)) if from < *id => revealed(conn, body)?,
        _ => None,
    };
    Ok(format!("id: {id}\nevent: {name}\ndata: {}\n\n", shown.as_deref().unwrap_or(body)))
}

/// The body with the password that its subscription has now; none if that is gone.
fn revealed(conn: &Connection, body: &str) -> Result<Option<String>> {
    #[derive(Deserialize)]
    struct Processed {
        subscription: Subject,
    }
    #[derive(Deserialize)]
    struct Subject {
        id: SubscriptionId,
    }
    let Processed { subscription } = serde_json::from_str(body)?;
    let Some(subscription) = subscriptions::find(conn, subscription.id)? else {
        return Ok(None);
    };
    let password = serde_json::to_string(subscription.password.expose())?;
    // No text within the body can hold these words: its quotes would be escaped.
    Ok(Some(body.replacen(HIDDEN, &format!("\"password\":{password}"), 1)))
}

#[test]
fn a_state_comes_back_as_it_went() {
    for state in [State { last: 0, reveal: None }, State { last: 17, reveal: Some(12) }] {
        assert_eq!(State::parse(&state.text()), Some(state));
    }
    for text in ["", "x", "1 ", "1 x", "1 2 3"] {
        assert_eq!(State::parse(text), None, "{text:?}");
    }
}
