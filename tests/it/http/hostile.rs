//! Peers who mean to stop the box: each of these ended or filled a bare server.

use super::harness::{BODY_LIMIT, FOREVER, FORWARDER, STRANGER, Site, patient};
use super::peer::{Peer, get, post};
use mlango::http::guard::Limits;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::thread;
use std::time::Instant;

fn usual() -> Limits {
    Limits::for_strangers(BODY_LIMIT)
}

#[test]
fn requests_followed_by_resets_end_nothing() {
    let site = Site::start(usual());
    let start = Instant::now();
    for round in 0..3000 {
        let mut peer = site.stranger();
        match round % 4 {
            0 => peer.send(&get("/small")),
            1 => peer.send(&post("/cb/token/stk", b"{}")),
            2 => peer.send(b"POST /cb/token/stk HTTP/1.1\r\nContent-Length: 99\r\n\r\n{"),
            _ => {}
        }
        peer.reset();
    }
    println!("3000 resets took {:?}", start.elapsed());
    site.assert_callback_gets_in();
}

#[test]
fn resets_while_a_large_reply_is_written_end_nothing() {
    let site = Site::start(usual());
    for _ in 0..50 {
        let mut peer = site.stranger();
        peer.send(&get("/huge"));
        peer.stream.read_exact(&mut [0; 100]).unwrap();
        peer.reset();
    }
    site.assert_callback_gets_in();
}

#[test]
fn a_header_of_200_megabytes_is_refused_at_its_beginning() {
    let site = Site::start(usual());
    let mut peer = site.stranger();
    peer.send(b"GET / HTTP/1.1\r\nX-Long: ");
    let mut writer = peer.stream.try_clone().unwrap();
    let writing = thread::spawn(move || {
        let chunk = vec![b'a'; 1 << 20];
        (0..200).take_while(|_| writer.write_all(&chunk).is_ok()).count()
    });
    assert_eq!(peer.reply().status, 431);
    let written = writing.join().unwrap();
    assert!(written < 100, "{written} MiB were read");
    site.assert_callback_gets_in();
}

#[test]
fn a_body_of_a_gigabyte_is_refused_unread() {
    let site = Site::start(patient());
    let mut peer = site.stranger();
    peer.send(b"POST /cb/token/stk HTTP/1.1\r\nContent-Length: 1073741824\r\n\r\n");
    assert_eq!(peer.reply().status, 413, "not a byte of it was sent");

    assert_eq!(site.counter.count(), 0);
}

#[test]
fn who_goes_on_sending_is_not_reset_before_the_refusal_is_read() {
    let site = Site::start(Limits { linger_time: FOREVER, ..patient() });
    let mut peer = site.stranger();
    let body = vec![b'a'; 500_000];
    let request = post("/cb/token/stk", &body);
    let (half, rest) = request.split_at(request.len() / 2);
    peer.send(half);
    let reply = peer.reply();
    assert_eq!(reply.status, 413);
    peer.send(rest);
    peer.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(peer.stream.read(&mut [0]).unwrap(), 0, "closed, not reset");
}

#[test]
fn a_body_at_the_limit_is_taken_and_one_byte_more_is_not() {
    let site = Site::start(patient());
    let limit = BODY_LIMIT;
    for (length, status) in [(limit, 200), (limit + 1, 413)] {
        let mut peer = site.forwarder();
        peer.send(&post("/cb/token/stk", &vec![b'a'; length]));
        assert_eq!(peer.reply().status, status, "{length} bytes");
    }
    assert_eq!(site.counter.bodies.lock().unwrap()[0].len(), limit);
}

#[test]
fn too_many_fields_are_refused() {
    let site = Site::start(usual());
    let fields: String = (0..60).map(|it| format!("X-{it}: a\r\n")).collect();
    let mut peer = site.stranger();
    peer.send(format!("GET /small HTTP/1.1\r\n{fields}\r\n").as_bytes());
    assert_eq!(peer.reply().status, 431);
}

#[test]
fn noise_is_refused_and_forgotten() {
    let site = Site::start(usual());
    let mut seed: u64 = 0x2545_f491_4f6c_dd1d;
    for round in 0..300 {
        let mut noise: Vec<u8> = (0..round * 3 + 4)
            .map(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                seed.to_le_bytes()[0]
            })
            .collect();
        noise.extend_from_slice(b"\r\n\r\n");
        let mut peer =
            Peer::connect(site.address, if round % 2 == 0 { STRANGER } else { FORWARDER });
        peer.send(&noise);
        assert!((400..=505).contains(&peer.reply().status));
    }
    assert_eq!(site.counter.count(), 0);
    site.assert_callback_gets_in();
}
