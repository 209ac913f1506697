//! The handlers' side: panics, busy threads, health, and the stop.

use super::harness::{FOREVER, FORWARDER, Site, THREADS, patient};
use super::peer::{Peer, get, post};
use mlango::http::guard::Limits;
use mlango::http::health::Condition;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

#[test]
fn a_panic_costs_one_answer_and_no_thread() {
    let site = Site::start(patient());
    let mut peer = site.stranger();
    for _ in 0..3 * THREADS {
        peer.send(&get("/panic"));
        let reply = peer.reply();
        assert_eq!(reply.status, 500);
        assert!(!reply.text().contains("as asked for"));
    }
    peer.send(&get("/small"));
    assert_eq!(peer.reply().text(), "small");
}

#[test]
fn strangers_cannot_hold_all_threads() {
    let site = Site::start(patient());
    let mut held: Vec<_> = (0..3 * THREADS)
        .map(|_| {
            let mut peer = site.stranger();
            peer.send(&get("/wait"));
            peer
        })
        .collect();
    site.counter.wait_for_held(THREADS - THREADS / 4);
    site.assert_callback_gets_in();
    let mut operator = Peer::connect(site.admin, FORWARDER);
    operator.send(&get("/small"));
    assert_eq!(operator.reply().text(), "small");

    site.counter.open();
    for peer in &mut held {
        assert_eq!(peer.reply().text(), "waited");
    }
}

#[test]
fn a_busy_operator_keeps_no_callback_out() {
    let site = Site::start(patient());
    let held: Vec<_> = (0..10)
        .map(|_| {
            let mut peer = Peer::connect(site.admin, FORWARDER);
            peer.send(&get("/wait"));
            peer
        })
        .collect();
    site.counter.wait_for_held(2);
    site.assert_callback_gets_in();
    drop(held);
}

#[test]
fn who_waits_too_long_for_a_thread_or_a_handler_is_told() {
    let short = Duration::from_millis(50);
    let site = Site::start(Limits { line_time: short, ..patient() });
    let mut held: Vec<_> = (0..THREADS)
        .map(|_| {
            let mut peer = site.forwarder();
            peer.send(&get("/wait"));
            peer
        })
        .collect();
    site.counter.wait_for_held(THREADS);
    let mut late = site.forwarder();
    late.send(&post("/cb/token/stk", b"{}"));
    assert_eq!(late.reply().status, 503);
    site.counter.open();
    held.iter_mut().for_each(|peer| assert_eq!(peer.reply().status, 200));

    let site = Site::start(Limits { handler_time: short, ..patient() });
    let mut peer = site.forwarder();
    peer.send(&get("/wait"));
    assert_eq!(peer.reply().status, 504);
}

#[test]
fn as_many_are_served_at_once_as_there_are_threads() {
    for _ in 0..20 {
        let site = Site::start_on("127.0.0.1:0", 16, patient());
        let mut peers: Vec<_> = (0..16).map(|_| site.forwarder()).collect();
        peers.iter_mut().for_each(|peer| peer.send(&get("/wait")));
        site.counter.wait_for_held(16);
        site.counter.open();
        peers.iter_mut().for_each(|peer| assert_eq!(peer.reply().text(), "waited"));
    }
}

#[test]
fn many_at_once_are_all_answered() {
    let site = Site::start(patient());
    let mut peers: Vec<_> = (0..200).map(|_| site.stranger()).collect();
    for _ in 0..5 {
        peers.iter_mut().for_each(|peer| peer.send(&post("/cb/token/stk", b"{}")));
        peers.iter_mut().for_each(|peer| assert_eq!(peer.reply().status, 200));
    }
    assert_eq!(site.counter.count(), 1000);
}

#[test]
fn health_is_told_from_memory_at_both_doors() {
    let site = Site::start(patient());
    for condition in Condition::ALL {
        site.health.set(*condition);
        for address in [site.address, site.admin] {
            let mut peer = Peer::connect(address, FORWARDER);
            peer.send(&get("/healthz?from=probe"));
            let reply = peer.reply();
            let status = if *condition == Condition::Ok { 200 } else { 503 };
            assert_eq!((reply.status, reply.text()), (status, condition.as_str()));
        }
    }
}

#[test]
fn a_stop_waits_for_what_is_in_flight_and_for_nothing_else() {
    let mut site = Site::start(Limits { drain_time: FOREVER, ..patient() });
    let mut served = site.forwarder();
    served.send(&get("/wait"));
    let mut half_sent = site.forwarder();
    half_sent.send(b"POST /cb/token/stk HTTP/1.1\r\nExpect: 100-continue\r\n");
    half_sent.send(b"Content-Length: 2\r\n\r\n");
    assert_eq!(half_sent.reply_head().0, 100);
    let mut idle = site.stranger();
    idle.send(&get("/small"));
    assert_eq!(idle.reply().status, 200);
    let mut begun = site.stranger();
    begun.send(b"GET /small HT");
    site.counter.wait_for_held(1);

    site.begin_stop();
    assert_eq!((idle.read_to_end(), begun.read_to_end()), (0, 0));
    assert!(TcpStream::connect(site.address).is_err(), "nobody is let in any more");
    half_sent.send(b"{}");
    assert_eq!(half_sent.reply().status, 200);
    site.counter.open();
    let reply = served.reply();
    assert_eq!(reply.text(), "waited");
    assert!(reply.head.contains("Connection: close"));
    drop((served, half_sent));
    site.join();
}

#[test]
fn a_stop_does_not_wait_longer_than_it_may() {
    let mut site = Site::start(Limits { drain_time: Duration::from_millis(50), ..patient() });
    let mut served = site.forwarder();
    served.send(&get("/wait"));
    site.counter.wait_for_held(1);
    site.begin_stop();
    site.join();
    assert_eq!(served.read_to_end(), 0);
}

#[test]
fn the_sockets_behind_the_guard_are_private() {
    let site = Site::start(patient());
    let mode = std::fs::metadata(site.sockets()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
