//! Everything that can be made to go wrong, seen through libssh2.

use std::time::Duration;

use mlango_sim::{Dialect, Fault, Router, RouterSpec, Times};
use ssh2::ErrorCode;

use crate::client;

const ADD: &str = ":put [/ip hotspot user add name=k7]; :put \"Zab12\"";

fn router() -> Router {
    Router::start(RouterSpec::new(Dialect::V7_16))
}

#[test]
fn a_refused_or_closed_or_silent_port() {
    let router = router();
    router.refuse_connections();
    assert!(std::net::TcpStream::connect(router.address()).is_err());
    router.accept_connections();
    router.inject(Fault::ClosedAccept, Times::Next(1));
    assert!(client::handshake(&router).is_err());
    router.inject(Fault::SilentAccept, Times::Next(1));
    let stream = std::net::TcpStream::connect(router.address()).unwrap();
    let mut session = ssh2::Session::new().unwrap();
    session.set_tcp_stream(stream);
    session.set_timeout(200);
    assert!(session.handshake().is_err());
    assert_eq!(client::run(&router, ":put x"), "x\r\n");
    assert_eq!(router.connections(), 3);
}

#[test]
fn a_refused_login() {
    let router = router();
    router.inject(Fault::LoginRefused, Times::Next(1));
    let error = client::connect(&router).err().unwrap();
    assert_eq!(error.code(), ErrorCode::Session(-18));
    client::connect(&router).unwrap();
}

#[test]
fn a_cut_before_leaves_nothing_and_a_cut_after_leaves_the_effect() {
    let router = router();
    router.inject(Fault::CutBefore, Times::Next(1));
    let session = client::connect(&router).unwrap();
    assert!(client::exec(&session, ADD).map_or(true, |answer| answer.text.is_empty()));
    assert!(router.users().is_empty());
    router.inject(Fault::CutAfter, Times::Next(1));
    let session = client::connect(&router).unwrap();
    assert!(client::exec(&session, ADD).map_or(true, |answer| answer.text.is_empty()));
    assert_eq!(router.users().len(), 1);
}

#[test]
fn a_truncated_answer_looks_like_success() {
    let router = router();
    router.inject(Fault::TruncatedAfter(4), Times::Next(1));
    let session = client::connect(&router).unwrap();
    let answer = client::exec(&session, ADD).unwrap();
    assert_eq!((answer.text.as_str(), answer.status), ("*2\r\n", 0));
    assert_eq!(router.users().len(), 1);
}

#[test]
fn a_connection_that_ends_in_the_middle_is_an_error() {
    let router = router();
    router.inject(Fault::CutAfterBytes(4), Times::Next(1));
    let session = client::connect(&router).unwrap();
    let answer = client::exec(&session, ADD);
    assert!(answer.is_err(), "{answer:?}");
    assert_eq!(router.users().len(), 1);
}

#[test]
fn hanging_before_and_in_the_middle() {
    let router = router();
    for (fault, users) in [(Fault::Hang, 0), (Fault::HangAfter(4), 1)] {
        router.inject(fault, Times::Next(1));
        let session = client::connect(&router).unwrap();
        client::with_patience(&session, Duration::from_millis(200));
        assert!(client::exec(&session, ADD).is_err());
        assert_eq!(router.users().len(), users);
    }
}

#[test]
fn slow_bytes_arrive_in_the_end() {
    let router = router();
    router.inject(Fault::SlowBytes(Duration::from_millis(1)), Times::Next(1));
    assert_eq!(client::run(&router, ADD), "*2\r\nZab12\r\n");
}

#[test]
fn wrong_words() {
    let router = router();
    router.inject(Fault::Answer(b"\x00\xFF;;".to_vec()), Times::Next(1));
    assert!(client::run(&router, ADD).contains(";;"));
    assert!(router.users().is_empty());
    router
        .inject(Fault::LogLine("10:00:00 echo: system,error,critical".to_owned()), Times::Next(1));
    let mixed = client::run(&router, ADD);
    assert_eq!(mixed, "*2\r\n10:00:00 echo: system,error,critical\r\nZab12\r\n");
    router.inject(Fault::NotPermitted, Times::Next(1));
    assert_eq!(client::run(&router, ADD), "not enough permissions (9)\r\n");
    router.inject(Fault::ExitStatus(1), Times::UntilCleared);
    let session = client::connect(&router).unwrap();
    assert_eq!(client::exec(&session, ":put x").unwrap().status, 1);
    router.clear_faults();
    assert_eq!(client::exec(&session, ":put x").unwrap().status, 0);
}

#[test]
fn refusals_exit_with_zero() {
    let router = router();
    let session = client::connect(&router).unwrap();
    for line in ["/ip hotspt", "/ip hotspot user add name=a profile=none", ":error \"x\""] {
        let answer = client::exec(&session, line).unwrap();
        assert_eq!(answer.status, 0, "{line}");
        assert!(answer.text.ends_with("\r\n"), "{line}");
    }
}

#[test]
fn another_host_key_and_its_fingerprint() {
    let router = router();
    let first = client::fingerprint(&client::handshake(&router).unwrap());
    assert_eq!(client::openssh(&first), router.host_key_fingerprint());
    router.regenerate_host_key();
    let second = client::fingerprint(&client::handshake(&router).unwrap());
    assert_ne!(first, second);
    assert_eq!(client::openssh(&second), router.host_key_fingerprint());
}

#[test]
fn only_so_many_sessions() {
    let router = router();
    router.run("/ip service set ssh max-sessions=1");
    let held = client::connect(&router).unwrap();
    assert!(client::handshake(&router).is_err());
    assert_eq!(client::exec(&held, ":put x").unwrap().text, "x\r\n");
}

#[test]
fn a_reboot_cuts_every_connection() {
    let router = router();
    let session = client::connect(&router).unwrap();
    assert!(client::exec(&session, "/system reboot").map_or(true, |answer| answer.text.is_empty()));
    assert!(client::exec(&session, ":put x").is_err());
    router.power_off();
    assert!(std::net::TcpStream::connect(router.address()).is_err());
    router.power_on();
    assert_eq!(client::run(&router, ":put x"), "x\r\n");
}

#[test]
fn one_physical_line_only() {
    let refused = client::run(&router(), ":put one\n:put two");
    assert_eq!(refused, "syntax error (line 1 column 9)\r\n");
}

#[test]
fn channels_run_side_by_side() {
    let router = router();
    let session = client::connect(&router).unwrap();
    for number in 0..8 {
        let answer = client::exec(&session, &format!(":put {number}")).unwrap();
        assert_eq!(answer.text, format!("{number}\r\n"));
    }
    let long = "x".repeat(200_000);
    router.run(&format!("/system identity set name={long}"));
    let answer = client::exec(&session, ":put [/system identity get name]").unwrap();
    assert_eq!(answer.text.len(), 200_002);
}
