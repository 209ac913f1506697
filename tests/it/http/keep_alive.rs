//! Many requests on one connection, each with its own answer.

use super::harness::{Site, patient};
use super::peer::{get, header, post};

#[test]
fn heads_are_answered_without_bodies() {
    let site = Site::start(patient());
    let mut peer = site.forwarder();
    for round in 0..20 {
        let path = ["/small", "/large", "/healthz"][round % 3];
        let length = ["5", "100000", "2"][round % 3];
        peer.send(format!("HEAD {path} HTTP/1.1\r\nHost: box\r\n\r\n").as_bytes());
        let (status, head) = peer.reply_head();
        assert_eq!((status, header(&head, "content-length")), (200, Some(length)), "{path}");
    }
    peer.send(&get("/small"));
    assert_eq!(peer.reply().text(), "small");
}

#[test]
fn a_large_reply_is_followed_by_another() {
    let site = Site::start(patient());
    let mut peer = site.stranger();
    for _ in 0..3 {
        peer.send(&get("/large"));
        let reply = peer.reply();
        assert_eq!((reply.status, reply.body.len()), (200, 100_000));
        assert_eq!(header(&reply.head, "transfer-encoding"), None);
        peer.send(&get("/small"));
        assert_eq!(peer.reply().text(), "small");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let site = Site::start(patient());
    let mut peer = site.forwarder();
    let mut all = Vec::new();
    for round in 0..50 {
        all.extend_from_slice(&post("/cb/token/stk", format!("body {round}").as_bytes()));
        all.extend_from_slice(&get("/small"));
    }
    peer.send(&all);
    for _ in 0..50 {
        assert_eq!(peer.reply().text(), "accepted");
        assert_eq!(peer.reply().text(), "small");
    }
    let bodies = site.counter.bodies.lock().unwrap();
    let expected: Vec<_> = (0..50).map(|it| format!("body {it}").into_bytes()).collect();
    assert_eq!(*bodies, expected);
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let site = Site::start(patient());
    let mut peer = site.forwarder();
    peer.stream.set_nodelay(true).unwrap();
    for _ in 0..2 {
        for byte in post("/cb/token/stk", b"{\"a\":1}") {
            peer.send(&[byte]);
        }
        assert_eq!(peer.reply().status, 200);
    }
    assert_eq!(*site.counter.bodies.lock().unwrap(), [b"{\"a\":1}"; 2]);
}

#[test]
fn who_waits_to_be_asked_for_the_body_is_asked() {
    let site = Site::start(patient());
    let mut peer = site.forwarder();
    for _ in 0..2 {
        peer.send(
            b"POST /cb/token/stk HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        );
        assert_eq!(peer.reply_head().0, 100);
        peer.send(b"{}");
        assert_eq!(peer.reply().status, 200);
    }
    peer.send(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 999999999\r\n\r\n");
    assert_eq!(peer.reply().status, 413, "nobody is asked for what is too large");
}

#[test]
fn targets_are_taken_in_every_form_and_decoded() {
    let site = Site::start(patient());
    let mut peer = site.stranger();
    for target in [
        "/target%20dir?q=a%26b&q=c",
        "http://box/target%20dir?q=a%26b",
        "http://another:8080/target%20dir?other=1&q=a%26b",
    ] {
        peer.send(&get(target));
        let reply = peer.reply();
        assert_eq!((reply.status, reply.text()), (200, "a&b"), "{target}");
    }
    peer.send(&get("/%00"));
    assert_eq!(peer.reply().status, 400);
    peer.send(&get("/small"));
    assert_eq!(peer.reply().text(), "small");
}

#[test]
fn who_asks_for_the_end_gets_it() {
    let site = Site::start(patient());
    for request in [
        "GET /small HTTP/1.0\r\n\r\n",
        "GET /small HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nConnection: keep-alive, Close\r\n\r\n",
    ] {
        let mut peer = site.stranger();
        // What comes after it is not answered, and does not cost the answer.
        peer.send(format!("{request}{request}").as_bytes());
        let reply = peer.reply();
        assert_eq!((reply.status, header(&reply.head, "connection")), (200, Some("close")));
        assert_eq!(peer.read_to_end(), 0);
    }
}

#[test]
fn who_has_closed_their_half_still_gets_the_answer() {
    let site = Site::start(patient());
    let mut peer = site.forwarder();
    peer.send(&post("/cb/token/stk", b"{}"));
    peer.stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(peer.reply().status, 200);
}
