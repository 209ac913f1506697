//! Peers that take their time. Where the point is that they keep nobody out, the guard's own
//! times are out of the way: the others must be served while the slow ones are still there.

use super::harness::{BODY_LIMIT, STRANGER, Site, patient};
use super::peer::{Peer, get};
use mlango::http::guard::Limits;
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

const BEGUN: &[u8] = b"POST /cb/token/stk HTTP/1.1\r\nHost: bo";

#[test]
fn five_hundred_slow_heads_keep_no_callback_out() {
    let site = Site::start(patient());
    let slow: Vec<_> = (0..500)
        .map(|_| {
            let mut peer = site.stranger();
            peer.send(BEGUN);
            peer
        })
        .collect();
    let start = Instant::now();
    site.assert_callback_gets_in();
    println!("a callback among 500 slow heads took {:?}", start.elapsed());
    drop(slow);
}

#[test]
fn slow_heads_from_the_forwarders_own_address_keep_no_callback_out_either() {
    let site = Site::start(patient());
    let slow: Vec<_> = (0..500)
        .map(|_| {
            let mut peer = site.forwarder();
            peer.send(BEGUN);
            peer
        })
        .collect();
    site.assert_callback_gets_in();
    drop(slow);
}

#[test]
fn slow_strangers_do_not_keep_a_customer_out() {
    let site = Site::start(Limits { connections: 64, connections_per_address: 32, ..patient() });
    let slow: Vec<_> = (0..200)
        .map(|it| {
            let mut peer = site.from(format!("127.0.1.{}", it % 200 + 1).parse().unwrap());
            peer.send(BEGUN);
            peer
        })
        .collect();
    let mut customer = site.stranger();
    customer.send(&get("/small"));
    assert_eq!(customer.reply().text(), "small");
    drop(slow);
}

#[test]
fn stalled_bodies_hold_no_thread() {
    let site = Site::start(patient());
    let stalled: Vec<_> = (0..40)
        .map(|_| {
            let mut peer = site.stranger();
            peer.send(b"POST /cb/token/stk HTTP/1.1\r\nContent-Length: 2000\r\n\r\n{\"Body\"");
            peer
        })
        .collect();
    let start = Instant::now();
    let mut prober = site.stranger();
    prober.send(&get("/healthz"));
    assert_eq!(prober.reply().text(), "ok");
    site.assert_callback_gets_in();
    println!("a probe and a callback among 40 stalled bodies took {:?}", start.elapsed());
    drop(stalled);
}

#[test]
fn long_stalled_bodies_take_memory_from_strangers_only() {
    let site = Site::start(Limits { memory_bytes: 4 * BODY_LIMIT, ..patient() });
    let long = format!("POST /cb/token/stk HTTP/1.1\r\nContent-Length: {BODY_LIMIT}\r\n\r\n{{");
    let mut stalled = [site.stranger(), site.stranger()];
    stalled.iter_mut().for_each(|peer| peer.send(long.as_bytes()));
    // The third finds no memory left, as soon as the guard has read the first two.
    let mut third = site.stranger();
    let mut refused = 0;
    for peer in [&mut third, &mut site.stranger(), &mut site.stranger()] {
        peer.send(long.as_bytes());
        refused += usize::from(peer.reply().status == 503);
    }
    assert_eq!(refused, 3);

    let mut forwarder = site.forwarder();
    forwarder.send(long.as_bytes());
    forwarder.send(&vec![b' '; BODY_LIMIT - 1]);
    assert_eq!(forwarder.reply().status, 200);
    assert_eq!(site.counter.bodies.lock().unwrap()[0].len(), BODY_LIMIT);
}

#[test]
fn a_slow_head_and_a_slow_body_are_cut_in_the_end() {
    let short = Duration::from_millis(50);
    let site = Site::start(Limits { head_time: short, body_time: short, ..patient() });
    let mut head = site.stranger();
    head.send(BEGUN);
    assert_eq!(head.reply().status, 408);
    assert_eq!(head.read_to_end(), 0);

    let mut body = site.stranger();
    body.send(b"POST /cb/token/stk HTTP/1.1\r\nContent-Length: 5\r\n\r\n{");
    assert_eq!(body.reply().status, 408);
    assert_eq!(body.read_to_end(), 0);

    let mut silent = site.stranger();
    assert_eq!(silent.read_to_end(), 0, "who asks nothing is told nothing");
    assert_eq!(site.counter.count(), 0);
}

#[test]
fn a_dribbled_head_is_cut_however_alive_it_looks() {
    let site = Site::start(Limits { head_time: Duration::from_millis(200), ..patient() });
    let mut peer = site.stranger();
    peer.send(b"GET /small HTTP/1.1\r\nX-Slow: ");
    // Bytes keep coming, and must not buy time. Waiting for the answer paces them.
    peer.stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    let mut answer = [0; 12];
    for _ in 0..6000 {
        let _ = peer.stream.write(b"a");
        if let Ok(count) = peer.stream.read(&mut answer) {
            assert_eq!(&answer[..count], b"HTTP/1.1 408");
            return;
        }
    }
    panic!("the dribbler is still there");
}

#[test]
fn an_idle_connection_is_closed() {
    let site = Site::start(Limits { idle_time: Duration::from_millis(50), ..patient() });
    let mut peer = site.stranger();
    peer.send(&get("/small"));
    assert_eq!(peer.reply().status, 200);
    assert_eq!(peer.read_to_end(), 0);
}

#[test]
fn a_reader_who_takes_nothing_is_cut() {
    let site = Site::start(Limits { write_time: Duration::from_millis(100), ..patient() });
    let mut slow = Peer::connect_with_buffer(site.address, STRANGER, Some(4096)).unwrap();
    slow.send(&get("/huge"));
    assert_eq!(slow.reply_head().0, 200);
    // There is memory for one such reply: another gets it only when the first is given up.
    let mut refused = 0;
    loop {
        let mut reader = site.stranger();
        reader.send(&get("/huge"));
        let reply = reader.reply();
        if reply.status == 200 {
            assert_eq!(reply.body.len(), 4_000_000);
            break;
        }
        assert_eq!(reply.status, 503);
        refused += 1;
        assert!(refused < 100_000, "the slow reader is never cut");
    }
    assert!(0 < refused, "the slow reader held no memory");
    let came = slow.read_to_end();
    assert!(came < 4_000_000, "{came} bytes came");
}
