//! Who may run what, and when: priorities, keys, and the fence.

use super::{Bench, Step, claimant};
use mlango::domain::queue::Queue;
use mlango::job::Job as _;
use mlango::store::outbox::{self, Back, Tally};
use mlango::store::{Error, audit, failed_jobs};
use std::time::Duration;

fn claim(bench: &Bench, queue: Queue) -> Option<outbox::Claim> {
    bench.store.write_relaxed(|tx| outbox::claim(tx, queue, &claimant("boot-1"))).unwrap()
}

#[test]
fn one_key_runs_one_job_at_a_time() {
    let bench = Bench::start();
    bench.add(&bench.parking("a", &[Step::Succeed], "router:1"));
    bench.add(&bench.parking("b", &[Step::Succeed], "router:1"));
    bench.add(&bench.parking("c", &[Step::Succeed], "router:2"));
    let first = claim(&bench, Queue::Provisioning).unwrap();
    let second = claim(&bench, Queue::Provisioning).unwrap();
    assert_eq!(first.serial_key.as_deref(), Some("router:1"));
    assert_eq!(second.serial_key.as_deref(), Some("router:2"));
    assert!(claim(&bench, Queue::Provisioning).is_none(), "b has to wait for a");
    bench.store.write(|tx| outbox::complete(tx, &first)).unwrap();
    assert!(claim(&bench, Queue::Provisioning).is_some());
}

#[test]
fn a_unique_job_is_added_once_while_it_lives() {
    let bench = Bench::start();
    let mut job = bench.plain("a", &[Step::Succeed]);
    job.unique = Some("x".to_owned());
    assert!(bench.add(&job).is_some());
    assert!(bench.add(&job).is_none());
    bench.settle();
    assert!(bench.add(&job).is_some(), "it ended, so it may be added again");
}

#[test]
fn a_run_that_was_taken_back_can_change_nothing() {
    let bench = Bench::start();
    bench.add(&bench.plain("a", &[Step::Succeed]));
    let late = claim(&bench, Queue::Default).unwrap();
    let tally = Tally { failures: 1, exceptions: 0, snoozes: 0 };
    let back = Back::Ready(Duration::ZERO);
    bench.store.write(|tx| outbox::give_back(tx, &late, back, tally, None)).unwrap();
    let current = claim(&bench, Queue::Default).unwrap();
    assert_eq!((late.run, current.run), (1, 2));

    let is_lost = |result: Result<(), Error>| matches!(result, Err(Error::LostClaim(_)));
    let write_late = bench.store.write(|tx| {
        audit::insert(tx, "late", "wrote", None, "")?;
        outbox::complete(tx, &late)
    });
    assert!(is_lost(write_late));
    assert!(is_lost(bench.store.write(|tx| outbox::give_back(tx, &late, back, tally, None))));
    let why = failed_jobs::Why::Error;
    assert!(is_lost(bench.store.write(|tx| failed_jobs::bury(tx, &late, why, "late"))));
    assert!(is_lost(bench.store.write(|tx| outbox::confirm(tx, &late))));
    assert_eq!(bench.list("SELECT who FROM audit"), [""; 0], "what it wrote is undone");
    assert_eq!(bench.jobs(), ["plain running"]);
    bench.store.write(|tx| outbox::complete(tx, &current)).unwrap();
}

#[test]
fn urgent_work_not_yet_due_does_not_slow_what_is() {
    let bench = Bench::start();
    let job = bench.plain("later", &[Step::Succeed]);
    bench
        .store
        .write(|tx| {
            for _ in 0..500 {
                job.enqueue_in(tx, Duration::from_secs(3600))?;
            }
            tx.execute("UPDATE jobs SET priority = 1", [])?;
            Ok(())
        })
        .unwrap();
    bench.add(&bench.plain("now", &[Step::Succeed]));
    bench.settle();
    assert_eq!(bench.ran(), ["now cut_off=0"]);
    for (sql, index) in outbox_plans(&bench) {
        assert!(sql.contains(index), "{sql}");
    }
}

/// How SQLite goes about the two hot queries, and the index each must use.
fn outbox_plans(bench: &Bench) -> Vec<(String, &'static str)> {
    let plan = |sql: &str| {
        bench
            .store
            .read(|conn| {
                let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let rows = statement.query_map([], |row| row.get::<_, String>(3))?;
                Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.join(" | "))
            })
            .unwrap()
    };
    let ready = "SELECT id FROM jobs WHERE state = 'ready' AND queue = 'default' AND priority = 1
                 AND run_at_engine_ms <= 5 ORDER BY run_at_engine_ms, id LIMIT 1";
    let waiting = "SELECT min(run_at_engine_ms) FROM jobs
                   WHERE state = 'waiting' AND queue = 'default' AND run_at_engine_ms > 5";
    vec![
        (plan(ready), "INDEX jobs_ready (queue=? AND priority=?"),
        (plan(waiting), "jobs_waiting_queue"),
    ]
}

#[test]
fn a_lower_number_goes_first_and_equals_go_in_order() {
    let bench = Bench::start();
    for (name, priority) in [("c", 3), ("d", 3), ("e", 5), ("a", 1), ("b", 2)] {
        let id = bench.add(&bench.plain(name, &[Step::Succeed])).unwrap();
        bench
            .store
            .write(|tx| {
                Ok(tx.execute("UPDATE jobs SET priority = ?2 WHERE id = ?1", (id, priority))?)
            })
            .unwrap();
    }
    bench.settle();
    let names: Vec<_> = bench.ran().iter().map(|it| it[..1].to_owned()).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
}
