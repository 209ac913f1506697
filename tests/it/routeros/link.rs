//! Connecting, logging in, pinning, and what becomes of a connection.

use super::{Bench, ROUTER};
use mlango::domain::router::RouterState;
use mlango::domain::secret::Secret;
use mlango::routeros::RouterLink as _;
use mlango::routeros::ops::{ReadIdentity, ReadResource};
use mlango::routeros::{Login, RouterError, perform};
use mlango_sim::{Account, Dialect, Fault, Method, RouterSpec, Times};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

const KEY: &str = include_str!("keys/ed25519");
const KEY_PUBLIC: &str = include_str!("keys/ed25519.pub");
const RSA_KEY: &str = include_str!("keys/rsa");
const RSA_KEY_PUBLIC: &str = include_str!("keys/rsa.pub");

#[test]
fn every_version_connects_by_default() {
    for dialect in Dialect::ALL {
        let bench = Bench::new(dialect);
        let resource = bench.perform(&ReadResource).unwrap();
        assert_eq!(resource.version_text, dialect.version());
        assert!(resource.version.is_some() && resource.uptime.is_some());
    }
}

#[test]
fn strong_and_rsa_crypto_connect() {
    let strong = RouterSpec { has_strong_crypto: true, ..RouterSpec::new(Dialect::V6_49) };
    let rsa = RouterSpec { host_key_type: "rsa".to_owned(), ..RouterSpec::new(Dialect::V7_20) };
    for spec in [strong, rsa] {
        assert_eq!(Bench::with(spec).perform(&ReadIdentity).unwrap(), "MikroTik");
    }
}

#[test]
fn keys_log_in() {
    for (dialect, key, public) in [
        (Dialect::V7_20, KEY, KEY_PUBLIC),
        (Dialect::V7_20, RSA_KEY, RSA_KEY_PUBLIC),
        (Dialect::V6_49, RSA_KEY, RSA_KEY_PUBLIC),
    ] {
        let account = Account::new("mlango", "another").with_key(public);
        let bench = Bench::with(RouterSpec { accounts: vec![account], ..RouterSpec::new(dialect) });
        bench.write(|access| access.login = Login::Key(Secret::new(key)));
        bench.perform(&ReadIdentity).unwrap();
        let logins = bench.router.logins();
        assert!(logins.iter().any(|it| it.was_accepted && it.method == Method::PublicKey));
    }
}

#[test]
fn a_wrong_password_is_said_so_and_never_the_password() {
    let bench = Bench::new(Dialect::V7_20);
    bench.write(|access| access.login = Login::Password(Secret::new("not-this-one")));
    let error = bench.perform(&ReadIdentity).unwrap_err();
    assert_eq!(error.state(), RouterState::LoginRefused);
    assert!(!error.is_transient() && !format!("{error} {error:?}").contains("not-this-one"));
    bench.write(|access| access.login = Login::Password(Secret::new("sim-password")));
    bench.perform(&ReadIdentity).unwrap();
}

#[test]
fn what_is_no_key_or_no_name_is_not_tried() {
    let bench = Bench::new(Dialect::V7_20);
    bench.write(|access| access.login = Login::Key(Secret::new("no key at all")));
    assert!(matches!(bench.perform(&ReadIdentity), Err(RouterError::NoAccess(_))));
    bench.write(|access| access.user = "-oProxyCommand=x".to_owned());
    assert!(matches!(bench.perform(&ReadIdentity), Err(RouterError::NoAccess(_))));
    assert_eq!(bench.router.logins(), []);
}

#[test]
fn the_host_key_is_pinned_and_a_change_is_noticed() {
    let bench = Bench::new(Dialect::V7_20);
    let first = bench.router.host_key_fingerprint();
    bench.perform(&ReadIdentity).unwrap();
    assert_eq!(*bench.book.pins.lock().unwrap(), std::slice::from_ref(&first));
    bench.router.regenerate_host_key();
    bench.router.cut_connections();
    let logins = bench.router.logins().len();
    let seen = bench.router.host_key_fingerprint();
    let error = bench.perform(&ReadIdentity).unwrap_err();
    assert_eq!(error, RouterError::HostKeyChanged { seen: seen.clone(), pinned: first });
    assert_eq!(bench.router.logins().len(), logins, "a password went to a stranger");
    bench.write(|access| access.host_key = Some(seen));
    bench.perform(&ReadIdentity).unwrap();
}

