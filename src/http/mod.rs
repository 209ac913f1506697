//! The network's door. Handlers are functions from a plain [`Request`] to a plain [`Reply`]:
//! they know neither sockets nor threads. `guard` meets strangers, `server` runs the handlers.

pub mod auth;
mod box_facts;
mod callbacks;
mod caller;
mod centre;
mod chart;
mod doors;
mod events;
mod exposition;
mod failure_list;
mod form;
mod forms;
mod frame;
pub mod guard;
pub mod health;
mod html;
mod login;
mod metrics;
mod notice;
mod page;
mod parts;
mod payment_list;
mod payment_page;
mod payments;
mod queue;
mod queue_table;
mod router_list;
pub mod server;
mod sessions;
mod status;
mod takings;
mod waiting;
mod words;

pub use doors::Doors;
pub use login::Logins;

use std::net::IpAddr;

/// Which of the two listeners a request came in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// The forwarder and the customers: `[http]`.
    Strangers,
    /// The operator: `[admin]`.
    Admin,
}

/// One whole request, within the guard's limits.
#[derive(Debug)]
pub struct Request {
    /// In capitals, as sent: `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` or `OPTIONS`.
    pub method: String,
    /// Percent-decoded, without the query; begins with a slash.
    pub path: String,
    /// As sent, without the question mark; empty if there is none.
    pub query: String,
    pub headers: Headers,
    /// The bytes as they came: signatures cover them.
    pub body: Vec<u8>,
    /// Who sent it, by the TCP connection; an IPv4 address is never shown mapped into IPv6.
    pub peer: IpAddr,
    pub listener: Listener,
}

impl Request {
    /// The first value of that name in the query, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        form::value(&self.query, name)
    }

    /// The first value of that name in a body sent by an HTML form, decoded.
    pub fn field(&self, name: &str) -> Option<String> {
        form::value(std::str::from_utf8(&self.body).ok()?, name)
    }
}

/// On a reply: it is the beginning of a stream, and this is where it stands. The guard asks for
/// more with the same request and this field on it, as often as there is news. It alone can.
pub const STREAM_STATE: &str = "X-Stream-State";

/// Header fields in the order they came.
#[derive(Debug, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    pub fn new(fields: Vec<(String, String)>) -> Headers {
        Headers(fields)
    }

    /// The first value of that name, whatever its case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1.as_str())
    }
}

/// A whole answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// Empty if there is no body.
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(status: u16, text: impl Into<String>) -> Reply {
        Reply::new(status, "text/plain; charset=utf-8", text.into().into_bytes())
    }

    pub fn html(page: impl Into<String>) -> Reply {
        Reply::new(200, "text/html; charset=utf-8", page.into().into_bytes())
    }

    pub fn json(status: u16, value: &impl serde::Serialize) -> Result<Reply, HttpError> {
        let body = serde_json::to_vec(value).map_err(|error| HttpError::Internal(error.into()))?;
        Ok(Reply::new(status, "application/json", body))
    }

    /// JSON that is written out already.
    pub fn raw_json(body: impl Into<String>) -> Reply {
        Reply::new(200, "application/json", body.into().into_bytes())
    }

    pub fn empty(status: u16) -> Reply {
        Reply::new(status, "", Vec::new())
    }

    /// The value may come from outside: what cannot stand in a header is left out of it.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        let mut value: String = value.into();
        value.retain(|it| matches!(it, ' '..='~'));
        self.headers.push((name, value));
        self
    }

    fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Reply {
        Reply { status, content_type, headers: Vec::new(), body }
    }
}

/// Why a request is not served, as a decision about the answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("not found")]
    NotFound,
    #[error("method not allowed")]
    MethodNotAllowed,
    /// The words are shown to the caller.
    #[error("{0}")]
    BadRequest(String),
    /// The word is shown to the caller: a forwarder is told `stale`, say.
    #[error("{0}")]
    Unauthorized(&'static str),
    #[error("forbidden")]
    Forbidden,
    /// The words are shown to the caller.
    #[error("{0}")]
    Conflict(String),
    #[error("too long")]
    TooLong,
    #[error("not now, try again")]
    Unavailable,
    /// For the log only, like the next: the caller learns that it was not their fault.
    #[error("something is wrong on our side")]
    Store(#[from] crate::store::Error),
    #[error("something is wrong on our side")]
    Internal(#[from] anyhow::Error),
}

impl HttpError {
    fn status(&self) -> u16 {
        match self {
            HttpError::BadRequest(_) => 400,
            HttpError::Unauthorized(_) => 401,
            HttpError::Forbidden => 403,
            HttpError::NotFound => 404,
            HttpError::MethodNotAllowed => 405,
            HttpError::Conflict(_) => 409,
            HttpError::TooLong => 413,
            HttpError::Store(_) | HttpError::Internal(_) => 500,
            HttpError::Unavailable => 503,
        }
    }

    /// What a stranger may learn. The rest is logged here, and nowhere else.
    pub fn into_reply(self) -> Reply {
        match &self {
            HttpError::Internal(error) => log::error!("a request could not be served: {error:#}"),
            HttpError::Store(error) => log::error!("a request could not be served: {error:?}"),
            _ => {}
        }
        let reply = Reply::text(self.status(), format!("{self}\n"));
        match self {
            HttpError::Unavailable => reply.with_header("Retry-After", "5"),
            _ => reply,
        }
    }
}

#[test]
fn a_stranger_learns_nothing_of_our_troubles() {
    let error = anyhow::anyhow!("/var/lib/mlango/mlango.db is locked").context("store a callback");
    let reply = HttpError::Internal(error).into_reply();
    assert_eq!(
        (reply.status, reply.body.as_slice()),
        (500, &b"something is wrong on our side\n"[..])
    );
    let reply = HttpError::Unauthorized("stale").into_reply();
    assert_eq!((reply.status, reply.body.as_slice()), (401, &b"stale\n"[..]));
}

#[test]
fn a_header_value_cannot_begin_another_header() {
    let reply = Reply::empty(303).with_header("Location", "/c?x=1\r\nSet-Cookie: a=b");
    assert_eq!(reply.headers, [("Location", "/c?x=1Set-Cookie: a=b".to_owned())]);
}

#[test]
fn header_names_have_no_case() {
    let headers = Headers::new(vec![("X-Mlango-Token".to_owned(), "abc".to_owned())]);
    assert_eq!(headers.get("x-mlango-token"), Some("abc"));
    assert_eq!(headers.get("x-mlango"), None);
}
