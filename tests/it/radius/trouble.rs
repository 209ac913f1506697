//! A customer who paid is never turned away because the database is busy or broken.

use super::accounting::Report;
use super::logins::customer;
use super::server::FreeRadius;
use mlango::domain::secret::Secret;
use mlango::radius::RadiusError;
use mlango::radius::client::{Login, Method, UdpLink, log_in};
use std::sync::mpsc;
use std::time::{Duration, Instant};

#[test]
fn what_is_committed_can_log_in_at_once() {
    let server = FreeRadius::start();
    for number in 0..200 {
        let name = format!("hs_{number}");
        server.give(&name, &customer());
        let method = if number % 2 == 0 { Method::Pap } else { Method::Chap };
        server.log_in_from(&name, "k7mpq2xz", method, "").unwrap();
    }
}

#[test]
fn what_is_undone_cannot() {
    let server = FreeRadius::start();
    let mut database = server.database();
    let tx = database.transaction().unwrap();
    let insert = "INSERT INTO radcheck (username, attribute, op, value) \
                  VALUES ('alice', 'Cleartext-Password', ':=', 'k7mpq2xz')";
    tx.execute(insert, ()).unwrap();
    assert!(matches!(server.log_in("alice", "k7mpq2xz"), Err(RadiusError::Rejected(_))));
    tx.rollback().unwrap();
    assert!(matches!(server.log_in("alice", "k7mpq2xz"), Err(RadiusError::Rejected(_))));
}

#[test]
fn a_long_write_delays_accounts_and_refuses_nobody() {
    let server = FreeRadius::start();
    server.give("alice", &customer());
    let mut database = server.database();
    let tx = database.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    server.log_in("alice", "k7mpq2xz").unwrap(); // Logins write nothing.
    let (done, is_done) = mpsc::channel();
    std::thread::scope(|scope| {
        let server = &server;
        scope.spawn(move || {
            Report::start().send(server);
            server.log_in("alice", "k7mpq2xz").unwrap(); // Behind the report, in the same line.
            done.send(()).unwrap();
        });
        // The lock is held for a second, unless the report is through before, which must not be.
        assert!(is_done.recv_timeout(Duration::from_secs(1)).is_err());
        tx.commit().unwrap();
        is_done.recv().unwrap();
    });
    let count = "SELECT count(*) FROM radacct WHERE acctstoptime IS NULL";
    assert_eq!(server.database().query_row(count, (), |row| row.get::<_, i64>(0)), Ok(1));
}

#[test]
fn a_broken_database_makes_silence() {
    let server = FreeRadius::start();
    server.give("alice", &customer());
    for table in ["radcheck", "radreply"] {
        let database = server.database();
        database.execute_batch(&format!("ALTER TABLE {table} RENAME TO gone")).unwrap();
        let password = Secret::new("k7mpq2xz");
        let login =
            Login { username: "alice", password: &password, method: Method::Pap, device: "" };
        let soon = Instant::now() + Duration::from_secs(1);
        let answer =
            log_in(&UdpLink, server.auth, &Secret::new(super::server::SECRET), &login, soon);
        assert!(matches!(answer, Err(RadiusError::NoAnswer(_))), "{table}: {answer:?}");
        let log = server.log();
        assert!(log.lines().next_back().unwrap().contains("Do-Not-Respond"), "{log}");
        database.execute_batch(&format!("ALTER TABLE gone RENAME TO {table}")).unwrap();
        server.log_in("alice", "k7mpq2xz").unwrap();
    }
}
