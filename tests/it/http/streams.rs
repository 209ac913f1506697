//! Answers without an end: they arrive as things happen, and hold nothing up.

use super::harness::{PATIENCE, Site, patient};
use super::peer::{Peer, get};
use mlango::http::guard::Limits;
use std::io::Read as _;
use std::time::{Duration, Instant};

const AT_ONCE: usize = 16;

/// A reader whose stream has begun.
fn reader(site: &Site) -> Peer {
    let mut reader = site.forwarder();
    reader.send(&get("/stream"));
    let (status, head) = reader.reply_head();
    assert_eq!(status, 200, "{head}");
    assert!(head.contains("Connection: close\r\n"), "{head}");
    let lower = head.to_ascii_lowercase();
    assert!(!lower.contains("content-length") && !lower.contains("x-stream-state"), "{head}");
    reader
}

/// Reads until `text` has come.
fn hears(reader: &mut Peer, text: &str) {
    let mut last = Vec::new();
    let mut part = [0; 16 * 1024];
    while !String::from_utf8_lossy(&last).contains(text) {
        last.drain(..last.len().saturating_sub(text.len()));
        let length = reader.stream.read(&mut part).unwrap();
        assert_ne!(length, 0, "the stream ended before {text:?}");
        last.extend_from_slice(&part[..length]);
    }
}

fn assert_ended(reader: &mut Peer) {
    let mut rest = Vec::new();
    let _ = reader.stream.read_to_end(&mut rest); // A reset ends it as well.
}

#[test]
fn what_happens_arrives_from_now_on_and_in_order() {
    let site = Site::start(patient());
    site.counter.publish("before\n");
    let mut reader = reader(&site);
    site.counter.publish("one\n");
    hears(&mut reader, "one\n");
    site.counter.publish("two\n");
    site.counter.publish("three\n");
    hears(&mut reader, "two\nthree\n");
}

#[test]
fn a_state_is_no_strangers_to_claim() {
    let site = Site::start(patient());
    site.counter.publish("before\n");
    let mut reader = site.forwarder();
    reader.send(b"GET /stream HTTP/1.1\r\nHost: box\r\nX-Stream-State: 0\r\n\r\n");
    assert_eq!(reader.reply_head().0, 200);
    site.counter.publish("after\n");
    let mut heard = [0; 6];
    reader.stream.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"after\n");
}

#[test]
fn streams_hold_no_threads_and_are_few() {
    let site = Site::start(patient());
    let mut readers: Vec<_> = (0..AT_ONCE).map(|_| reader(&site)).collect();
    let mut late = site.forwarder();
    late.send(&get("/stream"));
    assert_eq!(late.reply().status, 503);
    site.assert_callback_gets_in();
    drop(readers.pop());
    wait_for_place(&site);
}

/// The guard notices in its own time that a reader has gone.
fn wait_for_place(site: &Site) {
    let since = Instant::now();
    loop {
        let mut next = site.forwarder();
        next.send(&get("/stream"));
        if next.reply_head().0 == 200 {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "a reader who has gone keeps its place");
    }
}

#[test]
fn who_reads_slowly_is_cut_off_and_holds_nobody_up() {
    let limits = Limits { write_time: Duration::from_millis(200), ..patient() };
    let site = Site::start(limits);
    let mut slow = Peer::connect_with_buffer(site.address, super::harness::FORWARDER, Some(4096));
    let slow = slow.as_mut().unwrap();
    slow.send(&get("/stream"));
    assert_eq!(slow.reply_head().0, 200);
    let mut quick = reader(&site);
    let much = format!("{}\n", "x".repeat(1_500_000));
    for _ in 0..4 {
        site.counter.publish(&much);
        hears(&mut quick, "x\n");
    }
    let _others: Vec<_> = (2..AT_ONCE).map(|_| reader(&site)).collect();
    wait_for_place(&site); // That of the slow one.
    assert_ended(slow);
}

#[test]
fn a_stream_ends_with_the_login_and_with_the_program() {
    let mut site = Site::start(patient());
    let mut reader_1 = reader(&site);
    site.counter.publish("end");
    assert_ended(&mut reader_1);
    site.counter.publish("another\n");
    let mut reader_2 = reader(&site);
    site.begin_stop();
    assert_ended(&mut reader_2);
    site.join();
}
