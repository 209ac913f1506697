//! Our client against a router made of one socket: what is sent again, and what is believed.

use md5::{Digest as _, Md5};
use mlango::domain::secret::Secret;
use mlango::radius::RadiusError;
use mlango::radius::client::{UdpLink, ping};
use mlango::radius::coa::{Ended, Session, disconnect};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const SECRET: &str = "kept between two";

const SESSION: Session<'_> = Session {
    username: "hs_712345678",
    session_id: "80200001",
    address: Some(std::net::Ipv4Addr::new(10, 5, 50, 254)),
    device: "AA:BB:CC:00:11:22",
    nas_address: None,
};

/// A router that answers the packets it gets with `answers`, one after the other; `None` is
/// silence. Gives back what it got.
fn router(
    answers: Vec<Option<Vec<u8>>>,
    secret: &'static str,
) -> (SocketAddr, std::thread::JoinHandle<Vec<Vec<u8>>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(super::server::PATIENCE)).unwrap();
    let address = socket.local_addr().unwrap();
    let run = move || {
        let mut packets = Vec::new();
        for answer in answers {
            let mut buffer = [0; 4096];
            let (length, from) = socket.recv_from(&mut buffer).unwrap();
            packets.push(buffer[..length].to_vec());
            if let Some(answer) = answer {
                socket.send_to(&reply(&buffer, &answer, secret), from).unwrap();
            }
        }
        packets
    };
    (address, std::thread::spawn(run))
}

/// The answer to `request` whose code and attributes are `answer` (RFC 2865, section 3).
fn reply(request: &[u8], answer: &[u8], secret: &str) -> Vec<u8> {
    let length = u16::try_from(answer.len() + 19).unwrap().to_be_bytes();
    let head = [answer[0], request[1], length[0], length[1]];
    let mut hash = Md5::new();
    for part in [&head, &request[4..20], &answer[1..], secret.as_bytes()] {
        hash.update(part);
    }
    [head.as_slice(), &hash.finalize(), &answer[1..]].concat()
}

fn order(router: SocketAddr, patience: Duration) -> Result<Ended, RadiusError> {
    let deadline = Instant::now() + patience;
    disconnect(&UdpLink, router, &Secret::new(SECRET), &SESSION, deadline)
}

#[test]
fn a_router_says_how_a_session_ended() {
    let check = |answer: &[u8]| {
        let (address, router) = router(vec![Some(answer.to_vec())], SECRET);
        let result = order(address, super::server::PATIENCE);
        router.join().unwrap();
        result
    };
    assert_eq!(check(&[41]).unwrap(), Ended::Now);
    assert_eq!(check(&[42, 101, 6, 0, 0, 1, 247]).unwrap(), Ended::Before);
    let refused = check(&[42, 101, 6, 0, 0, 1, 147]).unwrap_err();
    assert_eq!(refused.to_string(), "refused: error cause 403");
    assert!(matches!(check(&[42]), Err(RadiusError::Rejected(None))));
}

#[test]
fn what_is_not_answered_is_sent_again_as_it_was() {
    let (address, router) = router(vec![None, None, Some(vec![41])], SECRET);
    assert_eq!(order(address, super::server::PATIENCE).unwrap(), Ended::Now);
    let packets = router.join().unwrap();
    assert_eq!(packets.len(), 3);
    assert!(packets.iter().all(|it| *it == packets[0]));
    let text = String::from_utf8_lossy(&packets[0]).into_owned();
    assert!(text.contains("hs_712345678") && text.contains("AA:BB:CC:00:11:22"), "{text:?}");
}

#[test]
fn who_does_not_know_the_secret_is_not_believed() {
    let (address, router) = router(vec![Some(vec![41])], "guessed");
    let answer = order(address, Duration::from_millis(200));
    assert!(matches!(answer, Err(RadiusError::BadReply(_))), "{answer:?}");
    router.join().unwrap();
}

#[test]
fn nobody_there_is_told_from_no_answer() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let soon = || Instant::now() + Duration::from_millis(200);
    let answer = ping(&UdpLink, address, &Secret::new(SECRET), soon());
    assert!(matches!(answer, Err(RadiusError::NoAnswer(_))), "{answer:?}");
    drop(socket);
    let answer = ping(&UdpLink, address, &Secret::new(SECRET), soon());
    assert!(matches!(answer, Err(RadiusError::NotListening(_))), "{answer:?}");
}
