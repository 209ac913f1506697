//! Records go after a while; money never does.

use crate::harness::Appliance;
use mlango::domain::ids::{CallbackId, JobId};
use mlango::job::Job as _;
use mlango::jobs::{ProcessPayment, PruneHistory};
use mlango::store::batches::{self, NewBatch};
use mlango::store::{self, Tx, audit, events, failed_jobs};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// Events of the first moment, then of now.
fn with_events(old: usize, young: usize) -> Appliance {
    let box_ = Appliance::start();
    let add = |count: usize| {
        let body = serde_json::json!({});
        box_.store
            .write(|tx| {
                (0..count)
                    .try_for_each(|_| events::insert(tx, events::EventName::UserProvisioned, &body))
            })
            .unwrap();
    };
    add(old);
    box_.store.write(|tx| audit::insert(tx, "cli", "old", None, "")).unwrap();
    box_.clock.advance(31 * DAY);
    add(young);
    box_
}

fn prune(box_: &Appliance) {
    box_.store.write(|tx| PruneHistory {}.enqueue(tx)).unwrap();
    box_.settle();
}

#[test]
fn old_events_go_in_slices_and_young_ones_stay() {
    let box_ = with_events(1_200, 7);
    prune(&box_);
    assert_eq!(box_.one("SELECT count(*) FROM events"), "7");
    let runs = box_.one("SELECT count(*) FROM job_history WHERE kind = 'prune_history'");
    assert_eq!(runs, "3", "two whole slices, and the rest");
    assert_eq!(box_.one("SELECT count(*) FROM audit WHERE what = 'old'"), "1");
    assert_eq!(box_.jobs(), [""; 0]);
}

#[test]
fn nothing_is_old_while_the_clock_lies() {
    let box_ = with_events(10, 2);
    box_.clock.set_trusted(false);
    prune(&box_);
    assert_eq!(box_.one("SELECT count(*) FROM events"), "12");
}

#[test]
fn the_latest_hundred_thousand_runs_are_remembered() {
    let box_ = Appliance::start();
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100700)
                INSERT INTO job_history (job_id, queue, kind, run, outcome, wait_ms, run_ms,
                                         ended_at_ms)
                SELECT i, 'default', 'k', 1, 'done', 0, 0, ?1 FROM n";
    box_.store.write(|tx| Ok(tx.execute(rows, [tx.now.wall])?)).unwrap();
    box_.clock.set_trusted(false); // They are too many, whatever the time.
    prune(&box_);
    let left = "SELECT min(job_id) || ' to ' || max(job_id) FROM job_history WHERE kind = 'k'";
    // One run of the job itself had been noted by the time of its last.
    assert_eq!(box_.one(left), "702 to 100700");
    assert_eq!(box_.one("SELECT count(*) FROM job_history"), "100001", "and its own last run");
}

#[test]
fn batches_go_when_nothing_of_theirs_can_be_tried_again() {
    let box_ = Appliance::start();
    let batch = |tx: &Tx<'_>, callback_ids: &[i64]| {
        let job = |&id: &i64| ProcessPayment { callback_id: CallbackId(id) }.to_new_job();
        let jobs = callback_ids.iter().map(job).collect::<store::Result<_>>()?;
        let batch = NewBatch { name: "b", jobs, then: None, catch: None, finally: None };
        batches::insert(tx, batch)
    };
    // The first is done, the second has a failed job, the third is live.
    let first = box_.store.write(|tx| batch(tx, &[1])).unwrap().unwrap();
    let gone = "DELETE FROM jobs WHERE batch_id = ?1";
    let ended = "UPDATE job_batches SET pending = 0, ended_at_ms = ?2 WHERE id = ?1";
    let end = |tx: &Tx<'_>| {
        tx.execute(gone, [first])?;
        tx.execute(ended, (first, tx.now.wall))
    };
    box_.store.write(|tx| Ok(end(tx)?)).unwrap();
    box_.store.write(|tx| batch(tx, &[2])).unwrap();
    box_.settle(); // There is no callback 2, so it is given up.
    box_.store
        .write(|tx| {
            batch(tx, &[3])?;
            let later = "UPDATE jobs SET run_at_engine_ms = run_at_engine_ms + 9e12";
            Ok(tx.execute(later, [])?)
        })
        .unwrap();
    box_.clock.advance(31 * DAY);
    prune(&box_);
    assert_eq!(box_.list("SELECT id || '' FROM job_batches ORDER BY id"), ["2", "3"]);
    box_.store.write(|tx| failed_jobs::forget(tx, JobId(2))).unwrap();
    prune(&box_);
    assert_eq!(box_.list("SELECT id || '' FROM job_batches ORDER BY id"), ["2", "3"], "undo");
    box_.clock.advance(DAY + Duration::from_secs(1));
    prune(&box_);
    assert_eq!(box_.list("SELECT id || '' FROM job_batches ORDER BY id"), ["3"]);
    assert_eq!(box_.one("SELECT count(*) FROM failed_jobs"), "0");
    box_.store.write(|tx| Ok(tx.execute("DELETE FROM jobs", [])?)).unwrap();
}

#[test]
fn sessions_go_after_three_months_and_what_they_used_stays_counted() {
    let box_ = Appliance::start();
    let at = |days: i64| box_.store.now().wall.unix_seconds() + days * 86_400;
    let (old, young) = (at(-100), at(-10));
    let write = |sql: &str, seconds: i64| {
        box_.store.write(|tx| Ok(tx.execute(sql, [seconds])?)).unwrap();
    };
    for (id, ended) in [("a", old), ("b", young)] {
        let sql = format!(
            "INSERT INTO radacct (acctuniqueid, acctstarttime, acctupdatetime, acctstoptime)
             VALUES ('{id}', ?1, ?1, ?1)"
        );
        write(&sql, ended);
    }
    let open = "INSERT INTO radacct (acctuniqueid, acctstarttime, acctupdatetime)
                VALUES ('c', ?1, ?1)";
    write(open, old);
    let ids = || box_.list("SELECT acctuniqueid FROM radacct ORDER BY 1");
    prune(&box_);
    assert_eq!(ids(), ["a", "b", "c"], "nobody has counted them");
    write("DELETE FROM rad_changes WHERE radacctid > ?1", 0);
    prune(&box_);
    assert_eq!(ids(), ["b", "c"]);
}
