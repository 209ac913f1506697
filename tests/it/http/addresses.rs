//! A handler is told who is really there.

use super::harness::{FORWARDER, STRANGER, Site, THREADS, patient};
use super::peer::{Peer, get};

#[test]
fn a_peer_cannot_claim_another_address() {
    let site = Site::start(patient());
    for field in [
        "X-Real-IP: 127.0.0.1",
        "x-real-ip: 127.0.0.1\r\nX-Real-IP: 127.0.0.1",
        "X-Forwarded-For: 127.0.0.1",
        "Forwarded: for=127.0.0.1",
    ] {
        let mut peer = site.stranger();
        peer.send(format!("GET /peer HTTP/1.1\r\n{field}\r\n\r\n").as_bytes());
        assert_eq!(peer.reply().text(), STRANGER.to_string(), "{field}");
        peer.send(format!("GET /headers HTTP/1.1\r\n{field}\r\n\r\n").as_bytes());
        assert!(!peer.reply().text().contains("127.0.0.1"), "{field}");
    }
}

#[test]
fn an_ipv4_peer_of_an_ipv6_listener_is_an_ipv4_peer() {
    if std::net::TcpListener::bind("[::]:0").is_err() {
        println!("SKIPPED: this machine has no IPv6");
        return;
    }
    let site = Site::start_on("[::]:0", THREADS, patient());
    let to = std::net::SocketAddr::new(FORWARDER, site.address.port());
    let mut peer = Peer::connect(to, STRANGER);
    peer.send(&get("/peer"));
    assert_eq!(peer.reply().text(), STRANGER.to_string());
}
