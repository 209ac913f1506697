//! Who is let in, and what the router is told.

use super::radclient::{radclient, signed};
use super::server::{FreeRadius, SECRET};
use mlango::domain::secret::Secret;
use mlango::domain::time::Timestamp;
use mlango::radius::RadiusError;
use mlango::radius::attributes::{DeviceCheck, Entitlement};
use mlango::radius::client::{Login, Method, UdpLink, log_in};
use mlango::radius::words::{
    ACCT_INTERIM_INTERVAL, IDLE_TIMEOUT, MIKROTIK_RATE_LIMIT, MIKROTIK_TOTAL_LIMIT,
    MIKROTIK_TOTAL_LIMIT_GIGAWORDS, PORT_LIMIT, SESSION_TIMEOUT,
};
use std::time::{Duration, Instant};

pub(super) fn customer() -> Entitlement {
    Entitlement::new(Secret::new("k7mpq2xz"))
}

/// The time on FreeRADIUS's clock, which no test can wind.
#[expect(clippy::disallowed_methods, reason = "FreeRADIUS goes by the system's clock")]
pub(super) fn system_seconds() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[test]
fn passwords_decide() {
    let server = FreeRadius::start();
    let mut alice = customer();
    alice.rate = Some("2M/5M".parse().unwrap());
    alice.session_seconds = Some(3600);
    alice.devices = 2;
    server.give("hs_712345678", &alice);
    for method in [Method::Pap, Method::Chap] {
        let try_one = |name, password| server.log_in_from(name, password, method, "");
        let accept = try_one("hs_712345678", "k7mpq2xz").unwrap();
        assert!(accept.is_signed_first(), "{accept:?}");
        assert_eq!(accept.text(MIKROTIK_RATE_LIMIT).as_deref(), Some("2M/5M"));
        assert_eq!(accept.number(SESSION_TIMEOUT), Some(3600));
        assert_eq!(accept.number(IDLE_TIMEOUT), Some(900));
        assert_eq!(accept.number(ACCT_INTERIM_INTERVAL), Some(300));
        assert_eq!(accept.number(PORT_LIMIT), Some(2));
        assert_eq!(accept.number(MIKROTIK_TOTAL_LIMIT), None);
        for (name, password) in [("hs_712345678", "k7mpq2xy"), ("hs_712345679", "k7mpq2xz")] {
            let answer = try_one(name, password);
            assert!(matches!(answer, Err(RadiusError::Rejected(_))), "{name} {answer:?}");
        }
    }
    let log = server.log();
    assert!(log.contains("Access-Accept user=*678"), "{log}");
    assert!(!log.contains("712345678"), "{log}");
}

#[test]
fn radclient_agrees() {
    let server = FreeRadius::start();
    server.give("alice", &customer());
    for kind in ["User-Password", "CHAP-Password"] {
        let good = signed(&server, "auth", &format!("User-Name=alice,{kind}=k7mpq2xz"));
        assert!(good.contains("Received Access-Accept"), "{good}");
        for bad in [format!("User-Name=alice,{kind}=wrong"), format!("User-Name=bob,{kind}=x")] {
            let answer = signed(&server, "auth", &bad);
            let (_, received) = answer.split_once("Received Access-Reject").expect(&answer);
            let first = received.lines().nth(1).unwrap_or_default();
            assert!(first.contains("Message-Authenticator"), "{answer}");
            assert!(!received.contains("Idle-Timeout"), "{answer}");
        }
    }
}

#[test]
fn volumes_arrive_whole() {
    let server = FreeRadius::start();
    let gib = 1_i64 << 30;
    for bytes in [1, 2 * gib, 4 * gib - 1, 4 * gib, 4 * gib + 1, 5 * gib, 1024 * gib] {
        let name = format!("cap{bytes}");
        let mut capped = customer();
        capped.bytes_left = Some(bytes);
        server.give(&name, &capped);
        let accept = server.log_in(&name, "k7mpq2xz").unwrap();
        let low = accept.number(MIKROTIK_TOTAL_LIMIT).unwrap();
        let high = accept.number(MIKROTIK_TOTAL_LIMIT_GIGAWORDS).unwrap();
        assert_eq!((i64::from(high) << 32) + i64::from(low), bytes);
    }
}

#[test]
fn an_end_is_kept() {
    let server = FreeRadius::start();
    let at = |seconds: i64| Some(Timestamp(seconds * 1000));
    let mut past = customer();
    past.expiration = at(system_seconds() - 10);
    server.give("past", &past);
    let answer = server.log_in("past", "k7mpq2xz");
    assert!(matches!(answer, Err(RadiusError::Rejected(_))), "{answer:?}");

    let mut future = customer();
    let end = system_seconds() + 3600;
    future.expiration = at(end);
    server.give("future", &future);
    let left = server.log_in("future", "k7mpq2xz").unwrap().number(SESSION_TIMEOUT).unwrap();
    assert!((end - system_seconds()..=3600).contains(&i64::from(left)), "{left}");

    // With both, the sooner one counts.
    future.session_seconds = Some(60);
    server.give("both", &future);
    let accept = server.log_in("both", "k7mpq2xz").unwrap();
    assert_eq!(accept.number(SESSION_TIMEOUT), Some(60));
    future.session_seconds = Some(9_000);
    server.give("both-late", &future);
    let left = server.log_in("both-late", "k7mpq2xz").unwrap().number(SESSION_TIMEOUT).unwrap();
    assert!((end - system_seconds()..=3600).contains(&i64::from(left)), "{left}");
}

