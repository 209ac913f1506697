//! Where a request ends is never a matter of opinion: what two readers could read differently is
//! refused, and its connection is closed.

use super::harness::{Site, patient};
use super::peer::{header, post};

const CALLBACK: &str = "POST /cb/token/stk HTTP/1.1\r\nHost: box\r\n";
const SMUGGLED: &str = "POST /cb/token/stk HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";

/// Sends `bytes` and asserts that one refusal comes, then the end, and that no handler ran.
fn check_refused(site: &Site, bytes: &[u8], status: u16) {
    let shown = String::from_utf8_lossy(bytes);
    let mut peer = site.stranger();
    peer.send(bytes);
    let reply = peer.reply();
    assert_eq!(reply.status, status, "{shown:?}");
    assert_eq!(header(&reply.head, "connection"), Some("close"), "{shown:?}");
    assert_eq!(peer.read_to_end(), 0, "a second reply to {shown:?}");
    assert_eq!(site.counter.count(), 0, "{shown:?} came to a handler");
}

#[test]
fn transfer_codings_are_refused() {
    let site = Site::start(patient());
    for field in [
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity\r\nContent-Length: 4",
        "Transfer-Encoding: xchunked",
        "transfer-encoding: gzip, chunked",
        "Transfer-Encoding:\tchunked",
        "Transfer-Encoding: ",
    ] {
        let request = format!("{CALLBACK}{field}\r\n\r\n0\r\n\r\n{SMUGGLED}");
        check_refused(&site, request.as_bytes(), 411);
    }
    for field in ["Transfer-Encoding : chunked", " Transfer-Encoding: chunked", "X: a\r\n chunked"]
    {
        let request = format!("{CALLBACK}{field}\r\nContent-Length: 4\r\n\r\n{SMUGGLED}");
        check_refused(&site, request.as_bytes(), 400);
    }
}

#[test]
fn lengths_that_are_not_one_number_are_refused() {
    let site = Site::start(patient());
    for field in [
        "Content-Length: 2\r\nContent-Length: 2",
        "Content-Length: 2\r\ncontent-length: 100",
        "Content-Length: 2, 2",
        "Content-Length: +2",
        "Content-Length: -2",
        "Content-Length: 0x2",
        "Content-Length: 2 2",
        "Content-Length: ",
        "Content-Length: two",
    ] {
        let request = format!("{CALLBACK}{field}\r\n\r\n{{}}{SMUGGLED}");
        check_refused(&site, request.as_bytes(), 400);
    }
    let beyond = format!("{CALLBACK}Content-Length: 99999999999999999999999999\r\n\r\n{{}}");
    check_refused(&site, beyond.as_bytes(), 413);
}

#[test]
fn heads_that_are_not_plain_are_refused() {
    let site = Site::start(patient());
    let length = "Content-Length: 2\r\n\r\n{}";
    for (fields, status) in [
        ("X-Folded: a\r\n b\r\n", 400),
        ("X-Folded: a\r\n\tb\r\n", 400),
        ("X-Nul: a\0b\r\n", 400),
        ("X-Return: a\rb\r\n", 400),
        ("X Space: a\r\n", 400),
        (": no name\r\n", 400),
        ("no colon\r\n", 400),
        ("Expect: a miracle\r\n", 417),
    ] {
        check_refused(&site, format!("{CALLBACK}{fields}{length}").as_bytes(), status);
    }
    for (line, status) in [
        ("POST /cb/token/stk\r\n", 400),
        ("POST  /cb/token/stk HTTP/1.1\r\n", 400),
        ("POST /cb/token/stk HTTP/1.2\r\n", 505),
        ("POST /cb/token/stk HTTP/2.0\r\n", 505),
        ("POST /cb/token/\u{e9} HTTP/1.1\r\n", 400),
        ("POST cb/token/stk HTTP/1.1\r\n", 400),
        ("CONNECT box:22 HTTP/1.1\r\n", 405),
        ("TRACE /cb/token/stk HTTP/1.1\r\n", 405),
        ("OPTIONS * HTTP/1.1\r\n", 400),
    ] {
        check_refused(&site, format!("{line}{length}").as_bytes(), status);
    }
    check_refused(&site, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400);
}

#[test]
fn a_request_inside_a_body_is_only_a_body() {
    let site = Site::start(patient());
    let mut peer = site.stranger();
    peer.send(&post("/cb/token/stk", SMUGGLED.as_bytes()));
    assert_eq!(peer.reply().status, 200);
    peer.send(b"GET /small HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert_eq!(peer.reply().text(), "small");
    assert_eq!(peer.read_to_end(), 0);
    assert_eq!(*site.counter.bodies.lock().unwrap(), [SMUGGLED.as_bytes()]);
}

#[test]
fn a_field_in_another_script_reaches_no_handler_and_harms_nobody() {
    let site = Site::start(patient());
    let mut peer = site.stranger();
    peer.send(
        "GET /headers HTTP/1.1\r\nReferer: http://caf\u{e9}/\r\nX-Plain: yes\r\n\r\n".as_bytes(),
    );
    let reply = peer.reply();
    assert_eq!(reply.status, 200);
    assert!(reply.text().contains("X-Plain") && !reply.text().contains("Referer"));
}
