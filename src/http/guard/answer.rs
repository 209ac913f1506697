//! What is written to the peer: a handler's reply, read whole and written anew, or our own.

use super::head::{Refusal, digits};
use super::limits::{HEADERS, REPLY_BYTES};
use httparse::{EMPTY_HEADER, Status};
use tokio::sync::SemaphorePermit;

/// A whole answer, its head without the empty line at the end.
pub(super) struct Answer<'a> {
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
    /// Counts a long body for as long as it is held.
    pub(super) memory: Option<SemaphorePermit<'a>>,
    /// Where a stream stands that begins with this.
    pub(super) stream: Option<String>,
}

impl Answer<'_> {
    /// One of our own; `status` is code and reason.
    pub(super) fn text(status: &str, text: &str) -> Answer<'static> {
        let length = text.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Cache-Control: no-store\r\nContent-Length: {length}\r\n"
        );
        Answer {
            head: head.into_bytes(),
            body: text.as_bytes().to_vec(),
            memory: None,
            stream: None,
        }
    }
}

impl Refusal {
    /// All that a refused peer gets.
    pub(super) fn bytes(self) -> Vec<u8> {
        let Refusal(status) = self;
        format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
    }
}

/// A reply's head, and how many bytes follow it.
pub(super) struct ReplyHead {
    pub(super) written_anew: Vec<u8>,
    pub(super) body_bytes: usize,
    pub(super) stream: Option<String>,
}

/// Reads the head of a handler's reply; `method` is what was asked. None if the end of the reply
/// cannot be told by its length.
pub(super) fn parse_reply(bytes: &[u8], method: &str) -> Option<ReplyHead> {
    let mut fields = [EMPTY_HEADER; HEADERS];
    let mut raw = httparse::Response::new(&mut fields);
    if !matches!(raw.parse(bytes), Ok(Status::Complete(length)) if length == bytes.len()) {
        return None;
    }
    let code = raw.code?;
    let mut head = format!("HTTP/1.1 {code} {}\r\n", raw.reason.unwrap_or_default()).into_bytes();
    let (mut length, mut stream) = (None, None);
    for field in raw.headers.iter() {
        match field.name.to_ascii_lowercase().as_str() {
            "content-length" => length = digits(field.value),
            "transfer-encoding" => return None,
            "connection" | "server" => {}
            "x-stream-state" => stream = String::from_utf8(field.value.to_vec()).ok(),
            _ => {
                for part in [field.name.as_bytes(), b": ", field.value, b"\r\n"] {
                    head.extend_from_slice(part);
                }
            }
        }
    }
    let may_have_body = !matches!(code, 100..=199 | 204 | 304);
    let length = if may_have_body { length.filter(|it| *it <= REPLY_BYTES)? } else { 0 };
    if may_have_body && stream.is_none() {
        head.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
    }
    // The reply to HEAD names the length that GET would have, and ends with its head.
    let body_bytes = if method == "HEAD" { 0 } else { length };
    Some(ReplyHead { written_anew: head, body_bytes, stream })
}

#[test]
fn a_reply_is_written_anew() {
    let check = |text: &str, method: &str, anew: Option<(&str, usize)>| {
        let head = parse_reply(text.as_bytes(), method);
        let head = head.map(|it| (String::from_utf8(it.written_anew).unwrap(), it.body_bytes));
        assert_eq!(head.as_ref().map(|it| (it.0.as_str(), it.1)), anew, "{text:?}");
    };
    let ok =
        "HTTP/1.1 200 OK\r\nServer: x\r\nConnection: close\r\nA: b\r\nContent-Length: 5\r\n\r\n";
    let anew = "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n";
    check(ok, "GET", Some((anew, 5)));
    check(ok, "HEAD", Some((anew, 0)));
    check("HTTP/1.1 200 OK\r\n\r\n", "GET", None);
    check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "GET", None);
    check("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "GET", None);
    let none = Some(("HTTP/1.1 204 No Content\r\n", 0));
    check("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "POST", none);
}