#[test]
fn a_pin_is_held_against_a_warm_session_too() {
    let bench = Bench::new(Dialect::V7_20);
    bench.perform(&ReadIdentity).unwrap();
    bench.write(|access| access.host_key = Some("SHA256:another".to_owned()));
    let error = bench.perform(&ReadIdentity).unwrap_err();
    assert_eq!(error.state(), RouterState::HostKeyChanged);
}

#[test]
fn one_session_serves_many_operations() {
    let bench = Bench::new(Dialect::V7_20);
    for _ in 0..5 {
        bench.perform(&ReadIdentity).unwrap();
    }
    assert_eq!((bench.router.connections(), bench.router.logins().len()), (1, 1));
}

#[test]
fn a_dead_session_is_replaced_before_anything_is_sent() {
    let bench = Bench::new(Dialect::V7_20);
    bench.perform(&ReadIdentity).unwrap();
    bench.router.cut_connections();
    bench.perform(&ReadIdentity).unwrap();
    assert_eq!((bench.router.connections(), bench.router.commands().len()), (2, 2));
}

#[test]
fn new_credentials_open_a_new_session() {
    let other = Account::new("other", "sim-password");
    let accounts = vec![Account::new("mlango", "sim-password"), other];
    let bench = Bench::with(RouterSpec { accounts, ..RouterSpec::new(Dialect::V7_20) });
    bench.perform(&ReadIdentity).unwrap();
    bench.write(|access| access.user = "other".to_owned());
    bench.perform(&ReadIdentity).unwrap();
    assert_eq!(bench.router.commands().last().unwrap().account, "other");
}

#[test]
fn a_router_that_is_away_is_unreachable() {
    let bench = Bench::new(Dialect::V7_20);
    bench.perform(&ReadIdentity).unwrap();
    bench.router.power_off();
    let error = bench.perform(&ReadIdentity).unwrap_err();
    assert_eq!((error.state(), error.is_transient()), (RouterState::Unreachable, true));
    bench.router.power_on();
    bench.perform(&ReadIdentity).unwrap();
}

#[test]
fn a_router_that_only_listens_is_given_up_at_the_deadline() {
    let bench = Bench::new(Dialect::V7_20);
    bench.router.inject(Fault::SilentAccept, Times::Next(1));
    let error = bench.perform_within(Duration::from_secs(1), &ReadIdentity).unwrap_err();
    assert!(matches!(error, RouterError::Unreachable(_)), "{error:?}");
}

#[test]
fn a_full_router_is_busy() {
    let bench = Bench::new(Dialect::V7_20);
    bench.router.run("/ip service set ssh max-sessions=1");
    let second = Bench::new(Dialect::V7_20);
    second.write(|access| *access = bench.book.access.lock().unwrap().clone());
    bench.perform(&ReadIdentity).unwrap();
    let error = second.perform(&ReadIdentity).unwrap_err();
    assert_eq!((error.state(), error.is_transient()), (RouterState::Busy, true), "{error:?}");
}

/// What a server says first that knows none of the methods we know (RFC 4253, sections 4.2, 7.1).
fn foreign_greeting() -> Vec<u8> {
    let mut payload = vec![20]; // SSH_MSG_KEXINIT
    payload.extend([7; 16]);
    for _ in 0..10 {
        payload.extend([0, 0, 0, 7]);
        payload.extend(b"unheard");
    }
    payload.extend([0; 5]);
    let padding = 16 - (payload.len() + 5) % 8;
    let length = u32::try_from(payload.len() + 1 + padding).unwrap();
    let mut greeting = b"SSH-2.0-ROSSSH\r\n".to_vec();
    greeting.extend(length.to_be_bytes());
    greeting.push(u8::try_from(padding).unwrap());
    greeting.extend(payload);
    greeting.resize(greeting.len() + padding, 0);
    greeting
}

#[test]
fn crypto_nobody_shares_is_told_apart_with_advice() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bench = Bench::new(Dialect::V7_20);
    bench.write(|access| access.address.port = listener.local_addr().unwrap().port());
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let (mut socket, _) = listener.accept().unwrap();
            socket.write_all(&foreign_greeting()).unwrap();
            while matches!(socket.read(&mut [0; 1024]), Ok(1..)) {}
        });
        let error = bench.perform(&ReadIdentity).unwrap_err();
        assert!(matches!(error, RouterError::CryptoTooOld(_)), "{error:?}");
        assert!(error.to_string().contains("strong-crypto=yes") && !error.is_transient());
    });
}