#[test]
fn strangers_hear_nothing() {
    let server = FreeRadius::start();
    server.give("alice", &customer());
    let unsigned = radclient(&server, "auth", "User-Name=alice,User-Password=k7mpq2xz", SECRET);
    assert!(unsigned.contains("No reply"), "{unsigned}");
    let password = Secret::new("k7mpq2xz");
    let login = Login { username: "alice", password: &password, method: Method::Chap, device: "" };
    let soon = Instant::now() + Duration::from_secs(1);
    let answer = log_in(&UdpLink, server.auth, &Secret::new("guess"), &login, soon);
    assert!(matches!(answer, Err(RadiusError::NoAnswer(_))), "{answer:?}");
    server.log_in("alice", "k7mpq2xz").unwrap(); // It is there, and was all the time.
}

#[test]
fn an_old_router_may_leave_its_logins_unsigned() {
    let server = FreeRadius::start_with(|site| site.nas[0].requires_message_authenticator = false);
    server.give("alice", &customer());
    let answer = radclient(&server, "auth", "User-Name=alice,User-Password=k7mpq2xz", SECRET);
    assert!(answer.contains("Received Access-Accept"), "{answer}");
    assert!(answer.contains("Message-Authenticator = 0x"), "{answer}");
}

#[test]
fn one_device_too_many_is_refused_with_a_signature() {
    let server = FreeRadius::start();
    let mut alice = customer();
    alice.device_check = DeviceCheck::Everywhere;
    server.give("alice", &alice);
    let online = "User-Name=alice,NAS-IP-Address=10.0.0.1,Acct-Session-Id=80200001,\
                  Acct-Status-Type=Start,Calling-Station-Id=\"AA:00:00:00:00:01\"";
    assert!(radclient(&server, "acct", online, SECRET).contains("Received Accounting-Response"));

    let from = |device| server.log_in_from("alice", "k7mpq2xz", Method::Chap, device);
    // Our client takes no answer without a signature.
    let second = from("AA:00:00:00:00:02");
    assert!(matches!(second, Err(RadiusError::Rejected(_))), "{second:?}");
    assert!(matches!(from(""), Err(RadiusError::Rejected(_))));
    // The device that is online already may come back: its Stop may be lost.
    from("AA:00:00:00:00:01").unwrap();

    let on = "NAS-IP-Address=10.0.0.1,Acct-Status-Type=Accounting-On,Acct-Session-Id=0";
    assert!(radclient(&server, "acct", on, SECRET).contains("Received Accounting-Response"));
    from("AA:00:00:00:00:02").unwrap();
}

#[test]
fn a_session_that_fell_silent_does_not_keep_its_customer_out() {
    let server = FreeRadius::start();
    let mut alice = customer();
    alice.device_check = DeviceCheck::Everywhere;
    server.give("alice", &alice);
    let heard = |seconds_ago: i64| {
        let insert = "REPLACE INTO radacct (acctuniqueid, username, callingstationid, \
                      acctstarttime, acctupdatetime) VALUES ('a', 'alice', 'AA', ?1, ?1)";
        server.database().execute(insert, [system_seconds() - seconds_ago]).unwrap();
    };
    heard(600);
    assert!(matches!(server.log_in("alice", "k7mpq2xz"), Err(RadiusError::Rejected(_))));
    heard(1200);
    server.log_in("alice", "k7mpq2xz").unwrap();
}

#[test]
fn an_operators_own_rows_may_refuse_and_may_allow() {
    let server = FreeRadius::start();
    server.give("alice", &customer());
    let rows = "INSERT INTO radcheck (username, attribute, op, value) VALUES
                    ('alice', 'Calling-Station-Id', '==', 'AA'),
                    ('bare', 'Cleartext-Password', ':=', 'k7mpq2xz'),
                    ('member', 'Cleartext-Password', ':=', 'k7mpq2xz');
                INSERT INTO radusergroup (username, groupname) VALUES ('member', 'day');
                INSERT INTO radgroupreply (groupname, attribute, op, value)
                VALUES ('day', 'Mikrotik-Rate-Limit', ':=', '1M/1M');";
    server.database().execute_batch(rows).unwrap();
    let from = |device| server.log_in_from("alice", "k7mpq2xz", Method::Pap, device);
    from("AA").unwrap();
    assert!(matches!(from("BB"), Err(RadiusError::Rejected(_))));
    let bare = server.log_in("bare", "k7mpq2xz").unwrap();
    assert_eq!(bare.number(ACCT_INTERIM_INTERVAL), None);
    let member = server.log_in("member", "k7mpq2xz").unwrap();
    assert_eq!(member.text(MIKROTIK_RATE_LIMIT).as_deref(), Some("1M/1M"));
}
