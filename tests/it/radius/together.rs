//! One file and two programs that write to it: neither keeps the other waiting for long.

use super::accounting::Report;
use super::counting::{pay, site};
use super::logins::customer;
use super::server::{FreeRadius, SECRET};
use crate::sale::stk;
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::secret::Secret;
use mlango::radius::RadiusError;
use mlango::radius::client::{Login, Method, UdpLink, log_in};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

const PAYMENTS: u32 = 100;

/// Ends what runs beside a test, however that ends.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

/// Logs in as a router does that waits three seconds, and asks again meanwhile.
fn try_once(server: &FreeRadius, name: &str, password: &str, method: Method) -> Answer {
    let password = Secret::new(password);
    let login = Login { username: name, password: &password, method, device: "" };
    let deadline = Instant::now() + Duration::from_secs(3);
    match log_in(&UdpLink, server.auth, &Secret::new(SECRET), &login, deadline) {
        Ok(_) => Answer::Accept,
        Err(RadiusError::Rejected(_)) => Answer::Reject,
        Err(_) => Answer::Silence,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Accept,
    Reject,
    Silence,
}

#[test]
fn logins_are_answered_while_callbacks_pour_in() {
    let server = FreeRadius::start();
    let box_ = site(&server);
    let old = pay(&box_, 9_000_000, "20");
    let is_over = AtomicBool::new(false);
    let copies = AtomicUsize::new(0);
    let mut waits: Vec<Duration> = Vec::new();
    let mut fresh = 0;
    std::thread::scope(|scope| {
        let (server, is_over, old, copies) = (&server, &is_over, &old, &copies);
        // Customers of before, at four routers' pace.
        let crowd: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(move || {
                    let mut waits = Vec::new();
                    while !is_over.load(SeqCst) {
                        let began = Instant::now();
                        let answer = try_once(server, "hs_712345678", old, Method::Chap);
                        assert_eq!(answer, Answer::Accept);
                        waits.push(began.elapsed());
                    }
                    waits
                })
            })
            .collect();
        // Reports, which write, and copies of the whole file.
        scope.spawn(move || {
            for nth in 0..u32::MAX {
                if is_over.load(SeqCst) {
                    break;
                }
                Report::start().session(&format!("{nth:08x}")).send(server);
            }
        });
        scope.spawn(move || {
            let dir = tempfile::tempdir().unwrap();
            while !is_over.load(SeqCst) {
                let nth = copies.fetch_add(1, SeqCst);
                let path = dir.path().join(format!("{nth}.db"));
                server.database().execute("VACUUM INTO ?1", [path.to_str().unwrap()]).unwrap();
            }
        });
        let ends = Ends(is_over);
        // Whoever pays is let in at once, by either way of passwords.
        for number in 0..PAYMENTS {
            let phone = format!("254722{number:06}");
            let (push, receipt) = (format!("ws_{number}"), format!("SKM{number:07}"));
            box_.receive(Stk, &stk(&push, &receipt, "20", &phone));
            box_.settle();
            let name = format!("hs_{}", &phone[3..]);
            let sql = format!("SELECT password FROM customers WHERE username = '{name}'");
            let password = box_.one(&sql);
            for method in [Method::Pap, Method::Chap] {
                assert_eq!(try_once(server, &name, &password, method), Answer::Accept);
                fresh += 1;
            }
        }
        drop(ends);
        for one in crowd {
            waits.extend(one.join().unwrap());
        }
    });
    waits.sort();
    let p99 = waits[waits.len() * 99 / 100 - 1];
    println!(
        "logins beside {PAYMENTS} callbacks, reports and {} copies of the database: {} of {} \
         accepted, p99 {p99:.1?}, longest {:.1?}; {fresh} of {fresh} who had just paid",
        copies.load(SeqCst),
        waits.len(),
        waits.len(),
        waits.last().unwrap(),
    );
}

#[test]
fn a_database_that_is_busy_for_seconds_turns_nobody_away() {
    let server = FreeRadius::start();
    server.give("alice", &customer());
    let mut database = server.database();
    let tx = database.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (server, is_over) = (&server, &is_over);
        let crowd = scope.spawn(move || {
            let mut answers = Vec::new();
            while !is_over.load(SeqCst) {
                answers.push(try_once(server, "alice", "k7mpq2xz", Method::Pap));
            }
            answers
        });
        let ends = Ends(is_over);
        // FreeRADIUS waits three seconds for the lock, and then says nothing.
        let soon = Duration::from_secs(4);
        assert!(!Report::start().is_taken(server, soon), "it could not be written");
        tx.rollback().unwrap();
        assert!(Report::start().is_taken(server, super::server::PATIENCE));
        drop(ends);
        let answers = crowd.join().unwrap();
        let count = |which| answers.iter().filter(|it| **it == which).count();
        println!(
            "a lock held for four seconds: {} logins accepted, {} not answered, {} refused",
            count(Answer::Accept),
            count(Answer::Silence),
            count(Answer::Reject)
        );
        assert_eq!(count(Answer::Reject), 0, "{answers:?}");
        assert!(0 < count(Answer::Accept), "{answers:?}");
    });
    let rows: i64 =
        server.database().query_row("SELECT count(*) FROM radacct", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1);
}