/// Passes on what the client says, and only the first `limit` bytes of what the router says.
fn pass_on(mut client: TcpStream, router: TcpStream, limit: u64) {
    let (mut from_client, mut to_router) =
        (client.try_clone().unwrap(), router.try_clone().unwrap());
    std::thread::scope(|threads| {
        threads.spawn(move || {
            std::io::copy(&mut from_client, &mut to_router).ok();
            to_router.shutdown(Shutdown::Both).ok();
        });
        std::io::copy(&mut (&router).take(limit), &mut client).ok();
        client.shutdown(Shutdown::Both).ok();
        router.shutdown(Shutdown::Both).ok();
    });
}

#[test]
fn a_cut_while_connecting_is_not_taken_for_anything_worse() {
    let bench = Bench::new(Dialect::V7_20);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    bench.write(|access| access.address.port = listener.local_addr().unwrap().port());
    let gets_through = |limit| {
        std::thread::scope(|threads| {
            threads.spawn(|| {
                let (client, _) = listener.accept().unwrap();
                let router = TcpStream::connect(bench.router.address()).unwrap();
                pass_on(client, router, limit);
            });
            let result = bench.perform(&ReadIdentity);
            bench.link.cut(ROUTER);
            let is_fine = result.as_ref().map_or_else(RouterError::is_transient, |_| true);
            assert!(is_fine, "cut after {limit} bytes: {result:?}");
            result.is_ok()
        })
    };
    let enough = (0..10_000).step_by(31).find(|&limit| gets_through(limit));
    assert!(enough.is_some_and(|it| 1000 < it), "{enough:?}");
}

#[test]
fn an_operation_waits_for_the_one_before() {
    let bench = Bench::new(Dialect::V7_20);
    bench.perform(&ReadIdentity).unwrap();
    bench.router.set_latency(Duration::from_millis(100));
    std::thread::scope(|threads| {
        let all: Vec<_> =
            (0..4).map(|_| threads.spawn(|| bench.perform(&ReadIdentity).unwrap())).collect();
        all.into_iter().for_each(|it| assert_eq!(it.join().unwrap(), "MikroTik"));
    });
    assert_eq!(bench.router.connections(), 1);
}

#[test]
fn the_watchdog_cuts_an_operation_short() {
    let bench = Bench::new(Dialect::V7_20);
    bench.perform(&ReadIdentity).unwrap();
    bench.router.inject(Fault::Hang, Times::Next(1));
    std::thread::scope(|threads| {
        let stuck = threads.spawn(|| bench.perform_within(Duration::from_secs(600), &ReadIdentity));
        while bench.router.commands().len() < 2 {
            std::thread::yield_now();
        }
        bench.link.cut(ROUTER);
        let error = stuck.join().unwrap().unwrap_err();
        assert!(matches!(error, RouterError::Incomplete(_)), "{error:?}");
    });
    bench.perform(&ReadIdentity).unwrap();
}

#[test]
fn who_waits_too_long_for_the_one_before_is_told() {
    let bench = Bench::new(Dialect::V7_20);
    bench.router.inject(Fault::Hang, Times::Next(1));
    std::thread::scope(|threads| {
        let stuck = threads.spawn(|| bench.perform_within(Duration::from_secs(600), &ReadIdentity));
        while bench.router.commands().is_empty() {
            std::thread::yield_now();
        }
        let soon = Instant::now() + Duration::from_millis(100);
        let error = perform(&*bench.link, ROUTER, &ReadIdentity, soon).unwrap_err();
        assert!(matches!(error, RouterError::Busy(_)), "{error:?}");
        bench.link.cut(ROUTER);
        stuck.join().unwrap().unwrap_err();
    });
}

#[test]
fn an_unknown_router_is_not_guessed_at() {
    let bench = Bench::new(Dialect::V7_20);
    let later = Instant::now() + Duration::from_secs(60);
    let error = perform(&*bench.link, mlango::domain::ids::RouterId(99), &ReadIdentity, later);
    assert!(matches!(error, Err(RouterError::NoAccess(_))));
}
