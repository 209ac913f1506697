//! Reads a request's head strictly, and writes it anew: what the handlers' server parses was
//! never a stranger's bytes, so the two cannot disagree about where a request ends.

use super::limits::{HEAD_BYTES, HEADERS};
use crate::http::STREAM_STATE;
use httparse::{EMPTY_HEADER, Header, Status};
use std::net::IpAddr;

/// Why a request is refused before a handler sees it: the status line that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) &'static str);

pub(super) const BAD_REQUEST: Refusal = Refusal("400 Bad Request");
pub(super) const METHOD_NOT_ALLOWED: Refusal = Refusal("405 Method Not Allowed");
pub(super) const REQUEST_TIMEOUT: Refusal = Refusal("408 Request Timeout");
pub(super) const LENGTH_REQUIRED: Refusal = Refusal("411 Length Required");
pub(super) const CONTENT_TOO_LARGE: Refusal = Refusal("413 Content Too Large");
pub(super) const EXPECTATION_FAILED: Refusal = Refusal("417 Expectation Failed");
pub(super) const HEAD_TOO_LARGE: Refusal = Refusal("431 Request Header Fields Too Large");
pub(super) const BAD_GATEWAY: Refusal = Refusal("502 Bad Gateway");
pub(super) const UNAVAILABLE: Refusal = Refusal("503 Service Unavailable");
pub(super) const GATEWAY_TIMEOUT: Refusal = Refusal("504 Gateway Timeout");
pub(super) const VERSION_NOT_SUPPORTED: Refusal = Refusal("505 HTTP Version Not Supported");

const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What the guard must know of a request, and the head to pass on.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) method: &'static str,
    /// As sent, with its query; begins with a slash.
    pub(super) target: String,
    pub(super) body_bytes: usize,
    /// The peer wants no second request on this connection, or cannot say that it does.
    pub(super) is_last: bool,
    pub(super) expects_continue: bool,
    pub(super) forwarded: Vec<u8>,
}

impl Head {
    /// The target without its query.
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Parses what [`end_of_head`] found whole. `peer` is who the connection is from, whatever
    /// the head claims.
    pub(super) fn parse(bytes: &[u8], peer: IpAddr) -> Result<Head, Refusal> {
        let mut fields = [EMPTY_HEADER; HEADERS];
        let mut raw = httparse::Request::new(&mut fields);
        match raw.parse(bytes) {
            Ok(Status::Complete(length)) if length == bytes.len() => {}
            Err(httparse::Error::TooManyHeaders) => return Err(HEAD_TOO_LARGE),
            Err(httparse::Error::Version) => return Err(VERSION_NOT_SUPPORTED),
            _ => return Err(BAD_REQUEST),
        }
        let (method, target) = (raw.method.ok_or(BAD_REQUEST)?, raw.path.ok_or(BAD_REQUEST)?);
        let method = *METHODS.iter().find(|it| **it == method).ok_or(METHOD_NOT_ALLOWED)?;
        let target = origin_form(target)?.to_owned();
        let mut head = Head {
            method,
            body_bytes: body_length(raw.headers)?,
            is_last: raw.version == Some(0),
            expects_continue: false,
            forwarded: format!("{method} {target} HTTP/1.1\r\n").into_bytes(),
            target,
        };
        for field in raw.headers.iter() {
            head.take(field)?;
        }
        let own = format!("X-Real-IP: {peer}\r\nContent-Length: {}\r\n\r\n", head.body_bytes);
        head.forwarded.extend_from_slice(own.as_bytes());
        Ok(head)
    }

    fn take(&mut self, field: &Header<'_>) -> Result<(), Refusal> {
        match field.name.to_ascii_lowercase().as_str() {
            "connection" => self.is_last |= has_word(field.value, "close"),
            "expect" if has_word(field.value, "100-continue") => self.expects_continue = true,
            "expect" => return Err(EXPECTATION_FAILED),
            // Between the peer and us; what we write ourselves; what only we may claim.
            "content-length" | "keep-alive" | "proxy-connection" | "te" | "trailer" | "upgrade"
            | "x-real-ip" | "x-forwarded-for" | "forwarded" | "x-stream-state" => {}
            _ if !field.value.is_ascii() => {} // no handler has a use for it
            _ => self.forward(field),
        }
        Ok(())
    }

    /// The same request, to go on with a stream from where `state` says.
    pub(super) fn continued(&self, state: &str) -> Head {
        let mut next = self.clone();
        let line = self.forwarded.iter().position(|it| *it == b'\n').map_or(0, |it| it + 1);
        let field = format!("{STREAM_STATE}: {state}\r\n");
        next.forwarded.splice(line..line, field.into_bytes());
        next
    }

    fn forward(&mut self, field: &Header<'_>) {
        for part in [field.name.as_bytes(), b": ", field.value, b"\r\n"] {
            self.forwarded.extend_from_slice(part);
        }
    }
}

/// Where the head ends in `bytes`, of which the first `searched` are known to hold no end.
pub(super) fn end_of_head(bytes: &[u8], searched: usize) -> Result<Option<usize>, Refusal> {
    let from = searched.saturating_sub(3);
    let end = bytes[from..].windows(4).position(|it| it == b"\r\n\r\n").map(|it| from + it + 4);
    if HEAD_BYTES < end.unwrap_or(bytes.len()) { Err(HEAD_TOO_LARGE) } else { Ok(end) }
}

/// The length that the head announces. Any transfer coding is refused: where a chunked body ends
/// is what smuggling is about (RFC 9112, section 6.3), and no caller of ours needs one.
fn body_length(fields: &[Header<'_>]) -> Result<usize, Refusal> {
    let named =
        |name: &'static str| fields.iter().filter(move |it| it.name.eq_ignore_ascii_case(name));
    if named("transfer-encoding").next().is_some() {
        return Err(LENGTH_REQUIRED);
    }
    let mut lengths = named("content-length");
    match (lengths.next(), lengths.next()) {
        (None, _) => Ok(0),
        (Some(_), Some(_)) => Err(BAD_REQUEST),
        (Some(field), None) => digits(field.value).ok_or(BAD_REQUEST),
    }
}

/// A number of nothing but digits; one too large for us is the largest.
pub(super) fn digits(value: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(value).ok()?;
    let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(usize::MAX))
}

/// The path and query of a target. Servers must take whole URLs, too (RFC 9112, section 3.2.2).
fn origin_form(target: &str) -> Result<&str, Refusal> {
    let scheme = ["http://", "https://"].into_iter().find(|scheme| {
        target.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme))
    });
    let path = match scheme {
        None => target,
        Some(scheme) => {
            let rest = &target[scheme.len()..];
            rest.find('/').map_or("/", |it| &rest[it..])
        }
    };
    if path.starts_with('/') && path.bytes().all(|it| it.is_ascii_graphic()) {
        Ok(path)
    } else {
        Err(BAD_REQUEST)
    }
}

fn has_word(value: &[u8], word: &str) -> bool {
    value.split(|it| *it == b',').any(|it| it.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
